//! In flight: attempts that open and close, put in exact order of time.
//!
//! Facts of different sources may be told up to `slack` out of order, so that changes are held
//! back for that long and sorted. At one instant attempts close before others open.

/// Changes fewer than these are not worth sorting.
const BATCH: usize = 128;
/// Bits of a packed change that say which it is.
const KIND_BITS: u32 = 2;

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

/// Changes that are held back.
#[derive(Debug)]
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
    pub(super) fn certain(&mut self) -> impl Iterator<Item = (u64, Change)> + '_ {
        self.pending.sort_unstable();
        let latest_ns = self.pending.last().map_or(0, |change| change >> KIND_BITS);
        let before = latest_ns.saturating_sub(self.slack_ns) << KIND_BITS;
        let certain = self.pending.partition_point(|change| *change < before);
        // Twice what stays: each change is sorted a few times at most.
        let wanted = (self.pending.len() - certain) * 2 + BATCH;
        self.pending.reserve(wanted.saturating_sub(self.pending.len()));
        self.pending.drain(..certain).map(unpacked)
    }

    /// All that is left, in order.
    pub(super) fn rest(&mut self) -> impl Iterator<Item = (u64, Change)> + '_ {
        self.pending.sort_unstable();
        self.pending.drain(..).map(unpacked)
    }
}

#[inline]
fn unpacked(packed: u64) -> (u64, Change) {
    let change = match packed & ((1 << KIND_BITS) - 1) {
        0 => Change::Accepted,
        1 => Change::Declined,
        _ => Change::Opened,
    };
    (packed >> KIND_BITS, change)
}
