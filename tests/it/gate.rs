//! The gate: what changed is caught, what did not change passes, and nothing passes uncompared.

use std::fs;
use std::path::Path;
use std::process::Output;

use hutong::experiment::identity::RunHash;
use hutong::measure::gate::{Mode, compare, measured};
use hutong::measure::results::RunStatus;
use hutong::measure::verdict::Ruling;
use hutong::report::{Baseline, Judged, VerdictView, annotations, junit, summary_page};
use tempfile::TempDir;

use crate::cli::{code, document, err, hutong, out};
use crate::scenarios::{results_of, results_of_text};

const SMALL: &str = include_str!("../../scenarios/ci-small.toml");

/// A folder with the small scenario, shortened, and its baseline.
fn gated() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &tiny());
    let saved = hutong(folder.path(), ["baseline", "save", "s.toml", "--baseline", "b.toml"]);
    assert_eq!(code(&saved), 0, "{}", err(&saved));
    folder
}

/// Twelve seconds of the small scenario, without its own limits.
fn tiny() -> String {
    let text = &SMALL[..SMALL.find("# What every change must keep to").expect("the thresholds")];
    let text = text.replace("horizon = \"60s\"", "horizon = \"12s\"");
    text.replace("warm_up = \"10s\"", "warm_up = \"2s\"")
}

fn write(folder: &Path, text: &str) {
    fs::write(folder.join("s.toml"), text).unwrap();
}

fn gate(folder: &Path, more: &[&str]) -> Output {
    let fixed = ["gate", "s.toml", "--baseline", "b.toml", "--progress", "none"];
    hutong(folder, fixed.into_iter().chain(more.iter().copied()))
}

fn changed(from: &str, to: &str) -> String {
    let text = tiny();
    assert!(text.contains(from), "the small scenario has no {from}");
    text.replace(from, to)
}

#[test]
fn a_regression_of_each_kind_is_caught_with_limit_figure_and_command() {
    let folder = gated();
    let via = "codes = [\"lotus\"], via = [\"bridge\"]";
    let second = "[institutions.viaduct]\nroles = [\"clearing-house\"]\n\
                  station = { servers = 4, service = \"1ms\" }\n\n# The clearing house";
    let hop = changed(via, "codes = [\"lotus\"], via = [\"bridge\", \"viaduct\"]");
    let bank = "station = { servers = 24, service";
    let planted = [
        ("a slower station", changed("mean = \"20ms\"", "mean = \"21ms\""), "latency.debit"),
        ("one more hop", hop.replace("# The clearing house", second), "messages_per_attempt"),
        ("a fee off by a basis point", changed("\"20bp\"", "\"21bp\""), "settlement.gross_minor"),
        (
            "payments dropped",
            changed(bank, "station = { servers = 1, queue_limit = 3, service"),
            "",
        ),
    ];
    for (what, text, metric) in planted {
        write(folder.path(), &text);
        let told = gate(folder.path(), &[]);
        assert_eq!(code(&told), 99, "{what}: {}", err(&told));
        let text = err(&told);
        let metric = if metric.starts_with("latency") { "latency.system.mean_us" } else { metric };
        let line = text.lines().find(|line| line.contains(metric) && line.contains("breach"));
        let line = line.unwrap_or_else(|| panic!("{what}: {text}"));
        assert!(line.contains("limit "), "{what}: {line}");
        assert!(line.contains("baseline ") && line.contains("observed "), "{what}: {line}");
        let again = "this shows it again: hutong gate s.toml --seed 42 --baseline b.toml";
        assert!(text.contains(again), "{what}: {text}");
        let exact = gate(folder.path(), &["--exact"]);
        assert_eq!(code(&exact), 99, "{what}");
        assert!(err(&exact).contains("not one fact differs"), "{}", err(&exact));
    }
}

