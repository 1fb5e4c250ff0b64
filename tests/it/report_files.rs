//! The files of a report: names, columns, digests, order of bytes.

use std::collections::BTreeSet;
use std::fs;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use hutong::measure::results::{Results, RunStatus};
use hutong::report::{self, Kind, ReportError, RunDir};
use serde_json::Value;
use tempfile::tempdir;

use crate::report_support::{
    HASH, cell, complete, files, findings, outcome, results, scenario, write,
};

const ALWAYS: [&str; 25] = [
    "datapackage.json",
    "errors.csv",
    "fees.csv",
    "flows.csv",
    "invariants.json",
    "latency.csv",
    "latency.hgrm",
    "latency.hlog",
    "latency.svg",
    "latency_heatmap.csv",
    "liquidity.csv",
    "manifest.json",
    "metrics.csv",
    "positions.csv",
    "queues.csv",
    "report.html",
    "scenario.resolved.toml",
    "settlement.csv",
    "stations.csv",
    "summary.json",
    "summary.md",
    "timeseries.csv",
    "timeseries.svg",
    "timing.json",
    "wallets.csv",
];

/// Header and records of a table.
fn table(bytes: &[u8]) -> (Vec<String>, Vec<csv::StringRecord>) {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    (header, reader.records().map(|record| record.expect("a record")).collect())
}

#[test]
fn a_report_holds_every_file_and_leaves_no_temporary_one() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let names: Vec<String> = files(dir.path()).into_keys().collect();
    assert_eq!(names, ALWAYS);
    assert!(dir.path().ends_with("city/9f3c21ab77e0"));
}

#[test]
fn each_table_is_what_the_data_package_says() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let files = files(dir.path());
    let package: Value = serde_json::from_slice(&files["datapackage.json"]).expect("json");
    let resources = package["resources"].as_array().expect("resources");
    let described: BTreeSet<&str> =
        resources.iter().map(|resource| resource["path"].as_str().expect("a path")).collect();
    let tables: BTreeSet<&str> = files
        .keys()
        .map(String::as_str)
        .filter(|name| name.split('.').next_back() == Some("csv"))
        .collect();
    assert_eq!(described, tables);
    for resource in resources {
        let path = resource["path"].as_str().expect("a path");
        let (header, records) = table(&files[path]);
        let fields = resource["schema"]["fields"].as_array().expect("fields");
        let names: Vec<&str> = fields.iter().map(|f| f["name"].as_str().expect("a name")).collect();
        assert_eq!(header, names, "{path}");
        assert!(!records.is_empty(), "{path} has rows in this report");
        for record in &records {
            for (cell, field) in record.iter().zip(fields) {
                check_cell(path, cell, field);
            }
        }
        check_key(path, &resource["schema"]["primaryKey"], &header, &records);
    }
}

fn check_cell(path: &str, cell: &str, field: &Value) {
    let name = field["name"].as_str().expect("a name");
    if cell.is_empty() {
        assert_eq!(field["constraints"]["required"], false, "{path} {name}: empty");
        return;
    }
    let fits = match field["type"].as_str().expect("a type") {
        "integer" => cell.parse::<i128>().is_ok(),
        "number" => cell.parse::<f64>().is_ok_and(f64::is_finite),
        _ => true,
    };
    assert!(fits, "{path} {name}: `{cell}`");
}

fn check_key(path: &str, key: &Value, header: &[String], records: &[csv::StringRecord]) {
    let Some(key) = key.as_array() else { return };
    let place = |name: &Value| header.iter().position(|h| Some(h.as_str()) == name.as_str());
    let places: Vec<usize> = key.iter().map(|name| place(name).expect("a column")).collect();
    let rows: BTreeSet<Vec<&str>> =
        records.iter().map(|record| places.iter().map(|at| &record[*at]).collect()).collect();
    assert_eq!(rows.len(), records.len(), "{path}: the key is unique");
}

