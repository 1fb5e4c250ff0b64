//! One regime in one row: every measure, for tables and for people.

use serde_json::Value;

use crate::measure::settlement::{Comparison, OptimumRow, Settled, Totals};
use crate::report::column::{Cell, Column};
use crate::report::number;

const MINOR: &str = "minor units";

/// One regime's measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Which.
    pub regime: &'static str,
    /// Sums and peaks.
    pub totals: Totals,
    /// Opening balances and credit limits together.
    pub available_minor: u128,
    /// Liquidity to settle everything at the close.
    pub lower_bound_minor: u128,
    /// Liquidity to settle everything at once.
    pub upper_bound_minor: u128,
    /// Short queues that were compared with their optimum.
    pub optima: u64,
    /// Of these, how many were cleared as well as can be.
    pub optimal: u64,
    /// Mean share of the optimum that was missed.
    pub distance: Option<f64>,
    /// Who could not pay all at the close, if all had to.
    pub defaulters: Option<u64>,
    /// What they could not pay.
    pub shortfall_minor: Option<u128>,
}

/// Every regime, in the order asked for. `available` is what all have together.
pub fn compared(comparison: &Comparison, available: u128) -> Vec<Compared> {
    let flows = &comparison.flows;
    let row = |settled: &Settled| {
        let cleared = settled.clearing.as_ref();
        let short = |optima: &[OptimumRow]| {
            let exact = optima.iter().filter(|row| row.optimum_minor <= row.settled_minor);
            exact.count() as u64
        };
        Compared {
            regime: settled.regime,
            totals: settled.totals,
            available_minor: available,
            lower_bound_minor: flows.lower_bound.iter().sum(),
            upper_bound_minor: flows.upper_bound.iter().sum(),
            optima: settled.optima.len() as u64,
            optimal: short(&settled.optima),
            distance: mean(settled.optima.iter().map(OptimumRow::distance)),
            defaulters: cleared
                .map(|rows| rows.iter().filter(|row| row.round.is_some()).count() as u64),
            shortfall_minor: cleared
                .map(|rows| rows.iter().map(|row| row.owed_minor - row.paid_minor).sum()),
        }
    };
    comparison.regimes.iter().map(row).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a count of at most a few hundred")]
fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = values.len();
    (count > 0).then(|| values.sum::<f64>() / count as f64)
}

const fn us(at: crate::units::Instant) -> u64 {
    at.nanos() / 1_000
}

pub(super) const COLUMNS: &[Column<Compared>] = &[
    Column::text("regime", "The regime", |r| r.regime.into()),
    Column::whole("obligations", "obligations", "Arrived", |r| r.totals.obligations.into()),
    Column::whole("gross_minor", MINOR, "Their value", |r| r.totals.gross_minor.into()),
    Column::whole("settled", "obligations", "Wholly discharged", |r| r.totals.settled.into()),
    Column::whole("settled_minor", MINOR, "Discharged, parts included", |r| {
        r.totals.settled_minor.into()
    }),
    Column::maybe_number("settled_frac", "1", "Share of the value that was settled", |r| {
        r.totals.settled_frac().into()
    }),
    Column::whole("refused", "obligations", "Refused for lack of cover", |r| {
        r.totals.refused.into()
    }),
    Column::whole("refused_minor", MINOR, "Their value", |r| r.totals.refused_minor.into()),
    Column::whole("unsettled", "obligations", "Open at the close", |r| r.totals.unsettled.into()),
    Column::whole("unsettled_minor", MINOR, "Their open value", |r| {
        r.totals.unsettled_minor.into()
    }),
    Column::whole("alone_minor", MINOR, "Discharged one by one, with money", |r| {
        r.totals.alone_minor.into()
    }),
    Column::whole("moved_minor", MINOR, "Money that moved between accounts", |r| {
        r.totals.moved_minor.into()
    }),
    Column::maybe_number("netting_frac", "1", "1 - moved / settled", |r| r.totals.netting().into()),
    Column::whole("available_minor", MINOR, "Opening balances and credit limits", |r| {
        r.available_minor.into()
    }),
    Column::whole("used_minor", MINOR, "Liquidity used: sum of largest falls", |r| {
        r.totals.used_minor.into()
    }),
    Column::whole("lower_bound_minor", MINOR, "Liquidity to settle everything at the close", |r| {
        r.lower_bound_minor.into()
    }),
    Column::whole("upper_bound_minor", MINOR, "Liquidity so that nothing waits", |r| {
        r.upper_bound_minor.into()
    }),
    Column::maybe_number("turnover", "1", "Value settled / liquidity used", |r| {
        r.totals.turnover().into()
    }),
    Column::maybe_number("delay_indicator", "1", "0: nothing waits; 1: all to the close", |r| {
        r.totals.delay_indicator().into()
    }),
    Column::maybe_number("delay_mean_us", "us", "Mean wait of a unit of value", |r| {
        r.totals.delay_mean_us().into()
    }),
    Column::whole("delay_max_us", "us", "Longest wait of what was discharged", |r| {
        r.totals.delay_max_us.into()
    }),
    Column::whole("queue_peak", "obligations", "Most that were open at once", |r| {
        r.totals.queue_peak_count.into()
    }),
    Column::whole("queue_peak_minor", MINOR, "Most value that was open at once", |r| {
        r.totals.queue_peak.0.into()
    }),
    Column::whole("queue_peak_us", "us", "When, since midnight of the first day", |r| {
        us(r.totals.queue_peak.1).into()
    }),
    Column::whole("exposure_peak_minor", MINOR, "Largest sum of net debits in open ones", |r| {
        r.totals.exposure_peak.0.into()
    }),
    Column::whole("exposure_peak_us", "us", "When, since midnight of the first day", |r| {
        us(r.totals.exposure_peak.1).into()
    }),
    Column::maybe_number("concentration", "1", "Sum of squared shares in value settled", |r| {
        r.totals.concentration.into()
    }),
    Column::whole("optima", "queues", "Short queues compared with their optimum", |r| {
        r.optima.into()
    }),
    Column::whole("optimal", "queues", "Cleared as well as can be", |r| r.optimal.into()),
    Column::maybe_number("distance_frac", "1", "Mean share of the optimum missed", |r| {
        r.distance.into()
    }),
    Column::maybe_whole("defaulters", "participants", "Could not pay all at the close", |r| {
        r.defaulters.into()
    }),
    Column::maybe_whole("shortfall_minor", MINOR, "What they could not pay", |r| {
        r.shortfall_minor.into()
    }),
];

