//! Summary: statistics across replications, one value and interval for each metric and policy.
//!
//! Invariant: sums run in plan order; an interval is over per-replication estimates, never over
//! one run's payments.
//! Never: an invented tail. A quantile without enough samples is absent, and a warning says so.

use std::collections::{BTreeMap, BTreeSet};

use statrs::distribution::{ContinuousCDF, StudentsT};

pub use super::differences::{Difference, RunMetric, differences, per_run};

use super::dictionary::{Direction, entry};
use super::outcome::{LatencyCell, RunOutcome};
use super::results::Results;
use super::statistics::{self, Statistic, whole};
use crate::scenario::{CalibrationRow, Scenario};

/// By quantile: what lacks samples, with the fewest samples of a replication.
type Tails = BTreeMap<String, Vec<String>>;

/// Confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;
/// Decimals kept of a Student-t quantile: mathematics libraries differ in the last bits only.
const T_DECIMALS: f64 = 1e9;

/// One metric of one policy over its complete replications.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Full name, such as `latency.system.one_hub.p99_us`.
    pub name: String,
    /// The unit, as in the dictionary.
    pub unit: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// What it is.
    pub definition: &'static str,
    /// Mean over replications of the per-run statistic.
    pub value: f64,
    /// 95 % Student-t interval; `None` with one replication.
    pub interval: Option<(f64, f64)>,
    /// How many replications.
    pub replications: u32,
    /// Which policy, by name.
    pub policy: String,
}

/// All metrics, and what could not be said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// By policy in the order compared, then in order of computation.
    pub metrics: Vec<Metric>,
    /// One sentence for each policy and quantile, or metric, that lacks samples.
    pub warnings: Vec<String>,
}

/// One calibration row and what the run said.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationResult {
    /// The row.
    pub row: CalibrationRow,
    /// The metric under the first policy compared; `None` without a metric or a value.
    pub observed: Option<f64>,
    /// Whether it lies in the published range, widened by the tolerance.
    pub ok: Option<bool>,
}

/// All metrics of all policies.
pub fn metrics(results: &Results, scenario: &Scenario) -> Vec<Metric> {
    summarise(results, scenario).metrics
}

/// All metrics of all policies, with warnings.
pub fn summarise(results: &Results, scenario: &Scenario) -> Summary {
    let mut summary = Summary::default();
    for policy in scenario.compared.iter().map(|id| &scenario.policies[id.index()].name) {
        let runs: Vec<Vec<Statistic>> =
            runs_of(results, policy).map(|run| statistics::of_run(run, scenario)).collect();
        let mut tails = Tails::new();
        for name in names(&runs) {
            summary.add(policy, &name, &runs, &mut tails);
        }
        summary.warn_of_tails(policy, &tails);
    }
    summary
}

/// Calibration under the first policy compared.
pub fn calibration(results: &Results, scenario: &Scenario) -> Vec<CalibrationResult> {
    let all = metrics(results, scenario);
    let first = scenario.compared.first().map(|id| scenario.policies[id.index()].name.as_str());
    let result = |row: &CalibrationRow| {
        let found =
            |metric: &&Metric| Some(metric.policy.as_str()) == first && metric.name == row.metric;
        let observed = all.iter().find(found).map(|metric| metric.value);
        let low = row.published_low - row.published_low.abs() * row.tolerance;
        let high = row.published_high + row.published_high.abs() * row.tolerance;
        let ok = observed.map(|value| (low..=high).contains(&value));
        CalibrationResult { row: row.clone(), observed, ok }
    };
    scenario.calibration.iter().map(result).collect()
}

/// The latency cells of one policy, merged over its complete replications. Merging loses nothing.
pub fn pooled(results: &Results, policy: &str) -> Vec<LatencyCell> {
    let mut pool: Vec<LatencyCell> = Vec::new();
    for cell in runs_of(results, policy).flat_map(|run| &run.latency) {
        let key = |one: &LatencyCell| (one.stage, one.route.clone(), one.outcome);
        match pool.iter_mut().find(|one| key(one) == key(cell)) {
            Some(known) => merge(known, cell),
            None => pool.push(cell.clone()),
        }
    }
    pool.sort_by(|a, b| (a.stage, &a.route, a.outcome).cmp(&(b.stage, &b.route, b.outcome)));
    pool
}

