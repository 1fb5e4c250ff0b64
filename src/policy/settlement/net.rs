//! Netting: obligations to net positions, of pairs and of all.

use std::collections::{BTreeMap, VecDeque};

use super::positions::Positions;
use crate::units::{InstitutionId, Obligation};

/// Multilateral net positions in minor units, by participant: what each is owed less what it owes.
/// They sum to zero.
pub fn multilateral<'a>(
    obligations: impl IntoIterator<Item = &'a Obligation>,
    participants: usize,
) -> Vec<i128> {
    let mut net = vec![0; participants];
    for obligation in obligations {
        let amount = i128::from(obligation.amount.minor());
        net[obligation.debtor_agent.index()] -= amount;
        net[obligation.creditor_agent.index()] += amount;
    }
    net
}

/// Whether each participant has cover for its net debit.
pub fn is_covered(net: &[i128], positions: &Positions) -> bool {
    let mut each = net.iter().enumerate();
    each.all(|(at, net)| *net >= 0 || -net <= positions.available(InstitutionId::new(at)))
}

/// The net debit of one pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairNet {
    /// Who owes on balance; the lower id where nobody does.
    pub debtor: InstitutionId,
    /// The other.
    pub creditor: InstitutionId,
    /// How much, in minor units; zero where the two are even.
    pub amount: u128,
}

/// Bilateral net debits, in order of the pair.
pub fn bilateral<'a>(obligations: impl IntoIterator<Item = &'a Obligation>) -> Vec<PairNet> {
    let mut pairs: BTreeMap<(InstitutionId, InstitutionId), i128> = BTreeMap::new();
    for obligation in obligations {
        let (debtor, creditor) = (obligation.debtor_agent, obligation.creditor_agent);
        let amount = i128::from(obligation.amount.minor());
        let (pair, change) = if debtor < creditor {
            ((debtor, creditor), amount)
        } else {
            ((creditor, debtor), -amount)
        };
        *pairs.entry(pair).or_default() += change;
    }
    let net = |((one, other), owed): ((InstitutionId, InstitutionId), i128)| {
        let (debtor, creditor) = if owed < 0 { (other, one) } else { (one, other) };
        PairNet { debtor, creditor, amount: owed.unsigned_abs() }
    };
    pairs.into_iter().map(net).collect()
}

/// Which of these pairs settle, and in which order: one after the other, each as soon as its net
/// debtor has cover, until none of the others has. Indices of `pairs`.
pub fn covered_pairs(pairs: &[PairNet], positions: &Positions) -> Vec<usize> {
    let participants = positions.len();
    let mut left: Vec<i128> =
        (0..participants).map(|at| positions.available(InstitutionId::new(at))).collect();
    let mut owed_by: Vec<Vec<usize>> = vec![Vec::new(); participants];
    for (index, pair) in pairs.iter().enumerate() {
        owed_by[pair.debtor.index()].push(index);
    }
    let mut due: VecDeque<usize> = (0..participants).collect();
    let mut listed = vec![true; participants];
    let mut settled = Vec::new();
    while let Some(debtor) = due.pop_front() {
        listed[debtor] = false;
        let mut waiting = std::mem::take(&mut owed_by[debtor]);
        waiting.retain(|index| {
            let amount = i128::try_from(pairs[*index].amount).expect("an amount within 127 bits");
            if left[debtor] < amount {
                return true;
            }
            let creditor = pairs[*index].creditor.index();
            left[debtor] -= amount;
            left[creditor] += amount;
            settled.push(*index);
            if !std::mem::replace(&mut listed[creditor], true) {
                due.push_back(creditor);
            }
            false
        });
        owed_by[debtor] = waiting;
    }
    settled
}

/// The net debits of a set: the money that moves when it settles at once.
pub fn moved(net: &[i128]) -> u128 {
    net.iter().filter(|net| **net < 0).map(|net| net.unsigned_abs()).sum()
}
