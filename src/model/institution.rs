//! An institution: a station, a book, and perhaps a clearing cycle. Handlers for its visits.

use super::book::Book;
use super::clearing::Clearing;
use super::compile::{InstitutionModel, NOWHERE, Stop};
use super::context::{Context, Delivery, high, low, purpose};
use super::dossier::is_kept;
use super::fact::{Exchange, Fact, Observer};
use super::itinerary::LEGS;
use super::limits;
use super::message::{Errand, Kind, Message, Ticket};
use super::outages::Troubles;
use super::recovery::note_refusal;
use super::route::{Acts, Place, Way, exchange_ended};
use crate::kernel::calendar::{EntityId, Rank};
use crate::kernel::outages::Outages;
use crate::kernel::sampler::Sampler;
use crate::kernel::station::{Arrival, Computed, Evented, Visit};
use crate::ledger::HoldId;
use crate::scenario::Discipline;
use crate::units::{Duration, Instant, InstitutionId, Reason};

/// One institution's own state.
pub(super) struct InstitutionState<'a> {
    pub(super) id: InstitutionId,
    pub(super) me: &'a InstitutionModel,
    /// How long its station serves a message.
    pub(super) service: &'a Sampler,
    pub(super) sent: u32,
    pub(super) station: Station,
    pub(super) book: Book,
    pub(super) clearing: Clearing,
    /// What its customers have used up of their limits.
    pub(super) today: limits::Today,
    /// Where anything ever befalls it.
    pub(super) troubles: Option<Box<Troubles>>,
}

/// How this institution's station is run; both kinds tell the same facts.
pub(super) enum Station {
    Computed(Computed),
    Evented(Evented<u32>),
}

impl Station {
    pub(super) fn new(of: &crate::scenario::Station, evented: bool, outages: Outages) -> Self {
        let last_come_first = of.discipline == Discipline::Lcfs;
        if evented || last_come_first {
            let station = Evented::new(of.servers, of.queue_limit, last_come_first);
            Self::Evented(station.with_outages(outages))
        } else {
            Self::Computed(Computed::new(of.servers, of.queue_limit).with_outages(outages))
        }
    }
}

