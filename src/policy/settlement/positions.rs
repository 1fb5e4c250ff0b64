//! Positions: what each participant has, how far it may go, and what it may owe to whom.

use std::collections::BTreeMap;

use crate::units::{Account, Amount, InstitutionId, Obligation};

/// A bilateral limit: the debtor's net payments to the creditor may not exceed the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Whose net payments are bounded.
    pub debtor: InstitutionId,
    /// To whom.
    pub creditor: InstitutionId,
    /// The bound.
    pub amount: Amount,
}

/// Balances in one settlement asset.
///
/// Invariant: no balance lies below the lower of its credit limit and its opening balance.
#[derive(Clone, Debug)]
pub struct Positions {
    balances: Vec<i128>,
    /// The lowest balance each may have: minus its credit limit.
    floors: Vec<i128>,
    /// What is left of each bilateral limit, by debtor and creditor.
    headroom: BTreeMap<(InstitutionId, InstitutionId), i128>,
}

impl Positions {
    /// Opening positions of participants `0..accounts.len()`.
    pub fn new(accounts: &[Account], limits: &[Limit]) -> Self {
        let room =
            |limit: &Limit| ((limit.debtor, limit.creditor), i128::from(limit.amount.minor()));
        Self {
            balances: accounts.iter().map(|account| account.opening).collect(),
            floors: accounts.iter().map(|at| -i128::from(at.credit_limit.minor())).collect(),
            headroom: limits.iter().map(room).collect(),
        }
    }

    /// The number of participants.
    pub fn len(&self) -> usize {
        self.balances.len()
    }

    /// Whether there are no participants.
    pub fn is_empty(&self) -> bool {
        self.balances.is_empty()
    }

    /// Its balance in minor units.
    pub fn balance(&self, at: InstitutionId) -> i128 {
        self.balances[at.index()]
    }

    /// What it can pay right now: balance and credit together, never below zero.
    pub fn available(&self, at: InstitutionId) -> i128 {
        (self.balances[at.index()] - self.floors[at.index()]).max(0)
    }

    /// What is left of a bilateral limit; `None` where there is none.
    pub fn headroom(&self, debtor: InstitutionId, creditor: InstitutionId) -> Option<i128> {
        if self.headroom.is_empty() {
            return None;
        }
        self.headroom.get(&(debtor, creditor)).copied()
    }

    /// Whether any bilateral limit was set.
    pub fn is_limited(&self) -> bool {
        !self.headroom.is_empty()
    }

    /// What a debtor can pay to this creditor right now.
    pub fn cover(&self, debtor: InstitutionId, creditor: InstitutionId) -> i128 {
        let available = self.available(debtor);
        self.headroom(debtor, creditor).map_or(available, |room| available.min(room))
    }

    /// Whether it can be settled alone right now.
    pub fn covers(&self, obligation: &Obligation) -> bool {
        let amount = i128::from(obligation.amount.minor());
        amount <= self.cover(obligation.debtor_agent, obligation.creditor_agent)
    }

    /// Moves an amount that is covered.
    pub fn settle(&mut self, obligation: &Obligation) {
        assert!(self.covers(obligation), "a debtor without cover");
        self.flow(obligation);
    }

    /// Moves all of these at once: only where each participant ends up counts.
    pub fn settle_together<'a>(&mut self, set: impl Iterator<Item = &'a Obligation> + Clone) {
        for obligation in set.clone() {
            self.flow(obligation);
        }
        for obligation in set {
            let debtor = obligation.debtor_agent;
            assert!(
                self.floors[debtor.index()] <= self.balances[debtor.index()],
                "a set without cover"
            );
            let room = self.headroom(debtor, obligation.creditor_agent);
            assert!(room.is_none_or(|room| room >= 0), "a set beyond a bilateral limit");
        }
    }

    /// Moves money without looking at any limit: for sums whose cover the caller has checked.
    pub fn post(&mut self, at: InstitutionId, amount: i128) {
        let balance = &mut self.balances[at.index()];
        *balance += amount;
        assert!(amount >= 0 || self.floors[at.index()] <= *balance, "a net debit without cover");
    }

    fn flow(&mut self, obligation: &Obligation) {
        let (debtor, creditor) = (obligation.debtor_agent, obligation.creditor_agent);
        let amount = i128::from(obligation.amount.minor());
        self.balances[debtor.index()] -= amount;
        self.balances[creditor.index()] += amount;
        if self.headroom.is_empty() {
            return;
        }
        if let Some(room) = self.headroom.get_mut(&(debtor, creditor)) {
            *room -= amount;
        }
        if let Some(room) = self.headroom.get_mut(&(creditor, debtor)) {
            *room += amount;
        }
    }
}
