//! Holds, entries and obligations of one attempt.

use super::auditor::Auditor;
use super::books::Books;
use super::case::{Case, Counts, Hold};
use super::fees::{Voice, repeat};
use super::law::{Law, Names, Words, attempt};
use crate::model::fact::{Account, Attempt};
use crate::units::{Amount, Instant, InstitutionId, Obligation, PaymentId};

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
        let available = self.books.available(book);
        self.books.hold(book, i128::from(amount.minor()));
        let Some(case) = self.cases.of_institution(&mut self.docket, at, of) else { return };
        let expected = case.amount;
        let hold = hold_mut(case, book);
        let was = hold.as_deref().copied();
        if let Some(hold) = hold {
            *hold = Hold::Placed;
        }
        let covered = i128::from(amount.minor()) <= available;
        let lawful = amount.minor() == expected && was == Some(Hold::None) && covered;
        self.docket.check(Law::NoDebitWithoutHold, at, lawful, |names| {
            let state = format!("no hold and {available} available");
            hold_words(names, (of.id, book), (expected, &state), (amount, was))
        });
    }

    pub(super) fn hold_ended(
        &mut self,
        at: Instant,
        book: InstitutionId,
        (of, amount): (&Attempt, Amount),
        to: Hold,
    ) {
        self.tick(at, book);
        self.books.hold(book, -i128::from(amount.minor()));
        let Some(case) = self.cases.of_institution(&mut self.docket, at, of) else { return };
        let expected = case.amount;
        let hold = hold_mut(case, book);
        let was = hold.as_deref().copied();
        if let Some(hold) = hold {
            *hold = to;
        }
        // Money that was set aside for an accepted payment is not released.
        let refused = to != Hold::Voided || case.status.is_some();
        let lawful = amount.minor() == expected && was == Some(Hold::Placed) && refused;
        self.docket.check(Law::NoDebitWithoutHold, at, lawful, |names| {
            let state = if refused { "an open hold" } else { "a refused attempt's hold" };
            hold_words(names, (of.id, book), (expected, state), (amount, was))
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
        let signed = i128::from(amount.minor());
        let fits = self.books.add(book, debit, settles, signed)
            & self.books.add(book, credit, settles, -signed);
        let lawful = fits && debit != credit && amount > Amount::ZERO;
        self.docket.check(Law::BooksBalance, at, lawful, |names| {
            let what = format!("entry in the book of {}", names.of(book));
            let expected = "two different accounts of this book, an amount above zero".to_owned();
            [what, expected, format!("{debit:?} / {credit:?} {}", amount.minor())]
        });
    }

    fn post_payment(&mut self, at: Instant, book: InstitutionId, entry: Entry, of: &Attempt) {
        let Some(case) = self.cases.of_institution(&mut self.docket, at, of) else { return };
        let (debit, credit, amount) = entry;
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
        }
        let kind = kind_of(case, book, (debit, credit));
        let secured = match kind {
            Kind::Funded => case.bank_hold == Hold::Debited,
            Kind::Credited => case.wallet_hold > Hold::None && case.wallet_hold < Hold::Voided,
            _ => true,
        };
        self.docket.check(Law::Causality, at, secured, |names| {
            let what = format!("{}, book of {}", attempt(of.id), names.of(book));
            let expected = "the payer's money set aside before".to_owned();
            let state = format!("bank {:?}, wallet {:?}", case.bank_hold, case.wallet_hold);
            [what, expected, format!("{debit:?} / {credit:?}, {state}")]
        });
        let lawful = match kind {
            Kind::Earned | Kind::Paid => true,
            Kind::Strange => false,
            _ => amount.minor() == case.amount,
        };
        self.docket.check(Law::AcceptedMeansPaid, at, lawful, |names| {
            let what = format!("{}, book of {}", attempt(of.id), names.of(book));
            let expected = format!("an entry of {} at a party of the payment", case.amount);
            [what, expected, format!("{debit:?} / {credit:?} {}", amount.minor())]
        });
        weigh(case, &self.books, (book, kind), entry);
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
        if fee {
            return self.cleared_fee((at, house), obligation, of);
        }
        let Some(case) = self.cases.of_institution(&mut self.docket, at, of) else { return };
        let (debtor, creditor) = (obligation.debtor_agent, obligation.creditor_agent);
        let route = self.demand.routes.get(case.place());
        let (wallet, bank) = (case.wallet(), case.bank());
        let (known, secured) = if debtor == wallet && creditor == case.acquirer() {
            case.counts.add(Counts::PAY_LEG);
            let here = route.is_some_and(|route| route.house == Some(house));
            (here, case.wallet_hold > Hold::None && case.wallet_hold < Hold::Voided)
        } else if bank == Some(debtor) && creditor == wallet {
            case.counts.add(Counts::BANK_LEG);
            (self.demand.routes.debit_house(wallet) == house, case.bank_hold == Hold::Debited)
        } else {
            (false, true)
        };
        self.docket.check(Law::Causality, at, secured, |names| {
            let what = format!("{}, cleared by {}", attempt(of.id), names.of(house));
            let state = format!("bank {:?}, wallet {:?}", case.bank_hold, case.wallet_hold);
            [what, "the debtor's money set aside before".to_owned(), state]
        });
        let whole = obligation.amount.minor() == case.amount;
        self.docket.check(Law::AcceptedMeansPaid, at, whole && known, |names| {
            let (debtor, creditor) = (names.of(debtor), names.of(creditor));
            let expected = format!("an obligation of {} between its parties", case.amount);
            let minor = obligation.amount.minor();
            let observed = format!("{debtor} owes {creditor} {minor}, at {}", names.of(house));
            [format!("{} over {route:?}", attempt(of.id)), expected, observed]
        });
    }
}

