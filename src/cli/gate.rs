//! `gate`: runs scenarios afresh and judges them by their thresholds and by a baseline.
//!
//! It never reuses a stored report: what it judges is what this engine does today.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args::{Changes, GateArgs, Global, RunArgs};
use super::exit::Exit;
use super::output::{Output, Problem};
use super::run::{Entry, perform, shell};
use super::told::{Told, exit_of_verdicts, failures, origin};
use crate::experiment::identity::ENGINE;
use crate::measure::gate::{Mode, compare, definitions};
use crate::report::{Baseline, Judged, VerdictView, annotations, junit, summary_page, worst_first};

/// Sections that say who pays what to whom and when: the demand that a comparison needs to share.
const DEMAND: [&str; 5] = ["consumers", "merchants", "demand", "presentment", "profiles"];
/// Keys that a comparison needs to share as they are.
const SHARED: [&str; 8] =
    ["name", "epoch", "horizon", "warm_up", "drain", "seed", "currency", "scale"];
/// Sections that change nothing of what a run does.
const INERT: [&str; 4] = ["threshold", "regression", "calibration", "experiment"];

/// Carries out `hutong gate`.
pub fn gate(args: &GateArgs, global: &Global, out: &mut Output) -> Exit {
    let baselines = match baselines(args, out) {
        Ok(baselines) => baselines,
        Err(exit) => return out.fail(exit),
    };
    let run = as_run(&args.files, &args.changes);
    let (entries, told, mut exit) = match perform(run, global, out) {
        Ok(done) => done,
        Err(exit) => return exit,
    };
    let mut all = Vec::new();
    for (entry, told) in entries.iter().zip(&told) {
        let baseline = baselines.iter().find(|(file, ..)| file.display().to_string() == entry.file);
        let baseline = baseline.and_then(|(_, path, read)| Some((path.as_path(), read.as_ref()?)));
        let (judged, worse) = judge((entry, told), baseline, args, out);
        exit = exit.max(worse);
        all.push(judged);
    }
    tell(&all, out);
    exit = exit.max(write(&all, args, out));
    let body = json!({ "scenarios": all.iter().map(as_json).collect::<Vec<Value>>() });
    out.document("hutong.gate/1", exit, body);
    exit
}

/// A run of these files that reuses nothing.
pub(super) fn as_run(files: &[PathBuf], changes: &Changes) -> RunArgs {
    RunArgs {
        files: files.to_vec(),
        changes: changes.clone(),
        emit: Vec::new(),
        fresh: true,
        only_replication: None,
    }
}

type Read = (PathBuf, PathBuf, Option<Baseline>);

/// Reads every baseline before anything runs.
fn baselines(args: &GateArgs, out: &mut Output) -> Result<Vec<Read>, Exit> {
    let (mut all, mut exit) = (Vec::new(), Exit::Ok);
    for file in &args.files {
        let path = match (&args.baseline, &args.baseline_dir) {
            (Some(one), _) => one.clone(),
            (None, Some(folder)) => {
                let stem = file.file_stem().unwrap_or_default();
                folder.join(stem).with_extension("toml")
            }
            (None, None) => {
                all.push((file.clone(), PathBuf::new(), None));
                continue;
            }
        };
        match read(&path, out) {
            Ok(baseline) => all.push((file.clone(), path, Some(baseline))),
            Err(worse) => exit = exit.max(worse),
        }
    }
    if exit == Exit::Ok { Ok(all) } else { Err(exit) }
}

/// Reads one baseline, or says why not.
pub(super) fn read(path: &Path, out: &mut Output) -> Result<Baseline, Exit> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| {
        let problem = Problem::new("io", format!("cannot read: {error}")).in_file(&shown);
        out.problem(problem.with_help("hutong baseline save SCENARIO --baseline FILE makes one"));
        Exit::Io
    })?;
    Baseline::read(&text).map_err(|message| {
        out.problem(Problem::new("gate::malformed", message).in_file(&shown));
        Exit::InvalidInput
    })
}

