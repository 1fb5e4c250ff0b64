//! The first hour of a new user: what the README promises, tried on the built program.

use std::fs;
use std::path::Path;

use hutong::cli::exit::{self, Exit};
use hutong::cli::{known, run};
use hutong::measure::results::{Results, RunRecord};
use hutong::report;
use serde_json::Value;

use crate::cli::{SHORT, code, document, err, hutong, out, run_short, town};
use crate::report_support::{findings, outcome};

const README: &str = include_str!("../../README.md");
const READING: &str = include_str!("../../src/manual/reading_reports.rs");
const REPLAY: &str = include_str!("../../scenarios/replay-sample.toml");
const ROWS: &str = include_str!("../../scenarios/data/replay-sample.csv");

#[test]
fn a_reused_run_shows_the_table_of_a_fresh_one() {
    let (folder, _) = town();
    let fresh = out(&run_short(folder.path(), &[]));
    let again = out(&run_short(folder.path(), &[]));
    assert!(fresh.contains("  complete\n") && again.contains("  complete (reused)\n"), "{again}");
    let unmarked = again.replace(" (reused)", "").replace("  (reused, identical inputs)", "");
    assert_eq!(unmarked, fresh);
}

#[test]
fn several_files_share_one_ending() {
    let (folder, file) = town();
    let text = fs::read_to_string(&file).unwrap().replace("name = \"town\"", "name = \"other\"");
    fs::write(folder.path().join("other.toml"), text).unwrap();
    let ran = run_short(folder.path(), &["other.toml"]);
    let told = out(&ran);
    let last: Vec<&str> = told.lines().rev().take(2).collect();
    assert!(last[1].starts_with("report: reports/town/"), "{told}");
    assert!(last[0].starts_with("report: reports/other/"), "{told}");
    assert_eq!(told.matches("report:").count(), 2);
    assert_eq!(err(&ran).matches("next:").count() + told.matches("next:").count(), 1);
}

#[test]
fn the_first_figure_is_the_one_that_policies_share() {
    let (folder, _) = town();
    let told = out(&run_short(folder.path(), &[]));
    let wishes = told.find("wishes to pay    ").expect("a row");
    let attempts = told.find("attempts    ").expect("a row");
    assert!(wishes < attempts, "{told}");
    let line = told[wishes..].lines().next().unwrap();
    let values: Vec<&str> = line.split_whitespace().rev().take(2).collect();
    assert_eq!(values[0], values[1], "equal demand: {line}");
}

#[test]
fn quiet_means_silent_but_for_errors() {
    let (folder, _) = town();
    for arguments in [
        ["run", "scenarios/town.toml", "-q"].as_slice(),
        &["check", "scenarios/town.toml", "-q"],
        &["init", "second", "-q"],
    ] {
        let silent = hutong(folder.path(), arguments.iter().copied().chain(run_only(arguments)));
        assert_eq!((code(&silent), out(&silent), err(&silent)), (0, String::new(), String::new()));
    }
    let failed = hutong(folder.path(), ["run", "none.toml", "-q"]);
    assert_eq!(out(&failed), "");
    assert!(err(&failed).contains("error[io]"));
}

/// Only `run` takes long.
fn run_only(arguments: &[&str]) -> impl Iterator<Item = &'static str> {
    SHORT.into_iter().filter(|_| arguments[0] == "run").take(2).collect::<Vec<_>>().into_iter()
}

