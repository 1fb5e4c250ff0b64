//! Compile: a checked scenario under one policy becomes dense tables, programs and samplers.

use std::collections::BTreeMap;

use super::human::HumanModel;
use super::reaching::Reaching;
use super::route::{Acts, END, LEGS, Place, Program, Way};
use crate::kernel::chance::Key;
use crate::kernel::dist::Dist;
use crate::kernel::sampler::Sampler;
use crate::scenario::{Answers, Institution, LinkTable, Mode, Role, Scenario};
use crate::units::{Duration, Instant, InstitutionId, PolicyId, Reason};

/// A compiled (scenario, policy): shared by all its replications.
pub struct Model {
    /// The scenario it was compiled from.
    pub(super) scenario: Scenario,
    pub(super) institutions: Vec<InstitutionModel>,
    /// Distinct service times: institutions alike share a table, and the cache holds them all.
    pub(super) services: Vec<Sampler>,
    /// Latency: floor and jitter, indexed as `LinkTable::kinds`.
    pub(super) links: Vec<LinkModel>,
    pub(super) programs: Vec<Program>,
    /// All visits of all programs, one after the other.
    pub(super) stops: Vec<Stop>,
    /// Where each program begins in `stops`.
    pub(super) first_stops: Vec<u16>,
    /// Index in `links` by sender × receiver.
    link_of: Vec<u16>,
    /// How a wallet reaches a merchant class: `wallet × merchants + merchant`.
    pub(super) choices: Vec<Option<u16>>,
    /// How a wallet reaches an issuer's code that a replayed row gives, wherever it was shown.
    pub(super) code_choices: BTreeMap<(InstitutionId, InstitutionId), u16>,
    pub(super) reaches: Vec<ReachModel>,
    /// Debtor → clearing house → creditor: reach and program of each background flow.
    pub(super) background: Vec<(u16, u16)>,
    pub(super) human: HumanModel,
    /// Consumer classes, background flows, replay: names in order of `SourceId`.
    pub(super) sources: Vec<String>,
    pub(super) settlement_bank: InstitutionId,
}

/// One visit of a program, ready to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub(super) acts: Acts,
    /// Where it goes on; `NOWHERE` behind the last visit.
    pub(super) next: u16,
    /// Where a refusal made here goes on; `NOWHERE` ends the payment.
    pub(super) refused: u16,
    /// Index in `Model::programs`.
    pub(super) program: u16,
    pub(super) place: Place,
    pub(super) way: Way,
    pub(super) leg: u8,
    pub(super) first: bool,
    pub(super) answer: bool,
    pub(super) admitted: bool,
    pub(super) marks_arrival: bool,
    /// State is written when the visit is complete.
    pub(super) writes: bool,
}

/// No further visit.
pub(super) const NOWHERE: u16 = u16::MAX;

/// One institution, ready to run.
pub(super) struct InstitutionModel {
    /// Of its name; races among wallets are keyed by it.
    pub(super) key: Key,
    /// Keys of its draws, by the leg's role.
    pub(super) legs: [Key; LEGS],
    /// Index in `Model::services`.
    pub(super) service: u16,
    pub(super) bypass_answers: bool,
    /// Cumulative thresholds on a 32-bit draw; empty where it never declines.
    pub(super) declines: Vec<(u32, Reason)>,
}

pub(super) struct LinkModel {
    pub(super) floor: u64,
    pub(super) jitter: Sampler,
}

impl LinkModel {
    /// Latency for a 32-bit draw.
    #[inline]
    pub(super) fn latency(&self, draw: u32) -> Duration {
        Duration::from_nanos(self.floor + self.jitter.at(draw))
    }
}

/// How one wallet pays at one class of merchants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReachModel {
    pub(super) issuer: InstitutionId,
    pub(super) acquirer: InstitutionId,
    /// Where the wallet's obligation is cleared.
    pub(super) house: Option<InstitutionId>,
    /// The clearing house among those, if it is one.
    pub(super) clearing_house: Option<InstitutionId>,
    /// Next to the wallet, and next to the acquirer; the acquirer itself where there is none.
    pub(super) hubs: [InstitutionId; 2],
    /// The wallet itself over a direct link.
    pub(super) debit_hub: InstitutionId,
    /// Programs by mode and by funding: balance, bank, a bank that is itself the debit hub.
    pub(super) programs: [[u16; 3]; 4],
    /// Whether the code shown in each mode can be read.
    pub(super) readable: [bool; 4],
}

/// How money reaches the wallet's book; the third index of `ReachModel::programs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Money {
    Balance = 0,
    Bank = 1,
    BankIsHub = 2,
}

impl Model {
    /// Compiles a checked scenario under one of its policies.
    pub fn compile(scenario: &Scenario, policy: PolicyId) -> Self {
        let Reaching { choices, code_choices, background, reaches, programs } =
            Reaching::new(scenario, policy);
        let (stops, first_stops) = flatten(&programs);
        let mut services: Vec<&Dist> = Vec::new();
        let institutions = scenario
            .institutions
            .iter()
            .map(|institution| {
                let service = &institution.station.service;
                let known = services.iter().position(|known| *known == service);
                let index = known.unwrap_or_else(|| {
                    services.push(service);
                    services.len() - 1
                });
                InstitutionModel::new(institution, index)
            })
            .collect();
        Self {
            services: services.into_iter().map(Sampler::new).collect(),
            stops,
            first_stops,
            link_of: scenario.links.of.clone(),
            institutions,
            links: scenario
                .links
                .kinds
                .iter()
                .map(|link| LinkModel {
                    floor: link.floor.nanos(),
                    jitter: Sampler::new(&link.jitter),
                })
                .collect(),
            programs,
            choices,
            code_choices,
            reaches,
            background,
            sources: source_names(scenario),
            settlement_bank: scenario.settlement.bank,
            human: HumanModel::new(&scenario.human),
            scenario: scenario.clone(),
        }
    }

