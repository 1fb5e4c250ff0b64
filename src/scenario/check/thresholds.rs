//! Thresholds and regressions: a metric that this scenario can have, and a limit in its unit.
//!
//! What could select no data is a mistake here: a gate must never pass by comparing nothing.

use super::Checker;
use super::metrics::Wanted;
use crate::scenario::de::Sp;
use crate::scenario::dictionary::MetricEntry;
use crate::scenario::figure::{figure, limit, tolerance};
use crate::scenario::mistake::Mistake;
use crate::scenario::raw::{RegressionRaw, SeverityRaw, ThresholdRaw, WhereRaw};
use crate::scenario::source::Place;
use crate::scenario::{Origin, Regression, Scenario, Severity, Threshold};
use crate::units::PolicyId;

/// Metrics that mean something before a run is over: shares and means of what was seen so far.
const MEANINGFUL_EARLY: [&str; 6] =
    ["latency.", "acceptance.", "approved_frac", "declined_", "bank.", "messages_per_attempt"];

impl Checker<'_> {
    /// Fills in what the scenario is judged by. Runs last, for it needs to know all the rest.
    pub(super) fn judged(&mut self, scenario: &mut Scenario) {
        let raw = self.raw;
        let thresholds = raw.threshold.iter().flatten();
        scenario.thresholds = thresholds.filter_map(|row| self.threshold(row, scenario)).collect();
        let regressions = raw.regression.iter().flatten();
        scenario.regressions =
            regressions.filter_map(|row| self.regression(row, scenario)).collect();
    }

    fn threshold(&mut self, row: &Sp<ThresholdRaw>, scenario: &Scenario) -> Option<Threshold> {
        let raw = &row.value;
        let selected = self.selected(&raw.metric, raw.scope.as_ref(), scenario);
        let confidence = self.confidence(raw.confidence.as_ref(), scenario);
        let (metric, entry, policies) = selected?;
        let exponent = self.currency.exponent;
        let read = |text: &String| limit(text, |value| figure(value, entry, exponent));
        let limit = self.reading(&raw.expr, read, "`expr` is no limit of this metric");
        let abort = raw.abort.as_ref().is_some_and(|abort| abort.value);
        if let (Some(written), true) = (&raw.abort, abort)
            && !MEANINGFUL_EARLY.iter().any(|start| metric.starts_with(start))
        {
            let message = format!("`{metric}` means nothing before a run is over");
            let mistake = Mistake::at("scenario::threshold", written.place, message)
                .label("expected a latency or a share of attempts, or no `abort`");
            self.say(mistake);
        }
        Some(Threshold {
            metric,
            policies,
            limit: limit?,
            confidence,
            severity: severity(raw.severity),
            abort,
            origin: self.origin(row.place),
        })
    }

    fn regression(&mut self, row: &Sp<RegressionRaw>, scenario: &Scenario) -> Option<Regression> {
        let raw = &row.value;
        let selected = self.selected(&raw.metric, raw.scope.as_ref(), scenario);
        let confidence = self.confidence(raw.confidence.as_ref(), scenario);
        let (metric, entry, policies) = selected?;
        let (text, tolerance) = match &raw.tolerance {
            None => ("0%".to_owned(), tolerance("0%", entry, 0).ok()?),
            Some(written) => {
                let exponent = self.currency.exponent;
                let read = |text: &String| tolerance(text, entry, exponent);
                let read = self.reading(written, read, "`tolerance` does not fit this metric");
                (written.value.trim().to_owned(), read?)
            }
        };
        let (severity, origin) = (severity(raw.severity), self.origin(row.place));
        Some(Regression { metric, policies, tolerance, text, confidence, severity, origin })
    }

    /// The metric's full name and its entry, and the policies meant.
    fn selected(
        &mut self,
        metric: &Sp<String>,
        scope: Option<&WhereRaw>,
        scenario: &Scenario,
    ) -> Option<(String, &'static MetricEntry, Vec<PolicyId>)> {
        let policies = self.policies_meant(scope, scenario);
        let wanted = Wanted {
            metric,
            route: scope.and_then(|scope| scope.route.as_ref()),
            institution: scope.and_then(|scope| scope.institution.as_ref()),
            policies: &policies,
            expected: self.payments,
        };
        match wanted.resolve(scenario) {
            Ok((name, entry)) => Some((name, entry, policies)),
            Err(mistake) => {
                self.say(*mistake);
                None
            }
        }
    }

    fn policies_meant(&mut self, scope: Option<&WhereRaw>, scenario: &Scenario) -> Vec<PolicyId> {
        let Some(wanted) = scope.and_then(|scope| scope.policy.as_ref()) else {
            return scenario.compared.clone();
        };
        let known: Vec<&str> = scenario.policies.iter().map(|one| one.name.as_str()).collect();
        let Some(at) = known.iter().position(|name| *name == wanted.value) else {
            self.unknown_policy(wanted, &known);
            return scenario.compared.clone();
        };
        let id = PolicyId::new(at);
        // A run of some policies only, by `--policy`, judges what is left.
        if scenario.compared.contains(&id) { vec![id] } else { Vec::new() }
    }

    /// A confidence that an interval can have.
    fn confidence(&mut self, written: Option<&Sp<f64>>, scenario: &Scenario) -> Option<f64> {
        let written = written?;
        let confidence = self.number(written, 0.5..=0.9999, "confidence")?;
        if scenario.replications < 2 {
            let message = "one replication has no interval";
            let mistake = Mistake::at("scenario::threshold", written.place, message)
                .label("expected at least two replications")
                .help("set experiment.replications, or leave `confidence` out");
            self.say(mistake);
        }
        Some(confidence)
    }

    fn origin(&self, place: Place) -> Origin {
        let file = self.sources.get(place.source).name.clone();
        Origin { file, line: self.sources.line_column(place).0 }
    }
}

fn severity(raw: Option<SeverityRaw>) -> Severity {
    match raw {
        Some(SeverityRaw::Warn) => Severity::Warn,
        Some(SeverityRaw::Fail) | None => Severity::Fail,
    }
}
