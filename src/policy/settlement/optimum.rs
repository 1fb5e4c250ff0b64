//! The exact optimum of a short queue: the yardstick for every heuristic.

use std::collections::BTreeMap;

use super::positions::Positions;
use crate::units::{Due, InstitutionId};

/// The longest queue whose optimum is searched for.
pub const OPTIMUM_MAX: usize = 20;

/// The greatest value, in minor units, that any subset of these obligations discharges when settled
/// at once within balances, credit and bilateral limits; `None` for more than [`OPTIMUM_MAX`].
///
/// Branch and bound, largest obligation first: a branch ends where a limit cannot be met any more,
/// or where what each debtor could still pay adds up to no more than the best set so far.
pub fn optimum(queue: &[Due], positions: &Positions) -> Option<u128> {
    if queue.len() > OPTIMUM_MAX {
        return None;
    }
    let mut search = Search::new(queue, positions);
    search.decide(0, 0);
    Some(search.best.unsigned_abs())
}

/// One constraint a row: what is left of a balance or of a bilateral limit may not fall below zero.
struct Search {
    items: Vec<Item>,
    /// What is left with the obligations taken so far.
    left: Vec<i128>,
    /// What those not decided yet could add.
    hope: Vec<i128>,
    /// What those not decided yet would take, in rows of balances.
    asked: Vec<i128>,
    best: i128,
}

/// The rows that an obligation lowers (the debtor's balance first) and raises.
#[derive(Clone, Copy)]
struct Item {
    amount: i128,
    lowered: [Option<usize>; 2],
    raised: [Option<usize>; 2],
}

/// The balance of a participant, or the limit of a pair.
type Subject = (InstitutionId, Option<InstitutionId>);

impl Search {
    fn new(queue: &[Due], positions: &Positions) -> Self {
        let mut known: BTreeMap<Subject, usize> = BTreeMap::new();
        let mut left = Vec::new();
        let mut row = |subject: Subject| {
            let start = match subject.1 {
                None => Some(positions.available(subject.0)),
                Some(creditor) => positions.headroom(subject.0, creditor),
            }?;
            Some(*known.entry(subject).or_insert_with(|| {
                left.push(start);
                left.len() - 1
            }))
        };
        let mut items = Vec::new();
        for due in queue {
            let (debtor, creditor) = (due.obligation.debtor_agent, due.obligation.creditor_agent);
            let lowered = [row((debtor, None)), row((debtor, Some(creditor)))];
            let raised = [row((creditor, None)), row((creditor, Some(debtor)))];
            let amount = i128::from(due.obligation.amount.minor());
            items.push(Item { amount, lowered, raised });
        }
        items.sort_by_key(|item| std::cmp::Reverse(item.amount));
        let (mut hope, mut asked) = (vec![0; left.len()], vec![0; left.len()]);
        for item in &items {
            item.raised.iter().flatten().for_each(|row| hope[*row] += item.amount);
            item.lowered[..1].iter().flatten().for_each(|row| asked[*row] += item.amount);
        }
        Self { items, left, hope, asked, best: 0 }
    }

    /// Decides on every obligation from `at` on, given the value of those taken.
    fn decide(&mut self, at: usize, value: i128) {
        let open = (0..self.left.len()).map(|row| {
            // No debtor pays more than it has and could receive.
            self.asked[row].min(self.left[row] + self.hope[row])
        });
        if at < self.items.len() && value + open.sum::<i128>() <= self.best {
            return;
        }
        let Some(item) = self.items.get(at).copied() else {
            self.best = self.best.max(value);
            return;
        };
        let raised = item.raised.into_iter().flatten();
        let lowered = item.lowered.into_iter().flatten();
        item.lowered[..1].iter().flatten().for_each(|row| self.asked[*row] -= item.amount);
        raised.clone().for_each(|row| self.hope[row] -= item.amount);

        raised.clone().for_each(|row| self.left[row] += item.amount);
        lowered.clone().for_each(|row| self.left[row] -= item.amount);
        if lowered.clone().all(|row| self.can_hold(row)) {
            self.decide(at + 1, value + item.amount);
        }
        lowered.for_each(|row| self.left[row] += item.amount);
        raised.clone().for_each(|row| self.left[row] -= item.amount);

        if raised.clone().all(|row| self.can_hold(row)) {
            self.decide(at + 1, value);
        }
        raised.for_each(|row| self.hope[row] += item.amount);
        item.lowered[..1].iter().flatten().for_each(|row| self.asked[*row] += item.amount);
    }

    fn can_hold(&self, row: usize) -> bool {
        self.left[row] + self.hope[row] >= 0
    }
}
