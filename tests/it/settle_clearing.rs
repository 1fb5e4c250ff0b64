//! Clearing vectors: the greatest, exact, and rounded by the stated rule.

use hutong::policy::settlement::{Claim, Cleared, Clearing, Costs, clear};
use hutong::units::{Amount, Ppm};
use proptest::prelude::*;

use crate::settle_support::id;

/// A fraction in lowest terms with a denominator above zero: an oracle that shares no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fraction(i128, i128);

impl Fraction {
    fn new(over: i128, under: i128) -> Self {
        let (mut a, mut b) = (over.abs(), under.abs());
        while b > 0 {
            (a, b) = (b, a % b);
        }
        let sign = under.signum();
        Self(sign * over / a.max(1), sign * under / a.max(1))
    }

    fn plus(self, other: Self) -> Self {
        Self::new(self.0 * other.1 + other.0 * self.1, self.1 * other.1)
    }

    fn times(self, other: Self) -> Self {
        Self::new(self.0 * other.0, self.1 * other.1)
    }

    fn minus(self, other: Self) -> Self {
        self.plus(Self(-other.0, other.1))
    }

    fn over(self, other: Self) -> Self {
        self.times(Self::new(other.1, other.0))
    }

    fn is_below(self, other: Self) -> bool {
        self.minus(other).0 < 0
    }

    fn whole(value: u64) -> Self {
        Self(value.into(), 1)
    }
}

/// A small system: assets, and who owes whom.
#[derive(Clone, Debug)]
struct System {
    assets: Vec<u64>,
    owed: Vec<Vec<u64>>,
    costs: (Fraction, Fraction),
}

impl System {
    fn claims(&self) -> Vec<Claim> {
        let mut claims = Vec::new();
        for (debtor, row) in self.owed.iter().enumerate() {
            for (creditor, owed) in row.iter().enumerate().filter(|(_, owed)| **owed > 0) {
                let owed = Amount::from_minor(*owed);
                claims.push(Claim { debtor: id(debtor), creditor: id(creditor), owed });
            }
        }
        claims
    }

    fn total(&self, at: usize) -> Fraction {
        Fraction::whole(self.owed[at].iter().sum())
    }

    /// What `at` pays when `defaulters` default and the others pay all, if that has one solution.
    fn solve(&self, defaulters: &[usize]) -> Option<Vec<Fraction>> {
        let size = defaulters.len();
        let mut rows = vec![vec![Fraction(0, 1); size + 1]; size];
        let (alpha, beta) = self.costs;
        for (row, at) in defaulters.iter().enumerate() {
            rows[row][row] = Fraction(1, 1);
            rows[row][size] = Fraction::whole(self.assets[*at]).times(alpha);
            for debtor in 0..self.assets.len() {
                let owed = beta.times(Fraction::whole(self.owed[debtor][*at]));
                match defaulters.iter().position(|other| *other == debtor) {
                    Some(column) => {
                        let share = owed.over(self.total(debtor));
                        rows[row][column] = rows[row][column].minus(share);
                    }
                    None => rows[row][size] = rows[row][size].plus(owed),
                }
            }
        }
        for pivot in 0..size {
            let found = (pivot..size).find(|row| rows[*row][pivot].0 != 0)?;
            rows.swap(pivot, found);
            for row in 0..size {
                if row != pivot {
                    let factor = rows[row][pivot].over(rows[pivot][pivot]);
                    let chosen = rows[pivot].clone();
                    for (value, of_pivot) in rows[row].iter_mut().zip(&chosen) {
                        *value = value.minus(factor.times(*of_pivot));
                    }
                }
            }
        }
        let mut payments: Vec<Fraction> = (0..self.assets.len()).map(|at| self.total(at)).collect();
        for (row, at) in defaulters.iter().enumerate() {
            payments[*at] = rows[row][size].over(rows[row][row]);
        }
        Some(payments)
    }

    /// Whether these payments satisfy the definition.
    fn is_clearing(&self, payments: &[Fraction]) -> bool {
        let (alpha, beta) = self.costs;
        (0..self.assets.len()).all(|at| {
            let mut received = Fraction(0, 1);
            for (debtor, paid) in payments.iter().enumerate() {
                if self.total(debtor).0 > 0 {
                    let share = Fraction::whole(self.owed[debtor][at]).over(self.total(debtor));
                    received = received.plus(share.times(*paid));
                }
            }
            let assets = Fraction::whole(self.assets[at]);
            let due = if assets.plus(received).is_below(self.total(at)) {
                alpha.times(assets).plus(beta.times(received))
            } else {
                self.total(at)
            };
            due == payments[at]
        })
    }

    /// The greatest of all clearing vectors, by trying every set of defaulters.
    fn greatest(&self) -> Vec<Fraction> {
        let size = self.assets.len();
        let mut found: Vec<Vec<Fraction>> = Vec::new();
        for set in 0..1_u32 << size {
            let defaulters: Vec<usize> =
                (0..size).filter(|at| set & (1 << at) != 0 && self.total(*at).0 > 0).collect();
            found.extend(self.solve(&defaulters).filter(|payments| self.is_clearing(payments)));
        }
        let sum = |payments: &Vec<Fraction>| {
            payments.iter().fold(Fraction(0, 1), |sum, paid| sum.plus(*paid))
        };
        let best = found.iter().reduce(|a, b| if sum(a).is_below(sum(b)) { b } else { a });
        let best = best.expect("there is always a greatest clearing vector").clone();
        let above = |other: &Vec<Fraction>| best.iter().zip(other).all(|(a, b)| !a.is_below(*b));
        assert!(found.iter().all(above), "clearing vectors form a lattice");
        best
    }

