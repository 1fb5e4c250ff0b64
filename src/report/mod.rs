//! Report: results to bytes. Tables, summaries, logs and pictures of one scenario's runs.
//!
//! Invariant: the same results give the same bytes; `timing.json` alone may differ, and the
//! manifest, written last, neither digests it nor mentions its size.
//! Never: the world, the engine, a random number, a clock; or a file outside the output folder.

pub mod settle;

mod column;
mod console;
mod dir;
mod events;
mod headline;
mod json;
mod latency;
mod lines;
mod markdown;
mod metric_view;
mod metrics;
mod money;
mod network;
mod number;
mod page;
mod payments;
mod picture;
mod rebuild;
mod svg;
mod tables;
mod baseline;
mod gate;
mod verdict_view;
mod view;

use crate::measure::results::Results;
use crate::scenario::Scenario;

pub use baseline::{BASELINE_SCHEMA, Baseline};
pub use column::{Base, Cell, Field, Kind, Sheet};
pub use console::console;
pub use dir::{ReportError, RunDir, Written};
pub use events::EventsWriter;
pub use gate::{Judged, annotations, junit, summary_page};
pub use headline::{status, summary};
pub use json::schema;
pub use latency::Figures;
pub use lines::labels;
pub use markdown::page;
pub use metric_view::{CalibrationView, DifferenceView, MetricView};
pub use network::network;
pub use payments::PaymentsWriter;
pub use rebuild::{RebuildError, rebuild};
pub use verdict_view::{VerdictView, thresholds, worst_first};
pub use view::{
    ClearingView, CountsView, EngineView, LawView, LiquidityView, OffenceView, PolicyView,
    PositionView, QueuesView, ReportContext, RunView, ScenarioView, SummaryView, Timing,
};

/// The schema that `summary.json` names.
pub const SUMMARY_SCHEMA: &str = "hutong.summary/1";

/// The one file that may differ between two runs of the same inputs.
pub const TIMING_FILE: &str = "timing.json";

/// Every file that a report may hold, and what it answers.
pub const FILES: [(&str, &str); 28] = [
    (
        "manifest.json",
        "What was run, with which engine and seed, and which files belong to it, \
        with digests. Written last: where it is missing, the report is not complete.",
    ),
    ("scenario.resolved.toml", "What exactly was run, with every default filled in."),
    (
        "report.html",
        "The report to look at: one page that needs no network, made from the other files.",
    ),
    ("summary.md", "The headline figures of each policy, differences, metrics and laws, to read."),
    ("summary.json", "The same for programs."),
    ("metrics.csv", "Every metric for each policy and replication."),
    (
        "latency.csv",
        "How long each stage took, by route and outcome, for each replication and \
        pooled.",
    ),
    ("latency.hlog", "The same distributions, whole, as an interval log of HdrHistogram."),
    ("latency.hgrm", "Percentiles of system latency, as a table of HdrHistogram."),
    ("latency.svg", "Latency by percentile, as a picture."),
    ("latency_heatmap.csv", "When payments were slow: counts by window and latency bucket."),
    (
        "timeseries.csv",
        "What went on in each window: offered, accepted, declined, in flight, and \
        quantiles of that window alone.",
    ),
    ("timeseries.svg", "Attempts a second over time, as a picture."),
    ("queues.csv", "Each station in each window: queue, wait, utilisation."),
    ("stations.csv", "Each station from warm-up to horizon."),
    ("settlement.csv", "What each cycle cleared, netted and settled."),
    ("positions.csv", "Who owed and who was owed in each cycle, and what it did to the reserve."),
    ("liquidity.csv", "How each reserve account moved."),
    (
        "flows.csv",
        "Value of payments between each pair of institutions. Fees are apart: settlement.csv and \
         positions.csv have those that are cleared, so their gross is larger by these.",
    ),
    ("fees.csv", "Who paid whom for what."),
    (
        "errors.csv",
        "Why attempts were refused, and by whom, as a share of attempts; and how often no code \
         could be read, as a share of tries.",
    ),
    ("wallets.csv", "Attempts, acceptance and value of each wallet."),
    (
        "invariants.json",
        "Each law of the auditor, how often it was tested, and its first breach if \
        any.",
    ),
    ("datapackage.json", "Every column of every table described, with its unit and its base."),
    ("timing.json", "How long the machine took: the one file that differs between equal runs."),
    ("payments.csv", "Every attempt, one a row; only with --emit payments."),
    ("events.ndjson", "Every fact, one a line, to the nanosecond; only with --emit events."),
    ("scenario.schema.json", "Beside a scenario, not in a report: what editors complete keys by."),
];