#[test]
fn the_spelling_of_a_path_changes_no_byte() {
    let (folder, file) = town();
    let absolute = file.display().to_string();
    let mut seen = Vec::new();
    for path in ["scenarios/town.toml", "./scenarios/../scenarios/town.toml", &absolute] {
        let fixed = ["run", path, "--fresh", "--format", "json"];
        let ran = hutong(folder.path(), fixed.into_iter().chain(SHORT));
        let run = document(&ran)["runs"][0].clone();
        let place = folder.path().join(run["folder"].as_str().unwrap());
        let mut files = crate::report_support::files(&place);
        files.remove("timing.json");
        seen.push((run["folder"].clone(), files));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    // From the folder of the scenario, the command in the report names the same report.
    let summary: Value = serde_json::from_slice(&seen[0].1["summary.json"]).unwrap();
    let command = summary["reproduce"].as_str().unwrap();
    assert!(command.starts_with("hutong run town.toml --set "), "{command}");
}

#[test]
fn every_word_of_a_report_is_explained() {
    let (folder, _) = town();
    let explain = |words: &[&str]| hutong(folder.path(), ["explain"].iter().chain(words));
    for (word, kind) in [
        ("offered", "column timeseries.csv offered"),
        ("lost sales", "label lost sales"),
        ("Netting", "label netting"),
        ("settlement.csv", "file settlement.csv"),
        ("settlement.cutoff_us", "column settlement.csv cutoff_us"),
        ("cutoff_us", "column settlement.csv cutoff_us"),
        ("causality", "law causality"),
        ("queue-full", "reason queue-full"),
        ("declined_business", "outcome declined_business"),
        ("latency.system.one_hub.p99_us", "metric latency.system.{route}.p99_us"),
        ("unreadable", "outcome unreadable"),
        ("hybrid-gridlock", "regime hybrid-gridlock"),
        ("mean missed", "measure mean missed"),
        ("distance_frac", "column settle/comparison.csv distance_frac"),
    ] {
        let told = explain(&[word]);
        assert_eq!(code(&told), 0, "{word}: {}", err(&told));
        assert!(out(&told).lines().any(|line| line == kind), "{word}: {}", out(&told));
    }
    let told = out(&explain(&["drain", "lost", "sales", "fees.csv"]));
    assert!(told.contains("key drain") && told.contains("Default: \"30s\"."), "{told}");
    assert!(told.contains("label lost sales") && told.contains("file fees.csv"), "{told}");
    let unknown = explain(&["drain", "cutof", "nettin"]);
    assert_eq!(code(&unknown), 2);
    assert!(err(&unknown).contains("nothing is called `cutof`"), "{}", err(&unknown));
    assert!(err(&unknown).contains("cutoff_us`") && err(&unknown).contains("`netting`"));
}

#[test]
fn every_label_file_and_column_has_its_words() {
    let entries = known::entries();
    let of = |kind: &str| entries.iter().filter(|entry| entry.kind == kind).count();
    assert_eq!(of("label"), report::labels().count());
    assert_eq!((of("law"), of("reason")), (14, 10));
    let sheets = report::sheets().into_iter().chain(report::settle::sheets());
    let fields: usize = sheets.map(|sheet| sheet.fields.len()).sum();
    assert_eq!((of("measure"), of("regime")), (report::settle::labels().count(), 13));
    assert_eq!(of("column"), fields);
    let files: Vec<&str> = report::FILES.iter().map(|(name, _)| *name).collect();
    assert!(report::sheets().iter().all(|sheet| files.contains(&sheet.file)));
    for file in files.iter().filter(|file| **file != "scenario.schema.json") {
        assert!(READING.contains(&format!("`{file}`")), "{file} is not in the manual");
        assert!(README.contains(&format!("`{file}`")), "{file} is not in the README");
    }
    let defaults = entries.iter().filter(|entry| entry.text.contains("Default: ")).count();
    assert!(defaults > 25, "only {defaults} keys have a default");
}

#[test]
fn the_table_of_exit_codes_is_one() {
    let rows: Vec<String> =
        Exit::ALL.iter().map(|exit| format!("| {} | {} |", exit.code(), exit.when())).collect();
    let table = format!("| Code | When |\n| --- | --- |\n{}\n\n", rows.join("\n"));
    assert!(README.contains(&table), "write into the README:\n{table}");
    let (folder, _) = town();
    let help = out(&hutong(folder.path(), ["run", "--help"]));
    assert!(help.contains(&exit::table()), "{help}");
}

#[test]
fn every_exit_code_of_the_table_is_produced() {
    let (folder, _) = town();
    fs::write(folder.path().join("bad.toml"), "name = ").unwrap();
    for exit in Exit::ALL {
        let produced = match exit {
            Exit::Ok => code(&hutong(folder.path(), ["metrics"])),
            Exit::Unexpected => code(&failed_run(folder.path())),
            Exit::Usage => code(&hutong(folder.path(), ["chek"])),
            Exit::InvalidInput => code(&hutong(folder.path(), ["check", "bad.toml"])),
            Exit::Io => code(&hutong(folder.path(), ["check", "none.toml"])),
            Exit::Incomparable => code(&hutong(folder.path(), ["gate", "scenarios/town.toml"])),
            Exit::Breached => {
                let breaks = "threshold=[{ metric = \"attempts\", expr = \"< 1\" }]";
                code(&run_short(folder.path(), &["--set", breaks]))
            }
            // No scenario breaks a law: the result of one that did is made by hand.
            Exit::InvariantBroken => i32::from(run::exit_of(&unlawful(), None).code()),
            // Signals take a while: `cli` sends both to a long run.
            Exit::Interrupted | Exit::Terminated => continue,
        };
        assert_eq!(produced, i32::from(exit.code()), "{exit:?}");
    }
}

fn unlawful() -> Results {
    let end = hutong::measure::results::RunStatus::Complete(
        Box::new(outcome("closed", 0)),
        findings(true),
    );
    Results { runs: vec![RunRecord { policy: "closed".to_owned(), replication: 0, end }] }
}

/// A log whose first rows, which the loader reads, are fine, and not a later one.
fn failed_run(folder: &Path) -> std::process::Output {
    let good = |n: u32| {
        format!("{}.{:02},ann,bamboo,lotus-shops,,static,balance,20.00\n", n / 100, n % 100)
    };
    let good: String = (0..3_000).map(good).collect();
    let header = "time,payer,wallet,merchant,code,mode,funding,amount\n";
    replay(folder, &(header.to_owned() + &good + "rubbish\n"));
    hutong(folder, ["run", "replay.toml", "--policy", "closed", "--format", "json"])
}

fn replay(folder: &Path, rows: &str) {
    fs::create_dir_all(folder.join("data")).unwrap();
    fs::write(folder.join("data/replay-sample.csv"), rows).unwrap();
    fs::write(folder.join("replay.toml"), REPLAY).unwrap();
}

#[test]
fn a_failed_run_names_its_file_and_says_how_to_see_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let failed = document(&failed_run(folder.path()));
    let error = &failed["errors"][0];
    assert_eq!((&error["code"], &error["file"]), (&"run::failed".into(), &"replay.toml".into()));
    let help = error["help"].as_str().unwrap();
    assert!(help.contains("hutong run replay.toml --seed 7 --policy 'closed'"), "{help}");
    assert_eq!(failed["runs"][0]["status"], "failed");
    // What a run would stumble over, the check finds before.
    let checked = hutong(folder.path(), ["check", "replay.toml"]);
    assert_eq!(code(&checked), 3, "{}", err(&checked));
    assert!(err(&checked).contains(":3002: "), "{}", err(&checked));
}

