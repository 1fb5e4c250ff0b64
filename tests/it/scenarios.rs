//! The shipped scenarios: they load, run lawfully, show what they expect, and say what they said
//! before.
//!
//! Each is run once, at its shipped size, and shared. `UPDATE_GOLDEN=1` writes what is found in
//! place of comparing.

#![allow(clippy::cast_precision_loss, reason = "counts and times far below 2^53")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use hutong::audit::Auditor;
use hutong::measure::outcome::RunOutcome;
use hutong::measure::results::{Results, RunRecord, RunStatus};
use hutong::measure::{Metric, Recorder, calibration, summarise};
use hutong::model::fact::{Fact, Observer};
use hutong::model::{Model, RunOptions, Watch};
use hutong::scenario::{CalibrationKind, Institution, LoadOptions, Role, Scenario, load};
use hutong::units::{Instant, PolicyId, Reason};
use serde_json::{Value, json};

struct Listeners(Recorder, Auditor);

impl Observer for Listeners {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.0.observe(at, fact);
        self.1.observe(at, fact);
    }
}

struct GoOn;

impl Watch for GoOn {
    fn go_on(&mut self, _: Instant, _: u64) -> bool {
        true
    }
}

/// A scenario and all its runs.
struct Told {
    scenario: Scenario,
    results: Results,
    metrics: Vec<Metric>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Names of the files of a folder that end so, without the ending.
fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    let files = fs::read_dir(root().join(folder)).into_iter().flatten();
    let name = |file: fs::DirEntry| file.file_name().to_str().map(str::to_owned);
    let files = files.filter_map(|file| name(file.expect("the folder can be read")));
    files.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
}

fn shipped() -> BTreeSet<String> {
    let names = names("scenarios", ".toml");
    assert!(names.len() >= 3, "the shipped scenarios were not found");
    names
}

fn loaded(name: &str) -> Scenario {
    let file = root().join("scenarios").join(format!("{name}.toml"));
    let loaded = load(&file, &LoadOptions::default());
    loaded.unwrap_or_else(|mistakes| panic!("{mistakes}")).scenario
}

fn run(scenario: &Scenario, policy: PolicyId, replication: u32) -> RunRecord {
    let model = Model::compile(scenario, policy);
    let recorder = Recorder::new(scenario, policy, replication);
    let mut both = Listeners(recorder, Auditor::new(scenario, policy));
    let end = hutong::model::run(&model, replication, RunOptions::default(), &mut both, &mut GoOn);
    let end = end.expect("no replay log");
    let outcome = both.0.finish(end.at, end.events);
    let findings = both.1.finish(end.at);
    RunRecord {
        policy: outcome.policy.clone(),
        replication,
        end: RunStatus::Complete(Box::new(outcome), findings),
    }
}

fn all_runs(scenario: &Scenario) -> Results {
    let mut results = Results { runs: Vec::new() };
    for replication in 0..scenario.replications {
        let runs = scenario.compared.iter().map(|policy| run(scenario, *policy, replication));
        results.runs.extend(runs);
    }
    results
}

/// A scenario's text and all its runs.
pub(crate) fn results_of_text(text: &str) -> (Scenario, Results) {
    let loaded = hutong::scenario::load_text("text", text, &LoadOptions::default());
    let scenario = loaded.unwrap_or_else(|mistakes| panic!("{mistakes}")).scenario;
    let results = all_runs(&scenario);
    (scenario, results)
}

/// All runs of a shipped scenario: run by whoever asks first.
fn told(name: &str) -> Arc<Told> {
    type Shelf = BTreeMap<String, Arc<OnceLock<Arc<Told>>>>;
    static SHELF: Mutex<Shelf> = Mutex::new(BTreeMap::new());
    let place = SHELF.lock().unwrap().entry(name.to_owned()).or_default().clone();
    let told = place.get_or_init(|| {
        let scenario = loaded(name);
        let results = all_runs(&scenario);
        let metrics = summarise(&results, &scenario).metrics;
        Arc::new(Told { scenario, results, metrics })
    });
    Arc::clone(told)
}

