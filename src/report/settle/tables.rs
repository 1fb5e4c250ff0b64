//! The tables, apart from the stream of obligations.

use std::io::{self, Write};

use super::SettleInput;
use super::measures::{COLUMNS, compared};
use crate::measure::settlement::{
    BalanceRow, ClearedRow, CycleRow, NetworkRow, OptimumRow, PositionRow, QueuedRow,
};
use crate::report::column::{Base, Column, CsvFile, Sheet};
use crate::report::dir::{ReportError, RunDir};
use crate::report::number::ratio;
use crate::units::Instant;

const MINOR: &str = "minor units";

/// A row of a regime, and of a participant where it has one.
struct Row<T> {
    regime: &'static str,
    participant: String,
    lower_bound: u128,
    upper_bound: u128,
    of: T,
}

struct Table<T: 'static> {
    file: &'static str,
    title: &'static str,
    key: &'static [&'static str],
    columns: &'static [Column<T>],
}

impl<T> Table<T> {
    fn sheet(&self) -> Sheet {
        let fields = self.columns.iter().map(|column| column.field).collect();
        Sheet {
            file: self.file,
            title: self.title,
            key: self.key.to_vec(),
            base: Base::File,
            fields,
        }
    }

    fn write(&self, rows: impl Iterator<Item = T>, dir: &mut RunDir) -> Result<(), ReportError> {
        let content = |out: &mut dyn Write| -> io::Result<Option<u64>> {
            let mut file = CsvFile::new(&self.sheet().fields, out)?;
            for row in rows {
                file.row(self.columns.iter().map(|column| column.read(&row)))?;
            }
            file.finish().map(Some)
        };
        dir.write(self.file, content)
    }
}

pub(super) fn sheets() -> Vec<Sheet> {
    let comparison = Sheet {
        file: "comparison.csv",
        title: "Measures: one row a regime",
        key: vec!["regime"],
        base: Base::File,
        fields: COLUMNS.iter().map(|column| column.field).collect(),
    };
    vec![
        CLEARING.sheet(),
        comparison,
        LIQUIDITY.sheet(),
        NETWORK.sheet(),
        OPTIMUM.sheet(),
        POSITIONS.sheet(),
        QUEUES.sheet(),
        SETTLEMENT.sheet(),
    ]
}

/// Writes all of them.
pub(super) fn write(input: &SettleInput<'_>, dir: &mut RunDir) -> Result<(), ReportError> {
    let regimes = &input.comparison.regimes;
    let flows = &input.comparison.flows;
    let name = |at: usize| input.names[at].clone();
    let row = |regime, participant: Option<usize>| {
        let bound = |of: &[u128]| participant.map_or(0, |at| of[at]);
        (
            regime,
            participant.map_or_else(String::new, name),
            bound(&flows.lower_bound),
            bound(&flows.upper_bound),
        )
    };
    SETTLEMENT.write(
        regimes.iter().flat_map(|one| one.cycles.iter().map(|c| with(row(one.regime, None), *c))),
        dir,
    )?;
    QUEUES.write(
        regimes.iter().flat_map(|one| one.queued.iter().map(|q| with(row(one.regime, None), *q))),
        dir,
    )?;
    OPTIMUM.write(
        regimes.iter().flat_map(|one| one.optima.iter().map(|o| with(row(one.regime, None), *o))),
        dir,
    )?;
    let balances = regimes.iter().flat_map(|one| {
        let of = |b: &BalanceRow| with(row(one.regime, Some(b.participant.index())), *b);
        one.balances.iter().map(of).collect::<Vec<_>>()
    });
    LIQUIDITY.write(balances, dir)?;
    let positions = regimes.iter().flat_map(|one| {
        let each = one.positions.iter().enumerate();
        each.map(|(at, p)| with(row(one.regime, Some(at)), *p)).collect::<Vec<_>>()
    });
    POSITIONS.write(positions, dir)?;
    let cleared = regimes.iter().flat_map(|one| {
        let each = one.clearing.iter().flatten().enumerate();
        let owing = each.filter(|(_, row)| row.owed_minor > 0 || row.received_minor > 0);
        owing.map(|(at, c)| with(row(one.regime, Some(at)), *c)).collect::<Vec<_>>()
    });
    CLEARING.write(cleared, dir)?;
    let network = flows.network.iter().enumerate();
    NETWORK.write(network.map(|(at, n)| with(row("", Some(at)), *n)), dir)?;
    dir.write("comparison.csv", |out| {
        let mut file = CsvFile::new(&COLUMNS.iter().map(|c| c.field).collect::<Vec<_>>(), out)?;
        for one in compared(input.comparison, input.available()) {
            file.row(COLUMNS.iter().map(|column| column.read(&one)))?;
        }
        file.finish().map(Some)
    })
}

