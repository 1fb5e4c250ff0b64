//! The recorder: hears every fact of one run and ends as its `RunOutcome`.
//!
//! Invariant: no allocation, hashing of keys or float for a fact, but for tables that grow to the
//! size of the world; facts of different entities may be told in another order within `slack`.
//! Never: decides anything; a run with a recorder is the same run.

use std::ops::Range;

use super::attempts::{Attempts, Open};
use super::buckets::Place;
use super::clearing::Clearing;
use super::cycle::Value;
use super::digest::Digest;
use super::in_flight::Change;
use super::latency::Latency;
use super::money::Money;
use super::outcome::RunOutcome;
use super::queues::Queues;
use super::series::Series;
use super::tally::Counts;
use crate::model::fact::{Attempt, Exchange, Fact, Observer, RouteClass, Topology};
use crate::scenario::Scenario;
use crate::units::{Duration, Instant, PolicyId, SourceId, Status};

/// How far facts of different entities may be out of order: the longest floor of a link bounds
/// the lookahead, and this is the least that is allowed for.
const SLACK_LEAST: Duration = Duration::from_millis(10);

/// All recorders of one run.
#[derive(Clone, Debug)]
pub struct Recorder {
    scenario: Scenario,
    /// The source whose intentions may name no class of merchants: a log gives codes.
    replay: Option<SourceId>,
    /// The sources of background items.
    background: Range<usize>,
    policy: String,
    replication: u32,
    attempts: Attempts,
    counts: Counts,
    latency: Latency,
    series: Series,
    queues: Queues,
    clearing: Clearing,
    money: Money,
    digest: Digest,
}

impl Recorder {
    /// A recorder for one run of this scenario under one of its policies.
    pub fn new(scenario: &Scenario, policy: PolicyId, replication: u32) -> Self {
        let floors = scenario.links.kinds.iter().map(|link| link.floor);
        let slack = floors.fold(SLACK_LEAST, Duration::max);
        let classes = scenario.consumers.len() + scenario.background.len();
        Self {
            replay: scenario.replay.as_ref().map(|_| SourceId::new(classes)),
            background: scenario.consumers.len()..classes,
            policy: scenario.policies[policy.index()].name.clone(),
            replication,
            attempts: Attempts::default(),
            counts: Counts::new(scenario),
            latency: Latency::new(),
            series: Series::new(scenario.window, slack),
            queues: Queues::new(scenario),
            clearing: Clearing::new(scenario),
            money: Money::new(scenario),
            digest: Digest::new(scenario),
            scenario: scenario.clone(),
        }
    }

    /// What happened, after a run that ended at this instant with so many events.
    pub fn finish(mut self, end: Instant, events: u64) -> RunOutcome {
        let scenario = &self.scenario;
        for (house, cycle) in self.clearing.end(end) {
            self.money.cleared(house, &cycle);
        }
        let (series, heat_map) = self.series.finish(end);
        let (queues, stations) = self.queues.finish(scenario, end);
        RunOutcome {
            policy: self.policy,
            replication: self.replication,
            tally: self.counts.tally(),
            latency: self.latency.finish(),
            heat_map,
            series,
            queues,
            stations,
            settlement: self.clearing.settlement(scenario),
            positions: self.clearing.positions(scenario),
            liquidity: self.clearing.liquidity(scenario),
            flows: self.money.flows(scenario),
            errors: self.counts.errors(scenario),
            fees: self.money.fees(scenario),
            wallets: self.counts.wallets(scenario),
            decisions: self.counts.decisions(scenario),
            houses: self.money.houses(scenario),
            digest: self.digest.finish(scenario),
            multiset: self.digest.multiset(),
            events,
            payments: self.counts.payments(),
        }
    }

    /// What has happened so far, at this instant: nothing later has been told. Attempts under way
    /// are left out, for they may still be accepted.
    pub fn so_far(&self, now: Instant) -> RunOutcome {
        let mut outcome = self.clone().finish(now, 0);
        outcome.tally.attempts -= outcome.tally.open_at_end;
        outcome.tally.open_at_end = 0;
        outcome
    }

    /// Whether an attempt enters the counts of payments: counted, and no background.
    #[inline]
    fn counts(&self, of: Attempt) -> bool {
        of.counted && !self.background.contains(&of.id.source().index())
    }

    /// A bank answered a debit: its house has carried one more.
    #[inline]
    fn debited(&mut self, of: Attempt, elapsed: Duration) {
        let open = self.attempts.get(of);
        if let Some(house) = open.and_then(|open| open.debit_house) {
            self.money.debited(house, elapsed);
        }
    }

    /// An attempt starts.
    #[expect(clippy::inline_always, reason = "as `observe`")]
    #[inline(always)]
    fn opened(&mut self, at: Instant, of: Attempt, open: Open) {
        self.attempts.open(of, open);
        if of.counted {
            self.counts.opened(open);
        }
        if !open.background {
            self.series.changed(at, Change::Opened);
        }
    }

    /// The result of an attempt is released.
    #[expect(clippy::inline_always, reason = "as `observe`")]
    #[inline(always)]
    fn answered(
        &mut self,
        at: Instant,
        (route, counted): (RouteClass, bool),
        elapsed: Duration,
        status: Status,
    ) {
        let place = Place::of(elapsed);
        if counted {
            self.latency.system(route, status, elapsed, place);
        }
        if !is_background(route) {
            self.series.answers.add(at, status, place);
        }
    }

