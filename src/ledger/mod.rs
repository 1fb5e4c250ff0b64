//! Ledger: one institution's double-entry book.
//!
//! Invariant: debits equal credits at every instant, pending and posted apart; nothing is netted
//! away, and no column ever shrinks except a pending one when its hold ends.
//! Never: time, randomness, the word "wallet".

mod account;
mod hold;

pub use account::Account;
pub use hold::{Hold, HoldId, HoldState};

use crate::units::Amount;
use hold::HoldTable;

/// Why an entry was refused, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An entry of nothing.
    ZeroAmount,
    /// Debit and credit are one account.
    SameAccount,
    /// The account's credits do not cover its debits and holds.
    NotCovered,
}

/// One balanced book.
#[derive(Clone, Debug)]
pub struct Ledger {
    accounts: Vec<Account>,
    holds: HoldTable,
    debits_posted: u128,
    credits_posted: u128,
}

impl Ledger {
    /// A book of `accounts` empty accounts.
    pub fn new(accounts: usize) -> Self {
        Self {
            accounts: vec![Account::default(); accounts],
            holds: HoldTable::default(),
            debits_posted: 0,
            credits_posted: 0,
        }
    }

    /// The account at this index.
    pub fn account(&self, index: usize) -> &Account {
        &self.accounts[index]
    }

    /// Posts one balanced entry.
    ///
    /// # Errors
    /// Refuses an empty entry and one within a single account; nothing is written then.
    #[inline]
    pub fn post(&mut self, debit: usize, credit: usize, amount: Amount) -> Result<(), Refusal> {
        // 1. Check. Nothing is written in this half.
        if amount == Amount::ZERO {
            return Err(Refusal::ZeroAmount);
        }
        if debit == credit {
            return Err(Refusal::SameAccount);
        }

        // 2. Commit. From here on the entry must succeed.
        self.accounts[debit].debits_posted += amount;
        self.accounts[credit].credits_posted += amount;
        self.debits_posted += u128::from(amount.minor());
        self.credits_posted += u128::from(amount.minor());
        debug_assert_eq!(self.debits_posted, self.credits_posted, "the book is out of balance");
        Ok(())
    }

    /// Sets funds of a credit account aside: they count as spent until the hold ends.
    ///
    /// # Errors
    /// Refuses an empty hold, and one that the account's credits do not cover.
    #[inline]
    pub fn place_hold(&mut self, account: usize, amount: Amount) -> Result<HoldId, Refusal> {
        // 1. Check. Nothing is written in this half.
        if amount == Amount::ZERO {
            return Err(Refusal::ZeroAmount);
        }
        if !self.accounts[account].covers(amount) {
            return Err(Refusal::NotCovered);
        }

        // 2. Commit.
        self.accounts[account].debits_pending += amount;
        Ok(self.holds.open(account, amount))
    }

    /// Turns a pending hold into a posted debit against `credit`.
    #[inline]
    pub fn post_hold(&mut self, id: HoldId, credit: usize) -> Amount {
        let hold = self.holds.end(id, HoldState::Posted);
        self.accounts[hold.account].debits_pending -= hold.amount;
        self.post(hold.account, credit, hold.amount).expect("a hold is never empty");
        hold.amount
    }

    /// Releases a pending hold.
    #[inline]
    pub fn void_hold(&mut self, id: HoldId) -> Amount {
        let hold = self.holds.end(id, HoldState::Voided);
        self.accounts[hold.account].debits_pending -= hold.amount;
        hold.amount
    }

    /// Whether all posted debits equal all posted credits, counted afresh over the accounts.
    pub fn balances(&self) -> bool {
        let sum = |column: fn(&Account) -> Amount| -> u128 {
            self.accounts.iter().map(|account| u128::from(column(account).minor())).sum()
        };
        let debits = sum(|account| account.debits_posted);
        let credits = sum(|account| account.credits_posted);
        debits == credits && debits == self.debits_posted && credits == self.credits_posted
    }
}
