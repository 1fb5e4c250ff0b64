//! Gate: what a baseline keeps of a scenario's runs, and how runs of today compare with it.
//!
//! Runs are exact: the same scenario, seed and engine give the same figures, so a figure without a
//! tolerance may not move in its bad direction at all. Differences are paired by replication.

use std::collections::BTreeMap;

use super::dictionary::{Direction, dictionary, entry_of};
use super::differences::per_run;
use super::results::Results;
use super::summary::{CONFIDENCE, mean_and_interval_at};
use super::verdict::{Ruling, Verdict, values};
use crate::scenario::{Regression, Scenario, Severity, Tolerance};

/// What is kept of the runs of one policy, in order of replication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Digest of each run's facts, hexadecimal.
    pub digests: Vec<String>,
    /// Each metric in each replication.
    pub metrics: BTreeMap<String, Vec<f64>>,
}

/// By policy.
pub type Measured = BTreeMap<String, Kept>;

/// How a gate compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// By digest: not one fact may differ.
    pub exact: bool,
    /// By intervals of paired differences, also where a regression states no confidence.
    pub paired: bool,
}

/// What a baseline keeps of these runs: the metrics of the dictionary that every scenario has, and
/// those that the scenario's regressions name.
pub fn measured(results: &Results, scenario: &Scenario) -> Measured {
    let told = per_run(results, scenario);
    let mut all = Measured::new();
    for (run, _) in results.complete() {
        let digest = blake3::Hash::from_bytes(run.digest).to_hex().to_string();
        all.entry(run.policy.clone()).or_default().digests.push(digest);
    }
    for (policy, kept) in &mut all {
        let plain = dictionary().iter().filter(|entry| entry.open().is_none());
        let plain = plain.map(|entry| entry.pattern.to_owned());
        let asked = scenario.regressions.iter().map(|row| row.metric.clone());
        for name in plain.chain(asked) {
            if let Some(values) = values(&told, policy, &name) {
                kept.metrics.insert(name, values);
            }
        }
    }
    all
}

/// A digest of what these metrics mean: pattern, unit, direction and formula.
pub fn definitions<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut entries: Vec<_> = names.into_iter().map(|name| entry_of(name)).collect();
    entries.sort_by_key(|entry| entry.map(|entry| entry.pattern));
    entries.dedup();
    for entry in entries {
        let words = entry.map(|one| [one.pattern, one.unit, one.direction.name(), one.formula]);
        for word in words.into_iter().flatten() {
            hasher.update(&(word.len() as u64).to_le_bytes()).update(word.as_bytes());
        }
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

/// Every comparison of today's runs with a baseline of the same identity.
pub fn compare(
    baseline: &Measured,
    today: &Measured,
    scenario: &Scenario,
    mode: Mode,
) -> Vec<Verdict> {
    let mut all = Vec::new();
    for (policy, kept) in baseline {
        // A policy that was left out by `--policy` is nobody's loss; one that is gone is.
        let known = scenario.policies.iter().any(|one| one.name == *policy);
        let run = scenario.compared.iter().any(|id| scenario.policies[id.index()].name == *policy);
        if known && !run {
            continue;
        }
        let nothing = Kept::default();
        let now = today.get(policy).unwrap_or(&nothing);
        if mode.exact {
            all.push(same(policy, kept, now));
            continue;
        }
        for (metric, before) in &kept.metrics {
            let row = row_of(scenario, policy, metric);
            let now = now.metrics.get(metric);
            all.push(moved((policy, metric), row, (before, now), mode));
        }
        for (at, row) in scenario.regressions.iter().enumerate() {
            let speaks =
                row.policies.iter().any(|id| scenario.policies[id.index()].name == *policy);
            if speaks && !kept.metrics.contains_key(&row.metric) {
                let mut verdict = blank((policy, &row.metric), Some((at, row)));
                "the baseline has no such metric: update it".clone_into(&mut verdict.detail);
                all.push(verdict);
            }
        }
    }
    all
}

/// The last regression that speaks of a metric under a policy.
fn row_of<'a>(
    scenario: &'a Scenario,
    policy: &str,
    metric: &str,
) -> Option<(usize, &'a Regression)> {
    let speaks = |(_, row): &(usize, &Regression)| {
        let named = |id: &crate::units::PolicyId| scenario.policies[id.index()].name == policy;
        row.metric == metric && row.policies.iter().any(named)
    };
    scenario.regressions.iter().enumerate().rev().find(speaks)
}

