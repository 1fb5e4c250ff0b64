//! `run`: every run of every file, in parallel, and one report a file.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempPath;

use super::args::{Changes, Emit, Global, RunArgs};
use super::emission::{Emission, Parts};
use super::exit::Exit;
use super::filing::{self, Filing};
use super::load;
use super::output::{Output, Problem};
use super::reuse::{self, Kept};
use crate::audit::Finding;
use crate::experiment::clock::Stopwatch;
use crate::experiment::identity::RunHash;
use crate::experiment::plan::{PlannedRun, plan};
use crate::experiment::pool::Pool;
use crate::experiment::progress::Board;
use crate::experiment::stop::{Cause, Stop};
use crate::experiment::{self, Subject};
use crate::measure::results::{Results, RunStatus};
use crate::report::{ReportError, console};
use crate::scenario::Loaded;

/// One file of the batch.
struct Entry {
    /// As named by the user.
    file: String,
    /// The command that makes this report again.
    again: String,
    subject: Subject,
    resolved: String,
    hash: RunHash,
    folder: PathBuf,
    kept: Option<Kept>,
}

/// What is known of one file in the end.
struct Told {
    /// `complete`, `interrupted` or `failed`.
    status: &'static str,
    reused: bool,
    summary: String,
    json: Value,
    files: Vec<String>,
}

/// Carries out `hutong run`.
pub fn run(mut args: RunArgs, global: &Global, out: &mut Output) -> Exit {
    load::settle_seed(&mut args.changes, out);
    let stop = match Stop::on_signals() {
        Ok(stop) => stop,
        Err(error) => return io_failed(out, "cannot listen to signals", &error),
    };
    let loaded = match load::load_all(&args.files, &args.changes, out) {
        Ok(loaded) => loaded,
        Err(exit) => return out.fail(exit),
    };
    let entries = match entries(loaded, &args, global) {
        Ok(entries) => entries,
        Err(error) => return io_failed(out, "cannot read an input of the scenario", &error),
    };
    let due = entries.iter().filter(|entry| entry.kept.is_none()).count();
    out.detail(&format!("running {due} of {} files", entries.len()));
    let (told, exit) = match carry_out(&entries, &args, global, &stop, out) {
        Ok(done) => done,
        Err(error) => return io_failed(out, "cannot run", &error),
    };
    tell(&entries, &told, exit, out);
    exit
}

fn io_failed(out: &mut Output, what: &str, error: &io::Error) -> Exit {
    out.problem(Problem::new("io", format!("{what}: {error}")));
    out.fail(Exit::Io)
}

/// Names each file's folder by what its bytes depend on. A file named twice is run once.
fn entries(loaded: Vec<Loaded>, args: &RunArgs, global: &Global) -> io::Result<Vec<Entry>> {
    let (mut entries, mut folders) = (Vec::new(), BTreeSet::new());
    for (one, file) in loaded.into_iter().zip(&args.files) {
        let inputs = inputs(&one)?;
        let resolved = one.resolved_toml(false);
        let planned = plan([&one.scenario], args.only_replication);
        let hash = RunHash::new(&resolved, one.scenario.seed, &inputs, &planned);
        let folder = global.out.join(&one.scenario.name).join(hash.folder());
        if !folders.insert(folder.clone()) {
            continue;
        }
        let kept = if args.fresh { None } else { reuse::kept(&folder) };
        let kept = kept.filter(|kept| args.emit.iter().all(|emit| kept.emitted(*emit)));
        let command = command(file, &args.changes);
        let scenario = one.scenario;
        let again = again(&command, scenario.seed, args);
        let (file, subject) = (file.display().to_string(), Subject { scenario, command });
        entries.push(Entry { file, again, subject, resolved, hash, folder, kept });
    }
    Ok(entries)
}

/// Every file that the run reads, with its digest: those the loader has read, and the replay log,
/// which it has not.
fn inputs(loaded: &Loaded) -> io::Result<Vec<(String, String)>> {
    let mut inputs = loaded.resolved.files();
    if let Some(replay) = &loaded.scenario.replay {
        let name = replay.file.display().to_string();
        let digest = reuse::digest(&replay.file)
            .map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
        inputs.push((name, digest.to_hex().to_string()));
    }
    Ok(inputs)
}

