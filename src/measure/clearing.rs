//! Clearing: settlement cycles, positions and reserve accounts, over the whole run.

use std::collections::BTreeMap;

use super::outcome::{LiquidityRow, PositionRow, SettlementRow};
use crate::scenario::Scenario;
use crate::units::{Amount, Instant, InstitutionId, Obligation};

const NANOS_PER_MICRO: u64 = 1_000;
const MILLION: u128 = 1_000_000;

/// House and cycle.
type Key = (InstitutionId, u32);

/// Recorder of clearing and settlement.
#[derive(Debug)]
pub(super) struct Clearing {
    institutions: usize,
    /// By house: its cycles that have not been cut off, oldest first.
    open: Vec<Vec<Cycle>>,
    closed: BTreeMap<Key, Closed>,
    positions: BTreeMap<(Key, InstitutionId), Position>,
    moves: Vec<Move>,
    /// Who lacked cover when.
    calls: Vec<(u64, InstitutionId)>,
}

/// A cycle that still takes obligations.
#[derive(Debug)]
struct Cycle {
    number: u32,
    obligations: u64,
    gross_minor: u128,
    /// What each (debtor agent × institutions + creditor agent) owes.
    pairs: Vec<u64>,
}

#[derive(Debug)]
struct Closed {
    cut_off_ns: u64,
    obligations: u64,
    gross_minor: u128,
    sums: Sums,
    settled_ns: Option<u64>,
    lacking_minor: u128,
    postponed: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    bilateral_net_minor: u128,
    net_minor: u128,
    participants: u64,
}

/// In minor units.
#[derive(Debug, Default)]
struct Position {
    debit: u128,
    credit: u128,
    fees: i128,
    opening: Option<u128>,
    closing: Option<u128>,
}

#[derive(Debug)]
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
            open: (0..institutions).map(|_| Vec::new()).collect(),
            closed: BTreeMap::new(),
            positions: BTreeMap::new(),
            moves: Vec::new(),
            calls: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn cleared(&mut self, (house, cycle): Key, due: Obligation, fee: bool) {
        let place = due.debtor_agent.index() * self.institutions + due.creditor_agent.index();
        let open = &mut self.open[house.index()];
        let current = match open.last_mut() {
            Some(last) if last.number == cycle => last,
            _ => Self::find(open, cycle, self.institutions),
        };
        current.obligations += u64::from(!fee);
        current.gross_minor += u128::from(due.amount.minor());
        let pair = &mut current.pairs[place];
        *pair = pair.checked_add(due.amount.minor()).expect("a pair's cycle exceeds 64 bits");
    }

    #[cold]
    fn find(open: &mut Vec<Cycle>, number: u32, institutions: usize) -> &mut Cycle {
        let place = open.iter().position(|cycle| cycle.number == number).unwrap_or_else(|| {
            let pairs = vec![0; institutions * institutions];
            open.push(Cycle { number, obligations: 0, gross_minor: 0, pairs });
            open.len() - 1
        });
        &mut open[place]
    }

    pub(super) fn cut_off(&mut self, at: Instant, (house, cycle): Key) {
        let open = &mut self.open[house.index()];
        let found = open.iter().position(|one| one.number == cycle).map(|place| open.remove(place));
        let mut closed = Closed::empty(at);
        if let Some(found) = found {
            closed.take(&found, self.institutions);
        }
        self.closed.insert((house, cycle), closed);
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
        self.moves.push(Move { at_ns: at.nanos(), whose, balance_minor: balance.minor() });
    }

    pub(super) fn settled(&mut self, at: Instant, key: Key) {
        let cycle = self.closed.entry(key).or_insert_with(|| Closed::empty(at));
        cycle.settled_ns = Some(at.nanos());
    }

    /// What was lacking when it lacked most stays in the row, also when the cycle settles later.
    pub(super) fn postponed(
        &mut self,
        at: Instant,
        key: Key,
        short: InstitutionId,
        lacking: Amount,
    ) {
        let cycle = self.closed.entry(key).or_insert_with(|| Closed::empty(at));
        cycle.postponed = true;
        cycle.lacking_minor = cycle.lacking_minor.max(u128::from(lacking.minor()));
        self.calls.push((at.nanos(), short));
    }

    /// The cycles; one that is still open ends with the run.
    pub(super) fn settlement(&mut self, scenario: &Scenario, end: Instant) -> Vec<SettlementRow> {
        for (house, cycles) in self.open.iter_mut().enumerate() {
            for cycle in cycles.drain(..) {
                let mut closed = Closed::empty(end);
                closed.take(&cycle, self.institutions);
                self.closed.insert((InstitutionId::new(house), cycle.number), closed);
            }
        }
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
                obligations: closed.obligations,
                gross_minor: closed.gross_minor,
                bilateral_net_minor: closed.sums.bilateral_net_minor,
                net_minor: closed.sums.net_minor,
                participants: closed.sums.participants,
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

    /// Accounts that open with money or ever move: once at the epoch, then after each change.
    pub(super) fn liquidity(&mut self, scenario: &Scenario) -> Vec<LiquidityRow> {
        // Stable, so that the changes of one account stay in the settlement bank's order.
        self.moves.sort_by_key(|one| (one.at_ns, one.whose));
        self.calls.sort_unstable();
        let mut moves = self.moves.iter();
        let holds = |(index, one): &(usize, &crate::scenario::Institution)| {
            let id = InstitutionId::new(*index);
            id != scenario.settlement.bank
                && (one.reserve > Amount::ZERO || moves.clone().any(|moved| moved.whose == id))
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
        moves.by_ref().for_each(|moved| {
            while let Some((_, short)) = called.next_if(|(at_ns, _)| *at_ns <= moved.at_ns) {
                calls[short.index()] += 1;
            }
            rows.push(moved.row(scenario, &calls));
        });
        rows
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
    fn empty(at: Instant) -> Self {
        Self {
            cut_off_ns: at.nanos(),
            obligations: 0,
            gross_minor: 0,
            sums: Sums::default(),
            settled_ns: None,
            lacking_minor: 0,
            postponed: false,
        }
    }

    fn take(&mut self, cycle: &Cycle, institutions: usize) {
        self.obligations = cycle.obligations;
        self.gross_minor = cycle.gross_minor;
        self.sums = Sums::of(&cycle.pairs, institutions);
    }

    const fn status(&self) -> &'static str {
        match (self.settled_ns, self.postponed) {
            (Some(_), _) => "settled",
            (None, true) => "postponed",
            (None, false) => "open",
        }
    }
}

impl Sums {
    fn of(pairs: &[u64], institutions: usize) -> Self {
        let mut sums = Self::default();
        for a in 0..institutions {
            let (mut owes, mut due) = (0_u128, 0_u128);
            for b in 0..institutions {
                let (out, back) = (pairs[a * institutions + b], pairs[b * institutions + a]);
                owes += u128::from(out);
                due += u128::from(back);
                if a < b {
                    sums.bilateral_net_minor += u128::from(out.abs_diff(back));
                }
            }
            sums.net_minor += owes.saturating_sub(due);
            sums.participants += u64::from(owes + due > 0);
        }
        sums
    }
}