/// The baseline that today's runs would make.
pub(super) fn today(entry: &Entry, told: &Told) -> Baseline {
    let mut today = Baseline { measured: told.measured.clone(), ..Baseline::default() };
    let mut demand = blake3::Hasher::new();
    let mut feed = |words: &str| {
        demand.update(&(words.len() as u64).to_le_bytes()).update(words.as_bytes());
    };
    for (path, text) in &entry.sections {
        let top = path.split('.').next().unwrap_or_default();
        if SHARED.contains(&path.as_str()) {
            today.identity.insert(path.clone(), text.trim_matches('"').to_owned());
        } else if DEMAND.contains(&top) {
            feed(path);
            feed(text);
        } else if !INERT.contains(&top) {
            today.subject.insert(path.clone(), short(text));
        }
    }
    for (name, digest) in &entry.inputs {
        feed(name);
        feed(digest);
    }
    today.identity.insert("demand".to_owned(), demand.finalize().to_hex()[..16].to_owned());
    let replications = entry.subject.scenario.replications.to_string();
    today.identity.insert("replications".to_owned(), replications);
    let names = today.measured.values().flat_map(|kept| kept.metrics.keys());
    today.identity.insert("metrics".to_owned(), definitions(names));
    today.subject.insert("engine".to_owned(), ENGINE[..16].to_owned());
    today
}

