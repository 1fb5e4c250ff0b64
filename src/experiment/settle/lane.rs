//! One regime at work on the stream.

use super::{BALANCE_ROWS, DEFAULTERS_MAX, Fates, Plan, claims};
use crate::audit::ObligationAuditor;
use crate::measure::settlement::{
    ClearedRow, Fate, FateStatus, OptimumRow, Settled, SettlementRecorder,
};
use crate::policy::settlement::{
    Claim, Cleared, Method, OPTIMUM_MAX, Outcome, Regime, Review, SettlementAgent, clear, optimum,
};
use crate::units::{Account, Discharge, Due, Duration, Instant, InstitutionId};

/// A regime with everything that belongs to it.
pub(super) struct Lane<'a, F> {
    plan: &'a Plan,
    regime: Regime,
    agent: SettlementAgent,
    heard: Heard<'a, F>,
    optima: Vec<OptimumRow>,
    /// Cut-offs that are over.
    cut_offs: usize,
    next_review: Instant,
    next_window: Instant,
    windows: u64,
    /// Accounts get rows at the end of every so many windows.
    every: u64,
    /// Whether anything arrived since a short queue was looked at.
    fresh: bool,
}

/// Who listens to the agent.
struct Heard<'a, F> {
    now: Instant,
    recorder: SettlementRecorder,
    auditor: ObligationAuditor,
    fates: &'a mut F,
    /// Discharged since a short queue was looked at.
    settled_minor: u128,
}

impl<F: Fates> Outcome for Heard<'_, F> {
    fn discharged(&mut self, method: Method, set: &[Discharge]) {
        self.auditor.discharged(self.now, set);
        self.recorder.discharged(self.now, method == Method::Gross, set);
        for Discharge { due, whole } in set {
            self.settled_minor += u128::from(due.obligation.amount.minor());
            let discharged = Some((self.now, method.name()));
            let status = if *whole { FateStatus::Settled } else { FateStatus::Part };
            self.fates.record(&Fate { due: *due, discharged, status });
        }
    }

    fn refused(&mut self, due: Due) {
        self.auditor.refused(&due);
        self.recorder.refused(&due);
        self.fates.record(&Fate { due, discharged: None, status: FateStatus::Refused });
    }
}

impl<'a, F: Fates> Lane<'a, F> {
    pub(super) fn new(
        regime: Regime,
        plan: &'a Plan,
        accounts: &[Account],
        fates: &'a mut F,
    ) -> Self {
        let table = &plan.timetable;
        let span = table.close.since(table.start).nanos();
        let windows = span / table.window.nanos().max(1) + 1;
        let recorder = SettlementRecorder::new(accounts, table.start, table.close);
        Self {
            plan,
            regime,
            agent: SettlementAgent::new(regime, accounts, &plan.options),
            heard: Heard {
                now: table.start,
                recorder,
                auditor: ObligationAuditor::new(accounts),
                fates,
                settled_minor: 0,
            },
            optima: Vec::new(),
            cut_offs: 0,
            next_review: table.start + table.review,
            next_window: table.start + table.window,
            windows: 0,
            every: (windows * accounts.len() as u64).div_ceil(BALANCE_ROWS).max(1),
            fresh: false,
        }
    }

    pub(super) fn take(&mut self, block: &[Due]) {
        for due in block {
            // What ends at an instant ends after all that arrives at it.
            self.advance(|next| next < due.at);
            self.heard.now = due.at;
            self.heard.auditor.arrived(due);
            self.heard.recorder.arrived(due);
            self.fresh = true;
            self.agent.submit(*due, &mut self.heard);
            self.heard.recorder.stepped(due.at);
        }
    }

    /// Ends cut-offs, reviews and windows, in this order at one instant, as long as they are due.
    fn advance(&mut self, is_due: impl Fn(Instant) -> bool) {
        loop {
            let cut_off = self.next_cut_off();
            let review = self.next_review();
            let next = cut_off.min(review).min(self.next_window);
            if !is_due(next) {
                return;
            }
            self.heard.now = next;
            let at = |other: Instant| other == next;
            if at(cut_off) || at(review) {
                self.review();
            }
            if at(cut_off) {
                self.cut_offs += 1;
                self.heard.recorder.cycle_ended(next);
            }
            if at(review) {
                self.next_review = later(next, self.plan.timetable.review);
                if self.regime.review() == Review::CutOff {
                    self.heard.recorder.cycle_ended(next);
                }
            }
            if at(self.next_window) {
                self.window();
            }
        }
    }

