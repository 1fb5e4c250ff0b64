//! Compile: a checked scenario under one policy becomes dense tables, programs and samplers.
//!
//! Invariant: what is compiled never changes while a model runs, and replications share it.
//! Never: a draw, an event; the only floats of the model's floor are read here.

mod human;
mod legs;
mod load;
mod path;
mod presentment;
mod routes;
mod stops;

pub use legs::{Leg, Payment, RouteLegs};
pub use load::{RunSize, StationLoad};
pub(in crate::model) use stops::{ExchangeStops, NOWHERE, Stop};

use std::collections::BTreeMap;

use crate::kernel::chance::Key;
use crate::kernel::dist::Dist;
use crate::kernel::sampler::Sampler;
use crate::model::itinerary::LEGS;
use crate::model::route::{Acts, Program};
use crate::scenario::{Answers, Institution, LinkTable, Mode, Role, Scenario};
use crate::units::{Duration, Instant, InstitutionId, PolicyId, Ppm, Reason};
use human::HumanModel;
use presentment::Presentment;
use routes::Compiler;

/// A compiled (scenario, policy): shared by all its replications.
pub struct Model {
    /// The scenario it was compiled from.
    pub(in crate::model) scenario: Scenario,
    pub(in crate::model) institutions: Vec<InstitutionModel>,
    /// Distinct service times: institutions alike share a table, and the cache holds them all.
    pub(in crate::model) services: Vec<Sampler>,
    /// Latency: floor and jitter, indexed as `LinkTable::kinds`.
    pub(in crate::model) links: Vec<LinkModel>,
    pub(in crate::model) programs: Vec<Program>,
    /// All visits of all programs, one after the other.
    pub(in crate::model) stops: Vec<Stop>,
    /// Where each program begins in `stops`.
    pub(in crate::model) first_stops: Vec<u16>,
    /// Where the exchanges of each program lie in `stops`.
    pub(in crate::model) exchanges: Vec<[ExchangeStops; 3]>,
    /// Below this, the low half of a draw says that a message is lost.
    pub(in crate::model) loss: Ppm,
    /// How a wallet reaches a merchant class, by mode: `wallet × merchants + merchant`.
    pub(in crate::model) choices: Vec<[Option<u16>; 4]>,
    /// How a wallet reaches an issuer's code that a replayed row gives, wherever it was shown.
    pub(in crate::model) code_choices: BTreeMap<(InstitutionId, InstitutionId), [Option<u16>; 4]>,
    pub(in crate::model) reaches: Vec<ReachModel>,
    /// Debtor → clearing house → creditor: reach and program of each background flow.
    pub(in crate::model) background: Vec<(u16, u16)>,
    pub(in crate::model) human: HumanModel,
    /// Consumer classes, background flows, replay: names in order of `SourceId`.
    pub(in crate::model) sources: Vec<String>,
    pub(in crate::model) settlement_bank: InstitutionId,
    /// Whether wallets keep any limit.
    pub(in crate::model) limited: bool,
    /// Whether wallets screen payments.
    pub(in crate::model) screened: bool,
    /// Whether they know more of off-us payments than the payer's side.
    pub(in crate::model) shares_risk: bool,
}

/// One institution, ready to run.
pub(in crate::model) struct InstitutionModel {
    /// Of its name; races among wallets are keyed by it.
    pub(in crate::model) key: Key,
    /// Keys of its draws, by the leg's role.
    pub(in crate::model) legs: [Key; LEGS],
    /// Index in `Model::services`.
    pub(in crate::model) service: u16,
    pub(in crate::model) bypass_answers: bool,
    /// Acts that make a visit's completion an event of its own.
    pub(in crate::model) decisive: Acts,
    /// Index in `Model::links` by receiver.
    links: Vec<u16>,
    /// Cumulative thresholds on a 32-bit draw; empty where it never declines.
    pub(in crate::model) declines: Vec<(u32, Reason)>,
}

pub(in crate::model) struct LinkModel {
    pub(in crate::model) floor: u64,
    pub(in crate::model) jitter: Sampler,
}

impl LinkModel {
    /// Latency for a 32-bit draw.
    #[inline]
    pub(in crate::model) fn latency(&self, draw: u32) -> Duration {
        Duration::from_nanos(self.floor + self.jitter.at(draw))
    }
}

/// How one wallet pays at one class of merchants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::model) struct ReachModel {
    pub(in crate::model) issuer: InstitutionId,
    pub(in crate::model) acquirer: InstitutionId,
    /// Where the wallet's obligation is cleared.
    pub(in crate::model) house: Option<InstitutionId>,
    /// The clearing house among those, if it is one.
    pub(in crate::model) clearing_house: Option<InstitutionId>,
    /// Next to the wallet, and next to the acquirer; the acquirer itself where there is none.
    pub(in crate::model) hubs: [InstitutionId; 2],
    /// The wallet itself over a direct link.
    pub(in crate::model) debit_hub: InstitutionId,
    /// Programs by mode and by funding: balance, bank, a bank that is itself the debit hub.
    pub(in crate::model) programs: [[u16; 3]; 4],
}

/// How money reaches the wallet's book; the third index of `ReachModel::programs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Money {
    Balance = 0,
    Bank = 1,
    BankIsHub = 2,
}

