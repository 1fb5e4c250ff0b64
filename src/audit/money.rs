//! Holds, entries, obligations and fees of one attempt.

use super::auditor::Auditor;
use super::books::Books;
use super::case::{Case, Hold, Stage};
use super::law::{Law, Names, Words, attempt};
use super::schedule::Schedule;
use crate::model::fact::{Account, Attempt, Funding};
use crate::units::{Amount, Instant, InstitutionId, Obligation, PaymentId};

/// The three who repeat what was charged; each has a multiplier of its own, so that one cannot
/// make good for another in the sum.
const EARNER: u64 = 0xD6E8_FEB8_6659_FD93;
const PAYER: u64 = 0xA076_1D64_78BD_642F;
const CYCLE: u64 = 0xE703_7ED1_A0B4_28DB;

/// One double entry: debit, credit, amount.
type Entry = (Account, Account, Amount);

impl Auditor {
    pub(super) fn hold_placed(
        &mut self,
        at: Instant,
        book: InstitutionId,
        of: &Attempt,
        amount: Amount,
    ) {
        self.tick(at, book);
        let found = self.cases.of_institution(&mut self.docket, (at, Some(book)), of);
        let Some(case) = found else { return };
        learn_bank(case, book);
        let expected = case.amount;
        // A wallet that is its own bank holds twice in one book, one hold after the other.
        let own_bank = case.funding == Funding::Bank && case.bank().is_none();
        let hold = hold_mut(case, book);
        let free = |hold| hold == Hold::None || own_bank && hold == Hold::Debited;
        let lawful = amount.minor() == expected && hold.as_deref().is_some_and(|&it| free(it));
        let was = hold.as_deref().copied();
        if let Some(hold) = hold {
            *hold = Hold::Placed;
        }
        self.docket.check(Law::NoDebitWithoutHold, at, lawful, |names| {
            hold_words(names, (of.id, book), (expected, "no open hold"), (amount, was))
        });
    }

    pub(super) fn hold_posted(
        &mut self,
        at: Instant,
        book: InstitutionId,
        of: &Attempt,
        amount: Amount,
    ) {
        self.end_hold(at, book, (of, amount), Hold::Posted);
    }

    pub(super) fn hold_voided(
        &mut self,
        at: Instant,
        book: InstitutionId,
        of: &Attempt,
        amount: Amount,
    ) {
        self.end_hold(at, book, (of, amount), Hold::Voided);
    }

    fn end_hold(
        &mut self,
        at: Instant,
        book: InstitutionId,
        (of, amount): (&Attempt, Amount),
        to: Hold,
    ) {
        self.tick(at, book);
        let found = self.cases.of_institution(&mut self.docket, (at, Some(book)), of);
        let Some(case) = found else { return };
        learn_bank(case, book);
        let expected = case.amount;
        let hold = hold_mut(case, book);
        let was = hold.as_deref().copied();
        if let Some(hold) = hold {
            *hold = to;
        }
        let lawful = amount.minor() == expected && was == Some(Hold::Placed);
        self.docket.check(Law::NoDebitWithoutHold, at, lawful, |names| {
            hold_words(names, (of.id, book), (expected, "an open hold"), (amount, was))
        });
    }

    pub(super) fn posted(
        &mut self,
        at: Instant,
        book: InstitutionId,
        entry: Entry,
        of: Option<&Attempt>,
    ) {
        self.tick(at, book);
        self.book(at, book, entry);
        if let Some(of) = of {
            self.post_payment(at, book, entry, of);
        } else {
            self.post_settlement(at, book, entry);
        }
    }

    /// Adds an entry to the rebuilt books.
    fn book(&mut self, at: Instant, book: InstitutionId, (debit, credit, amount): Entry) {
        let settles = book == self.settlement_bank;
        let fits = self.books.may_hold(book, debit, settles);
        let fits = (fits, self.books.may_hold(book, credit, settles));
        let lawful = debit != credit && amount > Amount::ZERO && fits == (true, true);
        self.docket.check(Law::BooksBalance, at, lawful, |names| {
            let what = format!("entry in the book of {}", names.of(book));
            let expected = "two different accounts of this book, an amount above zero".to_owned();
            [what, expected, format!("{debit:?} / {credit:?} {}", amount.minor())]
        });
        let signed = i128::from(amount.minor());
        for (account, fits, signed) in [(debit, fits.0, signed), (credit, fits.1, -signed)] {
            if fits {
                self.books.add(book, account, signed);
            } else {
                self.books.add_stray(book, signed);
            }
        }
    }

