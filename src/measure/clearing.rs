//! Clearing: settlement cycles, positions and reserve accounts, over the whole run.

use std::collections::BTreeMap;

use super::cycle::{Cycle, Totals, Value};
use super::outcome::{LiquidityRow, PositionRow, SettlementRow};
use crate::scenario::Scenario;
use crate::units::{Amount, Instant, InstitutionId, Obligation};

const NANOS_PER_MICRO: u64 = 1_000;
const MILLION: u128 = 1_000_000;

/// House and cycle.
type Key = (InstitutionId, u32);

/// Recorder of clearing and settlement.
#[derive(Clone, Debug)]
pub(super) struct Clearing {
    institutions: usize,
    /// By house: the cycle that took an obligation last.
    open: Vec<Cycle>,
    /// Other cycles that have not been cut off.
    others: Vec<(InstitutionId, Cycle)>,
    closed: BTreeMap<Key, Closed>,
    positions: BTreeMap<(Key, InstitutionId), Position>,
    moves: Vec<Move>,
    /// Who lacked cover when.
    calls: Vec<(u64, InstitutionId)>,
    /// Reserve accounts now, in minor units.
    reserves: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Closed {
    cut_off_ns: u64,
    totals: Totals,
    settled_ns: Option<u64>,
    lacking_minor: u128,
    postponed: bool,
}

/// In minor units.
#[derive(Clone, Debug, Default)]
struct Position {
    debit: u128,
    credit: u128,
    fees: i128,
    opening: Option<u128>,
    closing: Option<u128>,
}

#[derive(Clone, Debug)]
struct Move {
    at_ns: u64,
    whose: InstitutionId,
    balance_minor: u64,
}

impl Clearing {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let institutions = scenario.institutions.len();
        Self {
            institutions,
            open: (0..institutions).map(|_| Cycle::new(0)).collect(),
            others: Vec::new(),
            closed: BTreeMap::new(),
            positions: BTreeMap::new(),
            moves: Vec::new(),
            calls: Vec::new(),
            reserves: scenario.institutions.iter().map(|one| one.reserve.minor()).collect(),
        }
    }

    #[inline]
    pub(super) fn cleared(&mut self, (house, cycle): Key, due: Obligation, value: Value) {
        let open = &mut self.open[house.index()];
        if open.number == cycle {
            open.add(self.institutions, due, value);
        } else {
            self.cleared_elsewhere((house, cycle), due, value);
        }
    }

    #[cold]
    #[inline(never)]
    fn cleared_elsewhere(&mut self, (house, cycle): Key, due: Obligation, value: Value) {
        self.turn(house, cycle);
        self.open[house.index()].add(self.institutions, due, value);
    }

    /// Opens a cycle of a house, and leaves the present one open.
    fn turn(&mut self, house: InstitutionId, number: u32) {
        let next = self.find(house, number);
        let left = std::mem::replace(&mut self.open[house.index()], next);
        if !left.is_empty() {
            self.others.push((house, left));
        }
    }

    /// A cycle that was left open, or a new one.
    fn find(&mut self, house: InstitutionId, number: u32) -> Cycle {
        let is_it = |(of, cycle): &(InstitutionId, Cycle)| (*of, cycle.number) == (house, number);
        let known = self.others.iter().position(is_it);
        known.map_or_else(|| Cycle::new(number), |at| self.others.swap_remove(at).1)
    }

    /// Closes a cycle; answers it.
    pub(super) fn cut_off(&mut self, at: Instant, (house, number): Key) -> Cycle {
        if self.open[house.index()].number != number {
            self.turn(house, number);
        }
        let next = self.find(house, number.wrapping_add(1));
        let cycle = std::mem::replace(&mut self.open[house.index()], next);
        self.closed.insert((house, number), Closed::of(at, &cycle));
        cycle
    }

    /// All cycles that are still open end with the run.
    pub(super) fn end(&mut self, at: Instant) -> Vec<(InstitutionId, Cycle)> {
        let mut left = std::mem::take(&mut self.others);
        let current = self.open.drain(..).enumerate();
        left.extend(current.map(|(house, cycle)| (InstitutionId::new(house), cycle)));
        left.retain(|(_, cycle)| !cycle.is_empty());
        for (house, cycle) in &left {
            self.closed.insert((*house, cycle.number), Closed::of(at, cycle));
        }
        left
    }