impl Told {
    fn metric(&self, policy: &str, name: &str) -> f64 {
        let found = self.metrics.iter().find(|one| one.policy == policy && one.name == name);
        found.unwrap_or_else(|| panic!("no metric {name} under {policy}")).value
    }

    fn outcome(&self, policy: &str) -> &RunOutcome {
        let found = self.results.complete().find(|(run, _)| run.policy == policy);
        found.unwrap_or_else(|| panic!("no run under {policy}")).0
    }

    /// Every row with a metric holds, and at least so many are predicted.
    fn assert_calibrated(&self, predicted_least: usize) {
        let rows = calibration(&self.results, &self.scenario);
        for row in &rows {
            let ok = row.ok == Some(true);
            assert!(ok || row.row.metric.is_empty(), "{}: {:?}", row.row.what, row.observed);
            let given = row.row.kind == CalibrationKind::Given;
            assert!(given || !row.row.metric.is_empty(), "{} names no metric", row.row.what);
        }
        let predicted = rows.iter().filter(|row| row.row.kind == CalibrationKind::Predicted);
        assert!(predicted.count() >= predicted_least, "predicted rows");
    }
}

fn near(observed: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((observed - expected).abs() <= tolerance, "{what}: {observed} is not {expected}");
}

/// What the column of `flows.csv` says: settlement adds the fees between institutions, and nothing
/// else.
#[test]
fn cycles_hold_the_flows_and_the_fees_between_institutions() {
    let told = told("annotated");
    for (run, _) in told.results.complete() {
        let flows: u128 = run.flows.iter().map(|row| row.gross_minor).sum();
        let between = run.fees.iter().filter(|row| row.payer != "merchants");
        let fees: u128 = between.map(|row| row.amount_minor).sum();
        let cycles: u128 = run.settlement.iter().map(|row| row.gross_minor).sum();
        assert!(fees > 0, "the annotated scenario has fees between institutions");
        assert_eq!(flows + fees, cycles, "{}", run.policy);
    }
}

#[test]
fn every_shipped_scenario_loads_without_mistakes_and_runs_lawfully() {
    for name in shipped() {
        let told = told(&name);
        let planned = told.scenario.compared.len() * told.scenario.replications as usize;
        assert_eq!(told.results.complete().count(), planned, "{name}");
        for (run, findings) in told.results.complete() {
            for finding in &findings.laws {
                assert!(finding.offence.is_none(), "{name} under {}: {finding:?}", run.policy);
            }
            assert!(run.tally.accepted > 0, "{name} under {} sells nothing", run.policy);
            assert_eq!(run.tally.open_at_end, 0, "{name} under {}", run.policy);
        }
    }
}

#[test]
fn interconnection_lifts_first_try_acceptance_by_the_closed_form_and_loses_no_sale() {
    let told = told("two-wallets");
    // Holders of one wallet shop at 0.6 and 0.4; of both, the first choice fits the shop or not.
    let fits = 0.3 * 0.6 + 0.2 * 0.4 + 0.5 * (0.6 * 0.6 + 0.4 * 0.4);
    let switches = 0.5 * (1.0 - (0.6 * 0.6 + 0.4 * 0.4));
    let paid = 1.0 - 0.6 * (0.008 + 0.0002);
    let close = |policy: &str, name: &str, expected: f64| {
        let intentions = told.metric(policy, "intentions");
        let tolerance = 4.0 * (expected * (1.0 - expected) / intentions).sqrt();
        near(told.metric(policy, name), expected, tolerance, &format!("{policy} {name}"));
    };
    close("closed", "acceptance.first_try_frac", fits * paid);
    close("closed", "acceptance.after_switch_frac", switches * paid);
    close("closed", "acceptance.lost_frac", 1.0 - fits - switches);
    close("interconnected", "acceptance.first_try_frac", paid);
    close("interconnected", "acceptance.after_switch_frac", 0.0);
    close("interconnected", "acceptance.lost_frac", 0.0);
    let messages = |policy: &str| {
        let at_hub = |run: &RunOutcome| {
            run.stations.iter().find(|row| row.node == "bridge").map_or(0, |row| row.visits)
        };
        at_hub(told.outcome(policy))
    };
    assert!(messages("interconnected") > 2 * messages("closed"), "messages at the house");
}

