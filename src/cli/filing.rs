//! Filing: the report of one file, from its results to its folder.

use std::path::Path;
use std::time::Duration;

use tempfile::TempPath;

use crate::experiment::identity::{ENGINE, GIT, RUSTC};
use crate::experiment::memory::peak_resident_bytes;
use crate::measure::results::Results;
use crate::measure::summary;
use crate::report::{
    CalibrationView, MetricView, ReportContext, ReportError, ReportInput, RunDir, SummaryView,
    Timing, write,
};
use crate::scenario::Scenario;

/// The one generator of every draw.
const GENERATOR: &str = "SplitMix64, keyed";

/// What a report is made from.
pub struct Filing<'a> {
    /// The folder of all reports.
    pub out: &'a Path,
    /// Name of the scenario's file, without its folder.
    pub file: &'a str,
    /// A command line that makes this report again.
    pub command: &'a str,
    /// What the user should know besides.
    pub warnings: &'a [String],
    /// The checked scenario.
    pub scenario: &'a Scenario,
    /// Its resolved text.
    pub resolved: &'a str,
    /// All its runs.
    pub results: &'a Results,
    /// The run hash, whole.
    pub hash: &'a str,
    /// Wall time of the whole batch so far.
    pub wall: Duration,
    /// Worker threads.
    pub threads: usize,
}

/// Writes every file, the manifest last, and says what was written.
///
/// # Errors
/// When a file cannot be written.
pub fn file(
    filing: &Filing<'_>,
    (payments, events): (Vec<TempPath>, Vec<TempPath>),
) -> Result<SummaryView, ReportError> {
    let summary = summary::summarise(filing.results, filing.scenario);
    let metrics: Vec<MetricView> = summary.metrics.iter().map(MetricView::from).collect();
    let calibration = summary::calibration(filing.results, filing.scenario);
    let calibration: Vec<CalibrationView> = calibration.iter().map(CalibrationView::from).collect();
    let context = ReportContext {
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        source_digest: ENGINE.to_owned(),
        generator: GENERATOR.to_owned(),
        scenario_file: filing.file.to_owned(),
        command: filing.command.to_owned(),
        hash: filing.hash.to_owned(),
        warnings: filing.warnings.to_vec(),
    };
    let mut dir = RunDir::open(filing.out, &filing.scenario.name, filing.hash)?;
    if !payments.is_empty() {
        dir.join_payments(payments)?;
    }
    if !events.is_empty() {
        dir.join_events(events)?;
    }
    let timing = timing(filing);
    let input = ReportInput {
        scenario: filing.scenario,
        resolved: filing.resolved,
        results: filing.results,
        context: &context,
        metrics: &metrics,
        calibration: &calibration,
        timing: &timing,
    };
    write(&input, &mut dir)
}

/// The facts of this build and this machine: for `timing.json` only.
fn timing(filing: &Filing<'_>) -> Timing {
    let seconds = filing.wall.as_secs_f64();
    let (events, payments) = filing
        .results
        .complete()
        .fold((0, 0), |sum, (outcome, _)| (sum.0 + outcome.events, sum.1 + outcome.payments));
    let per_second = |count: u64| (seconds > 0.0).then(|| rounded(count, seconds));
    Timing {
        wall_seconds: seconds,
        cpu_seconds: None,
        events_per_second: per_second(events),
        payments_per_second: per_second(payments),
        peak_rss_bytes: peak_resident_bytes(),
        threads: filing.threads as u64,
        rustc: RUSTC.map(str::to_owned),
        git: GIT.map(str::to_owned),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rounded(count: u64, seconds: f64) -> f64 {
    (count as f64 / seconds).round()
}
