//! Summaries: JSON against its schema, Markdown and terminal text, good runs and bad ones.

use hutong::measure::outcome::StationRow;
use hutong::measure::results::{Results, RunStatus};
use hutong::measure::summary::CalibrationResult;
use hutong::report::{self, CalibrationView, MetricView, SummaryView};
use hutong::scenario::{CalibrationKind, CalibrationRow};
use serde_json::Value;
use tempfile::tempdir;

use crate::report_support::{
    complete, context, files, findings, outcome, results, scenario, write, write_with,
};

const HOSTILE: &str = "\"a\" | b\n# c <script>alert(1)</script> \u{1b}[31m\u{7} `d` \
    \u{202e}e\u{9b}2J \
    [f](javascript:g) ![h](i) *j* &lt;";

/// Makes a schema refuse properties that it does not describe.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.contains_key("properties") {
                map.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            map.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn conforms(name: &str, bytes: &[u8]) {
    let mut schema: Value =
        serde_json::from_str(report::schema(name).expect("a schema")).expect("json");
    close(&mut schema);
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let value: Value = serde_json::from_slice(bytes).expect("json");
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
}

fn some_failed(policy: &str, replication: u32) -> RunStatus {
    match (policy, replication) {
        ("open", 1) => RunStatus::Failed("index out of bounds\nat <b>".to_owned()),
        _ => complete(policy, replication),
    }
}

fn interrupted(policy: &str, replication: u32) -> RunStatus {
    if replication == 1 { RunStatus::Interrupted } else { complete(policy, replication) }
}

fn unlawful(policy: &str, replication: u32) -> RunStatus {
    let broken = policy == "open" && replication == 1;
    RunStatus::Complete(Box::new(outcome(policy, replication)), findings(broken))
}

fn summary_of(end: impl Fn(&str, u32) -> RunStatus) -> SummaryView {
    let out = tempdir().expect("a folder");
    write(out.path(), &scenario(), &results(end)).0
}

#[test]
fn every_json_file_conforms_to_its_schema_in_good_days_and_bad() {
    let ends: [fn(&str, u32) -> RunStatus; 4] = [complete, some_failed, interrupted, unlawful];
    let mut all: Vec<Results> = ends.into_iter().map(results).collect();
    all.push(Results { runs: Vec::new() });
    for results in all {
        let out = tempdir().expect("a folder");
        let (_, dir) = write(out.path(), &scenario(), &results);
        let files = files(dir.path());
        for name in ["manifest", "summary", "invariants", "timing", "datapackage"] {
            conforms(name, &files[&format!("{name}.json")]);
        }
    }
    assert!(report::schema("no-such-file").is_none());
}

#[test]
fn a_complete_lawful_report_is_ok() {
    let summary = summary_of(complete);
    assert_eq!((summary.ok, summary.status), (true, "complete"));
    let closed = &summary.policies[0];
    assert_eq!((closed.policy.as_str(), closed.replications), ("closed", 2));
    assert_eq!(closed.counts.accepted, 59_400);
    assert_eq!(closed.counts.accepted_minor, 824_691_357_802);
    let latency = closed.latency.as_ref().expect("latencies");
    assert_eq!((latency.count, latency.min_us, latency.max_us), (12_002, 150, 132_993));
    assert_eq!(closed.liquidity.peak_used_ppm, Some(710_000));
    assert_eq!((closed.liquidity.calls, closed.clearing.cycles), (2, 4));
    assert_eq!(summary.invariants[0].checked, 400);
    assert_eq!(summary.runs[2].digest.as_deref(), Some("01".repeat(32).as_str()));
    assert!(summary.warnings.is_empty(), "{:?}", summary.warnings);
}

#[test]
fn a_cycle_without_business_is_not_counted() {
    let summary = summary_of(|policy, replication| {
        let mut run = outcome(policy, replication);
        run.settlement[0].status = "empty";
        RunStatus::Complete(Box::new(run), findings(false))
    });
    let clearing = summary.policies[0].clearing;
    assert_eq!((clearing.settled, clearing.cycles), (2, 2));
}

