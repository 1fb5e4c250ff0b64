//! One regime's recorder: hears of arrivals and discharges, and keeps its own balances.

use super::network::concentration;
use super::{BalanceRow, CycleRow, PositionRow, QueuedRow, Totals};
use crate::units::{Account, Discharge, Due, Instant, InstitutionId};

/// Listens to one regime.
#[derive(Clone, Debug)]
pub struct SettlementRecorder {
    close: Instant,
    accounts: Vec<State>,
    totals: Totals,
    open: u64,
    open_minor: u128,
    exposure: u128,
    cycle: CycleRow,
    /// Periods that are over.
    pub cycles: Vec<CycleRow>,
    /// What waited, by window.
    pub queued: Vec<QueuedRow>,
    /// Accounts that moved, by window.
    pub balances: Vec<BalanceRow>,
    moved: Vec<InstitutionId>,
    /// Reused for sets.
    net: Vec<(InstitutionId, i128)>,
    /// Whose open obligations have changed in this step.
    touched: Vec<InstitutionId>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    row: PositionRow,
    /// Due to it less owed by it, in open obligations.
    open_net: i128,
    has_moved: bool,
}

impl SettlementRecorder {
    /// Before the first obligation; `start` is where the first period begins.
    pub fn new(accounts: &[Account], start: Instant, close: Instant) -> Self {
        let state = |account: &Account| {
            let opening = account.opening;
            let row = PositionRow {
                opening_minor: opening,
                closing_minor: opening,
                lowest_minor: opening,
                ..PositionRow::default()
            };
            State { row, ..State::default() }
        };
        Self {
            close,
            accounts: accounts.iter().map(state).collect(),
            totals: Totals::default(),
            open: 0,
            open_minor: 0,
            exposure: 0,
            cycle: CycleRow { open_at: start, ..CycleRow::default() },
            cycles: Vec::new(),
            queued: Vec::new(),
            balances: Vec::new(),
            moved: Vec::new(),
            net: Vec::new(),
            touched: Vec::new(),
        }
    }

    /// An obligation arrived.
    pub fn arrived(&mut self, due: &Due) {
        let minor = u128::from(due.obligation.amount.minor());
        self.totals.obligations += 1;
        self.totals.gross_minor += minor;
        self.totals.waited_most += minor * u128::from(self.to_close(due.at));
        self.cycle.arrived += 1;
        self.cycle.arrived_minor += minor;
        self.open += 1;
        self.owe(due, 1);
    }

    /// All that an arrival or a review has caused is over: what is still open now waits.
    pub fn stepped(&mut self, at: Instant) {
        for touched in self.touched.drain(..) {
            let state = &mut self.accounts[touched.index()];
            let debit = below(state.open_net, 0);
            state.row.exposure_minor = state.row.exposure_minor.max(debit);
        }
        let totals = &mut self.totals;
        totals.queue_peak_count = totals.queue_peak_count.max(self.open);
        if totals.queue_peak.0 < self.open_minor {
            totals.queue_peak = (self.open_minor, at);
        }
        if totals.exposure_peak.0 < self.exposure {
            totals.exposure_peak = (self.exposure, at);
        }
    }

    /// These were discharged at once; `alone`: one by one, with money.
    pub fn discharged(&mut self, at: Instant, alone: bool, set: &[Discharge]) {
        let mut settled = 0;
        for Discharge { due, whole } in set {
            let minor = u128::from(due.obligation.amount.minor());
            let waited = at.since(due.at).micros_rounded();
            settled += minor;
            self.totals.waited += minor * u128::from(waited);
            if *whole {
                self.totals.settled += 1;
                self.totals.delay_max_us = self.totals.delay_max_us.max(waited);
                self.cycle.settled += 1;
                self.open -= 1;
            }
            self.owe(due, -1);
            self.move_money(due);
        }
        let moved = self.account_for(set);
        self.totals.settled_minor += settled;
        self.totals.alone_minor += if alone { settled } else { 0 };
        self.totals.moved_minor += moved;
        self.cycle.settled_minor += settled;
        self.cycle.moved_minor += moved;
    }

    /// This was refused.
    pub fn refused(&mut self, due: &Due) {
        let minor = u128::from(due.obligation.amount.minor());
        self.totals.refused += 1;
        self.totals.refused_minor += minor;
        self.totals.waited_most -= minor * u128::from(self.to_close(due.at));
        self.open -= 1;
        self.owe(due, -1);
    }

