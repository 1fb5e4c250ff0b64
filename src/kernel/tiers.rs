//! Where events wait until their window opens: a ring of windows, a ring of spans, a map of blocks.
//!
//! A window is 2^`shift` nanoseconds, a span 1,024 windows, a block 512 spans. The ring of windows
//! holds the span under the cursor and the next one, the ring of spans the block under the cursor
//! and the next one, the map everything beyond. An event is moved at most twice before it is due.
//!
//! Invariant: every event held here belongs to a window after the cursor, in the tier of its
//! distance; buffers go back to a pool, so memory follows what is pending.
//! Never: an order inside a window; the calendar sorts what is due.

use std::collections::BTreeMap;

use super::order::Event;

const SPAN_BITS: u32 = 10;
const BLOCK_BITS: u32 = 9;
const POOL_MAX: usize = 64;
/// A buffer that is this many times larger than its use is cut back.
pub(super) const SLACK_MAX: usize = 8;
/// A buffer up to this capacity is never cut back.
pub(super) const CAPACITY_KEPT: usize = 64;

/// A ring of unsorted buckets and the bitmap of those that hold something.
struct Ring<P> {
    buckets: Vec<Vec<Event<P>>>,
    occupied: Vec<u64>,
}

impl<P: Copy> Ring<P> {
    fn new(bits: u32) -> Self {
        Self {
            buckets: (0..1usize << bits).map(|_| Vec::new()).collect(),
            occupied: vec![0; (1usize << bits).div_ceil(64)],
        }
    }

    #[inline]
    fn push(&mut self, number: u64, event: Event<P>, pool: &mut Pool<P>) {
        let slot = (number as usize) & (self.buckets.len() - 1);
        let bucket = &mut self.buckets[slot];
        if bucket.is_empty() {
            self.occupied[slot / 64] |= 1 << (slot % 64);
            pool.lend(bucket);
        }
        bucket.push(event);
    }

    fn take(&mut self, number: u64) -> Vec<Event<P>> {
        let slot = (number as usize) & (self.buckets.len() - 1);
        self.occupied[slot / 64] &= !(1 << (slot % 64));
        std::mem::take(&mut self.buckets[slot])
    }

    /// The first number from `from` on, at most one turn away, whose bucket holds something.
    fn next_from(&self, from: u64) -> Option<u64> {
        let mask = self.buckets.len() - 1;
        let start = (from as usize) & mask;
        let words = self.occupied.len();
        let first = self.occupied[start / 64] >> (start % 64);
        if first != 0 {
            return Some(from + u64::from(first.trailing_zeros()));
        }
        for step in 1..=words {
            let index = (start / 64 + step) % words;
            let word = self.occupied[index];
            if word != 0 {
                let slot = index * 64 + word.trailing_zeros() as usize;
                return Some(from + (slot.wrapping_sub(start) & mask) as u64);
            }
        }
        None
    }
}

/// Empty buffers kept for the next bucket that needs one.
struct Pool<P>(Vec<Vec<Event<P>>>);

impl<P: Copy> Pool<P> {
    /// Gives `bucket` a buffer if it has none and one is at hand.
    #[inline]
    fn lend(&mut self, bucket: &mut Vec<Event<P>>) {
        if bucket.capacity() == 0
            && let Some(buffer) = self.0.pop()
        {
            *bucket = buffer;
        }
    }

    fn give_back(&mut self, mut buffer: Vec<Event<P>>) {
        if self.0.len() < POOL_MAX && buffer.capacity() != 0 {
            let used = buffer.len();
            buffer.clear();
            if buffer.capacity() > SLACK_MAX * used.max(CAPACITY_KEPT) {
                buffer.shrink_to(2 * used);
            }
            self.0.push(buffer);
        }
    }
}

/// All events that are not due in the window under the cursor.
pub(super) struct Tiers<P> {
    shift: u32,
    /// The window under the cursor, counted from 1; 0 before the first one opens.
    cursor: u64,
    windows: Ring<P>,
    spans: Ring<P>,
    blocks: BTreeMap<u64, Vec<Event<P>>>,
    pool: Pool<P>,
}

impl<P: Copy> Tiers<P> {
    pub(super) fn new(shift: u32) -> Self {
        Self {
            shift,
            cursor: 0,
            windows: Ring::new(SPAN_BITS + 1),
            spans: Ring::new(BLOCK_BITS + 1),
            blocks: BTreeMap::new(),
            pool: Pool(Vec::new()),
        }
    }

    /// The window of an instant in nanoseconds, counted from 1.
    #[inline]
    pub(super) fn window_of(&self, nanos: u64) -> u64 {
        (nanos >> self.shift) + 1
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
        if (window >> SPAN_BITS) <= (self.cursor >> SPAN_BITS) + 1 {
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

    /// Moves the cursor to the next window that holds something and hands its events over in
    /// exchange for `spent`, a buffer to reuse. `None`: nothing is pending.
    pub(super) fn open_next(&mut self, spent: &mut Vec<Event<P>>) -> Option<u64> {
        loop {
            if let Some(window) = self.windows.next_from(self.cursor + 1) {
                self.move_to(window);
                let batch = self.windows.take(window);
                self.pool.give_back(std::mem::replace(spent, batch));
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

    /// Moves the cursor forward and brings nearer what has come within reach of the rings.
    fn move_to(&mut self, window: u64) {
        let before = self.cursor >> SPAN_BITS;
        let after = window >> SPAN_BITS;
        self.cursor = window;
        if before == after {
            return;
        }
        if before >> BLOCK_BITS != after >> BLOCK_BITS {
            self.bring_blocks((after >> BLOCK_BITS) + 1);
        }
        let reach = if after == before + 1 { after + 1 } else { after };
        for span in reach..=after + 1 {
            let events = self.spans.take(span);
            for event in &events {
                self.windows.push(self.window_of(event.at.nanos()), *event, &mut self.pool);
            }
            self.pool.give_back(events);
        }
    }

    fn bring_blocks(&mut self, last: u64) {
        while let Some(entry) = self.blocks.first_entry()
            && *entry.key() <= last
        {
            for event in entry.remove() {
                let span = self.window_of(event.at.nanos()) >> SPAN_BITS;
                self.spans.push(span, event, &mut self.pool);
            }
        }
    }
}