    fn post_payment(&mut self, at: Instant, book: InstitutionId, entry: Entry, of: &Attempt) {
        let found = self.cases.of_institution(&mut self.docket, (at, Some(book)), of);
        let Some(case) = found else { return };
        let (debit, credit, amount) = entry;
        let mut whole = amount.minor() == case.amount;
        let mut in_place = true;
        if debit == Account::CustomerFunds {
            let hold = hold_mut(case, book);
            let was = hold.as_deref().copied();
            if let Some(hold) = hold {
                *hold = Hold::Debited;
            }
            self.docket.check(Law::NoDebitWithoutHold, at, was == Some(Hold::Posted), |names| {
                let seen = (amount, was);
                hold_words(names, (of.id, book), (case.amount, "a hold just posted"), seen)
            });
            in_place &= count_customer(case, book, 1);
        }
        if credit == Account::CustomerFunds {
            in_place &= count_customer(case, book, -1);
        }
        let fee = debit == Account::FeeExpense
            || credit == Account::FeeIncome
            || debit == Account::MerchantPayable && matches!(credit, Account::DueTo(_));
        if credit == Account::MerchantPayable || debit == Account::MerchantPayable && !fee {
            let sign = if credit == Account::MerchantPayable { 1 } else { -1 };
            case.payee = case.payee.saturating_add(sign);
            in_place &= book == case.acquirer();
        }
        whole |= fee;
        self.docket.check(Law::AcceptedMeansPaid, at, whole && in_place, |names| {
            let what = format!("{}, book of {}", attempt(of.id), names.of(book));
            let expected = format!("an entry of {} at a party of the payment", case.amount);
            [what, expected, format!("{debit:?} / {credit:?} {}", amount.minor())]
        });
        weigh(case, &self.books, (book, self.opening.len()), (entry, fee));
    }

    pub(super) fn cleared(
        &mut self,
        (at, house, cycle): (Instant, InstitutionId, u32),
        obligation: &Obligation,
        fee: bool,
        of: &Attempt,
    ) {
        self.tick(at, house);
        self.clear(at, house, cycle, (obligation, fee));
        let found = self.cases.of_institution(&mut self.docket, (at, Some(house)), of);
        let Some(case) = found else { return };
        self.docket.check(Law::Causality, at, case.stage == Stage::Open, |names| {
            let what = format!("{}, cleared by {}", attempt(of.id), names.of(house));
            [what, "cleared before its answer".to_owned(), format!("{:?}", case.stage)]
        });
        let (debtor, creditor) = (obligation.debtor_agent, obligation.creditor_agent);
        if fee {
            let item = obligation.amount.minor().wrapping_mul(self.books.weight(debtor, creditor));
            case.fees = case.fees.wrapping_sub(item.wrapping_mul(CYCLE));
            return;
        }
        let whole = obligation.amount.minor() == case.amount;
        let known = count_obligation(case, debtor, creditor);
        self.docket.check(Law::AcceptedMeansPaid, at, whole && known, |names| {
            let (debtor, creditor) = (names.of(debtor), names.of(creditor));
            let expected = format!("an obligation of {} between its parties", case.amount);
            let observed = format!("{debtor} owes {creditor} {}", obligation.amount.minor());
            [attempt(of.id), expected, observed]
        });
    }

    pub(super) fn charged(
        &mut self,
        at: Instant,
        (leg, amount): (usize, Amount),
        parties: (Option<InstitutionId>, InstitutionId),
        of: &Attempt,
    ) {
        let (payer, earner) = parties;
        let found = self.cases.of_institution(&mut self.docket, (at, Some(earner)), of);
        let Some(case) = found else { return };
        let fee = self.schedule.fee(leg, case);
        let bit = Schedule::bit(leg);
        let lawful = fee == Some(amount)
            && case.charged & bit == 0
            && self.schedule.names(leg, case, parties);
        self.docket.check(Law::FeesAddUp, at, lawful, |names| {
            let who = payer.map_or("the merchant", |payer| names.of(payer));
            let what = format!("{}, leg {leg}, {who} to {}", attempt(of.id), names.of(earner));
            [what, format!("once {fee:?}, to its parties"), amount.minor().to_string()]
        });
        case.charged |= bit;
        let from = payer.unwrap_or(case.acquirer());
        let voices = match (from == earner, payer) {
            (false, _) => EARNER.wrapping_add(PAYER).wrapping_add(CYCLE),
            (true, None) => EARNER,
            (true, Some(_)) => 0, // nobody owes himself: nothing to book
        };
        let item = amount.minor().wrapping_mul(self.books.weight(from, earner));
        case.fees = case.fees.wrapping_add(item.wrapping_mul(voices));
    }
}

