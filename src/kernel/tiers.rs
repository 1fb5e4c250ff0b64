//! Where events wait until their window opens: a ring of windows, a ring of spans, a map of blocks.
//!
//! A window is 2^`shift` nanoseconds, a span 1,024 windows, a block 512 spans. The ring of windows
//! holds the span under the cursor and the next one, the ring of spans the block under the cursor
//! and the next one, the map everything beyond. An event is moved at most twice before it is due,
//! and once more each time that the width of windows is fitted to the density of events.
//!
//! Invariant: every event held here belongs to a window after the cursor, in the tier of its
//! distance; buffers go back to a pool, so memory follows what is pending.
//! Never: an order inside a window; the calendar sorts what is due.

use std::collections::BTreeMap;

use super::order::Event;
use crate::units::Instant;

const SPAN_BITS: u32 = 10;
const BLOCK_BITS: u32 = 9;
const POOL_MAX: usize = 1024;
/// A buffer that is this many times larger than its use is cut back.
pub(super) const SLACK_MAX: usize = 8;
/// A buffer up to this capacity is never cut back.
pub(super) const CAPACITY_KEPT: usize = 64;

/// The widest window is 2^36 nanoseconds.
pub(super) const SHIFT_MAX: u32 = 36;
/// Windows are not made narrower than 2^8 nanoseconds: many events may share one instant.
const SHIFT_MIN: u32 = 8;
/// How many events a window may hold on average, so that sorting it is quick but worth the while.
const FITTING: std::ops::Range<usize> = 2..8;
/// A new width aims at 2^2 to 2^3 events.
const FITTING_BITS: u32 = 2;
/// From how many events on the width is judged.
const JUDGED_MIN: usize = 1024;

/// A ring of unsorted buckets, a power of two of them, and the bitmap of those that hold something.
struct Ring<P, const BUCKETS: usize> {
    buckets: Box<[Vec<Event<P>>; BUCKETS]>,
    occupied: Vec<u64>,
}

impl<P: Copy, const BUCKETS: usize> Ring<P, BUCKETS> {
    const MASK: usize = BUCKETS - 1;

    fn new() -> Self {
        Self {
            buckets: Box::new(std::array::from_fn(|_| Vec::new())),
            occupied: vec![0; BUCKETS.div_ceil(64)],
        }
    }

    #[inline]
    fn push(&mut self, number: u64, event: Event<P>, pool: &mut Pool<P>) {
        let slot = (number as usize) & Self::MASK;
        let bucket = &mut self.buckets[slot];
        if bucket.is_empty() {
            self.occupied[slot / 64] |= 1 << (slot % 64);
            pool.lend(bucket);
        }
        bucket.push(event);
    }

    /// Empties the ring.
    fn drain(&mut self) -> impl Iterator<Item = Event<P>> {
        self.occupied.fill(0);
        self.buckets.iter_mut().flat_map(std::mem::take)
    }

    fn room(&self) -> usize {
        self.buckets.iter().map(Vec::capacity).sum()
    }

    fn take(&mut self, number: u64) -> Vec<Event<P>> {
        let slot = (number as usize) & Self::MASK;
        self.occupied[slot / 64] &= !(1 << (slot % 64));
        std::mem::take(&mut self.buckets[slot])
    }

    /// The first number from `from` on, at most one turn away, whose bucket holds something.
    fn next_from(&self, from: u64) -> Option<u64> {
        let start = (from as usize) & Self::MASK;
        let words = self.occupied.len();
        let first = self.occupied[start / 64] >> (start % 64);
        if first != 0 {
            return Some(from + u64::from(first.trailing_zeros()));
        }
        for step in 1..=words {
            let index = (start / 64 + step) & (Self::MASK / 64);
            let word = self.occupied[index];
            if word != 0 {
                let slot = index * 64 + word.trailing_zeros() as usize;
                return Some(from + (slot.wrapping_sub(start) & Self::MASK) as u64);
            }
        }
        None
    }
}

/// Empty buffers kept for the next bucket that needs one, the last used on top.
struct Pool<P> {
    buffers: Vec<Vec<Event<P>>>,
    /// How many at the bottom have not been needed since the last trim.
    idle: usize,
}

impl<P: Copy> Pool<P> {
    /// Gives `bucket` a buffer if it has none and one is at hand.
    #[inline]
    fn lend(&mut self, bucket: &mut Vec<Event<P>>) {
        if bucket.capacity() == 0
            && let Some(buffer) = self.buffers.pop()
        {
            *bucket = buffer;
            self.idle = self.idle.min(self.buffers.len());
        }
    }

    fn give_back(&mut self, mut buffer: Vec<Event<P>>) {
        if self.buffers.len() < POOL_MAX && buffer.capacity() != 0 {
            buffer.clear();
            self.buffers.push(buffer);
        }
    }

    /// Drops what was idle since the last trim: memory from a burst does not stay.
    fn trim(&mut self) {
        self.buffers.drain(..self.idle);
        self.idle = self.buffers.len();
    }
}

/// All events that are not due in the window under the cursor.
pub(super) struct Tiers<P> {
    shift: u32,
    /// The window under the cursor, counted from 1; 0 before the first one opens.
    cursor: u64,
    /// The first window beyond the ring of windows.
    beyond: u64,
    windows: Ring<P, { 2 << SPAN_BITS }>,
    spans: Ring<P, { 2 << BLOCK_BITS }>,
    blocks: BTreeMap<u64, Vec<Event<P>>>,
    pool: Pool<P>,
    /// How many windows were opened since the width was last judged, and what they held.
    opened: usize,
    handed_over: usize,
}

