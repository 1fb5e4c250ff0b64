//! Statistics across replications.

use std::collections::BTreeSet;

use hutong::audit::Findings;
use hutong::measure::dictionary::{dictionary, entry_of};
use hutong::measure::outcome::RunOutcome;
use hutong::measure::results::{Results, RunRecord, RunStatus};
use hutong::measure::summary::{Metric, calibration, mean_and_interval, pooled, summarise};
use hutong::model::fact::{Fact, Purchase};
use hutong::scenario::{CalibrationKind, CalibrationRow};
use hutong::units::{Duration, Instant, MerchantClassId, Obligation, SourceId, Status};

use crate::support_scenario::{
    BANK, HUB, ONE_HUB, WALLET, attempt, id, minor, ms, opened, record, tiny,
};

/// One accepted payment with a debit at the bank, with this system latency.
fn payment(number: u32, millis: u64) -> Vec<(Instant, Fact)> {
    let (of, route, status) = (attempt(0, number, true), ONE_HUB, Status::Accepted);
    let (source, intention) = (SourceId::new(0), u64::from(number));
    let (merchant, amount) = (Some(MerchantClassId::new(0)), minor(200));
    let elapsed = Duration::from_millis(millis);
    let obligation = Obligation { debtor_agent: id(WALLET), creditor_agent: id(BANK), amount };
    let (house, earner) = (id(HUB), id(BANK));
    let exchange = hutong::model::fact::Exchange::Debit;
    vec![
        Fact::Intended { source, intention, consumer: 1, merchant, amount, counted: true },
        opened(of, route, 200),
        Fact::HoldPlaced { book: id(BANK), of, amount },
        Fact::Exchanged { exchange, of, route, elapsed, status },
        Fact::Cleared { house, cycle: 0, obligation, fee: false, of },
        Fact::Charged { leg: 0, payer: None, earner, amount: minor(1), of },
        Fact::Answered { of, route, elapsed, messages: 8, status },
        Fact::Closed { of, status },
        Fact::Concluded { of, route: Some(route), elapsed, purchase: Purchase::FirstTry, status },
    ]
    .into_iter()
    .map(|fact| (if matches!(fact, Fact::Closed { .. }) { ms(3_001) } else { ms(3_000) }, fact))
    .collect()
}

fn run(latencies_ms: impl IntoIterator<Item = u64>) -> RunOutcome {
    let payments = (0..).zip(latencies_ms).flat_map(|(number, millis)| payment(number, millis));
    let mut facts: Vec<_> = payments.collect();
    facts.sort_by_key(|(at, _)| *at);
    record(&tiny(), &facts, ms(12_000))
}

fn results(runs: Vec<RunOutcome>) -> Results {
    let record = |(replication, outcome): (u32, RunOutcome)| RunRecord {
        policy: outcome.policy.clone(),
        replication,
        end: RunStatus::Complete(Box::new(outcome), Findings::default()),
    };
    Results { runs: (0..).zip(runs).map(record).collect() }
}

fn metric<'a>(metrics: &'a [Metric], name: &str) -> &'a Metric {
    metrics.iter().find(|one| one.name == name).unwrap_or_else(|| panic!("no metric {name}"))
}

#[test]
fn the_interval_is_students_with_the_published_quantile() {
    // Ten estimates: t(0.975, 9) = 2.262157 in every table; sd = 3.02765, half = t·sd/√10.
    let estimates: Vec<f64> = (1..=10).map(f64::from).collect();
    let (mean, interval) = mean_and_interval(&estimates).unwrap();
    let (low, high) = interval.unwrap();
    assert!((mean - 5.5).abs() < 1e-12);
    let half = 2.262_157 * 3.027_650_354 / 10_f64.sqrt();
    assert!((high - mean - half).abs() < 1e-5, "{}", high - mean);
    assert!((mean - low - half).abs() < 1e-5);
    // Two estimates: t(0.975, 1) = 12.7062.
    let (_, interval) = mean_and_interval(&[0.0, 2.0]).unwrap();
    assert!((interval.unwrap().1 - 1.0 - 12.706_2).abs() < 1e-4);
    assert_eq!(mean_and_interval(&[3.0]), Some((3.0, None)));
    assert_eq!(mean_and_interval(&[]), None);
}

#[test]
fn a_metric_is_the_mean_of_per_run_statistics_not_of_payments() {
    // Run means 100 ms and 300 ms; the pool of four payments would say 150 ms.
    let all = results(vec![run([100, 100, 100]), run([300])]);
    let metrics = summarise(&all, &tiny()).metrics;
    let mean = metric(&metrics, "latency.system.mean_us");
    assert!((mean.value - 200_000.0).abs() < 1e-6, "{mean:?}");
    assert_eq!((mean.replications, mean.policy.as_str(), mean.unit), (2, "only", "us"));
    let (low, high) = mean.interval.unwrap();
    assert!((high - low - 2.0 * 12.706_204_736 * 100_000.0).abs() < 1.0, "{low} {high}");
}

