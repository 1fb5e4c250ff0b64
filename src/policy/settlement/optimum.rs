//! The exact optimum of a short queue: the yardstick for every heuristic.

use std::collections::BTreeMap;

use super::positions::Positions;
use crate::units::{Due, InstitutionId};

/// The longest queue whose optimum is searched for.
pub const OPTIMUM_MAX: usize = 20;

/// The greatest value, in minor units, that any subset of these obligations discharges when settled
/// at once within balances, credit and bilateral limits; `None` for more than [`OPTIMUM_MAX`].
///
/// Every subset is tried, each from the one before by adding or dropping one obligation.
pub fn optimum(queue: &[Due], positions: &Positions) -> Option<u128> {
    if queue.len() > OPTIMUM_MAX {
        return None;
    }
    let mut rows = Rows::new(queue, positions);
    let (mut value, mut best, mut taken) = (0_u128, 0_u128, 0_u32);
    for step in 1..1_u32 << queue.len() {
        let place = step.trailing_zeros() as usize;
        taken ^= 1 << place;
        let amount = queue[place].obligation.amount.minor();
        if taken & (1 << place) == 0 {
            rows.flip(place, -1);
            value -= u128::from(amount);
        } else {
            rows.flip(place, 1);
            value += u128::from(amount);
        }
        if rows.broken == 0 && value > best {
            best = value;
        }
    }
    Some(best)
}

/// One constraint a row: what is left of a balance or of a bilateral limit may not fall below zero.
struct Rows {
    left: Vec<i128>,
    broken: u32,
    /// For each obligation the rows that it lowers and raises, and its amount.
    effects: Vec<([Option<usize>; 2], [Option<usize>; 2], i128)>,
}

/// The balance of a participant, or the limit of a pair.
type Subject = (InstitutionId, Option<InstitutionId>);

impl Rows {
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
        let mut effects = Vec::new();
        for due in queue {
            let (debtor, creditor) = (due.obligation.debtor_agent, due.obligation.creditor_agent);
            let lowered = [row((debtor, None)), row((debtor, Some(creditor)))];
            let raised = [row((creditor, None)), row((creditor, Some(debtor)))];
            effects.push((lowered, raised, i128::from(due.obligation.amount.minor())));
        }
        let broken = left.iter().filter(|left| **left < 0).count();
        Self { left, broken: u32::try_from(broken).expect("few rows"), effects }
    }

    fn flip(&mut self, place: usize, sign: i128) {
        let (lowered, raised, amount) = self.effects[place];
        for row in lowered.into_iter().flatten() {
            self.change(row, -sign * amount);
        }
        for row in raised.into_iter().flatten() {
            self.change(row, sign * amount);
        }
    }

    fn change(&mut self, row: usize, by: i128) {
        let before = self.left[row] < 0;
        self.left[row] += by;
        match (before, self.left[row] < 0) {
            (false, true) => self.broken += 1,
            (true, false) => self.broken -= 1,
            _ => {}
        }
    }
}