#[test]
fn rows_are_sorted_by_policy_replication_and_key() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let files = files(dir.path());
    let (_, rows) = table(&files["settlement.csv"]);
    let keys: Vec<[&str; 3]> = rows.iter().map(|row| [&row[0], &row[1], &row[2]]).collect();
    let expected = [("closed", "0"), ("closed", "1"), ("open", "0"), ("open", "1")];
    let expected: Vec<[&str; 3]> =
        expected.into_iter().flat_map(|(p, r)| [[p, r, "0"], [p, r, "1"]]).collect();
    assert_eq!(keys, expected);
    let (_, rows) = table(&files["timeseries.csv"]);
    let times: Vec<u64> = rows.iter().take(8).map(|row| row[2].parse().expect("a time")).collect();
    assert!(times.is_sorted());
    let (_, rows) = table(&files["positions.csv"]);
    assert_eq!([&rows[0][4], &rows[1][4]], ["alipay", "tenpay"]);
}

#[test]
fn every_table_and_column_says_which_part_of_the_run_it_covers() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let package: Value =
        serde_json::from_slice(&files(dir.path())["datapackage.json"]).expect("json");
    let words = |path: &str| match path {
        "stations.csv" => "[warm-up to horizon]",
        "errors.csv" | "latency.csv" | "wallets.csv" => "[counted]",
        "metrics.csv" => "[base as defined]",
        _ => "[whole run]",
    };
    for resource in package["resources"].as_array().expect("resources") {
        let path = resource["path"].as_str().expect("a path");
        assert!(resource["description"].as_str().expect("words").starts_with("Covers "), "{path}");
        let fields = resource["schema"]["fields"].as_array().expect("fields");
        let said =
            |field: &&Value| field["description"].as_str().expect("words").ends_with(words(path));
        let keys = resource["schema"]["primaryKey"].as_array().map_or(0, Vec::len);
        assert!(fields.iter().filter(said).count() + keys + 5 >= fields.len(), "{path}");
        assert!(fields.iter().any(|field| said(&field)), "{path}");
    }
}

#[test]
fn words_of_a_scenario_are_spelled_in_reports_as_in_the_scenario() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let files = files(dir.path());
    for name in ["fees.csv", "settlement.csv", "errors.csv"] {
        let (header, rows) = table(&files[name]);
        for column in ["kind", "method", "reason"] {
            let Some(at) = header.iter().position(|name| name == column) else { continue };
            assert!(rows.iter().all(|row| !row[at].contains('_')), "{name} {column}");
        }
    }
    let sheets = report::sheets();
    let fields = sheets.iter().flat_map(|sheet| &sheet.fields);
    assert!(fields.clone().all(|field| !field.name.contains('-') && field.name != "node"));
    let settlement = sheets.iter().find(|sheet| sheet.file == "settlement.csv").expect("a sheet");
    let cut_off = settlement.fields.iter().find(|field| field.name == "cutoff_us");
    assert!(cut_off.expect("a column").description.contains("closing cut-off"));
}

#[test]
fn an_intention_that_no_institution_saw_is_unreadable_and_not_declined() {
    let mut run = outcome("closed", 0);
    run.latency = vec![cell("user", "none", "unreadable", 1..=9)];
    let end = |_: &str, _: u32| RunStatus::Complete(Box::new(run.clone()), findings(false));
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(end));
    let files = files(dir.path());
    let (_, rows) = table(&files["latency.csv"]);
    assert!(!rows.is_empty() && rows.iter().all(|row| row[5] == *"unreadable"));
    let log = String::from_utf8_lossy(&files["latency.hlog"]).into_owned();
    assert!(log.contains("closed.user.none.unreadable"), "{log}");
}

