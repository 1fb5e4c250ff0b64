//! Arguments: what can be asked, and the words of the help.

mod gate;
mod pictures;

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::exit::table;
use super::run::shell;
use super::settle::args::SettleArgs;
use crate::experiment::progress::Show;

pub use gate::{BaselineArgs, BaselineFile, BaselineTask, GateArgs};
pub use pictures::{Funding, ReportArgs, RouteArgs, TopologyArgs};

const EXAMPLES: &str = "\
Examples:
  hutong init city && hutong run scenarios/city.toml
  hutong check scenarios/*.toml --set scale=0.01
  hutong run city.toml --replications 10 --seed 7 --jobs 8
  hutong explain reserve netting settlement.csv";

/// A multi-wallet clearing simulator: from scenario file to latency and settlement report.
///
/// hutong simulates wallets, banks, merchants, acquirers and clearing houses that exchange
/// interconnected barcode payments. Same scenario, same seed, same engine: same bytes. It never
/// uses a network and sends nothing to anybody.
#[derive(Debug, Parser)]
#[command(
    name = "hutong",
    version,
    before_help = EXAMPLES,
    after_long_help = after("hutong run --help, hutong explain, hutong man"),
    arg_required_else_help = true,
    subcommand_required = true,
    disable_help_subcommand = true,
    infer_long_args = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to do it.
    #[command(flatten)]
    pub global: Global,
}

fn after(see_also: &str) -> String {
    format!("{}\n\nSee also: {see_also}", table())
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run scenario files and write their reports
    #[command(after_long_help = after("hutong check, hutong show, hutong explain"))]
    Run(RunArgs),
    /// Make report.html of a folder again, from its files alone
    #[command(after_long_help = after("hutong run, hutong explain"))]
    Report(ReportArgs),
    /// Show the messages of one payment, and who sees which field
    #[command(after_long_help = after("hutong topology, hutong check"))]
    Route(RouteArgs),
    /// Draw who is connected with whom, as SVG or for Graphviz
    #[command(after_long_help = after("hutong route, hutong check"))]
    Topology(TopologyArgs),
    /// Judge scenario files by their thresholds and by a baseline, for CI
    #[command(after_long_help = after("hutong baseline, hutong run, hutong explain"))]
    Gate(Box<GateArgs>),
    /// Make, renew or show the baseline of a scenario
    #[command(after_long_help = after("hutong gate, hutong run"))]
    Baseline(Box<BaselineArgs>),
    /// Check scenario files and print load, lookahead and size
    #[command(after_long_help = after("hutong show, hutong explain, hutong run"))]
    Check(CheckArgs),
    /// Show a scenario with every default filled in
    #[command(after_long_help = after("hutong check, hutong schema"))]
    Show(ShowArgs),
    /// Print a JSON schema, or list their names
    #[command(after_long_help = after("hutong show, hutong explain"))]
    Schema(SchemaArgs),
    /// Start a scenario from a template
    #[command(after_long_help = after("hutong check, hutong run"))]
    Init(InitArgs),
    /// Explain words: keys, metrics, labels, columns, files, laws, reasons, diagnostic codes
    #[command(after_long_help = after("hutong metrics, hutong schema"))]
    Explain(ExplainArgs),
    /// List every metric with its unit
    #[command(after_long_help = after("hutong explain"))]
    Metrics,
    /// Settle a file of obligations under several regimes
    #[command(after_long_help = after("hutong explain, hutong bench"))]
    Settle(Box<SettleArgs>),
    /// Measure the speed of this build on this machine
    #[command(after_long_help = after("hutong run"))]
    Bench(BenchArgs),
    /// Print a completion script for a shell
    #[command(after_long_help = after("hutong man"))]
    Completions(CompletionsArgs),
    /// Print the manual page
    #[command(after_long_help = after("hutong completions"))]
    Man,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more; repeat for even more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to colour: auto, always, never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    #[arg(hide_default_value = true, hide_possible_values = true)]
    pub color: When,
    /// How to show progress: auto, bar, plain, none
    #[arg(long, global = true, value_name = "HOW", default_value = "auto")]
    #[arg(hide_default_value = true, hide_possible_values = true)]
    pub progress: Progress,
    /// What to print on standard output: human, json
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    #[arg(hide_default_value = true, hide_possible_values = true)]
    pub format: Format,
    /// Folder of the reports
    #[arg(short, long, global = true, value_name = "DIR", default_value = "reports")]
    #[arg(value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    /// Threads; 0 means one for each core
    #[arg(short, long, global = true, value_name = "N", default_value_t = 0)]
    #[arg(hide_default_value = true)]
    pub jobs: usize,
}

impl Global {
    /// Whether standard error may be coloured: as asked, else on a terminal without `NO_COLOR`.
    pub fn colored(&self) -> bool {
        match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                !refused && io::stderr().is_terminal()
            }
        }
    }

    /// How to show progress: never when quiet.
    pub fn show(&self) -> Show {
        match self.progress {
            _ if self.quiet => Show::Nothing,
            Progress::Auto => Show::suited(),
            Progress::Bar => Show::Bars,
            Progress::Plain => Show::Plain,
            Progress::None => Show::Nothing,
        }
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to show progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// Bars on a terminal, lines elsewhere.
    Auto,
    /// Bars.
    Bar,
    /// Lines.
    Plain,
    /// Nothing.
    None,
}

/// What standard output carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text.
    Human,
    /// One JSON document.
    Json,
}

/// What may be changed in a scenario from outside.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Scenario options")]
pub struct Changes {
    /// Set a value, such as horizon=2h or groups.banks.reserve=20.00; repeatable, the last wins
    #[arg(long, value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
    /// Seed of every draw, or `random`
    #[arg(long, value_name = "N")]
    pub seed: Option<Seed>,
    /// Independent replications of each policy
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub replications: Option<u32>,
    /// Run this policy only; repeatable
    #[arg(long, value_name = "NAME")]
    pub policy: Vec<String>,
}

impl Changes {
    /// The changed values, as they would be typed.
    pub fn sets(&self) -> impl Iterator<Item = String> {
        self.set.iter().map(|set| format!("--set {}", shell(set)))
    }

    /// How many replications and which policies, as they would be typed.
    pub fn chosen(&self) -> impl Iterator<Item = String> {
        let replications = self.replications.map(|count| format!("--replications {count}"));
        let policies = self.policy.iter().map(|name| format!("--policy {}", shell(name)));
        replications.into_iter().chain(policies)
    }

    /// All of them, as they would be typed; a random seed once it is settled.
    pub fn words(&self) -> impl Iterator<Item = String> {
        let seed = match self.seed {
            Some(Seed::Fixed(seed)) => Some(format!("--seed {seed}")),
            Some(Seed::Random) | None => None,
        };
        self.sets().chain(seed).chain(self.chosen())
    }
}

/// A seed on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seed {
    /// This one.
    Fixed(u64),
    /// A new one, which is printed and recorded.
    Random,
}

impl std::str::FromStr for Seed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "random" => Ok(Self::Random),
            // TOML knows no larger integer, and the seed is recorded in TOML.
            _ => match text.parse::<i64>().ok().and_then(|seed| u64::try_from(seed).ok()) {
                Some(seed) => Ok(Self::Fixed(seed)),
                None => Err(format!("a number from 0 to {}, or `random`", i64::MAX)),
            },
        }
    }
}

/// Arguments of `run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Scenario files; `-` reads one from standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Changes to the scenarios.
    #[command(flatten)]
    pub changes: Changes,
    /// Also write every payment or every event; repeatable
    #[arg(long, value_name = "WHAT")]
    pub emit: Vec<Emit>,
    /// Run even if a report of identical inputs exists
    #[arg(long)]
    pub fresh: bool,
    /// Run this replication only, counted from 0
    #[arg(long, value_name = "K", conflicts_with = "replications")]
    pub only_replication: Option<u32>,
}

/// What may be written besides the report's own files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Emit {
    /// One row a payment.
    Payments,
    /// One line a fact.
    Events,
}

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Scenario files; `-` reads one from standard input
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Changes to the scenarios.
    #[command(flatten)]
    pub changes: Changes,
}

/// Arguments of `show`.
#[derive(Clone, Debug, Args)]
pub struct ShowArgs {
    /// A scenario file; `-` reads it from standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Every key with its value (this is the default)
    #[arg(long)]
    pub resolved: bool,
    /// Also say where each value comes from
    #[arg(long)]
    pub origin: bool,
    /// Changes to the scenario.
    #[command(flatten)]
    pub changes: Changes,
}

/// Arguments of `schema`.
#[derive(Clone, Debug, Args)]
pub struct SchemaArgs {
    /// Which schema; without it, their names
    pub name: Option<String>,
}

/// Arguments of `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// Name of the scenario: `scenarios/NAME.toml` is created; a path ending in .toml is used as is
    pub name: String,
    /// Template to start from
    #[arg(long, value_name = "TEMPLATE", default_value = "two-wallets")]
    pub template: String,
    /// Overwrite an existing file
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// A word of a report, of a scenario or of a message; without any, everything is listed
    #[arg(value_name = "WORD")]
    pub what: Vec<String>,
}

/// Arguments of `completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell: bash, elvish, fish, powershell, zsh
    pub shell: Shell,
}

/// Arguments of `bench`.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// Rounds of every row; the best counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
}
