//! The calendar: pending events in the order (instant, tie), a window at a time.
//!
//! Events wait unsorted until their window opens and are sorted then. What is pushed into the open
//! window waits in a small heap that is merged with the sorted batch.
//!
//! Invariant: without a permutation the order is total and does not depend on the width of windows,
//! which follows the density of events; with one, the width is as stated and each entity still sees
//! its own events in exactly that order.
//! Never: an event behind the one being handled, or one entity reaching into another's open window
//! while entities are permuted.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::chance::Key;
pub use super::order::{EntityId, Event, Rank, Tie};
use super::tiers::{SHIFT_MAX, Tiers};
use crate::units::{Duration, Instant};

/// Room for so many events of the open window is kept.
const CAPACITY_KEPT: usize = 4096;

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
    /// What is left of the open window, the next event last.
    batch: Vec<Event<P>>,
    /// What was pushed into the open window.
    late: BinaryHeap<Late<P>>,
    /// The key of the event being handled.
    current: (Instant, Tie),
    len: usize,
}

impl<P: Copy> Calendar<P> {
    /// An empty calendar. `window` is the width of a window, rounded down to a power of two
    /// nanoseconds: of all of them when permuting, and then it must not exceed the smallest latency
    /// between entities; otherwise of the first ones.
    pub fn new(window: Duration, permute: Option<Permutation>) -> Self {
        let shift = window.nanos().max(1).ilog2().min(SHIFT_MAX);
        Self {
            tiers: Tiers::new(shift),
            permute,
            batch: Vec::new(),
            late: BinaryHeap::new(),
            current: (Instant::EPOCH, Tie::FIRST),
            len: 0,
        }
    }

    /// Adds an event. It must come after the one being handled; while entities are permuted, one
    /// that falls into the open window must be for the entity being handled.
    #[inline]
    pub fn push(&mut self, event: Event<P>) {
        self.len += 1;
        let window = self.tiers.window_of(event.at);
        if self.tiers.cursor() < window {
            self.tiers.push(window, event);
        } else {
            self.push_late(window, event);
        }
    }

    /// Removes the next event: in order, or window by window and entity by entity when permuting.
    #[inline]
    pub fn pop(&mut self) -> Option<Event<P>> {
        if self.late.is_empty()
            && let Some(event) = self.batch.pop()
        {
            return Some(self.now_handled(event));
        }
        let event = if self.late.is_empty() { self.open_next() } else { self.pop_merged() }?;
        Some(self.now_handled(event))
    }

    #[inline]
    fn now_handled(&mut self, event: Event<P>) -> Event<P> {
        self.current = event.key();
        self.len -= 1;
        event
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// For how many events memory is held; it follows what is pending. It counts: not for hot
    /// paths.
    pub fn room(&self) -> usize {
        self.batch.capacity() + self.late.capacity() + self.tiers.room()
    }

    /// The instant of the event being handled; the epoch before the first.
    pub fn now(&self) -> Instant {
        self.current.0
    }

    #[cold]
    fn push_late(&mut self, window: u64, event: Event<P>) {
        let (at, tie) = self.current;
        assert!(window == self.tiers.cursor(), "an event before the current instant");
        if self.permute.is_some() {
            assert!(event.tie.receiver() == tie.receiver(), "lookahead violated");
        }
        assert!(at <= event.at, "an event before the current instant");
        assert!((at, tie) < event.key(), "an event before the one being handled");
        self.late.push(Late(event));
    }

    /// The earlier of the next in the batch and the next late one.
    #[cold]
    fn pop_merged(&mut self) -> Option<Event<P>> {
        let late = &self.late.peek()?.0;
        if let Some(next) = self.batch.last() {
            // Permuted: all late events are for the entity being handled, which comes first.
            let same_turn = self.permute.is_none() || next.tie.receiver() == late.tie.receiver();
            if same_turn && next.key() < late.key() {
                return self.batch.pop();
            }
        }
        self.late.pop().map(|late| late.0)
    }

    /// Opens the next window that holds something, sorts it and takes its first event.
    #[inline(never)]
    fn open_next(&mut self) -> Option<Event<P>> {
        if self.is_empty() {
            return None;
        }
        if self.permute.is_none() {
            self.tiers.fit_width(self.now(), self.len);
        }
        let window = self.tiers.open_next(&mut self.batch)?;
        if self.batch.capacity() + self.late.capacity() > CAPACITY_KEPT {
            self.give_back();
        }
        match (&mut *self.batch, self.permute) {
            ([_], _) => {}
            ([one, other], None) => {
                if one.order() < other.order() {
                    std::mem::swap(one, other);
                }
            }
            (batch, None) => batch.sort_unstable_by_key(|event| Reverse(event.order())),
            // An audit mode: clarity before speed.
            (batch, Some(permute)) => batch.sort_by_cached_key(|event| {
                let entity = event.tie.receiver();
                Reverse((permute.place(window, entity), entity, event.key()))
            }),
        }
        self.batch.pop()
    }

    /// The memory of a burst does not stay.
    #[cold]
    fn give_back(&mut self) {
        let least = 2 * self.batch.len().max(CAPACITY_KEPT / 4);
        self.batch.shrink_to(least);
        self.late.shrink_to(least);
    }
}

/// An event in a heap, where the greatest comes first: the earliest is the greatest.
struct Late<P>(Event<P>);

impl<P> Ord for Late<P> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.key().cmp(&self.0.key())
    }
}

impl<P> PartialOrd for Late<P> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<P> Eq for Late<P> {}

impl<P> PartialEq for Late<P> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