#[test]
fn metrics_of_every_replication_are_one_row_each() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let (header, rows) = table(&files(dir.path())["metrics.csv"]);
    assert_eq!(header, ["policy", "replication", "metric", "unit", "value"]);
    for (policy, replication) in [("closed", "0"), ("closed", "1"), ("open", "0"), ("open", "1")] {
        let of: Vec<&str> = rows
            .iter()
            .filter(|row| row[0] == *policy && row[1] == *replication)
            .map(|row| &row[2])
            .collect();
        assert!(of.is_sorted(), "{policy} {replication}");
        let once: BTreeSet<&&str> = of.iter().collect();
        assert_eq!(once.len(), of.len(), "{policy} {replication}");
        // Each kind of the dictionary that this world can have, and the units it has there.
        for kind in ["attempts", "latency.system.p99_us", "settlement.netting_frac"] {
            assert!(of.contains(&kind), "{kind}");
        }
    }
    for row in &rows {
        let entry = hutong::measure::dictionary::entry_of(&row[2]).expect("in the dictionary");
        assert_eq!(&row[3], entry.unit, "{}", &row[2]);
    }
}

#[test]
fn unknown_is_an_empty_cell_and_floats_are_the_shortest_text() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let files = files(dir.path());
    let text = |name: &str| String::from_utf8(files[name].clone()).expect("utf-8");
    let queue = "closed,0,0,hub,0.30000000000000004,4,,0.5\n";
    assert!(text("queues.csv").contains(queue), "{}", text("queues.csv"));
    // A cycle without business has no netting ratio, and is not settled.
    assert!(
        text("settlement.csv")
            .contains("closed,0,1,hub,CNY,0,10800000000,,deferred-net,10,0,400,0,,2,0,open\n")
    );
    assert!(text("settlement.csv").contains(",1000,400,400,0.6,2,0,settled\n"));
    assert!(text("positions.csv").contains("tenpay,CNY,700,300,-400,-3,1000000,900000\n"));
    assert!(files.values().all(|bytes| !bytes.contains(&b'\r')));
}

#[test]
fn a_tail_needs_its_samples() {
    let mut run = outcome("closed", 0);
    let route = ["a", "b", "c", "d"];
    let sizes = [9_999, 10_000, 99_999, 100_000];
    let made = route.into_iter().zip(sizes).map(|(r, n)| cell("system", r, "accepted", 1..=n));
    run.latency = made.collect();
    run.latency.push(cell("system", "e", "accepted", 1..=9));
    let end = |_: &str, _: u32| RunStatus::Complete(Box::new(run.clone()), findings(false));
    let mut results = results(end);
    results.runs.truncate(1);
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results);
    let (header, rows) = table(&files(dir.path())["latency.csv"]);
    let at = |name: &str| header.iter().position(|h| h == name).expect("a column");
    let known = |column: &str| -> Vec<bool> {
        rows.iter().filter(|row| row[1] == *"0").map(|row| !row[at(column)].is_empty()).collect()
    };
    assert_eq!(known("p999_us"), [false, true, true, true, false]);
    assert_eq!(known("p9999_us"), [false, false, false, true, false]);
    assert_eq!(known("p90_us"), [true, true, true, true, false]);
    assert_eq!(known("p50_us"), [true; 5]);
}

#[test]
fn figures_of_a_cell_are_exact_where_they_can_be() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let (_, rows) = table(&files(dir.path())["latency.csv"]);
    let row = |id: &str, route: &str, stage: &str| {
        let found = rows.iter().find(|row| row[0] == *id && row[3] == *route && row[4] == *stage);
        found.expect("a row").iter().map(str::to_owned).collect::<Vec<_>>()
    };
    // One value: no deviation, no tail, and the mean is the value.
    let one = row("closed.0", "on_us.balance.tap", "system");
    assert_eq!(one[6..], ["1", "150", "150", "", "150", "150", "", "", "", "", "", "150", "0"]);
    // 90,000 + 7 v for v below 6,000, and the same 1,000 higher: mean and deviation by formula.
    let pooled = row("closed.pooled", "one_hub.bank.static", "system");
    assert_eq!([&pooled[1], &pooled[6], &pooled[8]], ["", "12000", "111496.5"]);
    let variance: f64 =
        (49.0 * (6_000.0 * 6_000.0 - 1.0) / 12.0 + 500.0 * 500.0) * 12_000.0 / 11_999.0;
    let sd: f64 = pooled[9].parse().expect("a number");
    assert!((sd - variance.sqrt()).abs() < 0.001, "{sd} {}", variance.sqrt());
}