impl Model {
    /// Compiles a checked scenario under one of its policies.
    pub fn compile(scenario: &Scenario, policy: PolicyId) -> Self {
        let mut compiler = Compiler {
            scenario,
            policy,
            presentment: Presentment::new(scenario),
            programs: BTreeMap::new(),
            reaches: BTreeMap::new(),
        };
        let choices = compiler.choices();
        let code_choices = compiler.code_choices();
        let background = compiler.background();
        let reaches = compiler.reaches_in_order();
        let programs = compiler.programs_in_order();
        let (stops, first_stops) = stops::flatten(&programs);
        let (institutions, services) = institutions(scenario);
        Self {
            services,
            exchanges: stops::exchanges(&stops, programs.len()),
            loss: scenario.timers.map_or(Ppm::ZERO, |timers| timers.loss),
            stops,
            first_stops,
            institutions,
            links: scenario
                .links
                .kinds
                .iter()
                .map(|link| LinkModel { floor: link.floor.nanos(), jitter: time(&link.jitter) })
                .collect(),
            programs,
            choices,
            code_choices,
            reaches,
            background,
            sources: source_names(scenario),
            settlement_bank: scenario.settlement.bank,
            limited: scenario.limits.is_any(),
            screened: scenario.risk.is_some(),
            shares_risk: scenario.policies[policy.index()].shares_risk,
            human: HumanModel::new(&scenario.human),
            scenario: scenario.clone(),
        }
    }

    /// Index of the reach of a wallet at a merchant class, if its app can use any code there in
    /// this mode.
    #[inline]
    pub(in crate::model) fn choice(
        &self,
        wallet: usize,
        merchant: usize,
        mode: Mode,
    ) -> Option<u16> {
        self.choices[wallet * self.scenario.merchants.len() + merchant][mode as usize]
    }

    /// Index of the reach of a wallet at an issuer's code, as [`Model::choice`].
    pub(in crate::model) fn code_choice(
        &self,
        (wallet, code): (InstitutionId, InstitutionId),
        mode: Mode,
    ) -> Option<u16> {
        self.code_choices.get(&(wallet, code))?[mode as usize]
    }

    /// The link from one institution to another.
    #[inline]
    pub(in crate::model) fn link(&self, from: InstitutionId, to: InstitutionId) -> &LinkModel {
        self.link_to(&self.institutions[from.index()], to)
    }

    /// The link from this institution to another.
    #[inline]
    pub(in crate::model) fn link_to(
        &self,
        from: &InstitutionModel,
        to: InstitutionId,
    ) -> &LinkModel {
        &self.links[usize::from(from.links[to.index()])]
    }

    /// The access leg between a device or till and its institution.
    #[inline]
    pub(in crate::model) fn access(&self) -> &LinkModel {
        &self.links[usize::from(LinkTable::ACCESS)]
    }

    /// Whether an intention at this instant is counted.
    #[inline]
    pub(in crate::model) fn counts(&self, at: Instant) -> bool {
        let since_epoch = at.since(Instant::EPOCH);
        self.scenario.warm_up <= since_epoch && since_epoch < self.scenario.horizon
    }

    /// Times of day at which this institution's cycle closes; midnight where none is stated.
    pub(in crate::model) fn cut_offs(&self, institution: usize) -> &[Duration] {
        let stated = &self.scenario.institutions[institution].cut_offs;
        if stated.is_empty() { &[Duration::ZERO] } else { stated }
    }

    /// Whether this institution is a clearing house: its cycles are told even when empty.
    pub(in crate::model) fn clears(&self, id: InstitutionId) -> bool {
        self.scenario.institution(id).roles.has(Role::ClearingHouse)
    }

    /// Width of the calendar's windows: the lookahead rounded down to a power of two.
    pub(in crate::model) fn window(&self) -> Duration {
        Duration::from_nanos(1 << self.scenario.links.lookahead().length.nanos().max(1).ilog2())
    }
}

impl InstitutionModel {
    fn new(institution: &Institution, service: usize, (links, authorises): (&[u16], bool)) -> Self {
        let key = Key::named(&institution.name);
        let mut sum = 0_u64;
        let declines = institution.declines.iter().filter(|decline| decline.rate.parts() > 0);
        let declines: Vec<_> = declines
            .map(|decline| {
                sum += u64::from(decline.rate.parts());
                let threshold = (sum << 32) / 1_000_000;
                (
                    u32::try_from(threshold.min(u64::from(u32::MAX))).expect("clamped"),
                    decline.reason,
                )
            })
            .collect();
        Self {
            key,
            legs: std::array::from_fn(|leg| key.with(leg as u64)),
            service: u16::try_from(service).expect("fewer services than institutions"),
            bypass_answers: institution.station.answers == Answers::Bypass,
            decisive: Acts::decisive(!declines.is_empty(), authorises),
            links: links.to_vec(),
            declines,
        }
    }
}

/// Institutions, and their distinct service times.
fn institutions(scenario: &Scenario) -> (Vec<InstitutionModel>, Vec<Sampler>) {
    let authorises = scenario.limits.is_any() || scenario.risk.is_some();
    let mut services: Vec<&Dist> = Vec::new();
    let mut institutions = Vec::new();
    let links = scenario.links.of.chunks(scenario.institutions.len());
    for (institution, links) in scenario.institutions.iter().zip(links) {
        let service = &institution.station.service;
        let known = services.iter().position(|known| *known == service);
        let index = known.unwrap_or_else(|| {
            services.push(service);
            services.len() - 1
        });
        institutions.push(InstitutionModel::new(institution, index, (links, authorises)));
    }
    (institutions, services.into_iter().map(time).collect())
}

/// A sampler of lengths of time, none so long that a sum of a few overflows.
fn time(dist: &Dist) -> Sampler {
    Sampler::capped(dist, Duration::LONGEST_DRAW.nanos())
}

fn source_names(scenario: &Scenario) -> Vec<String> {
    let consumers = scenario.consumers.iter().map(|class| class.name.clone());
    let background = scenario.background.iter().map(|flow| flow.name.clone());
    let replay = scenario.replay.iter().map(|_| "replay".to_owned());
    consumers.chain(background).chain(replay).collect()
}
