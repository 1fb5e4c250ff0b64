//! The clearing vector: who pays how much when not everybody can pay all.
//!
//! Eisenberg and Noe (2001), *Systemic risk in financial systems*, Management Science 47: everybody
//! pays all it owes, or all it has, in proportion to its debts. With bankruptcy costs after Rogers
//! and Veraart (2013), *Failure and rescue in an interbank network*, Management Science 59: of what
//! a defaulter has, only shares α (own assets) and β (what others pay it) reach its creditors.
//!
//! Of all vectors that satisfy this, the greatest: found by fictitious default. First nobody
//! defaults; then those who cannot pay, given what the others pay, default, and the payments of all
//! defaulters follow from one linear system; until nobody joins them. All in whole numbers of any
//! size: the unknowns are recovery rates over a common denominator, eliminated without fractions
//! (Bareiss 1968).
//!
//! *Rounding.* Each claim receives its exact share rounded down. What a defaulter pays in all is
//! its exact payment rounded down, and the units that are missing from that go to the claims with
//! the largest remainders, in order of the claims where those are equal. So each claim is within
//! one minor unit of its exact payment. Where a payer falls short because its own receipts were
//! rounded, the difference is booked as rounding.

use num_bigint::BigInt;

use crate::units::{Amount, InstitutionId, Ppm};

/// What one participant owes another: `owed` by `debtor` to `creditor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who owes.
    pub debtor: InstitutionId,
    /// Who is owed.
    pub creditor: InstitutionId,
    /// How much; at most one claim for each ordered pair.
    pub owed: Amount,
}

/// What default leaves of a defaulter's means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    alpha: Ppm,
    beta: Ppm,
}

impl Costs {
    /// Default costs nothing.
    pub const NONE: Self = Self { alpha: Ppm::WHOLE, beta: Ppm::WHOLE };

    /// Shares of a defaulter's own assets and of its receipts that reach its creditors; `None`
    /// where either exceeds one whole, or where `alpha` is zero and `beta` is whole: then a circle
    /// of debts without assets could pay any amount.
    pub fn new(alpha: Ppm, beta: Ppm) -> Option<Self> {
        let within = alpha <= Ppm::WHOLE && beta <= Ppm::WHOLE;
        let determined = alpha > Ppm::ZERO || beta < Ppm::WHOLE;
        (within && determined).then_some(Self { alpha, beta })
    }
}

/// One participant's end, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// What it had.
    pub assets: u128,
    /// What it owed.
    pub owed: u128,
    /// What it paid.
    pub paid: u128,
    /// What others paid it.
    pub received: u128,
    /// What its bankruptcy cost.
    pub lost: u128,
    /// Booked to it for what rounding took from its receipts.
    pub rounding: u128,
    /// In which round of fictitious default it failed, from 1; 1 is its own doing, later ones are
    /// contagion. `None`: it paid all.
    pub round: Option<u32>,
}

impl Cleared {
    /// What it has left.
    pub fn closing(&self) -> u128 {
        self.assets + self.received + self.rounding - self.paid - self.lost
    }
}

/// A clearing vector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clearing {
    /// What each claim receives, in the order of the claims.
    pub payments: Vec<Amount>,
    /// What becomes of each participant.
    pub participants: Vec<Cleared>,
}

/// The greatest clearing vector: `assets[i]` in minor units is what participant `i` has besides its
/// claims. `None` where more than `defaulters_max` default: the exact solution grows with the cube
/// of their number.
pub fn clear(
    assets: &[u128],
    claims: &[Claim],
    costs: Costs,
    defaulters_max: usize,
) -> Option<Clearing> {
    let mut system = System::new(assets, claims, costs);
    let mut round = 0;
    loop {
        round += 1;
        let failing = system.failing();
        if failing.is_empty() {
            return Some(system.rounded());
        }
        for at in failing {
            system.rounds[at] = Some(round);
        }
        if system.defaulters().count() > defaulters_max {
            return None;
        }
        system.solve();
    }
}

struct System<'a> {
    assets: &'a [u128],
    claims: &'a [Claim],
    costs: Costs,
    owed: Vec<u128>,
    rounds: Vec<Option<u32>>,
    /// Recovery rates over `whole`, of those who default; the others pay all.
    rates: Vec<BigInt>,
    whole: BigInt,
}

impl<'a> System<'a> {
    fn new(assets: &'a [u128], claims: &'a [Claim], costs: Costs) -> Self {
        let mut owed = vec![0; assets.len()];
        for claim in claims {
            owed[claim.debtor.index()] += u128::from(claim.owed.minor());
        }
        let rates = vec![BigInt::from(1); assets.len()];
        let rounds = vec![None; assets.len()];
        Self { assets, claims, costs, owed, rounds, rates, whole: BigInt::from(1) }
    }

    fn defaulters(&self) -> impl Iterator<Item = usize> {
        (0..self.rounds.len()).filter(|at| self.rounds[*at].is_some())
    }

    /// What each receives, over `whole`.
    fn receipts(&self) -> Vec<BigInt> {
        let mut received = vec![BigInt::from(0); self.assets.len()];
        for claim in self.claims {
            let owed = claim.owed.minor();
            received[claim.creditor.index()] += &self.rates[claim.debtor.index()] * owed;
        }
        received
    }

    /// Those who pay all so far and cannot.
    fn failing(&self) -> Vec<usize> {
        let received = self.receipts();
        let cannot = |at: &usize| {
            let means = &self.whole * self.assets[*at] + &received[*at];
            self.rounds[*at].is_none() && means < &self.whole * self.owed[*at]
        };
        (0..self.assets.len()).filter(cannot).collect()
    }