#[test]
fn the_interval_log_reads_back_equal() {
    let out = tempdir().expect("a folder");
    let results = results(complete);
    let (_, dir) = write(out.path(), &scenario(), &results);
    let log = fs::read(dir.path().join("latency.hlog")).expect("a log");
    let mut tags = Vec::new();
    let mut base = None;
    for entry in IntervalLogIterator::new(&log) {
        match entry.expect("an entry") {
            LogEntry::BaseTime(time) => base = Some(time),
            LogEntry::Interval(interval) => {
                let bytes = base64(interval.encoded_histogram());
                let read: Histogram<u64> =
                    Deserializer::new().deserialize(&mut &bytes[..]).expect("a histogram");
                let tag = interval.tag().expect("a tag").as_str().to_owned();
                if tag == "closed.system.one_hub.bank.static.accepted" {
                    let mut expected = outcome("closed", 0).latency[1].histogram.clone();
                    expected.add(&outcome("closed", 1).latency[1].histogram).expect("one range");
                    assert_eq!(read, expected);
                    assert_eq!(interval.start_timestamp().as_secs(), 600);
                    assert_eq!(interval.duration().as_secs(), 8 * 3_600 - 600);
                }
                tags.push(tag);
            }
            LogEntry::StartTime(_) => panic!("no start time is written"),
        }
    }
    assert_eq!(base.expect("a base time").as_secs(), 1_716_422_400);
    assert_eq!(tags.len(), 8);
    assert!(tags.contains(&"open.user.one_hub.bank.static.accepted".to_owned()));
}

/// Decodes standard base 64.
fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes().filter(|byte| *byte != b'=') {
        let value = DIGITS.iter().position(|known| *known == digit).expect("a digit");
        bits = bits << 6 | u32::try_from(value).expect("six bits");
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).expect("eight bits"));
        }
    }
    bytes
}

#[test]
fn the_percentile_table_has_one_block_a_policy_and_leaves_background_out() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let text = fs::read_to_string(dir.path().join("latency.hgrm")).expect("a table");
    assert_eq!(text.matches("Value     Percentile TotalCount").count(), 2, "{text}");
    assert_eq!(text.matches("Total count    =        12002]").count(), 2, "{text}");
    assert!(!text.contains("9999999") && !text.contains("inf"), "{text}");
}

#[test]
fn two_writes_differ_in_nothing_but_the_timing() {
    let (one, two) = (tempdir().expect("a folder"), tempdir().expect("a folder"));
    let (_, first) = write(one.path(), &scenario(), &results(complete));
    let mut shuffled = results(complete);
    shuffled.runs.iter_mut().for_each(|run| {
        if let RunStatus::Complete(outcome, _) = &mut run.end {
            outcome.positions.reverse();
            outcome.latency.reverse();
        }
    });
    let (_, second) = write(two.path(), &scenario(), &shuffled);
    let (mut first, mut second) = (files(first.path()), files(second.path()));
    first.remove("timing.json");
    second.remove("timing.json");
    assert_eq!(first, second);
}

#[test]
fn the_manifest_digests_every_other_file_but_the_timing() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let files = files(dir.path());
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).expect("json");
    let listed = manifest["files"].as_array().expect("files");
    assert_eq!(listed.len(), ALWAYS.len() - 2);
    for file in listed {
        let bytes = &files[file["name"].as_str().expect("a name")];
        assert_eq!(file["bytes"], bytes.len());
        assert_eq!(file["blake3"], blake3::hash(bytes).to_hex().as_str());
        if let Some(rows) = file["rows"].as_u64() {
            assert_eq!(rows, table(bytes).1.len() as u64, "{file}");
        }
    }
    assert_eq!(manifest["status"], "complete");
}

