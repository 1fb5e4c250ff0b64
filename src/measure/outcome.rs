//! The rows that one run yields. Reports render these and nothing else.
//!
//! Field names end in their unit and are the column names. Rows are sorted by their first fields.

use hdrhistogram::Histogram;

/// All that one run (policy × replication) measured.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// Which policy, by name.
    pub policy: String,
    /// Which replication, counted from 0.
    pub replication: u32,
    /// Counted payments and intentions.
    pub tally: Tally,
    /// One cell for each (stage, route, outcome) that occurred, sorted.
    pub latency: Vec<LatencyCell>,
    /// Latency over time: system latency of accepted payments.
    pub heat_map: Vec<HeatRow>,
    /// One row a window.
    pub series: Vec<SeriesRow>,
    /// One row a station and window.
    pub queues: Vec<QueueRow>,
    /// One row a station: totals over `[warm_up, horizon)`.
    pub stations: Vec<StationRow>,
    /// One row a settlement cycle.
    pub settlement: Vec<SettlementRow>,
    /// One row a cycle and participant.
    pub positions: Vec<PositionRow>,
    /// One row a change of a reserve account.
    pub liquidity: Vec<LiquidityRow>,
    /// One row a pair of debtor and creditor agent.
    pub flows: Vec<FlowRow>,
    /// One row a (reason, stage, participant).
    pub errors: Vec<ErrorRow>,
    /// One row a (payer, earner, kind).
    pub fees: Vec<FeeRow>,
    /// One row a wallet.
    pub wallets: Vec<WalletRow>,
    /// One row an institution that decided about holds: what it approved and refused.
    pub decisions: Vec<DecisionRow>,
    /// One row a clearing house (or acquirer of a bilateral link) that cleared anything.
    pub houses: Vec<HouseRow>,
    /// Digest of all facts in each entity's order, over entities in order of name.
    pub digest: [u8; 32],
    /// Digest of all facts in no order: alike for computed and evented stations.
    pub multiset: u64,
    /// Events handled.
    pub events: u64,
    /// Payments closed, counted or not.
    pub payments: u64,
}

/// Counts of what arose in `[warm_up, horizon)`, followed to the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Intentions of consumers (background apart).
    pub intentions: u64,
    /// Accepted with the first wallet tried.
    pub first_try: u64,
    /// Accepted after switching to another wallet.
    pub after_switch: u64,
    /// No wallet held works here: lost sales.
    pub unreadable: u64,
    /// Declined by an institution.
    pub declined: u64,
    /// Attempts of which at least one message was sent.
    pub attempts: u64,
    /// Attempts accepted.
    pub accepted: u64,
    /// Attempts declined for business reasons.
    pub declined_business: u64,
    /// Attempts declined for technical reasons.
    pub declined_technical: u64,
    /// Messages between institutions on counted attempts, background apart.
    pub messages: u64,
    /// Value of accepted payments, minor units, background apart.
    pub accepted_minor: u128,
    /// Background items.
    pub background: u64,
    /// Background items accepted.
    pub background_accepted: u64,
    /// Value of accepted background items, minor units.
    pub background_minor: u128,
    /// Counted attempts still open when the drain's bound was reached, background apart.
    pub open_at_end: u64,
    /// Fees that merchants paid on counted attempts, minor units.
    pub merchant_fees_minor: u128,
    /// Attempts that a wallet screened.
    pub screened: u64,
    /// Fraudulent ones among them.
    pub frauds: u64,
    /// Frauds that their wallet refused.
    pub frauds_detected: u64,
    /// Frauds that were paid.
    pub frauds_paid: u64,
    /// Their value, minor units.
    pub frauds_paid_minor: u128,
    /// Honest attempts that a wallet took for fraud.
    pub false_declines: u64,
    /// Attempts accepted, by the first of `BANDS` that their amount does not exceed.
    pub bands: [u64; BANDS.len()],
}

pub use crate::scenario::dictionary::BANDS;

