//! Abort: a threshold that stops its own run once its figure so far is in breach.
//!
//! It looks at the ends of windows after the warm-up, at simulated instants only, so that the
//! same run is stopped at the same instant on every machine.

use std::cell::Cell;

use crate::measure::Recorder;
use crate::measure::verdict::{Abort, broken_so_far};
use crate::scenario::Scenario;
use crate::units::{Duration, Instant, PolicyId};

/// Looks after one run.
#[derive(Debug)]
pub(super) struct Guard<'a> {
    scenario: &'a Scenario,
    window: Duration,
    /// When to look next; never where no threshold may stop this run.
    next: Instant,
    over: &'a Cell<bool>,
    broken: Option<Abort>,
}

impl<'a> Guard<'a> {
    /// Raises `over` once a threshold is broken.
    pub(super) fn new(scenario: &'a Scenario, policy: PolicyId, over: &'a Cell<bool>) -> Self {
        let aborts =
            scenario.thresholds.iter().any(|one| one.abort && one.policies.contains(&policy));
        let window = scenario.window;
        let first = Instant::EPOCH + scenario.warm_up + window;
        let next = if aborts { first } else { Instant::NEVER };
        Self { scenario, window, next, over, broken: None }
    }

    /// Looks before a fact of this instant is recorded.
    #[inline]
    pub(super) fn look(&mut self, at: Instant, recorder: &Recorder) {
        if self.next <= at {
            self.judge(at, recorder);
        }
    }

    #[cold]
    #[inline(never)]
    fn judge(&mut self, at: Instant, recorder: &Recorder) {
        let looked = self.next;
        while self.next <= at {
            self.next = self.next + self.window;
        }
        self.broken = broken_so_far(&recorder.so_far(at), self.scenario, looked);
        if self.broken.is_some() {
            self.next = Instant::NEVER;
            self.over.set(true);
        }
    }

    /// The threshold that was broken.
    pub(super) fn broken(&mut self) -> Option<Abort> {
        self.broken.take()
    }
}
