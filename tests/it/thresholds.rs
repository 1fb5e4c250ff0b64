//! Thresholds: judged over replications, told once, and the exit code says what became of them.

use std::fs;
use std::path::Path;
use std::process::Output;

use hutong::report::VerdictView;
use serde_json::Value;

use crate::cli::{code, document, err, hutong, out, run_short, town};

fn append(file: &Path, text: &str) {
    let mut whole = fs::read_to_string(file).expect("a scenario");
    whole.push_str(text);
    fs::write(file, whole).expect("the folder can be written");
}

/// Runs the town with these sections added to its file.
fn judged(text: &str, more: &[&str]) -> (tempfile::TempDir, Output) {
    let (folder, file) = town();
    append(&file, text);
    let ran = run_short(folder.path(), more);
    (folder, ran)
}

fn verdicts(document: &Value) -> Vec<VerdictView> {
    let found = &document["runs"][0]["thresholds"];
    serde_json::from_value(found.clone()).expect("verdicts")
}

const HOLDS: &str = "\n[[threshold]]\nmetric = \"latency.system.p99_us\"\nexpr = \"< 10s\"\n";
const BREAKS: &str = "\n[[threshold]]\nmetric = \"latency.system.p99_us\"\nexpr = \"< 1ms\"\n";

#[test]
fn a_threshold_that_holds_is_told_and_the_exit_is_0() {
    let (_folder, ran) = judged(HOLDS, &[]);
    assert_eq!(code(&ran), 0, "{}", err(&ran));
    let text = out(&ran);
    let line = text.lines().find(|line| line.contains("✓ latency.system.p99_us"));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("limit < 10s, observed "), "{line}");
}

#[test]
fn a_breach_ends_with_99_and_names_limit_figure_place_and_command() {
    let (folder, ran) = judged(BREAKS, &[]);
    assert_eq!(code(&ran), 99);
    let told = err(&ran);
    assert!(told.contains("error[gate::breach]: scenarios/town.toml:"), "{told}");
    assert!(told.contains("limit < 1ms, observed "), "{told}");
    assert!(told.contains("hutong run scenarios/town.toml --set "), "{told}");
    let line = fs::read_to_string(folder.path().join("scenarios/town.toml")).unwrap();
    let line = line.lines().position(|line| line == "[[threshold]]").unwrap() + 1;
    assert!(told.contains(&format!("town.toml:{line}: ")), "{told}");
    // What was stored says the same.
    let again = run_short(folder.path(), &["--format", "json"]);
    assert_eq!(code(&again), 99);
    let document = document(&again);
    assert_eq!(document["runs"][0]["reused"], true);
    assert_eq!(document["ok"], false);
    assert_eq!(document["runs"][0]["summary"]["ok"], false);
    let verdicts = verdicts(&document);
    assert_eq!(verdicts.len(), 2, "one a policy");
    assert!(verdicts.iter().all(|one| one.verdict == "breach" && !one.ok));
    let folder = folder.path().join(document["runs"][0]["folder"].as_str().unwrap());
    let page = fs::read_to_string(folder.join("summary.md")).unwrap();
    assert!(page.contains("**A threshold was breached**"), "{page}");
    assert!(page.contains("| **breach** | latency.system.p99_us under closed: limit"), "{page}");
}

#[test]
fn a_warning_is_told_and_leaves_the_exit() {
    let (_folder, ran) = judged(&format!("{BREAKS}severity = \"warn\"\n"), &[]);
    assert_eq!(code(&ran), 0, "{}", err(&ran));
    assert!(out(&ran).contains("! latency.system.p99_us under closed: limit < 1ms"));
}

#[test]
fn an_interval_on_both_sides_of_the_limit_is_inconclusive_and_a_breach() {
    let (folder, file) = town();
    let mean = |policy: &str, text: &str| {
        let ran = run_short(folder.path(), &["--replications", "3", "--format", "json"]);
        assert_eq!(code(&ran), 0, "{}", out(&ran));
        let all = document(&ran);
        let metrics = all["runs"][0]["summary"]["metrics"].as_array().unwrap().clone();
        let one = metrics.iter().find(|one| one["policy"] == policy && one["name"] == text);
        one.unwrap()["value"].as_f64().unwrap()
    };
    let mean = mean("closed", "approved_frac");
    let text = format!(
        "\n[[threshold]]\nmetric = \"approved_frac\"\nexpr = \">= {mean:.5}\"\n\
         where = {{ policy = \"closed\" }}\nconfidence = 0.99\n"
    );
    append(&file, &text);
    let ran = run_short(folder.path(), &["--replications", "3", "--format", "json"]);
    assert_eq!(code(&ran), 99);
    let verdicts = verdicts(&document(&ran));
    assert_eq!(verdicts[0].verdict, "inconclusive");
    assert!(verdicts[0].ci_lo < Some(mean) && Some(mean) < verdicts[0].ci_hi);
}

#[test]
fn missing_data_is_never_a_pass() {
    // The institution is a bank, but nobody has it debited: all money comes from balances.
    let text = "\n[[threshold]]\nmetric = \"bank.approved_frac\"\n\
                where = { institution = \"banks-01\" }\nexpr = \">= 0\"\n";
    let funding = "consumers.townsfolk.funding={ balance = 1.0 }";
    let (_folder, ran) = judged(text, &["--set", funding]);
    assert_eq!(code(&ran), 4, "{}", err(&ran));
    assert!(err(&ran).contains("error[gate::missing]"), "{}", err(&ran));
    assert!(err(&ran).contains("observed no data"), "{}", err(&ran));
}

#[test]
fn a_threshold_that_selects_nothing_is_an_error_at_check() {
    let (folder, file) = town();
    append(&file, "\n[[threshold]]\nmetric = \"latency.system.p98_us\"\nexpr = \"< 1s\"\n");
    for command in ["check", "run"] {
        let told = hutong(folder.path(), [command, "scenarios/town.toml"]);
        assert_eq!(code(&told), 3);
        assert!(err(&told).contains("did you mean \"latency.system.p9"), "{}", err(&told));
    }
}

#[test]
fn an_abort_stops_its_own_run_at_a_simulated_instant_and_says_so() {
    let where_closed = "where = { policy = \"closed\" }\nabort = true\n";
    let (_folder, ran) = judged(&format!("{BREAKS}{where_closed}"), &["--format", "json"]);
    assert_eq!(code(&ran), 99);
    let document = document(&ran);
    let verdicts = verdicts(&document);
    assert_eq!(verdicts.len(), 1);
    // The end of a window after the warm-up, as soon as a hundred payments are answered.
    let at_s = verdicts[0].aborted_at_ns.unwrap() / 1_000_000_000;
    assert!((31..45).contains(&at_s), "{at_s} s");
    let words = format!("at {at_s}.000 s");
    assert!(verdicts[0].line().contains(&words), "{}", verdicts[0].line());
    let runs = document["runs"][0]["summary"]["runs"].as_array().unwrap();
    assert_eq!(runs[0]["status"], "aborted");
    assert!(runs[0]["error"].as_str().unwrap().contains(&words), "{}", runs[0]);
    assert_eq!(runs[1]["status"], "complete", "the other policy's run is not touched");
}

#[test]
fn where_every_run_is_stopped_the_verdict_is_told_all_the_same() {
    let (_folder, ran) = judged(&format!("{BREAKS}abort = true\n"), &[]);
    assert_eq!(code(&ran), 99);
    assert_eq!(out(&ran).matches("stopped the run at ").count(), 2, "{}", out(&ran));
}
