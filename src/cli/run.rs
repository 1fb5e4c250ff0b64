//! `run`: every run of every file, in parallel, and one report a file.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use tempfile::TempPath;

use super::args::{Changes, Emit, Global, RunArgs};
use super::check::dropped;
use super::emission::{self, Emission, Parts};
use super::exit::Exit;
use super::filing::{self, Filing};
use super::load;
use super::output::{Output, Problem};
use super::reuse::{self, Kept};
use super::told::{Told, exit_of_verdicts, failures, problems, tell};
use crate::experiment::clock::Stopwatch;
use crate::experiment::identity::RunHash;
use crate::experiment::plan::{PlannedRun, plan};
use crate::experiment::pool::Pool;
use crate::experiment::progress::Board;
use crate::experiment::stop::{Cause, Stop};
use crate::experiment::{self, Subject};
use crate::measure::gate::measured;
use crate::measure::results::{Results, RunStatus};
use crate::report::{ReportError, VerdictView, thresholds};
use crate::scenario::{Loaded, Scenario, replay};

/// One file of the batch.
pub(super) struct Entry {
    /// As named by the user.
    pub(super) file: String,
    /// Its name without a folder: what a report may depend on.
    pub(super) name: String,
    /// The command that makes this report again, in the folder of the file.
    pub(super) again: String,
    pub(super) subject: Subject,
    pub(super) resolved: String,
    pub(super) hash: RunHash,
    pub(super) folder: PathBuf,
    pub(super) kept: Option<Kept>,
    /// What its report warns of.
    pub(super) warnings: Vec<String>,
    /// Its resolved sections, by path.
    pub(super) sections: Vec<(String, String)>,
    /// Name and digest of each file that it reads.
    pub(super) inputs: Vec<(String, String)>,
}

/// Carries out `hutong run`.
pub fn run(args: RunArgs, global: &Global, out: &mut Output) -> Exit {
    let (entries, told, exit) = match perform(args, global, out) {
        Ok(done) => done,
        Err(exit) => return exit,
    };
    tell(&entries, told, exit, out);
    exit
}

/// Runs every file and files its report; problems are told on the way.
///
/// # Errors
/// The exit of a command that could not begin, and has said so.
pub(super) fn perform(
    mut args: RunArgs,
    global: &Global,
    out: &mut Output,
) -> Result<(Vec<Entry>, Vec<Told>, Exit), Exit> {
    load::settle_seed(&mut args.changes, out);
    let stop =
        Stop::on_signals().map_err(|error| io_failed(out, "cannot listen to signals", &error))?;
    let loaded = load::load_all(&args.files, &args.changes, out).map_err(|exit| out.fail(exit))?;
    in_range(&loaded, &args, out).map_err(|exit| out.fail(exit))?;
    let entries = entries(loaded, &args, global)
        .map_err(|error| io_failed(out, "cannot read an input of the scenario", &error))?;
    let due = entries.iter().filter(|entry| entry.kept.is_none()).count();
    let fresh = entries.iter().filter(|entry| entry.kept.is_none());
    emission::warn(fresh.map(|entry| &entry.subject.scenario), &args, out);
    out.detail(&format!("running {due} of {} files", entries.len()));
    let (told, exit) = carry_out(&entries, &args, global, &stop, out)
        .map_err(|error| io_failed(out, "cannot run", &error))?;
    Ok((entries, told, exit))
}

fn io_failed(out: &mut Output, what: &str, error: &io::Error) -> Exit {
    out.problem(Problem::new("io", format!("{what}: {error}")));
    out.fail(Exit::Io)
}