    /// A period is over.
    pub fn cycle_ended(&mut self, at: Instant) {
        let ended =
            CycleRow { cut_off_at: at, open: self.open, open_minor: self.open_minor, ..self.cycle };
        self.cycles.push(ended);
        self.cycle = CycleRow { cycle: ended.cycle + 1, open_at: at, ..CycleRow::default() };
    }

    /// A window is over. With `accounts`, every account that moved since the last such window gets
    /// a row.
    pub fn window_ended(&mut self, at: Instant, accounts: bool) {
        self.queued.push(QueuedRow {
            at,
            open: self.open,
            open_minor: self.open_minor,
            exposure_minor: self.exposure,
            settled_minor: self.totals.settled_minor,
        });
        if !accounts {
            return;
        }
        self.moved.sort_unstable();
        for participant in std::mem::take(&mut self.moved) {
            let state = &mut self.accounts[participant.index()];
            state.has_moved = false;
            self.balances.push(BalanceRow {
                at,
                participant,
                balance_minor: state.row.closing_minor,
                used_minor: below(state.row.closing_minor, state.row.opening_minor),
                open_minor: state.row.unsettled_minor,
            });
        }
    }

    /// The totals and each participant's row, given what is open at the close.
    pub fn end(&self, open: &[Due]) -> (Totals, Vec<PositionRow>) {
        let mut totals = self.totals;
        totals.unsettled = self.open;
        totals.unsettled_minor = self.open_minor;
        for due in open {
            let minor = u128::from(due.obligation.amount.minor());
            totals.waited += minor * u128::from(self.to_close(due.at));
        }
        let mut rows: Vec<PositionRow> = self.accounts.iter().map(|state| state.row).collect();
        for row in &mut rows {
            row.used_minor = below(row.lowest_minor, row.opening_minor);
            totals.used_minor += row.used_minor;
        }
        totals.concentration = concentration(rows.iter().map(|row| row.debit_minor));
        (totals, rows)
    }

    fn to_close(&self, at: Instant) -> u64 {
        self.close.since(at).micros_rounded()
    }

    /// Adds an amount to what is open, or takes it away.
    fn owe(&mut self, due: &Due, sign: i128) {
        let (debtor, creditor) = (due.obligation.debtor_agent, due.obligation.creditor_agent);
        let amount = i128::from(due.obligation.amount.minor());
        let minor = u128::from(due.obligation.amount.minor());
        let state = &mut self.accounts[debtor.index()];
        if sign > 0 {
            self.open_minor += minor;
            state.row.unsettled_minor += minor;
        } else {
            self.open_minor -= minor;
            state.row.unsettled_minor -= minor;
        }
        self.expose(debtor, -sign * amount);
        self.expose(creditor, sign * amount);
    }

    fn expose(&mut self, at: InstitutionId, change: i128) {
        let state = &mut self.accounts[at.index()];
        let before = below(state.open_net, 0);
        state.open_net += change;
        let after = below(state.open_net, 0);
        self.exposure = self.exposure + after - before;
        self.touched.push(at);
    }

    fn move_money(&mut self, due: &Due) {
        let (debtor, creditor) = (due.obligation.debtor_agent, due.obligation.creditor_agent);
        let minor = due.obligation.amount.minor();
        self.accounts[debtor.index()].row.debit_minor += u128::from(minor);
        self.accounts[creditor.index()].row.credit_minor += u128::from(minor);
        self.net.push((debtor, -i128::from(minor)));
        self.net.push((creditor, i128::from(minor)));
    }

    /// Moves the balances of a set, each by what it nets to, and says how much moved.
    fn account_for(&mut self, set: &[Discharge]) -> u128 {
        if set.len() > 1 {
            self.net.sort_unstable_by_key(|(at, _)| *at);
        }
        let mut moved = 0;
        let mut flows = std::mem::take(&mut self.net);
        for of_one in flows.chunk_by(|a, b| a.0 == b.0) {
            let change: i128 = of_one.iter().map(|(_, change)| change).sum();
            moved += below(change, 0);
            let state = &mut self.accounts[of_one[0].0.index()];
            state.row.closing_minor += change;
            state.row.lowest_minor = state.row.lowest_minor.min(state.row.closing_minor);
            if !std::mem::replace(&mut state.has_moved, true) {
                self.moved.push(of_one[0].0);
            }
        }
        flows.clear();
        self.net = flows;
        moved
    }
}

/// How far a value lies below another.
fn below(value: i128, other: i128) -> u128 {
    if value < other { other.abs_diff(value) } else { 0 }
}
