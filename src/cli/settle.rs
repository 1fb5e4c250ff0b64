//! `settle`: the settlement half alone, on a file of obligations.

pub mod args;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};
use tempfile::{NamedTempFile, TempPath};

use super::args::Global;
use super::exit::Exit;
use super::output::{Output, Problem};
use super::run::shell;
use crate::experiment::clock::Stopwatch;
use crate::experiment::identity::{ENGINE, RunHash};
use crate::experiment::progress::thousands;
use crate::experiment::settle::{self as experiment, Fates, Hours, OPTIMA_MAX, Plan, Timetable};
use crate::experiment::stop::{Cause, Stop};
use crate::measure::settlement::{Comparison, Fate};
use crate::policy::settlement::{Costs, Limit, Options};
use crate::report::settle::{
    self as report, InputFile, SettleContext, SettleInput, SettledWriter, lawful,
};
use crate::report::{ReportError, RunDir};
use crate::scenario::obligations::{
    self, Extent, MISTAKES_MAX, Obligations, Participants, RowMistake,
};
use crate::units::Obligation;
use args::SettleArgs;

/// Everything that was read and decided before the first obligation settles.
struct Job {
    participants: Participants,
    extent: Extent,
    plan: Plan,
    context: SettleContext,
}

/// Carries out `hutong settle`.
pub fn settle(args: &SettleArgs, global: &Global, out: &mut Output) -> Exit {
    let stop = match Stop::on_signals() {
        Ok(stop) => stop,
        Err(error) => {
            out.problem(Problem::new("io", format!("cannot listen to signals: {error}")));
            return out.fail(Exit::Io);
        }
    };
    let job = match job(args, out) {
        Ok(job) => job,
        Err(exit) => return out.fail(exit),
    };
    let clock = Stopwatch::start();
    let folder = match carry_out(args, global, &job, &stop) {
        Ok(done) => done,
        Err(failed) => return failed.tell(out),
    };
    let (comparison, place) = folder;
    let seconds = clock.elapsed().as_secs_f64();
    out.note(&speed(&job, seconds));
    tell(&job, &comparison, &place, out)
}

/// Reads participants and limits, looks through the obligations, and decides on the timetable.
fn job(args: &SettleArgs, out: &mut Output) -> Result<Job, Exit> {
    let participants = obligations::participants(&args.participants);
    let participants = participants.map_err(|mistakes| refuse(&mistakes, out))?;
    let limits = args.limits.as_deref().map(|path| obligations::limits(path, &participants));
    let extent = obligations::check(&args.obligations, &participants);
    let (limits, extent) = match (limits.transpose(), extent) {
        (Ok(limits), Ok(extent)) => (limits.unwrap_or_default(), extent),
        (limits, extent) => {
            let both = [limits.err().unwrap_or_default(), extent.err().unwrap_or_default()];
            return Err(refuse(&both.concat(), out));
        }
    };
    if extent.rows == 0 {
        let file = args.obligations.display().to_string();
        out.problem(Problem::new("settle::bad-row", "there is no obligation in it").in_file(file));
        return Err(Exit::InvalidInput);
    }
    let usage = |message: String, out: &mut Output| {
        out.problem(Problem::new("usage", message));
        Exit::Usage
    };
    let hours = Hours {
        cut_offs: args.cut_off.clone(),
        cycle: args.cycle,
        close: args.close,
        review: args.review,
        window: args.window,
    };
    let timetable = Timetable::new(&extent, &hours).map_err(|said| usage(said, out))?;
    let costs = Costs::new(args.alpha, args.beta)
        .ok_or_else(|| usage("--alpha 0 needs a --beta below 1".to_owned(), out))?;
    let limit = |limit: Obligation| Limit {
        debtor: limit.debtor_agent,
        creditor: limit.creditor_agent,
        amount: limit.amount,
    };
    let limits = limits.into_iter().map(limit).collect();
    let options = Options { split_above: args.split_above, limits };
    let regimes = args.regimes();
    let plan = Plan { regimes, timetable, options, costs, optima_max: OPTIMA_MAX };
    let context = context(args, &participants, &extent).map_err(|error| {
        out.problem(Problem::new("io", format!("cannot read an input: {error}")));
        Exit::Io
    })?;
    Ok(Job { participants, extent, plan, context })
}