impl<P: Copy> Tiers<P> {
    pub(super) fn new(shift: u32) -> Self {
        Self {
            shift,
            cursor: 0,
            beyond: 2 << SPAN_BITS,
            windows: Ring::new(),
            spans: Ring::new(),
            blocks: BTreeMap::new(),
            pool: Pool { buffers: Vec::new(), idle: 0 },
            opened: 0,
            handed_over: 0,
        }
    }

    /// The window of an instant, counted from 1.
    #[inline]
    pub(super) fn window_of(&self, at: Instant) -> u64 {
        (at.nanos() >> self.shift) + 1
    }

    /// The window under the cursor.
    #[inline]
    pub(super) fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Keeps an event of a window after the cursor.
    #[inline]
    pub(super) fn push(&mut self, window: u64, event: Event<P>) {
        debug_assert!(self.cursor < window, "behind the cursor");
        if window < self.beyond {
            self.windows.push(window, event, &mut self.pool);
        } else {
            self.push_far(window, event);
        }
    }

    #[cold]
    fn push_far(&mut self, window: u64, event: Event<P>) {
        let span = window >> SPAN_BITS;
        let block = span >> BLOCK_BITS;
        if block <= (self.cursor >> (SPAN_BITS + BLOCK_BITS)) + 1 {
            self.spans.push(span, event, &mut self.pool);
        } else {
            self.blocks.entry(block).or_default().push(event);
        }
    }

    /// For how many events memory is held.
    pub(super) fn room(&self) -> usize {
        let blocks: usize = self.blocks.values().map(Vec::capacity).sum();
        let pool: usize = self.pool.buffers.iter().map(Vec::capacity).sum();
        self.windows.room() + self.spans.room() + blocks + pool
    }

    /// Moves the cursor to the next window that holds something and hands its events over in
    /// exchange for `spent`, a buffer to reuse. `None`: nothing is pending.
    pub(super) fn open_next(&mut self, spent: &mut Vec<Event<P>>) -> Option<u64> {
        loop {
            if let Some(window) = self.windows.next_from(self.cursor + 1) {
                self.move_to(window);
                let batch = self.windows.take(window);
                self.pool.give_back(std::mem::replace(spent, batch));
                self.opened += 1;
                self.handed_over += spent.len();
                if spent.capacity() > SLACK_MAX * spent.len().max(CAPACITY_KEPT) {
                    spent.shrink_to(2 * spent.len());
                }
                return Some(window);
            }
            let next_span = (self.cursor >> SPAN_BITS) + 2;
            if let Some(span) = self.spans.next_from(next_span) {
                self.move_to((span << SPAN_BITS) - 1);
            } else {
                let (&block, _) = self.blocks.first_key_value()?;
                self.move_to((block << (SPAN_BITS + BLOCK_BITS)) - 1);
            }
        }
    }

    /// Judges the width of windows now and then, and changes it where they hold far fewer or far
    /// more events than are quick to sort. All `pending` events must be held here, none before
    /// `now`.
    #[inline]
    pub(super) fn fit_width(&mut self, now: Instant, pending: usize) {
        // To move all that is pending must cost little for each event handed over since.
        if self.handed_over < pending.max(JUDGED_MIN) {
            return;
        }
        let held = self.handed_over / self.opened;
        (self.opened, self.handed_over) = (0, 0);
        if !FITTING.contains(&held) {
            let shift = (self.shift + FITTING_BITS).saturating_sub(held.ilog2());
            let shift = shift.clamp(SHIFT_MIN, SHIFT_MAX);
            if shift != self.shift {
                self.set_shift(shift, now);
            }
        }
    }

    #[cold]
    fn set_shift(&mut self, shift: u32, now: Instant) {
        let blocks = std::mem::take(&mut self.blocks).into_values().flatten();
        let events: Vec<_> = self.windows.drain().chain(self.spans.drain()).chain(blocks).collect();
        self.shift = shift;
        self.place_cursor(self.window_of(now) - 1);
        for event in events {
            self.push(self.window_of(event.at), event);
        }
    }

    /// Moves the cursor forward and brings nearer what has come within reach of the rings.
    fn move_to(&mut self, window: u64) {
        let before = self.cursor >> SPAN_BITS;
        let after = window >> SPAN_BITS;
        self.place_cursor(window);
        if before == after {
            return;
        }
        self.pool.trim();
        if before >> BLOCK_BITS != after >> BLOCK_BITS {
            self.bring_blocks((after >> BLOCK_BITS) + 1);
        }
        let reach = if after == before + 1 { after + 1 } else { after };
        for span in reach..=after + 1 {
            let events = self.spans.take(span);
            for event in &events {
                self.windows.push(self.window_of(event.at), *event, &mut self.pool);
            }
            self.pool.give_back(events);
        }
    }

    fn place_cursor(&mut self, window: u64) {
        self.cursor = window;
        self.beyond = ((window >> SPAN_BITS) + 2) << SPAN_BITS;
    }

    fn bring_blocks(&mut self, last: u64) {
        while let Some(entry) = self.blocks.first_entry()
            && *entry.key() <= last
        {
            for event in entry.remove() {
                let span = self.window_of(event.at) >> SPAN_BITS;
                self.spans.push(span, event, &mut self.pool);
            }
        }
    }
}
