//! All runs of one scenario file, in plan order: what a report is made of.

use super::outcome::RunOutcome;
use crate::audit::Findings;

/// All runs of one scenario, in plan order (replication outermost, policies within).
#[derive(Clone, Debug)]
pub struct Results {
    /// One record a planned run.
    pub runs: Vec<RunRecord>,
}

/// One planned run and what became of it.
#[derive(Clone, Debug)]
pub struct RunRecord {
    /// The policy, by name.
    pub policy: String,
    /// Counted from 0.
    pub replication: u32,
    /// What became of it.
    pub end: RunStatus,
}

/// What became of a planned run.
#[derive(Clone, Debug)]
pub enum RunStatus {
    /// Ran to its end, and was audited.
    Complete(Box<RunOutcome>, Findings),
    /// Failed: the panic's or the replay log's message.
    Failed(String),
    /// Stopped by Ctrl-C, or never started.
    Interrupted,
}

impl Results {
    /// The complete runs, in plan order.
    pub fn complete(&self) -> impl Iterator<Item = (&RunOutcome, &Findings)> {
        self.runs.iter().filter_map(|run| match &run.end {
            RunStatus::Complete(outcome, findings) => Some((outcome.as_ref(), findings)),
            RunStatus::Failed(_) | RunStatus::Interrupted => None,
        })
    }
}