#[test]
fn a_poll_saves_some_of_the_payments_that_lose_a_message() {
    let told = told("lost-messages");
    let metric = |name: &str| told.metric("interconnected", name);
    // One message in a hundred: the share of attempts that lose at least one.
    let hurt = 1.0 - 0.99_f64.powf(metric("messages_per_attempt"));
    let failed = metric("declined_technical_frac");
    assert!((0.4..0.8).contains(&(failed / hurt)), "{failed} failed of {hurt} hurt");
    assert!(metric("approved_frac") > 0.95);
    near(metric("latency.system.p99_us"), 5.05e6, 0.2e6, "a poll after five seconds");
}

#[test]
fn sharing_risk_information_takes_back_what_interconnection_costs() {
    let told = told("shared-risk");
    // 52 % of trips are to shops of one's own wallet, where 0.80 of frauds are detected; the other
    // 48 % are off-us once codes are open: 0.50, or 0.75 where information is shared.
    for (policy, detected, declined) in [
        ("closed", 0.80, 0.0020),
        ("open", 0.52 * 0.80 + 0.48 * 0.50, 0.52 * 0.0020 + 0.48 * 0.0060),
        ("sharing", 0.52 * 0.80 + 0.48 * 0.75, 0.52 * 0.0020 + 0.48 * 0.0030),
    ] {
        // Four standard errors of 900 frauds (1,750 where codes are open) and 180,000 payments.
        near(told.metric(policy, "fraud.detected_frac"), detected, 0.054, policy);
        near(told.metric(policy, "fraud.false_decline_frac"), declined, 0.0005, policy);
    }
    let paid = |policy: &str| told.metric(policy, "fraud.paid_bp");
    assert!(paid("closed") < paid("open") && paid("sharing") < paid("open"));
    let same = |name: &str| told.metric("open", name).to_bits();
    let shared = |name: &str| told.metric("sharing", name).to_bits();
    assert_eq!(same("fraud.attempted_frac"), shared("fraud.attempted_frac"), "the same frauds");
}

#[test]
fn a_day_in_china_has_the_published_transactions_value_and_debit_times() {
    let told = told("china-2025");
    let metric = |name: &str| told.metric("today", name);
    let close = |name: &str, published: f64, tolerance: f64| {
        near(metric(name) / published, 1.0, tolerance, name);
    };
    close("hub.netsunion.full_items_per_day", 3.274e9, 0.01);
    close("hub.netsunion.full_value_minor_per_day", 164e12, 0.04);
    close("hub.netsunion.ticket_mean_minor", 50_100.0, 0.04);
    close("hub.unionpay.full_items_per_day", 1.042e9, 0.02);
    close("hub.unionpay.full_value_minor_per_day", 76.55e12, 0.04);
    close("hub.unionpay.ticket_mean_minor", 73_500.0, 0.04);
    for name in ["latency.debit.mean_us", "hub.netsunion.debit_mean_us"] {
        assert!((180_000.0..=240_000.0).contains(&metric(name)), "{name}: {}", metric(name));
    }
    near(metric("declined_business_frac"), 0.03, 0.002, "business declines");
    near(metric("fees.merchant_bp"), 38.0, 0.05, "merchants pay 38 bp");
    told.assert_calibrated(3);
}