#[test]
fn a_report_that_is_being_replaced_has_no_manifest() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let manifest = dir.path().join("manifest.json");
    assert!(manifest.exists());
    fs::write(dir.path().join("payments.csv"), "of an earlier run").expect("a file");
    let reopened = RunDir::open(out.path(), "city", HASH).expect("a folder");
    assert!(!manifest.exists());
    drop(reopened);
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    assert!(manifest.exists() && !dir.path().join("payments.csv").exists());
}

#[test]
fn a_file_that_fails_half_way_leaves_the_old_one() {
    let out = tempdir().expect("a folder");
    let mut dir = RunDir::open(out.path(), "city", HASH).expect("a folder");
    dir.write("a.csv", |out| out.write_all(b"old").map(|()| None)).expect("written");
    let failed = dir.write("a.csv", |out| {
        out.write_all(b"half")?;
        Err(std::io::Error::other("the disk is full"))
    });
    let message = failed.expect_err("it failed").to_string();
    assert!(message.contains("a.csv") && message.contains("the disk is full"), "{message}");
    assert!(message.contains("--out"), "{message}");
    let files = files(dir.path());
    assert_eq!(files.into_iter().collect::<Vec<_>>(), [("a.csv".to_owned(), b"old".to_vec())]);
}

#[test]
fn nothing_is_written_outside_the_output_folder() {
    let out = tempdir().expect("a folder");
    for name in ["", "..", "a/b", "/etc", "A", "a b", "c:\\d"] {
        let refused = RunDir::open(out.path(), name, HASH);
        assert!(matches!(refused, Err(ReportError::Name { what: "scenario", .. })), "{name}");
    }
    for hash in ["", "abc", "../../../../etc", "9F3C21AB77E0"] {
        let refused = RunDir::open(out.path(), "city", hash);
        assert!(matches!(refused, Err(ReportError::Name { what: "run hash", .. })), "{hash}");
    }
    let file = out.path().join("in-the-way");
    fs::write(&file, "").expect("a file");
    let refused = RunDir::open(&file, "city", HASH).expect_err("a file is in the way");
    assert!(refused.to_string().contains("a file is in the way"), "{refused}");
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_does_not_lead_out() {
    let (out, elsewhere) = (tempdir().expect("a folder"), tempdir().expect("a folder"));
    std::os::unix::fs::symlink(elsewhere.path(), out.path().join("city")).expect("a link");
    let refused = RunDir::open(out.path(), "city", HASH);
    assert!(matches!(refused, Err(ReportError::Outside { .. })));
    assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 0);
}

#[test]
fn a_report_without_runs_has_every_file_and_is_not_ok() {
    let out = tempdir().expect("a folder");
    let (summary, dir) = write(out.path(), &scenario(), &Results { runs: Vec::new() });
    assert_eq!(files(dir.path()).into_keys().collect::<Vec<_>>(), ALWAYS);
    assert_eq!((summary.ok, summary.status), (false, "failed"));
    let (header, rows) = table(&files(dir.path())["flows.csv"]);
    assert_eq!((header.len(), rows.len()), (8, 0));
}

#[test]
fn every_column_is_described_and_every_length_of_time_and_amount_has_its_unit() {
    for sheet in report::sheets() {
        assert!(!sheet.title.is_empty());
        assert!(sheet.key.iter().all(|key| sheet.fields.iter().any(|f| f.name == *key)));
        for field in &sheet.fields {
            assert!(!field.description.is_empty(), "{} {}", sheet.file, field.name);
            let unit = match field.name {
                name if name.ends_with("_us") => "us",
                name if name.ends_with("_minor") => "minor units",
                name if name.ends_with("_ppm") => "ppm",
                name if name.ends_with("_frac") => "1",
                _ => continue,
            };
            assert_eq!(field.unit, unit, "{} {}", sheet.file, field.name);
            assert_ne!(field.kind, Kind::Text);
        }
    }
}
