//! Views: the plain records that summaries are rendered from. Names end in their unit.

use serde::{Deserialize, Deserializer, Serialize};

use super::SUMMARY_SCHEMA;
use super::latency::Figures;
use super::metric_view::{CalibrationView, DifferenceView, MetricView};
use super::verdict_view::VerdictView;

/// A word of a closed list.
pub(super) type Word = &'static str;

/// Every word that a summary may hold where its list is closed.
const WORDS: [Word; 7] =
    [SUMMARY_SCHEMA, "complete", "partial", "interrupted", "failed", "left_out", "aborted"];

/// A word of the list; a summary with another was written by another engine.
fn known<'de, D: Deserializer<'de>>(text: D) -> Result<Word, D::Error> {
    let text = String::deserialize(text)?;
    let found = WORDS.into_iter().find(|word| *word == text);
    found.ok_or_else(|| serde::de::Error::custom("a word of another engine"))
}

/// What the report must be told about how it came about. The same inputs give the same context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportContext {
    /// The engine's version.
    pub engine_version: String,
    /// Digest of the engine's sources and lock file, hexadecimal.
    pub source_digest: String,
    /// Name of the random generator.
    pub generator: String,
    /// Name of the scenario's file, without its folder.
    pub scenario_file: String,
    /// A command line that makes this report again, in the folder of the scenario.
    pub command: String,
    /// Run hash, hexadecimal: resolved scenario, seed and engine.
    pub hash: String,
    /// What the user should know, in words.
    pub warnings: Vec<String>,
}

/// How long it took, on what. The only record that differs between two runs of the same inputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Timing {
    /// Elapsed time, seconds.
    pub wall_seconds: f64,
    /// Processor time, seconds.
    pub cpu_seconds: Option<f64>,
    /// Events handled a second of elapsed time.
    pub events_per_second: Option<f64>,
    /// Payments closed a second of elapsed time.
    pub payments_per_second: Option<f64>,
    /// Peak resident memory, bytes.
    pub peak_rss_bytes: Option<u64>,
    /// Worker threads.
    pub threads: u64,
    /// The compiler.
    pub rustc: Option<String>,
    /// The revision of the sources.
    pub git: Option<String>,
}

/// `summary.json`; the Markdown and the terminal summary are rendered from the same record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SummaryView {
    /// `hutong.summary/1`.
    #[serde(deserialize_with = "known")]
    pub schema: Word,
    /// Every run is complete, there is at least one, and every law and threshold held.
    pub ok: bool,
    /// `complete`, `partial`, `interrupted` or `failed`.
    #[serde(deserialize_with = "known")]
    pub status: Word,
    /// The experiment.
    pub scenario: ScenarioView,
    /// The program.
    pub engine: EngineView,
    /// A command line that makes this report again.
    pub reproduce: String,
    /// One record a policy, in the order compared.
    pub policies: Vec<PolicyView>,
    /// Headline metrics.
    pub metrics: Vec<MetricView>,
    /// Every metric against the first policy, paired by replication.
    pub differences: Vec<DifferenceView>,
    /// Figures with a published counterpart.
    pub calibration: Vec<CalibrationView>,
    /// Every threshold, for each policy that it speaks of.
    pub thresholds: Vec<VerdictView>,
    /// Every law, over all complete runs.
    pub invariants: Vec<LawView>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// Every planned run, in plan order.
    pub runs: Vec<RunView>,
}

/// The experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioView {
    /// Short name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// The question it asks.
    pub question: String,
    /// What it expects.
    pub expect: String,
    /// Run hash, hexadecimal.
    pub hash: String,
    /// Seed of every draw.
    pub seed: u64,
    /// What demand and stocks were multiplied by.
    pub scale: f64,
    /// Where simulated time begins (RFC 3339).
    pub epoch: String,
    /// Time of day at the epoch.
    pub epoch_time_of_day_us: u64,
    /// Start of counting.
    pub warm_up_us: u64,
    /// End of counting.
    pub horizon_us: u64,
    /// Longest time that counted payments are followed after it.
    pub drain_us: u64,
    /// Width of a window.
    pub window_us: u64,
    /// ISO 4217 code.
    pub currency: String,
    /// Decimal places of its minor unit.
    pub currency_exponent: u8,
    /// Planned replications of each policy.
    pub replications: u32,
}

/// The program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineView {
    /// Its version.
    pub version: String,
    /// Digest of its sources, hexadecimal.
    pub digest: String,
    /// Name of the random generator.
    pub generator: String,
}

