//! The page's words: verdict, tiles, laws, warnings, glossary, methods, scenario.

use std::fmt::Write;

use super::files::Folder;
use super::html::Head::{Number, Words};
use super::html::{lines, table, text};
use crate::measure::dictionary::entry_of;
use crate::report::console::breach;
use crate::report::lines::{self, UNKNOWN};
use crate::report::markdown::methods_text;
use crate::report::number::{count, plain, significant};
use crate::report::view::SummaryView;

/// Lines of figures that are tiles, in order.
const TILES: [&str; 7] =
    ["attempts", "accepted", "lost sales", "p99", "netting", "peak use", "without cover"];

/// Title, question and verdict.
pub(super) fn head(view: &SummaryView) -> String {
    let scenario = &view.scenario;
    let (class, mark, verdict) = match (view.ok, view.status) {
        (true, _) => ("good", "✓", "Complete: every run ended and every law held."),
        (_, "complete") => ("bad", "✗", "A law was broken: do not use these figures."),
        (_, "partial") => ("bad", "!", "Partial: some runs failed."),
        (_, "interrupted") => ("bad", "!", "Interrupted: some runs are missing."),
        _ => ("bad", "✗", "Failed: no run is complete."),
    };
    let mut html = format!("<header>\n<h1>{}</h1>\n", text(&scenario.name));
    for (what, words) in [("Question", &scenario.question), ("Expected", &scenario.expect)] {
        if !words.is_empty() {
            let _ = writeln!(html, "<p class=\"asks\"><b>{what}</b> {}</p>", text(words));
        }
    }
    let _ = write!(
        html,
        "<p class=\"verdict {class}\"><span aria-hidden=\"true\">{mark}</span> {verdict}</p>\n\
         <dl class=\"facts\"><div><dt>Seed</dt><dd>{}</dd></div><div><dt>Replications</dt>\
         <dd>{}</dd></div><div><dt>Scale</dt><dd>{}</dd></div><div><dt>Engine</dt><dd>{}</dd>\
         </div><div><dt>Run</dt><dd>{}</dd></div></dl>\n\
         <p>This report again: <code>{}</code></p>\n</header>\n",
        scenario.seed,
        scenario.replications,
        scenario.scale,
        text(&view.engine.version),
        text(scenario.hash.get(..12).unwrap_or(&scenario.hash)),
        text(&view.reproduce)
    );
    html
}

/// The headline figures, one tile each with a value a policy, and all figures as a table.
pub(super) fn tiles(folder: &Folder) -> String {
    let view = &folder.view;
    let all = lines::lines(view);
    let mut html = String::from("<ul class=\"tiles\">\n");
    for name in TILES {
        let Some(line) = all.iter().find(|line| line.label == name) else { continue };
        let _ = write!(html, "<li><h3>{}</h3>", text(name));
        for (policy, value) in view.policies.iter().zip(&line.values) {
            let style = folder.style(&policy.policy);
            let name = if view.policies.len() > 1 {
                format!("<span class=\"who t{style}\">{}</span>", text(&policy.policy))
            } else {
                String::new()
            };
            let _ = write!(html, "<p><span class=\"value\">{}</span>{name}</p>", text(value));
        }
        html.push_str("</li>\n");
    }
    html.push_str("</ul>\n");
    html + &figures(view, &all)
}

/// Every line of figures, a column of values for each policy: one row a figure and policy.
fn figures(view: &SummaryView, all: &[lines::Line]) -> String {
    let mut rows = Vec::new();
    let mut section = "";
    for line in all {
        section = if line.section.is_empty() { section } else { line.section };
        for (policy, value) in view.policies.iter().zip(&line.values) {
            let start = [line.label, section, policy.policy.as_str()].map(str::to_owned);
            rows.push(start.into_iter().chain([value.clone()]).collect());
        }
    }
    let heads = [Words("Figure"), Words("Section"), Words("Policy"), Number("Value")];
    let table = table("All figures", &heads, &rows);
    format!("<details><summary>All figures as a table</summary>\n{table}</details>\n")
}