    fn next_cut_off(&self) -> Instant {
        let nets = matches!(self.regime, Regime::NetBilateral | Regime::NetMultilateral);
        let next = self.plan.timetable.cut_offs.get(self.cut_offs);
        next.copied().filter(|_| nets).unwrap_or(Instant::NEVER)
    }

    fn next_review(&self) -> Instant {
        let reviews =
            self.regime == Regime::NetContinuous || self.regime.review() == Review::Offset;
        if reviews { self.next_review } else { Instant::NEVER }
    }

    fn window(&mut self) {
        let at = self.next_window;
        if self.regime.review() == Review::Nothing {
            self.compare(|_| {});
        }
        self.windows += 1;
        self.heard.recorder.window_ended(at, self.windows.is_multiple_of(self.every));
        if self.regime.review() != Review::CutOff {
            self.heard.recorder.cycle_ended(at);
        }
        self.next_window = later(at, self.plan.timetable.window);
    }

    fn review(&mut self) {
        self.compare(|lane| {
            lane.agent.review(&mut lane.heard);
        });
        self.heard.recorder.stepped(self.heard.now);
    }

    /// Does something to the queue and, where the queue was short, compares what came of it with
    /// the best there was.
    fn compare(&mut self, act: impl FnOnce(&mut Self)) {
        let short = (1..=OPTIMUM_MAX).contains(&self.agent.open());
        if !short || self.optima.len() == self.plan.optima_max || !std::mem::take(&mut self.fresh) {
            return act(self);
        }
        let queue = self.agent.list();
        let best = optimum(&queue, self.agent.positions()).expect("the queue is short");
        self.heard.settled_minor = 0;
        let at = self.heard.now;
        act(self);
        self.optima.push(OptimumRow {
            at,
            queued: u32::try_from(queue.len()).expect("the queue is short"),
            queued_minor: queue.iter().map(|due| u128::from(due.obligation.amount.minor())).sum(),
            settled_minor: self.heard.settled_minor,
            optimum_minor: best,
        });
    }

    pub(super) fn end(mut self) -> Settled {
        let close = self.plan.timetable.close;
        self.advance(|next| next <= close);
        self.heard.now = close;
        let ends_early = self.heard.recorder.cycles.last().is_none_or(|c| c.cut_off_at < close);
        if self.next_review() < Instant::NEVER {
            self.review();
        }
        if ends_early {
            self.heard.recorder.cycle_ended(close);
        }
        if self.heard.recorder.queued.last().is_none_or(|last| last.at < close) {
            self.heard.recorder.window_ended(close, true);
        }
        let open = self.agent.list();
        for due in &open {
            let fate = Fate { due: *due, discharged: None, status: FateStatus::Unsettled };
            self.heard.fates.record(&fate);
        }
        let (totals, positions) = self.heard.recorder.end(&open);
        let clearing = self.clearing(&open);
        let SettlementRecorder { cycles, queued, balances, .. } = self.heard.recorder;
        Settled {
            regime: self.regime.name(),
            totals,
            positions,
            cycles,
            queued,
            balances,
            optima: self.optima,
            clearing,
            findings: self.heard.auditor.end(&open),
        }
    }

    /// Who would pay how much of what is still open, with all it has.
    fn clearing(&self, open: &[Due]) -> Option<Vec<ClearedRow>> {
        let positions = self.agent.positions();
        let ids = (0..positions.len()).map(InstitutionId::new);
        let assets: Vec<u128> = ids.map(|at| positions.available(at).unsigned_abs()).collect();
        let claim = |debt: crate::units::Obligation| Claim {
            debtor: debt.debtor_agent,
            creditor: debt.creditor_agent,
            owed: debt.amount,
        };
        let claims: Vec<Claim> = claims(open).into_iter().map(claim).collect();
        let cleared = clear(&assets, &claims, self.plan.costs, DEFAULTERS_MAX)?;
        Some(cleared.participants.iter().map(cleared_row).collect())
    }
}

fn cleared_row(end: &Cleared) -> ClearedRow {
    ClearedRow {
        assets_minor: end.assets,
        owed_minor: end.owed,
        paid_minor: end.paid,
        received_minor: end.received,
        lost_minor: end.lost,
        rounding_minor: end.rounding,
        closing_minor: end.closing(),
        round: end.round,
    }
}

/// The next time; never, where time ends.
fn later(at: Instant, step: Duration) -> Instant {
    let next = at.nanos().checked_add(step.nanos());
    next.map_or(Instant::NEVER, Instant::from_nanos)
}