    pub(super) fn netted(&mut self, key: Key, who: InstitutionId, gross: [Amount; 4]) {
        let [debit, credit, fee_debit, fee_credit] = gross.map(Amount::minor);
        let position = self.positions.entry((key, who)).or_default();
        position.debit = u128::from(debit);
        position.credit = u128::from(credit);
        position.fees = i128::from(fee_credit) - i128::from(fee_debit);
    }

    pub(super) fn moved(
        &mut self,
        at: Instant,
        key: Key,
        whose: InstitutionId,
        [debit, credit, balance]: [Amount; 3],
    ) {
        let position = self.positions.entry((key, whose)).or_default();
        let after = u128::from(balance.minor());
        let before = after + u128::from(debit.minor());
        position.opening = Some(before.saturating_sub(u128::from(credit.minor())));
        position.closing = Some(after);
        self.reserves[whose.index()] = balance.minor();
        self.moves.push(Move { at_ns: at.nanos(), whose, balance_minor: balance.minor() });
    }

    pub(super) fn settled(&mut self, at: Instant, key: Key) {
        let cycle = self.closed.entry(key).or_insert_with(|| Closed::of(at, &Cycle::new(0)));
        cycle.settled_ns = Some(at.nanos());
    }

    /// What was lacking when it lacked most stays in the row, also when the cycle settles later.
    /// The settlement bank tells of the first debtor that is short; others may be short as well.
    pub(super) fn postponed(
        &mut self,
        at: Instant,
        key: Key,
        short: InstitutionId,
        lacking: Amount,
    ) {
        let (first, last) = (InstitutionId::new(0), InstitutionId::new(self.institutions - 1));
        let positions = self.positions.range((key, first)..=(key, last));
        let gaps = positions.map(|(&(_, who), position)| {
            let owes = position.debit.saturating_sub(position.credit);
            (who, owes.saturating_sub(u128::from(self.reserves[who.index()])))
        });
        let others = gaps.filter(|(who, gap)| *who != short && *gap > 0);
        let mut lacking_minor = u128::from(lacking.minor());
        self.calls.push((at.nanos(), short));
        for (who, gap) in others {
            lacking_minor += gap;
            self.calls.push((at.nanos(), who));
        }
        let cycle = self.closed.entry(key).or_insert_with(|| Closed::of(at, &Cycle::new(0)));
        cycle.postponed = true;
        cycle.lacking_minor = cycle.lacking_minor.max(lacking_minor);
    }

    /// The cycles, all of them closed.
    pub(super) fn settlement(&self, scenario: &Scenario) -> Vec<SettlementRow> {
        let mut rows = Vec::with_capacity(self.closed.len());
        for (&(house, cycle), closed) in &self.closed {
            let earlier = cycle.checked_sub(1).and_then(|one| self.closed.get(&(house, one)));
            rows.push(SettlementRow {
                cycle,
                house: scenario.institution(house).name.clone(),
                currency: scenario.currency.code.clone(),
                open_us: earlier.map_or(0, |one| one.cut_off_ns / NANOS_PER_MICRO),
                cutoff_us: closed.cut_off_ns / NANOS_PER_MICRO,
                settled_us: closed.settled_ns.map(|at| at / NANOS_PER_MICRO),
                method: "deferred_net",
                obligations: closed.totals.obligations,
                gross_minor: closed.totals.gross_minor,
                bilateral_net_minor: closed.totals.bilateral_net_minor,
                net_minor: closed.totals.net_minor,
                participants: closed.totals.participants,
                failed_minor: closed.lacking_minor,
                status: closed.status(),
            });
        }
        rows.sort_by(|a, b| (a.cycle, &a.house).cmp(&(b.cycle, &b.house)));
        rows
    }

