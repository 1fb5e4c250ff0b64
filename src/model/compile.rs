//! Compile: a checked scenario under one policy becomes dense tables, programs and samplers.

use std::collections::BTreeMap;

use super::fact::{Funding, RouteClass, Topology};
use super::human::HumanModel;
use super::path;
use super::presentment::{self, Presentment};
use super::route::{Itinerary, LEGS, Place, Program};
use crate::kernel::chance::Key;
use crate::kernel::sampler::Sampler;
use crate::policy::routing::{self, Reach};
use crate::scenario::{Acceptance, Answers, Institution, Mode, Role, Scenario};
use crate::units::{Duration, Instant, InstitutionId, PolicyId, Reason};

/// A compiled (scenario, policy): shared by all its replications.
pub struct Model {
    /// The scenario it was compiled from.
    pub(super) scenario: Scenario,
    pub(super) institutions: Vec<InstitutionModel>,
    /// Latency: floor and jitter, indexed as `LinkTable::kinds`.
    pub(super) links: Vec<LinkModel>,
    pub(super) programs: Vec<Program>,
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

/// One institution, ready to run.
pub(super) struct InstitutionModel {
    /// Of its name; races among wallets are keyed by it.
    pub(super) key: Key,
    /// Keys of its draws, by the leg's role.
    pub(super) legs: [Key; LEGS],
    pub(super) service: Sampler,
    pub(super) bypass_answers: bool,
    /// Cumulative thresholds on a 32-bit draw; empty where it never declines.
    pub(super) declines: Vec<(u32, Reason)>,
}

pub(super) struct LinkModel {
    pub(super) floor: u64,
    pub(super) jitter: Sampler,
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
        let mut compiler = Compiler {
            scenario,
            policy,
            presentment: Presentment::new(scenario),
            programs: BTreeMap::new(),
            reaches: Vec::new(),
        };
        let choices = compiler.choices();
        let code_choices = compiler.code_choices();
        let background = compiler.background();
        let reaches = std::mem::take(&mut compiler.reaches);
        let programs = compiler.programs_in_order();
        Self {
            institutions: scenario
                .institutions
                .iter()
                .map(InstitutionModel::new)
                .collect(),
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
    fn new(institution: &Institution) -> Self {
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
            service: Sampler::new(&institution.station.service),
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

struct Compiler<'a> {
    scenario: &'a Scenario,
    policy: PolicyId,
    presentment: Presentment,
    programs: BTreeMap<Program, u16>,
    reaches: Vec<ReachModel>,
}

impl Compiler<'_> {
    fn choices(&mut self) -> Vec<Option<u16>> {
        let scenario = self.scenario;
        let mut choices = Vec::new();
        for index in 0..scenario.institutions.len() {
            for merchant in &scenario.merchants {
                let wallet = InstitutionId::new(index);
                choices.push(self.choice(wallet, &merchant.accepts, merchant.order_fetch));
            }
        }
        choices
    }

    /// How wallets reach codes that a log gives without a class of merchants: those of every issuer
    /// that states any.
    fn code_choices(&mut self) -> BTreeMap<(InstitutionId, InstitutionId), u16> {
        let scenario = self.scenario;
        let mut choices = BTreeMap::new();
        if scenario.replay.is_none() {
            return choices;
        }
        let issues = |issuer: &Institution| {
            !issuer.payment_codes.is_empty() || !issuer.collection_codes.is_empty()
        };
        for (index, _) in scenario.institutions.iter().enumerate().filter(|(_, one)| issues(one)) {
            let code = InstitutionId::new(index);
            let (at, order_fetch) = presentment::anywhere(scenario, code);
            for wallet in (0..scenario.institutions.len()).map(InstitutionId::new) {
                if let Some(choice) = self.choice(wallet, &[at], order_fetch) {
                    choices.insert((wallet, code), choice);
                }
            }
        }
        choices
    }

    fn choice(
        &mut self,
        wallet: InstitutionId,
        accepts: &[Acceptance],
        order_fetch: bool,
    ) -> Option<u16> {
        let institution = self.scenario.institution(wallet);
        if !institution.roles.has(Role::Wallet) {
            return None;
        }
        let policy = &self.scenario.policies[self.policy.index()];
        let reach = routing::reach(policy, wallet, accepts, institution.debits_via)?;
        let model = self.reach_model(wallet, &reach, order_fetch);
        Some(self.intern_reach(model))
    }

    fn intern_reach(&mut self, reach: ReachModel) -> u16 {
        let known = self.reaches.iter().position(|at| *at == reach);
        let place = known.unwrap_or_else(|| {
            self.reaches.push(reach);
            self.reaches.len() - 1
        });
        u16::try_from(place).expect("fewer than 65,536 distinct reaches")
    }

    fn reach_model(
        &mut self,
        wallet: InstitutionId,
        reach: &Reach,
        order_fetch: bool,
    ) -> ReachModel {
        let debits_via = self.scenario.institution(wallet).debits_via;
        let pay = path::pay_path(wallet, reach);
        let mut programs = [[0; 3]; 4];
        for mode in Mode::ALL {
            for money in [Money::Balance, Money::Bank, Money::BankIsHub] {
                let (debit, debit_cleared_at) = path::debit_path(wallet, debits_via, money);
                let merchant_presented = mode != Mode::ConsumerPresented;
                let itinerary = Itinerary {
                    class: RouteClass {
                        topology: pay.topology,
                        funding: match money {
                            Money::Balance => Funding::Balance,
                            Money::Bank | Money::BankIsHub => Funding::Bank,
                        },
                        mode,
                    },
                    path: pay.path.clone(),
                    debit,
                    parse: merchant_presented && (mode != Mode::Dynamic || order_fetch),
                    cleared_at: pay.cleared_at,
                    debit_cleared_at,
                };
                programs[mode as usize][money as usize] = self.intern(itinerary.program());
            }
        }
        let hub = |id: Option<&InstitutionId>| id.copied().unwrap_or(reach.acquirer);
        ReachModel {
            issuer: reach.code,
            acquirer: reach.acquirer,
            house: pay.house,
            clearing_house: reach.via.last().copied(),
            hubs: [hub(reach.via.first()), hub(reach.via.last())],
            debit_hub: debits_via.unwrap_or(wallet),
            programs,
            readable: Mode::ALL.map(|mode| self.presentment.reads(mode, wallet, reach.code)),
        }
    }

    fn background(&mut self) -> Vec<(u16, u16)> {
        let itinerary = Itinerary {
            class: RouteClass {
                topology: Topology::Background,
                funding: Funding::Balance,
                mode: Mode::Static,
            },
            path: vec![Place::Wallet, Place::Hub, Place::Acquirer],
            debit: Vec::new(),
            parse: false,
            cleared_at: Some(Place::Hub),
            debit_cleared_at: None,
        };
        let scenario = self.scenario;
        let flows = scenario.background.iter().map(|flow| {
            let program = self.intern(itinerary.program());
            let reach = self.intern_reach(ReachModel {
                issuer: flow.house,
                acquirer: flow.house,
                house: Some(flow.house),
                clearing_house: Some(flow.house),
                hubs: [flow.house; 2],
                debit_hub: flow.house,
                programs: [[program; 3]; 4],
                readable: [true; 4],
            });
            (reach, program)
        });
        flows.collect()
    }

    fn intern(&mut self, program: Program) -> u16 {
        let next = u16::try_from(self.programs.len()).expect("few distinct programs");
        *self.programs.entry(program).or_insert(next)
    }

    fn programs_in_order(self) -> Vec<Program> {
        let mut numbered: Vec<(u16, Program)> =
            self.programs.into_iter().map(|(program, number)| (number, program)).collect();
        numbered.sort_by_key(|(number, _)| *number);
        numbered.into_iter().map(|(_, program)| program).collect()
    }
}
