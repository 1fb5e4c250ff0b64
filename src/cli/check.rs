//! `check`: what a scenario will ask of its stations and of this machine, without running it.

use std::path::Path;

use serde_json::{Value, json};

use super::args::{CheckArgs, Global};
use super::exit::Exit;
use super::load;
use super::output::{Output, Problem};
use super::run::shell;
use super::table::{count, percent, short, table};
use crate::experiment::size::Size;
use crate::model::{Model, StationLoad};
use crate::scenario::replay::{self, Survey};
use crate::scenario::{LoadOptions, Loaded, Lookahead, Scenario};
use crate::units::PolicyId;

/// Above this relative difference between scaled and full size a station behaves otherwise.
const SCALE_TOLERANCE: f64 = 0.1;

/// One station under one policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The institution.
    pub institution: String,
    /// Messages offered each second.
    pub visits_per_s: f64,
    /// Busy share of its servers at the scenario's scale; 1 and more never settles.
    pub utilisation: f64,
    /// The same at full size; `None` when the scenario is at full size.
    pub full: Option<f64>,
}

/// Carries out `hutong check`.
pub fn check(mut args: CheckArgs, _global: &Global, out: &mut Output) -> Exit {
    load::settle_seed(&mut args.changes, out);
    let loaded = match load::load_all(&args.files, &args.changes, out) {
        Ok(loaded) => loaded,
        Err(exit) => return out.fail(exit),
    };
    let mut options = load::options(&args.changes);
    options.sets.push("scale=1".to_owned());
    let mut checked = Vec::new();
    for (one, file) in loaded.iter().zip(&args.files) {
        let full = match full_size(&one.scenario, file, &options, out) {
            Ok(full) => full,
            Err(exit) => return out.fail(exit),
        };
        match check_one(one, full.as_ref(), file, out) {
            Ok(told) => checked.push(told),
            Err(exit) => return out.fail(exit),
        }
    }
    let files = args.files.iter().map(|file| shell(&file.display().to_string()));
    let next = files.chain(args.changes.words()).collect::<Vec<_>>().join(" ");
    out.note(&format!("next: hutong run {next}"));
    out.document("hutong.check/1", Exit::Ok, json!({ "scenarios": checked }));
    Exit::Ok
}

/// The scenario at full size, when it is not. Standard input cannot be read twice.
fn full_size(
    scenario: &Scenario,
    file: &Path,
    options: &LoadOptions,
    out: &mut Output,
) -> Result<Option<Scenario>, Exit> {
    if scenario.scale.total_cmp(&1.0).is_eq() || file == Path::new("-") {
        return Ok(None);
    }
    load::load_one(file, options, out).map(|loaded| Some(loaded.scenario))
}

fn check_one(
    Loaded { scenario, warnings, .. }: &Loaded,
    full: Option<&Scenario>,
    file: &Path,
    out: &mut Output,
) -> Result<Value, Exit> {
    out.tell(&format!(
        "{}  seed {}  scale {}  {} × {}  ({})\n",
        scenario.name,
        scenario.seed,
        scenario.scale,
        count(scenario.compared.len() as u64, "policy"),
        count(u64::from(scenario.replications), "replication"),
        file.display(),
    ));
    let log = scenario.replay.as_ref().map(|log| replay::survey(log, scenario));
    let log = match log.transpose() {
        Ok(log) => log,
        Err(wrong) => return Err(refuse_log(&wrong, out)),
    };
    let (mut policies, mut warnings) = (Vec::new(), warnings.clone());
    let mut visits = 0.0_f64;
    for &policy in &scenario.compared {
        let name = &scenario.policies[policy.index()].name;
        let lines = lines(scenario, full, policy);
        visits = visits.max(lines.iter().map(|line| line.visits_per_s).sum());
        out.tell(&format!("\n  policy {name}\n{}", render(&lines)));
        warnings.extend(warn(name, &lines));
        policies.push(json!({ "policy": name, "stations": json_lines(&lines) }));
    }
    if let Some(log) = log {
        out.tell(&format!("\n  {}\n", log_text(log)));
        warnings.extend(dropped(log));
    }
    let rows = log.map_or(0.0, |log| short_of(log.played()));
    let size = Size::estimate(scenario, visits).with_log(rows);
    let ahead = scenario.links.lookahead();
    out.tell(&format!("\n{}\n{}\n", ahead_text(scenario, ahead), size_text(scenario, &size)));
    for warning in &warnings {
        out.note(&format!("warning: {}: {warning}", scenario.name));
    }
    Ok(json!({
        "scenario": scenario.name, "file": file.display().to_string(), "policies": policies,
        "lookahead_ns": ahead.length.nanos(),
        "size": {
            "intentions": size.intentions, "background": size.background,
            "events": size.events, "memory_bytes": size.memory_bytes, "seconds": size.seconds,
        },
        "log": log.map(|log| json!({
            "early": log.early, "counted": log.counted, "late": log.late, "dropped": log.dropped,
        })),
        "warnings": warnings,
    }))
}

