//! The tables of money: settlement, positions, liquidity, flows and fees.

use super::column::{Base, Column, RunTable};
use super::number::ratio;
use crate::measure::outcome::{FeeRow, FlowRow, LiquidityRow, PositionRow, SettlementRow};

const MINOR: &str = "minor units";

/// A word in the spelling that scenario files have for it.
fn as_written(word: &'static str) -> &'static str {
    match word {
        "merchant_discount" => "merchant-discount",
        "code_issuer" => "code-issuer",
        "bank_debit" => "bank-debit",
        "deferred_net" => "deferred-net",
        other => other,
    }
}

pub(super) static SETTLEMENT: RunTable<SettlementRow> = RunTable {
    file: "settlement.csv",
    title: "Settlement cycles: one row a cycle of a clearing house",
    base: Base::Run,
    key: &["cycle", "house"],
    unique: true,
    columns: &[
        Column::whole("cycle", "", "Counted from 0 for each house", |r| r.cycle.into()),
        Column::text("house", "Clearing house, or acquirer of bilateral links", |r| {
            (&r.house).into()
        }),
        Column::text("currency", "ISO 4217 code", |r| (&r.currency).into()),
        Column::whole("open_us", "us", "Start of the cycle, exclusive", |r| r.open_us.into()),
        Column::whole(
            "cutoff_us",
            "us",
            "Cut-off, inclusive; the last cycle of a house ends at the closing cut-off, which the \
             engine adds once every payment is over, so that nothing cleared is left unsettled",
            |r| r.cutoff_us.into(),
        ),
        Column::maybe_whole(
            "settled_us",
            "us",
            "When all positions were final; empty when not",
            |r| r.settled_us.into(),
        ),
        Column::text("method", "How positions are settled, as in the scenario", |r| {
            as_written(r.method).into()
        }),
        Column::whole("obligations", "obligations", "Obligations cleared, fees apart", |r| {
            r.obligations.into()
        }),
        Column::whole(
            "gross_minor",
            MINOR,
            "Their sum, fees included, which flows.csv leaves out",
            |r| r.gross_minor.into(),
        ),
        Column::whole("bilateral_net_minor", MINOR, "Sum over pairs of the net", |r| {
            r.bilateral_net_minor.into()
        }),
        Column::whole("net_minor", MINOR, "Sum of the multilateral net debits", |r| {
            r.net_minor.into()
        }),
        Column::maybe_number("netting_frac", "1", "1 - net / gross; empty without business", |r| {
            ratio(r.gross_minor.saturating_sub(r.net_minor), r.gross_minor).into()
        }),
        Column::whole("participants", "institutions", "Participants with business", |r| {
            r.participants.into()
        }),
        Column::whole(
            "failed_minor",
            MINOR,
            "What all net debtors without cover lacked, when they lacked most",
            |r| r.failed_minor.into(),
        ),
        Column::text(
            "status",
            "settled; postponed: a net debtor lacked cover; open: not settled when the run was \
             closed; empty: nothing was cleared",
            |r| r.status.into(),
        ),
    ],
    rows: |run| &run.settlement,
};

pub(super) static POSITIONS: RunTable<PositionRow> = RunTable {
    file: "positions.csv",
    title: "Net positions: one row a cycle and participant",
    base: Base::Run,
    key: &["cycle", "house", "participant"],
    unique: true,
    columns: &[
        Column::whole("cycle", "", "Counted from 0 for each house", |r| r.cycle.into()),
        Column::text("house", "The clearing house", |r| (&r.house).into()),
        Column::text("participant", "Whose position", |r| (&r.participant).into()),
        Column::text("currency", "ISO 4217 code", |r| (&r.currency).into()),
        Column::whole("debit_minor", MINOR, "Gross owed, fees included", |r| r.debit_minor.into()),
        Column::whole("credit_minor", MINOR, "Gross due, fees included", |r| r.credit_minor.into()),
        Column::whole("net_minor", MINOR, "credit - debit", |r| r.net_minor.into()),
        Column::whole("fees_minor", MINOR, "The part of the net that is fees", |r| {
            r.fees_minor.into()
        }),
        Column::maybe_whole("opening_minor", MINOR, "Reserve account before settlement", |r| {
            r.opening_minor.into()
        }),
        Column::maybe_whole("closing_minor", MINOR, "Reserve account after settlement", |r| {
            r.closing_minor.into()
        }),
    ],
    rows: |run| &run.positions,
};

pub(super) static LIQUIDITY: RunTable<LiquidityRow> = RunTable {
    file: "liquidity.csv",
    title: "Reserve accounts: one row a change, and one at the epoch",
    base: Base::Run,
    key: &["t_us", "participant"],
    // Two clearing houses may settle at one instant.
    unique: false,
    columns: &[
        Column::whole("t_us", "us", "When, since the epoch", |r| r.t_us.into()),
        Column::text("participant", "Whose account", |r| (&r.participant).into()),
        Column::text("currency", "ISO 4217 code", |r| (&r.currency).into()),
        Column::whole("balance_minor", MINOR, "Balance then", |r| r.balance_minor.into()),
        Column::maybe_whole("limit_minor", MINOR, "Credit limit; empty: no credit", |r| {
            r.limit_minor.into()
        }),
        Column::maybe_whole("used_ppm", "ppm", "(opening - balance) / opening, at least 0", |r| {
            r.used_ppm.into()
        }),
        Column::whole("calls", "postponements", "So far, for want of cover here", |r| {
            r.calls.into()
        }),
    ],
    rows: |run| &run.liquidity,
};

pub(super) static FLOWS: RunTable<FlowRow> = RunTable {
    file: "flows.csv",
    title: "Value of payments between institutions, fees apart: one row a pair of agents",
    base: Base::Run,
    key: &["payer", "payee"],
    unique: true,
    columns: &[
        Column::text("payer", "Debtor agent", |r| (&r.payer).into()),
        Column::text("payee", "Creditor agent", |r| (&r.payee).into()),
        Column::text("currency", "ISO 4217 code", |r| (&r.currency).into()),
        Column::whole("count", "obligations", "Obligations, fees apart", |r| r.count.into()),
        Column::whole(
            "gross_minor",
            MINOR,
            "Their sum, fees apart: gross_minor of settlement.csv adds the fees that are cleared, \
             which fees.csv has under institutions as payers",
            |r| r.gross_minor.into(),
        ),
        Column::whole("net_minor", MINOR, "Gross less the opposite flow", |r| r.net_minor.into()),
    ],
    rows: |run| &run.flows,
};

pub(super) static FEES: RunTable<FeeRow> = RunTable {
    file: "fees.csv",
    title: "Fees: one row a payer, earner and kind",
    base: Base::Run,
    key: &["payer", "earner", "kind"],
    unique: true,
    columns: &[
        Column::text("payer", "Who pays; merchants for merchants", |r| (&r.payer).into()),
        Column::text("earner", "Who earns", |r| (&r.earner).into()),
        Column::text("kind", "Kind of fee, as in the scenario", |r| as_written(r.kind).into()),
        Column::text("currency", "ISO 4217 code", |r| (&r.currency).into()),
        Column::whole("count", "fees", "How many above zero", |r| r.count.into()),
        Column::whole("amount_minor", MINOR, "Their sum", |r| r.amount_minor.into()),
    ],
    rows: |run| &run.fees,
};
