//! The fee schedule, worked out again from the scenario.

use super::case::Case;
use super::routes::Route;
use crate::scenario::{FeeKind, FeeLeg, FeeParty, FeeScope, Scenario};
use crate::units::{Amount, InstitutionId};

/// One leg on one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fee {
    /// `None`: the merchant.
    pub(super) payer: Option<InstitutionId>,
    /// Who earns.
    pub(super) earner: InstitutionId,
    /// Never zero.
    pub(super) amount: Amount,
}

/// What the scenario says about fees.
#[derive(Debug)]
pub(super) struct Schedule {
    legs: Vec<FeeLeg>,
}

impl Schedule {
    /// Reads what it needs from the scenario.
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self { legs: scenario.fees.clone() }
    }

    /// How many legs there are.
    pub(super) fn len(&self) -> usize {
        self.legs.len()
    }

    /// Whether the leg is charged by the bank, for its debit.
    pub(super) fn is_of_debit(&self, leg: usize) -> bool {
        self.legs.get(leg).is_some_and(|leg| leg.kind == FeeKind::BankDebit)
    }

    /// What this leg costs on this attempt; `None` where it is skipped.
    pub(super) fn fee(&self, leg: usize, case: &Case, route: &Route) -> Option<Fee> {
        let leg = self.legs.get(leg)?;
        let in_scope = match leg.scope {
            FeeScope::All => true,
            FeeScope::OnUs => case.is_on_us(),
            FeeScope::OffUs => !case.is_on_us(),
        };
        if !in_scope || case.is_background() {
            return None;
        }
        let payer = match leg.payer {
            FeeParty::Merchant => None,
            other => Some(who(other, case, route)?),
        };
        let earner = who(leg.earner, case, route)?;
        let amount = share(leg, case.amount);
        let charged = payer != Some(earner) && amount > Amount::ZERO;
        charged.then_some(Fee { payer, earner, amount })
    }
}

/// The institution that is this party, where it takes part.
fn who(party: FeeParty, case: &Case, route: &Route) -> Option<InstitutionId> {
    match party {
        FeeParty::Merchant => None,
        FeeParty::Acquirer => Some(case.acquirer()),
        FeeParty::Wallet => Some(case.wallet()),
        FeeParty::Bank => case.bank(),
        FeeParty::ClearingHouse => route.clearing_house(),
        FeeParty::CodeIssuer => {
            let acts = [case.wallet(), case.acquirer()].contains(&route.issuer);
            acts.then_some(route.issuer)
        }
    }
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