    /// Index of the reach of a wallet at a merchant class, if its app can use any code there in
    /// this mode.
    #[inline]
    pub(super) fn choice(&self, wallet: usize, merchant: usize, mode: Mode) -> Option<u16> {
        self.readable(self.choices[wallet * self.scenario.merchants.len() + merchant]?, mode)
    }

    /// Index of the reach of a wallet at an issuer's code, as [`Model::choice`].
    pub(super) fn code_choice(
        &self,
        (wallet, code): (InstitutionId, InstitutionId),
        mode: Mode,
    ) -> Option<u16> {
        self.readable(*self.code_choices.get(&(wallet, code))?, mode)
    }

    #[inline]
    fn readable(&self, choice: u16, mode: Mode) -> Option<u16> {
        self.reaches[usize::from(choice)].readable[mode as usize].then_some(choice)
    }

    /// The link from one institution to another.
    #[inline]
    pub(super) fn link(&self, from: InstitutionId, to: InstitutionId) -> &LinkModel {
        let cell = from.index() * self.institutions.len() + to.index();
        &self.links[usize::from(self.link_of[cell])]
    }

    /// The access leg between a device or till and its institution.
    #[inline]
    pub(super) fn access(&self) -> &LinkModel {
        &self.links[usize::from(LinkTable::ACCESS)]
    }

    /// Whether an intention at this instant is counted.
    #[inline]
    pub(super) fn counts(&self, at: Instant) -> bool {
        let since_epoch = at.since(Instant::EPOCH);
        self.scenario.warm_up <= since_epoch && since_epoch < self.scenario.horizon
    }

    /// Times of day at which this institution's cycle closes; midnight where none is stated.
    pub(super) fn cut_offs(&self, institution: usize) -> &[Duration] {
        let stated = &self.scenario.institutions[institution].cut_offs;
        if stated.is_empty() { &[Duration::ZERO] } else { stated }
    }

    /// Whether this institution is a clearing house: its cycles are told even when empty.
    pub(super) fn clears(&self, id: InstitutionId) -> bool {
        self.scenario.institution(id).roles.has(Role::ClearingHouse)
    }

    /// The smallest latency between two entities: the lookahead.
    pub fn lookahead(&self) -> Duration {
        let floors = self.links.iter().map(|link| link.floor);
        Duration::from_nanos(floors.min().expect("there is an access link"))
    }

    /// Width of the calendar's windows: the lookahead rounded down to a power of two.
    pub(super) fn window(&self) -> Duration {
        Duration::from_nanos(1 << self.lookahead().nanos().max(1).ilog2())
    }
}

impl InstitutionModel {
    fn new(institution: &Institution, service: usize) -> Self {
        let key = Key::named(&institution.name);
        let mut sum = 0_u64;
        let declines = institution.declines.iter().filter(|decline| decline.rate.parts() > 0);
        let declines = declines.map(|decline| {
            sum += u64::from(decline.rate.parts());
            let threshold = (sum << 32) / 1_000_000;
            (u32::try_from(threshold.min(u64::from(u32::MAX))).expect("clamped"), decline.reason)
        });
        Self {
            key,
            legs: std::array::from_fn(|leg| key.with(leg as u64)),
            service: u16::try_from(service).expect("fewer services than institutions"),
            bypass_answers: institution.station.answers == Answers::Bypass,
            declines: declines.collect(),
        }
    }
}

fn source_names(scenario: &Scenario) -> Vec<String> {
    let consumers = scenario.consumers.iter().map(|class| class.name.clone());
    let background = scenario.background.iter().map(|flow| flow.name.clone());
    let replay = scenario.replay.iter().map(|_| "replay".to_owned());
    consumers.chain(background).chain(replay).collect()
}

fn flatten(programs: &[Program]) -> (Vec<Stop>, Vec<u16>) {
    let index = |place: usize| u16::try_from(place).expect("fewer than 65,535 visits in all");
    let mut stops = Vec::new();
    let mut first_stops = Vec::new();
    for (number, program) in programs.iter().enumerate() {
        let base = stops.len();
        first_stops.push(index(base));
        for (place, step) in program.steps.iter().enumerate() {
            let last = place + 1 == program.steps.len();
            let refused = (step.refused != END).then(|| index(base + usize::from(step.refused)));
            stops.push(Stop {
                acts: step.acts,
                next: if last { NOWHERE } else { index(base + place + 1) },
                refused: refused.unwrap_or(NOWHERE),
                program: index(number),
                place: step.place,
                way: step.way,
                leg: step.leg,
                first: place == 0,
                answer: step.answer,
                admitted: step.admitted,
                marks_arrival: step.acts.marks_arrival(),
                writes: step.acts.writes(),
            });
        }
    }
    (stops, first_stops)
}
