//! Routes: how every wallet reaches every merchant class, and the program of each mode and funding.

use std::collections::BTreeMap;

use super::presentment::{self, Presentment};
use super::{Money, ReachModel, path};
use crate::model::fact::{Funding, RouteClass, Topology};
use crate::model::itinerary::Itinerary;
use crate::model::route::{Place, Program};
use crate::policy::routing::{self, Reach};
use crate::scenario::{Acceptance, Institution, Mode, Rail, Role, Scenario};
use crate::units::{InstitutionId, PolicyId};

/// Compiles routes; programs and reaches that are alike are kept once.
pub(super) struct Compiler<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) policy: PolicyId,
    pub(super) presentment: Presentment,
    pub(super) programs: BTreeMap<Program, u16>,
    pub(super) reaches: BTreeMap<ReachModel, u16>,
}

impl Compiler<'_> {
    pub(super) fn choices(&mut self) -> Vec<[Option<u16>; 4]> {
        let scenario = self.scenario;
        let mut choices = Vec::new();
        for index in 0..scenario.institutions.len() {
            for merchant in &scenario.merchants {
                let wallet = InstitutionId::new(index);
                choices.push(Mode::ALL.map(|mode| {
                    self.choice((wallet, mode), &merchant.accepts, merchant.order_fetch)
                }));
            }
        }
        choices
    }

    /// How wallets reach codes that a log gives without a class of merchants: those of every issuer
    /// that states any.
    pub(super) fn code_choices(
        &mut self,
    ) -> BTreeMap<(InstitutionId, InstitutionId), [Option<u16>; 4]> {
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
                let choice = |mode| self.choice((wallet, mode), &[at], order_fetch);
                choices.insert((wallet, code), Mode::ALL.map(choice));
            }
        }
        choices
    }

    fn choice(
        &mut self,
        (wallet, mode): (InstitutionId, Mode),
        accepts: &[Acceptance],
        order_fetch: bool,
    ) -> Option<u16> {
        let scenario = self.scenario;
        let institution = scenario.institution(wallet);
        if !institution.roles.has(Role::Wallet) {
            return None;
        }
        let policy = &scenario.policies[self.policy.index()];
        let roles = |acquirer| scenario.institution(acquirer).roles;
        let means = routing::Means {
            own_house: institution.debits_via,
            reads: |code| self.presentment.reads(mode, wallet, code),
            direct: |acquirer| {
                scenario.rules.allows(institution.roles, roles(acquirer), Rail::Barcode)
            },
        };
        let reach = routing::reach(policy, wallet, accepts, &means)?;
        let model = self.reach_model(wallet, &reach, order_fetch);
        Some(self.intern_reach(model))
    }

    fn intern_reach(&mut self, reach: ReachModel) -> u16 {
        let next = u16::try_from(self.reaches.len()).expect("the loader bounds the reaches");
        *self.reaches.entry(reach).or_insert(next)
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
        }
    }

    pub(super) fn background(&mut self) -> Vec<(u16, u16)> {
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

    /// The reaches by number; none is left.
    pub(super) fn reaches_in_order(&mut self) -> Vec<ReachModel> {
        in_order(std::mem::take(&mut self.reaches))
    }

    /// The programs by number.
    pub(super) fn programs_in_order(self) -> Vec<Program> {
        in_order(self.programs)
    }
}

/// What was numbered, by number.
fn in_order<T>(numbered: BTreeMap<T, u16>) -> Vec<T> {
    let mut all: Vec<(T, u16)> = numbered.into_iter().collect();
    all.sort_by_key(|(_, number)| *number);
    all.into_iter().map(|(one, _)| one).collect()
}
