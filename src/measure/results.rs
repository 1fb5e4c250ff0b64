//! All runs of one scenario file, in plan order: what a report is made of.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::RunOutcome;
use super::verdict::Abort;
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
    /// Complete and audited, but not under every policy: figures leave it out, so that policies are
    /// never compared on unequal replications.
    LeftOut(Box<RunOutcome>, Findings),
    /// Failed: the panic's or the replay log's message.
    Failed(String),
    /// Stopped by a threshold of its own.
    Aborted(Abort),
    /// Stopped by Ctrl-C, or never started.
    Interrupted,
}

impl Results {
    /// The complete runs, in plan order.
    pub fn complete(&self) -> impl Iterator<Item = (&RunOutcome, &Findings)> {
        self.runs.iter().filter_map(|run| match &run.end {
            RunStatus::Complete(outcome, findings) => Some((outcome.as_ref(), findings)),
            RunStatus::LeftOut(..)
            | RunStatus::Failed(_)
            | RunStatus::Aborted(_)
            | RunStatus::Interrupted => None,
        })
    }

    /// The complete runs with those that are left out, in plan order: what the auditor has seen.
    pub fn audited(&self) -> impl Iterator<Item = (&RunOutcome, &Findings)> {
        self.runs.iter().filter_map(|run| match &run.end {
            RunStatus::Complete(outcome, findings) | RunStatus::LeftOut(outcome, findings) => {
                Some((outcome.as_ref(), findings))
            }
            RunStatus::Failed(_) | RunStatus::Aborted(_) | RunStatus::Interrupted => None,
        })
    }

    /// Leaves out the complete runs of every replication that some policy did not complete, where
    /// that policy completed any. A plan that was cut short then compares like with like.
    pub fn level(&mut self) {
        let complete = |run: &&RunRecord| matches!(run.end, RunStatus::Complete(..));
        let mut by_replication: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        let mut policies = BTreeSet::new();
        for run in self.runs.iter().filter(complete) {
            policies.insert(run.policy.clone());
            by_replication.entry(run.replication).or_default().insert(run.policy.clone());
        }
        for run in &mut self.runs {
            if by_replication.get(&run.replication) == Some(&policies) {
                continue;
            }
            run.end = match std::mem::replace(&mut run.end, RunStatus::Interrupted) {
                RunStatus::Complete(outcome, findings) => RunStatus::LeftOut(outcome, findings),
                other => other,
            };
        }
    }
}
