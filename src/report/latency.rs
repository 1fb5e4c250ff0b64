//! Latency: rows of each replication and pooled, the interval log and the percentile table.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2Serializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use serde::{Deserialize, Serialize};

use super::column::{Base, Column, CsvFile, Sheet, Table, sorted_runs};
use crate::measure::outcome::LatencyCell;
use crate::measure::results::Results;
use crate::scenario::Scenario;

/// Samples below which a quantile is not reported.
const GUARD: [(f64, u64); 6] =
    [(0.9999, 100_000), (0.999, 10_000), (0.99, 100), (0.95, 20), (0.9, 10), (0.0, 1)];
/// Percentile table: steps in each halving of the distance to 100 %.
const TICKS_PER_HALF: u32 = 5;

/// What a set of latencies comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Samples.
    pub count: u64,
    /// Smallest.
    pub min_us: u64,
    /// Mean, to a nanosecond.
    pub mean_us: f64,
    /// Sample standard deviation; none below 2 samples.
    pub sd_us: Option<f64>,
    /// Median.
    pub p50_us: Option<u64>,
    /// 0.75 quantile.
    pub p75_us: Option<u64>,
    /// 0.9 quantile; none below 10 samples.
    pub p90_us: Option<u64>,
    /// 0.95 quantile; none below 20 samples.
    pub p95_us: Option<u64>,
    /// 0.99 quantile; none below 100 samples.
    pub p99_us: Option<u64>,
    /// 0.999 quantile; none below 10,000 samples.
    pub p999_us: Option<u64>,
    /// 0.9999 quantile; none below 100,000 samples.
    pub p9999_us: Option<u64>,
    /// Largest.
    pub max_us: u64,
    /// Samples above the histogram's upper bound, counted there.
    pub clamped: u64,
}

/// One row of `latency.csv`.
struct Row {
    run_id: String,
    replication: Option<u32>,
    policy: String,
    route: String,
    stage: &'static str,
    outcome: &'static str,
    figures: Figures,
}

/// `latency.csv`.
pub(super) struct LatencyTable;

const COLUMNS: &[Column<Row>] = &[
    Column::text("run_id", "policy.replication, or policy.pooled", |r| (&r.run_id).into()),
    Column::maybe_whole("replication", "", "Counted from 0; empty: all, pooled", |r| {
        r.replication.into()
    }),
    Column::text("policy", "The policy that was run", |r| (&r.policy).into()),
    Column::text("route", "Topology, funding and presentment; none without a message", |r| {
        (&r.route).into()
    }),
    Column::text("stage", "user, system, parse, debit or pay", |r| r.stage.into()),
    Column::text(
        "outcome",
        "accepted, declined_business, declined_technical, or unreadable: no code could be read and \
         no message was sent",
        |r| r.outcome.into(),
    ),
    Column::whole("count", "samples", "Samples", |r| r.figures.count.into()),
    Column::whole("min_us", "us", "Smallest", |r| r.figures.min_us.into()),
    Column::number("mean_us", "us", "Mean", |r| r.figures.mean_us.into()),
    Column::maybe_number("sd_us", "us", "Sample standard deviation; empty below 2 samples", |r| {
        r.figures.sd_us.into()
    }),
    Column::maybe_whole("p50_us", "us", "Median", |r| r.figures.p50_us.into()),
    Column::maybe_whole("p75_us", "us", "0.75 quantile", |r| r.figures.p75_us.into()),
    Column::maybe_whole("p90_us", "us", "0.9 quantile; empty below 10 samples", |r| {
        r.figures.p90_us.into()
    }),
    Column::maybe_whole("p95_us", "us", "0.95 quantile; empty below 20 samples", |r| {
        r.figures.p95_us.into()
    }),
    Column::maybe_whole("p99_us", "us", "0.99 quantile; empty below 100 samples", |r| {
        r.figures.p99_us.into()
    }),
    Column::maybe_whole("p999_us", "us", "0.999 quantile; empty below 10000 samples", |r| {
        r.figures.p999_us.into()
    }),
    Column::maybe_whole("p9999_us", "us", "0.9999 quantile; empty below 100000 samples", |r| {
        r.figures.p9999_us.into()
    }),
    Column::whole("max_us", "us", "Largest", |r| r.figures.max_us.into()),
    Column::whole("clamped", "samples", "Samples above one hour, counted as one hour", |r| {
        r.figures.clamped.into()
    }),
];

/// Whether `count` samples say anything about quantile `q`.
fn enough(q: f64, count: u64) -> bool {
    GUARD.iter().find(|(least, _)| q >= *least).is_some_and(|(_, samples)| count >= *samples)
}

/// Quantile `q` in microseconds, if there are enough samples.
pub(super) fn quantile_us(histogram: &Histogram<u64>, q: f64) -> Option<u64> {
    enough(q, histogram.len()).then(|| histogram.value_at_quantile(q))
}

