//! `baseline`: makes, renews and shows the file that a gate compares with.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::args::{BaselineArgs, BaselineFile, BaselineTask, Global};
use super::exit::Exit;
use super::gate::{as_run, read, today};
use super::output::{Output, Problem};
use super::run::perform;
use super::table::{count, table};

/// Carries out `hutong baseline`.
pub fn baseline(args: &BaselineArgs, global: &Global, out: &mut Output) -> Exit {
    match &args.task {
        BaselineTask::Save(file) => save(file, false, global, out),
        BaselineTask::Update(file) => save(file, true, global, out),
        BaselineTask::Show { file } => show(file, out),
    }
}

/// Runs a scenario afresh and writes what it measured; an update keeps comments and order.
fn save(args: &BaselineFile, update: bool, global: &Global, out: &mut Output) -> Exit {
    let path = args.baseline.as_path();
    let shown = path.display().to_string();
    let old = match (update, path.exists()) {
        (false, true) => {
            let problem = Problem::new("usage", "this baseline exists").in_file(&shown);
            out.problem(problem.with_help("hutong baseline update renews it"));
            return out.fail(Exit::Usage);
        }
        (true, _) => {
            match read(path, out).and_then(|_| fs::read_to_string(path).map_err(|_| Exit::Io)) {
                Ok(old) => Some(old),
                Err(exit) => return out.fail(exit),
            }
        }
        (false, false) => None,
    };
    let run = as_run(std::slice::from_ref(&args.file), &args.changes);
    let (entries, told, exit) = match perform(run, global, out) {
        Ok(done) => done,
        Err(exit) => return exit,
    };
    // A run in breach of its own threshold may be what is accepted; a failed one never is.
    let ([entry], [told]) = (entries.as_slice(), told.as_slice()) else { return exit };
    if told.status != "complete" || !matches!(exit, Exit::Ok | Exit::Breached) {
        out.note("no baseline was written");
        return out.fail(exit.max(Exit::Breached));
    }
    let today = today(entry, told);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), fs::create_dir_all).map_err(|error| error.to_string());
    let text = made.and_then(|()| today.write(old.as_deref()));
    let written = text.and_then(|text| fs::write(path, text).map_err(|error| error.to_string()));
    if let Err(error) = written {
        out.problem(Problem::new("io", format!("cannot write: {error}")).in_file(&shown));
        return out.fail(Exit::Io);
    }
    out.tell(&format!("baseline: {shown}\n"));
    let figures: usize = today.measured.values().map(|kept| kept.metrics.len()).sum();
    out.document("hutong.baseline/1", Exit::Ok, json!({ "file": shown, "figures": figures }));
    out.note(&format!("next: hutong gate {} --baseline {shown}", entry.file));
    Exit::Ok
}

/// Prints what a baseline holds.
fn show(path: &Path, out: &mut Output) -> Exit {
    let baseline = match read(path, out) {
        Ok(baseline) => baseline,
        Err(exit) => return out.fail(exit),
    };
    let pairs = baseline.identity.iter().chain(&baseline.subject);
    let rows: Vec<Vec<String>> =
        pairs.map(|(part, word)| vec![part.clone(), word.clone()]).collect();
    out.data(&table(&["part", "value"], &[], &rows));
    let mut rows = Vec::new();
    for (policy, kept) in &baseline.measured {
        let runs = count(kept.digests.len() as u64, "replication");
        rows.push(vec![policy.clone(), "digest".to_owned(), runs]);
        for (metric, values) in &kept.metrics {
            let values: Vec<String> = values.iter().map(f64::to_string).collect();
            rows.push(vec![policy.clone(), metric.clone(), values.join(" ")]);
        }
    }
    out.data("\n");
    out.data(&table(&["policy", "metric", "replications"], &[], &rows));
    let measured = baseline.measured.iter().map(|(policy, kept)| {
        json!({ "policy": policy, "digests": kept.digests, "metrics": kept.metrics })
    });
    let measured: Vec<_> = measured.collect();
    let body = json!({
        "identity": baseline.identity, "subject": baseline.subject, "policies": measured,
    });
    out.document("hutong.baseline/1", Exit::Ok, body);
    Exit::Ok
}