    /// The recovery rates of all defaulters, given that the others pay all.
    fn solve(&mut self) {
        let members: Vec<usize> = self.defaulters().collect();
        let mut place = vec![None; self.assets.len()];
        for (index, at) in members.iter().enumerate() {
            place[*at] = Some(index);
        }
        let size = members.len();
        let scale = BigInt::from(Ppm::WHOLE.parts());
        let (alpha, beta) = (self.costs.alpha.parts(), self.costs.beta.parts());
        let mut rows = vec![vec![BigInt::from(0); size + 1]; size];
        for (row, at) in rows.iter_mut().zip(&members) {
            row[size] = BigInt::from(self.assets[*at]) * alpha;
        }
        for (index, at) in members.iter().enumerate() {
            rows[index][index] += &scale * self.owed[*at];
        }
        for claim in self.claims {
            let Some(creditor) = place[claim.creditor.index()] else { continue };
            let share = BigInt::from(claim.owed.minor()) * beta;
            match place[claim.debtor.index()] {
                Some(debtor) => rows[creditor][debtor] -= share,
                None => rows[creditor][size] += share,
            }
        }
        let (rates, whole) = eliminated(rows);
        self.rates = vec![whole.clone(); self.assets.len()];
        for (at, rate) in members.into_iter().zip(rates) {
            self.rates[at] = rate;
        }
        self.whole = whole;
    }

    fn rounded(&self) -> Clearing {
        let mut participants = vec![Cleared::default(); self.assets.len()];
        for (at, end) in participants.iter_mut().enumerate() {
            end.assets = self.assets[at];
            end.owed = self.owed[at];
            end.round = self.rounds[at];
        }
        let payments = self.payments();
        for (claim, paid) in self.claims.iter().zip(&payments) {
            participants[claim.debtor.index()].paid += u128::from(paid.minor());
            participants[claim.creditor.index()].received += u128::from(paid.minor());
        }
        let received = self.receipts();
        for (at, end) in participants.iter_mut().enumerate() {
            let means = end.assets + end.received;
            end.rounding = end.paid.saturating_sub(means);
            if end.round.is_some() {
                let cost = self.cost(at, &received[at]);
                end.lost = cost.min(means + end.rounding - end.paid);
            }
        }
        Clearing { payments, participants }
    }

    /// What a bankruptcy costs, rounded up.
    fn cost(&self, at: usize, received: &BigInt) -> u128 {
        let scale = Ppm::WHOLE.parts();
        let own = BigInt::from(self.assets[at]) * (scale - self.costs.alpha.parts()) * &self.whole;
        let claims = received * (scale - self.costs.beta.parts());
        let per = &self.whole * scale;
        whole_number(&((own + claims + &per - 1) / &per))
    }

    fn payments(&self) -> Vec<Amount> {
        let mut payments: Vec<Amount> = self.claims.iter().map(|claim| claim.owed).collect();
        let mut of: Vec<Vec<usize>> = vec![Vec::new(); self.assets.len()];
        for (index, claim) in self.claims.iter().enumerate() {
            if self.rounds[claim.debtor.index()].is_some() {
                of[claim.debtor.index()].push(index);
            }
        }
        for at in self.defaulters() {
            let exact = |index: &usize| &self.rates[at] * self.claims[*index].owed.minor();
            let total = whole_number(&(&self.rates[at] * self.owed[at] / &self.whole));
            let mut down = 0;
            let mut remainders = Vec::new();
            for index in &of[at] {
                let share = exact(index);
                let paid = whole_number(&(&share / &self.whole));
                down += paid;
                payments[*index] = amount(paid);
                remainders.push((share % &self.whole, *index));
            }
            remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            let missing = usize::try_from(total - down).expect("less than one unit a claim");
            for (_, index) in &remainders[..missing] {
                payments[*index] += Amount::from_minor(1);
            }
        }
        payments
    }
}

/// Solves a square system whose diagonal outweighs its columns: numerators and their common
/// denominator.
fn eliminated(mut rows: Vec<Vec<BigInt>>) -> (Vec<BigInt>, BigInt) {
    let size = rows.len();
    let zero = BigInt::from(0);
    let mut before = BigInt::from(1);
    for pivot in 0..size {
        let chosen = std::mem::take(&mut rows[pivot]);
        assert!(chosen[pivot] > zero, "the debts of defaulters are not determined");
        for (at, row) in rows.iter_mut().enumerate() {
            if at == pivot {
                continue;
            }
            let factor = std::mem::replace(&mut row[pivot], BigInt::from(0));
            for column in 0..=size {
                let done = column < pivot && column != at;
                if column == pivot || done {
                    continue;
                }
                let mut value = &row[column] * &chosen[pivot];
                if factor != zero {
                    value -= &factor * &chosen[column];
                }
                row[column] = value / &before;
            }
        }
        before.clone_from(&chosen[pivot]);
        rows[pivot] = chosen;
    }
    let numerators = rows.iter_mut().map(|row| row.pop().expect("a right-hand side")).collect();
    (numerators, before)
}

fn whole_number(value: &BigInt) -> u128 {
    u128::try_from(value).expect("a sum of amounts within 128 bits")
}

fn amount(minor: u128) -> Amount {
    Amount::from_minor(u64::try_from(minor).expect("no more than was owed"))
}
