//! The tables of runs: traffic, queues and wallets; money and latency have files of their own.

use super::column::{Base, Column, RunTable, Table};
use super::latency::{LatencyTable, quantile_us};
use super::money;
use crate::measure::outcome::{ErrorRow, HeatRow, QueueRow, SeriesRow, StationRow, WalletRow};

/// Every table that a report always holds, in order of file name.
pub(super) fn all() -> [&'static dyn Table; 12] {
    [
        &ERRORS,
        &money::FEES,
        &money::FLOWS,
        &LatencyTable,
        &HEAT_MAP,
        &money::LIQUIDITY,
        &money::POSITIONS,
        &QUEUES,
        &money::SETTLEMENT,
        &STATIONS,
        &SERIES,
        &WALLETS,
    ]
}

static HEAT_MAP: RunTable<HeatRow> = RunTable {
    file: "latency_heatmap.csv",
    title: "System latency of accepted payments over time: one row a window and bucket",
    base: Base::Run,
    key: &["t_us", "bucket_lo_us"],
    unique: true,
    columns: &[
        Column::whole("t_us", "us", "Start of the window, since the epoch", |r| r.t_us.into()),
        Column::whole("bucket_lo_us", "us", "Lower bound of the latency bucket", |r| {
            r.bucket_lo_us.into()
        }),
        Column::whole("bucket_hi_us", "us", "Upper bound of the bucket, exclusive", |r| {
            r.bucket_hi_us.into()
        }),
        Column::whole("count", "payments", "Accepted payments answered in this window", |r| {
            r.count.into()
        }),
    ],
    rows: |run| &run.heat_map,
};

static SERIES: RunTable<SeriesRow> = RunTable {
    file: "timeseries.csv",
    title: "Traffic over time, counted or not, background apart: one row a window",
    base: Base::Run,
    key: &["t_us"],
    unique: true,
    columns: &[
        Column::whole("t_us", "us", "Start of the window, since the epoch", |r| r.t_us.into()),
        Column::whole("window_us", "us", "Width of the window", |r| r.window_us.into()),
        Column::whole("offered", "attempts", "Attempts opened", |r| r.offered.into()),
        Column::whole("accepted", "attempts", "Attempts accepted", |r| r.accepted.into()),
        Column::whole("declined", "attempts", "Attempts declined", |r| r.declined.into()),
        Column::whole("timed_out", "attempts", "Attempts timed out", |r| r.timed_out.into()),
        Column::whole("completed", "attempts", "Attempts closed", |r| r.completed.into()),
        Column::number("in_flight_mean", "attempts", "Time-weighted mean in flight", |r| {
            r.in_flight_mean.into()
        }),
        Column::whole("in_flight_max", "attempts", "Most in flight", |r| r.in_flight_max.into()),
        Column::maybe_whole(
            "win_p50_us",
            "us",
            "Median system latency of this window alone",
            |r| r.win_p50_us.into(),
        ),
        Column::maybe_whole("win_p95_us", "us", "Its 0.95 quantile; empty below 20 samples", |r| {
            r.win_p95_us.into()
        }),
        Column::maybe_whole(
            "win_p99_us",
            "us",
            "Its 0.99 quantile; empty below 100 samples",
            |r| r.win_p99_us.into(),
        ),
    ],
    rows: |run| &run.series,
};

static QUEUES: RunTable<QueueRow> = RunTable {
    file: "queues.csv",
    title: "Stations over time: one row a window and station",
    base: Base::Run,
    key: &["t_us", "participant"],
    unique: true,
    columns: &[
        Column::whole("t_us", "us", "Start of the window, since the epoch", |r| r.t_us.into()),
        Column::text("participant", "The institution", |r| (&r.node).into()),
        Column::number("length_mean", "messages", "Time-weighted mean waiting", |r| {
            r.length_mean.into()
        }),
        Column::whole("length_max", "messages", "Most waiting, as arrivals found them", |r| {
            r.length_max.into()
        }),
        Column::maybe_number("wait_mean_us", "us", "Mean wait; empty when nothing arrived", |r| {
            r.wait_mean_us.into()
        }),
        Column::number("utilisation_frac", "1", "Busy server time / (servers x window)", |r| {
            r.utilisation_frac.into()
        }),
    ],
    rows: |run| &run.queues,
};