#[test]
fn a_mistake_for_machines_says_what_was_expected() {
    let (folder, _) = town();
    let wrong = ["check", "scenarios/town.toml", "--set", "horizon=7", "--format", "json"];
    let document = document(&hutong(folder.path(), wrong));
    let label = document["errors"][0]["label"].as_str().expect("what was expected");
    assert!(label.contains("length of time"), "{label}");
}

#[test]
fn a_report_that_cannot_be_written_is_not_complete() {
    let (folder, _) = town();
    fs::write(folder.path().join("taken"), "a file, not a folder").unwrap();
    let output = run_short(folder.path(), &["--out", "taken", "--format", "json"]);
    assert_eq!(document(&output)["runs"][0]["status"], "failed");
    let output = run_short(folder.path(), &["--out", "taken"]);
    assert!(!err(&output).contains("complete"), "{}", err(&output));
}

#[test]
fn a_replication_out_of_range_is_refused_with_the_range() {
    let (folder, _) = town();
    let output = run_short(folder.path(), &["--only-replication", "1"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("its only replication is 0"), "{}", err(&output));
    let more = ["--set", "experiment.replications=3", "--only-replication"];
    let output = run_short(folder.path(), &[&more[..], &["3"]].concat());
    assert!(err(&output).contains("its replications are 0 to 2"), "{}", err(&output));
    assert_eq!(code(&run_short(folder.path(), &[&more[..], &["2"]].concat())), 0);
}

#[test]
fn check_says_what_its_figures_are() {
    let (folder, _) = town();
    let told = out(&hutong(folder.path(), ["check", "scenarios/town.toml"]));
    for words in [
        "lookahead    2000 µs: no message takes less",
        "wishes to pay",
        "of memory at its peak (program, tables, attempts in flight)",
        "is estimated before running",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn what_check_proposes_next_runs_what_was_checked() {
    let (folder, _) = town();
    let more = ["--set", "drain=2m", "--seed", "9", "--replications", "2", "--policy", "closed"];
    let checked = hutong(folder.path(), [&["check", "scenarios/town.toml"][..], &more].concat());
    let next = "next: hutong run scenarios/town.toml --set drain=2m --seed 9 --replications 2 \
                --policy closed\n";
    assert!(err(&checked).ends_with(next), "{}", err(&checked));
}

#[test]
fn check_counts_the_rows_of_a_log_and_those_that_nobody_plays() {
    let folder = tempfile::tempdir().unwrap();
    replay(folder.path(), ROWS);
    let check = |more: &[&str]| {
        let fixed = ["check", "replay.toml", "--format", "json"];
        document(&hutong(folder.path(), fixed.iter().chain(more)))["scenarios"][0].clone()
    };
    let whole = check(&[]);
    assert_eq!(whole["log"]["counted"], 200);
    assert_eq!(whole["size"]["intentions"], 200.0);
    assert!(whole["size"]["events"].as_f64() > Some(1_000.0));
    let cut = check(&["--set", "horizon=30s", "--set", "drain=10s", "--set", "warm_up=5s"]);
    let log = &cut["log"];
    let counts = ["early", "counted", "late", "dropped"].map(|name| log[name].as_u64().unwrap());
    assert_eq!(counts.iter().sum::<u64>(), 200);
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    let short = ["--set", "horizon=30s", "--set", "drain=10s", "--progress", "none"];
    let ran = hutong(folder.path(), ["run", "replay.toml"].iter().chain(&short));
    let warning = format!("! {} rows of the log lie after horizon and drain", counts[3]);
    assert!(out(&ran).contains(&warning), "{}", out(&ran));
}

#[test]
fn events_are_announced_with_their_size() {
    let (folder, _) = town();
    let said = err(&run_short(folder.path(), &["--emit", "events"]));
    let size = said.split("events.ndjson will take about ").nth(1).expect("it is said");
    assert!(size.contains("B (an estimate)"), "{said}");
    assert!(!err(&run_short(folder.path(), &["--fresh"])).contains("events.ndjson"));
}

#[test]
fn init_names_its_template() {
    let folder = tempfile::tempdir().unwrap();
    let made = out(&hutong(folder.path(), ["init", "town"]));
    assert!(made.contains("from template two-wallets"), "{made}");
}

#[test]
fn money_needs_no_quotes_on_the_command_line() {
    let (folder, _) = town();
    let show = |set: &str| hutong(folder.path(), ["show", "scenarios/town.toml", "--set", set]);
    for (set, line) in [
        ("institutions.bamboo.reserve=20.00", "reserve = \"20.00\""),
        ("institutions.bamboo.reserve = 20.50", "reserve = \"20.50\""),
        ("consumers.townsfolk.ticket.lognormal.median=3.05", "median = \"3.05\""),
        ("consumers.townsfolk.ticket.lognormal.sigma=0.5", "sigma = 0.5"),
    ] {
        let shown = show(set);
        assert_eq!(code(&shown), 0, "{set}: {}", err(&shown));
        assert!(out(&shown).lines().any(|found| found.ends_with(line)), "{set}");
    }
}

#[test]
fn an_unknown_policy_is_answered_with_those_of_the_file() {
    let (folder, _) = town();
    let said = err(&run_short(folder.path(), &["--policy", "nope"]));
    assert!(said.contains("expected one of \"closed\", \"interconnected\""), "{said}");
}
