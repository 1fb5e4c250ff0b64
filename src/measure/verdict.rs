//! Verdicts: what the thresholds say of a scenario's runs.
//!
//! Observed is the mean over replications of the per-run figure. A figure that some replication
//! lacks is missing: a mean over the others would be biased, and nothing passes unmeasured.

use super::differences::{RunMetric, per_run};
use super::outcome::RunOutcome;
use super::results::{Results, RunRecord, RunStatus};
use super::statistics;
use super::summary::mean_and_interval_at;
use crate::scenario::dictionary::entry_of;
use crate::scenario::{Limit, Scenario, Severity, Threshold};
use crate::units::Instant;

/// What became of one threshold, regression or digest under one policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It holds.
    Pass,
    /// It does not.
    Breach,
    /// The interval lies on both sides: a breach, unless it only warns.
    Inconclusive,
    /// There is no such figure: nothing was compared, so nothing passes.
    Missing,
    /// Runs of this policy failed, were interrupted or were stopped by another threshold.
    Skipped,
}

impl Ruling {
    /// The word used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Breach => "breach",
            Self::Inconclusive => "inconclusive",
            Self::Missing => "missing",
            Self::Skipped => "skipped",
        }
    }
}

/// One comparison and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// `threshold`, `regression`, `baseline` or `digest`.
    pub kind: &'static str,
    /// Which row of the scenario's list of that kind.
    pub row: Option<usize>,
    /// Full name of the metric; of a digest, `digest`.
    pub metric: String,
    /// Its unit.
    pub unit: &'static str,
    /// The policy, by name.
    pub policy: String,
    /// The limit as people write it.
    pub limit: String,
    /// Mean over replications.
    pub observed: Option<f64>,
    /// What it is compared with, for a gate.
    pub baseline: Option<f64>,
    /// The interval that was judged, if any: of the mean, or of the paired difference.
    pub interval: Option<(f64, f64)>,
    /// How far on the wrong side, as a share of the limit; for the order of telling.
    pub excess: f64,
    /// How many replications.
    pub replications: u32,
    /// What a breach means.
    pub severity: Severity,
    /// How it ended.
    pub ruling: Ruling,
    /// When it stopped its own run.
    pub aborted_at: Option<Instant>,
    /// What else is to be said.
    pub detail: String,
}

/// A run that a threshold stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Abort {
    /// The simulated instant.
    pub at: Instant,
    /// Which threshold of the scenario.
    pub row: usize,
    /// The figure so far.
    pub observed: f64,
    /// In words.
    pub text: String,
}

/// What every threshold says of every policy that it speaks of.
pub fn verdicts(results: &Results, scenario: &Scenario) -> Vec<Verdict> {
    if scenario.thresholds.is_empty() {
        return Vec::new();
    }
    let told = per_run(results, scenario);
    let mut all = Vec::new();
    for (row, threshold) in scenario.thresholds.iter().enumerate() {
        for id in &threshold.policies {
            let policy = scenario.policies[id.index()].name.as_str();
            all.push(verdict((row, threshold), policy, results, &told));
        }
    }
    all
}

fn verdict(
    (row, threshold): (usize, &Threshold),
    policy: &str,
    results: &Results,
    told: &[RunMetric],
) -> Verdict {
    let mut verdict = Verdict {
        kind: "threshold",
        row: Some(row),
        metric: threshold.metric.clone(),
        unit: entry_of(&threshold.metric).map_or("1", |entry| entry.unit),
        policy: policy.to_owned(),
        limit: threshold.limit.text.clone(),
        observed: None,
        baseline: None,
        interval: None,
        excess: 0.0,
        replications: 0,
        severity: threshold.severity,
        ruling: Ruling::Missing,
        aborted_at: None,
        detail: String::new(),
    };
    let runs = || results.runs.iter().filter(|run| run.policy == policy);
    if let Some(abort) = runs().find_map(|run| aborted(run, row)) {
        verdict.observed = Some(abort.observed);
        verdict.excess = excess(&threshold.limit, abort.observed);
        verdict.replications = 1;
        verdict.ruling = Ruling::Breach;
        verdict.aborted_at = Some(abort.at);
        return verdict;
    }
    let Some(values) = values(told, policy, &threshold.metric) else {
        let whole = runs().all(|run| matches!(run.end, RunStatus::Complete(..)));
        verdict.ruling = if whole { Ruling::Missing } else { Ruling::Skipped };
        return verdict;
    };
    let level = threshold.confidence.unwrap_or(super::summary::CONFIDENCE);
    let Some((mean, interval)) = mean_and_interval_at(&values, level) else { return verdict };
    verdict.observed = Some(mean);
    verdict.excess = excess(&threshold.limit, mean);
    verdict.replications = u32::try_from(values.len()).expect("fewer than 2^32");
    verdict.interval = interval;
    let holds = |figure: f64| threshold.limit.holds(figure);
    verdict.ruling = match (threshold.confidence, interval) {
        (None, _) => ruling(holds(mean)),
        (Some(_), Some((low, high))) if holds(low) == holds(high) => ruling(holds(low)),
        (Some(_), _) => Ruling::Inconclusive,
    };
    verdict
}

fn ruling(holds: bool) -> Ruling {
    if holds { Ruling::Pass } else { Ruling::Breach }
}

/// How far beyond its limit, as a share of it; negative where it holds.
fn excess(limit: &Limit, figure: f64) -> f64 {
    let beyond = if limit.is_upper() { figure - limit.value } else { limit.value - figure };
    if limit.value.abs() > 0.0 { beyond / limit.value.abs() } else { beyond }
}

fn aborted(run: &RunRecord, row: usize) -> Option<&Abort> {
    match &run.end {
        RunStatus::Aborted(abort) if abort.row == row => Some(abort),
        _ => None,
    }
}

/// A metric of a policy in each complete replication; none when one lacks it, or there is none.
pub(super) fn values(told: &[RunMetric], policy: &str, metric: &str) -> Option<Vec<f64>> {
    let mut replications: Vec<u32> =
        told.iter().filter(|one| one.policy == policy).map(|one| one.replication).collect();
    replications.dedup();
    let named: Vec<&RunMetric> =
        told.iter().filter(|one| one.policy == policy && one.name == metric).collect();
    let values: Vec<f64> = named.iter().filter_map(|one| one.value).collect();
    (!values.is_empty() && values.len() == replications.len()).then_some(values)
}

/// The first threshold with `abort` that a run breaks by what it has recorded so far.
pub fn broken_so_far(so_far: &RunOutcome, scenario: &Scenario, at: Instant) -> Option<Abort> {
    let statistics = statistics::of_run(so_far, scenario);
    let named = |id: &crate::units::PolicyId| scenario.policies[id.index()].name == so_far.policy;
    scenario.thresholds.iter().enumerate().find_map(|(row, threshold)| {
        if !threshold.abort || !threshold.policies.iter().any(named) {
            return None;
        }
        let found = statistics.iter().find(|one| one.name == threshold.metric)?;
        let observed = found.value.filter(|value| !threshold.limit.holds(*value))?;
        let text = format!(
            "stopped at {} of simulated time: {} was {observed} {}, limit {}",
            seconds(at),
            threshold.metric,
            found.unit(),
            threshold.limit.text
        );
        Some(Abort { at, row, observed, text })
    })
}

/// An instant as people read it, to the millisecond.
fn seconds(at: Instant) -> String {
    let millis = at.nanos() / 1_000_000;
    format!("{}.{:03} s", millis / 1_000, millis % 1_000)
}