    /// An attempt is over.
    #[expect(clippy::inline_always, reason = "as `observe`")]
    #[inline(always)]
    fn closed(&mut self, at: Instant, of: Attempt, status: Status) {
        let Some(open) = self.attempts.close(of) else { return };
        self.counts.closed(open, of.counted, status);
        if !open.background {
            let accepted = status == Status::Accepted;
            let change = if accepted { Change::Accepted } else { Change::Declined };
            self.series.changed(at, change);
        }
    }

    /// Facts that are few: out of the way of the others.
    #[cold]
    #[inline(never)]
    fn observe_rare(&mut self, at: Instant, fact: &Fact) {
        self.digest.add(at, fact);
        match *fact {
            Fact::TurnedAway { at: node, .. } => self.queues.turned_away(node, at),
            Fact::Unreadable { of, wallet, .. } if of.counted => self.counts.unreadable(wallet),
            Fact::Screened { of, fraud, refused, .. } if of.counted => {
                self.counts.screened(fraud, refused);
                if fraud && !refused {
                    self.attempts.missed(of);
                }
            }
            Fact::Refused { by, of, reason } if self.counts(of) => self.counts.refused(by, reason),
            Fact::CutOff { house, cycle } => {
                let cycle = self.clearing.cut_off(at, (house, cycle));
                self.money.cleared(house, &cycle);
            }
            Fact::Netted { house, cycle, participant, debit, credit, fee_debit, fee_credit } => {
                let gross = [debit, credit, fee_debit, fee_credit];
                self.clearing.netted((house, cycle), participant, gross);
            }
            Fact::ReserveMoved { house, cycle, participant, debit, credit, balance } => {
                let amounts = [debit, credit, balance];
                self.clearing.moved(at, (house, cycle), participant, amounts);
            }
            Fact::Settled { house, cycle } => self.clearing.settled(at, (house, cycle)),
            Fact::Postponed { house, cycle, short, lacking } => {
                self.clearing.postponed(at, (house, cycle), short, lacking);
            }
            _ => {}
        }
    }
}

#[inline]
fn is_background(route: RouteClass) -> bool {
    route.topology == Topology::Background
}

/// What happens to few payments, or to whole cycles.
#[inline]
const fn is_rare(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::TurnedAway { .. }
            | Fact::Unreadable { .. }
            | Fact::Refused { .. }
            | Fact::Screened { .. }
            | Fact::Authorised { .. }
            | Fact::Released { .. }
            | Fact::HoldVoided { .. }
            | Fact::CutOff { .. }
            | Fact::Netted { .. }
            | Fact::ReserveMoved { .. }
            | Fact::Settled { .. }
            | Fact::Postponed { .. }
    )
}

impl Observer for Recorder {
    #[expect(clippy::inline_always, reason = "the teller knows the kind: no match remains")]
    #[inline(always)]
    fn observe(&mut self, at: Instant, fact: &Fact) {
        if is_rare(fact) {
            return self.observe_rare(at, fact);
        }
        self.digest.add(at, fact);
        match *fact {
            Fact::Visited { at: node, arrived, ahead, wait, service } => {
                self.queues.visited(node, arrived, ahead, wait, service);
            }
            Fact::Intended { source, merchant, counted: true, .. }
                if merchant.is_some() || self.replay == Some(source) =>
            {
                self.counts.intended();
            }
            Fact::Opened { of, wallet, debit_house, route, amount, .. } => {
                let background = is_background(route);
                self.opened(
                    at,
                    of,
                    Open { amount, wallet, background, missed: false, debit_house },
                );
            }
            Fact::HoldPlaced { book, of, .. } if self.counts(of) => self.counts.held(book),
            Fact::Cleared { house, cycle, obligation, fee, of } => {
                let value = match (fee, of.counted) {
                    (true, _) => Value::Fee,
                    (false, true) => Value::Counted,
                    (false, false) => Value::Early,
                };
                self.clearing.cleared((house, cycle), obligation, value);
            }
            Fact::Charged { leg, payer, earner, amount, of } => {
                self.money.charged(leg, payer, earner, amount);
                if of.counted && payer.is_none() {
                    self.counts.merchant_charged(amount);
                }
            }
            Fact::Exchanged { exchange, of, route, elapsed, status } if of.counted => {
                self.latency.exchange(exchange, route, status, elapsed);
                if exchange == Exchange::Debit && status == Status::Accepted {
                    self.debited(of, elapsed);
                }
            }
            Fact::Answered { of, route, elapsed, messages, status } => {
                self.answered(at, (route, of.counted), elapsed, status);
                if of.counted && !is_background(route) {
                    self.counts.answered(messages);
                }
            }
            Fact::Closed { of, status } => self.closed(at, of, status),
            Fact::Concluded { of, route, elapsed, purchase, status }
                if of.counted && !route.is_some_and(is_background) =>
            {
                self.latency.user(route, status, elapsed);
                self.counts.concluded(purchase);
            }
            _ => {}
        }
    }
}
