//! Scenarios and results made by hand, for the tests of reports.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hdrhistogram::Histogram;
use hutong::audit::{Finding, Findings, Offence};
use hutong::kernel::dist::Dist;
use hutong::measure::outcome::{
    ErrorRow, FeeRow, FlowRow, HeatRow, LatencyCell, LiquidityRow, PositionRow, QueueRow,
    RunOutcome, SeriesRow, SettlementRow, StationRow, Tally, WalletRow,
};
use hutong::measure::results::{Results, RunRecord, RunStatus};
use hutong::report::{
    CalibrationView, MetricView, ReportContext, ReportInput, RunDir, SummaryView, Timing,
};
use hutong::scenario::{
    Answers, Currency, Discipline, Epoch, HumanTimes, Institution, Link, LinkTable, Policy, Roles,
    RuleMatrix, Scenario, Settlement, Station,
};
use hutong::units::{Amount, Duration, Instant, InstitutionId, PolicyId};

pub(crate) const HASH: &str = "9f3c21ab77e0d4c1";

/// Three institutions, policies `closed` and `open`, two replications, eight hours.
pub(crate) fn scenario() -> Scenario {
    let human = Dist::Constant(1_000_000_000);
    let link = Link { floor: Duration::from_millis(1), jitter: Dist::Constant(0) };
    let policy =
        |name: &str| Policy { name: name.to_owned(), connect: Vec::new(), shares_risk: false };
    Scenario {
        name: "city".to_owned(),
        question: "what does opening change?".to_owned(),
        expect: String::new(),
        epoch: Epoch {
            text: "2024-05-23T08:00:00+08:00".to_owned(),
            unix_seconds: 1_716_422_400,
            time_of_day: Duration::from_secs(8 * 3_600),
        },
        horizon: Duration::from_secs(8 * 3_600),
        warm_up: Duration::from_secs(600),
        drain: Duration::from_secs(60),
        seed: 42,
        currency: Currency { code: "CNY".to_owned(), exponent: 2 },
        scale: 0.01,
        institutions: ["alipay", "hub", "tenpay"].map(institution).to_vec(),
        timers: None,
        links: LinkTable { kinds: vec![link], of: vec![0; 9] },
        consumers: Vec::new(),
        merchants: Vec::new(),
        background: Vec::new(),
        replay: None,
        limits: hutong::scenario::Limits::default(),
        risk: None,
        human: HumanTimes {
            show: human.clone(),
            scan: human.clone(),
            tap: human.clone(),
            type_amount: human.clone(),
            authenticate: human,
        },
        policies: vec![policy("closed"), policy("open")],
        rules: RuleMatrix::default(),
        faults: Vec::new(),
        fees: Vec::new(),
        settlement: Settlement { bank: InstitutionId::new(1) },
        compared: vec![PolicyId::new(0), PolicyId::new(1)],
        replications: 2,
        window: Duration::from_secs(3_600),
        calibration: Vec::new(),
        thresholds: Vec::new(),
        regressions: Vec::new(),
    }
}

fn institution(name: &str) -> Institution {
    Institution {
        name: name.to_owned(),
        group: None,
        roles: Roles::default(),
        share: 1.0,
        station: Station {
            servers: 1,
            service: Dist::Constant(1_000),
            queue_limit: None,
            answers: Answers::Shared,
            discipline: Discipline::Fcfs,
            sites: Vec::new(),
        },
        payment_codes: Vec::new(),
        collection_codes: Vec::new(),
        reserve: Amount::ZERO,
        customer_funds: Amount::ZERO,
        declines: Vec::new(),
        cut_offs: Vec::new(),
        debits_via: None,
    }
}

/// A cell of these latencies, in microseconds.
pub(crate) fn cell(
    stage: &'static str,
    route: &str,
    outcome: &'static str,
    values_us: impl Iterator<Item = u64>,
) -> LatencyCell {
    let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("valid bounds");
    let values: Vec<u64> = values_us.collect();
    for value in &values {
        histogram.record(*value).expect("in range");
    }
    LatencyCell {
        stage,
        route: route.to_owned(),
        outcome,
        count: values.len() as u64,
        sum_ns: values.iter().map(|value| u128::from(*value) * 1_000).sum(),
        sum_sq_us2: values.iter().map(|value| u128::from(*value).pow(2)).sum(),
        min_ns: values.iter().min().copied().unwrap_or(0) * 1_000,
        max_ns: values.iter().max().copied().unwrap_or(0) * 1_000,
        clamped: 0,
        histogram,
    }
}

