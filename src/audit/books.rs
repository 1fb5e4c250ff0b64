//! The books, rebuilt: one signed sum for each account, debits positive.
//!
//! Sums are `i128`: 2⁶³ entries of 64 bits cannot overflow them.

use crate::model::fact::Account;
use crate::units::InstitutionId;

/// Accounts of which a book has one each.
const SINGLES: usize = 6;

/// What `debtor` owes `creditor`, as both books and the settlements tell it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pair {
    /// In the debtor's book: net credit of its due-to account.
    pub(super) owed: i128,
    /// In the creditor's book: net debit of its due-from account.
    pub(super) due: i128,
    /// Settled, but the debtor has not booked it yet.
    pub(super) owed_news: i128,
    /// Settled, but the creditor has not booked it yet.
    pub(super) due_news: i128,
    /// A fixed odd number of this pair alone, which marks its items in a sum over many pairs.
    pub(super) weight: u64,
}

/// All books.
#[derive(Debug)]
pub(super) struct Books {
    width: usize,
    singles: Vec<[i128; SINGLES]>,
    pairs: Vec<Pair>,
    reserves: Vec<i128>,
    /// Customer funds that are set aside.
    held: Vec<i128>,
    /// Sums of accounts in books that may not hold them, so that every book still adds up.
    strays: Vec<i128>,
}

impl Books {
    /// Empty books of `width` institutions.
    pub(super) fn new(width: usize) -> Self {
        let pair = |index| Pair { weight: weight(index), ..Pair::default() };
        Self {
            width,
            singles: vec![[0; SINGLES]; width],
            pairs: (0..width * width).map(pair).collect(),
            reserves: vec![0; width],
            held: vec![0; width],
            strays: vec![0; width],
        }
    }

    /// Adds a signed amount to an account; `false` where the book may not hold it.
    #[inline]
    pub(super) fn add(
        &mut self,
        book: InstitutionId,
        account: Account,
        settles: bool,
        debit: i128,
    ) -> bool {
        match account {
            Account::DueTo(creditor) if creditor != book && self.knows(creditor) => {
                self.pair_mut(book, creditor).owed -= debit;
            }
            Account::DueFrom(debtor) if debtor != book && self.knows(debtor) => {
                self.pair_mut(debtor, book).due += debit;
            }
            Account::ReserveOf(participant) if settles && self.knows(participant) => {
                self.reserves[participant.index()] += debit;
            }
            Account::DueTo(_) | Account::DueFrom(_) | Account::ReserveOf(_) => {
                self.strays[book.index()] += debit;
                return false;
            }
            single => self.singles[book.index()][single_index(single)] += debit,
        }
        true
    }

    /// Whether there is such an institution.
    #[inline]
    pub(super) fn knows(&self, institution: InstitutionId) -> bool {
        institution.index() < self.width
    }

    /// Sets customer funds aside, or lets them go.
    #[inline]
    pub(super) fn hold(&mut self, book: InstitutionId, amount: i128) {
        self.held[book.index()] += amount;
    }

    /// Customer funds that are not set aside.
    #[inline]
    pub(super) fn available(&self, book: InstitutionId) -> i128 {
        let funds = -self.singles[book.index()][single_index(Account::CustomerFunds)];
        funds - self.held[book.index()]
    }

    /// What `debtor` owes `creditor`.
    #[inline]
    pub(super) fn pair_mut(&mut self, debtor: InstitutionId, creditor: InstitutionId) -> &mut Pair {
        &mut self.pairs[debtor.index() * self.width + creditor.index()]
    }

    /// The mark of a pair of institutions; debtor and creditor may be one, which marks its
    /// merchants' fees.
    #[inline]
    pub(super) fn weight(&self, debtor: InstitutionId, creditor: InstitutionId) -> u64 {
        self.pairs[debtor.index() * self.width + creditor.index()].weight
    }

    /// Every pair with its debtor's and creditor's index.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize, &Pair)> {
        let width = self.width;
        let place = move |(index, pair)| (index / width, index % width, pair);
        self.pairs.iter().enumerate().map(place)
    }

    /// The settlement bank's debt to a participant, as booked.
    pub(super) fn reserve(&self, participant: usize) -> i128 {
        -self.reserves[participant]
    }

    /// A participant's own money at the settlement bank, as it booked it.
    pub(super) fn settlement(&self, participant: usize) -> i128 {
        self.singles[participant][single_index(Account::Settlement)]
    }

    /// News of settlement that a participant has not booked yet: receipts less payments.
    pub(super) fn news(&self, participant: usize) -> i128 {
        let of = |other: usize| {
            let received = self.pairs[other * self.width + participant].due_news;
            received - self.pairs[participant * self.width + other].owed_news
        };
        (0..self.width).map(of).sum()
    }

    /// Debits less credits of one book, added up account by account.
    pub(super) fn imbalance(&self, book: usize, settles: bool) -> i128 {
        let mut sum: i128 = self.singles[book].iter().sum();
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

#[inline]
fn single_index(account: Account) -> usize {
    match account {
        Account::Settlement => 0,
        Account::CustomerFunds => 1,
        Account::MerchantPayable => 2,
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
