//! The books, rebuilt: one signed sum for each account, debits positive.
//!
//! Sums are `i128`: 2⁶³ entries of 64 bits cannot overflow them.

use crate::model::fact::Account;
use crate::units::{Amount, Instant, InstitutionId};

/// One double entry: debit, credit, amount.
pub(super) type Entry = (Account, Account, Amount);

/// Accounts of which a book has one each.
const SINGLES: usize = 6;

/// One institution's book, but for what it owes and is due.
#[derive(Clone, Copy, Debug)]
#[repr(align(128))]
struct Book {
    /// When its institution spoke last.
    clock: Instant,
    /// Customer funds that are set aside.
    held: i128,
    singles: [i128; SINGLES],
}

/// What `debtor` owes `creditor`, as both books tell it.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    /// In the debtor's book: net credit of its due-to account.
    owed: i128,
    /// In the creditor's book: net debit of its due-from account.
    due: i128,
}

/// What is settled between two institutions and not booked yet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct News {
    /// By the debtor.
    pub(super) owed: i128,
    /// By the creditor.
    pub(super) due: i128,
}

/// All books.
#[derive(Debug)]
pub(super) struct Books {
    width: usize,
    /// By institution.
    each: Vec<Book>,
    pairs: Vec<Pair>,
    news: Vec<News>,
    reserves: Vec<i128>,
    /// Sums of accounts in books that may not hold them, so that every book still adds up.
    strays: Vec<i128>,
}

impl Books {
    /// Empty books of `width` institutions.
    pub(super) fn new(width: usize) -> Self {
        let book = Book { clock: Instant::EPOCH, held: 0, singles: [0; SINGLES] };
        Self {
            width,
            each: vec![book; width],
            pairs: vec![Pair::default(); width * width],
            news: vec![News::default(); width * width],
            reserves: vec![0; width],
            strays: vec![0; width],
        }
    }

    /// Moves an institution's clock; `false` where it stood later, and stays.
    #[inline(always)]
    pub(super) fn tick(&mut self, at: Instant, institution: InstitutionId) -> bool {
        let clock = &mut self.each[institution.index()].clock;
        let before = *clock;
        *clock = before.max(at);
        before <= at
    }

    /// When an institution spoke last.
    pub(super) fn clock(&self, institution: usize) -> Instant {
        self.each[institution].clock
    }

    /// Adds an entry; `false` where this book may not hold it.
    pub(super) fn add(&mut self, book: InstitutionId, entry: Entry, settles: bool) -> bool {
        let (debit, credit, amount) = entry;
        let signed = i128::from(amount.minor());
        self.add_one((book, settles), debit, signed)
            & self.add_one((book, settles), credit, -signed)
    }

    fn add_one(
        &mut self,
        (book, settles): (InstitutionId, bool),
        account: Account,
        debit: i128,
    ) -> bool {
        match account {
            Account::DueTo(creditor) if creditor != book && self.knows(creditor) => {
                self.owe(book, creditor, -debit);
            }
            Account::DueFrom(debtor) if debtor != book && self.knows(debtor) => {
                self.be_due(debtor, book, debit);
            }
            Account::ReserveOf(participant) if settles && self.knows(participant) => {
                self.reserves[participant.index()] += debit;
            }
            Account::DueTo(_) | Account::DueFrom(_) | Account::ReserveOf(_) => {
                self.strays[book.index()] += debit;
                return false;
            }
            single => self.each[book.index()].singles[single_index(single)] += debit,
        }
        true
    }

    /// Debits customer funds in a book.
    #[inline(always)]
    pub(super) fn debit_customer(&mut self, book: InstitutionId, amount: i128) {
        self.each[book.index()].singles[CUSTOMER_FUNDS] += amount;
    }

    /// Credits merchants in a book.
    #[inline(always)]
    pub(super) fn credit_merchant(&mut self, book: InstitutionId, amount: i128) {
        self.each[book.index()].singles[MERCHANT_PAYABLE] -= amount;
    }

    /// Credits a due-to account in the debtor's book.
    #[inline(always)]
    pub(super) fn owe(&mut self, debtor: InstitutionId, creditor: InstitutionId, amount: i128) {
        self.pairs[debtor.index() * self.width + creditor.index()].owed += amount;
    }

    /// Debits a due-from account in the creditor's book.
    #[inline(always)]
    pub(super) fn be_due(&mut self, debtor: InstitutionId, creditor: InstitutionId, amount: i128) {
        self.pairs[debtor.index() * self.width + creditor.index()].due += amount;
    }