#[test]
fn each_metric_is_what_its_name_says() {
    let metrics = summarise(&results(vec![run([100, 100, 100, 500])]), &tiny()).metrics;
    for (name, expected) in [
        ("intentions", 4.0),
        ("acceptance.first_try_frac", 1.0),
        ("acceptance.lost_frac", 0.0),
        ("attempts", 4.0),
        ("approved_frac", 1.0),
        ("latency.system.mean_us", 200_000.0),
        ("latency.system.one_hub.mean_us", 200_000.0),
        ("latency.system.one_hub.bank.mean_us", 200_000.0),
        ("latency.system.one_hub.bank.static.mean_us", 200_000.0),
        ("latency.debit.mean_us", 200_000.0),
        ("latency.user.mean_us", 200_000.0),
        ("messages_per_attempt", 8.0),
        ("throughput_per_s", 0.5),
        ("value_minor", 800.0),
        ("ticket_mean_minor", 200.0),
        ("ticket.at_most_10_frac", 1.0),
        ("ticket.at_most_10000_frac", 1.0),
        ("traffic.ticket_mean_minor", 200.0),
        ("hub.hub.items_per_s", 0.5),
        ("hub.hub.value_minor_per_s", 100.0),
        ("hub.hub.ticket_mean_minor", 200.0),
        ("hub.hub.full_items_per_day", 43_200.0),
        ("hub.hub.full_value_minor_per_day", 8_640_000.0),
        ("settlement.netting_frac", 0.0),
        ("settlement.gross_minor", 800.0),
        ("utilisation.hub_frac", 0.0),
        ("wallet.wallet.share_frac", 1.0),
        ("bank.bank.approved_frac", 1.0),
        ("bank.bank.declined_business_frac", 0.0),
        ("in_flight_max", 4.0),
        ("fees.merchant_bp", 50.0),
        ("liquidity.peak_used_frac", 0.0),
    ] {
        let value = metric(&metrics, name).value;
        assert!((value - expected).abs() < 1e-9, "{name}: {value} is not {expected}");
    }
    let p50 = metric(&metrics, "latency.system.p50_us").value;
    assert!((p50 - 100_000.0).abs() <= 100.0, "{p50}");
}

/// An attempt that the drain did not see to its end was not accepted; nor is it known how many
/// messages it would have taken.
#[test]
fn shares_are_of_attempts_and_messages_of_those_that_are_over() {
    let over = payment(0, 100);
    let open = payment(1, 100).into_iter().filter(|(_, fact)| {
        !matches!(fact, Fact::Answered { .. } | Fact::Closed { .. } | Fact::Concluded { .. })
    });
    let mut facts: Vec<_> = over.into_iter().chain(open).collect();
    facts.sort_by_key(|(at, _)| *at);
    let run = record(&tiny(), &facts, ms(12_000));
    assert_eq!(run.tally.open_at_end, 1);
    let metrics = summarise(&results(vec![run]), &tiny()).metrics;
    let values = ["approved_frac", "declined_business_frac", "messages_per_attempt"];
    let values = values.map(|name| metric(&metrics, name).value);
    assert_eq!(values.map(|value| value.to_string()), ["0.5", "0", "8"]);
}

#[test]
fn a_tail_without_samples_is_absent_and_warned_of() {
    let enough = run((0..10_000).map(|number| 100 + number % 7));
    let few = run((0..9_999).map(|number| 100 + number % 7));
    let has = |runs: Vec<RunOutcome>| {
        let summary = summarise(&results(runs), &tiny());
        let found = summary.metrics.iter().any(|one| one.name == "latency.system.p999_us");
        let warned = summary.warnings.iter().any(|one| one.starts_with("p999_us needs 10000"));
        (found, warned)
    };
    assert_eq!(has(vec![enough.clone()]), (true, false));
    assert_eq!(has(vec![enough, few]), (false, true));
}

#[test]
fn merged_cells_equal_one_run_of_all_payments() {
    let pool = pooled(&results(vec![run([10, 20, 30]), run([5, 4_000])]), "only");
    let whole = run([10, 20, 30, 5, 4_000]).latency;
    assert_eq!(pool.len(), whole.len());
    for (merged, cell) in pool.iter().zip(&whole) {
        assert_eq!((merged.stage, &merged.route), (cell.stage, &cell.route));
        assert!(merged.histogram == cell.histogram, "{}", cell.stage);
        assert_eq!((merged.count, merged.sum_ns), (cell.count, cell.sum_ns));
        assert_eq!(merged.sum_sq_us2, cell.sum_sq_us2);
        assert_eq!((merged.min_ns, merged.max_ns), (cell.min_ns, cell.max_ns));
    }
}

#[test]
fn every_metric_has_an_entry_and_no_pattern_comes_twice() {
    let metrics = summarise(&results(vec![run([100; 200])]), &tiny()).metrics;
    assert!(metrics.len() > 40);
    for one in &metrics {
        let entry = entry_of(&one.name).unwrap_or_else(|| panic!("{} has no entry", one.name));
        assert_eq!((entry.unit, entry.definition), (one.unit, one.definition), "{}", one.name);
    }
    let names: BTreeSet<&str> = metrics.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names.len(), metrics.len(), "names are unique within a policy");
    let patterns: BTreeSet<&str> = dictionary().iter().map(|entry| entry.pattern).collect();
    assert_eq!(patterns.len(), dictionary().len());
}

#[test]
fn calibration_compares_with_the_published_range_and_its_tolerance() {
    let row = |metric: &str, published_low: f64, published_high: f64| CalibrationRow {
        kind: CalibrationKind::Predicted,
        what: "a figure".to_owned(),
        metric: metric.to_owned(),
        published_low,
        published_high,
        tolerance: 0.01,
        source: "nowhere".to_owned(),
    };
    let mut scenario = tiny();
    scenario.calibration = vec![
        row("latency.system.mean_us", 180_000.0, 199_000.0), // 200,000 within 1 % of the end
        row("latency.system.mean_us", 180_000.0, 190_000.0),
        row("", 1.0, 1.0),
    ];
    let told = calibration(&results(vec![run([200])]), &scenario);
    let verdicts: Vec<_> = told.iter().map(|one| (one.observed.is_some(), one.ok)).collect();
    assert_eq!(verdicts, [(true, Some(true)), (true, Some(false)), (false, None)]);
}
