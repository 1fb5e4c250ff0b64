//! An account: four columns that only grow, but for pending ones when a hold ends.

use crate::units::Amount;

/// Debits and credits, pending and posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Set aside by holds.
    pub debits_pending: Amount,
    /// Debited for good.
    pub debits_posted: Amount,
    /// Announced by holds of the other side; unused until reversals exist.
    pub credits_pending: Amount,
    /// Credited for good.
    pub credits_posted: Amount,
}

impl Account {
    /// Whether a credit account still covers one more debit of `amount`.
    #[inline]
    pub fn covers(&self, amount: Amount) -> bool {
        self.debits_posted + self.debits_pending + amount <= self.credits_posted
    }

    /// Credits less debits, posted only; `None` where debits exceed credits.
    pub fn credit_balance(&self) -> Option<Amount> {
        self.credits_posted.checked_sub(self.debits_posted)
    }
}
