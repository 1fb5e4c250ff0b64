//! Experiment: many runs, in parallel, in order.
//!
//! Invariant: results do not depend on the number of threads, on the wall clock or on who watches.
//! Never: a file format, or a word on standard output.

pub mod abort;
pub mod bench;
pub mod clock;
pub mod identity;
pub mod isolate;
pub mod memory;
pub mod meter;
pub mod plain_loop;
pub mod plan;
pub mod pool;
pub mod progress;
pub mod run;
pub mod settle;
pub mod size;
pub mod stop;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::measure::results::{Results, RunStatus};
use crate::model::Model;
use crate::scenario::Scenario;
use crate::units::PolicyId;
use meter::{Gauge, Meter};
use plan::PlannedRun;
use pool::Pool;
use progress::{Board, Standing};
use run::Emit;

/// One file of an experiment.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The checked scenario.
    pub scenario: Scenario,
    /// The command that runs this file again, without policy and replication.
    pub command: String,
}

impl Subject {
    /// The command that repeats one run alone.
    pub fn reproduce(&self, policy: &str, replication: u32) -> String {
        let (command, seed) = (&self.command, self.scenario.seed);
        format!(
            "{command} --seed {seed} --policy '{policy}' --only-replication {replication} --fresh"
        )
    }
}

/// Carries out a plan over several files and folds each file's results in the order of the files.
/// `emit` yields the extra listener of one run.
///
/// # Errors
/// When the operating system refuses the threads.
pub fn carry_out<E: Emit>(
    subjects: &[Subject],
    planned: &[PlannedRun],
    pool: &Pool,
    board: &mut Board,
    emit: impl Fn(&PlannedRun) -> Result<E, String> + Sync,
    mut fold: impl FnMut(usize, Results),
) -> io::Result<()> {
    let gauges: Vec<Gauge> = planned.iter().map(|_| Gauge::default()).collect();
    let models = Models::default();
    let run = |index: usize, planned: &PlannedRun| {
        let subject = &subjects[planned.file];
        let gauge = &gauges[index];
        let end = isolate::isolate(|| {
            let emit = match emit(planned) {
                Ok(emit) => emit,
                Err(message) => return RunStatus::Failed(message),
            };
            let model = models.of(planned, &subject.scenario);
            let meter = Meter::new(gauge, &pool.stop);
            run::run_one(planned, (&model, &subject.scenario), &meter, emit)
        });
        gauge.end();
        match end.unwrap_or_else(RunStatus::Failed) {
            RunStatus::Failed(message) => RunStatus::Failed(failure(&message, planned, subject)),
            ended => ended,
        }
    };
    let tick = || board.update(&standings(subjects, planned, &gauges));
    let outcome = pool.execute(planned, run, tick, |file, runs| fold(file, Results { runs }));
    board.finish();
    outcome
}

/// The models compiled so far, one for each file and policy, shared by replications.
#[derive(Default)]
struct Models(Mutex<BTreeMap<(usize, PolicyId), Slot>>);

type Slot = Arc<Mutex<Option<Arc<Model>>>>;

impl Models {
    /// The model of a planned run, compiled by whoever asks first while others of the same policy
    /// wait. A compiler that panics fails every run of its policy, each with the message.
    fn of(&self, planned: &PlannedRun, scenario: &Scenario) -> Arc<Model> {
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry((planned.file, planned.policy)).or_default())
        };
        let mut model = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let compile = || Arc::new(Model::compile(scenario, planned.policy));
        Arc::clone(model.get_or_insert_with(compile))
    }
}

/// How far the runs of each file have got.
fn standings(subjects: &[Subject], planned: &[PlannedRun], gauges: &[Gauge]) -> Vec<Standing> {
    let mut standings = vec![Standing::default(); subjects.len()];
    for (run, gauge) in planned.iter().zip(gauges) {
        let horizon_ns = subjects[run.file].scenario.horizon.nanos();
        let standing = &mut standings[run.file];
        standing.planned_ns += u128::from(horizon_ns);
        standing.simulated_ns += u128::from(gauge.simulated_ns(horizon_ns));
        standing.payments += gauge.payments();
    }
    standings
}

/// What is said of a failed run: why, and with what it ran.
fn failure(message: &str, planned: &PlannedRun, subject: &Subject) -> String {
    let PlannedRun { replication, policy_name, .. } = planned;
    let seed = subject.scenario.seed;
    format!("{message}\nseed {seed}, policy {policy_name}, replication {replication}")
}
