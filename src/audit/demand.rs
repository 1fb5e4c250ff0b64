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
    People,
    /// A background flow.
    Flow(usize),
    /// A log that is replayed.
    Log,
}

/// Wallet of a class of consumers, or debtor of a flow.
const PAYS: u8 = 1;
/// Bank of a class of consumers.
const LENDS: u8 = 2;
/// Creditor of a flow.
const EARNS: u8 = 4;

/// All that attempts are held against when they open.
#[derive(Debug)]
pub(super) struct Demand {
    /// The routes of the policy.
    pub(super) routes: Routes,
    width: usize,
    /// By source.
    origins: Vec<Origin>,
    /// Parts that each institution may take in the attempts of each source: source × institution.
    parts: Vec<u8>,
    /// Modes in use, by class of merchants.
    modes: Vec<[bool; 4]>,
    counted: (Duration, Duration),
}

impl Demand {
    /// Reads what it needs from the scenario.
    pub(super) fn new(scenario: &Scenario, policy: PolicyId) -> Self {
        let width = scenario.institutions.len();
        let mut origins: Vec<Origin> = vec![Origin::People; scenario.consumers.len()];
        origins.extend((0..scenario.background.len()).map(Origin::Flow));
        origins.extend(scenario.replay.is_some().then_some(Origin::Log));
        let mut parts = vec![0; origins.len() * width];
        let rows = &mut parts.chunks_mut(width.max(1));
        let is_bank = |at: InstitutionId| scenario.institutions[at.index()].roles.has(Role::Bank);
        for (class, row) in scenario.consumers.iter().zip(rows.by_ref()) {
            let held = class.holds.iter().flat_map(|bundle| &bundle.wallets);
            held.for_each(|wallet| row[wallet.index()] |= PAYS);
            let banks = class.banks.iter().map(|at| at.institution).filter(|at| is_bank(*at));
            banks.for_each(|bank| row[bank.index()] |= LENDS);
        }
        for (flow, row) in scenario.background.iter().zip(rows.by_ref()) {
            flow.debtors.iter().for_each(|at| row[at.institution.index()] |= PAYS);
            flow.creditors.iter().for_each(|at| row[at.institution.index()] |= EARNS);
        }
        // A log may name any wallet and any bank.
        for (index, part) in rows.flatten().enumerate() {
            let lends = is_bank(InstitutionId::new(index));
            *part = PAYS | if lends { LENDS } else { 0 };
        }
        let modes = scenario.merchants.iter();
        Self {
            routes: Routes::new(scenario, policy),
            width,
            origins,
            parts,
            modes: modes.map(|class| class.modes.weights.map(|weight| weight > 0.0)).collect(),
            counted: (scenario.warm_up, scenario.horizon),
        }
    }

    /// How many sources there are.
    pub(super) fn sources(&self) -> usize {
        self.origins.len()
    }

    /// What kind of source this is.
    #[inline]
    fn origin(&self, source: SourceId) -> Option<Origin> {
        self.origins.get(source.index()).copied()
    }

    /// Whether an institution may take this part in attempts of this source.
    #[inline]
    fn takes(&self, source: SourceId, who: InstitutionId, part: u8) -> bool {
        let place = source.index() * self.width + who.index();
        who.index() < self.width && self.parts.get(place).is_some_and(|parts| parts & part != 0)
    }

    /// Whether such an intention may arise now at this source.
    #[inline(always)]
    pub(super) fn may_arise(&self, at: Instant, source: SourceId, wish: &Wish) -> bool {
        let since_epoch = at.since(Instant::EPOCH);
        let counted = self.counted.0 <= since_epoch && since_epoch < self.counted.1;
        let known = wish.merchant.is_none_or(|class| class.index() < self.modes.len());
        let fits = match self.origin(source) {
            Some(Origin::People) => wish.merchant.is_some(),
            Some(Origin::Flow(_)) => wish.merchant.is_none(),
            Some(Origin::Log) => true,
            None => false,
        };
        fits && known && wish.counted == counted && wish.amount > Amount::ZERO
    }

    /// Place of the route that the attempt should take, and whether all that it tells is so.
    #[inline(always)]
    pub(super) fn follows(&self, told: &Opening, wish: &Wish) -> (Option<usize>, bool) {
        let origin = self.origin(told.of.id.source());
        let place = match (origin, wish.merchant) {
            (Some(Origin::Flow(flow)), None) => Some(self.routes.of_flow(flow)),
            (Some(Origin::People | Origin::Log), Some(class)) => {
                self.routes.at_counter(told.wallet, class.index(), told.route.mode)
            }
            (Some(Origin::Log), None) => {
                self.routes.at_code(told.wallet, told.issuer, told.route.mode)
            }
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
    #[inline(always)]
    fn asks_bank(&self, told: &Opening) -> bool {
        let Some(bank) = told.bank else {
            return told.route.funding == Funding::Balance && told.debit_house.is_none();
        };
        told.route.funding == Funding::Bank
            && bank != told.wallet
            && told.debit_house == Some(self.routes.debit_house(told.wallet))
            && self.takes(told.of.id.source(), bank, LENDS)
    }

    /// Whether such a source can have opened this attempt.
    #[inline(always)]
    fn from(&self, origin: Origin, told: &Opening, route: &Route, wish: &Wish) -> bool {
        let source = told.of.id.source();
        let shown = |class: MerchantClassId| self.modes[class.index()][told.route.mode as usize];
        let pays = self.takes(source, told.wallet, PAYS);
        let once = told.of.id.attempt() == 0;
        let fits = match origin {
            Origin::People => told.acquirer == route.acquirer && wish.merchant.is_some_and(shown),
            Origin::Flow(_) => {
                let quiet = (told.route.funding, told.route.mode);
                self.takes(source, told.acquirer, EARNS)
                    && told.wallet != told.acquirer
                    && quiet == (Funding::Balance, Mode::Static)
                    && once
            }
            Origin::Log => told.acquirer == route.acquirer && once,
        };
        pays && fits
    }

    /// Whether nobody can have read a code between this wallet and this counter.
    pub(super) fn may_be_unreadable(
        &self,
        source: SourceId,
        wallet: InstitutionId,
        (merchant, mode): (Option<MerchantClassId>, Mode),
    ) -> bool {
        let reads = !matches!(self.origin(source), Some(Origin::Flow(_)));
        let held = reads && self.takes(source, wallet, PAYS);
        let Some(merchant) = merchant else { return held };
        // A log may name a mode that its class of merchants does not use.
        let log = matches!(self.origin(source), Some(Origin::Log));
        let in_use = log || self.modes[merchant.index()][mode as usize];
        let place = self.routes.at_counter(wallet, merchant.index(), mode);
        held && in_use && place.and_then(|place| self.routes.get(place)).is_none()
    }

    /// Whether an intention may end a run before its first attempt is told.
    pub(super) fn may_be_unbegun(&self, source: SourceId, wish: &Wish) -> bool {
        let mut wallets = (0..self.width).map(InstitutionId::new);
        let shown = Mode::ALL.map(|mode| (wish.merchant, mode));
        wallets
            .any(|wallet| shown.iter().any(|shown| self.may_be_unreadable(source, wallet, *shown)))
    }
}
