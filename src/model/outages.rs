//! Outages: what befalls each institution in one replication, and what it does about it.
//!
//! Invariant: times are drawn by target, mode and number, so that one more fault moves no other.
//! Never: decides for others; who sends to an institution that is out learns it from the answer.

use super::context::{Context, high, low, purpose};
use super::fact::{Fact, Observer};
use super::institution::{InstitutionState, Station};
use super::message::{Kind, Message, Ticket};
use super::route::{Place, Way};
use crate::kernel::calendar::{EntityId, Event, Rank, Tie};
use crate::kernel::chance::Key;
use crate::kernel::outages::{Lost, Outages, Pace, Slow, Speed, slowed};
use crate::kernel::sampler::exponential;
use crate::ledger::HoldId;
use crate::scenario::{Fault, FaultMode, FaultTarget, FaultTime, Scenario};
use crate::units::{Duration, Instant, InstitutionId, Reason};

/// What befalls one institution, apart from its servers.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    /// Stalled while it refuses new requests.
    refuses: Pace,
    /// Its links with outages, by receiver.
    links: Vec<(InstitutionId, LinkTroubles)>,
    /// In order; what ends before what begins.
    moments: Vec<Moment>,
}

/// What befalls one direction of a link.
#[derive(Debug, Default)]
struct LinkTroubles {
    /// Stalled while the link refuses new requests.
    refuses: Pace,
    pace: Pace,
}

/// A fault begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    at: Instant,
    begins: bool,
    fault: u16,
    lasts: Duration,
}

/// Everything that befalls one institution in a replication.
pub(super) struct Fate {
    pub(super) servers: Outages,
    pub(super) troubles: Option<Box<Troubles>>,
}

/// One time of one fault.
struct Time<'a> {
    number: u16,
    fault: &'a Fault,
    from: Instant,
    until: Instant,
}

/// The fate of every institution, in order.
pub(super) fn fates(scenario: &Scenario, replication: u32) -> Vec<Fate> {
    let mut times: Vec<Vec<Time<'_>>> = Vec::new();
    times.resize_with(scenario.institutions.len(), Vec::new);
    for (number, fault) in scenario.faults.iter().enumerate() {
        let number = u16::try_from(number).expect("the loader bounds the faults");
        let own = &mut times[fault.owner().index()];
        let time = |(from, until)| Time { number, fault, from, until };
        own.extend(spans(scenario, replication, fault).into_iter().map(time));
    }
    times.into_iter().map(|times| fate(&times)).collect()
}

/// When a fault is under way, until the run is over.
fn spans(scenario: &Scenario, replication: u32, fault: &Fault) -> Vec<(Instant, Instant)> {
    let (mtbf, mttr) = match fault.time {
        FaultTime::Planned { from, until } => return vec![(from, until)],
        FaultTime::Drawn { mtbf, mttr } => (mtbf, mttr),
    };
    let run = Key::new(scenario.seed).with(u64::from(replication));
    let target = Key::named(&fault.target_name(scenario));
    let key = run.and(target).and(Key::named(fault.mode.name()));
    let mut spans = Vec::new();
    let mut at = Instant::EPOCH;
    for number in 0_u64.. {
        let draw = key.with(number).draw(purpose::OUTAGE);
        let from = at + length(mtbf, high(draw));
        if from >= scenario.closes_by() {
            break;
        }
        at = from + length(mttr, low(draw));
        spans.push((from, at));
    }
    spans
}

/// An exponential length of time with this mean; at least a nanosecond.
fn length(mean: Duration, draw: u32) -> Duration {
    let nanos = (u128::from(mean.nanos()) * u128::from(exponential(draw))) >> 32;
    Duration::from_nanos(u64::try_from(nanos).expect("a year, thirty times over").max(1))
}