/// Refuses a replication that a scenario does not plan.
fn in_range(loaded: &[Loaded], args: &RunArgs, out: &mut Output) -> Result<(), Exit> {
    let Some(only) = args.only_replication else { return Ok(()) };
    let mut result = Ok(());
    for (one, file) in loaded.iter().zip(&args.files) {
        let Scenario { name, replications, .. } = &one.scenario;
        if only < *replications {
            continue;
        }
        let range = match replications {
            1 => "its only replication is 0".to_owned(),
            count => format!("its replications are 0 to {}", count - 1),
        };
        let text = format!("`{name}` has no replication {only}: {range}");
        let problem = Problem::new("usage", text).in_file(file.display().to_string());
        out.problem(problem.with_help("experiment.replications sets how many there are"));
        result = Err(Exit::Usage);
    }
    result
}

/// Names each file's folder by what its bytes depend on. A file named twice is run once.
fn entries(loaded: Vec<Loaded>, args: &RunArgs, global: &Global) -> io::Result<Vec<Entry>> {
    let (mut entries, mut folders) = (Vec::new(), BTreeSet::new());
    for (one, file) in loaded.into_iter().zip(&args.files) {
        let name = file.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let again = again(&command(&name, &args.changes), one.scenario.seed, args);
        let inputs = inputs(&one)?;
        let sections = one.resolved.sections();
        // The report says how to make it again, so these words are among what its bytes depend on.
        let told = [inputs.as_slice(), &[(again.clone(), String::new())]].concat();
        let resolved = one.resolved_toml(false);
        let planned = plan([&one.scenario], args.only_replication);
        let hash = RunHash::new(&resolved, one.scenario.seed, &told, &planned);
        let folder = global.out.join(&one.scenario.name).join(hash.folder());
        if !folders.insert(folder.clone()) {
            continue;
        }
        let kept = if args.fresh { None } else { reuse::kept(&folder) };
        let kept = kept.filter(|kept| args.emit.iter().all(|emit| kept.emitted(*emit)));
        let file = file.display().to_string();
        let mut command = command(&file, &args.changes);
        // One replication is asked for by its number; how many there are is said otherwise.
        if let Some(count) = args.changes.replications {
            command = format!("{command} --set experiment.replications={count}");
        }
        let mut warnings = warnings(&one.scenario);
        warnings.extend(one.warnings);
        let subject = Subject { scenario: one.scenario, command };
        entries.push(Entry {
            file,
            name,
            again,
            subject,
            resolved,
            hash,
            folder,
            kept,
            warnings,
            sections,
            inputs,
        });
    }
    Ok(entries)
}

/// Rows that a run leaves out in silence. A log that cannot be read fails its runs, with words.
fn warnings(scenario: &Scenario) -> Vec<String> {
    let log = scenario.replay.as_ref().and_then(|log| replay::survey(log, scenario).ok());
    log.and_then(dropped).into_iter().collect()
}

