//! Arguments of `settle`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueHint};

use crate::policy::settlement::Regime;
use crate::scenario::obligations;
use crate::units::{Amount, Duration, Ppm};

/// Arguments of `settle`.
#[derive(Clone, Debug, Args)]
pub struct SettleArgs {
    /// Obligations: `time,debtor,creditor,amount_minor,priority`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub obligations: PathBuf,
    /// Participants: `id,opening_minor,credit_limit_minor`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub participants: PathBuf,
    /// Bilateral limits: `debtor,creditor,limit_minor`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub limits: Option<PathBuf>,
    /// A regime, or `all`; repeatable
    #[arg(long, value_name = "NAME", required = true)]
    #[arg(value_parser = regimes_or_all(), hide_possible_values = true)]
    pub regime: Vec<String>,
    /// A daily cut-off of net regimes, such as 11:00; repeatable
    #[arg(long, value_name = "TIME", value_parser = of_day, value_delimiter = ',')]
    pub cut_off: Vec<Duration>,
    /// A cut-off of net regimes at every multiple of this length
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    pub cycle: Option<Duration>,
    /// When the last day closes; else at its last cut-off or row
    #[arg(long, value_name = "TIME", value_parser = of_day)]
    pub close: Option<Duration>,
    /// How often hybrids look for offsets, and continuous netting nets
    #[arg(long, value_name = "LENGTH", value_parser = length, default_value = "1m")]
    pub review: Duration,
    /// Window of the series; else suited to the length of the file
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    pub window: Option<Duration>,
    /// Settle larger obligations in parts of this many minor units
    #[arg(long, value_name = "MINOR", value_parser = minor)]
    pub split_above: Option<Amount>,
    /// Share of a defaulter's assets that reaches its creditors
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "1")]
    pub alpha: Ppm,
    /// Share of a defaulter's receipts that reaches its creditors
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "1")]
    pub beta: Ppm,
}

fn regimes_or_all() -> PossibleValuesParser {
    let mut names: Vec<&str> = Regime::ALL.map(Regime::name).to_vec();
    names.push("all");
    names.into()
}

impl SettleArgs {
    /// The regimes asked for, each once, in order.
    pub fn regimes(&self) -> Vec<Regime> {
        let mut found: Vec<Regime> = Vec::new();
        for name in &self.regime {
            let meant = Regime::named(name).map_or_else(|| Regime::ALL.to_vec(), |one| vec![one]);
            found.extend(meant);
        }
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|regime| seen.insert(*regime));
        found
    }
}

fn of_day(text: &str) -> Result<Duration, String> {
    let nanos = obligations::of_day(text.as_bytes());
    let expected = || "expected a time of day such as 11:00 or 17:15:00".to_owned();
    nanos.map(Duration::from_nanos).ok_or_else(expected)
}

fn length(text: &str) -> Result<Duration, String> {
    let length = obligations::length(text)?;
    if length == Duration::ZERO {
        Err("expected a length above zero".to_owned())
    } else {
        Ok(length)
    }
}

fn minor(text: &str) -> Result<Amount, String> {
    let minor = text.parse().ok().filter(|minor| *minor > 0);
    minor.map(Amount::from_minor).ok_or_else(|| "expected a whole number above zero".to_owned())
}

/// A share in [0, 1] with at most six decimal places.
fn share(text: &str) -> Result<Ppm, String> {
    let expected = || "expected a share from 0 to 1 such as 0.85".to_owned();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.len() == 1 && part.len() <= 6;
    if !digits || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(expected());
    }
    let parts: u32 = format!("{whole}{part:0<6}").parse().map_err(|_| expected())?;
    if parts > Ppm::WHOLE.parts() { Err(expected()) } else { Ok(Ppm::new(parts)) }
}
