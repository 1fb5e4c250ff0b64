//! Which entries and obligations belong to an attempt, and what they leave in its sums.

use super::books::{Books, Entry};
use super::case::Case;
use super::law::{Names, Words, attempt};
use super::marks::{Hold, Marks, Step};
use crate::model::fact::Account;
use crate::units::{Amount, InstitutionId, Obligation, PaymentId};

/// Which step a credit against a claim on `from` is, and whether its parties are right.
#[inline(always)]
pub(super) fn credit_step(
    case: &Case,
    book: InstitutionId,
    (from, owed): (InstitutionId, Account),
) -> (Step, bool) {
    let funds = owed == Account::CustomerFunds;
    let background = case.is_background();
    if funds && !background {
        (Marks::FUND, case.is_bank(from) && book == case.wallet())
    } else {
        let fits = from == case.wallet() && book == case.acquirer() && from != book;
        (Marks::CREDIT, fits && funds == background)
    }
}

/// Which step an entry is, and whether its parties are right.
pub(super) fn entry_step(
    case: &Case,
    book: InstitutionId,
    (debit, credit, _): Entry,
) -> (Step, bool) {
    match (debit, credit) {
        (Account::DueFrom(from), Account::CustomerFunds | Account::MerchantPayable) => {
            credit_step(case, book, (from, credit))
        }
        (Account::CustomerFunds, Account::MerchantPayable) => {
            (Marks::ON_US, book == case.wallet() && case.is_on_us())
        }
        (Account::CustomerFunds, Account::DueTo(to)) if book == case.wallet() => {
            (Marks::WALLET_HOLD.debited, to == case.acquirer() && to != book)
        }
        (Account::CustomerFunds, Account::DueTo(to)) => {
            (Marks::BANK_HOLD.debited, to == case.wallet() && case.is_bank(book))
        }
        (Account::CustomerFunds, _) if book == case.wallet() => (Marks::WALLET_HOLD.debited, false),
        (Account::CustomerFunds, _) if case.is_bank(book) => (Marks::BANK_HOLD.debited, false),
        _ => (Marks::NO_STEP, false),
    }
}

/// Which step a principal obligation is, and whether it is cleared where it must.
#[inline(always)]
pub(super) fn leg_step(case: &Case, house: InstitutionId, obligation: Obligation) -> (Step, bool) {
    let (debtor, creditor) = (obligation.debtor_agent, obligation.creditor_agent);
    if debtor == case.wallet() {
        (Marks::CLEAR_PAY, creditor == case.acquirer() && case.clears_at(house))
    } else {
        let parties = case.is_bank(debtor) && creditor == case.wallet();
        (Marks::CLEAR_DEBIT, parties && case.clears_debit_at(house))
    }
}

/// The hold that this book may have on the attempt.
pub(super) fn hold_of(case: &Case, book: InstitutionId) -> Option<Hold> {
    if book == case.wallet() {
        Some(Marks::WALLET_HOLD)
    } else {
        case.is_bank(book).then_some(Marks::BANK_HOLD)
    }
}

/// What an entry leaves in one book only, times the weights of its pairs: debtors' claims less
/// creditors'.
fn claims(books: &Books, book: InstitutionId, (debit, credit, amount): Entry) -> u64 {
    let of = |account| match account {
        Account::DueFrom(debtor) if books.knows(debtor) => books.weight(debtor, book),
        Account::DueTo(creditor) if books.knows(creditor) => books.weight(book, creditor),
        _ => 0,
    };
    of(credit).wrapping_sub(of(debit)).wrapping_mul(amount.minor())
}

/// Adds an entry's claims to the sum of its attempt, and marks a step.
pub(super) fn weigh(
    case: &mut Case,
    books: &Books,
    (book, entry): (InstitutionId, Entry),
    sets: Marks,
) {
    let sum = books.one_sided(case).wrapping_add(claims(books, book, entry));
    case.marks = case.marks.and(sets);
    // What the mark tells by itself is not told again.
    case.one_sided = case.one_sided.wrapping_add(sum.wrapping_sub(books.one_sided(case)));
}

impl Books {
    /// Takes all claims off a case: somebody else keeps them.
    pub(super) fn forget(&self, case: &mut Case) {
        case.one_sided = case.one_sided.wrapping_sub(self.one_sided(case));
    }

    /// All claims of an attempt that are in one book only: those that its marks tell, and
    /// others.
    pub(super) fn one_sided(&self, case: &Case) -> u64 {
        let told = |mark, item: u64| if case.marks.has(mark) { item } else { 0 };
        let mut sum = case.one_sided;
        if let Some(bank) = case.bank() {
            let item = self.weight(bank, case.wallet()).wrapping_mul(case.amount);
            sum = sum.wrapping_add(told(Marks::BANK_PAID, item));
            sum = sum.wrapping_sub(told(Marks::FUNDED, item));
        }
        if case.wallet() != case.acquirer() {
            let item = self.weight(case.wallet(), case.acquirer()).wrapping_mul(case.amount);
            sum = sum.wrapping_add(told(Marks::WALLET_PAID, item));
            sum = sum.wrapping_sub(told(Marks::CREDITED, item));
        }
        sum
    }
}

/// A hold that is not as it should be, in words.
pub(super) fn hold_words(
    names: &Names,
    (id, book): (PaymentId, InstitutionId),
    (amount, state): (u64, &str),
    (seen, hold, marks): (Amount, Option<Hold>, Marks),
) -> Words {
    let what = format!("{}, book of {}", attempt(id), names.of(book));
    let was = hold.map_or("no hold can be here", |hold| hold.word(marks));
    [what, format!("{amount} from {state}"), format!("{}, hold {was}", seen.minor())]
}

/// Both holds of an attempt, in words.
pub(super) fn holds_words(case: &Case) -> String {
    let (bank, wallet) = (Marks::BANK_HOLD.word(case.marks), Marks::WALLET_HOLD.word(case.marks));
    format!("bank {bank}, wallet {wallet}")
}
