//! Compile: a checked scenario under one policy becomes dense tables, programs and samplers.

use std::collections::BTreeMap;

use super::fact::{Funding, RouteClass, Topology};
use super::route::{Itinerary, LEGS, Place, Program};
use crate::kernel::chance::Key;
use crate::kernel::sampler::Sampler;
use crate::policy::routing::{self, Reach};
use super::context::{high, purpose};
use crate::scenario::{Answers, HumanTimes, Institution, Mode, Role, Scenario};
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
        let mut compiler =
            Compiler { scenario, policy, programs: BTreeMap::new(), reaches: Vec::new() };
        let choices = compiler.choices();
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
            reaches,
            background,
            sources: source_names(scenario),
            settlement_bank: scenario.settlement.bank,
            human: HumanModel::new(&scenario.human),
            scenario: scenario.clone(),
        }
    }

    /// Index of the reach of a wallet at a merchant class, if its app can use any code there.
    #[inline]
    pub(super) fn choice(&self, wallet: usize, merchant: usize) -> Option<u16> {
        self.choices[wallet * self.scenario.merchants.len() + merchant]
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

/// Human time, ready to be sampled.
pub(super) struct HumanModel {
    show: Sampler,
    scan: Sampler,
    tap: Sampler,
    type_amount: Sampler,
    authenticate: Sampler,
}

impl HumanModel {
    fn new(times: &HumanTimes) -> Self {
        Self {
            show: Sampler::new(&times.show),
            scan: Sampler::new(&times.scan),
            tap: Sampler::new(&times.tap),
            type_amount: Sampler::new(&times.type_amount),
            authenticate: Sampler::new(&times.authenticate),
        }
    }

    /// Until the code has been presented: the first message leaves then.
    pub(super) fn presenting(&self, mode: Mode, attempt: Key) -> Duration {
        let sampler = match mode {
            Mode::ConsumerPresented => &self.show,
            Mode::Static | Mode::Dynamic => &self.scan,
            Mode::Tap => &self.tap,
        };
        Duration::from_nanos(sampler.at(high(attempt.with(purpose::PRESENT).bits())))
    }

    /// From the wallet's prompt to the confirmation of a merchant-presented code.
    pub(super) fn confirming(&self, mode: Mode, attempt: Key) -> Duration {
        let draw = |of| high(attempt.with(of).bits());
        let mut time = self.authenticate.at(draw(purpose::AUTHENTICATE));
        if mode == Mode::Static {
            time += self.type_amount.at(draw(purpose::TYPE));
        }
        Duration::from_nanos(time)
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
    programs: BTreeMap<Program, u16>,
    reaches: Vec<ReachModel>,
}

impl Compiler<'_> {
    fn choices(&mut self) -> Vec<Option<u16>> {
        let scenario = self.scenario;
        let policy = &scenario.policies[self.policy.index()];
        let mut choices = Vec::new();
        for (index, wallet) in scenario.institutions.iter().enumerate() {
            for merchant in &scenario.merchants {
                let id = InstitutionId::new(index);
                let is_wallet = wallet.roles.has(Role::Wallet);
                let reach = is_wallet
                    .then(|| routing::reach(policy, id, &merchant.accepts, wallet.debits_via))
                    .flatten();
                choices.push(reach.map(|reach| {
                    let model = self.reach_model(id, &reach, merchant.order_fetch);
                    self.intern_reach(model)
                }));
            }
        }
        choices
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
        let pay = self.pay_path(wallet, reach);
        let mut programs = [[0; 3]; 4];
        for mode in Mode::ALL {
            for money in [Money::Balance, Money::Bank, Money::BankIsHub] {
                let (debit, debit_cleared_at) = debit_path(wallet, debits_via, money);
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
        }
    }

    fn pay_path(&self, wallet: InstitutionId, reach: &Reach) -> PayPath {
        if reach.acquirer == wallet {
            return PayPath {
                topology: Topology::OnUs,
                path: vec![Place::Wallet],
                cleared_at: None,
                house: None,
            };
        }
        let topology = match reach.via.len() {
            0 => Topology::Bilateral,
            1 => Topology::OneHub,
            _ => Topology::TwoHubs,
        };
        let mut path = vec![Place::Wallet];
        let mut before = wallet;
        for (hop, hub) in reach.via.iter().enumerate() {
            let is_acquirer = *hub == reach.acquirer;
            if *hub != before && !is_acquirer {
                path.push(if hop == 0 { Place::Hub } else { Place::FarHub });
                before = *hub;
            }
        }
        path.push(Place::Acquirer);
        let house = reach.via.last().copied().unwrap_or(reach.acquirer);
        let cleared_at = if house == reach.acquirer {
            Place::Acquirer
        } else if house == wallet {
            Place::Wallet
        } else {
            *path.iter().rev().nth(1).expect("a hub lies between")
        };
        PayPath { topology, path, cleared_at: Some(cleared_at), house: Some(house) }
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

struct PayPath {
    topology: Topology,
    path: Vec<Place>,
    cleared_at: Option<Place>,
    house: Option<InstitutionId>,
}

/// The path of the bank debit and where it is cleared.
fn debit_path(
    wallet: InstitutionId,
    debits_via: Option<InstitutionId>,
    money: Money,
) -> (Vec<Place>, Option<Place>) {
    let direct = vec![Place::Wallet, Place::Bank];
    match (money, debits_via) {
        (Money::Balance, _) => (Vec::new(), None),
        (Money::BankIsHub, _) => (direct, Some(Place::Bank)),
        (Money::Bank, Some(hub)) if hub != wallet => {
            (vec![Place::Wallet, Place::DebitHub, Place::Bank], Some(Place::DebitHub))
        }
        (Money::Bank, _) => (direct, Some(Place::Wallet)),
    }
}