static STATIONS: RunTable<StationRow> = RunTable {
    file: "stations.csv",
    title: "Stations from warm-up to horizon: one row a station",
    base: Base::Between,
    key: &["participant"],
    unique: true,
    columns: &[
        Column::text("participant", "The institution", |r| (&r.node).into()),
        Column::whole("servers", "servers", "Parallel servers", |r| r.servers.into()),
        Column::whole("visits", "messages", "Messages served", |r| r.visits.into()),
        Column::whole("turned_away", "messages", "Turned away by a full queue", |r| {
            r.turned_away.into()
        }),
        Column::whole("waited", "messages", "Messages that waited at all", |r| r.waited.into()),
        Column::maybe_number("wait_mean_us", "us", "Mean wait, zero waits included", |r| {
            super::latency::mean_us(r.wait_sum_ns, r.visits).into()
        }),
        Column::maybe_whole("wait_p50_us", "us", "Median wait", |r| {
            quantile_us(&r.waits, 0.5).into()
        }),
        Column::maybe_whole("wait_p95_us", "us", "0.95 quantile; empty below 20 samples", |r| {
            quantile_us(&r.waits, 0.95).into()
        }),
        Column::maybe_whole("wait_p99_us", "us", "0.99 quantile; empty below 100 samples", |r| {
            quantile_us(&r.waits, 0.99).into()
        }),
        Column::maybe_whole(
            "wait_p999_us",
            "us",
            "0.999 quantile; empty below 10000 samples",
            |r| quantile_us(&r.waits, 0.999).into(),
        ),
        Column::number("utilisation_frac", "1", "Busy server time / (servers x time)", |r| {
            r.utilisation_frac.into()
        }),
    ],
    rows: |run| &run.stations,
};

static ERRORS: RunTable<ErrorRow> = RunTable {
    file: "errors.csv",
    title: "Refusals, and codes that could not be read: one row a reason, stage and institution",
    base: Base::Counted,
    key: &["reason", "stage", "participant"],
    unique: true,
    columns: &[
        Column::text("reason", "Why", |r| r.reason.into()),
        Column::text("stage", "presentment: no message was sent; processing: one was", |r| {
            r.stage.into()
        }),
        Column::text(
            "participant",
            "The institution that refused; at presentment the wallet that was tried",
            |r| (&r.participant).into(),
        ),
        Column::whole("count", "refusals", "How often", |r| r.count.into()),
        Column::text(
            "of",
            "What count is a share of: attempts, or at presentment tries, which are attempts and \
             those that sent no message because the code could not be read",
            |r| r.of.into(),
        ),
        Column::whole("of_count", "attempts or tries", "How many of these were counted", |r| {
            r.of_count.into()
        }),
        Column::maybe_number("share_frac", "1", "count / of_count", |r| {
            super::number::ratio(r.count.into(), r.of_count.into()).into()
        }),
    ],
    rows: |run| &run.errors,
};

static WALLETS: RunTable<WalletRow> = RunTable {
    file: "wallets.csv",
    title: "Each wallet's counted attempts: one row a wallet provider",
    base: Base::Counted,
    key: &["wallet"],
    unique: true,
    columns: &[
        Column::text("wallet", "The wallet provider", |r| (&r.wallet).into()),
        Column::whole("attempts", "attempts", "Attempts opened", |r| r.attempts.into()),
        Column::whole("accepted", "attempts", "Attempts accepted", |r| r.accepted.into()),
        Column::whole("accepted_minor", "minor units", "Their value", |r| r.accepted_minor.into()),
        Column::whole("unreadable", "tries", "Tries whose code the app cannot read", |r| {
            r.unreadable.into()
        }),
    ],
    rows: |run| &run.wallets,
};