/// A station that is busy in one replication alone is not the busiest, and its figure is the one
/// of `utilisation.NAME_frac`: the mean over replications.
#[test]
fn the_busiest_station_is_the_one_of_the_highest_mean() {
    let summary = summary_of(|policy, replication| {
        let mut run = outcome(policy, replication);
        let station = |node: &str, utilisation_frac: f64| StationRow {
            node: node.to_owned(),
            utilisation_frac,
            ..run.stations[0].clone()
        };
        run.stations = match replication {
            0 => vec![station("gate", 0.5), station("hub", 0.875)],
            _ => vec![station("gate", 0.75), station("hub", 0.125)],
        };
        RunStatus::Complete(Box::new(run), findings(false))
    });
    let queues = &summary.policies[0].queues;
    assert_eq!((queues.busiest.as_deref(), queues.utilisation_frac), (Some("gate"), Some(0.625)));
}

#[test]
fn failed_and_missing_runs_are_told_and_their_report_is_not_ok() {
    let failed = summary_of(some_failed);
    assert_eq!((failed.ok, failed.status), (false, "partial"));
    assert_eq!(failed.runs[3].error.as_deref(), Some("index out of bounds at <b>"));
    assert_eq!(failed.policies[1].replications, 1);
    let text = report::console(&failed, false, 80);
    assert!(text.contains("open replication 1 failed: index out of bounds"), "{text}");
    let stopped = summary_of(interrupted);
    assert_eq!((stopped.ok, stopped.status), (false, "interrupted"));
    let text = report::console(&stopped, false, 80);
    assert!(text.contains("interrupted: 2 of 4 runs are missing"), "{text}");
    let none = summary_of(|_, _| RunStatus::Failed("no".to_owned()));
    assert_eq!((none.ok, none.status), (false, "failed"));
    let text = report::console(&none, false, 80);
    assert!(text.contains("nothing was audited"), "{text}");
    assert!(!text.contains(" 0 CNY") && !text.contains("NaN"), "unknown is not zero: {text}");
}

#[test]
fn a_broken_law_names_the_run_and_the_offence() {
    let out = tempdir().expect("a folder");
    let (summary, dir) = write(out.path(), &scenario(), &results(unlawful));
    assert!(!summary.ok && summary.status == "complete");
    let files = files(dir.path());
    let invariants: Value = serde_json::from_slice(&files["invariants.json"]).expect("json");
    let offence = &invariants["laws"][1]["first_offence"];
    assert_eq!((&invariants["ok"], &offence["policy"]), (&false.into(), &"open".into()));
    assert_eq!((&offence["replication"], &offence["at_ns"]), (&1.into(), &77.into()));
    assert_eq!(invariants["runs"][3]["broken"][0], "positions-sum-to-zero");
    let text = report::console(&summary, false, 80);
    assert!(text.contains("✗ 1 of 2") && text.contains("book of tenpay"), "{text}");
    let page = String::from_utf8(files["summary.md"].clone()).expect("utf-8");
    assert!(page.contains("**A law was broken**"), "{page}");
}

#[test]
fn hostile_text_stays_inert_in_every_file_and_on_the_terminal() {
    let mut scenario = scenario();
    scenario.question = HOSTILE.to_owned();
    scenario.expect = HOSTILE.to_owned();
    let mut context = context();
    context.scenario_file = HOSTILE.to_owned();
    context.command = format!("hutong run '{HOSTILE}'");
    context.warnings = vec![HOSTILE.to_owned()];
    let end = |_: &str, _: u32| RunStatus::Failed(HOSTILE.to_owned());
    let out = tempdir().expect("a folder");
    let (summary, dir) = write_with(out.path(), &scenario, &results(end), &context);
    let files = files(dir.path());
    for name in ["manifest", "summary"] {
        conforms(name, &files[&format!("{name}.json")]);
    }
    let steers = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    for (name, bytes) in &files {
        let text = String::from_utf8(bytes.clone()).expect("utf-8");
        assert!(!text.contains(steers), "{name}");
    }
    let terminal = report::console(&summary, false, 80);
    assert!(!terminal.contains(steers) && terminal.contains("<script>"), "{terminal}");
    let page = String::from_utf8(files["summary.md"].clone()).expect("utf-8");
    // The command stands in a block of code, where nothing is markup.
    let prose: String =
        page.lines().filter(|line| !line.starts_with("    ")).collect::<Vec<_>>().join("\n");
    for markup in [" <script>", " [f](", " ![h]", " *j*", " `d`", "\n# c", "&lt;"] {
        assert!(!prose.contains(markup), "{markup}: {prose}");
    }
}

