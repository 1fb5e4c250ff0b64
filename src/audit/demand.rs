//! Demand: what a source may intend, and with whom, worked out again from the scenario.

use super::routes::{Route, Routes};
use crate::model::fact::{Attempt, Funding, RouteClass};
use crate::scenario::{Mode, Role, Scenario};
use crate::units::{Amount, Duration, Instant, InstitutionId, MerchantClassId, PolicyId, SourceId};

/// An intention, as its source told it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// Which class of merchants.
    pub(super) merchant: Option<MerchantClassId>,
    /// How much.
    pub(super) amount: Amount,
    /// Whether it is counted.
    pub(super) counted: bool,
}

/// An attempt, as it opens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) of: Attempt,
    pub(super) wallet: InstitutionId,
    pub(super) acquirer: InstitutionId,
    pub(super) bank: Option<InstitutionId>,
    pub(super) house: Option<InstitutionId>,
    pub(super) debit_house: Option<InstitutionId>,
    pub(super) issuer: InstitutionId,
    pub(super) route: RouteClass,
    pub(super) amount: Amount,
}

/// What kind of source it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A class of consumers.
    People(usize),
    /// A background flow.
    Flow(usize),
    /// A log that is replayed.
    Log,
}

/// Two sets of institutions: wallets and banks of a class, debtors and creditors of a flow.
#[derive(Debug)]
struct Sides(Vec<bool>, Vec<bool>);

/// All that attempts are held against when they open.
#[derive(Debug)]
pub(super) struct Demand {
    /// The routes of the policy.
    pub(super) routes: Routes,
    classes: Vec<Sides>,
    flows: Vec<Sides>,
    log: bool,
    banks: Vec<bool>,
    /// Modes in use, by class of merchants.
    modes: Vec<[bool; 4]>,
    /// Institutions that state codes: these may collide, so that nobody can read them.
    coded: Vec<bool>,
    counted: (Duration, Duration),
}

impl Demand {
    /// Reads what it needs from the scenario.
    pub(super) fn new(scenario: &Scenario, policy: PolicyId) -> Self {
        let width = scenario.institutions.len();
        let set = |members: &mut dyn Iterator<Item = InstitutionId>| {
            let mut set = vec![false; width];
            members.for_each(|member| set[member.index()] = true);
            set
        };
        let classes = scenario.consumers.iter().map(|class| {
            let held = class.holds.iter().flat_map(|bundle| bundle.wallets.iter().copied());
            Sides(set(&mut held.into_iter()), set(&mut class.banks.iter().map(|at| at.institution)))
        });
        let flows = scenario.background.iter().map(|flow| {
            let side =
                |side: &[crate::scenario::Weighted]| set(&mut side.iter().map(|at| at.institution));
            Sides(side(&flow.debtors), side(&flow.creditors))
        });
        let all = scenario.institutions.iter();
        let coded = |one: &crate::scenario::Institution| {
            !one.payment_codes.is_empty() || !one.collection_codes.is_empty()
        };
        let modes = scenario.merchants.iter();
        Self {
            routes: Routes::new(scenario, policy),
            classes: classes.collect(),
            flows: flows.collect(),
            log: scenario.replay.is_some(),
            banks: all.clone().map(|one| one.roles.has(Role::Bank)).collect(),
            modes: modes.map(|class| class.modes.weights.map(|weight| weight > 0.0)).collect(),
            coded: all.map(coded).collect(),
            counted: (scenario.warm_up, scenario.horizon),
        }
    }

    /// How many sources there are.
    pub(super) fn sources(&self) -> usize {
        self.classes.len() + self.flows.len() + usize::from(self.log)
    }

    /// What kind of source this is.
    #[inline]
    pub(super) fn origin(&self, source: SourceId) -> Option<Origin> {
        let index = source.index();
        let past_people = index.wrapping_sub(self.classes.len());
        if index < self.classes.len() {
            Some(Origin::People(index))
        } else if past_people < self.flows.len() {
            Some(Origin::Flow(past_people))
        } else {
            (self.log && past_people == self.flows.len()).then_some(Origin::Log)
        }
    }