/// One policy: sums over its complete replications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyView {
    /// By name.
    pub policy: String,
    /// Complete replications: what the sums are over.
    pub replications: u32,
    /// Counts, summed.
    pub counts: CountsView,
    /// System latency of accepted payments, background apart, pooled.
    pub latency: Option<Figures>,
    /// Settlement, summed.
    pub clearing: ClearingView,
    /// One record a participant of any cycle, in order of name.
    pub positions: Vec<PositionView>,
    /// Use of reserve accounts.
    pub liquidity: LiquidityView,
    /// Queues and payments in flight.
    pub queues: QueuesView,
}

/// Counted payments and intentions (see the columns of the same names).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountsView {
    /// Intentions of consumers.
    pub intentions: u64,
    /// Accepted with the first wallet tried.
    pub first_try: u64,
    /// Accepted after switching wallets.
    pub after_switch: u64,
    /// Lost: no wallet held works here.
    pub unreadable: u64,
    /// Declined by an institution.
    pub declined: u64,
    /// Attempts with at least one message.
    pub attempts: u64,
    /// Attempts accepted.
    pub accepted: u64,
    /// Attempts declined for business reasons.
    pub declined_business: u64,
    /// Attempts declined for technical reasons.
    pub declined_technical: u64,
    /// Messages between institutions.
    pub messages: u64,
    /// Value of accepted payments.
    pub accepted_minor: u128,
    /// Background items.
    pub background: u64,
    /// Background items accepted.
    pub background_accepted: u64,
    /// Their value.
    pub background_minor: u128,
    /// Attempts still open at the end of the drain.
    pub open_at_end: u64,
}

/// Settlement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClearingView {
    /// Cycles with business.
    pub cycles: u64,
    /// Of these, settled.
    pub settled: u64,
    /// Obligations, fees included.
    pub gross_minor: u128,
    /// Multilateral net debits.
    pub net_minor: u128,
    /// `1 − net ÷ gross`; none without business.
    pub netting_frac: Option<f64>,
    /// What net debtors without cover lacked when they lacked most, over all cycles.
    pub failed_minor: u128,
}

/// One participant's net position, summed over cycles and complete replications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionView {
    /// By name.
    pub participant: String,
    /// Due less owed, fees included: below zero it has paid more than it received.
    pub net_minor: i128,
    /// The part that is fees.
    pub fees_minor: i128,
}

/// Use of reserve accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiquidityView {
    /// Largest use of an opening balance, in millionths.
    pub peak_used_ppm: Option<u64>,
    /// Whose.
    pub peak_participant: Option<String>,
    /// When, since the epoch.
    pub peak_t_us: Option<u64>,
    /// How often a participant lacked cover for its settlement.
    pub calls: u64,
}

/// Queues and payments in flight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueuesView {
    /// The station with the highest utilisation.
    pub busiest: Option<String>,
    /// Its utilisation, the mean over replications.
    pub utilisation_frac: Option<f64>,
    /// Messages turned away by full queues.
    pub turned_away: u64,
    /// Attempts in flight over time: means of at most 24 equal parts, over replications.
    pub in_flight: Vec<f64>,
    /// Most attempts in flight.
    pub in_flight_max: Option<u64>,
}

/// One law over all complete runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LawView {
    /// Stable name.
    pub law: String,
    /// In one sentence.
    pub statement: String,
    /// It was broken in no run.
    pub ok: bool,
    /// How often it was tested.
    pub checked: u64,
    /// The first breach, in plan order.
    pub first_offence: Option<OffenceView>,
}

/// The breach of a law.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffenceView {
    /// In which policy's run.
    pub policy: String,
    /// In which replication.
    pub replication: u32,
    /// When, nanoseconds since the epoch.
    pub at_ns: u64,
    /// The offending fact or account.
    pub what: String,
    /// What the law expects.
    pub expected: String,
    /// What was there.
    pub observed: String,
}

/// One planned run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunView {
    /// The policy, by name.
    pub policy: String,
    /// Counted from 0.
    pub replication: u32,
    /// `complete`, `failed`, `interrupted`, `aborted` by a threshold, or `left_out`: complete, but
    /// not under every policy.
    #[serde(deserialize_with = "known")]
    pub status: Word,
    /// Digest of all facts, hexadecimal; none when not complete.
    pub digest: Option<String>,
    /// Events handled.
    pub events: Option<u64>,
    /// Payments closed.
    pub payments: Option<u64>,
    /// Why it failed.
    pub error: Option<String>,
}