#[test]
fn every_bank_of_upi_declines_at_its_own_rate_within_sampling_error() {
    let told = told("upi-2025");
    let run = told.outcome("upi");
    let mut banks = 0;
    for row in &run.decisions {
        let bank = told.scenario.institutions.iter().find(|one| one.name == row.institution);
        let bank = bank.expect("decisions name institutions");
        if !bank.roles.has(Role::Bank) {
            continue;
        }
        banks += 1;
        let decided = row.approved + row.declined_business + row.declined_technical;
        for (technical, found) in [(false, row.declined_business), (true, row.declined_technical)] {
            let expected = rate(bank, technical);
            let decided = f64::from(u32::try_from(decided).unwrap());
            let found = f64::from(u32::try_from(found).unwrap()) / decided;
            // Four and a half standard errors and one decline: 54 rates are looked at.
            let error = (expected * (1.0 - expected) / decided).sqrt();
            near(found, expected, 4.5 * error + 1.0 / decided, &bank.name);
        }
    }
    assert_eq!(banks, 27);
    told.assert_calibrated(3);
}

/// The sum of a bank's base declines of one kind.
fn rate(bank: &Institution, technical: bool) -> f64 {
    let of_kind = bank.declines.iter().filter(|one| one.reason.is_technical() == technical);
    of_kind.map(|one| f64::from(one.rate.parts()) / 1e6).sum()
}

#[test]
fn the_rows_of_upi_banks_meet_what_is_published_of_all_of_them() {
    let scenario = loaded("upi-2025");
    let banks: Vec<&Institution> =
        scenario.institutions.iter().filter(|one| one.roles.has(Role::Bank)).collect();
    assert_eq!(banks.len(), 27);
    let weighted = |technical: bool| -> f64 {
        banks.iter().map(|bank| bank.share * rate(bank, technical)).sum()
    };
    near(weighted(false), 0.0714, 0.000_05, "business declines by volume");
    near(weighted(true), 0.004_06, 0.000_005, "technical declines by volume");
    let index: f64 = banks.iter().map(|bank| bank.share * bank.share).sum();
    near(index, 0.1071, 0.000_05, "concentration");
    let largest = banks.iter().map(|bank| bank.share).fold(0.0, f64::max);
    near(largest, 0.27, 0.000_5, "largest share");
    let mut logs: Vec<f64> = banks.iter().map(|bank| libm::log(rate(bank, true))).collect();
    logs.sort_by(f64::total_cmp);
    let median = libm::exp(logs[13]);
    assert!((0.002..=0.0023).contains(&median), "median of technical declines: {median}");
    near(libm::exp(logs[26]), 0.0579, 1e-9, "the worst");
    let mean = logs.iter().sum::<f64>() / 27.0;
    let squares: f64 = logs.iter().map(|one| (one - mean) * (one - mean)).sum();
    near((squares / 26.0).sqrt(), 1.29, 0.005, "spread of the logarithms");
    let reasons: BTreeSet<Reason> =
        banks.iter().flat_map(|bank| bank.declines.iter().map(|one| one.reason)).collect();
    assert_eq!(reasons, BTreeSet::from([Reason::InsufficientFunds, Reason::SystemError]));
}

/// The series of the only policy of a shipped scenario: minutes from the epoch, and the row.
fn series(told: &Told) -> Vec<(f64, hutong::measure::outcome::SeriesRow)> {
    let (outcome, _) = told.results.complete().next().expect("it was run");
    outcome.series.iter().map(|row| (row.t_us as f64 / 6e7, row.clone())).collect()
}

/// The mean of a number over the windows that begin in these minutes.
fn mean_of<T>(rows: &[(f64, T)], minutes: std::ops::Range<f64>, of: impl Fn(&T) -> f64) -> f64 {
    let within = rows.iter().filter(|(at, _)| minutes.contains(at));
    let (sum, count) =
        within.fold((0.0, 0.0), |(sum, count), (_, row)| (sum + of(row), count + 1.0));
    sum / count
}