#[test]
fn the_terminal_summary_fits_its_width_and_shows_the_figures() {
    let summary = summary_of(complete);
    for width in [60, 80, 120] {
        let text = report::console(&summary, false, width);
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        assert!(text.contains("✓ 2 of 2 (books-balance, positions-sum-to-zero)"), "{text}");
    }
    let wide = report::console(&summary, false, 100);
    let shows = [
        ("wishes to pay", "60 k"),
        ("attempts", "59.8 k"),
        ("accepted", "99.33 %"),
        ("value", "8.247 bn CNY"),
        ("p50", "111.6 ms"),
        ("netting", "60 %"),
        ("peak use", "71 %"),
        ("peak at", "tenpay 11:00"),
        ("in flight", "▁▂▃▄▅▆▇█"),
        ("busiest", "hub"),
    ];
    for (label, value) in shows {
        let line = wide
            .lines()
            .find(|line| line.get(11..).is_some_and(|l| l.trim_start().starts_with(label)));
        assert!(line.is_some_and(|line| line.contains(value)), "{label} {value}\n{wide}");
    }
}

#[test]
fn the_page_is_made_of_the_same_record_as_the_json() {
    let out = tempdir().expect("a folder");
    let (summary, dir) = write(out.path(), &scenario(), &results(complete));
    let files = files(dir.path());
    let json: Value = serde_json::from_slice(&files["summary.json"]).expect("json");
    assert_eq!(
        json,
        serde_json::from_str::<Value>(&serde_json::to_string(&summary).expect("json"))
            .expect("json")
    );
    let page = String::from_utf8(files["summary.md"].clone()).expect("utf-8");
    for text in [
        "# city",
        "**OK**",
        "what does opening change?",
        "https://example.org/a_b",
        "seed 42",
        "8.247 bn CNY",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn the_page_has_one_row_a_metric_and_one_column_a_policy() {
    let out = tempdir().expect("a folder");
    let (summary, dir) = write(out.path(), &scenario(), &results(complete));
    let page = String::from_utf8(files(dir.path())["summary.md"].clone()).expect("utf-8");
    assert!(page.contains("| Metric | Unit | closed | open |\n"), "{page}");
    assert!(page.contains("| acceptance | 1 | 0.3 | – |\n"), "{page}");
    assert!(page.contains("## Differences from closed\n"), "{page}");
    // Policies that do alike differ by exactly nothing, without a doubt.
    assert!(page.contains("| attempts | 1 | 0 (0 to 0) |\n"), "{page}");
    let attempts = summary.differences.iter().find(|one| one.name == "attempts").expect("one");
    assert_eq!((attempts.ci_lo, attempts.ci_hi), (Some(0.0), Some(0.0)));
    assert_eq!((&*attempts.policy, &*attempts.baseline), ("open", "closed"));
    let lines = page.lines().filter(|line| line.starts_with("| attempts | 1 |")).count();
    assert_eq!(lines, 1);
}

#[test]
fn positions_are_in_every_summary_the_largest_first() {
    let out = tempdir().expect("a folder");
    let (summary, dir) = write(out.path(), &scenario(), &results(complete));
    let nets: Vec<_> = summary.policies[0]
        .positions
        .iter()
        .map(|one| (one.participant.as_str(), one.net_minor, one.fees_minor))
        .collect();
    assert_eq!(nets, [("alipay", 800, -6), ("tenpay", -800, -6)], "two replications");
    let page = String::from_utf8(files(dir.path())["summary.md"].clone()).expect("utf-8");
    assert!(page.contains("| tenpay | −8 CNY | −8 CNY |\n"), "{page}");
    let text = report::console(&summary, false, 100);
    assert!(text.contains("pays most") && text.contains("tenpay 8 CNY"), "{text}");
    assert!(text.contains("receives most") && text.contains("alipay 8 CNY"), "{text}");
}

/// A page is read from the top: what may be long ends, and says where the rest is.
#[test]
fn a_long_table_is_cut_and_names_the_file_that_has_the_rest() {
    let mut summary = summary_of(complete);
    let name = |number: usize| format!("made.metric_{number:02}");
    let one = summary.metrics[0].clone();
    summary.metrics = (0..35).map(|at| MetricView { name: name(at), ..one.clone() }).collect();
    let page = report::page(&summary);
    assert!(page.contains("made.metric_29") && !page.contains("made.metric_30"), "{page}");
    assert!(page.contains("\n5 more in `metrics.csv`.\n"), "{page}");
    let place = |title: &str| page.find(title).expect(title);
    assert!(place("## Figures") < place("## Net positions"));
    assert!(place("## Net positions") < place("## Metrics"));
}

#[test]
fn differences_are_paired_by_replication_with_students_interval() {
    // Replications differ by a thousand, and policies within them by 10 and 20 only.
    let end = |policy: &str, replication: u32| {
        let mut run = outcome(policy, replication);
        let opened = if policy == "open" { 10 * (replication + 1) } else { 0 };
        run.tally.attempts += u64::from(1_000 * replication + opened);
        RunStatus::Complete(Box::new(run), findings(false))
    };
    let summary = summary_of(end);
    let attempts = summary.differences.iter().find(|one| one.name == "attempts").expect("one");
    assert!((attempts.difference - 15.0).abs() < 1e-9 && attempts.replications == 2);
    // t(0.975, 1) = 12.706205 in every table; the mean of 10 and 20 has a standard error of 5.
    let (low, high) = (attempts.ci_lo.expect("two"), attempts.ci_hi.expect("two"));
    assert!((high - 15.0 - 63.531).abs() < 1e-3 && (15.0 - low - 63.531).abs() < 1e-3);
}

#[test]
fn a_single_replication_says_that_it_gives_no_interval() {
    let mut one = results(complete);
    one.runs.truncate(2);
    let out = tempdir().expect("a folder");
    let (summary, dir) = write(out.path(), &scenario(), &one);
    assert!(!summary.differences.is_empty());
    assert!(summary.differences.iter().all(|one| one.ci_lo.is_none() && one.replications == 1));
    let page = String::from_utf8(files(dir.path())["summary.md"].clone()).expect("utf-8");
    assert!(page.contains("There are fewer than two replications"), "{page}");
}

#[test]
fn policies_are_never_compared_on_unequal_replications() {
    let cut = |policy: &str, replication: u32| match (policy, replication) {
        ("open", 1) => RunStatus::Interrupted,
        _ => unlawful(policy, replication),
    };
    let mut results = results(cut);
    results.level();
    let out = tempdir().expect("a folder");
    let (summary, dir) = write(out.path(), &scenario(), &results);
    let counts: Vec<u32> = summary.policies.iter().map(|policy| policy.replications).collect();
    assert_eq!(counts, [1, 1]);
    let statuses: Vec<&str> = summary.runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, ["complete", "complete", "left_out", "interrupted"]);
    assert!(report::console(&summary, false, 100).contains("1 complete runs are left out"));
    conforms("summary", &files(dir.path())["summary.json"]);
    // Nothing is left out where a policy has no run at all: there is nothing to compare it with.
    let lone = |policy: &str, replication: u32| match (policy, replication) {
        ("open", _) => RunStatus::Interrupted,
        _ => complete(policy, replication),
    };
    let mut results = self::results(lone);
    results.level();
    assert_eq!(results.complete().count(), 2);
}

#[test]
fn a_summary_is_read_back_as_it_was_written() {
    let out = tempdir().expect("a folder");
    let (summary, dir) = write(out.path(), &scenario(), &results(complete));
    let bytes = files(dir.path())["summary.json"].clone();
    let read: SummaryView = serde_json::from_slice(&bytes).expect("a summary");
    let (fresh, kept) = (report::console(&summary, false, 90), report::console(&read, true, 90));
    assert_eq!(fresh.replace("  complete\n", "  complete (reused)\n"), kept);
    let other = String::from_utf8(bytes).expect("utf-8").replace("summary/1", "summary/0");
    assert!(serde_json::from_str::<SummaryView>(&other).is_err(), "of another engine");
}

#[test]
fn pictures_shade_what_is_not_counted_and_show_the_faster_half() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let drawn = files(dir.path());
    let svg = |name: &str| String::from_utf8(drawn[name].clone()).expect("utf-8");
    assert!(svg("timeseries.svg").contains("<title>warm-up</title>"));
    let points = svg("latency.svg");
    let points = points.split("points=\"").nth(1).and_then(|rest| rest.split('"').next());
    let across: Vec<f64> = points
        .expect("a line")
        .split(' ')
        .map(|point| point.split(',').next().and_then(|x| x.parse().ok()).expect("a place"))
        .collect();
    // The axis begins at 84; steps are equal in rank as far as the median.
    assert!(across.len() > 60, "{}", across.len());
    assert!(across.is_sorted() && across[0] < 90.0, "{across:?}");
}