/// A run with a few rows of everything, some of them unknown, not in order of their keys.
pub(crate) fn outcome(policy: &str, replication: u32) -> RunOutcome {
    let own = |text: &str| text.to_owned();
    RunOutcome {
        policy: own(policy),
        replication,
        tally: tally(),
        latency: latencies(u64::from(replication) * 1_000),
        heat_map: vec![HeatRow { t_us: 0, bucket_lo_us: 100, bucket_hi_us: 200, count: 1 }],
        series: (0..8).rev().map(window).collect(),
        queues: vec![QueueRow {
            t_us: 0,
            node: own("hub"),
            length_mean: 0.1 + 0.2,
            length_max: 4,
            wait_mean_us: None,
            utilisation_frac: 0.5,
        }],
        stations: vec![station()],
        settlement: vec![
            settlement(1, None, "open"),
            settlement(0, Some(10_800_000_000), "settled"),
        ],
        positions: vec![position("tenpay", 700, 300, true), position("alipay", 300, 700, false)],
        liquidity: vec![reserve()],
        flows: vec![flow("tenpay", "alipay", 700, 400), flow("alipay", "tenpay", 300, -400)],
        errors: vec![ErrorRow {
            reason: "insufficient-funds",
            stage: "processing",
            participant: own("tenpay"),
            count: 150,
            of: "attempts",
            of_count: 29_900,
        }],
        fees: vec![FeeRow {
            payer: own("merchants"),
            earner: own("alipay"),
            kind: "merchant_discount",
            currency: own("CNY"),
            count: 9,
            amount_minor: 54,
        }],
        wallets: vec![WalletRow {
            wallet: own("tenpay"),
            attempts: 29_900,
            accepted: 29_700,
            accepted_minor: 412_345_678_901,
            unreadable: 200,
        }],
        decisions: Vec::new(),
        houses: Vec::new(),
        multiset: 0,
        digest: [u8::try_from(replication).expect("small"); 32],
        events: 2_100_000,
        payments: 30_100,
    }
}

fn tally() -> Tally {
    Tally {
        intentions: 30_000,
        first_try: 29_000,
        after_switch: 700,
        unreadable: 200,
        declined: 100,
        attempts: 29_900,
        accepted: 29_700,
        declined_business: 150,
        declined_technical: 50,
        messages: 120_000,
        accepted_minor: 412_345_678_901,
        ..Tally::default()
    }
}

fn latencies(shift: u64) -> Vec<LatencyCell> {
    vec![
        cell("user", "one_hub.bank.static", "accepted", (1..40).map(|v| v * 100_000)),
        cell(
            "system",
            "one_hub.bank.static",
            "accepted",
            (0..6_000).map(|v| 90_000 + v * 7 + shift),
        ),
        cell("system", "on_us.balance.tap", "accepted", std::iter::once(150)),
        cell("system", "background", "accepted", std::iter::once(9_999_999)),
    ]
}

fn reserve() -> LiquidityRow {
    LiquidityRow {
        t_us: 10_800_000_000,
        participant: "tenpay".to_owned(),
        currency: "CNY".to_owned(),
        balance_minor: 290_000,
        limit_minor: None,
        used_ppm: Some(710_000),
        calls: 1,
    }
}

fn window(hour: u64) -> SeriesRow {
    SeriesRow {
        t_us: hour * 3_600_000_000,
        window_us: 3_600_000_000,
        offered: 10 * hour,
        accepted: 9 * hour,
        declined: hour,
        timed_out: 0,
        completed: 10 * hour,
        in_flight_mean: f64::from(u32::try_from(hour).expect("small")) / 3.0,
        in_flight_max: hour,
        win_p50_us: (hour > 0).then_some(142_000),
        win_p95_us: (hour > 2).then_some(380_000),
        win_p99_us: None,
    }
}

fn position(participant: &str, debit: u128, credit: u128, settled: bool) -> PositionRow {
    PositionRow {
        cycle: 0,
        house: "hub".to_owned(),
        participant: participant.to_owned(),
        currency: "CNY".to_owned(),
        debit_minor: debit,
        credit_minor: credit,
        net_minor: credit.cast_signed() - debit.cast_signed(),
        fees_minor: -3,
        opening_minor: settled.then_some(1_000_000),
        closing_minor: settled.then_some(900_000),
    }
}

fn flow(debtor: &str, creditor: &str, gross: u128, net: i128) -> FlowRow {
    FlowRow {
        payer: debtor.to_owned(),
        payee: creditor.to_owned(),
        currency: "CNY".to_owned(),
        count: 5,
        gross_minor: gross,
        net_minor: net,
    }
}