/// How busy the clearing house is, and how many wait there, by minutes from the epoch.
fn hub(told: &Told) -> Vec<(f64, (f64, f64))> {
    let (outcome, _) = told.results.complete().next().expect("it was run");
    let rows = outcome.queues.iter().filter(|row| row.node == "netsunion");
    rows.map(|row| (row.t_us as f64 / 6e7, (row.utilisation_frac, row.length_mean))).collect()
}

#[test]
fn the_peak_of_double_eleven_passes_a_clearing_house_that_is_built_for_it() {
    let told = told("double-eleven-peak");
    let hub = hub(&told);
    // The epoch is three minutes before midnight; the peak lasts two.
    let busy = mean_of(&hub, 3.0..5.0, |row| row.0);
    near(busy, 92.0 / 120.0, 0.03, "utilisation in the peak");
    near(mean_of(&hub, 1.0..3.0, |row| row.0), 13.542 / 120.0, 0.02, "utilisation before");
    let series = series(&told);
    assert!(series.iter().all(|(_, row)| row.declined == 0));
    let median = |minutes| mean_of(&series, minutes, |row| row.win_p50_us.unwrap_or(0) as f64);
    near(median(3.0..5.0) / median(1.0..3.0), 1.0, 0.05, "median in the peak, relative");
}

#[test]
fn the_spring_midnight_overloads_what_was_built_before_and_is_worked_off() {
    let told = told("spring-midnight");
    let hub = hub(&told);
    // Twelve minutes from the epoch to midnight. Two messages wait for each payment.
    let most = hub.iter().map(|(_, row)| row.1).fold(0.0, f64::max);
    let expected = 24_700.0 * 600.0 * 0.001_041_666_7;
    assert!((0.7..2.2).contains(&(most / expected)), "{most} waited, {expected} payments too many");
    assert!(mean_of(&hub, 13.0..22.0, |row| row.0) > 0.99, "busy to the limit");
    let median =
        |minutes| mean_of(&series(&told), minutes, |row| row.win_p50_us.unwrap_or(0) as f64);
    assert!(median(20.0..24.0) > 20.0 * median(2.0..10.0), "the queue is felt");
    near(median(38.0..40.0) / median(2.0..10.0), 1.0, 0.05, "back to where it was");
}

#[test]
fn one_site_of_three_is_not_missed_and_two_are() {
    let told = told("netsunion-site-loss");
    let hub = hub(&told);
    // One is lost from minute 2 to 10, another from 5 to 6.
    let waits = |minutes: std::ops::Range<f64>| mean_of(&hub, minutes, |row| row.1);
    let busy = |minutes: std::ops::Range<f64>| mean_of(&hub, minutes, |row| row.0);
    near(busy(0.5..2.0), 0.5, 0.03, "three sites");
    near(busy(2.5..5.0), 0.5, 0.03, "two sites do the same work: two thirds of 75 %");
    near(busy(5.0..6.0), 1.0 / 3.0, 0.01, "one site can do no more");
    assert!(waits(2.5..5.0) < 3.0, "{} wait", waits(2.5..5.0));
    assert!(waits(5.5..6.0) > 1_000.0, "{} wait", waits(5.5..6.0));
    assert!(waits(9.0..10.0) < 3.0, "the backlog is worked off: {}", waits(9.0..10.0));
    assert!(series(&told).iter().all(|(_, row)| row.declined == 0), "nobody is turned away");
}

#[test]
fn a_halted_sponsor_bank_takes_its_app_with_it_and_nobody_else() {
    let told = told("sponsor-bank-halt");
    let series = series(&told);
    let accepted = |minutes| mean_of(&series, minutes, |row| row.accepted as f64);
    near(accepted(6.0..10.0) / accepted(1.0..5.0), 0.6, 0.02, "accepted, relative");
    let offered = |minutes| mean_of(&series, minutes, |row| row.offered as f64);
    near(offered(6.0..10.0) / offered(1.0..5.0), 1.0, 0.02, "as many want to pay");
    let errors = &told.outcome("upi").errors;
    assert!(errors.iter().all(|row| row.participant == "phonepe-at-yes-bank"), "{errors:?}");
    assert!(errors.iter().all(|row| row.reason == "outage"), "{errors:?}");
}