    /// Whether there is such an institution.
    #[inline]
    pub(super) fn knows(&self, institution: InstitutionId) -> bool {
        institution.index() < self.width
    }

    /// Sets customer funds aside, as far as they reach, or lets them go; `false` where they do
    /// not reach.
    #[inline(always)]
    pub(super) fn hold(&mut self, book: InstitutionId, amount: i128) -> bool {
        let book = &mut self.each[book.index()];
        book.held += amount;
        book.held + book.singles[CUSTOMER_FUNDS] <= 0
    }

    /// Customer funds that are not set aside.
    pub(super) fn available(&self, book: InstitutionId) -> i128 {
        let book = &self.each[book.index()];
        -book.singles[CUSTOMER_FUNDS] - book.held
    }

    /// What is settled between two and not booked yet.
    pub(super) fn news_mut(&mut self, debtor: InstitutionId, creditor: InstitutionId) -> &mut News {
        &mut self.news[debtor.index() * self.width + creditor.index()]
    }

    /// The mark of a pair of institutions in a sum over many pairs, a fixed odd number of this
    /// pair alone; debtor and creditor may be one, which marks its merchants' fees.
    #[inline]
    pub(super) fn weight(&self, debtor: InstitutionId, creditor: InstitutionId) -> u64 {
        weight(debtor.index() * self.width + creditor.index())
    }

    /// Difference of every pair of books that do not tell the same, up to news: debtor,
    /// creditor, weight, difference.
    pub(super) fn differences(&self) -> impl Iterator<Item = (usize, usize, u64, i128)> {
        let all = self.pairs.iter().zip(&self.news).enumerate();
        all.filter_map(|(index, (pair, news))| {
            let difference = pair.owed - pair.due - (news.owed - news.due);
            let (debtor, creditor) = (index / self.width, index % self.width);
            (difference != 0).then(|| (debtor, creditor, weight(index), difference))
        })
    }

    /// News that is still on its way: debtor, creditor, news.
    pub(super) fn late_news(&self) -> impl Iterator<Item = (usize, usize, News)> {
        let all = self.news.iter().enumerate();
        let late = all.filter(|(_, news)| news.owed != 0 || news.due != 0);
        late.map(|(index, news)| (index / self.width, index % self.width, *news))
    }

    /// The settlement bank's debt to a participant, as booked.
    pub(super) fn reserve(&self, participant: usize) -> i128 {
        -self.reserves[participant]
    }

    /// A participant's own money at the settlement bank, as it booked it.
    pub(super) fn settlement(&self, participant: usize) -> i128 {
        self.each[participant].singles[SETTLEMENT]
    }

    /// News of settlement that a participant has not booked yet: receipts less payments.
    pub(super) fn news(&self, participant: usize) -> i128 {
        let of = |other: usize| {
            let received = self.news[other * self.width + participant].due;
            received - self.news[participant * self.width + other].owed
        };
        (0..self.width).map(of).sum()
    }

    /// Debits less credits of one book, added up account by account.
    pub(super) fn imbalance(&self, book: usize, settles: bool) -> i128 {
        let mut sum: i128 = self.each[book].singles.iter().sum();
        for other in 0..self.width {
            sum += self.pairs[other * self.width + book].due;
            sum -= self.pairs[book * self.width + other].owed;
        }
        if settles {
            sum += self.reserves.iter().sum::<i128>();
        }
        sum + self.strays[book]
    }
}

const SETTLEMENT: usize = 0;
const CUSTOMER_FUNDS: usize = 1;
const MERCHANT_PAYABLE: usize = 2;

fn single_index(account: Account) -> usize {
    match account {
        Account::Settlement => SETTLEMENT,
        Account::CustomerFunds => CUSTOMER_FUNDS,
        Account::MerchantPayable => MERCHANT_PAYABLE,
        Account::FeeIncome => 3,
        Account::FeeExpense => 4,
        Account::Capital => 5,
        Account::DueFrom(_) | Account::DueTo(_) | Account::ReserveOf(_) => {
            unreachable!("accounts with a counterparty have their own tables")
        }
    }
}

/// Spreads an index over 64 bits; odd, so that no amount but zero is lost in a product.
fn weight(index: usize) -> u64 {
    let mut bits = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (bits ^ (bits >> 31)) | 1
}