/// Runs what is not kept, and files each report as soon as its last run is over.
fn carry_out(
    entries: &[Entry],
    args: &RunArgs,
    global: &Global,
    stop: &Stop,
    out: &mut Output,
) -> io::Result<(Vec<Told>, Exit)> {
    let since = Stopwatch::start();
    let due: Vec<&Entry> = entries.iter().filter(|entry| entry.kept.is_none()).collect();
    let subjects: Vec<Subject> = due.iter().map(|entry| entry.subject.clone()).collect();
    let scenarios = subjects.iter().map(|subject| &subject.scenario);
    let names = scenarios.clone().map(|scenario| scenario.name.clone()).collect();
    let planned = plan(scenarios, args.only_replication);
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if global.jobs == 0 { cores() } else { global.jobs };
    let pool = Pool { jobs: threads, stop: stop.clone() };
    let mut board = Board::new(global.show(), names);
    let emission = Emission {
        payments: args.emit.contains(&Emit::Payments),
        events: args.emit.contains(&Emit::Events),
    };
    let parts = Parts::default();
    let emit = |run: &PlannedRun| {
        let scenario = &subjects[run.file].scenario;
        parts.listener(run, (scenario, global.out.join(&scenario.name)), emission)
    };
    let mut filed = Vec::new();
    experiment::carry_out(&subjects, &planned, &pool, &mut board, emit, |file, results| {
        let entry = due[file];
        let hash = entry.hash.hex();
        let filing = Filing {
            out: &global.out,
            file: &entry.file,
            command: &entry.again,
            scenario: &entry.subject.scenario,
            resolved: &entry.resolved,
            results: &results,
            hash: &hash,
            wall: since.elapsed(),
            threads,
        };
        let told = file_report(entry, &filing, parts.of_file(file), out.width());
        filed.push((told, results));
    })?;
    Ok(sum_up(entries, filed, stop, out))
}

/// Joins what was kept and what was filed, in the order of the files, with the gravest exit.
fn sum_up(
    entries: &[Entry],
    filed: Vec<(Result<Told, ReportError>, Results)>,
    stop: &Stop,
    out: &mut Output,
) -> (Vec<Told>, Exit) {
    let mut exit = Exit::Ok;
    let mut filed = filed.into_iter();
    let mut told = Vec::new();
    for entry in entries {
        if let Some(kept) = &entry.kept {
            let Kept { summary, json, files } = kept.clone();
            told.push(Told { status: "complete", reused: true, summary, json, files });
            continue;
        }
        let Some((report, results)) = filed.next() else { continue };
        exit = exit.max(exit_of(&results, stop.cause()));
        for problem in problems(&entry.subject, &results) {
            out.problem(problem);
        }
        told.push(report.unwrap_or_else(|error| {
            let folder = entry.folder.display().to_string();
            out.problem(Problem::new("io", error.to_string()).in_file(folder));
            exit = exit.max(Exit::Io);
            untold(status(&results))
        }));
    }
    (told, exit)
}

fn untold(status: &'static str) -> Told {
    let (summary, json, files) = (String::new(), Value::Null, Vec::new());
    Told { status, reused: false, summary, json, files }
}

/// Writes the report of one file. Without a complete run there is nothing to report, and a report
/// that is cut short does not replace a whole one.
fn file_report(
    entry: &Entry,
    filing: &Filing<'_>,
    parts: (Vec<TempPath>, Vec<TempPath>),
    width: usize,
) -> Result<Told, ReportError> {
    let status = status(filing.results);
    let nothing = filing.results.complete().next().is_none();
    if nothing || (status != "complete" && reuse::kept(&entry.folder).is_some()) {
        return Ok(untold(status));
    }
    let view = filing::file(filing, parts)?;
    let summary = console(&view, &entry.folder.display().to_string(), width);
    let manifest = reuse::read_json(&entry.folder.join("manifest.json")).unwrap_or_default();
    let files = reuse::names(&manifest);
    let json = reuse::read_json(&entry.folder.join("summary.json")).unwrap_or_default();
    Ok(Told { status, reused: false, summary, json, files })
}

