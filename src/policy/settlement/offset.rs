//! Offsetting without the order of whole queues: named heuristics.
//!
//! What they choose always has cover when settled at once, and is never worth less than what plain
//! gross settlement of the same queues would have discharged. It need not be the best there is:
//! [`optimum`](super::optimum) says how far it falls short on short queues.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::positions::Positions;
use crate::units::{Due, InstitutionId};

/// Bilateral offset: the longest prefixes of two lists that settle at once, where `covers` is what
/// each of the two can pay the other. The order between the two binds, other queues do not.
pub fn bilateral((one, other): (&[Due], &[Due]), covers: (i128, i128)) -> (usize, usize) {
    let amount = |due: &Due| i128::from(due.obligation.amount.minor());
    let (mut ones, mut others) = (one.len(), other.len());
    let mut owed: i128 =
        one.iter().map(amount).sum::<i128>() - other.iter().map(amount).sum::<i128>();
    loop {
        if owed > covers.0 {
            ones -= 1;
            owed -= amount(&one[ones]);
        } else if -owed > covers.1 {
            others -= 1;
            owed += amount(&other[others]);
        } else {
            return (ones, others);
        }
    }
}

/// Cycles of queue heads that settle at once: `heads[i]` is what participant `i` would pay next.
/// Each list holds the debtors of one cycle. Cycles of heads have no member in common.
pub fn cycles(heads: &[Option<Due>], positions: &Positions) -> Vec<Vec<InstitutionId>> {
    let next = |at: usize| heads[at].map(|due| due.obligation.creditor_agent.index());
    // 0: not met yet; otherwise the walk on which it was met.
    let mut met = vec![0_usize; heads.len()];
    let mut found = Vec::new();
    for start in 0..heads.len() {
        let mut at = start;
        while met[at] == 0 {
            met[at] = start + 1;
            match next(at) {
                Some(creditor) => at = creditor,
                None => break,
            }
        }
        if met[at] != start + 1 || next(at).is_none() {
            continue;
        }
        let mut cycle = vec![at];
        let mut member = next(at).expect("a cycle has no end");
        while member != at {
            cycle.push(member);
            member = next(member).expect("a cycle has no end");
        }
        if is_covered(&cycle, heads, positions) {
            found.push(cycle.into_iter().map(InstitutionId::new).collect());
        }
    }
    found
}

/// Whether a cycle settles at once: each member pays its head and receives its predecessor's.
fn is_covered(cycle: &[usize], heads: &[Option<Due>], positions: &Positions) -> bool {
    let amount = |at: usize| heads[at].map_or(0, |due| i128::from(due.obligation.amount.minor()));
    (0..cycle.len()).all(|place| {
        let (before, at) = (cycle[(place + cycle.len() - 1) % cycle.len()], cycle[place]);
        let debtor = InstitutionId::new(at);
        let creditor = InstitutionId::new(cycle[(place + 1) % cycle.len()]);
        let back = if cycle.len() == 2 { amount(before) } else { 0 };
        let room =
            positions.headroom(debtor, creditor).is_none_or(|room| amount(at) <= room + back);
        room && amount(at) <= positions.available(debtor) + amount(before)
    })
}

/// A greedy multilateral offset after Güntzer, Jungnickel and Leclerc (1998): begin with every
/// obligation; as long as somebody lacks cover, drop its smallest obligation that cures the lack,
/// or else its largest; then take back what has cover after all. Where that is worth less than
/// plain gross settlement, the latter. Returns what settles, in order of the lists.
pub fn multilateral(queues: &[Vec<Due>], positions: &Positions) -> Vec<Due> {
    let mut gross = Choice::empty(queues, positions);
    gross.arrive();
    let mut greedy = Choice::full(queues, positions);
    greedy.shrink();
    greedy.fill();
    if gross.value() >= greedy.value() { gross.chosen() } else { greedy.chosen() }
}

/// A set of obligations on its way to being feasible.
struct Choice<'a> {
    queues: &'a [Vec<Due>],
    /// Where each queue begins in `taken`.
    starts: Vec<usize>,
    taken: Vec<bool>,
    left: Vec<i128>,
    room: BTreeMap<(InstitutionId, InstitutionId), i128>,
}

/// Amounts and places of one queue; of equal amounts the latest comes first.
type Sizes = BTreeSet<(u64, Reverse<usize>)>;

impl<'a> Choice<'a> {
    fn empty(queues: &'a [Vec<Due>], positions: &Positions) -> Self {
        let left = (0..queues.len()).map(|at| positions.available(InstitutionId::new(at)));
        let mut room = BTreeMap::new();
        if positions.is_limited() {
            for due in queues.iter().flatten() {
                let pair = (due.obligation.debtor_agent, due.obligation.creditor_agent);
                for (debtor, creditor) in [pair, (pair.1, pair.0)] {
                    if let Some(left) = positions.headroom(debtor, creditor) {
                        room.insert((debtor, creditor), left);
                    }
                }
            }
        }
        let mut starts = Vec::with_capacity(queues.len());
        let mut count = 0;
        for queue in queues {
            starts.push(count);
            count += queue.len();
        }
        Self { queues, starts, taken: vec![false; count], left: left.collect(), room }
    }