/// Every file that the run reads, with its digest: those the loader has read, and the replay log,
/// which it has not.
fn inputs(loaded: &Loaded) -> io::Result<Vec<(String, String)>> {
    let mut inputs = loaded.resolved.files();
    if let Some(replay) = &loaded.scenario.replay {
        let digest = reuse::digest(&replay.file).map_err(|error| {
            let name = replay.file.display();
            io::Error::new(error.kind(), format!("{name}: {error}"))
        })?;
        // The resolved text holds its name.
        inputs.push(("replay".to_owned(), digest.to_hex().to_string()));
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
    experiment::carry_out(&subjects, &planned, &pool, &mut board, emit, |file, mut results| {
        let entry = due[file];
        results.level();
        let hash = entry.hash.hex();
        let filing = Filing {
            out: &global.out,
            file: &entry.name,
            command: &entry.again,
            warnings: &entry.warnings,
            scenario: &entry.subject.scenario,
            resolved: &entry.resolved,
            results: &results,
            hash: &hash,
            wall: since.elapsed(),
            threads,
        };
        let told = file_report(entry, &filing, parts.of_file(file));
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
            let Kept { view, json, files } = kept.clone();
            let verdicts = view.thresholds.clone();
            exit = exit.max(judged(entry, &verdicts, out));
            let view = Some(view);
            told.push(Told {
                reused: true,
                view,
                json,
                files,
                verdicts,
                ..Told::nothing("complete")
            });
            continue;
        }
        let Some((report, results)) = filed.next() else { continue };
        exit = exit.max(exit_of(&results, stop.cause()));
        for problem in problems(entry, &results) {
            out.problem(problem);
        }
        let verdicts = thresholds(&results, &entry.subject.scenario);
        exit = exit.max(judged(entry, &verdicts, out));
        let mut report = report.unwrap_or_else(|error| {
            let folder = entry.folder.display().to_string();
            out.problem(Problem::new("io", error.to_string()).in_file(folder));
            exit = exit.max(Exit::Io);
            // Whatever became of the runs, there is no report of them.
            Told::nothing("failed")
        });
        report.verdicts = verdicts;
        report.measured = measured(&results, &entry.subject.scenario);
        told.push(report);
    }
    (told, exit)
}

/// Tells what the thresholds of a file forbid, and with which exit.
fn judged(entry: &Entry, verdicts: &[VerdictView], out: &mut Output) -> Exit {
    let Subject { scenario, command } = &entry.subject;
    let again = format!("{command} --seed {} --fresh", scenario.seed);
    for problem in failures(verdicts, (&entry.file, scenario, &again)) {
        out.problem(problem);
    }
    exit_of_verdicts(verdicts)
}

/// Writes the report of one file. Without a complete run there is nothing to report, and a report
/// that is cut short does not replace a whole one.
fn file_report(
    entry: &Entry,
    filing: &Filing<'_>,
    parts: (Vec<TempPath>, Vec<TempPath>),
) -> Result<Told, ReportError> {
    let status = status(filing.results);
    let nothing = filing.results.complete().next().is_none();
    if nothing || (status != "complete" && reuse::kept(&entry.folder).is_some()) {
        return Ok(Told::nothing(status));
    }
    let view = filing::file(filing, parts)?;
    let manifest = reuse::read_json(&entry.folder.join("manifest.json")).unwrap_or_default();
    let files = reuse::names(&manifest);
    let json = reuse::read_json(&entry.folder.join("summary.json")).unwrap_or_default();
    Ok(Told { view: Some(view), json, files, ..Told::nothing(status) })
}

fn status(results: &Results) -> &'static str {
    let any = |what: fn(&RunStatus) -> bool| results.runs.iter().any(|run| what(&run.end));
    if any(|end| matches!(end, RunStatus::Failed(_))) {
        "failed"
    } else if any(|end| matches!(end, RunStatus::Aborted(_))) {
        "aborted"
    } else if any(|end| matches!(end, RunStatus::Interrupted)) {
        "interrupted"
    } else {
        "complete"
    }
}

/// The gravest exit of one file's runs.
pub fn exit_of(results: &Results, cause: Option<Cause>) -> Exit {
    let of_run = |end: &RunStatus| match (end, cause) {
        (RunStatus::Complete(_, findings) | RunStatus::LeftOut(_, findings), _) => {
            if findings.lawful() { Exit::Ok } else { Exit::InvariantBroken }
        }
        // Its threshold says what that means.
        (RunStatus::Aborted(_), _) => Exit::Ok,
        (RunStatus::Failed(_), _) => Exit::Unexpected,
        (RunStatus::Interrupted, Some(Cause::Terminate)) => Exit::Terminated,
        (RunStatus::Interrupted, _) => Exit::Interrupted,
    };
    results.runs.iter().map(|run| of_run(&run.end)).max().unwrap_or_default()
}

/// The command that runs a file again with the same changes, but for seed and policy.
fn command(file: &str, changes: &Changes) -> String {
    let mut words = vec!["hutong run".to_owned(), shell(file)];
    words.extend(changes.sets());
    words.join(" ")
}

/// The command that makes the whole report of a file again.
fn again(command: &str, seed: u64, args: &RunArgs) -> String {
    let mut words = vec![format!("{command} --seed {seed}")];
    words.extend(args.changes.chosen());
    words.extend(args.only_replication.map(|only| format!("--only-replication {only}")));
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
