//! Thresholds and regressions: what a figure of a run must keep to, as checked.

use std::fmt;

use crate::units::PolicyId;

/// Where in which file something is written.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// Two texts that mean the same print the same: a place is no part of what a scenario means.
impl fmt::Debug for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Origin")
    }
}

/// What a threshold's breach means for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The command ends with the code of a breach.
    Fail,
    /// It is told, and the exit code stays.
    Warn,
}

impl Severity {
    /// The word used in scenario files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
        }
    }
}

/// On which side of its limit a figure must lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

/// A bound and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Which side is right.
    pub bound: Bound,
    /// In the metric's unit.
    pub value: f64,
    /// As written, such as `< 250ms`.
    pub text: String,
}

impl Limit {
    /// Whether a figure lies on the right side.
    pub fn holds(&self, figure: f64) -> bool {
        match self.bound {
            Bound::Below => figure < self.value,
            Bound::AtMost => figure <= self.value,
            Bound::Above => figure > self.value,
            Bound::AtLeast => figure >= self.value,
        }
    }

    /// Whether larger figures are worse.
    pub fn is_upper(&self) -> bool {
        matches!(self.bound, Bound::Below | Bound::AtMost)
    }
}

/// One `[[threshold]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Full name of the metric.
    pub metric: String,
    /// The compared policies that it speaks of.
    pub policies: Vec<PolicyId>,
    /// What the mean over replications must keep to.
    pub limit: Limit,
    /// With which confidence; none: the mean alone decides.
    pub confidence: Option<f64>,
    /// What a breach means.
    pub severity: Severity,
    /// Whether a breach on the way stops the run.
    pub abort: bool,
    /// Where it stands.
    pub origin: Origin,
}

/// How far a figure may move in its bad direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// By this share of the baseline.
    Relative(f64),
    /// By this much, in the metric's unit.
    Absolute(f64),
}

impl Tolerance {
    /// The room around this baseline, in the metric's unit.
    pub fn around(self, baseline: f64) -> f64 {
        match self {
            Self::Relative(share) => baseline.abs() * share,
            Self::Absolute(room) => room,
        }
    }
}

/// One `[[regression]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// Full name of the metric.
    pub metric: String,
    /// The compared policies that it speaks of.
    pub policies: Vec<PolicyId>,
    /// How far it may move.
    pub tolerance: Tolerance,
    /// The tolerance as written.
    pub text: String,
    /// With which confidence; none: the mean alone decides.
    pub confidence: Option<f64>,
    /// What a breach means.
    pub severity: Severity,
    /// Where it stands.
    pub origin: Origin,
}
