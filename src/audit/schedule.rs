//! The fee schedule and the message law, worked out again from the scenario.

use super::case::Case;
use crate::model::fact::{Funding, Topology};
use crate::scenario::{FeeLeg, FeeParty, FeeScope, Mode, Role, Scenario};
use crate::units::{Amount, InstitutionId};

/// Legs that have a bit of their own; a schedule has a handful.
const LEGS_MAX: usize = 32;

/// What the scenario says about fees and messages.
#[derive(Debug)]
pub(super) struct Schedule {
    legs: Vec<FeeLeg>,
    issuers: Vec<bool>,
    houses: Vec<bool>,
    banks: Vec<bool>,
    /// Hops of a wallet's bank debit.
    debit_hops: Vec<u8>,
    /// Dynamic codes somewhere need an order fetch, or somewhere need none.
    fetches: [bool; 2],
    /// No clearing house is also a party, so that no leg has both ends in one institution.
    separate: bool,
}

impl Schedule {
    /// Reads what it needs from the scenario.
    pub(super) fn new(scenario: &Scenario) -> Self {
        let all = &scenario.institutions;
        let having = |role| all.iter().map(|one| one.roles.has(role)).collect::<Vec<_>>();
        let parties = [Role::Wallet, Role::Bank, Role::Acquirer, Role::OverseasWallet];
        let joins = |roles: crate::scenario::Roles| {
            roles.has(Role::ClearingHouse) && parties.iter().any(|&role| roles.has(role))
        };
        let fetched = |wanted| scenario.merchants.iter().any(|one| one.order_fetch == wanted);
        Self {
            legs: scenario.fees.clone(),
            issuers: having(Role::CodeIssuer),
            houses: having(Role::ClearingHouse),
            banks: having(Role::Bank),
            debit_hops: all.iter().map(|one| 1 + u8::from(one.debits_via.is_some())).collect(),
            fetches: [fetched(false) || scenario.merchants.is_empty(), fetched(true)],
            separate: !all.iter().any(|one| joins(one.roles)),
        }
    }

    /// Whether the institution may hold deposits.
    pub(super) fn is_bank(&self, institution: InstitutionId) -> bool {
        self.banks[institution.index()]
    }

    /// The bit of a leg; legs beyond the last bit share none.
    pub(super) fn bit(leg: usize) -> u32 {
        if leg < LEGS_MAX { 1 << leg } else { 0 }
    }

    /// What this leg costs on this attempt; `None` where it is skipped.
    pub(super) fn fee(&self, leg: usize, case: &Case) -> Option<Amount> {
        let leg = self.legs.get(leg)?;
        let in_scope = match leg.scope {
            FeeScope::All => true,
            FeeScope::OnUs => case.is_on_us(),
            FeeScope::OffUs => !case.is_on_us(),
        };
        let applies = in_scope
            && !case.is_background()
            && present(leg.payer, case)
            && present(leg.earner, case);
        applies.then(|| share(leg, case.amount))
    }

    /// Whether these are the parties that the leg names.
    pub(super) fn names(
        &self,
        leg: usize,
        case: &Case,
        (payer, earner): (Option<InstitutionId>, InstitutionId),
    ) -> bool {
        let Some(leg) = self.legs.get(leg) else { return false };
        let is = |party, who: Option<InstitutionId>| match (party, who) {
            (FeeParty::Merchant, None) => true,
            (FeeParty::Merchant, Some(_)) | (_, None) => false,
            (FeeParty::Acquirer, Some(who)) => who == case.acquirer(),
            (FeeParty::Wallet, Some(who)) => who == case.wallet(),
            (FeeParty::Bank, Some(who)) => who == case.bank().unwrap_or(case.wallet()),
            (FeeParty::ClearingHouse, Some(who)) => self.houses[who.index()],
            (FeeParty::CodeIssuer, Some(who)) => self.issuers[who.index()],
        };
        is(leg.payer, payer) && is(leg.earner, Some(earner))
    }

    /// The legs that an accepted attempt must have been charged. A code issuer, or a house that
    /// is a party as well, may be one with the other end, which no fact tells: such legs are
    /// checked when they are charged.
    pub(super) fn required(&self, case: &Case) -> u32 {
        let mut bits = 0;
        for (index, leg) in self.legs.iter().enumerate() {
            let known = |party| match party {
                FeeParty::CodeIssuer => false,
                FeeParty::ClearingHouse => self.separate,
                _ => true,
            };
            let charged = known(leg.payer)
                && known(leg.earner)
                && !one_institution(leg, case)
                && self.fee(index, case).is_some_and(|fee| fee > Amount::ZERO);
            if charged {
                bits |= Self::bit(index);
            }
        }
        bits
    }

    /// Whether an accepted attempt may have taken so many messages.
    pub(super) fn may_take(&self, case: &Case, messages: u8) -> bool {
        let hops = match case.topology {
            Topology::OnUs => 0,
            Topology::Bilateral => 1,
            Topology::OneHub => 2,
            Topology::TwoHubs => 3,
            Topology::Background => return true,
        };
        let parses: [bool; 2] = match case.mode {
            Mode::Static | Mode::Tap => [false, true],
            Mode::ConsumerPresented => [true, false],
            Mode::Dynamic => self.fetches,
        };
        let debit = match case.funding {
            Funding::Balance => 0,
            Funding::Bank => self.debit_hops[case.wallet().index()],
        };
        // A wallet that is its own bank has no leg to itself.
        let own_bank = case.funding == Funding::Bank && case.bank().is_none();
        let exact = self.separate && !own_bank;
        let fits = |parse: usize| {
            let full = 2 * (hops * (1 + u8::from(parse == 1)) + debit);
            if exact { messages == full } else { messages <= full && messages.is_multiple_of(2) }
        };
        (0..2).any(|parse| parses[parse] && fits(parse))
    }
}

fn present(party: FeeParty, case: &Case) -> bool {
    match party {
        FeeParty::Merchant | FeeParty::Acquirer | FeeParty::Wallet | FeeParty::CodeIssuer => true,
        FeeParty::Bank => case.funding == Funding::Bank,
        FeeParty::ClearingHouse => matches!(case.topology, Topology::OneHub | Topology::TwoHubs),
    }
}

/// Whether payer and earner are known to coincide: nobody pays himself.
fn one_institution(leg: &FeeLeg, case: &Case) -> bool {
    let who = |party| match party {
        FeeParty::Acquirer => Some(case.acquirer()),
        FeeParty::Wallet => Some(case.wallet()),
        FeeParty::Bank => Some(case.bank().unwrap_or(case.wallet())),
        FeeParty::Merchant | FeeParty::ClearingHouse | FeeParty::CodeIssuer => None,
    };
    who(leg.payer).is_some_and(|payer| who(leg.earner) == Some(payer))
}

/// Rate times amount, half up, then floor and cap.
fn share(leg: &FeeLeg, amount: u64) -> Amount {
    const MILLION: u64 = 1_000_000;
    let parts = u64::from(leg.rate.parts());
    let narrow = amount.checked_mul(parts).and_then(|scaled| scaled.checked_add(MILLION / 2));
    let rounded = if let Some(scaled) = narrow {
        scaled / MILLION
    } else {
        let scaled = u128::from(amount) * u128::from(parts) + u128::from(MILLION / 2);
        u64::try_from(scaled / u128::from(MILLION)).unwrap_or(u64::MAX)
    };
    let least = rounded.max(leg.floor.minor());
    Amount::from_minor(leg.cap.map_or(least, |cap| least.min(cap.minor())))
}
