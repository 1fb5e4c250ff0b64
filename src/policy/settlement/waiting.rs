//! The queues of all participants under one discipline, and which obligation is next.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::positions::Positions;
use super::queue::{Key, Queue};
use super::regime::Discipline;
use crate::units::{Amount, Due, InstitutionId};

/// Queues by debtor.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    discipline: Discipline,
    /// Larger obligations settle in parts of this amount.
    split_above: Option<Amount>,
    queues: Vec<Queue>,
    /// With reordering: amounts offered, by debtor.
    by_size: Vec<BTreeSet<(u64, Reverse<u32>)>>,
    /// With bilateral offset: who waits for whom, in order of arrival.
    by_pair: Option<BTreeSet<(InstitutionId, InstitutionId, u32)>>,
    count: usize,
}

impl Waiting {
    pub(super) fn new(
        discipline: Discipline,
        participants: usize,
        split_above: Option<Amount>,
        by_pair: bool,
    ) -> Self {
        let sized = if discipline == Discipline::Reorder { participants } else { 0 };
        Self {
            discipline,
            split_above,
            queues: vec![Queue::new(discipline == Discipline::Fifo); participants],
            by_size: vec![BTreeSet::new(); sized],
            by_pair: by_pair.then(BTreeSet::new),
            count: 0,
        }
    }

    /// How many obligations wait in all queues.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn queue(&self, debtor: InstitutionId) -> &Queue {
        &self.queues[debtor.index()]
    }

    /// What must be covered for a first part to settle.
    pub(super) fn offered(&self, open: Amount) -> Amount {
        self.split_above.map_or(open, |part| open.min(part))
    }

    /// How much of an open amount settles with this cover: all of it, or whole parts; `None` where
    /// not even one part is covered.
    pub(super) fn part(&self, open: Amount, cover: i128) -> Option<Amount> {
        let cover = u64::try_from(cover).unwrap_or(u64::MAX);
        if open.minor() <= cover {
            return Some(open);
        }
        let part = self.split_above?.minor();
        let parts = cover / part * part;
        (parts > 0).then(|| Amount::from_minor(parts))
    }

    /// Whether an arrival may settle at once although others wait: nothing that waits has cover,
    /// and nothing that waits binds it.
    pub(super) fn may_pass(&self, debtor: InstitutionId) -> bool {
        self.queue(debtor).is_empty()
            || matches!(self.discipline, Discipline::Bypass | Discipline::Reorder)
    }

    pub(super) fn key(&self, due: &Due) -> Key {
        let rank = match self.discipline {
            Discipline::Fifo | Discipline::Bypass | Discipline::Reorder => 0,
            Discipline::Priority => u64::from(u8::MAX - due.priority),
            Discipline::Size => due.obligation.amount.minor(),
        };
        (rank, due.number)
    }

    pub(super) fn insert(&mut self, key: Key, due: Due) {
        let (debtor, creditor) = (due.obligation.debtor_agent, due.obligation.creditor_agent);
        let offered = self.offered(due.obligation.amount).minor();
        self.queues[debtor.index()].insert(key, due, offered);
        if let Some(sizes) = self.by_size.get_mut(debtor.index()) {
            sizes.insert((offered, Reverse(due.number)));
        }
        if let Some(pairs) = &mut self.by_pair {
            pairs.insert((debtor, creditor, due.number));
        }
        self.count += 1;
    }

    pub(super) fn remove(&mut self, debtor: InstitutionId, key: Key) -> Due {
        let due = self.queues[debtor.index()].remove(key).expect("only what waits is removed");
        let offered = self.offered(due.obligation.amount).minor();
        if let Some(sizes) = self.by_size.get_mut(debtor.index()) {
            sizes.remove(&(offered, Reverse(due.number)));
        }
        if let Some(pairs) = &mut self.by_pair {
            pairs.remove(&(debtor, due.obligation.creditor_agent, due.number));
        }
        self.count -= 1;
        due
    }

    /// The next of this debtor's obligations that has cover and that nothing binds.
    pub(super) fn next(&self, debtor: InstitutionId, positions: &Positions) -> Option<Key> {
        let queue = self.queue(debtor);
        let (head, due) = queue.first()?;
        if self.discipline == Discipline::Bypass {
            return self.passing_over(debtor, positions);
        }
        if self.is_covered(due, positions) {
            return Some(head);
        }
        if self.discipline != Discipline::Reorder {
            return None;
        }
        let available = u64::try_from(positions.available(debtor)).unwrap_or(u64::MAX);
        let sizes = self.by_size[debtor.index()].range(..=(available, Reverse(0)));
        let mut keys = sizes.rev().map(|(_, number)| (0, number.0));
        keys.find(|key| queue.get(*key).is_some_and(|due| self.is_covered(due, positions)))
    }

    fn passing_over(&self, debtor: InstitutionId, positions: &Positions) -> Option<Key> {
        let available = u64::try_from(positions.available(debtor)).unwrap_or(u64::MAX);
        let mut from = (0, 0);
        loop {
            let (key, due) = self.queue(debtor).first_covered(from, available)?;
            if self.is_covered(due, positions) {
                return Some(key);
            }
            from = (key.0, key.1 + 1);
        }
    }

    fn is_covered(&self, due: &Due, positions: &Positions) -> bool {
        let obligation = &due.obligation;
        let cover = positions.cover(obligation.debtor_agent, obligation.creditor_agent);
        i128::from(self.offered(obligation.amount).minor()) <= cover
    }

    /// The first `most` obligations of one to the other, in order of arrival.
    pub(super) fn between(
        &self,
        debtor: InstitutionId,
        creditor: InstitutionId,
        most: usize,
    ) -> Vec<Due> {
        let Some(pairs) = &self.by_pair else { return Vec::new() };
        let range = pairs.range((debtor, creditor, 0)..=(debtor, creditor, u32::MAX));
        let due = |number: u32| *self.queue(debtor).get((0, number)).expect("it waits");
        range.take(most).map(|(_, _, number)| due(*number)).collect()
    }

    /// Every pair that waits for each other, the lower id first.
    pub(super) fn mutual_pairs(&self) -> Vec<(InstitutionId, InstitutionId)> {
        let Some(pairs) = &self.by_pair else { return Vec::new() };
        let mut found = Vec::new();
        let mut last = None;
        for (debtor, creditor, _) in pairs {
            if last.replace((*debtor, *creditor)) == Some((*debtor, *creditor)) {
                continue;
            }
            let back = (*creditor, *debtor, 0)..=(*creditor, *debtor, u32::MAX);
            if debtor < creditor && pairs.range(back).next().is_some() {
                found.push((*debtor, *creditor));
            }
        }
        found
    }

    /// All that waits, by debtor, each queue in its order.
    pub(super) fn lists(&self) -> Vec<Vec<Due>> {
        self.queues.iter().map(|queue| queue.iter().map(|(_, due)| *due).collect()).collect()
    }
}