/// A lost failover belongs here as soon as institutions can fail: the same town with an outage and
/// a second way around it, and then without the second way.
#[test]
fn one_payment_less_in_one_replication_is_caught() {
    let (scenario, mut results) = results_of("ci-small");
    let before = measured(&results, &scenario);
    let RunStatus::Complete(run, _) = &mut results.runs[0].end else { panic!("a complete run") };
    run.tally.accepted -= 1;
    run.tally.attempts -= 1;
    run.digest[0] ^= 1;
    let after = measured(&results, &scenario);
    let verdicts = compare(&before, &after, &scenario, Mode::default());
    let lost = verdicts.iter().find(|one| one.metric == "attempts" && one.policy == "closed");
    assert_eq!(lost.unwrap().ruling, Ruling::Breach);
    let same = verdicts.iter().filter(|one| one.policy == "interconnected");
    assert!(same.clone().count() > 10 && same.into_iter().all(|one| one.ruling == Ruling::Pass));
    let exact = Mode { exact: true, paired: false };
    let rulings: Vec<Ruling> =
        compare(&before, &after, &scenario, exact).iter().map(|one| one.ruling).collect();
    assert_eq!(rulings, [Ruling::Breach, Ruling::Pass]);
    // With an interval over two replications, one of which moved, nothing is certain.
    let paired = Mode { exact: false, paired: true };
    let verdicts = compare(&before, &after, &scenario, paired);
    let lost = verdicts.iter().find(|one| one.metric == "attempts" && one.policy == "closed");
    assert_eq!(lost.unwrap().ruling, Ruling::Inconclusive);
}

#[test]
fn a_change_that_changes_nothing_passes_exactly_a_hundred_times_of_a_hundred() {
    let short = tiny().replace("horizon = \"12s\"", "horizon = \"3s\"");
    let short = short.replace("replications = 2", "replications = 1");
    // Sections in another order, other comments, other space.
    let (head, rest) = short.split_at(short.find("# Two wallets. Each").unwrap());
    let (institutions, rest) = rest.split_at(rest.find("# Who pays").unwrap());
    let moved = format!("# Another comment.\n{head}\n{rest}\n\n{institutions}");
    let exact = Mode { exact: true, paired: false };
    let kept = |text: &str| {
        let (scenario, results) = results_of_text(text);
        (measured(&results, &scenario), scenario)
    };
    let (baseline, _) = kept(&short);
    for round in 0..100 {
        let text = if round % 2 == 0 { &moved } else { &short };
        let (today, scenario) = kept(&format!("{text}\n# round {round}\n"));
        let told = compare(&baseline, &today, &scenario, exact);
        assert!(told.iter().all(|one| one.ruling == Ruling::Pass), "round {round}: {told:?}");
        assert_eq!(told.len(), 2);
    }
    // The program says the same, on one thread and on two.
    let folder = gated();
    let moved = moved.replace("horizon = \"3s\"", "horizon = \"12s\"");
    write(folder.path(), &moved.replace("replications = 1", "replications = 2"));
    for jobs in ["1", "2"] {
        let told = gate(folder.path(), &["--exact", "--jobs", jobs]);
        assert_eq!(code(&told), 0, "{}", err(&told));
    }
}

#[test]
fn another_identity_is_never_a_pass_and_another_subject_is_listed() {
    let folder = gated();
    for (part, change) in [
        ("seed", ["--seed", "43"]),
        ("horizon", ["--set", "horizon=13s"]),
        ("demand", ["--set", "consumers.townsfolk.arrivals.rate=151/s"]),
        ("replications", ["--replications", "3"]),
        ("name", ["--set", "name=another"]),
    ] {
        let told = gate(folder.path(), &change);
        assert_eq!(code(&told), 4, "{part}: {}", err(&told));
        let text = err(&told);
        assert!(text.contains("error[gate::identity]"), "{text}");
        assert!(text.contains(&format!("{part} is ")), "{part}: {text}");
        assert!(text.contains("hutong baseline update s.toml --baseline b.toml"), "{text}");
    }
    // A spare server moves nothing here, and is what is being compared.
    let told = gate(folder.path(), &["--set", "institutions.bridge.station.servers=5"]);
    let text = out(&told);
    assert!(text.contains("against the baseline changed: institutions.bridge"), "{text}");
    assert_eq!(code(&gate(folder.path(), &[])), 0);
}