/// What an entry of an attempt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The bank debits the payer and owes the wallet.
    BankDebited,
    /// The wallet books the bank's money for the payer.
    Funded,
    /// The wallet debits the payer and owes the acquirer.
    WalletDebited,
    /// The acquiring side is owed by the wallet and owes its merchant or customer.
    Credited,
    /// On us: the payer's money is the merchant's.
    OnUs,
    /// A fee in its earner's book.
    Earned,
    /// A fee in its payer's book.
    Paid,
    /// No such entry belongs to this attempt in this book.
    Strange,
}

/// Names an entry, and counts what it leaves.
#[inline]
fn kind_of(case: &mut Case, book: InstitutionId, accounts: (Account, Account)) -> Kind {
    let (wallet, acquirer) = (case.wallet(), case.acquirer());
    let off_us = wallet != acquirer;
    let (kind, more) = match accounts {
        (Account::CustomerFunds, Account::DueTo(to)) if book == wallet => {
            let fits = to == acquirer && off_us;
            (if fits { Kind::WalletDebited } else { Kind::Strange }, Counts::AT_WALLET)
        }
        (Account::CustomerFunds, Account::DueTo(to)) if case.bank() == Some(book) => {
            (if to == wallet { Kind::BankDebited } else { Kind::Strange }, Counts::AT_BANK)
        }
        (Account::DueFrom(from), Account::CustomerFunds) if case.is_background() => {
            let fits = from == wallet && book == acquirer;
            (if fits { Kind::Credited } else { Kind::Strange }, Counts::PAYEE)
        }
        (Account::DueFrom(from), Account::CustomerFunds) => {
            case.counts.take(Counts::AT_WALLET);
            let fits = case.bank() == Some(from) && book == wallet;
            (if fits { Kind::Funded } else { Kind::Strange }, 0)
        }
        (Account::DueFrom(from), Account::MerchantPayable) => {
            let fits = from == wallet && book == acquirer && off_us && !case.is_background();
            (if fits { Kind::Credited } else { Kind::Strange }, Counts::PAYEE)
        }
        (Account::CustomerFunds, Account::MerchantPayable) => {
            let fits = book == wallet && case.is_on_us();
            (if fits { Kind::OnUs } else { Kind::Strange }, Counts::AT_WALLET + Counts::PAYEE)
        }
        (Account::DueFrom(_), Account::FeeIncome) => (Kind::Earned, 0),
        (Account::MerchantPayable, Account::FeeIncome) if book == acquirer => (Kind::Earned, 0),
        (Account::FeeExpense, Account::DueTo(_)) => (Kind::Paid, 0),
        _ => (Kind::Strange, 0),
    };
    case.counts.add(more);
    kind
}

/// Adds an entry's claims to the sums of its attempt.
#[inline]
fn weigh(case: &mut Case, books: &Books, (book, kind): (InstitutionId, Kind), entry: Entry) {
    let (debit, credit, amount) = entry;
    let item = |debtor, creditor| amount.minor().wrapping_mul(books.weight(debtor, creditor));
    match debit {
        Account::DueFrom(debtor) if books.knows(debtor) => {
            case.one_sided = case.one_sided.wrapping_sub(item(debtor, book));
            if kind == Kind::Earned {
                repeat(case, books, (debtor, book, amount), Voice::Earner);
            }
        }
        Account::DueTo(creditor) if books.knows(creditor) => {
            case.one_sided = case.one_sided.wrapping_sub(item(book, creditor));
        }
        Account::MerchantPayable if kind == Kind::Earned => {
            repeat(case, books, (book, book, amount), Voice::Earner);
        }
        _ => {}
    }
    match credit {
        Account::DueTo(creditor) if books.knows(creditor) => {
            case.one_sided = case.one_sided.wrapping_add(item(book, creditor));
            if kind == Kind::Paid {
                repeat(case, books, (book, creditor, amount), Voice::Payer);
            }
        }
        Account::DueFrom(debtor) if books.knows(debtor) => {
            case.one_sided = case.one_sided.wrapping_add(item(debtor, book));
        }
        _ => {}
    }
}

/// The hold that this book may have on the attempt.
#[inline]
fn hold_mut(case: &mut Case, book: InstitutionId) -> Option<&mut Hold> {
    if book == case.wallet() {
        Some(&mut case.wallet_hold)
    } else if case.bank() == Some(book) {
        Some(&mut case.bank_hold)
    } else {
        None
    }
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