fn station() -> StationRow {
    let mut waits = Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("valid bounds");
    (0..30).for_each(|wait| waits.record(wait).expect("in range"));
    StationRow {
        node: "hub".to_owned(),
        visits: 30,
        turned_away: 2,
        waited: 29,
        wait_sum_ns: 435_000,
        waits,
        utilisation_frac: 0.82,
        servers: 3,
    }
}

fn settlement(cycle: u32, settled_us: Option<u64>, status: &'static str) -> SettlementRow {
    SettlementRow {
        cycle,
        house: "hub".to_owned(),
        currency: "CNY".to_owned(),
        open_us: 0,
        cutoff_us: 10_800_000_000,
        settled_us,
        method: "deferred_net",
        obligations: 10,
        gross_minor: u128::from(cycle == 0) * 1_000,
        bilateral_net_minor: 400,
        net_minor: u128::from(cycle == 0) * 400,
        participants: 2,
        failed_minor: 0,
        status,
    }
}

/// Two laws; the second one broken when asked.
pub(crate) fn findings(broken: bool) -> Findings {
    let offence = || Offence {
        at: Instant::from_nanos(77),
        what: "book of tenpay".to_owned(),
        expected: "0".to_owned(),
        observed: "1".to_owned(),
    };
    let books = Finding {
        law: "books-balance",
        statement: "Every book balances.",
        checked: 100,
        offence: None,
    };
    let zero = Finding {
        law: "positions-sum-to-zero",
        statement: "Positions of a cycle sum to zero.",
        checked: 4,
        offence: broken.then(offence),
    };
    Findings { laws: vec![books, zero], ..Findings::default() }
}

/// One record for each policy and replication, in plan order.
pub(crate) fn results(end: impl Fn(&str, u32) -> RunStatus) -> Results {
    let plan = [("closed", 0), ("open", 0), ("closed", 1), ("open", 1)];
    let record = |(policy, replication): (&str, u32)| RunRecord {
        policy: policy.to_owned(),
        replication,
        end: end(policy, replication),
    };
    Results { runs: plan.into_iter().map(record).collect() }
}

pub(crate) fn complete(policy: &str, replication: u32) -> RunStatus {
    RunStatus::Complete(Box::new(outcome(policy, replication)), findings(false))
}

pub(crate) fn context() -> ReportContext {
    ReportContext {
        engine_version: "0.1.0".to_owned(),
        source_digest: "c0ffee".to_owned(),
        generator: "hutong-keyed-1".to_owned(),
        scenario_file: "scenarios/city.toml".to_owned(),
        command: "hutong run scenarios/city.toml".to_owned(),
        hash: HASH.to_owned(),
        warnings: Vec::new(),
    }
}

pub(crate) fn metrics() -> Vec<MetricView> {
    vec![MetricView {
        policy: "closed".to_owned(),
        name: "acceptance".to_owned(),
        value: Some(0.1 + 0.2),
        unit: "1".to_owned(),
        ci_lo: None,
        ci_hi: None,
        replications: 2,
    }]
}

pub(crate) fn calibration() -> Vec<CalibrationView> {
    vec![CalibrationView {
        kind: "predicted".to_owned(),
        what: "share of messages".to_owned(),
        published: "0.4 to 0.5".to_owned(),
        observed: Some(0.45),
        ok: Some(true),
        source: "https://example.org/a_b?c=1&d=2".to_owned(),
    }]
}

/// Writes a report of these results below `out`.
pub(crate) fn write(out: &Path, scenario: &Scenario, results: &Results) -> (SummaryView, RunDir) {
    write_with(out, scenario, results, &context())
}

pub(crate) fn write_with(
    out: &Path,
    scenario: &Scenario,
    results: &Results,
    context: &ReportContext,
) -> (SummaryView, RunDir) {
    let mut dir = RunDir::open(out, &scenario.name, &context.hash).expect("a folder");
    let timing = Timing { wall_seconds: 1.5, threads: 2, ..Timing::default() };
    let input = ReportInput {
        scenario,
        resolved: "name = \"city\"\n",
        results,
        context,
        metrics: &metrics(),
        calibration: &calibration(),
        timing: &timing,
    };
    let summary = hutong::report::write(&input, &mut dir).expect("a report");
    (summary, dir)
}

/// Every file of a folder by name.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder");
    let entry = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        (name, fs::read(entry.path()).expect("a file"))
    };
    entries.map(entry).collect()
}