/// Tells every mistake, up to a bound.
fn refuse(mistakes: &[RowMistake], out: &mut Output) -> Exit {
    let mut text = String::new();
    let mut problems = Vec::new();
    for mistake in mistakes {
        let RowMistake { code, file, line, column, message } = mistake;
        let place =
            [Some(file.clone()), line.map(|at| at.to_string()), column.map(|at| at.to_string())];
        let place = place.into_iter().flatten().collect::<Vec<_>>().join(":");
        let _ = writeln!(text, "error[{code}]: {message}\n  --> {place}");
        problems.push(Problem {
            code: (*code).to_owned(),
            message: message.clone(),
            file: Some(file.clone()),
            line: *line,
            column: *column,
            label: None,
            help: None,
        });
    }
    let count = match mistakes.len() {
        1 => "1 mistake".to_owned(),
        count if count >= MISTAKES_MAX => format!("{count} mistakes; the rest was not read"),
        count => format!("{count} mistakes"),
    };
    let first = mistakes.first().map_or("", |mistake| mistake.code);
    let _ = write!(text, "\n{count}\nDetails: hutong explain {first}");
    out.problems_as(problems, &text);
    if mistakes.iter().all(|mistake| mistake.code == "io") { Exit::Io } else { Exit::InvalidInput }
}

fn context(
    args: &SettleArgs,
    participants: &Participants,
    extent: &Extent,
) -> std::io::Result<SettleContext> {
    let mut inputs = vec![input("obligations", &args.obligations, extent.blake3.clone())];
    let digest = |path: &Path| super::reuse::digest(path).map(|hash| hash.to_hex().to_string());
    inputs.push(input("participants", &args.participants, digest(&args.participants)?));
    if let Some(limits) = &args.limits {
        inputs.push(input("limits", limits, digest(limits)?));
    }
    let options = options(args);
    let named = |file: &InputFile| (file.kind.to_owned(), file.blake3.clone());
    let files: Vec<(String, String)> = inputs.iter().map(named).collect();
    let accounts = participants.accounts.iter();
    let each = accounts.map(|at| at.opening + i128::from(at.credit_limit.minor()));
    Ok(SettleContext {
        name: name(&args.obligations),
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        engine_digest: ENGINE.to_owned(),
        hash: RunHash::of_settlement(&options, &files).hex(),
        reproduce: reproduce(args, &options),
        inputs,
        available_minor: each.map(i128::unsigned_abs).sum(),
    })
}

fn input(kind: &'static str, path: &Path, blake3: String) -> InputFile {
    InputFile { kind, file: path.display().to_string(), blake3 }
}

/// Every option that shapes the results, as it would be typed.
fn options(args: &SettleArgs) -> Vec<String> {
    let mut words: Vec<String> =
        args.regimes().iter().map(|regime| format!("--regime {}", regime.name())).collect();
    let length =
        |name: &str, length: crate::units::Duration| format!("--{name} {}", as_typed(length));
    let of_day = |name: &str, at: crate::units::Duration| {
        let (seconds, rest) = (at.nanos() / 1_000_000_000, at.nanos() % 1_000_000_000);
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        let text = format!("--{name} {hours:02}:{minutes:02}:{:02}", seconds % 60);
        if rest == 0 { text } else { format!("{text}.{rest:09}") }
    };
    words.extend(args.cut_off.iter().map(|at| of_day("cut-off", *at)));
    words.extend(args.cycle.map(|cycle| length("cycle", cycle)));
    words.extend(args.close.map(|at| of_day("close", at)));
    words.push(length("review", args.review));
    words.extend(args.window.map(|window| length("window", window)));
    words.extend(args.split_above.map(|amount| format!("--split-above {}", amount.minor())));
    for (name, share) in [("alpha", args.alpha), ("beta", args.beta)] {
        let (whole, part) = (share.parts() / 1_000_000, share.parts() % 1_000_000);
        let text = format!("--{name} {whole}.{part:06}");
        words.push(text.trim_end_matches('0').trim_end_matches('.').to_owned());
    }
    words
}

/// A length in the largest unit that names it exactly.
fn as_typed(length: crate::units::Duration) -> String {
    let units = [
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
    ];
    let nanos = length.nanos();
    let exact = units.into_iter().find(|(unit, _)| nanos.is_multiple_of(*unit));
    let (unit, name) = exact.unwrap_or((1, "ns"));
    format!("{}{name}", nanos / unit)
}

fn reproduce(args: &SettleArgs, options: &[String]) -> String {
    let file = |name: &str, path: &Path| format!("--{name} {}", shell(&path.display().to_string()));
    let mut words = vec![
        "hutong settle".to_owned(),
        file("obligations", &args.obligations),
        file("participants", &args.participants),
    ];
    words.extend(args.limits.as_deref().map(|path| file("limits", path)));
    words.extend_from_slice(options);
    words.join(" ")
}

