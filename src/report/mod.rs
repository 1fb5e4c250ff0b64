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
mod markdown;
mod money;
mod number;
mod payments;
mod picture;
mod svg;
mod tables;
mod view;

use crate::measure::results::Results;
use crate::scenario::Scenario;

pub use column::{Cell, Field, Kind, Sheet};
pub use console::console;
pub use dir::{ReportError, RunDir, Written};
pub use events::EventsWriter;
pub use headline::{status, summary};
pub use json::schema;
pub use latency::Figures;
pub use payments::PaymentsWriter;
pub use view::{
    CalibrationView, ClearingView, CountsView, EngineView, LawView, LiquidityView, MetricView,
    OffenceView, PolicyView, QueuesView, ReportContext, RunView, ScenarioView, SummaryView, Timing,
};

/// The schema that `summary.json` names.
pub const SUMMARY_SCHEMA: &str = "hutong.summary/1";

/// The one file that may differ between two runs of the same inputs.
pub const TIMING_FILE: &str = "timing.json";

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
    let timing = json::timing(input.timing);
    dir.write(TIMING_FILE, |out| json::write(&timing, out).map(|()| None))?;
    dir.seal(|files| json::manifest(input, &summary, files))?;
    Ok(summary)
}
