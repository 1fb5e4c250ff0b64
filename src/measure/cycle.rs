//! Cycle: what was cleared at one house before one cut-off, pair by pair.

use crate::units::{Amount, InstitutionId, Obligation};

/// A cycle that still takes obligations.
#[derive(Clone, Debug, Default)]
pub(super) struct Cycle {
    /// Counted from 0.
    pub(super) number: u32,
    /// By debtor agent, then creditor agent. Empty until the first obligation, and a row until the
    /// first of its debtor: most houses of bilateral links know few institutions.
    rows: Vec<Vec<Pair>>,
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
        Self { number, rows: Vec::new() }
    }

    /// Whether nothing was cleared.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes an obligation between two of so many institutions.
    #[inline]
    pub(super) fn add(&mut self, institutions: usize, due: Obligation, value: Value) {
        let row = self.rows.get_mut(due.debtor_agent.index());
        match row.and_then(|row| row.get_mut(due.creditor_agent.index())) {
            Some(pair) => pair.sums[value as usize].add(due.amount),
            None => self.add_first(institutions, due, value),
        }
    }

    #[cold]
    #[inline(never)]
    fn add_first(&mut self, institutions: usize, due: Obligation, value: Value) {
        self.rows.resize(institutions, Vec::new());
        let row = &mut self.rows[due.debtor_agent.index()];
        assert!(row.is_empty(), "agents are institutions");
        row.resize(institutions, Pair::default());
        self.add(institutions, due, value);
    }

    /// The pairs that owe something: debtor agent, creditor agent.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (InstitutionId, InstitutionId, &Pair)> {
        let rows = self.rows.iter().enumerate();
        let held = rows.flat_map(|(debtor, row)| {
            row.iter().enumerate().map(move |(creditor, pair)| (debtor, creditor, pair))
        });
        held.filter(|(.., pair)| pair.is_owed()).map(|(debtor, creditor, pair)| {
            (InstitutionId::new(debtor), InstitutionId::new(creditor), pair)
        })
    }

    fn owed(&self, debtor: InstitutionId, creditor: InstitutionId) -> u128 {
        self.rows[debtor.index()].get(creditor.index()).map_or(0, Pair::minor)
    }

    pub(super) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        // What each participant owes, and what it is due.
        let mut sums = vec![(0_u128, 0_u128); self.rows.len()];
        for (debtor, creditor, pair) in self.pairs() {
            let (out, back) = (pair.minor(), self.owed(creditor, debtor));
            totals.obligations += pair.obligations();
            totals.gross_minor += out;
            sums[debtor.index()].0 += out;
            sums[creditor.index()].1 += out;
            // A pair that owes each other comes twice.
            if back == 0 || debtor < creditor {
                totals.bilateral_net_minor += out.abs_diff(back);
            }
        }
        for (owes, due) in sums {
            totals.net_minor += owes.saturating_sub(due);
            totals.participants += u64::from(owes + due > 0);
        }
        totals
    }
}
