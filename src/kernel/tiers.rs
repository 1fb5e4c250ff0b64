//! Where events wait until their window opens: a ring of windows, a ring of spans, a map of blocks.
//!
//! A window is 2^`shift` nanoseconds, a span 1,024 windows, a block 1,024 spans. The ring of
//! windows holds the span under the cursor and the next one, the ring of spans the block under the
//! cursor and the next one, the map all beyond. Each of them holds chains of events that stay
//! where they were written: an event is linked anew at most twice before it is due, and moved only
//! when the width of windows is fitted to the density of events.
//!
//! Invariant: every event held here belongs to a window after the cursor, in the tier of its
//! distance; memory follows what is pending.
//! Never: an order inside a window; the calendar sorts what is due.

use std::collections::BTreeMap;

use super::order::Event;
use crate::units::Instant;

const SPAN_BITS: u32 = 10;
const BLOCK_BITS: u32 = 10;
/// A ring holds two turns of the next finer one: the turn under the cursor and the next.
const CHAINS: usize = 2 << SPAN_BITS;
const MASK: usize = CHAINS - 1;
const WORDS: usize = CHAINS / 64;
/// Memory for so many times what is pending is given back, beyond room for `NODES_KEPT`.
const SLACK_MAX: usize = 8;
const NODES_KEPT: usize = 1024;

/// The widest window is 2^36 nanoseconds.
pub(super) const SHIFT_MAX: u32 = 36;
/// Windows are not made narrower than 2^8 nanoseconds: many events may share one instant.
const SHIFT_MIN: u32 = 8;
/// From how many events on the width is judged.
const JUDGED_MIN: usize = 1024;

/// The end of a chain.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Node<P> {
    event: Event<P>,
    next: u32,
}

/// The memory of all chains.
struct Chains<P> {
    nodes: Vec<Node<P>>,
    /// A chain of nodes to use again.
    free: u32,
}

impl<P: Copy> Chains<P> {
    /// Puts an event in front of a chain.
    #[inline]
    fn push(&mut self, head: &mut u32, event: Event<P>) {
        let node = Node { event, next: *head };
        *head = if let Some(place) = self.nodes.get_mut(self.free as usize) {
            std::mem::replace(&mut self.free, std::mem::replace(place, node).next)
        } else {
            self.grow(node)
        };
    }

    #[cold]
    fn grow(&mut self, node: Node<P>) -> u32 {
        let place = u32::try_from(self.nodes.len()).expect("fewer than 2^32 events pending");
        assert!(place != NONE, "fewer than 2^32 events pending");
        self.nodes.push(node);
        place
    }

    /// Hands a chain's events over, the last pushed first, and frees its nodes.
    #[inline]
    fn take(&mut self, head: u32, to: &mut Vec<Event<P>>) {
        let mut place = head;
        while let Some(node) = self.nodes.get_mut(place as usize) {
            to.push(node.event);
            if node.next == NONE {
                node.next = self.free;
                self.free = head;
                return;
            }
            place = node.next;
        }
    }
}

/// A ring of chains, and the bitmap of those that hold something.
struct Ring {
    heads: Box<[u32; CHAINS]>,
    occupied: [u64; WORDS],
}

impl Ring {
    fn new() -> Self {
        Self { heads: Box::new([NONE; CHAINS]), occupied: [0; WORDS] }
    }

    /// The head of a chain that is about to get an event.
    #[inline]
    fn head(&mut self, number: u64) -> &mut u32 {
        let slot = (number as usize) & MASK;
        self.occupied[slot / 64] |= 1 << (slot % 64);
        &mut self.heads[slot]
    }

    #[inline]
    fn take(&mut self, number: u64) -> u32 {
        let slot = (number as usize) & MASK;
        self.occupied[slot / 64] &= !(1 << (slot % 64));
        std::mem::replace(&mut self.heads[slot], NONE)
    }

    /// The first number from `from` on, at most one turn away, whose chain holds something.
    #[inline]
    fn next_from(&self, from: u64) -> Option<u64> {
        let start = (from as usize) & MASK;
        let first = self.occupied[start / 64] >> (start % 64);
        if first != 0 {
            return Some(from + u64::from(first.trailing_zeros()));
        }
        self.next_word_from(from)
    }

    fn next_word_from(&self, from: u64) -> Option<u64> {
        let start = (from as usize) & MASK;
        for step in 1..=WORDS {
            let index = (start / 64 + step) % WORDS;
            let word = self.occupied[index];
            if word != 0 {
                let slot = index * 64 + word.trailing_zeros() as usize;
                return Some(from + (slot.wrapping_sub(start) & MASK) as u64);
            }
        }
        None
    }
}

