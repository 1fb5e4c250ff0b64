//! In flight: how many attempts are open at once, in exact order of time.
//!
//! Facts of different sources may be told up to `slack` out of order, so that changes are held
//! back for that long and sorted. At one instant attempts close before others open.

/// Changes fewer than these are not worth sorting.
const BATCH: usize = 128;
const OPENS: u64 = 1;

/// A count over time.
#[derive(Debug)]
pub(super) struct InFlight {
    slack_ns: u64,
    /// `instant × 2 + opens`, so that sorting puts closings first.
    pending: Vec<u64>,
    /// Sort when there are so many.
    due: usize,
    latest_ns: u64,
    level: i64,
}

/// The count after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level {
    /// When it changed.
    pub(super) at_ns: u64,
    /// How many before.
    pub(super) before: u64,
    /// How many from then on.
    pub(super) after: u64,
}

impl InFlight {
    /// Nothing in flight; facts are told at most `slack_ns` nanoseconds out of order.
    pub(super) const fn new(slack_ns: u64) -> Self {
        Self { slack_ns, pending: Vec::new(), due: BATCH, latest_ns: 0, level: 0 }
    }

    /// One more or one less from this instant on. Levels that are now certain are told, in order.
    #[inline]
    pub(super) fn change(&mut self, at_ns: u64, opens: bool, tell: impl FnMut(Level)) {
        self.latest_ns = self.latest_ns.max(at_ns);
        self.pending.push(at_ns << 1 | u64::from(opens));
        if self.pending.len() >= self.due {
            self.flush(self.latest_ns.saturating_sub(self.slack_ns), tell);
            self.due = self.pending.len() * 2 + BATCH;
        }
    }

    /// Tells all that is left.
    pub(super) fn finish(&mut self, tell: impl FnMut(Level)) {
        self.flush(u64::MAX >> 1, tell);
    }

    fn flush(&mut self, before_ns: u64, mut tell: impl FnMut(Level)) {
        self.pending.sort_unstable();
        let certain = self.pending.partition_point(|change| change >> 1 < before_ns);
        for change in self.pending.drain(..certain) {
            let before = self.level;
            self.level += if change & OPENS == OPENS { 1 } else { -1 };
            let count = |level: i64| u64::try_from(level.max(0)).expect("not negative");
            tell(Level { at_ns: change >> 1, before: count(before), after: count(self.level) });
        }
    }
}