/// A verdict of nothing yet.
fn blank((policy, metric): (&str, &str), row: Option<(usize, &Regression)>) -> Verdict {
    let entry = entry_of(metric);
    let direction = entry.map_or(Direction::Neutral, |entry| entry.direction);
    let limit = match (row, direction) {
        (Some((_, row)), Direction::Lower) => format!("+{}", row.text),
        (Some((_, row)), Direction::Higher) => format!("−{}", row.text),
        (Some((_, row)), Direction::Neutral) => format!("±{}", row.text),
        (None, Direction::Lower) => "no more".to_owned(),
        (None, Direction::Higher) => "no less".to_owned(),
        (None, Direction::Neutral) => "unchanged".to_owned(),
    };
    Verdict {
        kind: if row.is_some() { "regression" } else { "baseline" },
        row: row.map(|(at, _)| at),
        metric: metric.to_owned(),
        unit: entry.map_or("1", |entry| entry.unit),
        policy: policy.to_owned(),
        limit,
        observed: None,
        baseline: None,
        interval: None,
        excess: 0.0,
        replications: 0,
        severity: row.map_or(Severity::Fail, |(_, row)| row.severity),
        ruling: Ruling::Missing,
        aborted_at: None,
        detail: String::new(),
    }
}

/// Whether every run has the facts that it had.
fn same(policy: &str, before: &Kept, now: &Kept) -> Verdict {
    let mut verdict = blank((policy, "digest"), None);
    verdict.kind = "digest";
    "not one fact differs".clone_into(&mut verdict.limit);
    let pairs = before.digests.iter().zip(&now.digests);
    if now.digests.is_empty() || before.digests.is_empty() {
        return verdict;
    }
    verdict.replications = u32::try_from(pairs.len()).expect("fewer than 2^32");
    let differs = pairs.enumerate().find(|(_, (before, now))| before != now);
    verdict.ruling = Ruling::Pass;
    if let Some((replication, (before, now))) = differs {
        let short = |digest: &str| digest.chars().take(12).collect::<String>();
        verdict.ruling = Ruling::Breach;
        verdict.excess = f64::MAX;
        verdict.detail = format!(
            "replication {replication}: baseline {}, observed {}",
            short(before),
            short(now)
        );
    }
    verdict
}

/// Whether a figure moved too far in its bad direction.
fn moved(
    (policy, metric): (&str, &str),
    row: Option<(usize, &Regression)>,
    (before, now): (&[f64], Option<&Vec<f64>>),
    mode: Mode,
) -> Verdict {
    let mut verdict = blank((policy, metric), row);
    let level = row.and_then(|(_, row)| row.confidence);
    let level = level.or(mode.paired.then_some(CONFIDENCE));
    let before_all = mean_and_interval_at(before, CONFIDENCE);
    verdict.baseline = before_all.map(|(mean, _)| mean);
    let Some(now) = now.filter(|now| now.len() <= before.len()) else { return verdict };
    let before = &before[..now.len()];
    let difference: Vec<f64> = now.iter().zip(before).map(|(now, before)| now - before).collect();
    let observed = mean_and_interval_at(now, CONFIDENCE);
    let base = mean_and_interval_at(before, CONFIDENCE);
    let moved = mean_and_interval_at(&difference, level.unwrap_or(CONFIDENCE));
    let (Some((observed, _)), Some((base, _)), Some((by, interval))) = (observed, base, moved)
    else {
        return verdict;
    };
    verdict.observed = Some(observed);
    verdict.baseline = Some(base);
    verdict.replications = u32::try_from(now.len()).expect("fewer than 2^32");
    let room = row.map_or(Tolerance::Absolute(0.0), |(_, row)| row.tolerance).around(base);
    let direction = entry_of(metric).map_or(Direction::Neutral, |entry| entry.direction);
    let (low, high) = match level {
        Some(_) => {
            verdict.interval = interval;
            interval.unwrap_or((f64::NEG_INFINITY, f64::INFINITY))
        }
        None => (by, by),
    };
    // How far it certainly, and how far it possibly, got worse.
    let (least, most) = match direction {
        Direction::Lower => (low, high),
        Direction::Higher => (-high, -low),
        Direction::Neutral => (low.max(-high), high.max(-low)),
    };
    let worse = match direction {
        Direction::Lower => by,
        Direction::Higher => -by,
        Direction::Neutral => by.abs(),
    };
    let scale = if base.abs() > 0.0 { base.abs() } else { 1.0 };
    verdict.excess = (worse - room) / scale;
    verdict.ruling = if most <= room {
        Ruling::Pass
    } else if least > room {
        Ruling::Breach
    } else {
        Ruling::Inconclusive
    };
    verdict
}