/// Adds an entry's claims to the sums of its attempt.
#[inline]
fn weigh(
    case: &mut Case,
    books: &Books,
    (book, width): (InstitutionId, usize),
    ((debit, credit, amount), fee): (Entry, bool),
) {
    let known = |other: InstitutionId| other.index() < width;
    let item = |debtor, creditor| amount.minor().wrapping_mul(books.weight(debtor, creditor));
    let mut fees = (book, book, EARNER);
    match debit {
        Account::DueFrom(debtor) if known(debtor) => {
            case.one_sided = case.one_sided.wrapping_sub(item(debtor, book));
            fees = (debtor, book, EARNER);
        }
        Account::DueTo(creditor) if known(creditor) => {
            case.one_sided = case.one_sided.wrapping_sub(item(book, creditor));
        }
        _ => {}
    }
    match credit {
        Account::DueTo(creditor) if known(creditor) => {
            case.one_sided = case.one_sided.wrapping_add(item(book, creditor));
            fees = (book, creditor, PAYER);
        }
        Account::DueFrom(debtor) if known(debtor) => {
            case.one_sided = case.one_sided.wrapping_add(item(debtor, book));
        }
        _ => {}
    }
    if fee {
        let (debtor, creditor, voice) = fees;
        case.fees = case.fees.wrapping_sub(item(debtor, creditor).wrapping_mul(voice));
    }
}

/// The first book that holds for a bank-funded payment and is not the wallet's is the bank's.
fn learn_bank(case: &mut Case, book: InstitutionId) {
    let banks = case.funding == Funding::Bank && !case.is_background();
    if banks && book != case.wallet() && case.bank().is_none() {
        case.set_bank(book);
    }
}

/// The hold that this book may have on the attempt.
fn hold_mut(case: &mut Case, book: InstitutionId) -> Option<&mut Hold> {
    if book == case.wallet() {
        Some(&mut case.wallet_hold)
    } else if case.bank() == Some(book) {
        Some(&mut case.bank_hold)
    } else {
        None
    }
}

/// Counts a debit (1) or credit (−1) of customer funds; `false` in a book of no party.
fn count_customer(case: &mut Case, book: InstitutionId, sign: i8) -> bool {
    if case.is_background() && book == case.acquirer() {
        case.payee = case.payee.saturating_sub(sign);
    } else if book == case.wallet() {
        case.at_wallet = case.at_wallet.saturating_add(sign);
    } else if case.bank() == Some(book) {
        case.at_bank = case.at_bank.saturating_add(sign);
    } else {
        return false;
    }
    true
}

/// Counts a principal obligation, or its reversal; `false` between strangers.
fn count_obligation(case: &mut Case, debtor: InstitutionId, creditor: InstitutionId) -> bool {
    let (wallet, acquirer, bank) = (case.wallet(), case.acquirer(), case.bank());
    if debtor == wallet && creditor == acquirer {
        case.pay_leg = case.pay_leg.saturating_add(1);
    } else if bank == Some(debtor) && creditor == wallet {
        case.bank_leg = case.bank_leg.saturating_add(1);
    } else if debtor == acquirer && creditor == wallet {
        case.pay_leg = case.pay_leg.saturating_sub(1);
    } else if debtor == wallet && bank == Some(creditor) {
        case.bank_leg = case.bank_leg.saturating_sub(1);
    } else {
        return false;
    }
    true
}

fn hold_words(
    names: &Names,
    (id, book): (PaymentId, InstitutionId),
    (amount, state): (u64, &str),
    (seen, was): (Amount, Option<Hold>),
) -> Words {
    let what = format!("{}, book of {}", attempt(id), names.of(book));
    let was = was.map_or_else(|| "no hold can be here".to_owned(), |hold| format!("{hold:?}"));
    [what, format!("{amount} from {state}"), format!("{}, hold {was}", seen.minor())]
}
