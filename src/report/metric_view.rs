//! Views of metrics: their values, their differences between policies, and published counterparts.

use serde::{Deserialize, Serialize};

use crate::measure::summary::{CalibrationResult, Difference, Metric};
use crate::scenario::CalibrationKind;

/// One headline metric of one policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricView {
    /// The policy, by name.
    pub policy: String,
    /// The metric's name.
    pub name: String,
    /// Mean over replications; none when unknown.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: String,
    /// Lower end of the 0.95 interval; none with fewer than two replications.
    pub ci_lo: Option<f64>,
    /// Upper end of the 0.95 interval.
    pub ci_hi: Option<f64>,
    /// Replications that have a value.
    pub replications: u32,
}

/// One metric of one policy less the same metric of the first policy, paired by replication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DifferenceView {
    /// The policy, by name.
    pub policy: String,
    /// The policy it is compared with: the first one.
    pub baseline: String,
    /// The metric's name.
    pub name: String,
    /// Mean over replications of the difference.
    pub difference: f64,
    /// Its unit.
    pub unit: String,
    /// Lower end of the 0.95 interval; none with fewer than two replications.
    pub ci_lo: Option<f64>,
    /// Upper end of the 0.95 interval.
    pub ci_hi: Option<f64>,
    /// Replications compared.
    pub replications: u32,
}

/// One row of the table *given | fitted | predicted*.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationView {
    /// `given`, `fitted` or `predicted`.
    pub kind: String,
    /// What it is, in words.
    pub what: String,
    /// The published value or range, in the metric's unit.
    pub published: String,
    /// What was observed, in the same unit; none for given rows and when unknown.
    pub observed: Option<f64>,
    /// Whether it lies in the published range and tolerance; none when nothing was observed.
    pub ok: Option<bool>,
    /// Where it was published.
    pub source: String,
}

impl From<&Metric> for MetricView {
    fn from(metric: &Metric) -> Self {
        Self {
            policy: metric.policy.clone(),
            name: metric.name.clone(),
            value: metric.value.is_finite().then_some(metric.value),
            unit: metric.unit.to_owned(),
            ci_lo: metric.interval.map(|(low, _)| low),
            ci_hi: metric.interval.map(|(_, high)| high),
            replications: metric.replications,
        }
    }
}

impl From<&Difference> for DifferenceView {
    fn from(difference: &Difference) -> Self {
        Self {
            policy: difference.policy.clone(),
            baseline: difference.baseline.clone(),
            name: difference.name.clone(),
            difference: difference.value,
            unit: difference.unit.to_owned(),
            ci_lo: difference.interval.map(|(low, _)| low),
            ci_hi: difference.interval.map(|(_, high)| high),
            replications: difference.replications,
        }
    }
}

impl From<&CalibrationResult> for CalibrationView {
    fn from(result: &CalibrationResult) -> Self {
        let row = &result.row;
        let kind = match row.kind {
            CalibrationKind::Given => "given",
            CalibrationKind::Fitted => "fitted",
            CalibrationKind::Predicted => "predicted",
        };
        let (low, high) = (row.published_low, row.published_high);
        // The same figure twice is a value and not a range.
        let published = if low < high { format!("{low} to {high}") } else { low.to_string() };
        Self {
            kind: kind.to_owned(),
            what: row.what.clone(),
            published,
            observed: result.observed,
            ok: result.ok,
            source: row.source.clone(),
        }
    }
}
