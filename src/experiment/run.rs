//! One run: a model, its listeners, and what became of it.

use std::cell::Cell;

use super::abort::Guard;
use super::meter::Meter;
use super::plan::PlannedRun;
use crate::audit::Auditor;
use crate::measure::recorder::Recorder;
use crate::measure::results::RunStatus;
use crate::model::fact::{Fact, Observer};
use crate::model::{self, Model, RunOptions};
use crate::scenario::Scenario;
use crate::units::Instant;

/// Listens to nothing: for runs that emit no facts to files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

/// An extra listener of one run, such as one that writes every payment to a file.
pub trait Emit: Observer {
    /// Called once the run is complete; a run that ends otherwise drops its listener.
    ///
    /// # Errors
    /// When something heard could not be kept: the run then counts as failed.
    fn finish(self) -> Result<(), String>;
}

impl Observer for Silent {
    fn observe(&mut self, _at: Instant, _fact: &Fact) {}
}

impl Emit for Silent {
    fn finish(self) -> Result<(), String> {
        Ok(())
    }
}

/// Carries out one planned run on this thread. `emit` hears every fact after the recorder and the
/// auditor.
pub fn run_one<E: Emit>(
    planned: &PlannedRun,
    (model, scenario): (&Model, &Scenario),
    meter: &Meter<'_>,
    mut emit: E,
) -> RunStatus {
    let mut listeners = Listeners {
        recorder: Recorder::new(scenario, planned.policy, planned.replication),
        auditor: Auditor::new(scenario, planned.policy),
        emit: &mut emit,
        opened: meter.opened(),
        guard: Guard::new(scenario, planned.policy, meter.over()),
    };
    let options = RunOptions::default();
    let mut watch = meter.watch();
    let end = model::run(model, planned.replication, options, &mut listeners, &mut watch);
    if let Some(abort) = listeners.guard.broken() {
        return RunStatus::Aborted(abort);
    }
    match end {
        Err(message) => RunStatus::Failed(message),
        Ok(end) if end.stopped => RunStatus::Interrupted,
        Ok(end) => {
            let findings = listeners.auditor.finish(end.at);
            let outcome = listeners.recorder.finish(end.at, end.events);
            match emit.finish() {
                Ok(()) => RunStatus::Complete(Box::new(outcome), findings),
                Err(message) => RunStatus::Failed(message),
            }
        }
    }
}

/// Everybody who listens to one run, statically dispatched.
struct Listeners<'a, E> {
    recorder: Recorder,
    auditor: Auditor,
    emit: &'a mut E,
    opened: &'a Cell<u64>,
    guard: Guard<'a>,
}

impl<E: Observer> Observer for Listeners<'_, E> {
    #[expect(clippy::inline_always, reason = "the teller knows the kind: no match remains")]
    #[inline(always)]
    fn observe(&mut self, at: Instant, fact: &Fact) {
        if matches!(fact, Fact::Opened { .. }) {
            self.opened.set(self.opened.get() + 1);
        }
        self.guard.look(at, &self.recorder);
        self.recorder.observe(at, fact);
        self.auditor.observe(at, fact);
        self.emit.observe(at, fact);
    }
}
