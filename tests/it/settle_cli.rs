//! `hutong settle` as a user meets it: files in, files out, mistakes and exit codes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hutong::report::{self, settle};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs `hutong settle` in a folder.
fn settle_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hutong"));
    command.current_dir(folder).arg("settle").args(arguments).env_remove("NO_COLOR");
    command.output().expect("the program starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("not killed by a signal")
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with these two files.
fn files(obligations: &str, participants: &str) -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("o.csv"), obligations).unwrap();
    fs::write(folder.path().join("p.csv"), participants).unwrap();
    folder
}

const BOTH: [&str; 4] = ["--obligations", "o.csv", "--participants", "p.csv"];
const TWO: &str = "id,opening_minor,credit_limit_minor\na,100,0\nb,0,0\n";
const HEADER: &str = "time,debtor,creditor,amount_minor,priority\n";

fn with(more: &[&'static str]) -> Vec<&'static str> {
    [&BOTH, more].concat()
}

/// The shipped sample under every regime.
fn sample(folder: &Path, more: &[&str]) -> (PathBuf, Output) {
    let data = |name: &str| format!("{ROOT}/scenarios/data/{name}.csv");
    let (obligations, participants) = (data("settle-obligations"), data("settle-participants"));
    let fixed = ["--obligations", &obligations, "--participants", &participants];
    let output = settle_in(folder, &[&fixed, more].concat());
    assert_eq!(code(&output), 0, "{}", err(&output));
    let place = folder.join("reports/settle-obligations");
    let mut found = fs::read_dir(place).unwrap();
    let report = found.next().expect("a report").unwrap().path();
    assert!(found.next().is_none(), "one report");
    (report, output)
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let file = |entry: fs::DirEntry| {
        (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap())
    };
    entries.map(file).collect()
}

/// Rows of a table by column name.
fn rows(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> i128 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

#[test]
fn the_sample_gives_every_file_described_and_reconciled() {
    let folder = tempdir().unwrap();
    let (place, output) = sample(folder.path(), &["--regime", "all", "--cycle", "1h"]);
    let files = contents(&place);
    let mut expected: Vec<&str> = settle::sheets().iter().map(|sheet| sheet.file).collect();
    expected.extend(["datapackage.json", "manifest.json", "summary.md"]);
    expected.sort_unstable();
    assert_eq!(files.keys().collect::<Vec<_>>(), expected);
    for sheet in settle::sheets() {
        let mut reader = csv::Reader::from_reader(&files[sheet.file][..]);
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let fields: Vec<&str> = sheet.fields.iter().map(|field| field.name).collect();
        assert_eq!(header, fields, "{}", sheet.file);
        assert!(sheet.key.iter().all(|key| fields.contains(key)), "{}", sheet.file);
    }
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("hybrid-gridlock") && said.contains("✓ all held"), "{said}");
    let comparison = rows(&files["comparison.csv"]);
    let settled = rows(&files["settled.csv"]);
    assert_eq!(comparison.len(), 13);
    for regime in &comparison {
        let of: Vec<_> = settled.iter().filter(|row| row["regime"] == regime["regime"]).collect();
        let sum = |status: &str| -> i128 {
            let rows = of.iter().filter(|row| row["status"] == status);
            rows.map(|row| number(row, "amount_minor")).sum()
        };
        let count = |status: &str| of.iter().filter(|row| row["status"] == status).count();
        assert_eq!(of.len(), 240, "{}", regime["regime"]);
        assert_eq!(sum("settled"), number(regime, "settled_minor"));
        assert_eq!(sum("refused"), number(regime, "refused_minor"));
        assert_eq!(sum("unsettled"), number(regime, "unsettled_minor"));
        assert_eq!(count("settled") as i128, number(regime, "settled"));
        let accounts = rows(&files["positions.csv"]);
        let of_regime = accounts.iter().filter(|row| row["regime"] == regime["regime"]);
        for row in of_regime {
            let change = number(row, "credit_minor") - number(row, "debit_minor");
            assert_eq!(number(row, "closing_minor"), number(row, "opening_minor") + change);
        }
        let cycles = rows(&files["settlement.csv"]);
        let in_cycles = cycles.iter().filter(|row| row["regime"] == regime["regime"]);
        let total: i128 = in_cycles.map(|row| number(row, "settled_minor")).sum();
        assert_eq!(total, number(regime, "settled_minor"), "{}", regime["regime"]);
    }
}

#[test]
fn json_files_match_their_schemas() {
    let folder = tempdir().unwrap();
    let (place, _) = sample(folder.path(), &["--regime", "net-multilateral"]);
    for (file, name) in [("manifest.json", "settle"), ("datapackage.json", "datapackage")] {
        let schema: Value = serde_json::from_str(report::schema(name).unwrap()).unwrap();
        let text = fs::read(place.join(file)).unwrap();
        let document: Value = serde_json::from_slice(&text).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{file}");
    }
}

#[test]
fn threads_do_not_change_a_byte() {
    let (one, two) = (tempdir().unwrap(), tempdir().unwrap());
    let regimes = ["--regime", "all", "--cut-off", "11:00,14:00", "--split-above", "500000"];
    let (first, _) = sample(one.path(), &[&regimes[..], &["--jobs", "1"]].concat());
    let (second, _) = sample(two.path(), &[&regimes[..], &["--jobs", "2"]].concat());
    assert_eq!(contents(&first), contents(&second));
    assert_eq!(first.file_name(), second.file_name());
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let obligations = "time,debtor,creditor,amount_minor,priority\n\
        10:00,a,b,5,\n\
        10:01,a,bb,5,0\n\
        10:02,b,b,5,0\n\
        10:03,a,b,0,0\n\
        10:04,a,b,1.5,0\n\
        10:05,a,b,5,999\n\
        noon,a,b,5,0\n\
        09:00,a,b,5,0\n\
        10:06,a,b,5\n";
    let folder = files(obligations, TWO);
    let output = settle_in(folder.path(), &with(&["--regime", "gross-fifo"]));
    assert_eq!(code(&output), 3);
    let said = err(&output);
    for place in [
        "o.csv:3:9",
        "o.csv:4:9",
        "o.csv:5:11",
        "o.csv:6:11",
        "o.csv:7:13",
        "o.csv:8:1",
        "o.csv:9:1",
        "o.csv:10\n",
    ] {
        assert!(said.contains(&format!("--> {place}")), "{place} is missing:\n{said}");
    }
    assert!(said.contains("8 mistakes"), "{said}");
    assert!(!folder.path().join("reports").exists(), "nothing is written");
    let output = settle_in(folder.path(), &with(&["--regime", "instant", "--format", "json"]));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["errors"][0]["line"], 3);
    assert_eq!(document["errors"][0]["column"], 9);
    assert_eq!(document["errors"][0]["code"], "settle::unknown-participant");
}

/// Who mends one mistake should not meet the next one in the same row.
#[test]
fn a_row_tells_all_that_is_wrong_with_it() {
    let folder = files(&format!("{HEADER}1,x,y,0,256\n"), TWO);
    let said = err(&settle_in(folder.path(), &with(&["--regime", "gross-fifo"])));
    for place in ["o.csv:2:3", "o.csv:2:5", "o.csv:2:7", "o.csv:2:9"] {
        assert!(said.contains(&format!("--> {place}\n")), "{place} is missing:\n{said}");
    }
    assert!(said.contains("4 mistakes"), "{said}");
    let bad = "id,opening_minor,credit_limit_minor\n,x,y\n";
    let folder = files(&format!("{HEADER}1,a,b,5,0\n"), bad);
    let said = err(&settle_in(folder.path(), &with(&["--regime", "gross-fifo"])));
    assert!(said.contains("3 mistakes"), "{said}");
}

#[test]
fn the_command_of_a_report_is_as_a_person_would_type_it() {
    let folder = files(&format!("{HEADER}1,a,b,5,0\n"), TWO);
    let more = ["--regime", "net-multilateral", "--cycle", "90m", "--alpha", "0.85"];
    assert_eq!(code(&settle_in(folder.path(), &with(&more))), 0);
    let place = fs::read_dir(folder.path().join("reports/o")).unwrap().next().unwrap().unwrap();
    let page = fs::read_to_string(place.path().join("summary.md")).unwrap();
    let again = "--regime net-multilateral --cycle 90m --review 1m --alpha 0.85 --beta 1\n";
    assert!(page.ends_with(again), "{page}");
}

#[test]
fn a_long_list_of_mistakes_ends() {
    let rows: String = (0..500).map(|_| "1,a,c,5,0\n").collect();
    let folder = files(&format!("{HEADER}{rows}"), TWO);
    let output = settle_in(folder.path(), &with(&["--regime", "gross-fifo"]));
    assert_eq!(code(&output), 3);
    assert!(err(&output).contains("100 mistakes; the rest was not read"));
}

#[test]
fn participants_and_limits_are_checked_too() {
    let bad = "id,opening_minor,credit_limit_minor\na,-5,4\na,1,0\n,1,0\nb,x,0\n";
    let folder = files(&format!("{HEADER}1,a,b,5,0\n"), bad);
    let output = settle_in(folder.path(), &with(&["--regime", "gross-fifo"]));
    assert_eq!(code(&output), 3);
    for place in ["p.csv:2:3", "p.csv:4:1", "p.csv:5:3"] {
        assert!(err(&output).contains(place), "{place}: {}", err(&output));
    }
    let folder = files(&format!("{HEADER}1,a,b,5,0\n"), TWO);
    fs::write(folder.path().join("l.csv"), "debtor,creditor,limit\na,b,3\n").unwrap();
    let limited = with(&["--regime", "gross-fifo", "--limits", "l.csv"]);
    let output = settle_in(folder.path(), &limited);
    assert_eq!(code(&output), 3);
    assert!(err(&output).contains("did you mean `limit_minor`?"), "{}", err(&output));
    fs::write(folder.path().join("l.csv"), "debtor,creditor,limit_minor\na,b,3\n").unwrap();
    assert_eq!(code(&settle_in(folder.path(), &limited)), 0);
    let place = fs::read_dir(folder.path().join("reports/o")).unwrap().next().unwrap().unwrap();
    let settled = fs::read(place.path().join("settled.csv")).unwrap();
    assert_eq!(rows(&settled)[0]["status"], "unsettled", "the limit of 3 holds");
}

#[test]
fn exits_are_those_of_the_other_commands() {
    let folder = files(&format!("{HEADER}10:00,a,b,5,0\n"), TWO);
    let exit = |arguments: &[&'static str]| code(&settle_in(folder.path(), &with(arguments)));
    assert_eq!(exit(&["--regime", "gross-fifo"]), 0);
    assert_eq!(exit(&[]), 2, "no regime");
    assert_eq!(exit(&["--regime", "gros-fifo"]), 2);
    assert_eq!(exit(&["--regime", "gross-fifo", "--close", "09:00"]), 2);
    assert_eq!(exit(&["--regime", "gross-fifo", "--alpha", "0"]), 2);
    assert_eq!(exit(&["--regime", "gross-fifo", "--limits", "none.csv"]), 5);
    fs::write(folder.path().join("o.csv"), HEADER).unwrap();
    assert_eq!(exit(&["--regime", "gross-fifo"]), 3, "no obligation");
    fs::remove_file(folder.path().join("p.csv")).unwrap();
    assert_eq!(exit(&["--regime", "gross-fifo"]), 5);
}

#[test]
fn times_are_read_in_three_forms() {
    let forms = [
        ("36000.5", "36001"),
        ("10:00:00.5", "10:00:01"),
        ("2025-01-06T10:00:00.5+08:00", "2025-01-06T02:00:01Z"),
    ];
    for (first, second) in forms {
        let text = format!("amount_minor,time,creditor,debtor\n5,{first},b,a\n5,{second},b,a\n");
        let folder = files(&text, TWO);
        let output = settle_in(folder.path(), &with(&["--regime", "gross-fifo"]));
        assert_eq!(code(&output), 0, "{}", err(&output));
        let place = fs::read_dir(folder.path().join("reports/o")).unwrap().next().unwrap().unwrap();
        let settled = rows(&fs::read(place.path().join("settled.csv")).unwrap());
        let times: Vec<i128> = settled.iter().map(|row| number(row, "settled_us")).collect();
        assert_eq!(times, [36_000_500_000, 36_001_000_000], "{first}");
    }
}

#[test]
fn names_may_hold_commas_and_quotes() {
    let folder = files(
        "time,debtor,creditor,amount_minor\n1,\"a, \"\"b\"\"\",c,5\n",
        "id,opening_minor,credit_limit_minor\n\"a, \"\"b\"\"\",100,0\nc,0,0\n",
    );
    let output = settle_in(folder.path(), &with(&["--regime", "gross-fifo"]));
    assert_eq!(code(&output), 0, "{}", err(&output));
    let place = fs::read_dir(folder.path().join("reports/o")).unwrap().next().unwrap().unwrap();
    let settled = rows(&fs::read(place.path().join("settled.csv")).unwrap());
    assert_eq!(settled[0]["debtor"], "a, \"b\"");
}
