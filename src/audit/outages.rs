//! Outages: they come as they were planned, and while they last they are kept.

use std::collections::BTreeSet;

use super::auditor::Auditor;
use super::law::{Docket, Law};
use crate::scenario::{Fault, FaultMode, FaultTarget, FaultTime, Scenario};
use crate::units::{Duration, Instant, InstitutionId};

/// What facts have told of outages.
#[derive(Debug)]
pub(super) struct Outages {
    faults: Vec<Fault>,
    /// By fault: from when to when the one under way lasts, and how many have begun.
    under_way: Vec<(Option<(Instant, Instant)>, u64)>,
    /// Whether a whole institution may stall.
    stalls: bool,
    /// Promised ends and starts of services, by institution, where it may stall.
    promised: Vec<BTreeSet<(Instant, Instant)>>,
    stops: Instant,
}

impl Outages {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let faults = scenario.faults.clone();
        Self {
            under_way: vec![(None, 0); faults.len()],
            stalls: faults.iter().any(|fault| stalled(fault).is_some()),
            promised: vec![BTreeSet::new(); scenario.institutions.len()],
            stops: scenario.demand_stops(),
            faults,
        }
    }

    /// Whether visits are to be held against times without work.
    #[inline(always)]
    pub(super) fn watch_visits(&self) -> bool {
        self.stalls
    }

    /// Whether this institution, or a link from it, refuses new requests now.
    pub(super) fn refuses(&self, at: Instant, by: InstitutionId) -> bool {
        let known = self.faults.iter().zip(&self.under_way);
        let refuses = |fault: &Fault| {
            let whole = !matches!(fault.target, FaultTarget::Site { .. });
            fault.owner() == by && fault.mode == FaultMode::Refuse && whole
        };
        known.into_iter().any(|(fault, (span, _))| {
            refuses(fault) && span.is_some_and(|(from, until)| from <= at && at < until)
        })
    }
}

/// The institution that stalls as a whole by this fault.
fn stalled(fault: &Fault) -> Option<InstitutionId> {
    match (&fault.target, fault.mode) {
        (FaultTarget::Institution(id), FaultMode::Stall) => Some(*id),
        _ => None,
    }
}

/// Whether a service from `start` to `end` starts, or ends, while no work is done.
fn intrudes((start, end): (Instant, Instant), (from, until): (Instant, Instant)) -> bool {
    let starts = from <= start && start < until;
    starts || (from < end && end < until)
}

/// Nothing is served while no work is done.
fn check_service(
    docket: &mut Docket,
    (at, place): (Instant, InstitutionId),
    service: (Instant, Instant),
    stall: (Instant, Instant),
) {
    docket.check(Law::OutagesAreKept, at, !intrudes(service, stall), |names| {
        let what = format!("service at {}", names.of(place));
        let [from, until] = [stall.0, stall.1].map(Instant::nanos);
        let expected = format!("no start or end between {from} and {until} ns");
        [what, expected, format!("from {} to {} ns", service.0.nanos(), service.1.nanos())]
    });
}

impl Auditor {
    /// A visit to an institution that may stall: its service is held against the stall under way,
    /// and kept for those to come.
    #[cold]
    #[inline(never)]
    pub(super) fn visited_in_doubt(
        &mut self,
        (at, place): (Instant, InstitutionId),
        (arrived, wait, service): (Instant, Duration, Duration),
    ) {
        let start = arrived + wait;
        let span = (start, start + service);
        let outages = &mut self.outages;
        let promised = &mut outages.promised[place.index()];
        *promised = promised.split_off(&(at, Instant::EPOCH));
        promised.insert((span.1, span.0));
        for (fault, (stall, _)) in outages.faults.iter().zip(&outages.under_way) {
            if let Some(stall) = stall
                && stalled(fault) == Some(place)
            {
                check_service(&mut self.docket, (at, place), span, *stall);
            }
        }
    }

    pub(super) fn outage_began(
        &mut self,
        at: Instant,
        (number, place): (u16, InstitutionId),
        lasts: Duration,
    ) {
        self.tick(at, place);
        let outages = &mut self.outages;
        let fault = outages.faults.get(usize::from(number));
        let state = outages.under_way.get_mut(usize::from(number));
        let mut lawful = false;
        let mut stall = false;
        if let (Some(fault), Some((under_way, begun))) = (fault, state) {
            lawful = under_way.is_none() && fault.owner() == place && lasts > Duration::ZERO;
            if let FaultTime::Planned { from, until } = fault.time {
                lawful &= *begun == 0 && at == from && at + lasts == until;
            }
            *under_way = Some((at, at + lasts));
            *begun += 1;
            stall = stalled(fault) == Some(place);
        }
        self.docket.check(Law::OutagesAreKept, at, lawful, |names| {
            let what = format!("fault {number}, begun by {}", names.of(place));
            let expected = format!("its own, as it was planned: {fault:?}");
            [what, expected, format!("now, for {} ns", lasts.nanos())]
        });
        if stall {
            for (end, start) in &self.outages.promised[place.index()] {
                let (service, stall) = ((*start, *end), (at, at + lasts));
                check_service(&mut self.docket, (at, place), service, stall);
            }
        }
    }

    pub(super) fn outage_ended(&mut self, at: Instant, (number, place): (u16, InstitutionId)) {
        self.tick(at, place);
        let fault = self.outages.faults.get(usize::from(number));
        let state = self.outages.under_way.get_mut(usize::from(number));
        let span = state.and_then(|(under_way, _)| under_way.take());
        let own = fault.is_some_and(|fault| fault.owner() == place);
        let lawful = own && span.is_some_and(|(_, until)| until == at);
        self.docket.check(Law::OutagesAreKept, at, lawful, |names| {
            let what = format!("fault {number}, ended by {}", names.of(place));
            [what, format!("the end of {span:?}"), format!("{} ns", at.nanos())]
        });
    }

    /// The end of the run: what was planned before demand stopped has begun, and what is past has
    /// ended.
    pub(super) fn end_outages(&mut self, end: Instant) {
        let last = end.min(self.outages.stops);
        let known = self.outages.faults.iter().zip(&self.outages.under_way);
        let unlawful = |(fault, (under_way, begun)): &(&Fault, &(Option<_>, u64))| {
            let missing = match fault.time {
                FaultTime::Planned { from, .. } => from < last && *begun == 0,
                FaultTime::Drawn { .. } => false,
            };
            missing || under_way.is_some_and(|(_, until)| until < last)
        };
        let first = known.enumerate().find(|(_, one)| unlawful(one));
        self.docket.check(Law::OutagesAreKept, end, first.is_none(), |names| {
            let Some((number, (fault, (under_way, begun)))) = first else {
                return [""; 3].map(str::to_owned);
            };
            let what = format!("fault {number} of {}", names.of(fault.owner()));
            let observed = format!("begun {begun} times, under way: {under_way:?}");
            [what, format!("{:?}", fault.time), observed]
        });
    }
}
