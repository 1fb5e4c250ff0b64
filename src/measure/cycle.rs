//! Cycle: what was cleared at one house before one cut-off, pair by pair.

use crate::units::{Amount, InstitutionId, Obligation};

/// A cycle that still takes obligations.
#[derive(Debug, Default)]
pub(super) struct Cycle {
    /// Counted from 0.
    pub(super) number: u32,
    /// By debtor agent × institutions + creditor agent; empty until the first obligation.
    pairs: Vec<Pair>,
    institutions: usize,
}

/// What one debtor agent came to owe one creditor agent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pair {
    /// By `Value`.
    sums: [Sum; 3],
}

/// Of what kind an obligation is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    /// Principal of an attempt that is not counted.
    Early,
    /// Principal of a counted attempt.
    Counted,
    /// A fee.
    Fee,
}

/// How many, and how much in minor units.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) count: u64,
    pub(super) minor: u64,
}

impl Sum {
    #[inline]
    pub(super) fn add(&mut self, amount: Amount) {
        self.count += 1;
        self.minor = self.minor.checked_add(amount.minor()).expect("a sum exceeds 64 bits");
    }

    /// Adds all of another sum.
    pub(super) fn join(&mut self, other: Self) {
        self.count += other.count;
        self.minor = self.minor.checked_add(other.minor).expect("a sum exceeds 64 bits");
    }
}

impl Pair {
    pub(super) fn of(&self, value: Value) -> Sum {
        self.sums[value as usize]
    }

    /// In minor units.
    fn minor(&self) -> u128 {
        self.sums.iter().map(|sum| u128::from(sum.minor)).sum()
    }

    fn is_owed(&self) -> bool {
        self.sums.iter().any(|sum| sum.count > 0)
    }

    fn obligations(&self) -> u64 {
        self.of(Value::Early).count + self.of(Value::Counted).count
    }
}

/// What a cycle comes to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) obligations: u64,
    pub(super) gross_minor: u128,
    pub(super) bilateral_net_minor: u128,
    pub(super) net_minor: u128,
    pub(super) participants: u64,
}

impl Cycle {
    /// An empty cycle.
    pub(super) const fn new(number: u32) -> Self {
        Self { number, pairs: Vec::new(), institutions: 0 }
    }

    /// Whether nothing was cleared.
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Takes an obligation between two of so many institutions.
    #[inline]
    pub(super) fn add(&mut self, institutions: usize, due: Obligation, value: Value) {
        let place = due.debtor_agent.index() * institutions + due.creditor_agent.index();
        match self.pairs.get_mut(place) {
            Some(pair) => pair.sums[value as usize].add(due.amount),
            None => self.add_first(institutions, due, value),
        }
    }

    #[cold]
    #[inline(never)]
    fn add_first(&mut self, institutions: usize, due: Obligation, value: Value) {
        assert!(self.pairs.is_empty(), "agents are institutions");
        self.institutions = institutions;
        self.pairs.resize(institutions * institutions, Pair::default());
        self.add(institutions, due, value);
    }

    /// The pairs that owe something: debtor agent, creditor agent.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (InstitutionId, InstitutionId, &Pair)> {
        let held = self.pairs.iter().enumerate().filter(|(_, pair)| pair.is_owed());
        held.map(|(place, pair)| {
            let (debtor, creditor) = (place / self.institutions, place % self.institutions);
            (InstitutionId::new(debtor), InstitutionId::new(creditor), pair)
        })
    }

    pub(super) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        let pair = |a: usize, b: usize| &self.pairs[a * self.institutions + b];
        for a in 0..self.institutions {
            let (mut owes, mut due) = (0_u128, 0_u128);
            for b in 0..self.institutions {
                let (out, back) = (pair(a, b).minor(), pair(b, a).minor());
                totals.obligations += pair(a, b).obligations();
                owes += out;
                due += back;
                if a < b {
                    totals.bilateral_net_minor += out.abs_diff(back);
                }
            }
            totals.gross_minor += owes;
            totals.net_minor += owes.saturating_sub(due);
            totals.participants += u64::from(owes + due > 0);
        }
        totals
    }
}
