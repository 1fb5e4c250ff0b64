//! Telling: what became of each file of a run, for people and for machines.

use serde_json::{Value, json};

use super::exit::Exit;
use super::output::{Output, Problem};
use super::run::Entry;
use crate::audit::Finding;
use crate::measure::gate::Measured;
use crate::measure::results::{Results, RunStatus};
use crate::report::{SummaryView, VerdictView, console, worst_first};
use crate::scenario::{Origin, Scenario};

/// What is known of one file in the end.
pub(super) struct Told {
    /// `complete`, `interrupted` or `failed`.
    pub(super) status: &'static str,
    pub(super) reused: bool,
    /// None where nothing was written.
    pub(super) view: Option<SummaryView>,
    pub(super) json: Value,
    pub(super) files: Vec<String>,
    /// What the thresholds say, also where nothing was written.
    pub(super) verdicts: Vec<VerdictView>,
    /// What a baseline would keep; empty where a report was reused.
    pub(super) measured: Measured,
}

impl Told {
    /// There is no report.
    pub(super) fn nothing(status: &'static str) -> Self {
        Self {
            status,
            reused: false,
            view: None,
            json: Value::Null,
            files: Vec::new(),
            verdicts: Vec::new(),
            measured: Measured::new(),
        }
    }
}

/// Failed runs and broken laws, each with the command that shows it again.
pub(super) fn problems(entry: &Entry, results: &Results) -> Vec<Problem> {
    let mut problems = Vec::new();
    for run in &results.runs {
        let again = || entry.subject.reproduce(&run.policy, run.replication);
        let told = |code, text: &str| {
            let problem = Problem::new(code, text).in_file(&entry.file);
            problem.with_help(format!("this shows it again: {}", again()))
        };
        match &run.end {
            RunStatus::Failed(message) => problems.push(told("run::failed", message)),
            RunStatus::Complete(_, findings) | RunStatus::LeftOut(_, findings) => {
                let broken = findings.laws.iter().filter_map(breach);
                problems.extend(broken.map(|text| told("run::broken-law", &text)));
            }
            RunStatus::Aborted(_) | RunStatus::Interrupted => {}
        }
    }
    problems
}

fn breach(finding: &Finding) -> Option<String> {
    let offence = finding.offence.as_ref()?;
    let (law, statement) = (finding.law, finding.statement);
    Some(format!(
        "{law}: {statement}\n  at {} ns: {}\n  expected: {}\n  observed: {}",
        offence.at.nanos(),
        offence.what,
        offence.expected,
        offence.observed,
    ))
}

/// What these verdicts mean for the exit code.
pub(super) fn exit_of_verdicts(verdicts: &[VerdictView]) -> Exit {
    let of_one = |one: &VerdictView| match (one.fails(), one.is_missing()) {
        (true, true) => Exit::Incomparable,
        (true, false) => Exit::Breached,
        (false, _) => Exit::Ok,
    };
    verdicts.iter().map(of_one).max().unwrap_or_default()
}

/// Where the row stands that a verdict speaks of.
pub(super) fn origin<'a>(one: &VerdictView, scenario: &'a Scenario) -> Option<&'a Origin> {
    let row = usize::try_from(one.row?).ok()?;
    match one.kind.as_str() {
        "threshold" => scenario.thresholds.get(row).map(|one| &one.origin),
        "regression" => scenario.regressions.get(row).map(|one| &one.origin),
        _ => None,
    }
}

/// The verdicts that make a command fail, the worst first, each with its place and the command
/// that shows it again.
pub(super) fn failures(
    verdicts: &[VerdictView],
    (file, scenario, command): (&str, &Scenario, &str),
) -> Vec<Problem> {
    let told = |one: &VerdictView| {
        let code = if one.is_missing() { "gate::missing" } else { "gate::breach" };
        let origin = origin(one, scenario);
        let mut problem = Problem::new(code, one.line());
        problem = problem.in_file(origin.map_or(file, |origin| origin.file.as_str()));
        problem.line = origin.map(|origin| origin.line);
        problem.with_help(format!("this shows it again: {command}"))
    };
    worst_first(verdicts).into_iter().filter(|one| one.fails()).map(told).collect()
}

/// Prints the summaries; then, once, where the reports lie and what to do next.
pub(super) fn tell(entries: &[Entry], told: Vec<Told>, exit: Exit, out: &mut Output) {
    let (mut runs, mut places) = (Vec::new(), Vec::new());
    for (entry, told) in entries.iter().zip(told) {
        let folder = entry.folder.display().to_string();
        let scenario = &entry.subject.scenario;
        match &told.view {
            None => {
                out.note(&format!("{}: {}, nothing written", scenario.name, told.status));
                for one in worst_first(&told.verdicts) {
                    out.tell(&format!("{} {}\n", one.mark(), one.line()));
                }
            }
            Some(view) => {
                out.tell(&format!("{}\n", console(view, told.reused, out.width())));
                let mark = match (told.reused, told.status) {
                    (true, _) => "  (reused, identical inputs)".to_owned(),
                    (false, "complete") => String::new(),
                    (false, status) => format!("  ({status})"),
                };
                places.push(format!("report: {folder}{mark}"));
                out.detail(&format!("{folder}: {}", told.files.join(" ")));
            }
        }
        runs.push(json!({
            "scenario": scenario.name, "seed": scenario.seed, "hash": entry.hash.hex(),
            "folder": folder, "status": told.status, "reused": told.reused,
            "files": told.files, "thresholds": told.verdicts, "summary": told.json,
        }));
    }
    if !places.is_empty() {
        out.tell(&format!("{}\n", places.join("\n")));
    }
    match entries {
        [first, ..] if exit == Exit::Ok => out.note(&format!(
            "next: open {}/report.html in a browser; hutong explain WORD says what a word means",
            first.folder.display()
        )),
        _ => {}
    }
    out.document("hutong.run/1", exit, json!({ "runs": runs }));
}