/// Latency of one cell.
#[derive(Clone, Debug)]
pub struct LatencyCell {
    /// `user`, `system`, `parse`, `debit` or `pay`.
    pub stage: &'static str,
    /// Route, as `RouteClass::name`; for `user`, of the last attempt (`none` without one).
    pub route: String,
    /// As `Status::outcome`.
    pub outcome: &'static str,
    /// Values in microseconds, 1 µs to 1 h, three significant digits.
    pub histogram: Histogram<u64>,
    /// Exact count.
    pub count: u64,
    /// Exact sum, nanoseconds.
    pub sum_ns: u128,
    /// Exact sum of squares, in square microseconds, rounded down for each value.
    pub sum_sq_us2: u128,
    /// Exact minimum, nanoseconds.
    pub min_ns: u64,
    /// Exact maximum, nanoseconds.
    pub max_ns: u64,
    /// Values above the histogram's upper bound, counted there.
    pub clamped: u64,
}

/// One cell of the latency heat map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeatRow {
    /// Start of the window.
    pub t_us: u64,
    /// Lower bound of the bucket.
    pub bucket_lo_us: u64,
    /// Upper bound of the bucket, exclusive.
    pub bucket_hi_us: u64,
    /// Accepted payments answered in this window with this system latency.
    pub count: u64,
}

/// One window of the time series (all demand, counted or not; background apart).
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRow {
    /// Start of the window.
    pub t_us: u64,
    /// Its width.
    pub window_us: u64,
    /// Attempts opened.
    pub offered: u64,
    /// Attempts accepted.
    pub accepted: u64,
    /// Attempts declined.
    pub declined: u64,
    /// Attempts timed out (none before time-outs exist).
    pub timed_out: u64,
    /// Attempts closed.
    pub completed: u64,
    /// Time-weighted mean of attempts in flight.
    pub in_flight_mean: f64,
    /// Most attempts in flight.
    pub in_flight_max: u64,
    /// Median system latency of answers in this window alone; `None` below 1 sample.
    pub win_p50_us: Option<u64>,
    /// 0.95 quantile; `None` below 20 samples.
    pub win_p95_us: Option<u64>,
    /// 0.99 quantile; `None` below 100 samples.
    pub win_p99_us: Option<u64>,
}

/// One station in one window.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueRow {
    /// Start of the window.
    pub t_us: u64,
    /// The institution.
    pub node: String,
    /// Time-weighted mean of messages waiting.
    pub length_mean: f64,
    /// Most messages waiting, as arrivals found them (themselves included when they wait).
    pub length_max: u64,
    /// Mean wait of messages that arrived in the window; `None` when none did.
    pub wait_mean_us: Option<f64>,
    /// Busy server time ÷ (servers × window).
    pub utilisation_frac: f64,
}

/// One station over `[warm_up, horizon)`.
#[derive(Clone, Debug)]
pub struct StationRow {
    /// The institution.
    pub node: String,
    /// Messages served.
    pub visits: u64,
    /// Messages turned away by a full queue.
    pub turned_away: u64,
    /// Messages that waited longer than zero.
    pub waited: u64,
    /// Exact sum of waits, nanoseconds.
    pub wait_sum_ns: u128,
    /// Waits in nanoseconds ÷ 1000, 1 µs to 1 h, three digits; zero waits included.
    pub waits: Histogram<u64>,
    /// Busy server time ÷ (servers × time).
    pub utilisation_frac: f64,
    /// Servers.
    pub servers: u32,
}

/// One settlement cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementRow {
    /// Counted from 0 for each house.
    pub cycle: u32,
    /// The clearing house; for bilateral links, the acquirer.
    pub house: String,
    /// The currency.
    pub currency: String,
    /// Start of the cycle (exclusive).
    pub open_us: u64,
    /// Its cut-off (inclusive).
    pub cutoff_us: u64,
    /// When all positions were final; `None` when not.
    pub settled_us: Option<u64>,
    /// `deferred_net`.
    pub method: &'static str,
    /// Obligations cleared (principal; fees apart).
    pub obligations: u64,
    /// Their sum, principal and fees.
    pub gross_minor: u128,
    /// Sum over pairs of the bilateral net.
    pub bilateral_net_minor: u128,
    /// Sum of the net debits.
    pub net_minor: u128,
    /// Participants with business.
    pub participants: u64,
    /// What all net debtors without cover lacked when they lacked most.
    pub failed_minor: u128,
    /// `settled`, `postponed`, `open`, or `empty`: there was nothing to settle.
    pub status: &'static str,
}

