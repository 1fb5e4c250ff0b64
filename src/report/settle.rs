//! The report of `hutong settle`: tables of every regime, side by side.

mod measures;
mod stream;
mod tables;
mod words;

use std::path::Path;

use serde::Serialize;
use tempfile::TempPath;

use super::dir::{ReportError, RunDir, Written};
use super::{Sheet, json};
use crate::measure::settlement::Comparison;

pub use measures::{Compared, compared, fields, labels};
pub use stream::SettledWriter;
pub use words::{console, page};

/// The schema that the manifest names.
pub const SETTLE_SCHEMA: &str = "hutong.settle/1";

/// What a report is made of.
#[derive(Clone, Copy, Debug)]
pub struct SettleInput<'a> {
    /// Names of participants, by id.
    pub names: &'a [String],
    /// All results.
    pub comparison: &'a Comparison,
    /// How they came about.
    pub context: &'a SettleContext,
}

/// How a report came about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SettleContext {
    /// Name of the report: the obligations' file without its ending.
    pub name: String,
    /// Version of the engine.
    pub engine_version: String,
    /// Digest of the engine's sources.
    pub engine_digest: String,
    /// The digest of all that the results depend on.
    pub hash: String,
    /// A command that makes this report again.
    pub reproduce: String,
    /// Every file that was read.
    pub inputs: Vec<InputFile>,
    /// Opening balances and credit limits of all participants together.
    pub available_minor: u128,
}

/// A file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InputFile {
    /// Which: obligations, participants or limits.
    pub kind: &'static str,
    /// As named by the user.
    pub file: String,
    /// BLAKE3 digest, hexadecimal.
    pub blake3: String,
}

#[derive(Serialize)]
struct Manifest<'a> {
    schema: &'static str,
    ok: bool,
    #[serde(flatten)]
    context: &'a SettleContext,
    regimes: Vec<&'static str>,
    laws: Vec<LawEntry<'a>>,
    files: Vec<Written>,
}

#[derive(Serialize)]
struct LawEntry<'a> {
    regime: &'static str,
    law: &'a str,
    statement: &'a str,
    checked: u64,
    ok: bool,
    first_offence: Option<String>,
}

/// Whether every law held under every regime.
pub fn lawful(comparison: &Comparison) -> bool {
    comparison.regimes.iter().all(|regime| regime.findings.lawful())
}

/// What every table holds, in order of file name.
pub fn sheets() -> Vec<Sheet> {
    let mut sheets = tables::sheets();
    sheets.push(stream::sheet());
    sheets.sort_by_key(|sheet| sheet.file);
    sheets
}

/// Opens the report's folder.
///
/// # Errors
/// When it cannot be made.
pub fn open(out: &Path, context: &SettleContext) -> Result<RunDir, ReportError> {
    RunDir::open(out, &context.name, &context.hash)
}

/// Writes every file, the manifest last. `parts` hold the rows of `settled.csv`, regime by regime.
///
/// # Errors
/// When a file cannot be written; the folder then has no manifest.
pub fn write(
    input: &SettleInput<'_>,
    parts: Vec<TempPath>,
    dir: &mut RunDir,
) -> Result<(), ReportError> {
    dir.join(stream::FILE, stream::header().as_bytes(), parts)?;
    tables::write(input, dir)?;
    let package = json::datapackage(&input.context.name, &sheets());
    dir.write("datapackage.json", |out| json::write(&package, out).map(|()| None))?;
    let page = page(input);
    dir.write("summary.md", |out| out.write_all(page.as_bytes()).map(|()| None))?;
    let regimes = &input.comparison.regimes;
    dir.seal(|files| Manifest {
        schema: SETTLE_SCHEMA,
        ok: lawful(input.comparison),
        context: input.context,
        regimes: regimes.iter().map(|regime| regime.regime).collect(),
        laws: laws(input.comparison),
        files,
    })
}

fn laws(comparison: &Comparison) -> Vec<LawEntry<'_>> {
    let mut entries = Vec::new();
    for settled in &comparison.regimes {
        for finding in &settled.findings.laws {
            let said = finding.offence.as_ref().map(|offence| {
                let (what, at) = (&offence.what, offence.at.nanos());
                let (expected, observed) = (&offence.expected, &offence.observed);
                format!("{what} at {at} ns: expected {expected}, observed {observed}")
            });
            entries.push(LawEntry {
                regime: settled.regime,
                law: finding.law,
                statement: finding.statement,
                checked: finding.checked,
                ok: finding.offence.is_none(),
                first_offence: said,
            });
        }
    }
    entries
}
