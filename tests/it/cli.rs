//! The command line, as a user meets it: the built program, its output and its exit codes.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hutong::cli::{codes, keys, known};
use serde_json::Value;
use tempfile::TempDir;

const COMMANDS: [&str; 16] = [
    "run",
    "report",
    "route",
    "topology",
    "gate",
    "baseline",
    "check",
    "show",
    "schema",
    "init",
    "explain",
    "metrics",
    "settle",
    "bench",
    "completions",
    "man",
];
/// Short enough to run in a moment.
pub(crate) const SHORT: [&str; 4] = ["--set", "horizon=\"70s\"", "--progress", "none"];

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hutong"));
    command.current_dir(folder).stdin(Stdio::null()).env_remove("NO_COLOR");
    command
}

pub(crate) fn hutong<S: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Output {
    command(folder).args(arguments).output().expect("the program starts")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("not killed by a signal")
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

pub(crate) fn document(output: &Output) -> Value {
    serde_json::from_str(&out(output)).expect("exactly one JSON document")
}

/// A folder that holds a scenario made by `init`.
pub(crate) fn town() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let made = hutong(folder.path(), ["init", "town"]);
    assert_eq!(code(&made), 0, "{}", err(&made));
    let file = folder.path().join("scenarios/town.toml");
    assert!(file.exists());
    (folder, file)
}

pub(crate) fn run_short(folder: &Path, more: &[&str]) -> Output {
    let fixed = ["run", "scenarios/town.toml"].into_iter().chain(SHORT);
    hutong(folder, fixed.chain(more.iter().copied()))
}

#[test]
fn short_help_starts_with_examples_and_fits_one_screen() {
    let folder = tempfile::tempdir().unwrap();
    let help = out(&hutong(folder.path(), ["-h"]));
    assert!(help.starts_with("Examples:"), "{help}");
    assert!((24..=40).contains(&help.lines().count()), "{} lines", help.lines().count());
    for name in COMMANDS {
        let own = out(&hutong(folder.path(), [name, "-h"]));
        assert!(help.contains(&format!("\n  {name} ")), "{name} is not listed");
        assert!(own.lines().count() <= 40, "{name}: {} lines", own.lines().count());
        let wide = help.lines().chain(own.lines()).find(|line| line.chars().count() > 100);
        assert_eq!(wide, None, "{name}");
    }
}

#[test]
fn long_help_ends_with_exit_codes_and_see_also() {
    let folder = tempfile::tempdir().unwrap();
    for name in COMMANDS {
        let help = out(&hutong(folder.path(), [name, "--help"]));
        let codes = help.find("Exit codes:").unwrap_or_else(|| panic!("{name}: no exit codes"));
        let also = help.find("See also: hutong").unwrap_or_else(|| panic!("{name}: no see also"));
        assert!(codes < also, "{name}");
        assert_eq!(help[also..].trim_end().lines().count(), 1, "{name}: something follows");
    }
}

#[test]
fn without_arguments_the_short_help_is_shown_and_the_exit_is_2() {
    let folder = tempfile::tempdir().unwrap();
    let output = hutong(folder.path(), [""; 0]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).starts_with("Examples:"));
    assert_eq!(out(&output), "");
}

#[test]
fn a_mistyped_command_is_a_usage_error_with_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    let output = hutong(folder.path(), ["chek"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("'check'"), "{}", err(&output));
}

#[test]
fn a_usage_error_is_one_document_when_documents_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [["run", "--format=json"].as_slice(), &["chek", "--format", "json"]] {
        let output = hutong(folder.path(), arguments);
        assert_eq!(code(&output), 2);
        let document = document(&output);
        assert_eq!(document["ok"], false);
        assert_eq!(document["errors"][0]["code"], "usage");
        assert_eq!(err(&output), "");
    }
}

#[test]
fn init_check_and_run_lead_to_a_report() {
    let (folder, _) = town();
    let checked = hutong(folder.path(), ["check", "scenarios/town.toml"]);
    assert_eq!(code(&checked), 0, "{}", err(&checked));
    for words in
        ["town", "seed 42", "policy closed", "policy interconnected", "utilisation", "2 runs"]
    {
        assert!(out(&checked).contains(words), "{words}: {}", out(&checked));
    }
    let ran = run_short(folder.path(), &[]);
    assert_eq!(code(&ran), 0, "{}", err(&ran));
    let told = out(&ran);
    let place = told.lines().last().expect("where the report lies");
    let place = place.strip_prefix("report: ").expect("it is said so");
    assert!(place.starts_with("reports/town/"), "{told}");
    assert!(folder.path().join(place).join("manifest.json").exists());
}