/// One participant in one cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionRow {
    /// Counted from 0 for each house.
    pub cycle: u32,
    /// The clearing house.
    pub house: String,
    /// Who.
    pub participant: String,
    /// The currency.
    pub currency: String,
    /// Gross owed, fees included.
    pub debit_minor: u128,
    /// Gross due, fees included.
    pub credit_minor: u128,
    /// `credit − debit`.
    pub net_minor: i128,
    /// Fees due less fees owed: the part of the net that is fees.
    pub fees_minor: i128,
    /// Reserve account before settlement; `None` when the cycle was not settled.
    pub opening_minor: Option<u128>,
    /// Reserve account after settlement; `None` when the cycle was not settled.
    pub closing_minor: Option<u128>,
}

/// A reserve account after a change (and once at the epoch).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiquidityRow {
    /// When.
    pub t_us: u64,
    /// Whose account.
    pub participant: String,
    /// The currency.
    pub currency: String,
    /// Balance.
    pub balance_minor: u128,
    /// Credit limit; `None`: no credit.
    pub limit_minor: Option<u128>,
    /// Opening balance used so far, in millionths: `(opening − balance) ÷ opening`, at least 0.
    pub used_ppm: Option<u64>,
    /// Postponements so far in which this participant lacked cover.
    pub calls: u64,
}

/// Value between two institutions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowRow {
    /// Debtor agent.
    pub payer: String,
    /// Creditor agent.
    pub payee: String,
    /// The currency.
    pub currency: String,
    /// Obligations (principal).
    pub count: u64,
    /// Their sum.
    pub gross_minor: u128,
    /// `gross` less the opposite flow; negative when the opposite is larger.
    pub net_minor: i128,
}

/// Refusals by reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorRow {
    /// Reason, as `Reason::name`.
    pub reason: &'static str,
    /// `presentment` for unreadable codes, else `processing`.
    pub stage: &'static str,
    /// Who refused.
    pub participant: String,
    /// How often.
    pub count: u64,
    /// What `count` is a share of: `tries` at presentment, `attempts` in processing.
    pub of: &'static str,
    /// How many of these were counted: a try is an attempt, or one that sent no message because
    /// the code could not be read.
    pub of_count: u64,
}

/// Fees from one payer to one earner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeRow {
    /// Who pays; `merchants` for merchants.
    pub payer: String,
    /// Who earns.
    pub earner: String,
    /// `merchant_discount`, `interchange`, `clearing`, `code_issuer` or `bank_debit`.
    pub kind: &'static str,
    /// The currency.
    pub currency: String,
    /// How many.
    pub count: u64,
    /// Their sum.
    pub amount_minor: u128,
}

/// One wallet's share of counted intentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletRow {
    /// The wallet provider.
    pub wallet: String,
    /// Attempts opened.
    pub attempts: u64,
    /// Accepted.
    pub accepted: u64,
    /// Their value.
    pub accepted_minor: u128,
    /// Tries that failed because the app could not read the code.
    pub unreadable: u64,
}

/// What one institution decided about counted attempts, background apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRow {
    /// The institution: a bank that is asked for debits, or a wallet that pays from balances.
    pub institution: String,
    /// Holds that it placed.
    pub approved: u64,
    /// Its refusals for business reasons.
    pub declined_business: u64,
    /// Its refusals for technical reasons.
    pub declined_technical: u64,
}

/// What counted attempts brought into one clearing house's cycles, background included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseRow {
    /// The clearing house; for bilateral links, the acquirer.
    pub house: String,
    /// Obligations (principal).
    pub items: u64,
    /// Their sum.
    pub value_minor: u128,
    /// Accepted bank debits that it carried.
    pub debits: u64,
    /// Time of their exchanges in all, nanoseconds.
    pub debit_sum_ns: u128,
}
