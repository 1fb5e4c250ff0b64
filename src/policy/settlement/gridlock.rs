//! Gridlock resolution: the largest set of queue prefixes that has cover when settled at once.
//!
//! Bech and Soramäki (2001). Each sender's order binds: an obligation settles only with all that
//! stand before it. Begin with every queue whole; as long as some sender would lack cover, drop
//! the last obligation of its prefix. What is dropped can be in no solution, because receipts only
//! shrink on the way: so the result is the union of all solutions, and unique. Bilateral limits
//! keep that argument, for a debtor's use of a limit only shrinks with its own prefix.

use std::collections::BTreeMap;

use super::positions::Positions;
use crate::units::{Due, InstitutionId};

/// How long each queue's prefix is. `queues[i]` is participant `i`'s queue, in its order.
pub fn resolve(queues: &[Vec<Due>], positions: &Positions) -> Vec<usize> {
    let mut search = Search::new(queues, positions);
    let mut short: Vec<usize> = (0..queues.len()).rev().filter(|at| search.is_short(*at)).collect();
    while let Some(debtor) = short.pop() {
        while search.is_short(debtor) {
            let creditor = search.drop_last(debtor);
            if search.is_short(creditor) {
                short.push(creditor);
            }
        }
    }
    search.lengths
}

struct Search<'a> {
    queues: &'a [Vec<Due>],
    lengths: Vec<usize>,
    /// What each would have left.
    left: Vec<i128>,
    /// What would be left of each bilateral limit.
    room: BTreeMap<(InstitutionId, InstitutionId), i128>,
    /// How many of each debtor's limits would be exceeded.
    exceeded: Vec<u32>,
}

impl<'a> Search<'a> {
    fn new(queues: &'a [Vec<Due>], positions: &Positions) -> Self {
        let left = (0..queues.len()).map(|at| positions.available(InstitutionId::new(at)));
        let mut search = Self {
            queues,
            lengths: queues.iter().map(Vec::len).collect(),
            left: left.collect(),
            room: BTreeMap::new(),
            exceeded: vec![0; queues.len()],
        };
        for due in queues.iter().flatten() {
            let obligation = &due.obligation;
            let (debtor, creditor) = (obligation.debtor_agent, obligation.creditor_agent);
            let amount = i128::from(obligation.amount.minor());
            search.left[debtor.index()] -= amount;
            search.left[creditor.index()] += amount;
            for (pair, change) in [((debtor, creditor), -amount), ((creditor, debtor), amount)] {
                if let Some(room) = positions.headroom(pair.0, pair.1) {
                    *search.room.entry(pair).or_insert(room) += change;
                }
            }
        }
        for ((debtor, _), room) in &search.room {
            search.exceeded[debtor.index()] += u32::from(*room < 0);
        }
        search
    }

    fn is_short(&self, at: usize) -> bool {
        self.lengths[at] > 0 && (self.left[at] < 0 || self.exceeded[at] > 0)
    }

    /// Drops the last of a prefix and says whom it was due to.
    fn drop_last(&mut self, at: usize) -> usize {
        self.lengths[at] -= 1;
        let obligation = &self.queues[at][self.lengths[at]].obligation;
        let (debtor, creditor) = (obligation.debtor_agent, obligation.creditor_agent);
        let amount = i128::from(obligation.amount.minor());
        self.left[at] += amount;
        self.left[creditor.index()] -= amount;
        for (pair, change) in [((debtor, creditor), amount), ((creditor, debtor), -amount)] {
            if let Some(room) = self.room.get_mut(&pair) {
                let before = *room < 0;
                *room += change;
                let count = &mut self.exceeded[pair.0.index()];
                match (before, *room < 0) {
                    (true, false) => *count -= 1,
                    (false, true) => *count += 1,
                    _ => {}
                }
            }
        }
        creditor.index()
    }
}