/// Lines with a number that neither name a source nor say ASSUMPTION.
fn unsourced(text: &str) -> Vec<String> {
    const SAY_ELSEWHERE: [&str; 7] =
        ["name", "published", "source", "what", "metric", "kind", "collection_codes"];
    let names_itself = |line: &str| {
        let key = line.split('=').next().unwrap_or_default().trim();
        SAY_ELSEWHERE.contains(&key) || line.starts_with(['#', '['])
    };
    let bare = |line: &&str| {
        let (value, comment) = line.split_once('#').unwrap_or((line, ""));
        value.contains(|letter: char| letter.is_ascii_digit()) && comment.trim().is_empty()
    };
    text.lines().filter(|line| !names_itself(line)).filter(bare).map(str::to_owned).collect()
}

#[test]
fn every_number_of_a_calibrated_scenario_has_a_source_or_is_called_an_assumption() {
    for name in [
        "two-wallets",
        "china-2025",
        "upi-2025",
        "double-eleven-peak",
        "spring-midnight",
        "netsunion-site-loss",
        "sponsor-bank-halt",
    ] {
        let file = root().join("scenarios").join(format!("{name}.toml"));
        let text = fs::read_to_string(file).expect("shipped");
        assert_eq!(unsourced(&text), [""; 0], "{name}");
        let calibrated = text.contains("\"predicted\"");
        assert!(calibrated || text.contains("ASSUMPTION"), "{name}");
    }
    assert_eq!(unsourced("population = 5\ncount = 3 # a list\n"), ["population = 5"]);
}

/// What a scenario says: the digest of each run, and every metric.
fn golden(told: &Told) -> Value {
    let runs: Vec<Value> = told
        .results
        .complete()
        .map(|(run, _)| {
            let mut digest = String::new();
            for byte in run.digest {
                write!(digest, "{byte:02x}").expect("a string takes all");
            }
            json!({
                "policy": run.policy,
                "replication": run.replication,
                "digest": digest,
                "multiset": format!("{:016x}", run.multiset),
                "events": run.events,
                "payments": run.payments,
            })
        })
        .collect();
    let mut metrics: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
    for one in &told.metrics {
        metrics.entry(&one.policy).or_default().insert(&one.name, one.value);
    }
    json!({ "schema": "hutong.golden/1", "runs": runs, "metrics": metrics })
}

fn golden_file(name: &str) -> PathBuf {
    root().join("tests/golden").join(format!("{name}.json"))
}

#[test]
fn every_shipped_scenario_says_what_its_golden_file_says() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
    for name in shipped() {
        let told = told(&name);
        let file = golden_file(&name);
        let mut found = serde_json::to_string_pretty(&golden(&told)).expect("plain numbers");
        found.push('\n');
        if update {
            fs::create_dir_all(file.parent().expect("a folder")).expect("it can be made");
            fs::write(&file, &found).expect("it can be written");
            continue;
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        assert!(!kept.is_empty(), "{name} has no golden file; UPDATE_GOLDEN=1 writes it");
        let differing = kept.lines().zip(found.lines()).find(|(kept, found)| kept != found);
        let same = kept == found;
        assert!(same, "{name} says something else, first {differing:?}; UPDATE_GOLDEN=1 blesses");
    }
}

#[test]
fn no_golden_file_is_left_without_its_scenario() {
    let without: Vec<String> =
        names("tests/golden", ".json").difference(&shipped()).cloned().collect();
    assert_eq!(without, [""; 0], "remove the file, or restore scenarios/<name>.toml");
}

/// A shipped scenario and all its runs.
pub(crate) fn results_of(name: &str) -> (Scenario, Results) {
    let told = told(name);
    (told.scenario.clone(), told.results.clone())
}
