//! Thresholds and regressions as written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::de::Sp;

/// What a figure must keep to: judged on the mean over replications.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct ThresholdRaw {
    /// A metric, such as `latency.system.p99_us`; `hutong metrics` lists them.
    pub(in crate::scenario) metric: Sp<String>,
    /// Which policy, route or institution is meant.
    #[serde(rename = "where")]
    pub(in crate::scenario) scope: Option<WhereRaw>,
    /// A comparison with a value in the metric's kind of unit, such as "< 250ms" or ">= 98%".
    pub(in crate::scenario) expr: Sp<String>,
    /// Let the whole interval of this confidence lie on the right side; needs two replications.
    pub(in crate::scenario) confidence: Option<Sp<f64>>,
    /// What a breach means; "fail" unless stated.
    pub(in crate::scenario) severity: Option<SeverityRaw>,
    /// Stop a run as soon as its figure so far is in breach; false unless stated.
    pub(in crate::scenario) abort: Option<Sp<bool>>,
}

/// How far a metric may move from its baseline in its bad direction.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct RegressionRaw {
    /// A metric, such as `latency.system.p99_us`; `hutong metrics` lists them.
    pub(in crate::scenario) metric: Sp<String>,
    /// Which policy, route or institution is meant.
    #[serde(rename = "where")]
    pub(in crate::scenario) scope: Option<WhereRaw>,
    /// "5%" of the baseline, or a difference such as "10ms" or "0.1pp"; none at all unless stated.
    pub(in crate::scenario) tolerance: Option<Sp<String>>,
    /// Let the whole paired interval of this confidence lie within the tolerance.
    pub(in crate::scenario) confidence: Option<Sp<f64>>,
    /// What a breach means; "fail" unless stated.
    pub(in crate::scenario) severity: Option<SeverityRaw>,
}

/// A part of the figures.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(in crate::scenario) struct WhereRaw {
    /// This compared policy only; each of them unless stated.
    pub(in crate::scenario) policy: Option<Sp<String>>,
    /// A kind of route, such as `one_hub` or `one_hub.bank`; for latency.system only.
    pub(in crate::scenario) route: Option<Sp<String>>,
    /// One institution, for metrics of banks, hubs, wallets and utilisation.
    pub(in crate::scenario) institution: Option<Sp<String>>,
}

/// What a breach means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum SeverityRaw {
    /// The exit code says so.
    Fail,
    /// It is told, and the exit code stays.
    Warn,
}
