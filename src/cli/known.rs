//! Known: everything that `explain` can explain, from the places that define it.

use serde_json::Value;

use super::codes;
use super::keys::keys;
use super::supplied::defaults;
use crate::audit::Auditor;
use crate::measure::dictionary::{self, MetricEntry};
use crate::policy::settlement::Regime;
use crate::report::{self, settle};
use crate::scenario::{LoadOptions, load_text};
use crate::units::{Instant, PolicyId, Reason};

/// One thing that can be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `code`, `key`, `metric`, `label`, `file`, `column`, `measure`, `regime`, `law`, `reason` or
    /// `outcome`.
    pub kind: &'static str,
    /// What it is called.
    pub name: String,
    /// What it means.
    pub text: String,
}

fn entry(kind: &'static str, name: impl Into<String>, text: impl Into<String>) -> Entry {
    Entry { kind, name: name.into(), text: text.into() }
}

/// Everything that can be explained: codes, keys, metrics, then what stands in a report.
pub fn entries() -> Vec<Entry> {
    let mut all: Vec<Entry> =
        codes::CODES.iter().map(|(name, text)| entry("code", *name, *text)).collect();
    all.extend(scenario_keys());
    all.extend(dictionary::dictionary().iter().map(metric));
    all.extend(report::labels().map(label));
    all.extend(report::FILES.iter().map(|(name, text)| entry("file", *name, *text)));
    all.extend(columns(report::sheets(), ""));
    all.extend(columns(settle::sheets(), "settle/"));
    all.extend(settle::labels().map(|(name, text)| {
        entry("measure", name, format!("{text}\nStands in the comparison of `hutong settle`."))
    }));
    all.extend(Regime::ALL.map(regime));
    all.extend(laws());
    all.extend(Reason::ALL.into_iter().map(reason));
    all.extend(OUTCOMES.iter().map(|(name, text)| entry("outcome", *name, *text)));
    all
}

fn scenario_keys() -> Vec<Entry> {
    let schemas = super::schema::schemas();
    let schema = schemas.into_iter().find(|(name, _)| *name == "scenario");
    let schema: Value =
        schema.and_then(|(_, text)| serde_json::from_str(&text).ok()).unwrap_or_default();
    let keys = keys(&schema);
    let names: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
    let defaults = defaults(&names);
    let told = |(name, text): &(String, String)| match defaults.get(name) {
        Some(default) => entry("key", name, format!("{text}\nDefault: {default}.")),
        None => entry("key", name, text),
    };
    keys.iter().map(told).collect()
}

fn metric(metric: &MetricEntry) -> Entry {
    let MetricEntry { pattern, unit, direction, definition, formula } = metric;
    let definition = definition.trim_end_matches('.');
    let better = direction.name();
    let text = format!("{definition}.\nFormula: {formula}.\nUnit: {unit}. Better: {better}.");
    entry("metric", *pattern, text)
}

fn label((section, label, text): (&str, &str, &str)) -> Entry {
    entry("label", label, format!("{text}\nStands in: {section} of the summary."))
}

fn regime(regime: Regime) -> Entry {
    let text = format!("{}.\nStands in `hutong settle --regime`.", regime.rule());
    entry("regime", regime.name(), text)
}

/// Every column of these tables, as `file column`.
fn columns(sheets: Vec<report::Sheet>, folder: &'static str) -> Vec<Entry> {
    let of_sheet = |sheet: report::Sheet| {
        let told = move |field: &report::Field| {
            let unit = if field.unit.is_empty() { "–" } else { field.unit };
            let base = sheet.base.sentence();
            let text = format!("{}.\nUnit: {unit}. {base}", field.description);
            entry("column", format!("{folder}{} {}", sheet.file, field.name), text)
        };
        sheet.fields.iter().map(told).collect::<Vec<Entry>>()
    };
    sheets.into_iter().flat_map(of_sheet).collect()
}

/// The auditor knows its laws; an auditor that has heard nothing tells them all.
fn laws() -> Vec<Entry> {
    let (_, text) = super::init::TEMPLATES[0];
    let Ok(loaded) = load_text("template", text, &LoadOptions::default()) else {
        return Vec::new();
    };
    let findings = Auditor::new(&loaded.scenario, PolicyId::new(0)).finish(Instant::EPOCH);
    findings.laws.iter().map(|finding| entry("law", finding.law, finding.statement)).collect()
}

fn reason(reason: Reason) -> Entry {
    let (what, from) = match reason {
        Reason::InsufficientFunds => ("The payer's account does not cover the amount", "declines"),
        Reason::LimitExceeded => ("A limit of amount or count was reached", "declines"),
        Reason::NotAuthenticated => ("The payer did not authenticate or gave up", "declines"),
        Reason::RiskRefused => ("A rule against fraud refused", "declines"),
        Reason::InvalidCode => ("The code was expired, used or malformed", "declines"),
        Reason::UnsupportedCode => {
            ("The app cannot read the merchant's code, or the till cannot read the app's", "")
        }
        Reason::SystemError => ("A system failed to process the instruction", "declines"),
        Reason::QueueFull => ("A station's queue was full and turned the message away", ""),
        Reason::Outage => ("An institution or the link to it was out, by a fault", ""),
        Reason::TimedOut => ("Nobody answered in time, and the asker gave up", ""),
    };
    let kind = if reason.is_technical() { "technical" } else { "business" };
    let from = if from.is_empty() {
        "It emerges from the run; no scenario states it."
    } else {
        "Its base rate is stated as `declines` of an institution."
    };
    let iso = reason.iso_code();
    entry("reason", reason.name(), format!("{what}.\nA {kind} decline, ISO 20022 {iso}. {from}"))
}

const OUTCOMES: [(&str, &str); 4] = [
    ("accepted", "Accepted for settlement (ISO 20022 ACSP); settled at the next cut-off."),
    ("declined_business", "Refused for a business reason: the answer was no."),
    ("declined_technical", "Refused for a technical reason: no answer could be given."),
    ("unreadable", "No message was sent, for the code could not be read: no institution declined."),
];