#[test]
fn fewer_replications_are_the_first_ones_and_give_paired_intervals() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &tiny().replace("replications = 2", "replications = 4"));
    let saved = hutong(folder.path(), ["baseline", "save", "s.toml", "--baseline", "b.toml"]);
    assert_eq!(code(&saved), 0, "{}", err(&saved));
    let slower = ["--set", "groups.banks.station.service.lognormal.mean=25ms"];
    let told = gate(folder.path(), &[&slower[..], &["--replications", "3"]].concat());
    assert_eq!(code(&told), 99, "{}", err(&told));
    let line = err(&told);
    let line = line.lines().find(|line| line.contains("latency.system.mean_us under closed"));
    assert!(line.is_some_and(|line| line.contains(" to ") && line.contains('[')), "{line:?}");
    let same = gate(folder.path(), &["--replications", "3"]);
    assert_eq!(code(&same), 0, "{}", err(&same));
}

#[test]
fn a_tolerance_gives_room_in_the_bad_direction_and_warn_leaves_the_exit() {
    let folder = gated();
    let slower = changed("mean = \"20ms\"", "mean = \"20.2ms\"");
    let row = |tolerance: &str, severity: &str| {
        let metrics = ["mean_us", "p50_us", "p95_us", "p99_us"];
        let stages = ["system", "user"];
        let one = |stage: &str, metric: &str| {
            format!(
                "[[regression]]\nmetric = \"latency.{stage}.{metric}\"\n\
                 tolerance = \"{tolerance}\"\nseverity = \"{severity}\"\n"
            )
        };
        let rows = stages.iter().flat_map(|stage| metrics.map(|metric| one(stage, metric)));
        let flight = "[[regression]]\nmetric = \"in_flight_max\"\ntolerance = \"50%\"\n";
        format!("{slower}\n{}{flight}", rows.collect::<String>())
    };
    write(folder.path(), &row("10%", "fail"));
    let told = gate(folder.path(), &[]);
    assert_eq!(code(&told), 0, "{}{}", out(&told), err(&told));
    write(folder.path(), &row("0%", "warn"));
    let told = gate(folder.path(), &[]);
    assert_eq!(code(&told), 0, "{}{}", out(&told), err(&told));
    assert!(
        out(&told).contains("! ci-small: latency.system.mean_us under closed"),
        "{}",
        out(&told)
    );
    write(folder.path(), &row("0%", "fail"));
    assert_eq!(code(&gate(folder.path(), &[])), 99);
}