fn status(results: &Results) -> &'static str {
    let any = |what: fn(&RunStatus) -> bool| results.runs.iter().any(|run| what(&run.end));
    if any(|end| matches!(end, RunStatus::Failed(_))) {
        "failed"
    } else if any(|end| matches!(end, RunStatus::Interrupted)) {
        "interrupted"
    } else {
        "complete"
    }
}

/// The gravest exit of one file's runs.
pub fn exit_of(results: &Results, cause: Option<Cause>) -> Exit {
    let of_run = |end: &RunStatus| match (end, cause) {
        (RunStatus::Complete(_, findings), _) if findings.lawful() => Exit::Ok,
        (RunStatus::Complete(..), _) => Exit::InvariantBroken,
        (RunStatus::Failed(_), _) => Exit::Unexpected,
        (RunStatus::Interrupted, Some(Cause::Terminate)) => Exit::Terminated,
        (RunStatus::Interrupted, _) => Exit::Interrupted,
    };
    results.runs.iter().map(|run| of_run(&run.end)).max().unwrap_or_default()
}

/// Failed runs and broken laws, each with the command that shows it again.
fn problems(subject: &Subject, results: &Results) -> Vec<Problem> {
    let mut problems = Vec::new();
    let name = &subject.scenario.name;
    for run in &results.runs {
        match &run.end {
            RunStatus::Failed(message) => {
                problems.push(Problem::new("run::failed", message).in_file(name));
            }
            RunStatus::Complete(_, findings) => {
                let again = subject.reproduce(&run.policy, run.replication);
                let broken = findings.laws.iter().filter_map(breach);
                let told = |text| Problem::new("run::broken-law", text).in_file(name);
                problems.extend(broken.map(|text| told(text).with_help(&again)));
            }
            RunStatus::Interrupted => {}
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

/// Prints the summaries, where the reports lie, and what to do next.
fn tell(entries: &[Entry], told: &[Told], exit: Exit, out: &mut Output) {
    let mut runs = Vec::new();
    for (entry, told) in entries.iter().zip(told) {
        let folder = entry.folder.display().to_string();
        let scenario = &entry.subject.scenario;
        if told.files.is_empty() {
            out.note(&format!("{}: {}, nothing written", scenario.name, told.status));
        } else {
            let mark = match (told.reused, told.status) {
                (true, _) => "  (reused, identical inputs)".to_owned(),
                (false, "complete") => String::new(),
                (false, status) => format!("  ({status})"),
            };
            let files = told.files.join(" ");
            out.data(&format!("{}\n\n{folder}{mark}\n", told.summary.trim_end()));
            out.detail(&format!("{folder}: {files}"));
        }
        runs.push(json!({
            "scenario": scenario.name, "seed": scenario.seed, "hash": entry.hash.hex(),
            "folder": folder, "status": told.status, "reused": told.reused,
            "files": told.files, "summary": told.json,
        }));
    }
    if exit == Exit::Ok {
        out.note("next: hutong explain METRIC says what a figure means");
    }
    out.document("hutong.run/1", exit, json!({ "runs": runs }));
}

/// The command that runs a file again with the same changes, but for seed and policy.
fn command(file: &Path, changes: &Changes) -> String {
    let mut words = vec!["hutong run".to_owned(), shell(&file.display().to_string())];
    for set in &changes.set {
        words.push(format!("--set {}", shell(set)));
    }
    words.join(" ")
}

/// The command that makes the whole report of a file again.
fn again(command: &str, seed: u64, args: &RunArgs) -> String {
    let mut words = vec![format!("{command} --seed {seed}")];
    words.extend(args.changes.replications.map(|count| format!("--replications {count}")));
    words.extend(args.only_replication.map(|only| format!("--only-replication {only}")));
    words.extend(args.changes.policy.iter().map(|name| format!("--policy {}", shell(name))));
    words.join(" ")
}

/// A word that a shell takes as it is.
pub(super) fn shell(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=,:".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