    pub(super) fn positions(&self, scenario: &Scenario) -> Vec<PositionRow> {
        let signed = |minor: u128| i128::try_from(minor).expect("a position fits 127 bits");
        let row =
            |(&((house, cycle), who), position): (&(Key, InstitutionId), &Position)| PositionRow {
                cycle,
                house: scenario.institution(house).name.clone(),
                participant: scenario.institution(who).name.clone(),
                currency: scenario.currency.code.clone(),
                debit_minor: position.debit,
                credit_minor: position.credit,
                net_minor: signed(position.credit) - signed(position.debit),
                fees_minor: position.fees,
                opening_minor: position.opening,
                closing_minor: position.closing,
            };
        let mut rows: Vec<PositionRow> = self.positions.iter().map(row).collect();
        // Stable: houses and participants are in order of name already.
        rows.sort_by_key(|row| row.cycle);
        rows
    }

    /// Accounts that open with money, ever move or ever lack cover: once at the epoch, then after
    /// each change, and each time that a settlement is put off for want of cover.
    pub(super) fn liquidity(&mut self, scenario: &Scenario) -> Vec<LiquidityRow> {
        // Stable, so that the changes of one account stay in the settlement bank's order.
        self.moves.sort_by_key(|one| (one.at_ns, one.whose));
        self.calls.sort_unstable();
        let mut moves = self.moves.iter();
        let holds = |(index, one): &(usize, &crate::scenario::Institution)| {
            let id = InstitutionId::new(*index);
            id != scenario.settlement.bank
                && (one.reserve > Amount::ZERO
                    || moves.clone().any(|moved| moved.whose == id)
                    || self.calls.iter().any(|(_, short)| *short == id))
        };
        let accounts: Vec<_> = scenario.institutions.iter().enumerate().filter(holds).collect();
        let opening = accounts.into_iter().map(|(index, one)| Move {
            at_ns: 0,
            whose: InstitutionId::new(index),
            balance_minor: one.reserve.minor(),
        });
        let mut calls = vec![0; self.institutions];
        let mut called = self.calls.iter().peekable();
        let mut rows: Vec<LiquidityRow> =
            opening.map(|account| account.row(scenario, &calls)).collect();
        let reserves = scenario.institutions.iter().map(|one| one.reserve.minor());
        let mut balances: Vec<u64> = reserves.collect();
        loop {
            let next = moves.clone().next();
            let earlier = |call: &&(u64, _)| next.is_none_or(|moved| call.0 <= moved.at_ns);
            if let Some(&(at_ns, whose)) = called.next_if(earlier) {
                calls[whose.index()] += 1;
                let balance_minor = balances[whose.index()];
                rows.push(Move { at_ns, whose, balance_minor }.row(scenario, &calls));
            } else if let Some(moved) = moves.next() {
                balances[moved.whose.index()] = moved.balance_minor;
                rows.push(moved.row(scenario, &calls));
            } else {
                return rows;
            }
        }
    }
}

impl Move {
    fn row(&self, scenario: &Scenario, calls: &[u64]) -> LiquidityRow {
        let one = scenario.institution(self.whose);
        let opening = u128::from(one.reserve.minor());
        let used = opening.saturating_sub(u128::from(self.balance_minor));
        let ppm = (used * MILLION).checked_div(opening);
        LiquidityRow {
            t_us: self.at_ns / NANOS_PER_MICRO,
            participant: one.name.clone(),
            currency: scenario.currency.code.clone(),
            balance_minor: u128::from(self.balance_minor),
            limit_minor: None,
            used_ppm: ppm.map(|ppm| u64::try_from(ppm).expect("at most one million")),
            calls: calls[self.whose.index()],
        }
    }
}

impl Closed {
    fn of(at: Instant, cycle: &Cycle) -> Self {
        Self {
            cut_off_ns: at.nanos(),
            totals: cycle.totals(),
            settled_ns: None,
            lacking_minor: 0,
            postponed: false,
        }
    }

    const fn status(&self) -> &'static str {
        match (self.settled_ns, self.postponed) {
            (Some(_), _) => "settled",
            (None, true) => "postponed",
            (None, false) if self.totals.gross_minor == 0 => "empty",
            (None, false) => "open",
        }
    }
}
