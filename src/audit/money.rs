//! Holds, entries and obligations of one attempt.
//!
//! A fact that is as its attempt's marks and amount ask is ordinary, which is one branch; what
//! is not is looked at law by law, out of line.

use super::auditor::Auditor;
use super::books::Entry;
use super::case::{Case, Ending, Packed};
use super::entries::{credit_step, entry_step, hold_of, hold_words, holds_words, leg_step, weigh};
use super::fees::{Voice, repeat};
use super::law::{Heard, Law, attempt};
use super::marks::{Hold, Marks, Step};
use crate::model::fact::{Account, Attempt};
use crate::units::{Amount, Instant, InstitutionId, Obligation};

/// What happens to a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is placed.
    Placed,
    /// It becomes a debit.
    Posted,
    /// It is released.
    Voided,
}

impl Turn {
    #[inline]
    fn step(self, hold: Hold) -> Step {
        match self {
            Self::Placed => hold.placed,
            Self::Posted => hold.posted,
            Self::Voided => hold.voided,
        }
    }
}

/// Where and when an institution writes.
type Desk = (Instant, InstitutionId);

impl Auditor {
    #[inline(always)]
    pub(super) fn hold(&mut self, (at, book): Desk, turn: Turn, (of, amount): (Attempt, Amount)) {
        self.docket.hear(Heard::Hold);
        let in_time = self.books.tick(at, book);
        let minor = i128::from(amount.minor());
        let moved = if turn == Turn::Placed { minor } else { -minor };
        let covered = self.books.hold(book, moved);
        let mut allowed = covered || turn != Turn::Placed;
        if let Some(case) = self.cases.get(of) {
            let at_wallet = case.wallet() == book;
            let hold = if at_wallet { Marks::WALLET_HOLD } else { Marks::BANK_HOLD };
            let step = turn.step(hold);
            // Money that was set aside for an accepted payment is not released.
            allowed &= turn != Turn::Voided || case.status() != Ending::ACCEPTED;
            let fits = at_wallet || case.is_bank(book);
            let ordinary = in_time && allowed && amount.minor() == case.amount;
            if fits && ordinary && case.may(at, step.ask) {
                case.marks = case.marks.and(step.sets);
                return;
            }
        }
        self.odd_hold((at, book), (turn, allowed), (of.into(), amount));
    }

    /// A hold that is not as its attempt asks.
    #[cold]
    #[inline(never)]
    fn odd_hold(
        &mut self,
        (at, book): Desk,
        (turn, allowed): (Turn, bool),
        (of, amount): (Packed, Amount),
    ) {
        let of = Attempt::from(of);
        self.check_clock(at, book);
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let before = *case;
        let hold = hold_of(&before, book);
        let mut lawful = allowed && amount.minor() == before.amount;
        if let Some(hold) = hold {
            let step = turn.step(hold);
            lawful &= step.is_secured(before.marks) && !before.marks.has(step.sets);
            case.marks = case.marks.and(step.sets);
        }
        self.acts_in_time(at, of, &before);
        // What was held just now is among what is held.
        let available = self.books.available(book) + i128::from(amount.minor());
        self.docket.test(Law::NoDebitWithoutHold, at, lawful && hold.is_some(), |names| {
            let state = match turn {
                Turn::Placed => format!("no hold and {available} available"),
                Turn::Voided if !allowed => "a refused attempt's hold".to_owned(),
                Turn::Posted | Turn::Voided => "an open hold".to_owned(),
            };
            let expected = (before.amount, state.as_str());
            hold_words(names, (of.id, book), expected, (amount, hold, before.marks))
        });
    }

    #[inline(always)]
    pub(super) fn posted(
        &mut self,
        at: Instant,
        book: InstitutionId,
        entry: Entry,
        of: Option<Attempt>,
    ) {
        let in_time = self.books.tick(at, book);
        let (debit, credit, amount) = entry;
        let Some(of) = of else {
            return self.post_settlement(at, book, (debit, credit, amount));
        };
        if self.undoing.is_some() && self.undoes(at, book, of) {
            return self.unpost((at, book), (debit, credit, amount), of);
        }
        match (debit, credit) {
            (Account::CustomerFunds, Account::DueTo(to)) => {
                self.debited((at, book, in_time), (to, amount), of);
            }
            (Account::DueFrom(from), Account::CustomerFunds | Account::MerchantPayable) => {
                self.credited((at, book, in_time), (from, credit, amount), of);
            }
            (Account::CustomerFunds, Account::MerchantPayable) => {
                self.paid_on_us((at, book, in_time), amount, of);
            }
            _ => self.posted_fee((at, book), (debit, credit, amount), of.into()),
        }
    }