fn short(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

/// Judges one scenario, with what that means for the exit code.
fn judge(
    (entry, told): (&Entry, &Told),
    baseline: Option<(&Path, &Baseline)>,
    args: &GateArgs,
    out: &mut Output,
) -> (Judged, Exit) {
    let scenario = &entry.subject.scenario;
    let again = again(entry, baseline.map(|(path, _)| path), args);
    let mut verdicts = told.verdicts.clone();
    let (mut errors, mut changed, mut exit) = (Vec::new(), Vec::new(), Exit::Ok);
    if told.status != "complete" && told.status != "aborted" {
        errors.push(format!("the runs are {}", told.status));
    } else if let Some((path, baseline)) = baseline {
        match against(baseline, entry, told, args) {
            Ok((parts, found)) => {
                changed = parts;
                verdicts.extend(found);
            }
            Err(differs) => {
                errors.push(refuse(path, &differs, entry, out));
                exit = Exit::Incomparable;
            }
        }
    }
    if verdicts.is_empty() && errors.is_empty() {
        let text = "there is nothing to judge: no baseline and no [[threshold]]";
        out.problem(Problem::new("gate::missing", text).in_file(&entry.file));
        errors.push(text.to_owned());
        exit = Exit::Incomparable;
    }
    // Those of the thresholds were told with the run.
    let new = verdicts[told.verdicts.len()..].to_vec();
    for problem in failures(&new, (&entry.file, scenario, &again)) {
        out.problem(problem);
    }
    exit = exit.max(exit_of_verdicts(&verdicts));
    let placed = verdicts.into_iter().map(|one| {
        let place = origin(&one, scenario).map(|origin| (origin.file.clone(), origin.line));
        (one, place)
    });
    let laws = told.view.as_ref().map(|view| view.invariants.clone()).unwrap_or_default();
    let judged = Judged {
        name: scenario.name.clone(),
        file: entry.file.clone(),
        verdicts: placed.collect(),
        laws,
        errors,
        changed,
        again,
    };
    (judged, exit)
}

/// The parts of the subject that changed, and every comparison with a baseline.
///
/// # Errors
/// What of the identity differs, in words.
fn against(
    baseline: &Baseline,
    entry: &Entry,
    told: &Told,
    args: &GateArgs,
) -> Result<(Vec<String>, Vec<VerdictView>), String> {
    let mut today = today(entry, told);
    let names = baseline.measured.values().flat_map(|kept| kept.metrics.keys());
    today.identity.insert("metrics".to_owned(), definitions(names));
    fewer(&mut today, baseline);
    let part = |(part, ours, theirs): &(&str, &str, &str)| {
        format!("{part} is {ours}, the baseline has {theirs}")
    };
    let differs: Vec<String> = today.differs(baseline).iter().map(part).collect();
    if !differs.is_empty() {
        return Err(differs.join("; "));
    }
    let words = |(part, ..): &(&str, &str, &str)| (*part).to_owned();
    let changed = today.changed(baseline).iter().map(words).collect();
    let mode = Mode { exact: args.exact, paired: args.changes.replications.is_some() };
    let scenario = &entry.subject.scenario;
    let found = compare(&baseline.measured, &today.measured, scenario, mode);
    Ok((changed, found.iter().map(VerdictView::from).collect()))
}

/// Says that a baseline is of something else, and what to do about it.
fn refuse(path: &Path, differs: &str, entry: &Entry, out: &mut Output) -> String {
    let shown = path.display().to_string();
    let error = format!("{shown} is of something else: {differs}");
    let update =
        format!("hutong baseline update {} --baseline {}", shell(&entry.file), shell(&shown));
    let problem = Problem::new("gate::identity", error.clone()).in_file(&entry.file);
    out.problem(problem.with_help(format!("if that is meant: {update}")));
    error
}

/// The first of a baseline's replications are the same seeds: fewer of them can be compared.
fn fewer(today: &mut Baseline, baseline: &Baseline) {
    let count = |of: &Baseline| of.identity.get("replications")?.parse::<u32>().ok();
    if let (Some(ours), Some(theirs)) = (count(today), count(baseline))
        && ours < theirs
    {
        today.identity.insert("replications".to_owned(), theirs.to_string());
    }
}

/// The command that judges this file again.
fn again(entry: &Entry, baseline: Option<&Path>, args: &GateArgs) -> String {
    let command = entry.subject.command.replacen("hutong run", "hutong gate", 1);
    let mut words = vec![format!("{command} --seed {}", entry.subject.scenario.seed)];
    if let Some(path) = baseline {
        words.push(format!("--baseline {}", shell(&path.display().to_string())));
    }
    words.extend(args.changes.replications.map(|count| format!("--replications {count}")));
    words.extend(args.changes.policy.iter().map(|name| format!("--policy {}", shell(name))));
    if args.exact {
        words.push("--exact".to_owned());
    }
    words.join(" ")
}

/// One line each verdict that does not hold, and how many do.
fn tell(all: &[Judged], out: &mut Output) {
    for one in all {
        let verdicts = one.bare();
        for verdict in worst_first(&verdicts) {
            if !verdict.ok || verdict.kind == "digest" {
                out.tell(&format!("{} {}: {}\n", verdict.mark(), one.name, verdict.line()));
            }
        }
        let held = verdicts.iter().filter(|one| one.ok).count();
        let count = |what: fn(&VerdictView) -> bool| verdicts.iter().filter(|v| what(v)).count();
        let breached = count(|one| one.is_breach() && one.fails());
        let warned = count(|one| one.is_breach() && !one.fails());
        let missing = count(VerdictView::is_missing);
        let compared = match one.changed.as_slice() {
            [] => String::new(),
            changed => format!("; against the baseline changed: {}", changed.join(", ")),
        };
        out.tell(&format!(
            "{}: {breached} breached, {warned} warned, {missing} missing, {held} held{compared}\n",
            one.name
        ));
    }
}

/// Writes what CI asks for.
fn write(all: &[Judged], args: &GateArgs, out: &mut Output) -> Exit {
    let mut exit = Exit::Ok;
    let mut put = |path: &Path, text: &str, append: bool, out: &mut Output| {
        let old = if append { fs::read_to_string(path).unwrap_or_default() } else { String::new() };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let made = folder.map_or(Ok(()), fs::create_dir_all);
        if let Err(error) = made.and_then(|()| fs::write(path, format!("{old}{text}"))) {
            let shown = path.display().to_string();
            out.problem(Problem::new("io", format!("cannot write: {error}")).in_file(shown));
            exit = Exit::Io;
        }
    };
    if let Some(path) = &args.junit {
        put(path, &junit(all), false, out);
    }
    let summary = args.summary.clone();
    let step = || std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
    let summary = summary.or_else(|| args.github.then(step).flatten().map(PathBuf::from));
    if let Some(path) = summary {
        put(&path, &summary_page(all), true, out);
    }
    if args.github {
        for line in annotations(all) {
            out.command(&line);
        }
    }
    exit
}

fn as_json(one: &Judged) -> Value {
    json!({
        "scenario": one.name, "file": one.file, "verdicts": one.bare(),
        "invariants": one.laws, "errors": one.errors, "changed": one.changed,
        "reproduce": one.again,
    })
}
