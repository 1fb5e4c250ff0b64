//! `bench`: the speed of this build on this machine.

use serde_json::{Value, json};

use super::exit::Exit;
use super::output::Output;
use super::table::table;
use crate::experiment::bench::{Measured, Report, Subject, measure};
use crate::experiment::progress::thousands;

/// Carries out `hutong bench`.
pub fn bench(out: &mut Output, rounds: u32) -> Exit {
    let report = measure(rounds);
    let heading = ["rate", "what", "payments/s", "ns/payment", "events/payment", "× plain loop"];
    let rows: Vec<Vec<String>> = report.rows.iter().map(|one| row(one, &report)).collect();
    out.data(&table(&heading, &[0, 2, 3, 4, 5], &rows));
    out.data(&closing(&report, rounds));
    let entries: Vec<Value> = report.rows.iter().map(entry).collect();
    let peak = report.peak_bytes;
    let body = json!({ "measured": entries, "peak_bytes": peak, "rounds": rounds });
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
