//! `bench`: the speed of this build on this machine.

use serde_json::{Value, json};

use super::exit::Exit;
use super::output::Output;
use super::table::table;
use crate::experiment::bench::{
    DecisionRow, Measured, Report, SettlementRow, Subject, measure, measure_settlement,
};
use crate::experiment::progress::thousands;

/// Carries out `hutong bench`.
pub fn bench(out: &mut Output, rounds: u32) -> Exit {
    let report = measure(rounds);
    let heading = ["rate", "what", "payments/s", "ns/payment", "events/payment", "× plain loop"];
    let rows: Vec<Vec<String>> = report.rows.iter().map(|one| row(one, &report)).collect();
    out.data(&table(&heading, &[0, 2, 3, 4, 5], &rows));
    out.data(&closing(&report, rounds));
    let (settled, decided) = measure_settlement(rounds);
    out.data(&settlement(&settled, &decided));
    let entries: Vec<Value> = report.rows.iter().map(entry).collect();
    let settled: Vec<Value> = settled.iter().map(settlement_entry).collect();
    let decided: Vec<Value> = decided.iter().map(decision_entry).collect();
    let peak = report.peak_bytes;
    let body = json!({
        "measured": entries, "peak_bytes": peak, "rounds": rounds,
        "settlement": settled, "decisions": decided,
    });
    out.document("hutong.bench/1", Exit::Ok, body);
    Exit::Ok
}

fn row(one: &Measured, report: &Report) -> Vec<String> {
    let shown = |value: Option<u64>| value.map(thousands).unwrap_or_default();
    vec![
        format!("{}/s", thousands(u64::from(one.rate.per_second))),
        one.subject.name().to_owned(),
        shown(one.payments_per_second()),
        shown(one.ns_per_payment()),
        hundredths(one.events * 100 / one.payments.max(1)),
        ratio(one, report).map(hundredths).unwrap_or_default(),
    ]
}

/// Speed relative to the plain loop at the same rate, in hundredths.
fn ratio(one: &Measured, report: &Report) -> Option<u64> {
    let same = |at: &&Measured| at.rate == one.rate && at.subject == Subject::PlainLoop;
    let plain = report.rows.iter().find(same)?.ns_per_payment()?;
    (plain * 100).checked_div(one.ns_per_payment()?)
}

fn hundredths(value: u64) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

fn closing(report: &Report, rounds: u32) -> String {
    let peak = report.peak_bytes.map_or_else(
        || "peak memory: not told by this system".to_owned(),
        |bytes| format!("peak memory of the whole benchmark: {} MiB", bytes >> 20),
    );
    format!("\none thread; best of {rounds} interleaved rounds; {peak}\n")
}

fn settlement(rows: &[SettlementRow], decisions: &[DecisionRow]) -> String {
    let heading = ["settlement", "liquidity", "obligations", "ns/obligation", "obligations/s"];
    let each = |one: &SettlementRow| {
        let count = u64::from(one.obligations);
        let rate = (count * 1_000_000_000).checked_div(one.elapsed_ns);
        vec![
            one.regime.name().to_owned(),
            liquidity(one).to_owned(),
            thousands(count),
            thousands(one.elapsed_ns / count.max(1)),
            rate.map(thousands).unwrap_or_default(),
        ]
    };
    let first = table(&heading, &[2, 3, 4], &rows.iter().map(each).collect::<Vec<_>>());
    let heading = ["decision", "queued", "chosen", "ms"];
    let each = |one: &DecisionRow| {
        let shown = [u64::from(one.queued), one.chosen].map(thousands);
        let ms = hundredths(one.elapsed_ns / 10_000);
        [one.name.to_owned()].into_iter().chain(shown).chain([ms]).collect()
    };
    let second = table(&heading, &[1, 2, 3], &decisions.iter().map(each).collect::<Vec<_>>());
    format!("\n{first}\n{second}")
}

fn liquidity(one: &SettlementRow) -> &'static str {
    if one.ample { "ample" } else { "tight" }
}

fn settlement_entry(one: &SettlementRow) -> Value {
    json!({
        "regime": one.regime.name(),
        "liquidity": liquidity(one),
        "obligations": one.obligations,
        "elapsed_ns": one.elapsed_ns,
        "ns_per_obligation": one.elapsed_ns / u64::from(one.obligations.max(1)),
    })
}

fn decision_entry(one: &DecisionRow) -> Value {
    json!({
        "what": one.name, "queued": one.queued, "chosen": one.chosen,
        "elapsed_ns": one.elapsed_ns,
    })
}

fn entry(one: &Measured) -> Value {
    json!({
        "rate_per_s": one.rate.per_second,
        "what": one.subject.name(),
        "payments": one.payments,
        "events": one.events,
        "elapsed_ns": one.elapsed_ns,
        "ns_per_payment": one.ns_per_payment(),
    })
}
