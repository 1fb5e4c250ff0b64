//! Differences: each policy against the first, paired by replication.
//!
//! Invariant: a difference is between runs that met the same shoppers, so both policies complete
//! each replication it is over.

use super::dictionary::entry;
use super::results::Results;
use super::statistics::{self, Statistic};
use super::summary::mean_and_interval;
use crate::scenario::Scenario;

/// One metric of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunMetric {
    /// Which policy, by name.
    pub policy: String,
    /// Which replication, counted from 0.
    pub replication: u32,
    /// Full name, such as `latency.system.one_hub.p99_us`.
    pub name: String,
    /// The unit, as in the dictionary.
    pub unit: &'static str,
    /// `None`: not defined in this run, or too few samples.
    pub value: Option<f64>,
}

/// One metric of a policy less the same of the first policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Full name of the metric.
    pub name: String,
    /// The unit, as in the dictionary.
    pub unit: &'static str,
    /// Which policy.
    pub policy: String,
    /// The first policy.
    pub baseline: String,
    /// Mean over replications of the difference in the same replication.
    pub value: f64,
    /// 95 % Student-t interval; `None` with fewer than two replications.
    pub interval: Option<(f64, f64)>,
    /// How many replications.
    pub replications: u32,
}

/// The statistics of one run, with its policy and replication.
type Told<'a> = (&'a str, u32, Vec<Statistic>);

fn told<'a>(results: &'a Results, scenario: &Scenario) -> Vec<Told<'a>> {
    let runs = results.complete().map(|(run, _)| run);
    runs.map(|run| (run.policy.as_str(), run.replication, statistics::of_run(run, scenario)))
        .collect()
}

/// Every metric of every complete run, in plan order.
pub fn per_run(results: &Results, scenario: &Scenario) -> Vec<RunMetric> {
    let of_run = |(policy, replication, statistics): Told<'_>| {
        let policy = policy.to_owned();
        statistics.into_iter().map(move |one| RunMetric {
            policy: policy.clone(),
            replication,
            unit: entry(&one.pattern).unit,
            name: one.name,
            value: one.value,
        })
    };
    told(results, scenario).into_iter().flat_map(of_run).collect()
}

/// Every metric of every later policy against the first one compared. A metric is compared where
/// both policies have it in every replication that both complete.
pub fn differences(results: &Results, scenario: &Scenario) -> Vec<Difference> {
    let told = told(results, scenario);
    let name = |id: &crate::units::PolicyId| scenario.policies[id.index()].name.as_str();
    let mut policies = scenario.compared.iter().map(name);
    let Some(baseline) = policies.next() else { return Vec::new() };
    policies.flat_map(|policy| against(baseline, policy, &told)).collect()
}

/// The statistics of two policies in one replication: the later one's, then the first one's.
type Pair<'a> = (&'a [Statistic], &'a [Statistic]);

fn against(baseline: &str, policy: &str, told: &[Told<'_>]) -> Vec<Difference> {
    let first = |replication: u32| {
        let found =
            told.iter().find(|(whose, other, _)| *whose == baseline && *other == replication);
        found.map(|(.., statistics)| statistics.as_slice())
    };
    let theirs = told.iter().filter(|(whose, ..)| *whose == policy);
    let pairs: Vec<Pair<'_>> = theirs
        .filter_map(|(_, replication, theirs)| Some((theirs.as_slice(), first(*replication)?)))
        .collect();
    let Some((names, _)) = pairs.first() else { return Vec::new() };
    let difference = |one: &Statistic| {
        let value = |run: &[Statistic]| run.iter().find(|it| it.name == one.name)?.value;
        let less = |(theirs, first): &Pair<'_>| Some(value(theirs)? - value(first)?);
        let estimates: Vec<f64> = pairs.iter().map(less).collect::<Option<_>>()?;
        let (value, interval) = mean_and_interval(&estimates)?;
        Some(Difference {
            name: one.name.clone(),
            unit: entry(&one.pattern).unit,
            policy: policy.to_owned(),
            baseline: baseline.to_owned(),
            value,
            interval,
            replications: u32::try_from(estimates.len()).expect("fewer than 2^32"),
        })
    };
    names.iter().filter_map(difference).collect()
}
