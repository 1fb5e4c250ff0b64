//! Views of verdicts, and their one line: the same on the console, in Markdown and in messages.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::number::significant;
use crate::measure::results::Results;
use crate::measure::verdict::{self, Verdict};
use crate::scenario::Scenario;

/// One threshold, regression or digest under one policy, and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictView {
    /// `threshold`, `regression`, `baseline` or `digest`.
    pub kind: String,
    /// Which row of the scenario's list of that kind, counted from 0; none without one.
    pub row: Option<u64>,
    /// The policy, by name.
    pub policy: String,
    /// Full name of the metric.
    pub metric: String,
    /// Its unit.
    pub unit: String,
    /// The limit as people write it.
    pub limit: String,
    /// Mean over replications; none when missing.
    pub observed: Option<f64>,
    /// What it is compared with; none for thresholds.
    pub baseline: Option<f64>,
    /// Lower end of the interval that was judged: of the mean, or of the paired difference.
    pub ci_lo: Option<f64>,
    /// Upper end of it.
    pub ci_hi: Option<f64>,
    /// Replications that have a value.
    pub replications: u32,
    /// `fail` or `warn`.
    pub severity: String,
    /// `pass`, `breach`, `inconclusive`, `missing` or `skipped`.
    pub verdict: String,
    /// It passed.
    pub ok: bool,
    /// When it stopped its own run, nanoseconds since the epoch.
    pub aborted_at_ns: Option<u64>,
    /// How far beyond its limit, as a share of it.
    pub excess: f64,
    /// What else is to be said.
    pub detail: String,
}

impl VerdictView {
    /// Whether it makes the command fail.
    pub fn fails(&self) -> bool {
        self.is_missing() || (self.is_breach() && self.severity == "fail")
    }

    /// Whether there was nothing to judge.
    pub fn is_missing(&self) -> bool {
        self.verdict == "missing"
    }

    /// Whether it is a breach, or may be one.
    pub fn is_breach(&self) -> bool {
        matches!(self.verdict.as_str(), "breach" | "inconclusive")
    }

    /// The mark in front of its line.
    pub fn mark(&self) -> char {
        match self.verdict.as_str() {
            "pass" => '✓',
            "skipped" => '–',
            _ if self.fails() => '✗',
            _ => '!',
        }
    }

    /// Limit, observed value and verdict in one line.
    pub fn line(&self) -> String {
        let Self { metric, policy, limit, verdict, .. } = self;
        let observed = self.observed.map_or_else(|| "no data".to_owned(), |v| self.figure(v));
        let mut line = format!("{metric} under {policy}: limit {limit}, ");
        if let Some(baseline) = self.baseline {
            let change = self.observed.map(|observed| change(baseline, observed));
            let change = change.map(|text| format!(" ({text})")).unwrap_or_default();
            let _ = write!(line, "baseline {}, ", self.figure(baseline));
            let _ = write!(line, "observed {observed}{change}");
        } else if self.kind == "digest" {
            line = format!("digest under {policy}: limit {limit}");
        } else {
            let _ = write!(line, "observed {observed}");
        }
        if let (Some(low), Some(high)) = (self.ci_lo, self.ci_hi) {
            let _ = write!(line, " [{} to {}]", significant(low), significant(high));
        }
        if let Some(at) = self.aborted_at_ns {
            let millis = at / 1_000_000;
            let _ = write!(line, ", stopped the run at {}.{:03} s", millis / 1_000, millis % 1_000);
        }
        if verdict != "pass" {
            let _ = write!(line, ": {verdict}");
        }
        if !self.detail.is_empty() {
            let _ = write!(line, " ({})", self.detail);
        }
        line
    }

    fn figure(&self, value: f64) -> String {
        match self.unit.as_str() {
            "1" => significant(value),
            "us" if value.abs() >= 1e6 => format!("{} s", significant(value / 1e6)),
            "us" if value.abs() >= 1e3 => format!("{} ms", significant(value / 1e3)),
            unit => format!("{} {unit}", significant(value)),
        }
    }
}

fn change(baseline: f64, observed: f64) -> String {
    let difference = observed - baseline;
    let sign = if difference > 0.0 { "+" } else { "" };
    if baseline.abs() > 0.0 {
        return format!("{sign}{} %", significant(difference / baseline.abs() * 100.0));
    }
    format!("{sign}{}", significant(difference))
}

impl From<&Verdict> for VerdictView {
    fn from(verdict: &Verdict) -> Self {
        Self {
            kind: verdict.kind.to_owned(),
            row: verdict.row.map(|row| row as u64),
            policy: verdict.policy.clone(),
            metric: verdict.metric.clone(),
            unit: verdict.unit.to_owned(),
            limit: verdict.limit.clone(),
            observed: verdict.observed,
            baseline: verdict.baseline,
            ci_lo: verdict.interval.map(|(low, _)| low),
            ci_hi: verdict.interval.map(|(_, high)| high),
            replications: verdict.replications,
            severity: verdict.severity.name().to_owned(),
            verdict: verdict.ruling.name().to_owned(),
            ok: verdict.ruling == verdict::Ruling::Pass,
            aborted_at_ns: verdict.aborted_at.map(crate::units::Instant::nanos),
            excess: verdict.excess,
            detail: verdict.detail.clone(),
        }
    }
}

/// What the scenario's thresholds say of its runs.
pub fn thresholds(results: &Results, scenario: &Scenario) -> Vec<VerdictView> {
    verdict::verdicts(results, scenario).iter().map(VerdictView::from).collect()
}

/// The worst first: what fails, by excess, then what warns, then the rest as written.
pub fn worst_first(verdicts: &[VerdictView]) -> Vec<&VerdictView> {
    let mut sorted: Vec<&VerdictView> = verdicts.iter().collect();
    let rank = |one: &VerdictView| match (one.fails(), one.ok) {
        (true, _) if one.is_missing() => 0,
        (true, _) => 1,
        (false, false) => 2,
        (false, true) => 3,
    };
    sorted.sort_by(|a, b| rank(a).cmp(&rank(b)).then(b.excess.total_cmp(&a.excess)));
    sorted
}
