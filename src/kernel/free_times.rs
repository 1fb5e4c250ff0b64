//! Free times: when each server of a station becomes free, of which only the earliest matters.
//!
//! Invariant: as many times as servers; the earliest is taken away and a later one comes in.
//! Never: a time before one that was taken away.

use crate::units::Instant;

/// Up to so many servers, sorted times beat buckets: a new one comes after nearly all others.
const SORTED_MAX: u32 = 64;

/// When each server becomes free.
pub(super) enum FreeTimes {
    Sorted(Sorted),
    Bucketed(Bucketed),
}

impl FreeTimes {
    /// All free at the epoch.
    pub(super) fn new(servers: u32) -> Self {
        assert!(servers > 0, "a station has a server");
        if servers <= SORTED_MAX {
            Self::Sorted(Sorted::new(servers))
        } else {
            Self::Bucketed(Bucketed::new(servers))
        }
    }

    #[inline]
    pub(super) fn earliest(&self) -> Instant {
        match self {
            Self::Sorted(times) => times.earliest(),
            Self::Bucketed(times) => times.earliest(),
        }
    }

    /// Keeps the server that is free first busy until `until`.
    #[inline]
    pub(super) fn occupy(&mut self, until: Instant) {
        match self {
            Self::Sorted(times) => times.replace_earliest(until),
            Self::Bucketed(times) => times.replace_earliest(until),
        }
    }
}

/// Times in order, in a ring.
pub(super) struct Sorted {
    ring: Box<[Instant; SORTED_MAX as usize]>,
    first: u32,
    count: u32,
}

impl Sorted {
    fn new(count: u32) -> Self {
        Self { ring: Box::new([Instant::EPOCH; SORTED_MAX as usize]), first: 0, count }
    }

    #[inline]
    fn at(&mut self, place: u32) -> &mut Instant {
        &mut self.ring[(place % SORTED_MAX) as usize]
    }

    #[inline]
    fn earliest(&self) -> Instant {
        self.ring[(self.first % SORTED_MAX) as usize]
    }

    #[inline]
    fn replace_earliest(&mut self, time: Instant) {
        let first = self.first.wrapping_add(1);
        let mut hole = self.first.wrapping_add(self.count);
        while hole != first {
            let before = *self.at(hole.wrapping_sub(1));
            if before <= time {
                break;
            }
            *self.at(hole) = before;
            hole = hole.wrapping_sub(1);
        }
        *self.at(hole) = time;
        self.first = first;
    }
}

const BUCKETS: usize = 1024;
/// The end of a chain.
const NONE: u32 = u32::MAX;
/// Widths from 2^8 to 2^40 nanoseconds.
const SHIFTS: std::ops::RangeInclusive<u32> = 8..=40;

/// Times in buckets of a width that follows their density; a bucket is sorted when it is reached.
pub(super) struct Bucketed {
    /// What is left of the bucket under the cursor, the earliest last; never empty.
    due: Vec<Instant>,
    /// Chains of the buckets behind it, and in the last of them what lies beyond all.
    heads: Box<[u32; BUCKETS]>,
    nodes: Vec<(Instant, u32)>,
    free: u32,
    cursor: u64,
    shift: u32,
    /// Buckets reached, and times found in them, since the width was last judged.
    reached: usize,
    found: usize,
}

impl Bucketed {
    fn new(count: u32) -> Self {
        Self {
            due: vec![Instant::EPOCH; count as usize],
            heads: Box::new([NONE; BUCKETS]),
            nodes: Vec::with_capacity(count as usize),
            free: NONE,
            cursor: 0,
            shift: 17,
            reached: 0,
            found: 0,
        }
    }

    #[inline]
    fn earliest(&self) -> Instant {
        self.due.last().copied().unwrap_or(Instant::NEVER)
    }

    #[inline]
    fn replace_earliest(&mut self, time: Instant) {
        self.due.pop();
        self.add(time);
        if self.due.is_empty() {
            self.reach_next();
        }
    }

    #[inline]
    fn add(&mut self, time: Instant) {
        let ahead = (time.nanos() >> self.shift).saturating_sub(self.cursor);
        if ahead == 0 {
            return self.add_due(time);
        }
        let bucket = (self.cursor + ahead.min(BUCKETS as u64 - 1)) as usize % BUCKETS;
        let node = (time, self.heads[bucket]);
        self.heads[bucket] = if let Some(place) = self.nodes.get_mut(self.free as usize) {
            std::mem::replace(&mut self.free, std::mem::replace(place, node).1)
        } else {
            self.nodes.push(node);
            self.nodes.len() as u32 - 1
        };
    }

    #[cold]
    fn add_due(&mut self, time: Instant) {
        let place = self.due.partition_point(|due| time < *due);
        self.due.insert(place, time);
    }

    /// Moves the cursor to the next bucket that holds a time of its own.
    #[inline(never)]
    fn reach_next(&mut self) {
        if self.found >= self.nodes.len() {
            self.fit_width();
        }
        let mut passed = 0;
        while self.due.is_empty() {
            if passed == BUCKETS {
                // Everything lies far beyond: go there.
                self.place_again(self.shift);
            }
            passed += 1;
            self.cursor += 1;
            let chain = std::mem::replace(&mut self.heads[self.cursor as usize % BUCKETS], NONE);
            self.take(chain);
        }
        self.reached += 1;
        self.found += self.due.len();
        self.due.sort_unstable_by(|one, other| other.cmp(one));
    }

    /// Takes the times of a chain that belong to the bucket under the cursor, and adds the others
    /// again.
    #[inline]
    fn take(&mut self, chain: u32) {
        let mut place = chain;
        while let Some(node) = self.nodes.get_mut(place as usize) {
            let (time, next) = std::mem::replace(node, (Instant::NEVER, self.free));
            self.free = place;
            place = next;
            if time.nanos() >> self.shift == self.cursor {
                self.due.push(time);
            } else {
                self.add(time);
            }
        }
    }

    /// Fits the width of buckets to two to four times each, once all have been taken.
    fn fit_width(&mut self) {
        let halves = 2 * self.found / self.reached.max(1);
        (self.reached, self.found) = (0, 0);
        let shift = match halves {
            ..3 => self.shift + 1,
            3..12 => return,
            _ => self.shift.saturating_sub((halves / 6).ilog2()),
        };
        let shift = shift.clamp(*SHIFTS.start(), *SHIFTS.end());
        if shift != self.shift {
            self.place_again(shift);
        }
    }

    /// Puts all times, none of which is due, into buckets of 2^`shift` nanoseconds, and the cursor
    /// before the first of them.
    #[cold]
    fn place_again(&mut self, shift: u32) {
        let mut times = Vec::with_capacity(self.nodes.len());
        for head in self.heads.iter_mut() {
            let mut place = std::mem::replace(head, NONE);
            while let Some(&(time, next)) = self.nodes.get(place as usize) {
                times.push(time);
                place = next;
            }
        }
        self.nodes.clear();
        (self.free, self.shift) = (NONE, shift);
        let earliest = times.iter().min().map_or(0, |time| time.nanos() >> shift);
        self.cursor = earliest.saturating_sub(1);
        for time in times {
            self.add(time);
        }
    }
}