impl InstitutionState<'_> {
    /// A message arrives: it waits and is served, or is turned away.
    #[inline]
    pub(super) fn arrive<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) {
        if is_kept(message) && !self.expects(cx, (index, message)) {
            return;
        }
        let stop = &cx.model.stops[usize::from(message.step)];
        if stop.first {
            message.entered = cx.now;
        }
        if stop.marks_arrival && message.errand == Errand::Payment {
            mark_exchanges(cx, stop, message);
        }
        if let Some(troubles) = &self.troubles
            && !stop.admitted
            && troubles.refuses(cx.now)
        {
            return self.refuse_entry(cx, (index, message));
        }
        let me = self.me;
        let draw = message.key.draw(me.legs[usize::from(stop.leg) % LEGS]);
        if stop.answer && me.bypass_answers {
            return self.serve(cx, (index, message), cx.now, draw);
        }
        let service = Duration::from_nanos(self.service.at(low(draw)));
        match &mut self.station {
            Station::Computed(station) => {
                let visit = if stop.admitted {
                    station.admit(cx.now, service)
                } else if let Some(visit) = station.arrive(cx.now, service) {
                    visit
                } else {
                    return self.turn_away(cx, (index, message));
                };
                let end = cx.now + visit.wait + visit.service;
                self.tell_visit(cx, visit, cx.now);
                self.serve(cx, (index, message), end, draw);
            }
            Station::Evented(station) => {
                let arrival = if stop.admitted {
                    station.admit(cx.now, service, index)
                } else {
                    station.arrive(cx.now, service, index)
                };
                match arrival {
                    Arrival::Starts(visit) => self.start(cx, visit, index),
                    Arrival::Waits { .. } => {}
                    Arrival::TurnedAway => self.turn_away(cx, (index, message)),
                }
            }
        }
    }

    /// A computed visit will end at `end`: go on from there, at once where nothing is decided.
    #[inline]
    fn serve<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
        end: Instant,
        draw: u64,
    ) {
        let stop = &cx.model.stops[usize::from(message.step)];
        let next = next_stop(stop, message);
        let decisive = if message.accepted() { self.me.decisive } else { Acts::POST };
        // Where outages make many leave at one instant, each leaves in an event of its own: in the
        // order in which they came, whatever is decided.
        let ordered = self.troubles.is_some();
        if stop.acts.has(decisive) || next == NOWHERE || ordered || is_consulted(stop, message) {
            let complete = Ticket { index, kind: Kind::Complete };
            cx.schedule_own(&mut self.sent, (end, Rank::Availability), complete);
        } else {
            self.forward(cx, (index, message), next, (end, draw));
        }
    }

    pub(super) fn start<O: Observer>(&mut self, cx: &mut Context<'_, O>, visit: Visit, index: u32) {
        let arrived = Instant::from_nanos(cx.now.nanos() - visit.wait.nanos());
        self.tell_visit(cx, visit, arrived);
        let end = cx.now + visit.service;
        let ending = Ticket { index, kind: Kind::EndOfService };
        cx.schedule_own(&mut self.sent, (end, Rank::Availability), ending);
    }

    /// A server of an evented station is free: the next in line starts, the served one goes on.
    #[inline(never)]
    pub(super) fn end_of_service<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) {
        if let Station::Evented(station) = &mut self.station
            && let Some((next, visit)) = station.end(cx.now)
        {
            self.start(cx, visit, next);
        }
        self.complete(cx, (index, message));
    }

    #[inline]
    fn tell_visit<O: Observer>(&self, cx: &mut Context<'_, O>, visit: Visit, arrived: Instant) {
        let Visit { ahead, wait, service } = visit;
        cx.tell(Fact::Visited { at: self.id, arrived, ahead, wait, service });
    }

    fn turn_away<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) {
        let of = message.attempt();
        cx.tell(Fact::TurnedAway { at: self.id, of });
        if message.errand != Errand::Payment {
            return self.turn_errand_away(cx, (index, message));
        }
        message.refuse(Reason::QueueFull);
        cx.tell(Fact::Refused { by: self.id, of, reason: Reason::QueueFull });
        self.go_on_refused(cx, (index, message));
    }

    /// A visit that decides or writes is complete, now.
    #[inline]
    pub(super) fn complete<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) {
        let model = cx.model;
        let stop = &model.stops[usize::from(message.step)];
        if is_kept(message) && !self.consult(cx, (index, message)) {
            return;
        }

        // 1. Check. Nothing is written in this half, but a hold, which is a check that lasts.
        if message.accepted() {
            if limits::applies(cx, stop) && self.prompts(cx, stop, (index, message)) {
                return;
            }
            if let Some(reason) = self.refusal(cx, stop, message) {
                message.refuse(reason);
                cx.tell(Fact::Refused { by: self.id, of: message.attempt(), reason });
                if is_kept(message) {
                    note_refusal(cx, message, reason);
                }
                return self.go_on_refused(cx, (index, message));
            }
            // 2. Commit. From here on this institution's part must succeed.
            self.commit(cx, stop, message);
        } else {
            self.let_go(cx, stop, message);
        }
        let next = next_stop(stop, message);
        if next == NOWHERE {
            return self.answer(cx, (index, message));
        }
        if self.link_refuses(cx, (next, message)) {
            return self.refuse_to_send(cx, (index, message));
        }
        let draw = message.key.draw(self.me.legs[usize::from(stop.leg) % LEGS]);
        self.forward(cx, (index, message), next, (cx.now, draw));
    }

    /// A visit of a payment refused further on: what was set aside for it is free again.
    fn let_go<O: Observer>(&mut self, cx: &mut Context<'_, O>, stop: &Stop, message: &mut Message) {
        if stop.acts.has(Acts::POST) && message.hold.is_some() {
            let hold = std::mem::replace(&mut message.hold, HoldId::NONE);
            self.book.void_hold(cx, hold, message.attempt());
        }
        if message.authorised.is_some() && stop.place == Place::Wallet {
            self.release(cx, stop, message);
        }
    }

    /// A refusal made here travels back along the answers, or ends the payment.
    pub(super) fn go_on_refused<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) {
        let stop = &cx.model.stops[usize::from(message.step)];
        if stop.refused == NOWHERE {
            return self.answer(cx, (index, message));
        }
        let draw = message.key.draw(self.me.legs[usize::from(stop.leg) % LEGS]);
        self.forward(cx, (index, message), stop.refused, (cx.now, draw));
    }

    /// Sends the message to its next visit, leaving at `leaves`.
    #[inline]
    pub(super) fn forward<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
        next: u16,
        (leaves, draw): (Instant, u64),
    ) {
        if is_kept(message) && self.launch(cx, (index, message), (next, leaves)) {
            return;
        }
        let stop = &cx.model.stops[usize::from(next)];
        message.step = next;
        let arrive = Ticket { index, kind: Kind::Arrive };
        if stop.way == Way::Shopper {
            let away = time_with_shopper(cx, stop, message);
            message.entered = message.entered + away;
            return cx.schedule_own(&mut self.sent, (leaves + away, Rank::Delivery), arrive);
        }
        let to = message.at(stop.place);
        debug_assert_ne!(to, self.id, "an institution sends nothing to itself");
        message.messages += 1;
        let latency = cx.model.link_to(self.me, to).latency(high(draw));
        let at = match &self.troubles {
            None => leaves + latency,
            Some(troubles) => troubles.arrival(to, leaves, latency),
        };
        let delivery = Delivery { to: EntityId::new(to.index()), at, rank: Rank::Delivery };
        cx.schedule(&mut self.sent, delivery, arrive);
    }

    /// The last institution releases the result to the shopper.
    fn answer<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) {
        let stop = &cx.model.stops[usize::from(message.step)];
        let of = message.attempt();
        cx.tell(Fact::Answered {
            of,
            route: cx.model.programs[usize::from(stop.program)].class,
            elapsed: cx.now.since(message.entered),
            messages: message.messages,
            status: message.status(),
        });
        let draw = message.key.draw(purpose::ACCESS);
        let at = cx.now + cx.model.access().latency(high(draw));
        let to = EntityId::new(cx.model.institutions.len() + of.id.source().index());
        let result = Ticket { index, kind: Kind::Result };
        cx.schedule(&mut self.sent, Delivery { to, at, rank: Rank::Delivery }, result);
    }
}

