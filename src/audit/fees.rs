//! Fees of one attempt: each leg charged once, and repeated by those who pay, earn and clear it.

use super::auditor::Auditor;
use super::books::Books;
use super::case::{Case, Packed};
use super::law::{Heard, Law, attempt};
use super::schedule::Fee;
use crate::model::fact::Attempt;
use crate::units::{Amount, Instant, InstitutionId, Obligation};

/// The three who repeat what was charged; each has a multiplier of its own, so that one cannot
/// make good for another in the sum.
const EARNER: u64 = 0xD6E8_FEB8_6659_FD93;
const PAYER: u64 = 0xA076_1D64_78BD_642F;
const CYCLE: u64 = 0xE703_7ED1_A0B4_28DB;

/// Legs that have a bit of their own in a case; others are remembered in a set.
const BITS: usize = 32;

/// Who repeats a fee.
#[derive(Clone, Copy, Debug)]
pub(super) enum Voice {
    /// The earner's book.
    Earner,
    /// The payer's book.
    Payer,
    /// The cycle of this house.
    Cycle(InstitutionId),
}

impl Voice {
    fn weight(self, books: &Books) -> u64 {
        match self {
            Self::Earner => EARNER,
            Self::Payer => PAYER,
            Self::Cycle(house) => CYCLE.wrapping_mul(books.weight(house, house)),
        }
    }
}

/// Takes from an attempt's sum what one voice repeated of a fee.
pub(super) fn repeat(
    case: &mut Case,
    books: &Books,
    (payer, earner, amount): (InstitutionId, InstitutionId, Amount),
    voice: Voice,
) {
    let item = amount.minor().wrapping_mul(books.weight(payer, earner));
    case.fees = case.fees.wrapping_sub(item.wrapping_mul(voice.weight(books)));
}

/// Adds to an attempt's sum what one voice gave back of a fee.
pub(super) fn give_back(
    case: &mut Case,
    books: &Books,
    (payer, earner, amount): (InstitutionId, InstitutionId, Amount),
    voice: Voice,
) {
    let item = amount.minor().wrapping_mul(books.weight(payer, earner));
    case.fees = case.fees.wrapping_add(item.wrapping_mul(voice.weight(books)));
}

impl Auditor {
    pub(super) fn charged(&mut self, at: Instant, (leg, told): (usize, Fee), of: Attempt) {
        self.docket.hear(Heard::Charged);
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let before = *case;
        let route = self.demand.routes.get(case.place());
        let fee = route.and_then(|route| self.schedule.fee(leg, case, route));
        let once = if leg < BITS {
            let bit = 1 << leg;
            let before = case.charged;
            case.charged |= bit;
            before & bit == 0
        } else {
            self.far_legs.insert((of.id, leg))
        };
        self.docket.test(Law::FeesAddUp, at, once && fee == Some(told), |_| {
            let expected = format!("once {fee:?}");
            let observed = if once { format!("{told:?}") } else { format!("again {told:?}") };
            [format!("{}, leg {leg}", attempt(of.id)), expected, observed]
        });
        let item = self.item_of(&before, (leg, told));
        if let Some(case) = self.cases.get(of) {
            case.fees = case.fees.wrapping_add(item);
        }
        self.acts_in_time(at, of, &before);
    }

    /// What a fee leaves in the sum of its attempt until all have repeated it.
    fn item_of(&self, case: &Case, (leg, told): (usize, Fee)) -> u64 {
        let voices = if let Some(payer) = told.payer {
            let house = if self.schedule.is_of_debit(leg) {
                Some(self.demand.routes.debit_house(case.wallet()))
            } else {
                self.demand.routes.get(case.place()).and_then(|route| route.house)
            };
            let cycle = house.map_or(CYCLE, |house| Voice::Cycle(house).weight(&self.books));
            // Nobody owes himself: nothing to book.
            let both = EARNER.wrapping_add(PAYER).wrapping_add(cycle);
            if payer == told.earner { 0 } else { both }
        } else {
            EARNER
        };
        let from = told.payer.unwrap_or(case.acquirer());
        let item = told.amount.minor().wrapping_mul(self.books.weight(from, told.earner));
        item.wrapping_mul(voices)
    }

    /// What a fee of an attempt leaves in its sum, and whether it is the one of this leg.
    pub(super) fn charge_words(
        &mut self,
        (leg, told): (usize, Fee),
        of: Attempt,
    ) -> Option<(u64, bool)> {
        let case = *self.cases.get(of)?;
        let route = self.demand.routes.get(case.place());
        let fee = route.and_then(|route| self.schedule.fee(leg, &case, route));
        let known = fee == Some(told);
        Some((self.item_of(&case, (leg, told)), known))
    }

    /// Forgets that a leg was charged, and says whether it was.
    pub(super) fn take_charge(&mut self, leg: usize, of: Attempt) -> bool {
        if leg >= BITS {
            return self.far_legs.remove(&(of.id, leg));
        }
        let Some(case) = self.cases.get(of) else { return false };
        let had = case.charged & (1 << leg) != 0;
        case.charged &= !(1 << leg);
        had
    }

    /// At the end of an attempt that was late and refused: nothing stays charged, but a debit that
    /// stays is paid for.
    pub(super) fn check_legs_left(&mut self, at: Instant, of: Attempt, debited: bool) {
        let Some(&mut case) = self.cases.get(of) else { return };
        let route = self.demand.routes.get(case.place());
        let (mut required, mut complete) = (0_u32, true);
        for leg in 0..self.schedule.len() {
            let stays = debited && self.schedule.is_of_debit(leg);
            let applies =
                stays && route.is_some_and(|route| self.schedule.fee(leg, &case, route).is_some());
            if leg < BITS {
                required |= u32::from(applies) << leg;
            } else {
                complete &= self.far_legs.remove(&(of.id, leg)) == applies;
            }
        }
        let lawful = complete && case.charged == required;
        self.docket.check(Law::FeesAddUp, at, lawful, |_| {
            let legs = |bits: u32| format!("legs {bits:#b}");
            [attempt(of.id), legs(required), legs(case.charged)]
        });
    }

    /// A fee obligation of an attempt was cleared.
    pub(super) fn cleared_fee(
        &mut self,
        (at, house, cycle): (Instant, InstitutionId, u32),
        obligation: Obligation,
        of: Packed,
    ) {
        let of = Attempt::from(of);
        self.check_obligation((at, house, cycle), obligation.amount);
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let before = *case;
        let (debtor, creditor) = (obligation.debtor_agent, obligation.creditor_agent);
        repeat(case, &self.books, (debtor, creditor, obligation.amount), Voice::Cycle(house));
        self.acts_in_time(at, of, &before);
    }

    /// At the answer of an attempt: every leg that applies was charged, and no other.
    pub(super) fn check_legs(&mut self, at: Instant, of: Packed, accepted: bool) {
        let of = Attempt::from(of);
        let Some(&mut case) = self.cases.get(of) else { return };
        let route = self.demand.routes.get(case.place());
        let (mut required, mut complete) = (0_u32, true);
        for leg in 0..self.schedule.len() {
            let applies = accepted
                && route.is_some_and(|route| self.schedule.fee(leg, &case, route).is_some());
            if leg < BITS {
                required |= u32::from(applies) << leg;
            } else {
                complete &= self.far_legs.remove(&(of.id, leg)) == applies;
            }
        }
        let lawful = complete && case.charged == required;
        self.docket.test(Law::FeesAddUp, at, lawful, |_| {
            let legs = |bits: u32| format!("legs {bits:#b}");
            [attempt(of.id), legs(required), legs(case.charged)]
        });
    }
}