fn fate(times: &[Time<'_>]) -> Fate {
    let mut lost = Vec::new();
    let (mut slow, mut refuses) = (Vec::new(), Vec::new());
    let mut links: Vec<(InstitutionId, Vec<Slow>, Vec<Slow>)> = Vec::new();
    let mut moments = Vec::new();
    for time in times {
        let Time { number, fault, from, until } = *time;
        let lasts = until.since(from);
        moments.push(Moment { at: from, begins: true, fault: number, lasts });
        moments.push(Moment { at: until, begins: false, fault: number, lasts });
        let (speed, refusing) = match fault.mode {
            FaultMode::Refuse => (Speed::Stalled, true),
            FaultMode::Stall => (Speed::Stalled, false),
            FaultMode::Degrade(factor) => (Speed::Slowed(factor), false),
        };
        let span = Slow { from, until, speed };
        match fault.target {
            FaultTarget::Site { servers, .. } => lost.push(Lost { from, until, servers }),
            FaultTarget::Institution(_) => {
                if refusing { &mut refuses } else { &mut slow }.push(span);
            }
            FaultTarget::Link { to, .. } => {
                let place = links.iter().position(|(other, ..)| *other == to);
                let place = place.unwrap_or_else(|| {
                    links.push((to, Vec::new(), Vec::new()));
                    links.len() - 1
                });
                let (_, refuses, slow) = &mut links[place];
                if refusing { refuses } else { slow }.push(span);
            }
        }
    }
    lost.sort_unstable_by_key(|lost: &Lost| (lost.from, lost.until));
    moments.sort_unstable();
    links.sort_unstable_by_key(|(to, ..)| *to);
    let link = |(to, refuses, slow): (_, Vec<Slow>, Vec<Slow>)| {
        (to, LinkTroubles { refuses: Pace::new(&refuses), pace: Pace::new(&slow) })
    };
    let links = links.into_iter().map(link).collect();
    let troubles = Troubles { refuses: Pace::new(&refuses), links, moments };
    Fate {
        servers: Outages { pace: Pace::new(&slow), lost },
        troubles: (!times.is_empty()).then(|| Box::new(troubles)),
    }
}

impl Troubles {
    /// Whether a new request that arrives now is refused.
    pub(super) fn refuses(&self, now: Instant) -> bool {
        self.refuses.speed(now).is_some()
    }

    fn link(&self, to: InstitutionId) -> Option<&LinkTroubles> {
        let place = self.links.binary_search_by_key(&to, |(other, _)| *other).ok()?;
        Some(&self.links[place].1)
    }

    /// When a message that is sent at `leaves` arrives: it waits for the end of a stall.
    #[cold]
    pub(super) fn arrival(&self, to: InstitutionId, leaves: Instant, latency: Duration) -> Instant {
        let Some(link) = self.link(to) else { return leaves + latency };
        let leaves = link.pace.begin(leaves);
        match link.pace.speed(leaves) {
            Some(Speed::Slowed(factor)) => leaves + slowed(latency, factor),
            _ => leaves + latency,
        }
    }
}

impl InstitutionState<'_> {
    /// The event of this institution's first outage, if it has any.
    pub(super) fn first_outage(&self) -> Option<Event<Ticket>> {
        let at = self.troubles.as_ref()?.moments.first()?.at;
        Some(self.outage_event(at, 0))
    }

    /// The counter 0 is used for nothing else: an outage comes first at its instant.
    fn outage_event(&self, at: Instant, index: u32) -> Event<Ticket> {
        let entity = EntityId::new(self.id.index());
        let tie = Tie::of_rank(Rank::Availability, entity, entity, 0);
        Event { at, tie, payload: Ticket { index, kind: Kind::Outage } }
    }

    /// Outages begin or end now: the first is the moment with this number.
    #[cold]
    pub(super) fn outage<O: Observer>(&mut self, cx: &mut Context<'_, O>, number: u32) {
        let troubles = self.troubles.as_ref().expect("its event was scheduled");
        let now = cx.now;
        let mut next = number;
        let coming = troubles.moments[number as usize..].iter();
        for moment in coming.take_while(|moment| moment.at == now) {
            let Moment { begins, fault, lasts, .. } = *moment;
            cx.tell(if begins {
                Fact::OutageBegan { fault, at: self.id, lasts }
            } else {
                Fact::OutageEnded { fault, at: self.id }
            });
            next += 1;
        }
        if let Some(moment) = troubles.moments.get(next as usize) {
            cx.calendar.push(self.outage_event(moment.at, next));
        }
        while let Station::Evented(station) = &mut self.station
            && let Some((next, visit)) = station.resume(cx.now)
        {
            self.start(cx, visit, next);
        }
    }

    /// A new request finds the institution out: it is refused at once.
    #[cold]
    pub(super) fn refuse_entry<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) {
        message.refuse(Reason::Outage);
        let of = message.attempt();
        cx.tell(Fact::Refused { by: self.id, of, reason: Reason::Outage });
        self.go_on_refused(cx, (index, message));
    }

    /// Whether the link to the next visit takes no new request now.
    #[inline]
    pub(super) fn link_refuses<O>(
        &self,
        cx: &Context<'_, O>,
        (next, message): (u16, &Message),
    ) -> bool {
        let Some(troubles) = &self.troubles else { return false };
        let stop = &cx.model.stops[usize::from(next)];
        if stop.admitted || stop.way != Way::Link {
            return false;
        }
        let link = troubles.link(message.at(stop.place));
        link.is_some_and(|link| link.refuses.speed(cx.now).is_some())
    }

    /// The link to the next visit is out: the payment is refused here, and what was set aside for
    /// it is set free.
    #[cold]
    pub(super) fn refuse_to_send<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) {
        let stop = &cx.model.stops[usize::from(message.step)];
        message.refuse(Reason::Outage);
        let of = message.attempt();
        cx.tell(Fact::Refused { by: self.id, of, reason: Reason::Outage });
        if stop.place == Place::Wallet {
            if message.hold.is_some() {
                let hold = std::mem::replace(&mut message.hold, HoldId::NONE);
                self.book.void_hold(cx, hold, of);
            }
            self.release(cx, stop, message);
        }
        self.go_on_refused(cx, (index, message));
    }
}