/// The mean in microseconds, to a nanosecond.
#[expect(clippy::cast_precision_loss, reason = "a mean of latencies is far below 2^53 ns")]
pub(super) fn mean_us(sum_ns: u128, count: u64) -> Option<f64> {
    let count = u128::from(count);
    (count > 0).then(|| ((sum_ns + count / 2) / count) as f64 / 1e3)
}

/// The sample standard deviation in microseconds, to a nanosecond.
#[expect(clippy::cast_precision_loss, reason = "the exact difference is taken before")]
fn sd_us(cell: &LatencyCell) -> Option<f64> {
    let count = u128::from(cell.count);
    if count < 2 {
        return None;
    }
    let squares = cell.sum_sq_us2.checked_mul(1_000_000).and_then(|ns2| ns2.checked_mul(count));
    let exact = squares.zip(cell.sum_ns.checked_mul(cell.sum_ns));
    // Each square was rounded down, so the difference of equal samples may fall below zero.
    let spread = exact.map_or_else(
        || {
            let sum = cell.sum_ns as f64;
            (cell.sum_sq_us2 as f64 * 1e6 * count as f64 - sum * sum).max(0.0)
        },
        |(squares, square)| squares.saturating_sub(square) as f64,
    );
    let variance_ns2 = spread / count as f64 / (count - 1) as f64;
    Some(libm::round(libm::sqrt(variance_ns2)) / 1e3)
}

const fn micros(nanos: u64) -> u64 {
    crate::units::Duration::from_nanos(nanos).micros_rounded()
}

impl Figures {
    /// Of one cell; `None` of an empty one.
    pub fn of(cell: &LatencyCell) -> Option<Self> {
        // A bucket's upper end may lie above the largest sample.
        let at = |q| {
            enough(q, cell.count)
                .then(|| cell.histogram.value_at_quantile(q).min(micros(cell.max_ns)))
        };
        Some(Self {
            count: cell.count,
            min_us: micros(cell.min_ns),
            mean_us: mean_us(cell.sum_ns, cell.count)?,
            sd_us: sd_us(cell),
            p50_us: at(0.5),
            p75_us: at(0.75),
            p90_us: at(0.9),
            p95_us: at(0.95),
            p99_us: at(0.99),
            p999_us: at(0.999),
            p9999_us: at(0.9999),
            max_us: micros(cell.max_ns),
            clamped: cell.clamped,
        })
    }
}

/// Adds one cell to a pool: exact, and so in any order the same.
fn pool(into: &mut Option<LatencyCell>, cell: &LatencyCell) {
    let Some(pooled) = into else {
        *into = Some(cell.clone());
        return;
    };
    pooled.histogram.add(&cell.histogram).expect("all latency histograms have one range");
    pooled.count += cell.count;
    pooled.sum_ns += cell.sum_ns;
    pooled.sum_sq_us2 += cell.sum_sq_us2;
    pooled.min_ns = pooled.min_ns.min(cell.min_ns);
    pooled.max_ns = pooled.max_ns.max(cell.max_ns);
    pooled.clamped += cell.clamped;
}

type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Cells pooled over replications, by policy, route, stage and outcome.
fn pooled(results: &Results) -> BTreeMap<Key<'_>, LatencyCell> {
    let mut cells: BTreeMap<Key<'_>, Option<LatencyCell>> = BTreeMap::new();
    for (run, _) in results.complete() {
        for cell in run.latency.iter().filter(|cell| cell.count > 0) {
            let key = (run.policy.as_str(), cell.route.as_str(), cell.stage, cell.outcome);
            pool(cells.entry(key).or_default(), cell);
        }
    }
    cells.into_iter().filter_map(|(key, cell)| cell.map(|cell| (key, cell))).collect()
}

/// The headline: system latency of all accepted payments of a policy, background apart.
pub(super) fn headline(results: &Results, policy: &str) -> Option<LatencyCell> {
    let mut all = None;
    for (run, _) in results.complete().filter(|(run, _)| run.policy == policy) {
        let headline = |cell: &&LatencyCell| {
            let of = cell.stage == "system" && cell.outcome == "accepted";
            of && cell.route != "background" && cell.count > 0
        };
        run.latency.iter().filter(headline).for_each(|cell| pool(&mut all, cell));
    }
    all
}