#[test]
fn identical_inputs_are_not_run_twice_unless_asked_or_tampered_with() {
    let (folder, _) = town();
    let run = |more: &[&str]| {
        let output = run_short(folder.path(), &[&["--format", "json"], more].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        document(&output)["runs"][0].clone()
    };
    let first = run(&[]);
    assert_eq!((&first["reused"], &first["status"]), (&false.into(), &"complete".into()));
    let second = run(&[]);
    assert_eq!(second["reused"], true);
    assert_eq!(second["summary"], first["summary"]);
    assert_eq!(second["hash"], first["hash"]);
    assert_eq!(run(&["--fresh"])["reused"], false);
    assert_ne!(run(&["--seed", "7"])["hash"], first["hash"]);
    assert_ne!(run(&["--policy", "interconnected"])["hash"], first["hash"]);
    assert_ne!(run(&["--replications", "2"])["hash"], first["hash"]);

    assert!(out(&run_short(folder.path(), &[])).contains("(reused, identical inputs)"));
    let summary = folder.path().join(first["folder"].as_str().unwrap()).join("summary.md");
    fs::write(summary, "all is well").unwrap();
    assert_eq!(run(&[])["reused"], false);
}

#[test]
fn a_random_seed_is_told_and_recorded() {
    let (folder, _) = town();
    let output = run_short(folder.path(), &["--seed", "random"]);
    let said = err(&output);
    let seed = said.strip_prefix("seed ").and_then(|rest| rest.split(' ').next()).unwrap();
    let again = run_short(folder.path(), &["--seed", seed, "--format", "json"]);
    let run = &document(&again)["runs"][0];
    assert_eq!(run["seed"].to_string(), seed);
    assert_eq!(run["reused"], true);
}

#[test]
fn init_never_overwrites_without_force() {
    let (folder, file) = town();
    fs::write(&file, "precious").unwrap();
    let refused = hutong(folder.path(), ["init", "town"]);
    assert_eq!(code(&refused), 5);
    assert!(err(&refused).contains("--force"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    assert_eq!(code(&hutong(folder.path(), ["init", "town", "--force"])), 0);
    assert!(fs::read_to_string(&file).unwrap().contains("name = \"town\""));
    let unknown = hutong(folder.path(), ["init", "other", "--template", "two-wallet"]);
    assert_eq!(code(&unknown), 2);
    assert!(err(&unknown).contains("did you mean `two-wallets`?"));
    assert_eq!(code(&hutong(folder.path(), ["init", "No Such Name"])), 2);
}

#[test]
fn a_rejected_scenario_is_exit_3_and_a_missing_one_exit_5() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.toml"), "name = ").unwrap();
    for name in ["run", "check", "show"] {
        let rejected = hutong(folder.path(), [name, "bad.toml"]);
        assert_eq!(code(&rejected), 3, "{name}");
        assert!(err(&rejected).contains("bad.toml"), "{}", err(&rejected));
        assert_eq!(out(&rejected), "");
        let missing = hutong(folder.path(), [name, "none.toml", "--format", "json"]);
        assert_eq!(code(&missing), 5, "{name}");
        let document = document(&missing);
        assert_eq!(document["errors"][0]["file"], "none.toml");
        assert_eq!(document["exit"]["name"], "io");
    }
    // Both apply: the graver one counts, and both are told.
    let both = hutong(folder.path(), ["run", "none.toml", "bad.toml", "--format", "json"]);
    assert_eq!(code(&both), 3);
    assert_eq!(document(&both)["errors"].as_array().unwrap().len(), 2);
}

#[test]
fn a_report_that_cannot_be_written_is_exit_5() {
    let (folder, _) = town();
    fs::write(folder.path().join("taken"), "a file, not a folder").unwrap();
    let output = run_short(folder.path(), &["--out", "taken", "--format", "json"]);
    assert_eq!(code(&output), 5);
    assert_eq!(document(&output)["errors"][0]["code"], "io");
}

#[test]
fn a_scenario_may_come_from_standard_input() {
    let (folder, file) = town();
    let mut shown = command(folder.path());
    shown.args(["show", "-"]).stdin(fs::File::open(file).unwrap());
    let shown = shown.output().unwrap();
    assert_eq!(code(&shown), 0, "{}", err(&shown));
    assert!(out(&shown).contains("\"town\""));
}

#[test]
fn show_applies_changes_and_tells_origins() {
    let (folder, _) = town();
    let show = |more: &[&str]| {
        let fixed = ["show", "scenarios/town.toml", "--set", "horizon=\"20m\""];
        out(&hutong(folder.path(), fixed.iter().chain(more)))
    };
    assert!(show(&["--resolved"]).contains("20m"));
    assert!(show(&["--seed", "9"]).lines().any(|line| line.starts_with("seed = 9")));
    assert_ne!(show(&["--origin"]), show(&[]));
}

#[test]
fn paths_with_spaces_work() {
    let (folder, file) = town();
    let place = folder.path().join("my own");
    fs::create_dir(&place).unwrap();
    fs::copy(file, place.join("a town.toml")).unwrap();
    let fixed = ["run", "my own/a town.toml", "--out", "my reports"];
    let output = hutong(folder.path(), fixed.into_iter().chain(SHORT));
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(folder.path().join("my reports/town").is_dir());
}

#[test]
fn completions_and_the_manual_page_render() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = out(&hutong(folder.path(), ["completions", shell]));
        assert!(script.contains("hutong") && script.contains("completions"), "{shell}");
    }
    let page = out(&hutong(folder.path(), ["man"]));
    assert!(page.contains(".TH hutong 1"));
    for name in COMMANDS {
        let heading = format!(".SH \"COMMAND {}\"", name.to_uppercase());
        assert!(page.contains(&heading), "{name}");
    }
}

