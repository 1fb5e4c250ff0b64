//! Settlement of a file of obligations, in rows: what it used, what it left and how long it took.
//!
//! | Measure | Definition |
//! | --- | --- |
//! | liquidity used | the largest fall of a balance below its opening, summed over participants |
//! | lower bound | what each needs to settle its own net debit of the whole file; Leinonen and Soramäki (1999) |
//! | upper bound | what each needs so that nothing ever waits; the same |
//! | delay indicator | value × waiting time, over value × time to the close: 0 if nothing waits, 1 if nothing settles before the close; the same |
//! | turnover | value settled ÷ liquidity used |
//! | netting ratio | 1 − money moved ÷ value settled; what settles at once moves its net debits |
//! | exposure | sum of the net debit positions in open obligations: what would be missing if nobody paid on balance |
//! | concentration | sum of squared shares in value sent (Herfindahl and Hirschman) |
//! | reciprocity | share of links, or of value, that has a counterpart in the other direction |
//! | core | the largest *k* such that a participant trades with *k* others of the same core; Seidman (1983) |
//!
//! Invariant: rows are in order of their keys; unknown is `None`.
//! Never: a balance taken from the agent that is measured.

mod flows;
mod network;
mod recorder;

pub use flows::FlowRecorder;
pub use network::{NetworkRow, NetworkSummary};
pub use recorder::SettlementRecorder;

use crate::audit::Findings;
use crate::units::{Due, Instant, InstitutionId};

/// What is true of the obligations, whatever settles them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flows {
    /// What each needs to pay its own net debit of the whole file, in minor units, by participant.
    pub lower_bound: Vec<u128>,
    /// What each needs so that nothing of it ever waits.
    pub upper_bound: Vec<u128>,
    /// Who trades with whom.
    pub network: Vec<NetworkRow>,
    /// The network as a whole.
    pub summary: NetworkSummary,
}

/// One period of one regime, up to a cut-off or the end of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CycleRow {
    /// Which, from 0.
    pub cycle: u32,
    /// Where it begins, exclusive.
    pub open_at: Instant,
    /// Where it ends, inclusive.
    pub cut_off_at: Instant,
    /// Obligations that arrived in it.
    pub arrived: u64,
    /// Their value.
    pub arrived_minor: u128,
    /// Obligations that were wholly discharged in it.
    pub settled: u64,
    /// What was discharged in it.
    pub settled_minor: u128,
    /// What moved between accounts for that.
    pub moved_minor: u128,
    /// Obligations open at its end.
    pub open: u64,
    /// Their open value.
    pub open_minor: u128,
}

/// What waits, and what is exposed, at the end of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueuedRow {
    /// The end of the window.
    pub at: Instant,
    /// Obligations open then.
    pub open: u64,
    /// Their open value.
    pub open_minor: u128,
    /// Sum of the net debit positions in them.
    pub exposure_minor: u128,
    /// Discharged since the start.
    pub settled_minor: u128,
}

/// One participant's account at the end of a window in which it moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceRow {
    /// The end of the window.
    pub at: Instant,
    /// Whose.
    pub participant: InstitutionId,
    /// Its balance.
    pub balance_minor: i128,
    /// How far it lies below the opening balance.
    pub used_minor: u128,
    /// What it owes in open obligations.
    pub open_minor: u128,
}

/// One participant under one regime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PositionRow {
    /// Balance before the first obligation.
    pub opening_minor: i128,
    /// Discharged of what it owed.
    pub debit_minor: u128,
    /// Discharged of what it was owed.
    pub credit_minor: u128,
    /// Balance at the close.
    pub closing_minor: i128,
    /// The lowest balance.
    pub lowest_minor: i128,
    /// The largest fall below the opening balance.
    pub used_minor: u128,
    /// What it still owes at the close.
    pub unsettled_minor: u128,
    /// Its largest net debit in open obligations.
    pub exposure_minor: u128,
}