#[test]
fn an_update_keeps_comments_and_accepts_what_is_there() {
    let folder = gated();
    let path = folder.path().join("b.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.lines().count() < 120, "{} lines are too many to review", text.lines().count());
    let noted =
        text.replace("[policy.closed.metrics]", "# Agreed in June.\n[policy.closed.metrics]");
    let noted = noted.replacen("attempts = [", "attempts = [ # all of them\n", 1);
    fs::write(&path, noted).unwrap();
    write(folder.path(), &changed("mean = \"20ms\"", "mean = \"25ms\""));
    assert_eq!(code(&gate(folder.path(), &[])), 99);
    let update = ["baseline", "update", "s.toml", "--baseline", "b.toml"];
    assert_eq!(code(&hutong(folder.path(), update)), 0);
    assert!(fs::read_to_string(&path).unwrap().contains("# Agreed in June.\n[policy.closed.metr"));
    assert_eq!(code(&gate(folder.path(), &[])), 0);
    let save = ["baseline", "save", "s.toml", "--baseline", "b.toml"];
    assert_eq!(code(&hutong(folder.path(), save)), 2, "save never overwrites");
    let shown = out(&hutong(folder.path(), ["baseline", "show", "b.toml"]));
    assert!(shown.contains("engine") && shown.contains("attempts"), "{shown}");
    // What is read and written again is the same.
    let text = fs::read_to_string(&path).unwrap();
    let read = Baseline::read(&text).unwrap();
    assert_eq!(read.write(Some(&text)).unwrap(), text);
    fs::write(&path, "schema = \"another\"").unwrap();
    assert_eq!(code(&gate(folder.path(), &[])), 3);
    fs::remove_file(&path).unwrap();
    assert_eq!(code(&gate(folder.path(), &[])), 5);
}

#[test]
fn the_gate_never_reuses_a_report_and_another_engine_never_finds_one() {
    let folder = gated();
    let first = gate(folder.path(), &[]);
    assert_eq!(code(&first), 0, "{}", err(&first));
    // A stored report that lies is not believed.
    let reports = fs::read_dir(folder.path().join("reports/ci-small")).unwrap();
    let report = reports.map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap();
    let summary = fs::read_to_string(report.join("summary.json")).unwrap();
    fs::remove_file(report.join("summary.json")).unwrap();
    assert_eq!(code(&gate(folder.path(), &[])), 0);
    assert_eq!(fs::read_to_string(report.join("summary.json")).unwrap(), summary, "written anew");
    let hash = |engine| RunHash::by(engine, ("name = \"s\"", 42), &[], &[]);
    assert_ne!(hash("one engine").folder(), hash("another engine").folder());
    assert_eq!(
        hash(hutong::experiment::identity::ENGINE),
        RunHash::new("name = \"s\"", 42, &[], &[])
    );
}

#[test]
fn ci_gets_junit_annotations_at_the_line_and_a_summary() {
    let folder = gated();
    let broken = "\n[[threshold]]\nmetric = \"latency.system.p99_us\"\nexpr = \"< 1ms\"\n";
    let text = tiny() + broken;
    write(folder.path(), &text);
    let line = text.lines().position(|line| line == "[[threshold]]").unwrap() + 1;
    let more = ["--junit", "out/junit.xml", "--github", "--summary", "page.md"];
    let told = gate(folder.path(), &more);
    assert_eq!(code(&told), 99);
    let place = format!("::error file=s.toml,line={line},title=latency.system.p99_us::");
    assert!(err(&told).contains(&place), "{}", err(&told));
    let page = fs::read_to_string(folder.path().join("page.md")).unwrap();
    assert!(page.contains("## ci-small") && page.contains("**breach**"), "{page}");
    let xml = fs::read_to_string(folder.path().join("out/junit.xml")).unwrap();
    crate::junit::assert_valid(&xml);
    assert!(xml.contains("<failure ") && xml.contains("limit &lt; 1ms"), "{xml}");
    assert!(xml.contains("reproduce: hutong gate s.toml"), "{xml}");
    let json = gate(folder.path(), &["--format", "json"]);
    let document = document(&json);
    assert_eq!(document["exit"]["code"], 99);
    assert_eq!(document["scenarios"][0]["verdicts"][0]["verdict"], "breach");
}

fn judged(breaches: usize) -> Judged {
    let verdict = |at: usize| VerdictView {
        kind: "threshold".to_owned(),
        row: Some(0),
        policy: "p".to_owned(),
        metric: format!("metric-{at}"),
        unit: "1".to_owned(),
        limit: "< 1".to_owned(),
        observed: Some(2.0),
        baseline: None,
        ci_lo: None,
        ci_hi: None,
        replications: 1,
        severity: "fail".to_owned(),
        verdict: "breach".to_owned(),
        ok: false,
        aborted_at_ns: None,
        excess: f64::from(u32::try_from(at).unwrap()),
        detail: "50 % of <it> & \u{1}more, \"quoted\"".to_owned(),
    };
    let place = |at: usize| Some(("a:b,c.toml".to_owned(), at + 1));
    Judged {
        name: "town".to_owned(),
        file: "town.toml".to_owned(),
        verdicts: (0..breaches).map(|at| (verdict(at), place(at))).collect(),
        laws: Vec::new(),
        errors: Vec::new(),
        changed: Vec::new(),
        again: "hutong gate town.toml".to_owned(),
    }
}

#[test]
fn the_worst_nine_are_shown_and_one_more_that_counts_the_rest() {
    let told = annotations(&[judged(25)]);
    assert_eq!(told.len(), 10);
    assert!(told[0].starts_with("::error file=a%3Ab%2Cc.toml,line=25,title=metric-24::"));
    assert!(told[0].contains("50 %25 of"), "{}", told[0]);
    assert!(told.iter().all(|line| !line.contains('\n')));
    assert!(told[9].contains("and 16 more"), "{}", told[9]);
    assert_eq!(annotations(&[judged(9)]).len(), 9);
}

#[test]
fn the_step_summary_stays_below_a_megabyte() {
    let page = summary_page(&[judged(20_000)]);
    assert!(page.len() < 1_000_200, "{}", page.len());
    assert!(page.contains("The rest is cut"));
    crate::junit::assert_valid(&junit(&[judged(50)]));
}