fn rows(results: &Results) -> Vec<Row> {
    let row = |policy: &str, replication: Option<u32>, cell: &LatencyCell| {
        let part = replication.map_or_else(|| "pooled".to_owned(), |number| number.to_string());
        Figures::of(cell).map(|figures| Row {
            run_id: format!("{policy}.{part}"),
            replication,
            policy: policy.to_owned(),
            route: cell.route.clone(),
            stage: cell.stage,
            outcome: cell.outcome,
            figures,
        })
    };
    let mut rows = Vec::new();
    for run in sorted_runs(results) {
        rows.extend(run.latency.iter().filter_map(|c| row(&run.policy, Some(run.replication), c)));
    }
    rows.extend(pooled(results).iter().filter_map(|(key, cell)| row(key.0, None, cell)));
    rows.sort_by(|a, b| {
        let key = |r: &'_ Row| (r.replication, r.stage, r.outcome);
        (a.policy.cmp(&b.policy))
            .then_with(|| a.replication.cmp(&b.replication))
            .then_with(|| a.route.cmp(&b.route))
            .then_with(|| key(a).cmp(&key(b)))
    });
    rows
}

impl Table for LatencyTable {
    fn sheet(&self) -> Sheet {
        Sheet {
            file: "latency.csv",
            title: "Latency: one row a route, stage and outcome, for each replication and pooled",
            base: Base::Counted,
            key: vec!["run_id", "route", "stage", "outcome"],
            fields: COLUMNS.iter().map(|column| column.field).collect(),
        }
    }

    fn write(&self, results: &Results, out: &mut dyn Write) -> io::Result<u64> {
        let mut file = CsvFile::new(&self.sheet().fields, out)?;
        for row in rows(results) {
            file.row(COLUMNS.iter().map(|column| column.read(&row)))?;
        }
        file.finish()
    }
}

/// `latency.hlog`: one interval a policy, stage, route and outcome, pooled over replications.
pub(super) fn write_log(
    scenario: &Scenario,
    results: &Results,
    mut out: &mut dyn Write,
) -> io::Result<()> {
    let seconds = time::Duration::from_secs(scenario.epoch.unix_seconds.unsigned_abs());
    let base = if scenario.epoch.unix_seconds < 0 {
        time::UNIX_EPOCH.checked_sub(seconds)
    } else {
        time::UNIX_EPOCH.checked_add(seconds)
    };
    let mut serializer = V2Serializer::new();
    let mut log = IntervalLogWriterBuilder::new();
    log.add_comment("[Latency in microseconds, pooled over replications]");
    log.add_comment("[Tag: policy.stage.route.outcome]");
    if let Some(base) = base {
        log.with_base_time(base);
    }
    let mut log = log.begin_log_with(&mut out, &mut serializer)?;
    let start = time::Duration::from_nanos(scenario.warm_up.nanos());
    let length = time::Duration::from_nanos(scenario.horizon.nanos()).saturating_sub(start);
    for ((policy, route, stage, outcome), cell) in pooled(results) {
        let tag = format!("{policy}.{stage}.{route}.{outcome}");
        let tag = Tag::new(&tag).expect("names hold no comma and no white space");
        log.write_histogram(&cell.histogram, start, length, Some(tag))
            .map_err(|error| io::Error::other(format!("{error:?}")))?;
    }
    Ok(())
}

/// `latency.hgrm`: the percentile table of each policy's headline.
pub(super) fn write_percentiles(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut policies: Vec<&str> = results.complete().map(|(run, _)| run.policy.as_str()).collect();
    policies.sort_unstable();
    policies.dedup();
    for policy in policies {
        if let Some(cell) = headline(results, policy) {
            writeln!(out, "# {policy}: system latency, accepted, all routes, microseconds")?;
            write_block(&cell, out)?;
        }
    }
    Ok(())
}

fn write_block(cell: &LatencyCell, out: &mut dyn Write) -> io::Result<()> {
    let histogram = &cell.histogram;
    writeln!(
        out,
        "{:>12} {:>14} {:>10} {:>14}\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    )?;
    let mut total = 0;
    for step in histogram.iter_quantiles(TICKS_PER_HALF) {
        total += step.count_since_last_iteration();
        let quantile = step.quantile_iterated_to();
        write!(out, "{:>12}.000 {quantile:.12} {total:>10}", step.value_iterated_to())?;
        if quantile < 1.0 {
            write!(out, " {:>14.2}", 1.0 / (1.0 - quantile))?;
        }
        writeln!(out)?;
    }
    let mean = mean_us(cell.sum_ns, cell.count).unwrap_or(0.0);
    let sd = sd_us(cell).unwrap_or(0.0);
    writeln!(out, "#[Mean    = {mean:>12.3}, StdDeviation   = {sd:>12.3}]")?;
    let max = micros(cell.max_ns);
    writeln!(out, "#[Max     = {max:>12}.000, Total count    = {:>12}]", cell.count)?;
    let buckets = histogram.buckets();
    let halves =
        1_u64 << (64 - (2 * 10_u64.pow(u32::from(histogram.sigfig())) - 1).leading_zeros());
    writeln!(out, "#[Buckets = {buckets:>12}, SubBuckets     = {halves:>12}]")
}