fn refuse_log(wrong: &str, out: &mut Output) -> Exit {
    let problem = Problem::new("scenario::bad-file", wrong);
    out.problem(problem.with_help("hutong explain demand.replay.file lists the columns"));
    Exit::InvalidInput
}

/// What is said of rows that nobody will see.
pub fn dropped(log: Survey) -> Option<String> {
    let Survey { dropped, .. } = log;
    (dropped > 0).then(|| {
        let rows = count(dropped, "row");
        format!("{rows} of the log lie after horizon and drain and are never played back")
    })
}

fn log_text(log: Survey) -> String {
    let Survey { early, counted, late, dropped } = log;
    format!(
        "log          {counted} of {} rows are counted; {early} before the warm-up ends and {late} \
         after the horizon\n               are played back besides; {dropped} after the drain are \
         never played back",
        log.played() + dropped
    )
}

#[expect(clippy::cast_precision_loss, reason = "an estimate for the eye")]
fn short_of(rows: u64) -> f64 {
    rows as f64
}

/// The size of one run under the policy that visits stations most.
pub fn size(scenario: &Scenario) -> Size {
    let load = |policy: &PolicyId| -> f64 {
        let loads = Model::compile(scenario, *policy).load();
        loads.iter().map(|load| load.visits_per_s).sum()
    };
    let visits = scenario.compared.iter().map(load).fold(0.0, f64::max);
    // A log that cannot be read is told of when it is run.
    let log = scenario.replay.as_ref().and_then(|log| replay::survey(log, scenario).ok());
    let rows = log.map_or(0.0, |log| short_of(log.played()));
    Size::estimate(scenario, visits).with_log(rows)
}

/// What a policy asks of every station, by its demand and by the log that it replays. A log that
/// cannot be read adds nothing; whoever runs it is told.
fn loads(scenario: &Scenario, policy: PolicyId) -> Vec<StationLoad> {
    let log = scenario.replay.as_ref().and_then(|log| replay::open(log, scenario).ok());
    Model::compile(scenario, policy).load_with(log.into_iter().flatten().map_while(Result::ok))
}

/// The load of every station under one policy, in order of name.
fn lines(scenario: &Scenario, full: Option<&Scenario>, policy: PolicyId) -> Vec<Line> {
    let loads = |scenario: &Scenario| loads(scenario, policy);
    // Scaling changes neither names nor their order, so the ids agree.
    let at_full: Option<Vec<StationLoad>> = full.map(loads);
    let full_of = |load: &StationLoad| {
        let same = |other: &&StationLoad| other.institution == load.institution;
        at_full.as_ref().and_then(|loads| loads.iter().find(same)).map(|load| load.utilisation)
    };
    let line = |load: &StationLoad| Line {
        institution: scenario.institution(load.institution).name.clone(),
        visits_per_s: load.visits_per_s,
        utilisation: load.utilisation,
        full: full_of(load),
    };
    loads(scenario).iter().map(line).collect()
}

