//! The dictionary of metrics: every name that a summary may hold, and what it means.
//!
//! A part in braces stands for a name: `{route}` is a topology, optionally with funding and mode,
//! such as `one_hub`, `one_hub.bank` or `one_hub.bank.static`.

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
    /// Neither: it describes.
    Neutral,
}

impl Direction {
    /// The word used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
            Self::Neutral => "neutral",
        }
    }
}

/// One kind of metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricEntry {
    /// The name, with parts in braces for what varies.
    pub pattern: &'static str,
    /// The unit: `1`, `us`, `minor`, `1/s`, `minor/s` or `bp`.
    pub unit: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// What it is, in one sentence.
    pub definition: &'static str,
    /// How it is computed from the rows of one run.
    pub formula: &'static str,
}

/// Every kind of metric, in the order of a summary.
pub const fn dictionary() -> &'static [MetricEntry] {
    &ENTRIES
}

/// The entry with this pattern, which must be one of the dictionary's.
pub fn entry(pattern: &str) -> &'static MetricEntry {
    let found = ENTRIES.iter().find(|entry| entry.pattern == pattern);
    found.expect("every metric of the summary is in the dictionary")
}

/// The entry that a metric's name belongs to.
pub fn entry_of(name: &str) -> Option<&'static MetricEntry> {
    ENTRIES.iter().find(|entry| matches(entry.pattern, name))
}

/// Upper ends of the amount bands, in whole units of the currency: what `{amount}` stands for.
pub const BANDS: [u64; 7] = [10, 50, 100, 500, 1_000, 2_000, 10_000];

impl MetricEntry {
    /// The part in braces, such as `route`.
    pub fn open(&self) -> Option<&'static str> {
        let (_, rest) = self.pattern.split_once('{')?;
        rest.split_once('}').map(|(inside, _)| inside)
    }

    /// The pattern without its part in braces, such as `hub.items_per_s`: what is written where
    /// the part is named elsewhere.
    pub fn short(&self) -> String {
        let open = self.open().map(|open| format!(".{{{open}}}"));
        open.map_or_else(|| self.pattern.to_owned(), |open| self.pattern.replace(&open, ""))
    }

    /// The full name with this in place of the braces.
    pub fn named(&self, part: &str) -> String {
        let open = self.open().map(|open| format!("{{{open}}}"));
        open.map_or_else(|| self.pattern.to_owned(), |open| self.pattern.replace(&open, part))
    }

    /// What stands in a full name in place of the braces.
    pub fn part_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        let (before, rest) = self.pattern.split_once('{')?;
        let (_, after) = rest.split_once('}')?;
        name.strip_prefix(before)?.strip_suffix(after)
    }
}

/// Whether a name fits a pattern with at most one part in braces.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('{') else { return pattern == name };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    let inner = name.strip_prefix(before).and_then(|name| name.strip_suffix(after));
    inner.is_some_and(|inner| !inner.is_empty())
}

const fn row(
    pattern: &'static str,
    unit: &'static str,
    direction: Direction,
    (definition, formula): (&'static str, &'static str),
) -> MetricEntry {
    MetricEntry { pattern, unit, direction, definition, formula }
}

use Direction::{Higher, Lower, Neutral};

const MEAN: &str = "exact sum ÷ count of accepted, counted attempts";
const QUANTILE: &str = "quantile of the histogram (three digits) of accepted, counted attempts";
const TAIL: &str = "as p99; absent below 10,000 samples in any replication";
const FAR_TAIL: &str = "as p99; absent below 100,000 samples in any replication";
const SYSTEM: &str = "Time from the first institution's receipt to the last one's release";
const SYSTEM_ROUTE: &str = "System latency on one kind of route";
const USER: &str = "Time from intention to knowing, over all attempts, with human time";
const EXCHANGE: &str = "Time of a request and its answer, as its asker sees it";

