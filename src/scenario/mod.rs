//! Scenario: the checked description of an experiment. Names are ids, every default is filled.
//!
//! Invariant: a `Scenario` that exists is valid; nothing in it is optional that a run needs.
//! Never: behaviour. It describes, it does not act.

pub mod code;
pub mod dictionary;
pub mod obligations;
pub mod replay;

mod rows;

mod demand;
mod fault;
mod institution;
mod limits;
mod money;
mod network;
mod risk;
mod threshold;
mod timers;

mod load;
mod mistake;
mod resolve;
mod schema;
mod source;

mod arrivals;
mod check;
mod de;
mod defaults;
mod empirical;
mod figure;
mod groups;
mod merge;
mod quantity;
mod raw;
mod tree;
mod walk;

pub use demand::{
    Acceptance, Background, Bundle, ConsumerClass, HumanTimes, MerchantClass, Mode, ModeMix,
    RateStep, Replay, Weighted,
};
pub use fault::{Fault, FaultMode, FaultTarget, FaultTime};
pub use institution::{
    Answers, CollectionCode, DeclineRate, Discipline, Institution, PaymentCodes, Role, Roles, Site,
    Station,
};
pub use limits::{Limits, PinRule, Tier};
pub use load::{LoadOptions, Loaded, load, load_text};
pub use mistake::{Mistake, Mistakes};
pub use money::{
    CalibrationKind, CalibrationRow, Currency, FeeKind, FeeLeg, FeeParty, FeeScope, Settlement,
};
pub use network::{Connect, Link, LinkTable, Lookahead, Policy, Rail, RuleMatrix, RuleRow};
pub use resolve::Resolved;
pub use risk::{Risk, Screen};
pub use schema::schema;
pub use source::{Place, Source, SourceId, Sources};
pub use threshold::{Bound, Limit, Origin, Regression, Severity, Threshold, Tolerance};
pub use timers::Timers;

use crate::units::{Duration, Instant, InstitutionId, PolicyId};

/// One checked scenario, at its stated scale.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Short name; names the report's folder.
    pub name: String,
    /// The question it asks, from the `# Question:` line (empty when there is none).
    pub question: String,
    /// What it expects, from the `# Expect:` line (empty when there is none).
    pub expect: String,
    /// Where simulated time begins.
    pub epoch: Epoch,
    /// Demand is counted in `[warm_up, horizon)`.
    pub horizon: Duration,
    /// Start of counting.
    pub warm_up: Duration,
    /// How long demand goes on after `horizon`, uncounted, whatever a policy makes of it; and then
    /// the longest time for which payments under way are followed.
    pub drain: Duration,
    /// Seed of every draw.
    pub seed: u64,
    /// The one currency of this scenario.
    pub currency: Currency,
    /// What the demand, populations, queue limits and money stocks were multiplied by.
    pub scale: f64,
    /// In order of name; indexed by `InstitutionId`.
    pub institutions: Vec<Institution>,
    /// Latency of every pair of institutions and of the access legs.
    pub links: LinkTable,
    /// How long who asks waits for an answer, and what it does then; nobody gives up without.
    pub timers: Option<Timers>,
    /// In order of name.
    pub consumers: Vec<ConsumerClass>,
    /// In order of name; indexed by `MerchantClassId`.
    pub merchants: Vec<MerchantClass>,
    /// Clearing traffic that is no barcode payment, in order of name.
    pub background: Vec<Background>,
    /// A log of real payments to play back.
    pub replay: Option<Replay>,
    /// Human time in each presentment mode.
    pub human: HumanTimes,
    /// What every wallet looks at before it authorises a payment.
    pub limits: Limits,
    /// Fraud, and how well wallets tell it.
    pub risk: Option<Risk>,
    /// In order of name; indexed by `PolicyId`. Never empty.
    pub policies: Vec<Policy>,
    /// Who may talk to whom directly.
    pub rules: RuleMatrix,
    /// Outages and degradations, in the order written; groups opened.
    pub faults: Vec<Fault>,
    /// Who pays whom for an accepted payment; empty when there are no fees.
    pub fees: Vec<FeeLeg>,
    /// The settlement bank and its terms.
    pub settlement: Settlement,
    /// Policies to run, in the order listed. Never empty.
    pub compared: Vec<PolicyId>,
    /// Independent replications of each policy; at least 1.
    pub replications: u32,
    /// Width of a window in the time series, queues and heat map.
    pub window: Duration,
    /// Given, fitted and predicted figures with their published counterparts.
    pub calibration: Vec<CalibrationRow>,
    /// What each run must keep to.
    pub thresholds: Vec<Threshold>,
    /// How far a metric may move from a baseline.
    pub regressions: Vec<Regression>,
}

/// The instant at which simulated time begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// As written, with its offset (RFC 3339).
    pub text: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub unix_seconds: i64,
    /// Time of day at the epoch, in the epoch's own offset.
    pub time_of_day: Duration,
}

impl Scenario {
    /// When demand stops: the same for every policy.
    pub fn demand_stops(&self) -> Instant {
        Instant::EPOCH + self.horizon + self.drain
    }

    /// When a run is closed at the latest.
    pub fn closes_by(&self) -> Instant {
        self.demand_stops() + self.drain
    }

    /// The institution with this id.
    pub fn institution(&self, id: InstitutionId) -> &Institution {
        &self.institutions[id.index()]
    }

    /// The id of the institution with this name.
    pub fn institution_named(&self, name: &str) -> Option<InstitutionId> {
        let by_name = |institution: &Institution| institution.name.as_str().cmp(name);
        self.institutions.binary_search_by(by_name).ok().map(InstitutionId::new)
    }
}
