//! The calendar: pending events in the order (instant, tie), a window at a time.
//!
//! Events wait unsorted until their window opens; then small keys are sorted, not the events. What
//! is pushed into the open window waits in a small heap that is merged with the sorted batch.
//!
//! Invariant: without a permutation the order is total and does not depend on the window's width;
//! with one, each entity still sees its own events in exactly that order.
//! Never: an event behind the one being handled, or one entity reaching into another's open window
//! while entities are permuted.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::chance::Key;
pub use super::order::{EntityId, Event, Rank, Tie};
use super::tiers::{CAPACITY_KEPT, SLACK_MAX, Tiers};
use crate::units::{Duration, Instant};

/// The widest window: 2^36 nanoseconds, so that a place in the batch fits beside the time.
const SHIFT_MAX: u32 = 36;
const PLACE_BITS: u32 = 64 - SHIFT_MAX;
const PLACE_MASK: u64 = (1 << PLACE_BITS) - 1;

/// In which order the entities of a window are handled: a pure function of a key and the window.
#[derive(Clone, Copy, Debug)]
pub struct Permutation(Key);

impl Permutation {
    /// The permutations drawn from `key`.
    pub fn new(key: Key) -> Self {
        Self(key)
    }

    fn place(self, window: u64, entity: EntityId) -> u64 {
        self.0.with(window).with(entity.index() as u64).bits()
    }
}

/// Pending events.
pub struct Calendar<P: Copy> {
    tiers: Tiers<P>,
    permute: Option<Permutation>,
    /// The events of the open window, unsorted; popped places are reused.
    batch: Vec<Event<P>>,
    /// The batch in order: time within the window, then place in `batch`.
    sorted: Vec<u64>,
    /// How many of `sorted` have been popped.
    popped: usize,
    /// How many of the popped places have been given to late events.
    reused: usize,
    /// Pushed into the open window: key and place in `batch`.
    late: BinaryHeap<Reverse<(Instant, Tie, u32)>>,
    /// Places that late events left behind.
    free: Vec<u32>,
    /// The key of the event being handled.
    current: Option<(Instant, Tie)>,
    len: usize,
    peak: usize,
}

impl<P: Copy> Calendar<P> {
    /// An empty calendar. `window` is the width of a window, rounded down to a power of two
    /// nanoseconds; when permuting it must not exceed the smallest latency between entities.
    pub fn new(window: Duration, permute: Option<Permutation>) -> Self {
        let shift = window.nanos().max(1).ilog2().min(SHIFT_MAX);
        Self {
            tiers: Tiers::new(shift),
            permute,
            batch: Vec::new(),
            sorted: Vec::new(),
            popped: 0,
            reused: 0,
            late: BinaryHeap::new(),
            free: Vec::new(),
            current: None,
            len: 0,
            peak: 0,
        }
    }

    /// Adds an event. It must come after the one being handled; while entities are permuted, one
    /// that falls into the open window must be for the entity being handled.
    #[inline]
    pub fn push(&mut self, event: Event<P>) {
        assert!(event.at < Instant::NEVER, "an event that never happens");
        self.len += 1;
        self.peak = self.peak.max(self.len);
        let window = self.tiers.window_of(event.at.nanos());
        if self.tiers.cursor() < window {
            self.tiers.push(window, event);
        } else {
            self.push_late(window, event);
        }
    }

