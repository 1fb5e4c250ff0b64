//! Compile: a checked scenario under one policy becomes dense tables, programs and samplers.

use std::collections::BTreeMap;

use super::fact::{Funding, RouteClass, Topology};
use super::route::{Itinerary, LEGS, Place, Program};
use crate::kernel::chance::Key;
use crate::kernel::sampler::Sampler;
use crate::policy::routing::{self, Reach};
use crate::scenario::{Answers, Institution, Mode, Role, Scenario};
use crate::units::{InstitutionId, PolicyId, Reason};

/// A compiled (scenario, policy): shared by all its replications.
#[derive(Debug)]
pub struct Model {
    /// The scenario it was compiled from.
    pub(super) scenario: Scenario,
    /// Under which policy.
    pub(super) policy: PolicyId,
    pub(super) institutions: Vec<InstitutionModel>,
    /// Latency: floor and jitter, indexed as `LinkTable::kinds`.
    pub(super) links: Vec<LinkModel>,
    /// Clearing houses in order of id; messages name them by index.
    pub(super) houses: Vec<InstitutionId>,
    pub(super) programs: Vec<Program>,
    /// How a wallet reaches a merchant class: `wallet × merchants + merchant`.
    pub(super) choices: Vec<Option<u32>>,
    pub(super) reaches: Vec<ReachModel>,
    /// Debtor → clearing house → creditor: the programs of each background flow.
    pub(super) background: Vec<u16>,
    /// Consumer classes, background flows, replay: names in order of `SourceId`.
    pub(super) sources: Vec<String>,
    pub(super) settlement_bank: InstitutionId,
}

/// One institution, ready to run.
#[derive(Debug)]
pub(super) struct InstitutionModel {
    /// Of its name; races among wallets are keyed by it.
    pub(super) key: Key,
    /// Keys of its draws, by the leg's role.
    pub(super) legs: [Key; LEGS],
    pub(super) service: Sampler,
    pub(super) bypass_answers: bool,
    /// Cumulative thresholds on a 32-bit draw; empty where it never declines.
    pub(super) declines: Vec<(u32, Reason)>,
    /// Index of its own debit hub in `Model::houses`.
    pub(super) debit_hub: Option<u8>,
}

#[derive(Debug)]
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
    pub(super) hub: u8,
    pub(super) far_hub: u8,
    pub(super) debit_hub: u8,
    /// Where the bank's obligation is cleared.
    pub(super) debit_house: InstitutionId,
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
        let houses = houses(scenario);
        let mut compiler =
            Compiler { scenario, policy, houses: &houses, programs: BTreeMap::new() };
        let (choices, reaches) = compiler.choices();
        let background = compiler.background();
        let programs = compiler.programs_in_order();
        let of_house = |id: InstitutionId| house_index(&houses, id);
        Self {
            institutions: scenario
                .institutions
                .iter()
                .map(|institution| InstitutionModel::new(institution, of_house))
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
            scenario: scenario.clone(),
            policy,
            houses,
        }
    }

    /// The reach of a wallet at a merchant class, if its app can use any code there.
    #[inline]
    pub(super) fn reach(&self, wallet: usize, merchant: usize) -> Option<&ReachModel> {
        let choice = self.choices[wallet * self.scenario.merchants.len() + merchant]?;
        Some(&self.reaches[choice as usize])
    }

    /// Index in `houses`.
    pub(super) fn house(&self, id: InstitutionId) -> u8 {
        house_index(&self.houses, id)
    }
}

impl InstitutionModel {
    fn new(institution: &Institution, of_house: impl Fn(InstitutionId) -> u8) -> Self {
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
            debit_hub: institution.debits_via.map(of_house),
        }
    }
}

fn house_index(houses: &[InstitutionId], id: InstitutionId) -> u8 {
    let index = houses.binary_search(&id).expect("a clearing house is listed");
    u8::try_from(index).expect("at most 255 clearing houses")
}

fn houses(scenario: &Scenario) -> Vec<InstitutionId> {
    let is_house = |(_, at): &(usize, &Institution)| at.roles.has(Role::ClearingHouse);
    let houses = scenario.institutions.iter().enumerate().filter(is_house);
    houses.map(|(index, _)| InstitutionId::new(index)).collect()
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
    houses: &'a [InstitutionId],
    programs: BTreeMap<Program, u16>,
}

impl Compiler<'_> {
    fn choices(&mut self) -> (Vec<Option<u32>>, Vec<ReachModel>) {
        let scenario = self.scenario;
        let policy = &scenario.policies[self.policy.index()];
        let mut choices = Vec::new();
        let mut reaches: Vec<ReachModel> = Vec::new();
        for (index, wallet) in scenario.institutions.iter().enumerate() {
            for merchant in &scenario.merchants {
                let id = InstitutionId::new(index);
                let is_wallet = wallet.roles.has(Role::Wallet);
                let reach = is_wallet
                    .then(|| routing::reach(policy, id, &merchant.accepts, wallet.debits_via))
                    .flatten();
                choices.push(reach.map(|reach| {
                    let model = self.reach_model(id, &reach, merchant.order_fetch);
                    let known = reaches.iter().position(|at| *at == model);
                    let place = known.unwrap_or_else(|| {
                        reaches.push(model);
                        reaches.len() - 1
                    });
                    u32::try_from(place).expect("fewer than 2^32 reaches")
                }));
            }
        }
        (choices, reaches)
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
        let house = |id: Option<&InstitutionId>| id.map_or(0, |id| house_index(self.houses, *id));
        ReachModel {
            issuer: reach.code,
            acquirer: reach.acquirer,
            house: pay.house,
            hub: house(reach.via.first()),
            far_hub: house(reach.via.last()),
            debit_hub: house(debits_via.as_ref()),
            debit_house: debits_via.unwrap_or(wallet),
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

    fn background(&mut self) -> Vec<u16> {
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
        self.scenario.background.iter().map(|_| self.intern(itinerary.program())).collect()
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
