//! Arguments of `gate` and `baseline`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::Changes;

/// Arguments of `gate`.
#[derive(Clone, Debug, Args)]
pub struct GateArgs {
    /// Scenario files
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// The baseline to compare with; without one, thresholds and laws alone are judged
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: Option<PathBuf>,
    /// Folder of baselines, one a scenario, of the same name
    #[arg(long, value_name = "DIR", conflicts_with = "baseline", value_hint = ValueHint::DirPath)]
    pub baseline_dir: Option<PathBuf>,
    /// Compare digests: not one fact of any run may differ
    #[arg(long)]
    pub exact: bool,
    /// Write a report for CI in the XML of `JUnit`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit: Option<PathBuf>,
    /// Print annotations for a pull request, and append to the step summary
    #[arg(long)]
    pub github: bool,
    /// Append a Markdown page to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub summary: Option<PathBuf>,
    /// Changes to the scenarios.
    #[command(flatten)]
    pub changes: Changes,
}

/// Arguments of `baseline`.
#[derive(Clone, Debug, Args)]
pub struct BaselineArgs {
    /// What to do.
    #[command(subcommand)]
    pub task: BaselineTask,
}

/// What can be done with a baseline.
#[derive(Clone, Debug, Subcommand)]
pub enum BaselineTask {
    /// Run a scenario afresh and keep its figures
    Save(BaselineFile),
    /// The same over an existing baseline, whose comments stay
    Update(BaselineFile),
    /// Print what a baseline holds
    Show {
        /// The baseline
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
}

/// A scenario and its baseline.
#[derive(Clone, Debug, Args)]
pub struct BaselineFile {
    /// The scenario file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The baseline to write
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: PathBuf,
    /// Changes to the scenario.
    #[command(flatten)]
    pub changes: Changes,
}