static ENTRIES: [MetricEntry; 61] = [
    row("intentions", "1", Neutral, ("Counted intentions of consumers.", "count")),
    row(
        "acceptance.first_try_frac",
        "1",
        Higher,
        ("Share of intentions paid with the first wallet tried.", "first_try ÷ intentions"),
    ),
    row(
        "acceptance.after_switch_frac",
        "1",
        Neutral,
        ("Share of intentions paid after switching wallets.", "after_switch ÷ intentions"),
    ),
    row(
        "acceptance.lost_frac",
        "1",
        Lower,
        ("Share of intentions for which no wallet held works.", "unreadable ÷ intentions"),
    ),
    row(
        "acceptance.declined_frac",
        "1",
        Lower,
        ("Share of intentions that an institution declined.", "declined ÷ intentions"),
    ),
    row("attempts", "1", Neutral, ("Counted attempts that sent a message.", "count")),
    row(
        "approved_frac",
        "1",
        Higher,
        ("Share of attempts that were accepted.", "accepted ÷ attempts"),
    ),
    row(
        "declined_business_frac",
        "1",
        Lower,
        ("Share of attempts declined for business reasons.", "declined_business ÷ attempts"),
    ),
    row(
        "declined_technical_frac",
        "1",
        Lower,
        ("Share of attempts declined for technical reasons.", "declined_technical ÷ attempts"),
    ),
    row("latency.system.mean_us", "us", Lower, (SYSTEM, MEAN)),
    row("latency.system.p50_us", "us", Lower, (SYSTEM, QUANTILE)),
    row("latency.system.p95_us", "us", Lower, (SYSTEM, QUANTILE)),
    row("latency.system.p99_us", "us", Lower, (SYSTEM, QUANTILE)),
    row("latency.system.p999_us", "us", Lower, (SYSTEM, TAIL)),
    row("latency.system.p9999_us", "us", Lower, (SYSTEM, FAR_TAIL)),
    row("latency.user.mean_us", "us", Lower, (USER, MEAN)),
    row("latency.user.p50_us", "us", Lower, (USER, QUANTILE)),
    row("latency.user.p95_us", "us", Lower, (USER, QUANTILE)),
    row("latency.user.p99_us", "us", Lower, (USER, QUANTILE)),
    row("latency.user.p999_us", "us", Lower, (USER, TAIL)),
    row("latency.user.p9999_us", "us", Lower, (USER, FAR_TAIL)),
    row("latency.parse.{statistic}", "us", Lower, (EXCHANGE, "as latency.system; buckets of 1 %")),
    row("latency.debit.{statistic}", "us", Lower, (EXCHANGE, "as latency.system; buckets of 1 %")),
    row("latency.pay.{statistic}", "us", Lower, (EXCHANGE, "as latency.system; buckets of 1 %")),
    row("latency.system.{route}.mean_us", "us", Lower, (SYSTEM_ROUTE, MEAN)),
    row("latency.system.{route}.p50_us", "us", Lower, (SYSTEM_ROUTE, QUANTILE)),
    row("latency.system.{route}.p95_us", "us", Lower, (SYSTEM_ROUTE, QUANTILE)),
    row("latency.system.{route}.p99_us", "us", Lower, (SYSTEM_ROUTE, QUANTILE)),
    row("latency.system.{route}.p999_us", "us", Lower, (SYSTEM_ROUTE, TAIL)),
    row("latency.system.{route}.p9999_us", "us", Lower, (SYSTEM_ROUTE, FAR_TAIL)),
    row(
        "messages_per_attempt",
        "1",
        Lower,
        (
            "Messages between institutions for one attempt that is over.",
            "messages ÷ (accepted + declined_business + declined_technical)",
        ),
    ),
    row(
        "throughput_per_s",
        "1/s",
        Higher,
        ("Accepted payments a second.", "accepted ÷ (horizon − warm_up)"),
    ),
    row("value_minor", "minor", Neutral, ("Value of accepted payments.", "sum of amounts")),
    row(
        "ticket_mean_minor",
        "minor",
        Neutral,
        ("Mean amount of an accepted payment.", "value_minor ÷ accepted"),
    ),
    row(
        "ticket.at_most_{amount}_frac",
        "1",
        Neutral,
        (
            "Share of accepted payments of at most this amount, in whole units of the currency.",
            "accepted up to the amount ÷ accepted",
        ),
    ),
    row(
        "background.ticket_mean_minor",
        "minor",
        Neutral,
        ("Mean amount of an accepted background item.", "background_minor ÷ background_accepted"),
    ),
    row(
        "traffic.ticket_mean_minor",
        "minor",
        Neutral,
        (
            "Mean amount of payments and background items, those accepted.",
            "sum of amounts ÷ (accepted + background_accepted)",
        ),
    ),
    row(
        "fraud.attempted_frac",
        "1",
        Neutral,
        ("Share of screened attempts that are fraudulent.", "frauds ÷ screened"),
    ),
    row(
        "fraud.detected_frac",
        "1",
        Higher,
        ("Share of frauds that their wallet refused.", "frauds_detected ÷ frauds"),
    ),
    row(
        "fraud.false_decline_frac",
        "1",
        Lower,
        (
            "Share of honest attempts that their wallet took for fraud.",
            "false_declines ÷ (screened − frauds)",
        ),
    ),
    row("fraud.paid", "1", Lower, ("Frauds that were paid.", "count")),
    row("fraud.paid_minor", "minor", Lower, ("Value of frauds that were paid.", "sum of amounts")),
    row(
        "fraud.paid_bp",
        "bp",
        Lower,
        ("Frauds that were paid, of the value of accepted payments.", "fraud.paid_minor ÷ value"),
    ),
    row(
        "hub.{name}.items_per_s",
        "1/s",
        Neutral,
        (
            "Obligations (principal) of counted attempts that a house cleared, a second.",
            "items ÷ (horizon − warm_up); background included",
        ),
    ),
    row(
        "hub.{name}.value_minor_per_s",
        "minor/s",
        Neutral,
        ("Their value, a second.", "value_minor ÷ (horizon − warm_up)"),
    ),
    row(
        "hub.{name}.ticket_mean_minor",
        "minor",
        Neutral,
        ("Mean amount of one obligation.", "value_minor ÷ items"),
    ),
    row(
        "hub.{name}.full_items_per_day",
        "1",
        Neutral,
        ("Obligations in a day at full scale.", "items_per_s × 86,400 ÷ scale"),
    ),
    row(
        "hub.{name}.full_value_minor_per_day",
        "minor",
        Neutral,
        ("Their value in a day at full scale.", "value_minor_per_s × 86,400 ÷ scale"),
    ),
    row(
        "hub.{name}.debit_mean_us",
        "us",
        Lower,
        (
            "Mean time of the bank debits that a house carries, the wallet's own work included.",
            "exact sum ÷ count of accepted debits of counted attempts",
        ),
    ),
    row(
        "settlement.netting_frac",
        "1",
        Higher,
        (
            "Share of gross value that netting saves, over all cycles of the whole run.",
            "1 − Σ|net| ÷ (2 Σgross), Σ|net| = 2 Σ net debits",
        ),
    ),
    row(
        "settlement.gross_minor",
        "minor",
        Neutral,
        ("Obligations with fees, whole run.", "Σ gross_minor"),
    ),
    row(
        "settlement.net_minor",
        "minor",
        Neutral,
        ("Net debits of all cycles, whole run.", "Σ net_minor"),
    ),
    row(
        "liquidity.peak_used_frac",
        "1",
        Lower,
        (
            "Largest share of its opening reserve that any participant used in the whole run.",
            "max (opening − balance) ÷ opening",
        ),
    ),
    row(
        "utilisation.{name}_frac",
        "1",
        Neutral,
        ("Share of time that a station's servers are busy.", "busy ÷ (servers × counted time)"),
    ),
    row(
        "wallet.{name}.share_frac",
        "1",
        Neutral,
        ("A wallet's share of accepted payments.", "accepted of the wallet ÷ accepted"),
    ),
    row(
        "bank.{name}.approved_frac",
        "1",
        Higher,
        ("Share of its decisions that a bank approved.", "approved ÷ decided"),
    ),
    row(
        "bank.{name}.declined_business_frac",
        "1",
        Lower,
        ("Share that it refused for business reasons.", "declined_business ÷ decided"),
    ),
    row(
        "bank.{name}.declined_technical_frac",
        "1",
        Lower,
        ("Share that it refused for technical reasons.", "declined_technical ÷ decided"),
    ),
    row(
        "in_flight_max",
        "1",
        Lower,
        ("Most attempts in flight, whole run.", "largest of the time series"),
    ),
    row(
        "fees.merchant_bp",
        "bp",
        Lower,
        ("What merchants pay for accepted payments.", "10,000 × merchant fees ÷ value_minor"),
    ),
    row("background_items", "1", Neutral, ("Counted background items.", "count")),
];