    fn clear(&self, costs: Costs) -> Clearing {
        let assets: Vec<u128> = self.assets.iter().map(|assets| (*assets).into()).collect();
        clear(&assets, &self.claims(), costs, 64).expect("few default")
    }
}

fn systems() -> impl Strategy<Value = (System, Costs)> {
    (1..=4_usize).prop_flat_map(|size| {
        let assets = prop::collection::vec(0..12_u64, size);
        let owed = prop::collection::vec(prop::collection::vec(0..15_u64, size), size);
        let shares = prop_oneof![Just((10_u8, 10_u8)), (1..=10_u8, 0..=10_u8)];
        (assets, owed, shares).prop_map(|(assets, mut owed, (alpha, beta))| {
            for (at, row) in owed.iter_mut().enumerate() {
                row[at] = 0;
                // Half of the pairs do not trade.
                for owed in row.iter_mut() {
                    *owed = owed.saturating_sub(6);
                }
            }
            let ppm = |tenths: u8| Ppm::new(u32::from(tenths) * 100_000);
            let costs = Costs::new(ppm(alpha), ppm(beta)).expect("alpha is above zero");
            let tenths = |tenths: u8| Fraction::new(tenths.into(), 10);
            (System { assets, owed, costs: (tenths(alpha), tenths(beta)) }, costs)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn payments_are_the_greatest_clearing_vector_within_one_unit_a_claim(
        (system, costs) in systems(),
    ) {
        let exact = system.greatest();
        let cleared = system.clear(costs);
        for (claim, paid) in system.claims().iter().zip(&cleared.payments) {
            let debtor = claim.debtor.index();
            let share = Fraction::whole(claim.owed.minor()).over(system.total(debtor));
            let off = Fraction::whole(paid.minor()).minus(exact[debtor].times(share));
            prop_assert!(off.0.abs() < off.1, "{claim:?}: {paid:?} is off by {off:?}");
        }
        for (at, end) in cleared.participants.iter().enumerate() {
            let exact = exact[at];
            prop_assert_eq!(i128::try_from(end.paid).unwrap(), exact.0.div_euclid(exact.1));
            prop_assert_eq!(end.round.is_some(), exact.is_below(system.total(at)));
        }
    }

    #[test]
    fn every_unit_is_found((system, costs) in systems()) {
        let cleared = system.clear(costs);
        let ends = &cleared.participants;
        let sum = |of: fn(&Cleared) -> u128| -> u128 { ends.iter().map(of).sum() };
        prop_assert_eq!(sum(|end| end.paid), sum(|end| end.received));
        let opening = sum(|end| end.assets) + sum(|end| end.rounding);
        prop_assert_eq!(opening, sum(Cleared::closing) + sum(|end| end.lost));
        for (at, end) in ends.iter().enumerate() {
            let into = system.owed.iter().filter(|row| row[at] > 0).count();
            prop_assert!(end.rounding <= into as u128, "less than one unit a claim on others");
            if end.round.is_some() && costs == Costs::NONE {
                prop_assert!(end.closing() <= into as u128 + 1, "a defaulter keeps nothing");
            }
        }
    }
}

fn ring(assets: [u64; 3], owed: [u64; 3]) -> System {
    let [a, b, c] = owed;
    let owed = vec![vec![0, a, 0], vec![0, 0, b], vec![c, 0, 0]];
    System { assets: assets.to_vec(), owed, costs: (Fraction(1, 1), Fraction(1, 1)) }
}

#[test]
fn a_circle_of_equal_debts_is_paid_without_money() {
    let cleared = ring([0, 0, 0], [100, 100, 100]).clear(Costs::NONE);
    assert!(cleared.participants.iter().all(|end| end.round.is_none()));
    assert_eq!(cleared.payments, [100, 100, 100].map(Amount::from_minor));
}

#[test]
fn contagion_is_told_from_a_default_of_ones_own() {
    // The first lacks 60; the second counted on them, and only the third can bear it.
    let system = System {
        assets: vec![40, 10, 90],
        owed: vec![vec![0, 100, 0], vec![0, 0, 80], vec![0, 0, 0]],
        costs: (Fraction(1, 1), Fraction(1, 1)),
    };
    let cleared = system.clear(Costs::NONE);
    let rounds: Vec<Option<u32>> = cleared.participants.iter().map(|end| end.round).collect();
    assert_eq!(rounds, [Some(1), Some(2), None]);
    assert_eq!(cleared.payments, [40, 50].map(Amount::from_minor));
}

#[test]
fn costs_deepen_a_default() {
    let system = ring([50, 0, 100], [100, 100, 100]);
    let half = Ppm::new(500_000);
    let costly = Costs::new(half, half).unwrap();
    // Without costs all pay all; with them too, for nobody defaults.
    assert_eq!(system.clear(costly), system.clear(Costs::NONE));
    let short = ring([10, 0, 20], [100, 100, 50]);
    let free: u128 = short.clear(Costs::NONE).participants.iter().map(|end| end.paid).sum();
    let paid: u128 = short.clear(costly).participants.iter().map(|end| end.paid).sum();
    assert!(paid < free, "{paid} of {free}");
}

#[test]
fn too_many_defaulters_are_not_computed_and_undetermined_costs_are_refused() {
    let system = ring([0, 0, 0], [100, 90, 80]);
    let assets = [0, 0, 0];
    assert!(clear(&assets, &system.claims(), Costs::NONE, 0).is_none());
    assert_eq!(Costs::new(Ppm::ZERO, Ppm::WHOLE), None);
    assert_eq!(Costs::new(Ppm::new(1_000_001), Ppm::WHOLE), None);
}