/// The report's name: the file's, with what a folder of ours may hold.
fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let named = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
    let name: String = stem.chars().map(named).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "obligations".to_owned() } else { name.to_owned() }
}

/// Why nothing was reported.
enum Failed {
    Row(Vec<RowMistake>),
    Report(ReportError),
    Io(std::io::Error),
    Stopped(Cause),
}

impl Failed {
    fn tell(self, out: &mut Output) -> Exit {
        let exit = match self {
            Self::Row(mistakes) => refuse(&mistakes, out),
            Self::Report(error) => {
                out.problem(Problem::new("io", error.to_string()));
                Exit::Io
            }
            Self::Io(error) => {
                out.problem(Problem::new("io", format!("cannot write the report: {error}")));
                Exit::Io
            }
            Self::Stopped(cause) => {
                out.note("interrupted: nothing was written");
                if cause == Cause::Terminate { Exit::Terminated } else { Exit::Interrupted }
            }
        };
        out.fail(exit)
    }
}

/// Writes one regime's obligations.
struct Stream(SettledWriter<BufWriter<File>>);

impl Fates for Stream {
    fn record(&mut self, fate: &Fate) {
        self.0.record(fate);
    }
}

fn carry_out(
    args: &SettleArgs,
    global: &Global,
    job: &Job,
    stop: &Stop,
) -> Result<(Comparison, String), Failed> {
    let mut dir = report::open(&global.out, &job.context).map_err(Failed::Report)?;
    let (mut parts, mut streams) = streams(job, &dir)?;
    let opened = Obligations::open(&args.obligations, &job.participants);
    let mut rows = opened.map_err(|mistake| Failed::Row(vec![mistake]))?;
    let mut next = || match stop.cause() {
        Some(cause) => Err(Failed::Stopped(cause)),
        None => rows.advance().transpose().map_err(Failed::Row),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(global.jobs).build();
    let pool = pool.map_err(|error| Failed::Io(std::io::Error::other(error)))?;
    let accounts = &job.participants.accounts;
    let comparison =
        pool.install(|| experiment::settle(&job.plan, accounts, &mut next, &mut streams))?;
    for stream in streams {
        let mut file = stream.0.finish().map_err(Failed::Io)?;
        file.flush().map_err(Failed::Io)?;
    }
    let parts: Vec<TempPath> = parts.drain(..).map(NamedTempFile::into_temp_path).collect();
    let input = SettleInput {
        names: &job.participants.names,
        comparison: &comparison,
        context: &job.context,
    };
    report::write(&input, parts, &mut dir).map_err(Failed::Report)?;
    Ok((comparison, dir.path().display().to_string()))
}

fn streams(job: &Job, dir: &RunDir) -> Result<(Vec<NamedTempFile>, Vec<Stream>), Failed> {
    let (mut parts, mut streams) = (Vec::new(), Vec::new());
    for regime in &job.plan.regimes {
        let part = dir.part().map_err(Failed::Report)?;
        let file = part.reopen().map_err(Failed::Io)?;
        let out = BufWriter::with_capacity(1 << 18, file);
        streams.push(Stream(SettledWriter::new(regime.name(), &job.participants.names, out)));
        parts.push(part);
    }
    Ok((parts, streams))
}

fn speed(job: &Job, seconds: f64) -> String {
    let each = job.extent.rows * job.plan.regimes.len() as u64;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the same")]
    let rate = (each as f64 / seconds.max(1e-6)) as u64;
    format!(
        "settled {} obligations under {} regimes in {seconds:.2} s: {} obligations and regimes a \
         second",
        thousands(job.extent.rows),
        job.plan.regimes.len(),
        thousands(rate)
    )
}

fn tell(job: &Job, comparison: &Comparison, place: &str, out: &mut Output) -> Exit {
    let exit = if lawful(comparison) { Exit::Ok } else { Exit::InvariantBroken };
    let names = &job.participants.names;
    let input = SettleInput { names, comparison, context: &job.context };
    out.data(&report::console(&input, place, out.width()));
    out.note(&format!(
        "next: less {}/summary.md; hutong explain WORD says what a word of it means",
        shell(place)
    ));
    let available = job.context.available_minor;
    let rows: Vec<Value> = report::compared(comparison, available).iter().map(entry).collect();
    if exit != Exit::Ok {
        let message = "a regime broke a law: see `laws` in manifest.json";
        out.problem(Problem::new("run::broken-law", message));
    }
    out.document("hutong.settle/1", exit, json!({ "report": place, "regimes": rows }));
    exit
}

fn entry(row: &report::Compared) -> Value {
    let fields = report::fields(row).into_iter().map(|(name, value)| (name.to_owned(), value));
    Value::Object(fields.collect())
}