    /// A payer is debited and another institution is owed: by the bank the wallet, by the wallet
    /// the acquirer.
    #[inline(always)]
    fn debited(
        &mut self,
        (at, book, in_time): (Instant, InstitutionId, bool),
        (to, amount): (InstitutionId, Amount),
        of: Attempt,
    ) {
        self.docket.hear(Heard::Debit);
        let minor = amount.minor();
        if let Some(case) = self.cases.get(of) {
            let at_wallet = case.wallet() == book;
            let whom = if at_wallet { case.acquirer() } else { case.wallet() };
            let hold = if at_wallet { Marks::WALLET_HOLD } else { Marks::BANK_HOLD };
            let fits = to == whom && to != book && (at_wallet || case.is_bank(book));
            if in_time && fits && case.may(at, hold.debited.ask) && minor == case.amount {
                case.marks = case.marks.and(hold.debited.sets);
                self.books.debit_customer(book, minor.into());
                return self.books.owe(book, to, minor.into());
            }
        }
        self.odd_entry((at, book), (Account::CustomerFunds, Account::DueTo(to), amount), of.into());
    }

    /// A payer or payee is credited, and another institution owes it: the bank to the wallet, or
    /// the wallet to the acquirer.
    #[inline(always)]
    fn credited(
        &mut self,
        (at, book, in_time): (Instant, InstitutionId, bool),
        (from, owed, amount): (InstitutionId, Account, Amount),
        of: Attempt,
    ) {
        self.docket.hear(Heard::Entry);
        let minor = amount.minor();
        if let Some(case) = self.cases.get(of) {
            let (step, fits) = credit_step(case, book, (from, owed));
            if in_time && fits && case.may(at, step.ask) && minor == case.amount {
                case.marks = case.marks.and(step.sets);
                if owed == Account::CustomerFunds {
                    self.books.debit_customer(book, -i128::from(minor));
                } else {
                    self.books.credit_merchant(book, minor.into());
                }
                return self.books.be_due(from, book, minor.into());
            }
        }
        self.odd_entry((at, book), (Account::DueFrom(from), owed, amount), of.into());
    }

    /// On us: the payer's money is the merchant's.
    #[inline(always)]
    fn paid_on_us(
        &mut self,
        (at, book, in_time): (Instant, InstitutionId, bool),
        amount: Amount,
        of: Attempt,
    ) {
        self.docket.hear(Heard::Debit);
        let minor = amount.minor();
        if let Some(case) = self.cases.get(of) {
            let fits = case.wallet() == book && case.is_on_us();
            if in_time && fits && case.may(at, Marks::ON_US.ask) && minor == case.amount {
                case.marks = case.marks.and(Marks::ON_US.sets);
                self.books.debit_customer(book, minor.into());
                return self.books.credit_merchant(book, minor.into());
            }
        }
        let entry = (Account::CustomerFunds, Account::MerchantPayable, amount);
        self.odd_entry((at, book), entry, of.into());
    }

    /// A fee in its earner's or its payer's book.
    fn posted_fee(&mut self, (at, book): Desk, entry: Entry, of: Packed) {
        let of = Attempt::from(of);
        self.docket.hear(Heard::Entry);
        self.check_clock(at, book);
        let voices = match (entry.0, entry.1) {
            (Account::DueFrom(payer), Account::FeeIncome) => Some((payer, book, Voice::Earner)),
            (Account::MerchantPayable, Account::FeeIncome) => Some((book, book, Voice::Earner)),
            (Account::FeeExpense, Account::DueTo(earner)) => Some((book, earner, Voice::Payer)),
            _ => None,
        };
        let Some((payer, earner, voice)) = voices
            .filter(|(payer, earner, _)| self.books.knows(*payer) && self.books.knows(*earner))
        else {
            return self.odd_entry((at, book), entry, of.into());
        };
        self.book((at, book), entry);
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        repeat(case, &self.books, (payer, earner, entry.2), voice);
        if entry.0 == Account::MerchantPayable {
            let mine = book == case.acquirer();
            self.docket.test(Law::AcceptedMeansPaid, at, mine, |names| {
                let what = format!("{}, book of {}", attempt(of.id), names.of(book));
                [what, "a merchant's fee at the acquirer".to_owned(), "elsewhere".to_owned()]
            });
        } else {
            weigh(case, &self.books, (book, entry), Marks::NONE);
        }
        let before = *case;
        self.acts_in_time(at, of, &before);
    }

    /// Adds an entry to the rebuilt books.
    pub(super) fn book(&mut self, (at, book): Desk, entry: Entry) {
        let fits = self.books.add(book, entry, book == self.settlement_bank);
        let (debit, credit, amount) = entry;
        let lawful = fits && debit != credit && amount > Amount::ZERO;
        self.docket.test(Law::BooksBalance, at, lawful, |names| {
            let what = format!("entry in the book of {}", names.of(book));
            let expected = "two different accounts of this book, an amount above zero".to_owned();
            [what, expected, format!("{debit:?} / {credit:?} {}", amount.minor())]
        });
    }