/// The table of one policy; the column of the full size only where it says something.
pub fn render(lines: &[Line]) -> String {
    let scaled = lines.iter().any(|line| line.full.is_some());
    let mut header = vec!["institution", "messages/s", "utilisation"];
    if scaled {
        header.push("at full size");
    }
    let row = |line: &Line| {
        let mut row =
            vec![line.institution.clone(), short(line.visits_per_s), percent(line.utilisation)];
        if scaled {
            row.push(line.full.map(percent).unwrap_or_default());
        }
        row
    };
    let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    let right: Vec<usize> = (1..header.len()).collect();
    table(&header, &right, &rows)
}

/// What is doubtful about the stations of one policy: one sentence a doubt.
pub fn warn(policy: &str, lines: &[Line]) -> Vec<String> {
    let mut warnings = Vec::new();
    let worst = |list: &[&Line], measure: fn(&Line) -> f64| -> Line {
        let by = |a: &&&Line, b: &&&Line| measure(a).total_cmp(&measure(b));
        (*list.iter().max_by(by).expect("the list is not empty")).clone()
    };
    let full: Vec<&Line> = lines.iter().filter(|line| line.utilisation >= 1.0).collect();
    if !full.is_empty() {
        let Line { institution, utilisation, .. } = worst(&full, |line| line.utilisation);
        let offered = percent(utilisation);
        warnings.push(match full.len() {
            1 => format!(
                "under policy `{policy}` `{institution}` is offered {offered} of what it can \
                 serve: its queue grows until demand falls or the queue limit is reached"
            ),
            many => format!(
                "under policy `{policy}` {many} stations are offered more than they can serve, \
                 `{institution}` most ({offered}): their queues grow until demand falls or the \
                 queue limit is reached"
            ),
        });
    }
    let apart = |line: &&Line| {
        line.full.is_some_and(|full| (line.utilisation - full).abs() > SCALE_TOLERANCE * full)
    };
    let apart: Vec<&Line> = lines.iter().filter(apart).collect();
    if !apart.is_empty() {
        let gap =
            |line: &Line| line.full.map_or(0.0, |full| libm::log(line.utilisation / full).abs());
        let Line { institution, utilisation, full, .. } = worst(&apart, gap);
        let (count, of) = (apart.len(), lines.len());
        let (here, there) = (percent(utilisation), percent(full.unwrap_or(0.0)));
        warnings.push(format!(
            "under policy `{policy}` {count} of {of} stations are used otherwise at this scale \
             than at full size, `{institution}` most ({here} against {there}): too few servers \
             are left to scale evenly"
        ));
    }
    warnings
}

fn json_lines(lines: &[Line]) -> Vec<Value> {
    let line = |line: &Line| {
        json!({
            "institution": line.institution, "messages_per_s": line.visits_per_s,
            "utilisation_frac": line.utilisation, "utilisation_full_frac": line.full,
        })
    };
    lines.iter().map(line).collect()
}

/// Where the words of a line that goes on begin.
const INDENT: &str = "               ";

fn ahead_text(scenario: &Scenario, ahead: Lookahead) -> String {
    let set_by = match ahead.link {
        None => "the access leg between a device or till and its institution".to_owned(),
        Some(((from, to), pairs)) => {
            let name = |id| &scenario.institution(id).name;
            let others = match pairs {
                1 => String::new(),
                2 => " and 1 more pair".to_owned(),
                _ => format!(" and {} more pairs", pairs - 1),
            };
            format!("the fastest link: {} → {}{others}", name(from), name(to))
        }
    };
    format!(
        "  lookahead    {} µs: no message takes less, so for that long institutions cannot affect \
         each other\n               ({set_by})",
        ahead.length.micros_rounded()
    )
}

fn size_text(scenario: &Scenario, size: &Size) -> String {
    let runs = scenario.compared.len() as u64 * u64::from(scenario.replications);
    format!(
        "  size         {}, one for each policy and replication\n\
         \x20 a run        about {} wishes to pay, {} background items and {} events;\n{INDENT}\
         about {}B of memory at its peak (program, tables, attempts in flight)\n{INDENT}\
         and {} s on one core; all of this is estimated before running",
        count(runs, "run"),
        short(size.intentions),
        short(size.background),
        short(size.events),
        short(size.memory_bytes),
        short(size.seconds),
    )
}