#[test]
fn schemas_metrics_and_explanations_are_found_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let names = out(&hutong(folder.path(), ["schema"]));
    assert!(names.lines().any(|name| name == "scenario"));
    let schema = out(&hutong(folder.path(), ["schema", "scenario"]));
    assert!(serde_json::from_str::<Value>(&schema).is_ok());
    assert_eq!(code(&hutong(folder.path(), ["schema", "scenari"])), 2);

    let metrics = document(&hutong(folder.path(), ["metrics", "--format", "json"]));
    let first = metrics["metrics"][0]["name"].as_str().expect("there is a metric").to_owned();
    for what in [first.as_str(), "seed", "run::broken-law"] {
        let output = hutong(folder.path(), ["explain", what]);
        assert_eq!(code(&output), 0, "{what}");
        assert!(out(&output).contains(what));
    }
    let unknown = hutong(folder.path(), ["explain", "run::broken-lav"]);
    assert_eq!(code(&unknown), 2);
    assert!(err(&unknown).contains("did you mean `run::broken-law`?"));
}

#[test]
fn explain_lists_every_entry_once() {
    let names: Vec<(&str, String)> =
        known::entries().into_iter().map(|entry| (entry.kind, entry.name)).collect();
    let mut once = names.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), names.len());
    let codes: Vec<&(&str, String)> = names.iter().filter(|(kind, _)| *kind == "code").collect();
    assert!(codes.is_sorted(), "codes stand in order of name");
}

#[test]
fn every_code_of_the_loader_has_an_explanation() {
    let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/scenario"))];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for rest in text.split("\"scenario::").skip(1) {
                let code = format!("scenario::{}", rest.split('"').next().unwrap());
                let known = codes::CODES.iter().any(|(name, _)| *name == code);
                assert!(known, "{code} of {} has no text in codes.rs", path.display());
            }
        }
    }
}

#[test]
fn keys_are_found_behind_references_choices_and_free_names() {
    let schema = serde_json::json!({
        "properties": {
            "seed": { "description": "a seed" },
            "banks": { "additionalProperties": { "$ref": "#/definitions/Bank" } },
            "rows": { "items": { "$ref": "#/definitions/Bank" } },
        },
        "definitions": { "Bank": {
            "description": "a bank",
            "properties": {
                "reserve": { "allOf": [{ "description": "money" }] },
                "parent": { "anyOf": [{ "type": "string" }, { "$ref": "#/definitions/Bank" }] },
            },
        } },
    });
    let keys = keys::keys(&schema);
    let find = |path: &str| keys.iter().find(|(known, _)| known == path).map(|(_, text)| &**text);
    assert_eq!(find("seed"), Some("a seed"));
    assert_eq!(find("banks.NAME"), Some("a bank"));
    assert_eq!(find("banks.NAME.reserve"), Some("money"));
    assert_eq!(find("rows.reserve"), Some("money"));
    assert_eq!(find("reserve"), None);
}

#[test]
fn colour_is_never_forced_on_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let help = |when: &str| out(&hutong(folder.path(), ["--color", when, "--help"]));
    assert!(!help("never").contains('\x1b'));
    assert!(!help("auto").contains('\x1b'), "a pipe is no terminal");
    assert!(help("always").contains('\x1b'));
    fs::write(folder.path().join("bad.toml"), "name = ").unwrap();
    let plain = hutong(folder.path(), ["check", "bad.toml", "--color", "never"]);
    assert!(!err(&plain).contains('\x1b'));
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [["completions", "bash"], ["man", "--verbose"]] {
        let mut child = command(folder.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert_eq!(said, "");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_with_130_and_a_terminated_one_with_143() {
    let (folder, _) = town();
    for (signal, expected) in [("-INT", 130), ("-TERM", 143)] {
        let mut child = command(folder.path())
            .args(["run", "scenarios/town.toml", "--set", "horizon=\"2000h\"", "-v"])
            .args(["--set", "output.window=\"600s\""])
            .args(["--progress", "none", "--format", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // From this line on signals are heard.
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("running 1 of 1 files") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "ended before it ran");
        }
        let number = child.id().to_string();
        assert!(Command::new("kill").args([signal, &number]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(expected));
        assert_eq!(document(&output)["runs"][0]["status"], "interrupted");
    }
}

#[test]
fn nothing_in_the_program_can_reach_a_network() {
    let lock = include_str!("../../Cargo.lock");
    for crate_name in ["reqwest", "hyper", "ureq", "curl", "rustls", "native-tls", "tokio"] {
        assert!(!lock.contains(&format!("name = \"{crate_name}\"\n")), "{crate_name}");
    }
}