/// Everything a report is made of.
#[derive(Clone, Copy, Debug)]
pub struct ReportInput<'a> {
    /// The checked scenario.
    pub scenario: &'a Scenario,
    /// The text of `scenario.resolved.toml`.
    pub resolved: &'a str,
    /// All runs, in plan order.
    pub results: &'a Results,
    /// How they came about.
    pub context: &'a ReportContext,
    /// Headline metrics.
    pub metrics: &'a [MetricView],
    /// Figures with a published counterpart.
    pub calibration: &'a [CalibrationView],
    /// How long it took.
    pub timing: &'a Timing,
}

/// What every table of a report holds, in order of file name; `payments.csv` included.
pub fn sheets() -> Vec<Sheet> {
    let mut sheets: Vec<Sheet> = tables::all().iter().map(|table| table.sheet()).collect();
    sheets.push(metrics::sheet());
    sheets.push(payments::sheet());
    sheets.sort_by_key(|sheet| sheet.file);
    sheets
}

/// Writes the report into its folder, the manifest last, and says what was written.
///
/// # Errors
/// When a file cannot be written; the folder then has no manifest.
pub fn write(input: &ReportInput<'_>, dir: &mut RunDir) -> Result<SummaryView, ReportError> {
    let summary = summary(input);
    dir.write("scenario.resolved.toml", |out| {
        out.write_all(input.resolved.as_bytes()).map(|()| None)
    })?;
    for table in tables::all() {
        dir.write(table.sheet().file, |out| table.write(input.results, out).map(Some))?;
    }
    dir.write(metrics::FILE, |out| metrics::write(input.scenario, input.results, out).map(Some))?;
    dir.write("latency.hlog", |out| {
        latency::write_log(input.scenario, input.results, out).map(|()| None)
    })?;
    dir.write("latency.hgrm", |out| latency::write_percentiles(input.results, out).map(|()| None))?;
    let pictures = [
        (picture::LATENCY, picture::latency(input.scenario, input.results)),
        (picture::SERIES, picture::series(input.scenario, input.results)),
    ];
    for (name, svg) in pictures {
        dir.write(name, |out| out.write_all(svg.as_bytes()).map(|()| None))?;
    }
    let mut described = sheets();
    described.retain(|sheet| dir.holds(sheet.file));
    let package = json::datapackage(&input.scenario.name, &described);
    dir.write("datapackage.json", |out| json::write(&package, out).map(|()| None))?;
    let invariants = json::invariants(&summary, input.results);
    dir.write("invariants.json", |out| json::write(&invariants, out).map(|()| None))?;
    dir.write("summary.json", |out| json::write(&summary, out).map(|()| None))?;
    let page = markdown::page(&summary);
    dir.write("summary.md", |out| out.write_all(page.as_bytes()).map(|()| None))?;
    // From here on the page sees what `hutong report` would see: files and nothing else.
    let page = page::page(dir.path()).map_err(|source| dir.unreadable(source))?;
    dir.write(page::FILE, |out| out.write_all(page.as_bytes()).map(|()| None))?;
    let timing = json::timing(input.timing);
    dir.write(TIMING_FILE, |out| json::write(&timing, out).map(|()| None))?;
    dir.seal(|files| json::manifest(input, &summary, files))?;
    Ok(summary)
}