/// A regime as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Obligations that arrived.
    pub obligations: u64,
    /// Their value.
    pub gross_minor: u128,
    /// Wholly discharged.
    pub settled: u64,
    /// Discharged, parts included.
    pub settled_minor: u128,
    /// Discharged alone, with money.
    pub alone_minor: u128,
    /// Refused for lack of cover.
    pub refused: u64,
    /// Their value.
    pub refused_minor: u128,
    /// Open at the close.
    pub unsettled: u64,
    /// Their open value.
    pub unsettled_minor: u128,
    /// Money that moved between accounts.
    pub moved_minor: u128,
    /// Liquidity used, summed over participants.
    pub used_minor: u128,
    /// Value × waiting time, in minor units × microseconds; what is open waits until the close.
    pub waited: u128,
    /// Value × time to the close, of all that was not refused.
    pub waited_most: u128,
    /// The longest wait of a discharged obligation, in microseconds.
    pub delay_max_us: u64,
    /// The most that was open at once, and when it was first reached.
    pub queue_peak: (u128, Instant),
    /// The most obligations that were open at once.
    pub queue_peak_count: u64,
    /// The largest exposure, and when it was first reached.
    pub exposure_peak: (u128, Instant),
    /// Sum of squared shares in the value settled, by debtor.
    pub concentration: Option<f64>,
}

impl Totals {
    /// Value × waiting time as a share of the most it could be.
    pub fn delay_indicator(&self) -> Option<f64> {
        ratio(self.waited, self.waited_most)
    }

    /// Value settled for each unit of liquidity used.
    pub fn turnover(&self) -> Option<f64> {
        ratio(self.settled_minor, self.used_minor)
    }

    /// What offsetting saved of the money that gross settlement moves.
    pub fn netting(&self) -> Option<f64> {
        ratio(self.settled_minor - self.moved_minor, self.settled_minor)
    }

    /// Share of the value that was settled.
    pub fn settled_frac(&self) -> Option<f64> {
        ratio(self.settled_minor, self.gross_minor)
    }

    /// Mean wait of a unit of value, in microseconds.
    pub fn delay_mean_us(&self) -> Option<f64> {
        ratio(self.waited, self.gross_minor - self.refused_minor)
    }
}

/// How near a regime came to the best that a short queue allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptimumRow {
    /// When.
    pub at: Instant,
    /// Obligations in the queue, at most twenty.
    pub queued: u32,
    /// Their value.
    pub queued_minor: u128,
    /// What the regime discharged of it then.
    pub settled_minor: u128,
    /// The most that could have been discharged.
    pub optimum_minor: u128,
}

impl OptimumRow {
    /// Share of the optimum that was missed; nothing to miss is no distance.
    pub fn distance(&self) -> f64 {
        ratio(self.optimum_minor.saturating_sub(self.settled_minor), self.optimum_minor)
            .unwrap_or(0.0)
    }
}

/// One participant when all that is open at the close must be paid by whoever can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClearedRow {
    /// What it has.
    pub assets_minor: u128,
    /// What it owes.
    pub owed_minor: u128,
    /// What it pays.
    pub paid_minor: u128,
    /// What others pay it.
    pub received_minor: u128,
    /// What its bankruptcy costs.
    pub lost_minor: u128,
    /// Booked to it for what rounding took from its receipts.
    pub rounding_minor: u128,
    /// What it has left.
    pub closing_minor: u128,
    /// In which round it failed, from 1; `None`: it pays all.
    pub round: Option<u32>,
}

/// What became of one obligation, or of a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The obligation, with the amount that is meant.
    pub due: Due,
    /// When and by which method it was discharged; `None`: it was not.
    pub discharged: Option<(Instant, &'static str)>,
    /// What the table calls it.
    pub status: FateStatus,
}

/// How far an obligation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FateStatus {
    /// Nothing of it is open any more.
    Settled,
    /// A part was discharged.
    Part,
    /// Refused on arrival, for lack of cover.
    Refused,
    /// Open at the close.
    Unsettled,
}

impl FateStatus {
    /// The word in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Part => "part",
            Self::Refused => "refused",
            Self::Unsettled => "unsettled",
        }
    }
}

/// One regime's results.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Which.
    pub regime: &'static str,
    /// The whole.
    pub totals: Totals,
    /// By participant.
    pub positions: Vec<PositionRow>,
    /// By period.
    pub cycles: Vec<CycleRow>,
    /// By window.
    pub queued: Vec<QueuedRow>,
    /// By window and participant.
    pub balances: Vec<BalanceRow>,
    /// Short queues, and how near to the optimum they were cleared.
    pub optima: Vec<OptimumRow>,
    /// What the unsettled obligations come to when all who can pay must, by participant; `None`:
    /// not computed, for too many would default.
    pub clearing: Option<Vec<ClearedRow>>,
    /// Whether it was lawful.
    pub findings: Findings,
}

/// All results of one file.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What the obligations alone tell.
    pub flows: Flows,
    /// Each regime, in the order asked for.
    pub regimes: Vec<Settled>,
}

#[expect(clippy::cast_precision_loss, reason = "a ratio needs fifteen digits, no more")]
fn ratio(part: u128, whole: u128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