/// All events that are not due in the window under the cursor.
pub(super) struct Tiers<P> {
    shift: u32,
    /// The window under the cursor, counted from 1; 0 before the first one opens.
    cursor: u64,
    /// The first window beyond the ring of windows.
    beyond: u64,
    chains: Chains<P>,
    windows: Ring,
    spans: Ring,
    blocks: BTreeMap<u64, u32>,
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
            chains: Chains { nodes: Vec::new(), free: NONE },
            windows: Ring::new(),
            spans: Ring::new(),
            blocks: BTreeMap::new(),
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
            self.chains.push(self.windows.head(window), event);
        } else {
            self.push_far(window, event);
        }
    }

    #[cold]
    fn push_far(&mut self, window: u64, event: Event<P>) {
        assert!(event.at < Instant::NEVER, "an event that never happens");
        let span = window >> SPAN_BITS;
        let block = span >> BLOCK_BITS;
        if block <= (self.cursor >> (SPAN_BITS + BLOCK_BITS)) + 1 {
            self.chains.push(self.spans.head(span), event);
        } else {
            self.chains.push(self.blocks.entry(block).or_insert(NONE), event);
        }
    }

    /// For how many events memory is held.
    pub(super) fn room(&self) -> usize {
        self.chains.nodes.capacity()
    }

    /// Moves the cursor to the next window that holds something and hands its events over to
    /// `batch`. `None`: nothing is pending.
    #[inline]
    pub(super) fn open_next(&mut self, batch: &mut Vec<Event<P>>) -> Option<u64> {
        loop {
            if let Some(window) = self.windows.next_from(self.cursor + 1) {
                self.move_to(window);
                let chain = self.windows.take(window);
                self.chains.take(chain, batch);
                self.opened += 1;
                self.handed_over += batch.len();
                return Some(window);
            }
            self.jump()?;
        }
    }

    /// Moves the cursor towards the next event beyond the ring of windows.
    #[cold]
    fn jump(&mut self) -> Option<()> {
        let next_span = (self.cursor >> SPAN_BITS) + 2;
        if let Some(span) = self.spans.next_from(next_span) {
            self.move_to((span << SPAN_BITS) - 1);
        } else {
            let (&block, _) = self.blocks.first_key_value()?;
            self.move_to((block << (SPAN_BITS + BLOCK_BITS)) - 1);
        }
        Some(())
    }

    /// Judges the width of windows now and then, and changes it where they hold so many events
    /// that they must be sorted, or so few that most are empty. All `pending` events must be held
    /// here, none before `now`.
    #[inline]
    pub(super) fn fit_width(&mut self, now: Instant, pending: usize) {
        // To move all that is pending must cost little for each event handed over since.
        if self.handed_over < pending.max(JUDGED_MIN) {
            return;
        }
        let eighths = 8 * self.handed_over / self.opened;
        (self.opened, self.handed_over) = (0, 0);
        // Where events fall anywhere, windows of one on average hold 1.6 if they are not empty.
        let shift = match eighths {
            ..16 => self.shift + 1,
            16..48 => self.shift,
            _ => self.shift.saturating_sub((eighths / 24).ilog2()),
        };
        let shift = shift.clamp(SHIFT_MIN, SHIFT_MAX);
        let slack = self.chains.nodes.len() > SLACK_MAX * pending.max(NODES_KEPT);
        if shift != self.shift || slack {
            self.set_shift(shift, now);
        }
    }

    #[cold]
    fn set_shift(&mut self, shift: u32, now: Instant) {
        let mut events = Vec::new();
        let rings = self.windows.heads.iter().chain(self.spans.heads.iter());
        for head in rings.chain(self.blocks.values()) {
            self.chains.take(*head, &mut events);
        }
        (self.windows, self.spans) = (Ring::new(), Ring::new());
        self.blocks.clear();
        self.chains = Chains { nodes: Vec::with_capacity(2 * events.len()), free: NONE };
        self.shift = shift;
        self.place_cursor(self.window_of(now) - 1);
        for event in events {
            self.push(self.window_of(event.at), event);
        }
    }

    /// Moves the cursor forward and brings nearer what has come within reach of the rings.
    #[inline]
    fn move_to(&mut self, window: u64) {
        let before = self.cursor >> SPAN_BITS;
        let after = window >> SPAN_BITS;
        if before == after {
            self.cursor = window;
        } else {
            self.move_to_span((before, after), window);
        }
    }

    #[cold]
    fn move_to_span(&mut self, (before, after): (u64, u64), window: u64) {
        self.place_cursor(window);
        if before >> BLOCK_BITS != after >> BLOCK_BITS {
            self.bring_blocks((after >> BLOCK_BITS) + 1);
        }
        let reach = if after == before + 1 { after + 1 } else { after };
        for span in reach..=after + 1 {
            let chain = self.spans.take(span);
            self.link_anew(chain, |tiers, at| tiers.windows.head(tiers.window_of(at)));
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
            let chain = entry.remove();
            self.link_anew(chain, |tiers, at| tiers.spans.head(tiers.window_of(at) >> SPAN_BITS));
        }
    }

    /// Moves each event of a chain to the chain that `head` finds for its instant.
    fn link_anew(&mut self, chain: u32, head: impl Fn(&mut Self, Instant) -> &mut u32) {
        let mut place = chain;
        while place != NONE {
            let Node { event, next } = self.chains.nodes[place as usize];
            let before = std::mem::replace(head(self, event.at), place);
            self.chains.nodes[place as usize].next = before;
            place = next;
        }
    }
}
