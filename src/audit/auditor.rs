//! The auditor: hears every fact once and hands it to the rule that knows it.

use std::collections::{BTreeMap, BTreeSet};

use super::Findings;
use super::answer::still_open;
use super::books::Books;
use super::case::Cases;
use super::demand::{Demand, Wish};
use super::house::Houses;
use super::law::{Docket, Heard, Law};
use super::limits::{Used, concerns};
use super::money::Turn;
use super::outages::Outages;
use super::schedule::{Fee, Schedule};
use crate::model::fact::{Fact, Observer};
use crate::scenario::Scenario;
use crate::units::{Duration, Instant, InstitutionId, PaymentId, PolicyId, Reason, SourceId};

/// One source of intentions, as its own facts tell it.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    /// Latest instant it has told.
    pub(super) clock: Instant,
    /// One more than the highest intention it has told.
    pub(super) intended: u64,
    /// How many intentions were concluded.
    pub(super) concluded: u64,
    /// The intention told last, until its first attempt is told: nearly always at once.
    last: Option<(u64, Wish)>,
    /// Earlier intentions whose first attempt is not told yet: their codes are being tried.
    waiting: BTreeMap<u64, Wish>,
}

impl Source {
    /// Remembers an intention.
    #[inline(always)]
    pub(super) fn wish(&mut self, intention: u64, wish: Wish) {
        if let Some((before, wish)) = self.last.replace((intention, wish)) {
            self.tries(before, wish);
        }
    }

    #[cold]
    #[inline(never)]
    fn tries(&mut self, intention: u64, wish: Wish) {
        self.waiting.insert(intention, wish);
    }

    /// Takes the intention of a first attempt.
    #[inline(always)]
    pub(super) fn take(&mut self, intention: u64) -> Option<Wish> {
        match self.last {
            Some((last, wish)) if last == intention => {
                self.last = None;
                Some(wish)
            }
            _ => self.waiting.remove(&intention),
        }
    }

    /// Intentions without an attempt.
    pub(super) fn unbegun(&self) -> impl Iterator<Item = &Wish> {
        self.waiting.values().chain(self.last.as_ref().map(|(_, wish)| wish))
    }
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
    /// What attempts are held against when they open.
    pub(super) demand: Demand,
    /// Fee legs charged beyond those that have a bit in a case, until the answer.
    pub(super) far_legs: BTreeSet<(PaymentId, usize)>,
    /// A message that was turned away just now: its refusal must follow.
    pub(super) turned_away: Option<(InstitutionId, PaymentId)>,
    /// What limits are used up by; `None` where nothing is limited.
    pub(super) used: Option<Box<Used>>,
    /// An attempt that was taken for fraud just now: its refusal must follow.
    pub(super) suspected: Option<(InstitutionId, PaymentId)>,
    /// Under risk: attempts that were screened and are not answered yet.
    pub(super) screened: Option<BTreeSet<PaymentId>>,
    /// Who takes which attempt back, and when: counter-entries follow.
    pub(super) undoing: Option<(Instant, InstitutionId, PaymentId)>,
    /// Claims in one book only of finished attempts.
    pub(super) rests: u64,
    /// How many of these there are.
    pub(super) one_sided: u64,
    /// Whether links lose messages.
    pub(super) loses: bool,
    /// Whether an institution's queue has a limit.
    pub(super) limited: Vec<bool>,
    /// Reasons for which an institution declines by itself.
    pub(super) declines: Vec<Vec<Reason>>,
    pub(super) outages: Outages,
}

impl Auditor {
    /// An auditor of one run of this scenario under one of its policies.
    pub fn new(scenario: &Scenario, policy: PolicyId) -> Self {
        let width = scenario.institutions.len();
        let demand = Demand::new(scenario, policy);
        let all = scenario.institutions.iter();
        let opening: Vec<i128> = all.clone().map(|one| one.reserve.minor().into()).collect();
        let funds = all.clone().map(|one| one.customer_funds.minor().into()).collect();
        let limited = all.clone().map(|one| one.station.queue_limit.is_some()).collect();
        let declines = all.map(|one| {
            let stated = one.declines.iter().filter(|at| at.rate.parts() > 0);
            stated.map(|at| at.reason).collect()
        });
        Self {
            docket: Docket::new(scenario),
            schedule: Schedule::new(scenario),
            settlement_bank: scenario.settlement.bank,
            cases: Cases::new(demand.sources()),
            books: Books::new(width),
            houses: Houses::new(width),
            unbooked_funds: funds,
            reserves: opening.clone(),
            opening,
            sources: vec![Source::default(); demand.sources()],
            demand,
            far_legs: BTreeSet::new(),
            turned_away: None,
            suspected: None,
            screened: scenario.risk.map(|_| BTreeSet::new()),
            used: Used::new(scenario),
            undoing: None,
            rests: 0,
            one_sided: 0,
            loses: scenario.timers.is_some_and(|timers| timers.loss.parts() > 0),
            limited,
            declines: declines.collect(),
            outages: Outages::new(scenario),
        }
    }

