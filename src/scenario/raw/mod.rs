//! The scenario file exactly as it is written. Doc comments here become the editor's hover text.
//!
//! Invariant: nothing is interpreted; every leaf knows its place.
//! Never: a default, a unit, a reference.

mod demand;
mod fault;
mod institution;
mod limits;
mod money;
mod network;
mod risk;
mod scalar;
mod threshold;
mod timers;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::de::Sp;

pub(super) use demand::{
    AcceptRaw, ArrivalsRaw, BackgroundRaw, BundleRaw, BurstRaw, ConsumerRaw, DemandRaw,
    MerchantRaw, ModesRaw, PresentmentRaw,
};
pub(super) use fault::{FaultModeRaw, FaultRaw};
pub(super) use institution::{
    AnswersRaw, CollectionRaw, ConcentrationRaw, DisciplineRaw, GroupRaw, InstitutionRaw,
    PaymentCodesRaw, RegimeRaw, RoleRaw, StationRaw, TermsRaw,
};
pub(super) use limits::{LimitsRaw, PinRaw};
pub(super) use money::{CalibrationRaw, FeeRaw, KindRaw, LegRaw, PartyRaw, ScopeRaw};
pub(super) use network::{BetweenRaw, ConnectRaw, LinkRaw, LinksRaw, PolicyRaw, RailRaw, RuleRaw};
pub(super) use risk::{RiskRaw, ScreenRaw};
pub(super) use scalar::{
    DistChoice, DistRaw, EmpiricalRaw, LognormalRaw, Members, Money, PerTime, Quantity, Rate, Seed,
    Time, Written,
};
pub(super) use threshold::{RegressionRaw, SeverityRaw, ThresholdRaw, WhereRaw};

pub(super) use timers::{PresetRaw, TimersRaw};

/// A hutong scenario: who takes part, who pays, over which links, and what is compared.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(title = "hutong scenario")]
pub(super) struct ScenarioRaw {
    /// Another scenario file that this one changes: tables merge, lists replace. The path starts
    /// from this file's folder.
    #[allow(dead_code, reason = "resolved before the tree is read, described for the schema")]
    pub(super) extends: Option<Sp<String>>,
    /// Short name; names the report's folder. Lower-case letters, digits and hyphens.
    pub(super) name: Option<Sp<String>>,
    /// Where simulated time begins: date, time and offset, such as "2026-03-02T08:00:00+08:00".
    pub(super) epoch: Option<Sp<String>>,
    /// How long demand is counted, from the epoch.
    pub(super) horizon: Option<Sp<Time>>,
    /// Start of counting; what begins earlier only fills the system.
    pub(super) warm_up: Option<Sp<Time>>,
    /// How long demand goes on after the horizon, uncounted; then payments under way are followed
    /// for at most as long again.
    pub(super) drain: Option<Sp<Time>>,
    /// Seed of every draw: a whole number or a hexadecimal string.
    pub(super) seed: Option<Sp<Seed>>,
    /// ISO 4217 code of the one currency.
    pub(super) currency: Option<Sp<String>>,
    /// Multiplies demand, populations, queue limits and money; servers are rounded, times stay.
    pub(super) scale: Option<Sp<f64>>,
    /// Institutions by name.
    pub(super) institutions: Option<BTreeMap<Sp<String>, InstitutionRaw>>,
    /// Many institutions at once, by the name of the group.
    pub(super) groups: Option<BTreeMap<Sp<String>, GroupRaw>>,
    /// Latency between institutions and of the access legs.
    pub(super) links: Option<LinksRaw>,
    /// How long who asks waits for an answer, and what it does then.
    pub(super) timers: Option<TimersRaw>,
    /// Classes of consumers by name.
    pub(super) consumers: Option<BTreeMap<Sp<String>, ConsumerRaw>>,
    /// Classes of merchants by name.
    pub(super) merchants: Option<BTreeMap<Sp<String>, MerchantRaw>>,
    /// Human time in each presentment mode.
    pub(super) presentment: Option<PresentmentRaw>,
    /// Daily limits of one person, PIN prompts, the life of a payment code.
    pub(super) limits: Option<LimitsRaw>,
    /// Fraud, and how well wallets tell it.
    pub(super) risk: Option<RiskRaw>,
    /// Daily curves by name: 24 hourly weights, midnight first.
    pub(super) profiles: Option<BTreeMap<Sp<String>, ProfileRaw>>,
    /// Who may talk to whom directly; the last row that speaks of a pair wins.
    pub(super) rules: Option<Vec<RuleRaw>>,
    /// Outages and degradations of institutions, sites and links.
    pub(super) faults: Option<Vec<Sp<FaultRaw>>>,
    /// Who pays whom for an accepted payment.
    pub(super) fees: Option<Vec<FeeRaw>>,
    /// Whose books settle.
    pub(super) settlement: Option<SettlementRaw>,
    /// Background traffic, bursts and replay.
    pub(super) demand: Option<DemandRaw>,
    /// Which wallets and codes are joined, by the name of the policy.
    pub(super) policies: Option<BTreeMap<Sp<String>, PolicyRaw>>,
    /// What is compared, and how often.
    pub(super) experiment: Option<ExperimentRaw>,
    /// Given, fitted and predicted figures with their published counterparts.
    pub(super) calibration: Option<Vec<CalibrationRaw>>,
    /// What each run must keep to; a breach ends `run` and `gate` with exit code 99.
    pub(super) threshold: Option<Vec<Sp<ThresholdRaw>>>,
    /// How far a metric may move from its baseline, for `hutong gate`.
    pub(super) regression: Option<Vec<Sp<RegressionRaw>>>,
    /// What is written.
    pub(super) output: Option<OutputRaw>,
}

/// 24 hourly weights, midnight first.
pub(super) type ProfileRaw = Sp<Vec<Sp<f64>>>;

/// Whose books settle.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct SettlementRaw {
    /// The settlement bank; without one, an institution called `settlement-bank` is added.
    pub(super) bank: Option<Sp<String>>,
}

/// What is compared, and how often.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct ExperimentRaw {
    /// Policies to run, in this order; all of them unless stated.
    pub(super) policies: Option<Sp<Vec<Sp<String>>>>,
    /// Independent replications of each policy.
    pub(super) replications: Option<Sp<i64>>,
}

/// What is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct OutputRaw {
    /// Width of a window in the time series; a sixtieth of the horizon, at least a second.
    pub(super) window: Option<Sp<Time>>,
}