fn merge(into: &mut LatencyCell, cell: &LatencyCell) {
    into.histogram.add(&cell.histogram).expect("all histograms have the same bounds");
    into.count += cell.count;
    into.sum_ns += cell.sum_ns;
    into.sum_sq_us2 += cell.sum_sq_us2;
    into.min_ns = into.min_ns.min(cell.min_ns);
    into.max_ns = into.max_ns.max(cell.max_ns);
    into.clamped += cell.clamped;
}

/// Mean of estimates and its 95 % Student-t interval, which one estimate does not have.
pub fn mean_and_interval(estimates: &[f64]) -> Option<MeanAndInterval> {
    mean_and_interval_at(estimates, CONFIDENCE)
}

/// A mean, and the ends of its interval where there is one.
pub type MeanAndInterval = (f64, Option<(f64, f64)>);

/// The same with another confidence, between 0 and 1.
pub fn mean_and_interval_at(estimates: &[f64], confidence: f64) -> Option<MeanAndInterval> {
    if estimates.is_empty() {
        return None;
    }
    let count = whole(estimates.len() as u64);
    let mean = estimates.iter().sum::<f64>() / count;
    if estimates.len() < 2 {
        return Some((mean, None));
    }
    // Equal estimates have no variance at all, whatever their mean was rounded to.
    if let [first, rest @ ..] = estimates
        && rest.iter().all(|one| one.total_cmp(first).is_eq())
    {
        return Some((*first, Some((*first, *first))));
    }
    let squares: f64 = estimates.iter().map(|one| (one - mean) * (one - mean)).sum();
    let half = student_t(count - 1.0, confidence) * (squares / (count - 1.0) / count).sqrt();
    Some((mean, Some((mean - half, mean + half))))
}

/// The two-sided quantile of Student's t.
fn student_t(freedom: f64, confidence: f64) -> f64 {
    let t = StudentsT::new(0.0, 1.0, freedom).expect("at least one degree of freedom");
    let quantile = t.inverse_cdf(f64::midpoint(confidence, 1.0));
    (quantile * T_DECIMALS).round() / T_DECIMALS
}

fn runs_of<'a>(results: &'a Results, policy: &str) -> impl Iterator<Item = &'a RunOutcome> {
    results.complete().map(|(run, _)| run).filter(move |run| run.policy == policy)
}

/// Every name that occurs, in the order of the first run that has it.
fn names(runs: &[Vec<Statistic>]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let all = runs.iter().flatten();
    all.filter(|one| seen.insert(one.name.as_str())).map(|one| one.name.clone()).collect()
}

impl Summary {
    /// A metric needs a value in every complete replication: a mean over some would be biased.
    fn add(&mut self, policy: &str, name: &str, runs: &[Vec<Statistic>], tails: &mut Tails) {
        let found: Vec<&Statistic> =
            runs.iter().filter_map(|run| run.iter().find(|one| one.name == name)).collect();
        let values: Vec<f64> = found.iter().filter_map(|one| one.value).collect();
        if let Some(fewest) = found.iter().filter_map(|one| one.too_few).min() {
            let (stem, quantile) = name.rsplit_once('.').unwrap_or(("", name));
            tails.entry(quantile.to_owned()).or_default().push(format!("{stem} ({fewest})"));
            return;
        }
        if values.len() < runs.len() {
            if !values.is_empty() {
                self.warnings.push(format!(
                    "{name} under {policy} is left out: only {} of {} replications have it",
                    values.len(),
                    runs.len()
                ));
            }
            return;
        }
        let Some((value, interval)) = mean_and_interval(&values) else { return };
        let entry = entry(&found[0].pattern);
        self.metrics.push(Metric {
            name: name.to_owned(),
            unit: entry.unit,
            direction: entry.direction,
            definition: entry.definition,
            value,
            interval,
            replications: u32::try_from(values.len()).expect("fewer replications than 2^32"),
            policy: policy.to_owned(),
        });
    }

    /// One sentence a quantile: a scenario with many routes would fill a page otherwise.
    fn warn_of_tails(&mut self, policy: &str, tails: &Tails) {
        for (quantile, _, needed) in statistics::QUANTILES {
            if let Some(names) = tails.get(quantile) {
                let names = names.join(", ");
                self.warnings.push(format!(
                    "{quantile} needs {needed} samples; under {policy} too few for {names}"
                ));
            }
        }
    }
}