/// Every measure by its column's name, for machines.
pub fn fields(row: &Compared) -> Vec<(&'static str, Value)> {
    let value = |cell: Cell<'_>| match cell {
        Cell::Text(words) => words.into(),
        // JSON readers hold whole numbers up to 64 bits; a larger sum is text.
        Cell::Whole(whole) => {
            u64::try_from(whole).map_or_else(|_| whole.to_string().into(), Value::from)
        }
        Cell::Signed(whole) => {
            i64::try_from(whole).map_or_else(|_| whole.to_string().into(), Value::from)
        }
        Cell::Number(number) => number.into(),
        Cell::Empty => Value::Null,
    };
    COLUMNS.iter().map(|column| (column.field.name, value(column.read(row)))).collect()
}

type Read = fn(&Compared) -> String;
/// One line for people: section, label, what it means, and value.
pub(super) type Line = (&'static str, &'static str, &'static str, Read);

pub(super) const LINES: &[Line] = &[
    ("VALUE", "obligations", "How many arrived.", |r| number::count(r.totals.obligations.into())),
    ("", "value", "Their value.", |r| number::count(r.totals.gross_minor)),
    ("", "settled", "Share of the value that was discharged, parts included.", |r| {
        number::percent(r.totals.settled_minor, r.totals.gross_minor)
    }),
    ("", "refused", "Obligations refused for lack of cover: by `instant` alone.", |r| {
        number::count(r.totals.refused.into())
    }),
    ("", "unsettled", "Obligations open at the close, in whole or in part.", |r| {
        number::count(r.totals.unsettled.into())
    }),
    ("", "unsettled value", "What is open of them.", |r| number::count(r.totals.unsettled_minor)),
    ("", "concentration", "Sum of squared shares of debtors in the value settled.", |r| {
        shown(r.totals.concentration, number::significant)
    }),
    ("LIQUIDITY", "available", "Opening balances and credit limits of all together.", |r| {
        number::count(r.available_minor)
    }),
    ("", "used", "Sum over participants of the largest fall below the opening balance.", |r| {
        number::count(r.totals.used_minor)
    }),
    ("", "lower bound", "What settling everything at the close would use.", |r| {
        number::count(r.lower_bound_minor)
    }),
    ("", "upper bound", "What settling everything at once would use: nothing waits.", |r| {
        number::count(r.upper_bound_minor)
    }),
    ("", "turnover", "Value settled for each unit of liquidity used.", |r| {
        shown(r.totals.turnover(), number::significant)
    }),
    ("", "moved", "Money that moved between accounts.", |r| number::count(r.totals.moved_minor)),
    (
        "",
        "netting",
        "Share of the value settled that needed no money: 1 − moved ÷ settled.",
        |r| shown(r.totals.netting(), number::fraction),
    ),
    ("DELAY", "indicator", "0: nothing waits; 1: everything waits for the close.", |r| {
        shown(r.totals.delay_indicator(), number::significant)
    }),
    ("", "mean wait", "Mean wait of a unit of value.", |r| shown(r.totals.delay_mean_us(), wait)),
    ("", "longest wait", "Longest wait of what was discharged.", |r| span(r.totals.delay_max_us)),
    ("QUEUE", "most open", "Most obligations open at once.", |r| {
        number::count(r.totals.queue_peak_count.into())
    }),
    ("", "most open value", "Most value open at once.", |r| number::count(r.totals.queue_peak.0)),
    ("", "most exposure", "Largest sum of net debits in open obligations.", |r| {
        number::count(r.totals.exposure_peak.0)
    }),
    ("OPTIMUM", "short queues", "Queues short enough to be compared with the optimum.", |r| {
        number::count(r.optima.into())
    }),
    ("", "at optimum", "Of these, how many were cleared as well as can be.", |r| {
        number::count(r.optimal.into())
    }),
    ("", "mean missed", "Mean share of the optimum that the regime missed.", |r| {
        shown(r.distance, number::fraction)
    }),
    ("CLOSE", "defaulters", "Who could not pay if all that is unsettled fell due.", |r| {
        r.defaulters.map_or_else(unknown, |n| number::count(n.into()))
    }),
    ("", "shortfall", "What they could not pay.", |r| {
        r.shortfall_minor.map_or_else(unknown, number::count)
    }),
];

/// Every label of the comparison and what it means.
pub fn labels() -> impl Iterator<Item = (&'static str, &'static str)> {
    LINES.iter().map(|(_, label, meaning, _)| (*label, *meaning))
}

fn shown(value: Option<f64>, as_text: fn(f64) -> String) -> String {
    value.map_or_else(unknown, as_text)
}

fn unknown() -> String {
    "–".to_owned()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a wait to read")]
fn wait(us: f64) -> String {
    span(us.round() as u64)
}

/// Up to two minutes to four digits, beyond in hours, minutes and seconds.
fn span(us: u64) -> String {
    let seconds = us / 1_000_000;
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0 | 1, _) => number::micros(us),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}