fn with<T>(of: (&'static str, String, u128, u128), row: T) -> Row<T> {
    Row { regime: of.0, participant: of.1, lower_bound: of.2, upper_bound: of.3, of: row }
}

const fn us(at: Instant) -> u64 {
    at.nanos() / 1_000
}

static SETTLEMENT: Table<Row<CycleRow>> = Table {
    file: "settlement.csv",
    title: "Periods: one row a regime and cycle, or window where a regime has no cycles",
    key: &["regime", "cycle"],
    columns: &[
        Column::text("regime", "The regime", |r| r.regime.into()),
        Column::whole("cycle", "", "Counted from 0", |r| r.of.cycle.into()),
        Column::whole("open_us", "us", "Start, exclusive, since midnight of the first day", |r| {
            us(r.of.open_at).into()
        }),
        Column::whole("cutoff_us", "us", "End, inclusive", |r| us(r.of.cut_off_at).into()),
        Column::whole("arrived", "obligations", "Arrived in it", |r| r.of.arrived.into()),
        Column::whole("arrived_minor", MINOR, "Their value", |r| r.of.arrived_minor.into()),
        Column::whole("settled", "obligations", "Wholly discharged in it", |r| r.of.settled.into()),
        Column::whole("settled_minor", MINOR, "Discharged in it", |r| r.of.settled_minor.into()),
        Column::whole("moved_minor", MINOR, "Money that moved for that", |r| {
            r.of.moved_minor.into()
        }),
        Column::maybe_number("netting_frac", "1", "1 - moved / settled", |r| {
            ratio(r.of.settled_minor - r.of.moved_minor, r.of.settled_minor).into()
        }),
        Column::whole("open", "obligations", "Open at its end", |r| r.of.open.into()),
        Column::whole("open_minor", MINOR, "Their open value", |r| r.of.open_minor.into()),
        Column::text("status", "settled: nothing is open; partial; postponed; or idle", |r| {
            match (r.of.settled_minor, r.of.open) {
                (0, 0) => "idle",
                (_, 0) => "settled",
                (0, _) => "postponed",
                _ => "partial",
            }
            .into()
        }),
    ],
};

static QUEUES: Table<Row<QueuedRow>> = Table {
    file: "queues.csv",
    title: "What waits: one row a regime and window",
    key: &["regime", "t_us"],
    columns: &[
        Column::text("regime", "The regime", |r| r.regime.into()),
        Column::whole("t_us", "us", "End of the window, since midnight of the first day", |r| {
            us(r.of.at).into()
        }),
        Column::whole("open", "obligations", "Open then", |r| r.of.open.into()),
        Column::whole("open_minor", MINOR, "Their open value", |r| r.of.open_minor.into()),
        Column::whole("exposure_minor", MINOR, "Sum of net debits in them", |r| {
            r.of.exposure_minor.into()
        }),
        Column::whole("settled_minor", MINOR, "Discharged so far", |r| r.of.settled_minor.into()),
    ],
};

static LIQUIDITY: Table<Row<BalanceRow>> = Table {
    file: "liquidity.csv",
    title: "Accounts: one row a regime, window and participant whose account moved in it",
    key: &["regime", "t_us", "participant"],
    columns: &[
        Column::text("regime", "The regime", |r| r.regime.into()),
        Column::whole("t_us", "us", "End of the window, since midnight of the first day", |r| {
            us(r.of.at).into()
        }),
        Column::text("participant", "Whose account", |r| (&r.participant).into()),
        Column::whole("balance_minor", MINOR, "Balance then; below zero is credit", |r| {
            r.of.balance_minor.into()
        }),
        Column::whole("used_minor", MINOR, "How far below the opening balance", |r| {
            r.of.used_minor.into()
        }),
        Column::whole("open_minor", MINOR, "What it owes in open obligations", |r| {
            r.of.open_minor.into()
        }),
    ],
};

static POSITIONS: Table<Row<PositionRow>> = Table {
    file: "positions.csv",
    title: "Participants: one row a regime and participant",
    key: &["regime", "participant"],
    columns: &[
        Column::text("regime", "The regime", |r| r.regime.into()),
        Column::text("participant", "Who", |r| (&r.participant).into()),
        Column::whole("opening_minor", MINOR, "Balance before the first obligation", |r| {
            r.of.opening_minor.into()
        }),
        Column::whole("debit_minor", MINOR, "Discharged of what it owed", |r| {
            r.of.debit_minor.into()
        }),
        Column::whole("credit_minor", MINOR, "Discharged of what it was owed", |r| {
            r.of.credit_minor.into()
        }),
        Column::whole("closing_minor", MINOR, "Balance at the close", |r| {
            r.of.closing_minor.into()
        }),
        Column::whole("lowest_minor", MINOR, "Lowest balance", |r| r.of.lowest_minor.into()),
        Column::whole("used_minor", MINOR, "Largest fall below the opening balance", |r| {
            r.of.used_minor.into()
        }),
        Column::whole("lower_bound_minor", MINOR, "What it needs to settle at the close", |r| {
            r.lower_bound.into()
        }),
        Column::whole("upper_bound_minor", MINOR, "What it needs so that nothing waits", |r| {
            r.upper_bound.into()
        }),
        Column::whole("unsettled_minor", MINOR, "What it still owes at the close", |r| {
            r.of.unsettled_minor.into()
        }),
        Column::whole("exposure_minor", MINOR, "Largest net debit in open obligations", |r| {
            r.of.exposure_minor.into()
        }),
    ],
};

static CLEARING: Table<Row<ClearedRow>> = Table {
    file: "clearing.csv",
    title: "Clearing vector of what is unsettled: one row a regime and participant in it",
    key: &["regime", "participant"],
    columns: &[
        Column::text("regime", "The regime", |r| r.regime.into()),
        Column::text("participant", "Who", |r| (&r.participant).into()),
        Column::whole("assets_minor", MINOR, "Balance and credit at the close", |r| {
            r.of.assets_minor.into()
        }),
        Column::whole("owed_minor", MINOR, "What it owes", |r| r.of.owed_minor.into()),
        Column::whole("paid_minor", MINOR, "What it pays", |r| r.of.paid_minor.into()),
        Column::whole("received_minor", MINOR, "What others pay it", |r| {
            r.of.received_minor.into()
        }),
        Column::whole("lost_minor", MINOR, "What its bankruptcy costs", |r| r.of.lost_minor.into()),
        Column::whole("rounding_minor", MINOR, "Booked for rounded receipts", |r| {
            r.of.rounding_minor.into()
        }),
        Column::whole("closing_minor", MINOR, "What it has left", |r| r.of.closing_minor.into()),
        Column::maybe_whole("round", "", "When it fails: 1 of itself, later by contagion", |r| {
            r.of.round.into()
        }),
    ],
};

static NETWORK: Table<Row<NetworkRow>> = Table {
    file: "network.csv",
    title: "The network of obligations: one row a participant",
    key: &["participant"],
    columns: &[
        Column::text("participant", "Who", |r| (&r.participant).into()),
        Column::whole("out_degree", "participants", "How many it owes", |r| r.of.out_degree.into()),
        Column::whole("in_degree", "participants", "How many owe it", |r| r.of.in_degree.into()),
        Column::whole("reciprocal", "participants", "How many it owes that owe it too", |r| {
            r.of.reciprocal.into()
        }),
        Column::whole("out_count", "obligations", "That it owes", |r| r.of.out_count.into()),
        Column::whole("out_minor", MINOR, "Their value: its out-strength", |r| {
            r.of.out_minor.into()
        }),
        Column::whole("in_count", "obligations", "Owed to it", |r| r.of.in_count.into()),
        Column::whole("in_minor", MINOR, "Their value: its in-strength", |r| r.of.in_minor.into()),
        Column::whole("core", "", "The largest k whose core it belongs to", |r| r.of.core.into()),
    ],
};

static OPTIMUM: Table<Row<OptimumRow>> = Table {
    file: "optimum.csv",
    title: "Short queues beside their exact optimum: one row a regime and review",
    key: &["regime", "t_us"],
    columns: &[
        Column::text("regime", "The regime", |r| r.regime.into()),
        Column::whole("t_us", "us", "When, since midnight of the first day", |r| {
            us(r.of.at).into()
        }),
        Column::whole("queued", "obligations", "In the queue, at most 20", |r| r.of.queued.into()),
        Column::whole("queued_minor", MINOR, "Their value", |r| r.of.queued_minor.into()),
        Column::whole("settled_minor", MINOR, "What the regime settled of it then", |r| {
            r.of.settled_minor.into()
        }),
        Column::whole(
            "optimum_minor",
            MINOR,
            "The most that has cover when settled at once",
            |r| r.of.optimum_minor.into(),
        ),
        Column::number("distance_frac", "1", "Share of the optimum that was missed", |r| {
            r.of.distance().into()
        }),
    ],
};