    /// What the auditor says when the run has ended at `end`.
    pub fn finish(mut self, end: Instant) -> Findings {
        for index in 0..self.opening.len() {
            let clock = self.books.clock(index);
            self.docket.check(Law::Causality, end, clock <= end, |names| {
                let what = format!("last fact of {}", names.at(index));
                [what, format!("at most {} ns", end.nanos()), format!("{} ns", clock.nanos())]
            });
        }
        self.end_payments(end);
        self.end_outages(end);
        self.end_settlement(end);
        self.prove_mirrors(end);
        self.prove_reserves(end);
        self.end_news(end);
        self.balance_books(end);
        let (open_attempts, open_holds, open_minor) = still_open(self.cases.iter());
        let laws = self.docket.findings();
        Findings { laws, open_attempts, open_holds, open_minor }
    }

    /// Moves an institution's clock, and says so where it stood later.
    pub(super) fn tick(&mut self, at: Instant, institution: InstitutionId) {
        self.books.tick(at, institution);
        self.check_clock(at, institution);
    }

    /// Whether an institution's clock, moved just now, stands at this instant.
    pub(super) fn check_clock(&mut self, at: Instant, institution: InstitutionId) {
        let later = self.books.clock(institution.index());
        self.docket.test(Law::Causality, at, later == at, |names| {
            let what = format!("clock of {}", names.of(institution));
            [what, format!("not before {} ns", later.nanos()), format!("{} ns", at.nanos())]
        });
    }

    /// A visit is told on arrival, or when its service starts.
    #[inline(always)]
    fn visited(
        &mut self,
        at: Instant,
        place: InstitutionId,
        visit: (Instant, Duration),
        service: Duration,
    ) {
        self.docket.hear(Heard::Visited);
        if self.outages.watch_visits() {
            self.visited_in_doubt((at, place), (visit.0, visit.1, service));
        }
        let in_time = self.books.tick(at, place);
        if !in_time || visit.0 != at {
            self.started(at, place, visit);
        }
    }

    /// A visit that is not told on arrival.
    #[inline(never)]
    fn started(&mut self, at: Instant, place: InstitutionId, (arrived, wait): (Instant, Duration)) {
        self.check_clock(at, place);
        let lawful = arrived == at || at.nanos().checked_sub(wait.nanos()) == Some(arrived.nanos());
        self.docket.test(Law::Causality, at, lawful, |names| {
            let what = format!("visit to {}", names.of(place));
            let expected = format!("arrived now, or {} ns before", wait.nanos());
            [what, expected, format!("arrived at {} ns", arrived.nanos())]
        });
    }

    /// Moves a source's clock and returns the source, and whether it stood no later.
    #[inline(always)]
    pub(super) fn source(&mut self, at: Instant, source: SourceId) -> (&mut Source, bool) {
        let index = source.index();
        if index >= self.sources.len() {
            self.meet(index);
        }
        let source = &mut self.sources[index];
        let before = source.clock;
        source.clock = before.max(at);
        (source, before <= at)
    }

    /// Whether a source's clock, moved just now, stands at this instant.
    pub(super) fn check_source(&mut self, at: Instant, source: SourceId) {
        let later = self.sources[source.index()].clock;
        self.docket.test(Law::Causality, at, later == at, |_| {
            let what = format!("clock of source {}", source.index());
            [what, format!("not before {} ns", later.nanos()), format!("{} ns", at.nanos())]
        });
    }