#[test]
fn pictures_are_self_contained_and_show_every_policy() {
    let out = tempdir().expect("a folder");
    let (_, dir) = write(out.path(), &scenario(), &results(complete));
    let drawn = files(dir.path());
    let (_, dir) = write(&out.path().join("none"), &scenario(), &Results { runs: Vec::new() });
    let empty = files(dir.path());
    for (name, lines) in [("latency.svg", 2), ("timeseries.svg", 4)] {
        let svg = String::from_utf8(drawn[name].clone()).expect("utf-8");
        assert_eq!(svg.matches("<polyline").count(), lines, "{name}");
        assert!(svg.contains(">closed<") && svg.contains(">open<"), "{name}");
        assert!(svg.contains("prefers-color-scheme: dark"), "{name}");
        let bare = svg.replace("http://www.w3.org/2000/svg", "");
        let reaching = ["http", "url(", "@import", "<script", "href", "NaN", "inf"];
        assert!(!reaching.iter().any(|word| bare.contains(word)), "{name}");
        let svg = String::from_utf8(empty[name].clone()).expect("utf-8");
        assert!(svg.contains("no data") && !svg.contains("NaN"), "{name}");
    }
}

#[test]
fn metrics_and_calibration_of_the_measure_become_views() {
    let scenario = scenario();
    let metrics = hutong::measure::summary::metrics(&results(complete), &scenario);
    let views: Vec<MetricView> = metrics.iter().map(MetricView::from).collect();
    assert!(!views.is_empty() && views.iter().all(|view| !view.unit.is_empty()));
    assert!(views.iter().any(|view| view.policy == "open" && view.ci_lo.is_some()));
    let row = CalibrationRow {
        kind: CalibrationKind::Predicted,
        what: "share".to_owned(),
        metric: String::new(),
        published_low: 0.1,
        published_high: 0.3,
        tolerance: 0.0,
        source: String::new(),
    };
    let published = |row: CalibrationRow| {
        CalibrationView::from(&CalibrationResult { row, observed: None, ok: None }).published
    };
    assert_eq!(published(row.clone()), "0.1 to 0.3");
    assert_eq!(published(CalibrationRow { published_high: 0.1, ..row }), "0.1");
}
