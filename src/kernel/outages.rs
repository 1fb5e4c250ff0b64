//! Outages of a station: times at which it works slowly or not at all, or with fewer servers.
//!
//! Invariant: times are [start, end); work done is a function of time alone, so that a service
//! which begins at a known instant ends at a known instant.
//! Never: who arrives, and whether it is let in.

use crate::units::{Duration, Instant};

/// How fast a station works; the slower of two is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speed {
    /// Everything takes so many millionths of its time; at least one million.
    Slowed(u64),
    /// No work is done.
    Stalled,
}

/// A time at which a station works at another speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slow {
    /// First instant.
    pub from: Instant,
    /// One past the last.
    pub until: Instant,
    /// Meanwhile.
    pub speed: Speed,
}

/// A time at which servers take no new work; what they are serving they finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// First instant.
    pub from: Instant,
    /// One past the last.
    pub until: Instant,
    /// How many.
    pub servers: u32,
}

const WHOLE: u128 = 1_000_000;

/// Speed over time.
#[derive(Clone, Debug, Default)]
pub struct Pace(Vec<Slow>);

impl Pace {
    /// From times in any order; where they overlap, the slower speed stands.
    pub fn new(times: &[Slow]) -> Self {
        let mut borders: Vec<Instant> =
            times.iter().flat_map(|time| [time.from, time.until]).collect();
        borders.sort_unstable();
        borders.dedup();
        let mut sorted = times.to_vec();
        sorted.sort_unstable_by_key(|time| time.from);
        let mut next = sorted.into_iter().peekable();
        let mut under_way: Vec<Slow> = Vec::new();
        let mut slow: Vec<Slow> = Vec::new();
        for span in borders.windows(2) {
            let (from, until) = (span[0], span[1]);
            under_way.retain(|time| from < time.until);
            while let Some(time) = next.next_if(|time| time.from <= from) {
                under_way.push(time);
            }
            let Some(speed) = under_way.iter().map(|time| time.speed).max() else { continue };
            match slow.last_mut() {
                Some(last) if last.until == from && last.speed == speed => last.until = until,
                _ => slow.push(Slow { from, until, speed }),
            }
        }
        Self(slow)
    }

    /// Whether it never changes.
    pub fn is_even(&self) -> bool {
        self.0.is_empty()
    }

    /// The time, if any, that holds this instant or is the next after it.
    fn place(&self, at: Instant) -> usize {
        self.0.partition_point(|slow| slow.until <= at)
    }

    /// The speed at an instant, if it is another than the usual one.
    pub fn speed(&self, at: Instant) -> Option<Speed> {
        let slow = self.0.get(self.place(at))?;
        (slow.from <= at).then_some(slow.speed)
    }

    /// The first instant, not before this one, at which work is done.
    pub fn begin(&self, at: Instant) -> Instant {
        let mut at = at;
        for slow in &self.0[self.place(at)..] {
            if at < slow.from || slow.speed != Speed::Stalled {
                break;
            }
            at = slow.until;
        }
        at
    }

    /// When work that takes this long at the usual speed is done, if it begins at `start`.
    pub fn end(&self, start: Instant, work: Duration) -> Instant {
        let mut at = start;
        let mut left = work.nanos();
        for slow in &self.0[self.place(start)..] {
            let before = slow.from.nanos().saturating_sub(at.nanos());
            if left <= before {
                break;
            }
            left -= before;
            at = at.max(slow.from);
            if let Speed::Slowed(factor) = slow.speed {
                let lasts = slow.until.since(at).nanos();
                let needs = slowed(Duration::from_nanos(left), factor).nanos();
                if needs <= lasts {
                    return at + Duration::from_nanos(needs);
                }
                let done = u128::from(lasts) * WHOLE / u128::from(factor);
                left -= u64::try_from(done).expect("less than was left").min(left);
            }
            at = slow.until;
        }
        at + Duration::from_nanos(left)
    }
}

/// A length of time, drawn out by so many millionths and rounded up.
pub fn slowed(length: Duration, factor: u64) -> Duration {
    let nanos = (u128::from(length.nanos()) * u128::from(factor)).div_ceil(WHOLE);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX >> 2))
}

/// All that happens to the servers of one station.
#[derive(Clone, Debug, Default)]
pub struct Outages {
    /// Speed over time.
    pub pace: Pace,
    /// In order of their first instants.
    pub lost: Vec<Lost>,
}

impl Outages {
    /// Whether nothing ever happens.
    pub fn is_empty(&self) -> bool {
        self.pace.is_even() && self.lost.is_empty()
    }

    /// How many servers take no new work at an instant.
    pub(super) fn lost_at(&self, at: Instant) -> u32 {
        let lost = self.lost.iter().filter(|lost| lost.from <= at && at < lost.until);
        lost.map(|lost| lost.servers).fold(0, u32::saturating_add)
    }
}