    /// Whether such an intention may arise now at this source.
    #[inline]
    pub(super) fn may_arise(&self, at: Instant, source: SourceId, wish: &Wish) -> bool {
        let since_epoch = at.since(Instant::EPOCH);
        let counted = self.counted.0 <= since_epoch && since_epoch < self.counted.1;
        let known = wish.merchant.is_none_or(|class| class.index() < self.modes.len());
        let fits = match self.origin(source) {
            Some(Origin::People(_)) => wish.merchant.is_some(),
            Some(Origin::Flow(_)) => wish.merchant.is_none(),
            Some(Origin::Log) => true,
            None => false,
        };
        fits && known && wish.counted == counted && wish.amount > Amount::ZERO
    }

    /// Place of the route that the attempt should take, and whether all that it tells is so.
    #[inline]
    pub(super) fn follows(&self, told: &Opening, wish: &Wish) -> (Option<usize>, bool) {
        let origin = self.origin(told.of.id.source());
        let place = match (origin, wish.merchant) {
            (Some(Origin::Flow(flow)), None) => Some(self.routes.of_flow(flow)),
            (Some(Origin::People(_) | Origin::Log), Some(class)) => {
                self.routes.at_counter(told.wallet, class.index())
            }
            (Some(Origin::Log), None) => self.routes.at_code(told.wallet, told.issuer),
            _ => None,
        };
        let route = place.and_then(|place| self.routes.get(place));
        let (Some(route), Some(origin)) = (route, origin) else { return (None, false) };
        let same = told.issuer == route.issuer
            && told.house == route.house
            && told.route.topology == route.topology
            && told.amount == wish.amount
            && told.of.counted == wish.counted
            && self.asks_bank(told)
            && self.from(origin, told, route, wish);
        (place, same)
    }

    /// Whether a bank takes part as told, and clears where it must.
    #[inline]
    fn asks_bank(&self, told: &Opening) -> bool {
        let Some(bank) = told.bank else {
            return told.route.funding == Funding::Balance && told.debit_house.is_none();
        };
        told.route.funding == Funding::Bank
            && bank != told.wallet
            && told.debit_house == Some(self.routes.debit_house(told.wallet))
            && self.banks.get(bank.index()) == Some(&true)
    }

    /// Whether such a source can have opened this attempt.
    #[inline]
    fn from(&self, origin: Origin, told: &Opening, route: &Route, wish: &Wish) -> bool {
        let has = |set: &[bool], who: InstitutionId| set.get(who.index()) == Some(&true);
        let shown = |class: MerchantClassId| self.modes[class.index()][told.route.mode as usize];
        match origin {
            Origin::People(class) => {
                let Sides(wallets, banks) = &self.classes[class];
                has(wallets, told.wallet)
                    && told.bank.is_none_or(|bank| has(banks, bank))
                    && told.acquirer == route.acquirer
                    && wish.merchant.is_some_and(shown)
            }
            Origin::Flow(flow) => {
                let Sides(debtors, creditors) = &self.flows[flow];
                let quiet = (told.route.funding, told.route.mode);
                has(debtors, told.wallet)
                    && has(creditors, told.acquirer)
                    && told.wallet != told.acquirer
                    && quiet == (Funding::Balance, Mode::Static)
                    && told.of.id.attempt() == 0
            }
            Origin::Log => told.acquirer == route.acquirer && told.of.id.attempt() == 0,
        }
    }

    /// Whether nobody can have read a code between this wallet and this counter.
    pub(super) fn may_be_unreadable(
        &self,
        source: SourceId,
        wallet: InstitutionId,
        merchant: Option<MerchantClassId>,
    ) -> bool {
        let held = match self.origin(source) {
            Some(Origin::People(class)) => self.classes[class].0.get(wallet.index()) == Some(&true),
            Some(Origin::Log) => true,
            Some(Origin::Flow(_)) | None => false,
        };
        let Some(merchant) = merchant else { return held };
        let place = self.routes.at_counter(wallet, merchant.index());
        let route = place.and_then(|place| self.routes.get(place));
        let collide =
            |route: &Route| self.coded[wallet.index()] || self.coded[route.issuer.index()];
        held && route.is_none_or(collide)
    }

    /// Whether an intention may end a run before its first attempt is told.
    pub(super) fn may_be_unbegun(&self, source: SourceId, wish: &Wish) -> bool {
        let mut wallets = (0..self.coded.len()).map(InstitutionId::new);
        wallets.any(|wallet| self.may_be_unreadable(source, wallet, wish.merchant))
    }
}