    /// A source that the scenario does not know.
    #[cold]
    #[inline(never)]
    fn meet(&mut self, index: usize) {
        self.sources.resize(index + 1, Source::default());
    }

    /// An outage begins or ends.
    fn outage(&mut self, at: Instant, fact: &Fact) {
        match *fact {
            Fact::OutageBegan { fault, at: place, lasts } => {
                self.outage_began(at, (fault, place), lasts);
            }
            Fact::OutageEnded { fault, at: place } => self.outage_ended(at, (fault, place)),
            _ => unreachable!("it speaks of an outage"),
        }
    }

    /// A fact about what follows a time-out.
    fn late(&mut self, at: Instant, fact: &Fact) {
        match *fact {
            Fact::FeeReturned { leg, payer, earner, amount, of } => {
                self.fee_returned(at, (usize::from(leg), Fee { payer, earner, amount }), of);
            }
            Fact::Recovery { what, by, exchange, of } => {
                self.recovers(at, (what, by, exchange), of);
            }
            Fact::Lost { from, of, .. } => self.lost(at, from, of),
            Fact::Finished { of } => self.finished(at, of),
            _ => unreachable!("it speaks of what follows a time-out"),
        }
    }

    /// A fact about a cycle as a whole.
    fn cycle(&mut self, at: Instant, fact: &Fact) {
        match fact {
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
            Fact::Postponed { house, cycle, short, lacking } => {
                self.postponed((at, *house, *cycle), (*short, *lacking));
            }
            _ => unreachable!("it speaks of a cycle"),
        }
    }
}

impl Observer for Auditor {
    #[inline(always)]
    fn observe(&mut self, at: Instant, fact: &Fact) {
        if concerns(fact) && self.used.is_some() {
            self.heed(at, fact);
        }
        match *fact {
            Fact::Intended { source, intention, merchant, amount, counted, .. } => {
                self.intended(at, (source, intention), Wish { merchant, amount, counted });
            }
            Fact::Opened { .. } => self.opened(at, fact),
            Fact::Unreadable { of, wallet, mode } => self.unreadable(at, of, (wallet, mode)),
            Fact::Visited { at: place, arrived, wait, service, .. } => {
                self.visited(at, place, (arrived, wait), service);
            }
            Fact::OutageBegan { .. } | Fact::OutageEnded { .. } => self.outage(at, fact),
            Fact::TurnedAway { at: by, of } => self.turned_away(at, by, of),
            Fact::Refused { by, of, reason } => self.refused(at, (by, reason), of),
            Fact::Screened { .. } | Fact::Authorised { .. } | Fact::Released { .. } => {
                self.checks(at, fact);
            }
            Fact::HoldPlaced { book, of, amount } => {
                self.hold((at, book), Turn::Placed, (of, amount));
            }
            Fact::HoldPosted { book, of, amount } => {
                self.hold((at, book), Turn::Posted, (of, amount));
            }
            Fact::HoldVoided { book, of, amount } => {
                self.hold((at, book), Turn::Voided, (of, amount));
            }
            Fact::Posted { book, debit, credit, amount, of } => {
                self.posted(at, book, (debit, credit, amount), of);
            }
            Fact::Cleared { house, cycle, obligation, fee, of } => {
                self.cleared((at, house, cycle), (obligation, fee), of);
            }
            Fact::Charged { leg, payer, earner, amount, of } => {
                self.charged(at, (usize::from(leg), Fee { payer, earner, amount }), of);
            }
            Fact::FeeReturned { .. }
            | Fact::Recovery { .. }
            | Fact::Lost { .. }
            | Fact::Finished { .. } => self.late(at, fact),
            Fact::CutOff { .. }
            | Fact::Netted { .. }
            | Fact::ReserveMoved { .. }
            | Fact::Settled { .. }
            | Fact::Postponed { .. } => self.cycle(at, fact),
            Fact::Exchanged { exchange, of, route, elapsed, status } => {
                self.exchanged(at, of, (exchange, route, elapsed, status));
            }
            Fact::Answered { of, route, elapsed, messages, status } => {
                self.answered(at, of, (route, elapsed, messages, status));
            }
            Fact::Closed { of, status } => self.closed(at, of, status),
            Fact::Concluded { of, route, elapsed, purchase, status } => {
                self.concluded(at, of, (route, elapsed, purchase, status));
            }
        }
    }
}