/// From the wallet's prompt to the shopper's confirmation: two access legs and human time.
pub(super) fn time_with_shopper<O>(
    cx: &Context<'_, O>,
    stop: &Stop,
    message: &Message,
) -> Duration {
    let legs = message.key.draw(purpose::CONFIRM);
    let access = cx.model.access();
    let mode = cx.model.programs[usize::from(stop.program)].class.mode;
    let human = cx.model.human.confirming(mode, message.key);
    access.latency(low(legs)) + human + access.latency(high(legs))
}

/// Whether copies are read or written when the visit is complete.
#[inline]
fn is_consulted(stop: &Stop, message: &Message) -> bool {
    is_kept(message) && (message.errand != Errand::Payment || stop.receives.is_some())
}

/// The visit after this one, given what is known so far.
#[inline]
fn next_stop(stop: &Stop, message: &Message) -> u16 {
    if !message.accepted() && stop.acts.has(Acts::STOP_IF_REFUSED) { NOWHERE } else { stop.next }
}

/// Exchanges begin and end on arrival.
#[inline(never)]
pub(super) fn mark_exchanges<O: Observer>(
    cx: &mut Context<'_, O>,
    stop: &Stop,
    message: &mut Message,
) {
    if let Some(exchange) = exchange_ended(stop.acts) {
        let since_entry = exchange == Exchange::Pay && stop.acts.has(Acts::PAY_SINCE_ENTRY);
        let began = if since_entry { message.entered } else { message.began };
        cx.tell(Fact::Exchanged {
            exchange,
            of: message.attempt(),
            route: cx.model.programs[usize::from(stop.program)].class,
            elapsed: cx.now.since(began),
            status: message.status(),
        });
    }
    if stop.acts.has(Acts::BEGIN) || stop.acts.has(Acts::BEGIN_DEBIT) {
        message.began = cx.now;
    }
}
