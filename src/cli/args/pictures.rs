//! Arguments of the commands that draw: `report`, `route`, `topology`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::Changes;
use crate::scenario::Mode;

/// Arguments of `report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Folders that `run` has written
    #[arg(required = true, value_name = "RUN_DIR", value_hint = ValueHint::DirPath)]
    pub folders: Vec<PathBuf>,
}

/// Arguments of `route`.
#[derive(Clone, Debug, Args)]
pub struct RouteArgs {
    /// A scenario file; `-` reads it from standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The payer's wallet provider
    #[arg(long, value_name = "NAME")]
    pub wallet: String,
    /// The class of merchants
    #[arg(long, value_name = "NAME")]
    pub merchant: String,
    /// How the code is presented: static, dynamic, consumer-presented, tap
    #[arg(long, value_name = "MODE", default_value = "static", value_parser = mode)]
    pub mode: Mode,
    /// Where the money comes from: balance, or bank
    #[arg(long, value_name = "SOURCE", default_value = "balance")]
    #[arg(hide_possible_values = true)]
    pub funding: Funding,
    /// The payer's bank, where the money comes from one; without it the first bank of the file
    #[arg(long, value_name = "NAME")]
    pub bank: Option<String>,
    /// Print a Mermaid sequence diagram instead
    #[arg(long)]
    pub mermaid: bool,
    /// Changes to the scenario; --policy says under which one
    #[command(flatten)]
    pub changes: Changes,
}

/// Where a payment's money comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Funding {
    /// The wallet account.
    Balance,
    /// A bank.
    Bank,
}

/// A mode by name.
fn mode(text: &str) -> Result<Mode, String> {
    let found = Mode::ALL.into_iter().find(|mode| mode.name() == text);
    found.ok_or_else(|| format!("one of {}", Mode::ALL.map(Mode::name).join(", ")))
}

/// Arguments of `topology`.
#[derive(Clone, Debug, Args)]
pub struct TopologyArgs {
    /// A scenario file; `-` reads it from standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Print Graphviz dot instead of SVG
    #[arg(long)]
    pub dot: bool,
    /// Changes to the scenario; --policy says under which one
    #[command(flatten)]
    pub changes: Changes,
}
