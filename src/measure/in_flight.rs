//! In flight: attempts that open and close, put in exact order of time.
//!
//! Facts of different sources may be told up to `slack` out of order, so that changes are held
//! back for that long and sorted. At one instant attempts close before others open.

/// Changes fewer than these are not worth sorting.
const BATCH: usize = 512;
/// Bits of a packed change that say which it is.
const KIND_BITS: u32 = 2;
const KINDS: u64 = (1 << KIND_BITS) - 1;

/// What becomes of an attempt, in the order in which it counts at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Closed, accepted.
    Accepted,
    /// Closed, refused.
    Declined,
    /// Opened.
    Opened,
}

/// One change at its instant, in one word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held(u64);

impl Held {
    #[inline]
    pub(super) const fn at_ns(self) -> u64 {
        self.0 >> KIND_BITS
    }

    /// The number of its `Change`, below four.
    #[inline]
    pub(super) const fn kind(self) -> usize {
        (self.0 & KINDS) as usize
    }

    /// What it adds to the level: one up or one down.
    #[inline]
    pub(super) const fn step(self) -> i64 {
        (self.0 & Change::Opened as u64).cast_signed() - 1
    }
}

/// Changes that are held back.
#[derive(Clone, Debug)]
pub(super) struct InFlight {
    slack_ns: u64,
    /// Instant and change in one word, so that sorting puts closings first.
    pending: Vec<u64>,
}

impl InFlight {
    /// Nothing in flight; facts are told at most `slack_ns` nanoseconds out of order.
    pub(super) fn new(slack_ns: u64) -> Self {
        Self { slack_ns, pending: Vec::with_capacity(BATCH) }
    }

    /// Holds one change; answers whether `certain` should be called.
    #[inline]
    pub(super) fn hold(&mut self, at_ns: u64, change: Change) -> bool {
        self.pending.push(at_ns << KIND_BITS | change as u64);
        self.pending.len() == self.pending.capacity()
    }

    /// Changes that nothing told later can precede, in order.
    pub(super) fn certain(&mut self) -> impl Iterator<Item = Held> + '_ {
        self.pending.sort_unstable();
        let latest_ns = self.pending.last().map_or(0, |change| change >> KIND_BITS);
        let before = latest_ns.saturating_sub(self.slack_ns) << KIND_BITS;
        let certain = self.pending.partition_point(|change| *change < before);
        // Twice what stays: each change is sorted a few times at most.
        let wanted = (self.pending.len() - certain) * 2 + BATCH;
        self.pending.reserve(wanted.saturating_sub(self.pending.len()));
        self.pending.drain(..certain).map(Held)
    }

    /// All that is left, in order.
    pub(super) fn rest(&mut self) -> impl Iterator<Item = Held> + '_ {
        self.pending.sort_unstable();
        self.pending.drain(..).map(Held)
    }
}