    fn full(queues: &'a [Vec<Due>], positions: &Positions) -> Self {
        let mut all = Self::empty(queues, positions);
        for (at, queue) in queues.iter().enumerate() {
            for place in 0..queue.len() {
                all.set(at, place, true);
            }
        }
        all
    }

    fn set(&mut self, at: usize, place: usize, take: bool) {
        self.taken[self.starts[at] + place] = take;
        let obligation = &self.queues[at][place].obligation;
        let (debtor, creditor) = (obligation.debtor_agent, obligation.creditor_agent);
        let amount = i128::from(obligation.amount.minor());
        let amount = if take { amount } else { -amount };
        self.left[at] -= amount;
        self.left[creditor.index()] += amount;
        if self.room.is_empty() {
            return;
        }
        if let Some(room) = self.room.get_mut(&(debtor, creditor)) {
            *room -= amount;
        }
        if let Some(room) = self.room.get_mut(&(creditor, debtor)) {
            *room += amount;
        }
    }

    fn room(&self, due: &Due) -> Option<i128> {
        if self.room.is_empty() {
            return None;
        }
        let pair = (due.obligation.debtor_agent, due.obligation.creditor_agent);
        self.room.get(&pair).copied()
    }

    /// Drops obligations until nobody lacks cover.
    fn shrink(&mut self) {
        let mut sizes: Vec<Option<Sizes>> = vec![None; self.queues.len()];
        let mut short: VecDeque<usize> = (0..self.queues.len()).collect();
        while let Some(at) = short.pop_front() {
            if self.left[at] >= 0 && self.room.is_empty() {
                continue;
            }
            let queue = &self.queues[at];
            let size =
                |(place, due): (usize, &Due)| (due.obligation.amount.minor(), Reverse(place));
            let of_one =
                sizes[at].get_or_insert_with(|| queue.iter().enumerate().map(size).collect());
            while let Some(place) = self.to_drop(at, of_one) {
                let obligation = &queue[place].obligation;
                of_one.remove(&(obligation.amount.minor(), Reverse(place)));
                self.set(at, place, false);
                short.push_back(obligation.creditor_agent.index());
            }
        }
    }

    /// What this debtor has to drop, if it lacks cover.
    fn to_drop(&self, at: usize, sizes: &Sizes) -> Option<usize> {
        if self.left[at] < 0 && !sizes.is_empty() {
            let lack = u64::try_from(-self.left[at]).unwrap_or(u64::MAX);
            let curing = sizes.range((lack, Reverse(usize::MAX))..).next();
            return curing.or_else(|| sizes.last()).map(|(_, place)| place.0);
        }
        if self.room.is_empty() {
            return None;
        }
        let beyond =
            |place: &usize| self.room(&self.queues[at][*place]).is_some_and(|room| room < 0);
        sizes.iter().rev().map(|(_, place)| place.0).find(beyond)
    }

    /// Takes what has cover, debtor by debtor in order of arrival, until nothing more has.
    fn fill(&mut self) {
        let lengths: Vec<usize> = self.queues.iter().map(Vec::len).collect();
        self.release((0..self.queues.len()).collect(), &lengths);
    }

    /// Takes what plain gross settlement with bypass discharges when the same obligations arrive
    /// one after the other.
    fn arrive(&mut self) {
        let mut order = Vec::with_capacity(self.taken.len());
        for (at, queue) in self.queues.iter().enumerate() {
            order.extend(queue.iter().enumerate().map(|(place, due)| (due.number, at, place)));
        }
        if !order.iter().any(|(_, at, place)| self.has_cover(*at, *place)) {
            return;
        }
        order.sort_unstable();
        let mut arrived = vec![0; self.queues.len()];
        for (_, at, place) in order {
            arrived[at] = place + 1;
            if self.has_cover(at, place) {
                self.set(at, place, true);
                let creditor = self.queues[at][place].obligation.creditor_agent.index();
                self.release(VecDeque::from([creditor]), &arrived);
            }
        }
    }

    fn has_cover(&self, at: usize, place: usize) -> bool {
        let due = &self.queues[at][place];
        let amount = i128::from(due.obligation.amount.minor());
        let is_open = !self.taken[self.starts[at] + place] && amount <= self.left[at];
        is_open && self.room(due).is_none_or(|room| amount <= room)
    }

    /// Takes what has cover among the first `arrived[i]` of each queue, beginning with these
    /// debtors and going on with those who receive.
    fn release(&mut self, mut debtors: VecDeque<usize>, arrived: &[usize]) {
        let mut listed = vec![false; self.queues.len()];
        for at in &debtors {
            listed[*at] = true;
        }
        while let Some(at) = debtors.pop_front() {
            listed[at] = false;
            for place in 0..arrived[at] {
                if !self.has_cover(at, place) {
                    continue;
                }
                self.set(at, place, true);
                let creditor = self.queues[at][place].obligation.creditor_agent.index();
                if !std::mem::replace(&mut listed[creditor], true) {
                    debtors.push_back(creditor);
                }
            }
        }
    }

    fn picked(&self) -> impl Iterator<Item = &'a Due> {
        let marked = self.queues.iter().flatten().zip(&self.taken);
        marked.filter(|(_, taken)| **taken).map(|(due, _)| due)
    }

    fn value(&self) -> u128 {
        self.picked().map(|due| u128::from(due.obligation.amount.minor())).sum()
    }

    fn chosen(&self) -> Vec<Due> {
        self.picked().copied().collect()
    }
}