    /// An entry that is not as its attempt asks.
    #[cold]
    #[inline(never)]
    fn odd_entry(&mut self, (at, book): Desk, entry: Entry, of: Packed) {
        let of = Attempt::from(of);
        self.check_clock(at, book);
        self.book((at, book), entry);
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let before = *case;
        let (debit, credit, amount) = entry;
        let (step, fits) = entry_step(&before, book, entry);
        weigh(case, &self.books, (book, entry), step.sets);
        self.acts_in_time(at, of, &before);
        let secured = step.is_secured(before.marks);
        let debits = debit == Account::CustomerFunds;
        if debits {
            let hold = hold_of(&before, book);
            let once = hold.is_some_and(|hold| !before.marks.has(hold.debited.sets));
            self.docket.test(Law::NoDebitWithoutHold, at, secured && once, |names| {
                let expected = (before.amount, "a hold just posted");
                hold_words(names, (of.id, book), expected, (amount, hold, before.marks))
            });
        }
        self.docket.test(Law::Causality, at, secured || debits, |names| {
            let what = format!("{}, book of {}", attempt(of.id), names.of(book));
            let expected = "the payer's money set aside before".to_owned();
            [what, expected, format!("{debit:?} / {credit:?}, {}", holds_words(&before))]
        });
        let known = fits && amount.minor() == before.amount && !before.marks.has(step.sets);
        self.docket.test(Law::AcceptedMeansPaid, at, known, |names| {
            let what = format!("{}, book of {}", attempt(of.id), names.of(book));
            let expected = format!("once an entry of {} at a party", before.amount);
            [what, expected, format!("{debit:?} / {credit:?} {}", amount.minor())]
        });
    }

    #[inline(always)]
    pub(super) fn cleared(
        &mut self,
        (at, house, cycle): (Instant, InstitutionId, u32),
        (obligation, fee): (Obligation, bool),
        of: Attempt,
    ) {
        self.docket.hear(Heard::Cleared);
        let in_time = self.books.tick(at, house);
        let rebuilt = self.houses.of(house);
        let into_open = rebuilt.open == cycle;
        rebuilt.clear(obligation, fee);
        let again = Obligation { ..obligation };
        if self.undoing.is_some() && self.undoes(at, house, of) {
            return self.unclear((at, house, cycle), (again, fee), of);
        }
        if fee {
            return self.cleared_fee((at, house, cycle), again, of.into());
        }
        if let Some(case) = self.cases.get(of) {
            let (step, fits) = leg_step(case, house, obligation);
            let ordinary = in_time && into_open && obligation.amount.minor() == case.amount;
            if fits && ordinary && case.may(at, step.ask) {
                case.marks = case.marks.and(step.sets);
                return;
            }
        }
        self.odd_obligation((at, house, cycle), again, of.into());
    }

    /// An obligation that is not as its attempt asks.
    #[cold]
    #[inline(never)]
    fn odd_obligation(
        &mut self,
        (at, house, cycle): (Instant, InstitutionId, u32),
        obligation: Obligation,
        of: Packed,
    ) {
        let of = Attempt::from(of);
        self.check_obligation((at, house, cycle), obligation.amount);
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let before = *case;
        let (step, fits) = leg_step(&before, house, obligation);
        if fits {
            case.marks = case.marks.and(step.sets);
        }
        self.acts_in_time(at, of, &before);
        let secured = step.is_secured(before.marks);
        self.docket.test(Law::Causality, at, secured, |names| {
            let what = format!("{}, cleared by {}", attempt(of.id), names.of(house));
            let expected = "the debtor's money set aside before".to_owned();
            [what, expected, holds_words(&before)]
        });
        let minor = obligation.amount.minor();
        let known = fits && minor == before.amount && !before.marks.has(step.sets);
        let route = self.demand.routes.get(before.place());
        self.docket.test(Law::AcceptedMeansPaid, at, known, |names| {
            let debtor = names.of(obligation.debtor_agent);
            let creditor = names.of(obligation.creditor_agent);
            let expected = format!("once an obligation of {} between its parties", before.amount);
            let observed = format!("{debtor} owes {creditor} {minor}, at {}", names.of(house));
            [format!("{} over {route:?}", attempt(of.id)), expected, observed]
        });
    }

    /// An institution speaks of an attempt between its opening and its answer.
    pub(super) fn acts_in_time(&mut self, at: Instant, of: Attempt, before: &Case) {
        let open = before.marks.has(Marks::OPEN) || before.marks.has(Marks::LATE);
        let lawful = at >= before.opened && open;
        self.docket.test(Law::Causality, at, lawful, |_| {
            let expected = "acts between the attempt's opening and its answer".to_owned();
            [attempt(of.id), expected, format!("acts while {}", before.marks.stage())]
        });
    }

    /// Somebody speaks of an attempt that its slot does not hold.
    #[cold]
    #[inline(never)]
    pub(super) fn unknown(&mut self, at: Instant, of: Packed) {
        let of = Attempt::from(of);
        self.docket.test(Law::Causality, at, false, |_| {
            let expected = "an attempt that its source has opened".to_owned();
            [attempt(of.id), expected, "it is not in flight".to_owned()]
        });
    }
}
