//! The auditor: hears every fact once and hands it to the rule that knows it.

use super::Findings;
use super::books::Books;
use super::case::Cases;
use super::house::Houses;
use super::law::{Docket, Law};
use super::schedule::Schedule;
use crate::model::fact::{Fact, Observer};
use crate::scenario::Scenario;
use crate::units::{Instant, InstitutionId, SourceId};

/// One source of intentions, as its own facts tell it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Source {
    /// Latest instant it has told.
    pub(super) clock: Instant,
    /// One more than the highest intention it has told.
    pub(super) intended: u64,
    /// How many intentions were concluded.
    pub(super) concluded: u64,
}

/// Rebuilds books, positions and statuses from facts, and tests every law on the way.
#[derive(Debug)]
pub struct Auditor {
    pub(super) docket: Docket,
    pub(super) schedule: Schedule,
    pub(super) settlement_bank: InstitutionId,
    pub(super) cases: Cases,
    pub(super) books: Books,
    pub(super) houses: Houses,
    /// Opening customer funds that were not booked, indexed by institution.
    pub(super) unbooked_funds: Vec<i128>,
    /// Opening reserves, indexed by institution.
    pub(super) opening: Vec<i128>,
    /// Reserves as the moves tell them, indexed by institution.
    pub(super) reserves: Vec<i128>,
    pub(super) sources: Vec<Source>,
    clocks: Vec<Instant>,
}

impl Auditor {
    /// An auditor of one run of this scenario.
    pub fn new(scenario: &Scenario) -> Self {
        let width = scenario.institutions.len();
        let all = scenario.institutions.iter();
        let opening: Vec<i128> = all.clone().map(|one| one.reserve.minor().into()).collect();
        let funds = all.map(|one| one.customer_funds.minor().into()).collect();
        Self {
            docket: Docket::new(scenario),
            schedule: Schedule::new(scenario),
            settlement_bank: scenario.settlement.bank,
            cases: Cases::default(),
            books: Books::new(width),
            houses: Houses::new(width),
            unbooked_funds: funds,
            reserves: opening.clone(),
            opening,
            sources: Vec::new(),
            clocks: vec![Instant::EPOCH; width],
        }
    }

    /// What the auditor says when the run has ended at `end`.
    pub fn finish(mut self, end: Instant) -> Findings {
        for (index, &clock) in self.clocks.iter().enumerate() {
            self.docket.check(Law::Causality, end, clock <= end, |names| {
                let what = format!("last fact of {}", names.at(index));
                [what, format!("at most {} ns", end.nanos()), format!("{} ns", clock.nanos())]
            });
        }
        self.end_payments(end);
        self.end_settlement(end);
        self.prove_mirrors(end);
        self.prove_reserves(end);
        self.balance_books(end);
        self.docket.findings()
    }

    /// Moves an institution's clock.
    #[inline]
    pub(super) fn tick(&mut self, at: Instant, institution: InstitutionId) {
        let clock = &mut self.clocks[institution.index()];
        let before = *clock;
        self.docket.check(Law::Causality, at, before <= at, |names| {
            let what = format!("clock of {}", names.of(institution));
            [what, format!("not before {} ns", before.nanos()), format!("{} ns", at.nanos())]
        });
        *clock = before.max(at);
    }

    /// Moves a source's clock and returns the source.
    #[inline]
    pub(super) fn source(&mut self, at: Instant, source: SourceId) -> &mut Source {
        let index = source.index();
        if index >= self.sources.len() {
            self.sources.resize(index + 1, Source::default());
        }
        let source = &mut self.sources[index];
        let before = source.clock;
        self.docket.check(Law::Causality, at, before <= at, |_| {
            let what = format!("clock of source {index}");
            [what, format!("not before {} ns", before.nanos()), format!("{} ns", at.nanos())]
        });
        source.clock = before.max(at);
        source
    }
}

impl Observer for Auditor {
    #[inline]
    fn observe(&mut self, at: Instant, fact: &Fact) {
        match fact {
            Fact::Intended { source, intention, .. } => self.intended(at, *source, *intention),
            Fact::Opened { of, wallet, acquirer, route, amount, .. } => {
                self.opened((at, of, *amount), (*wallet, *acquirer), *route);
            }
            Fact::Unreadable { of, .. } => self.unreadable(at, of),
            Fact::Visited { at: place, .. } => self.tick(at, *place),
            Fact::TurnedAway { at: by, of } | Fact::Refused { by, of, .. } => {
                self.heard(at, *by, of);
            }
            Fact::HoldPlaced { book, of, amount } => self.hold_placed(at, *book, of, *amount),
            Fact::HoldPosted { book, of, amount } => self.hold_posted(at, *book, of, *amount),
            Fact::HoldVoided { book, of, amount } => self.hold_voided(at, *book, of, *amount),
            Fact::Posted { book, debit, credit, amount, of } => {
                self.posted(at, *book, (*debit, *credit, *amount), of.as_ref());
            }
            Fact::Cleared { house, cycle, obligation, fee, of } => {
                self.cleared((at, *house, *cycle), obligation, *fee, of);
            }
            Fact::Charged { leg, payer, earner, amount, of } => {
                self.charged(at, (usize::from(*leg), *amount), (*payer, *earner), of);
            }
            Fact::CutOff { house, cycle } => self.cut_off(at, *house, *cycle),
            Fact::Netted { house, cycle, participant, debit, credit, fee_debit, fee_credit } => {
                let told = [*debit, *credit, *fee_debit, *fee_credit];
                self.netted((at, *house, *cycle), *participant, told);
            }
            Fact::ReserveMoved { house, cycle, participant, debit, credit, balance } => {
                let told = [*debit, *credit, *balance];
                self.reserve_moved((at, *house, *cycle), *participant, told);
            }
            Fact::Settled { house, cycle } => self.settled(at, *house, *cycle),
            Fact::Postponed { house, cycle, .. } => self.postponed(at, *house, *cycle),
            Fact::Exchanged { of, elapsed, .. } => self.exchanged(at, of, *elapsed),
            Fact::Answered { of, elapsed, messages, status, .. } => {
                self.answered(at, of, (*elapsed, *messages, *status));
            }
            Fact::Closed { of, status } => self.closed(at, of, *status),
            Fact::Concluded { of, purchase, status, .. } => {
                self.concluded(at, of, (*purchase, *status));
            }
        }
    }
}