/// The auditor's laws, warnings, and runs that the figures leave out.
pub(super) fn laws(view: &SummaryView) -> String {
    let held = view.invariants.iter().filter(|law| law.ok).count();
    let mut html = format!("<p>{held} of {} laws held in every run.", view.invariants.len());
    html.push_str(" The auditor rebuilds books and positions from the facts alone.</p>\n");
    let broken: Vec<String> = view.invariants.iter().filter(|law| !law.ok).map(breach).collect();
    html.push_str(&list("Broken laws", &broken));
    let rows: Vec<Vec<String>> = view
        .invariants
        .iter()
        .map(|law| {
            let held = if law.ok { "held" } else { "broken" };
            let checked = count(law.checked.into());
            vec![law.law.clone(), held.to_owned(), checked, law.statement.clone()]
        })
        .collect();
    let heads = [Words("Law"), Words("Verdict"), Number("Tested"), Words("Statement")];
    let laws = table("Laws of the auditor", &heads, &rows);
    let _ = write!(html, "<details><summary>Every law</summary>\n{laws}</details>\n");
    html.push_str(&list("Warnings", &view.warnings));
    let out = view.runs.iter().filter(|run| run.status != "complete").map(|run| {
        let error = run.error.as_deref().unwrap_or("");
        format!("{}, replication {}: {} {error}", run.policy, run.replication, run.status)
    });
    html.push_str(&list("Runs that the figures leave out", &out.collect::<Vec<_>>()));
    html
}

fn list(title: &str, entries: &[String]) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let items = entries.iter().fold(String::new(), |all, one| all + "<li>" + &text(one));
    format!("<h3>{title}</h3>\n<ul>{items}</ul>\n")
}

/// Figures with a published counterpart.
pub(super) fn calibration(view: &SummaryView) -> String {
    if view.calibration.is_empty() {
        return String::new();
    }
    let shown = |value: Option<f64>| value.map_or_else(|| UNKNOWN.to_owned(), significant);
    let met = |ok: Option<bool>| match ok {
        Some(true) => "met",
        Some(false) => "not met",
        None => UNKNOWN,
    };
    let row = |one: &crate::report::metric_view::CalibrationView| {
        vec![
            one.what.clone(),
            one.kind.clone(),
            one.published.clone(),
            shown(one.observed),
            met(one.ok).to_owned(),
            one.source.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = view.calibration.iter().map(row).collect();
    let heads = [
        Words("What"),
        Words("Kind"),
        Number("Published"),
        Number("Observed"),
        Words("Met"),
        Words("Source"),
    ];
    let table = table("Given, fitted, predicted: only predicted rows validate", &heads, &rows);
    format!("<section id=\"calibration\"><h2>Calibration</h2>\n{table}</section>\n")
}

/// Each word of the figures, and each metric that the charts name.
pub(super) fn glossary(view: &SummaryView) -> String {
    let mut html = String::from("<dl class=\"glossary\">\n");
    for (section, label, meaning) in lines::labels() {
        let _ = writeln!(
            html,
            "<dt>{} <small>{}</small></dt><dd>{}</dd>",
            text(label),
            text(section),
            text(meaning)
        );
    }
    let mut known = Vec::new();
    for entry in view.metrics.iter().filter_map(|metric| entry_of(&metric.name)) {
        if known.contains(&entry.pattern) {
            continue;
        }
        known.push(entry.pattern);
        let _ = writeln!(
            html,
            "<dt>{} <small>{}</small></dt><dd>{} <i>{}</i></dd>",
            text(entry.pattern),
            text(if entry.unit == "1" { "" } else { entry.unit }),
            text(entry.definition),
            text(entry.formula)
        );
    }
    html + "</dl>\n"
}

/// How the figures came about.
pub(super) fn methods(view: &SummaryView) -> String {
    format!(
        "<p>{}</p>\n<p>Engine {}, sources <code>{}</code>, run <code>{}</code>. Columns, units \
         and keys of the tables beside this page: datapackage.json.</p>\n",
        text(&methods_text(view, plain)),
        text(&view.engine.version),
        text(&view.engine.digest),
        text(&view.scenario.hash)
    )
}

/// What exactly was run.
pub(super) fn scenario(folder: &Folder) -> String {
    format!(
        "<details><summary>Every key with its value</summary>\n<div class=\"scroll\" \
         tabindex=\"0\" role=\"region\" aria-label=\"Resolved scenario\"><pre>{}</pre></div>\
         </details>\n",
        lines(&folder.resolved)
    )
}