    /// Removes the next event: in order, or window by window and entity by entity when permuting.
    #[inline]
    pub fn pop(&mut self) -> Option<Event<P>> {
        if self.popped == self.sorted.len() && self.late.is_empty() && !self.open_next() {
            return None;
        }
        let place = if self.late.is_empty() { self.next_sorted() } else { self.next_merged() };
        let event = self.batch[place];
        self.current = Some(event.key());
        self.len -= 1;
        Some(event)
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The largest number of events ever pending.
    pub fn peak(&self) -> usize {
        self.peak
    }

    /// The instant of the event being handled; the epoch before the first.
    pub fn now(&self) -> Instant {
        self.current.map_or(Instant::EPOCH, |(at, _)| at)
    }

    fn push_late(&mut self, window: u64, event: Event<P>) {
        let (at, tie) = self.current.expect("a window is open only after a first event");
        assert!(window == self.tiers.cursor(), "an event before the current instant");
        if self.permute.is_some() {
            assert!(event.tie.receiver() == tie.receiver(), "lookahead violated");
        }
        assert!(at <= event.at, "an event before the current instant");
        assert!((at, tie) < event.key(), "an event before the one being handled");
        let place = self.place_for(event);
        self.late.push(Reverse((event.at, event.tie, place)));
    }

    /// Puts a late event into a place that is no longer needed, or a new one.
    fn place_for(&mut self, event: Event<P>) -> u32 {
        let reusable = self.free.pop().or_else(|| {
            (self.reused < self.popped).then(|| {
                self.reused += 1;
                (self.sorted[self.reused - 1] & PLACE_MASK) as u32
            })
        });
        if let Some(place) = reusable {
            self.batch[place as usize] = event;
            return place;
        }
        self.batch.push(event);
        place_number(self.batch.len() - 1)
    }

    #[inline]
    fn next_sorted(&mut self) -> usize {
        let place = (self.sorted[self.popped] & PLACE_MASK) as usize;
        self.popped += 1;
        place
    }

    /// The earlier of the next in the batch and the next late one.
    fn next_merged(&mut self) -> usize {
        let Some(&Reverse((at, tie, place))) = self.late.peek() else {
            return self.next_sorted();
        };
        if let Some(&key) = self.sorted.get(self.popped) {
            let head = &self.batch[(key & PLACE_MASK) as usize];
            // Permuted: all late events are for the entity being handled, which comes first.
            let same_turn = self.permute.is_none() || head.tie.receiver() == tie.receiver();
            if same_turn && head.key() < (at, tie) {
                return self.next_sorted();
            }
        }
        self.late.pop();
        self.free.push(place);
        place as usize
    }

    /// Opens the next window that holds something and sorts it.
    fn open_next(&mut self) -> bool {
        let Some(window) = self.tiers.open_next(&mut self.batch) else {
            return false;
        };
        self.popped = 0;
        self.reused = 0;
        self.free.clear();
        self.sorted.clear();
        place_number(self.batch.len());
        if self.sorted.capacity() > SLACK_MAX * self.batch.len().max(CAPACITY_KEPT) {
            self.sorted.shrink_to(2 * self.batch.len());
            self.late.shrink_to(self.batch.len());
            self.free.shrink_to(self.batch.len());
        }
        if let Some(permute) = self.permute {
            self.sort_permuted(permute, window);
        } else {
            self.sort_total();
        }
        true
    }

    fn sort_total(&mut self) {
        let within = (1 << SHIFT_MAX) - 1;
        let batch = &self.batch;
        // Windows are aligned to powers of two, so the low bits of the instant order a window.
        self.sorted.extend(
            batch
                .iter()
                .zip(0u64..)
                .map(|(event, place)| (event.at.nanos() & within) << PLACE_BITS | place),
        );
        self.sorted.sort_unstable();
        let same_time = |a: &u64, b: &u64| a >> PLACE_BITS == b >> PLACE_BITS;
        for run in self.sorted.chunk_by_mut(same_time) {
            if run.len() > 1 {
                run.sort_unstable_by_key(|key| batch[(key & PLACE_MASK) as usize].tie);
            }
        }
    }

    /// An audit mode: clarity before speed.
    fn sort_permuted(&mut self, permute: Permutation, window: u64) {
        let batch = &self.batch;
        self.sorted.extend(0..batch.len() as u64);
        self.sorted.sort_by_cached_key(|&place| {
            let event = &batch[place as usize];
            let entity = event.tie.receiver();
            (permute.place(window, entity), entity, event.at, event.tie)
        });
    }
}

fn place_number(place: usize) -> u32 {
    assert!(place as u64 <= PLACE_MASK, "more than 2^28 events in one window");
    place as u32
}
