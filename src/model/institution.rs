//! An institution: a station, a book, and perhaps a clearing cycle. Handlers for its visits.

use super::book::Book;
use super::clearing::{Clearing, Value};
use super::compile::{InstitutionModel, Model};
use super::context::{Context, Delivery, high, low, purpose};
use super::fact::{Account, Exchange, Fact, Observer};
use super::message::{Kind, Message};
use super::route::{Acts, END, Place, Program, Step, Way, exchange_ended};
use crate::kernel::calendar::{EntityId, Rank};
use crate::kernel::station::{Arrival, Computed, Evented, Visit};
use crate::scenario::{Discipline, LinkTable};
use crate::units::{Duration, Instant, InstitutionId, Obligation, Reason};

/// One institution's own state.
pub(super) struct InstitutionState {
    pub(super) id: InstitutionId,
    pub(super) sent: u32,
    pub(super) station: Station,
    pub(super) book: Book,
    pub(super) clearing: Clearing,
}

/// How this institution's station is run; both kinds tell the same facts.
pub(super) enum Station {
    Computed(Computed),
    Evented(Evented<Message>),
}

impl Station {
    pub(super) fn new(of: &crate::scenario::Station, evented: bool) -> Self {
        let last_come_first = of.discipline == Discipline::Lcfs;
        if evented || last_come_first {
            Self::Evented(Evented::new(of.servers, of.queue_limit, last_come_first))
        } else {
            Self::Computed(Computed::new(of.servers, of.queue_limit))
        }
    }
}

impl InstitutionState {
    /// A message arrives: it waits and is served, or is turned away.
    #[inline]
    pub(super) fn arrive<O: Observer>(&mut self, cx: &mut Context<'_, O>, mut message: Message) {
        let model = cx.model;
        let program = &model.programs[usize::from(message.program)];
        let step = program.steps[usize::from(message.step)];
        if message.step == 0 {
            message.entered = cx.now;
        }
        if step.acts.marks_arrival() {
            mark_exchanges(cx, program, &step, &mut message);
        }
        let me = &model.institutions[self.id.index()];
        let draw = cx.attempt_key(message.payment).and(me.legs[usize::from(step.leg)]).bits();
        if step.answer && me.bypass_answers {
            return self.serve(cx, (message, program, step), cx.now, draw);
        }
        let service = Duration::from_nanos(me.service.at(low(draw)));
        match &mut self.station {
            Station::Computed(station) => {
                let visit = if step.admitted {
                    station.admit(cx.now, service)
                } else if let Some(visit) = station.arrive(cx.now, service) {
                    visit
                } else {
                    return self.turn_away(cx, message);
                };
                let end = cx.now + visit.wait + visit.service;
                self.tell_visit(cx, visit);
                self.serve(cx, (message, program, step), end, draw);
            }
            Station::Evented(station) => {
                let arrival = if step.admitted {
                    station.admit(cx.now, service, message)
                } else {
                    station.arrive(cx.now, service, message)
                };
                match arrival {
                    Arrival::Starts(visit) => self.start(cx, visit, message),
                    Arrival::Waits { .. } => {}
                    Arrival::TurnedAway => self.turn_away(cx, message),
                }
            }
        }
    }

    /// A computed visit will end at `end`: go on from there, at once where nothing is decided.
    #[inline]
    fn serve<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (message, program, step): (Message, &Program, Step),
        end: Instant,
        draw: u64,
    ) {
        let next = next_step(program, &step, &message);
        if (step.acts.needs_completion(self.may_decline(cx.model)) && message.accepted())
            || step.acts.has(Acts::POST)
            || next == END {
            let complete = Message { kind: Kind::Complete, ..message };
            cx.schedule_own(&mut self.sent, (end, Rank::Availability), complete);
        } else {
            self.forward(cx, (message, program), next, (end, draw));
        }
    }

    fn may_decline(&self, model: &Model) -> bool {
        !model.institutions[self.id.index()].declines.is_empty()
    }

    fn start<O: Observer>(&mut self, cx: &mut Context<'_, O>, visit: Visit, message: Message) {
        self.tell_visit(cx, visit);
        let end = cx.now + visit.service;
        let ending = Message { kind: Kind::EndOfService, ..message };
        cx.schedule_own(&mut self.sent, (end, Rank::Availability), ending);
    }

    /// A server of an evented station is free: the next in line starts, the served one goes on.
    pub(super) fn end_of_service<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        message: Message,
    ) {
        if let Station::Evented(station) = &mut self.station
            && let Some((next, visit)) = station.end(cx.now)
        {
            self.start(cx, visit, next);
        }
        self.complete(cx, message);
    }

    #[inline]
    fn tell_visit<O: Observer>(&self, cx: &mut Context<'_, O>, visit: Visit) {
        let waited = if matches!(self.station, Station::Evented(_)) { visit.wait.nanos() } else { 0 };
        cx.tell(Fact::Visited {
            at: self.id,
            arrived: Instant::from_nanos(cx.now.nanos() - waited),
            ahead: visit.ahead,
            wait: visit.wait,
            service: visit.service,
        });
    }

    fn turn_away<O: Observer>(&mut self, cx: &mut Context<'_, O>, mut message: Message) {
        let of = message.attempt();
        cx.tell(Fact::TurnedAway { at: self.id, of });
        message.refuse(Reason::QueueFull);
        cx.tell(Fact::Refused { by: self.id, of, reason: Reason::QueueFull });
        self.go_on_refused(cx, message);
    }

    /// A visit that decides or writes is complete, now.
    #[inline]
    pub(super) fn complete<O: Observer>(&mut self, cx: &mut Context<'_, O>, mut message: Message) {
        let model = cx.model;
        let program = &model.programs[usize::from(message.program)];
        let step = program.steps[usize::from(message.step)];

        // 1. Check. Nothing is written in this half, but a hold, which is a check that lasts.
        if message.accepted() {
            if let Some(reason) = self.refusal(cx, &step, &mut message) {
                message.refuse(reason);
                cx.tell(Fact::Refused { by: self.id, of: message.attempt(), reason });
                return self.go_on_refused(cx, message);
            }
            // 2. Commit. From here on this institution's part must succeed.
            self.commit(cx, program, &step, &mut message);
        } else if step.acts.has(Acts::POST) && message.hold.is_some() {
            let hold = std::mem::replace(&mut message.hold, crate::ledger::HoldId::NONE);
            self.book.void_hold(cx, hold, message.attempt());
        }
        let next = next_step(program, &step, &message);
        if next == END {
            return self.answer(cx, message);
        }
        let me = &model.institutions[self.id.index()];
        let draw = cx.attempt_key(message.payment).and(me.legs[usize::from(step.leg)]).bits();
        self.forward(cx, (message, program), next, (cx.now, draw));
    }

    /// Why this institution refuses, if it does: base declines first, then cover.
    #[inline]
    fn refusal<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        step: &Step,
        message: &mut Message,
    ) -> Option<Reason> {
        let me = &cx.model.institutions[self.id.index()];
        if step.acts.has(Acts::DECIDE) && !me.declines.is_empty() {
            let key = cx.attempt_key(message.payment).and(me.legs[usize::from(step.leg)]);
            if let Some(reason) = declined(me, high(key.with(purpose::DECLINE).bits())) {
                return Some(reason);
            }
        }
        if step.acts.has(Acts::BANK_DEBIT) {
            let of = message.attempt();
            let Ok(hold) = self.book.place_hold(cx, message.amount, of) else {
                return Some(Reason::InsufficientFunds);
            };
            let credit = Account::DueTo(Message::id(message.wallet));
            self.book.post_hold(cx, (hold, credit), of);
        }
        if step.acts.has(Acts::HOLD) && !step.acts.has(Acts::BOOK_DEBIT) {
            return self.hold(cx, message);
        }
        None
    }

    fn hold<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        message: &mut Message,
    ) -> Option<Reason> {
        match self.book.place_hold(cx, message.amount, message.attempt()) {
            Ok(hold) => {
                message.hold = hold;
                None
            }
            Err(_) => Some(Reason::InsufficientFunds),
        }
    }

    fn commit<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        program: &Program,
        step: &Step,
        message: &mut Message,
    ) {
        let acts = step.acts;
        if acts.has(Acts::BOOK_DEBIT) {
            let entry = (Account::DueFrom(Message::id(message.bank)), Account::CustomerFunds);
            self.book.post(cx, entry, message.amount, Some(message.attempt()));
            if acts.has(Acts::HOLD) {
                let short = self.hold(cx, message);
                assert!(short.is_none(), "the bank's money covers the hold");
            }
        }
        if acts.has(Acts::POST) {
            self.post(cx, program, message);
        }
        if acts.has(Acts::CREDIT) {
            self.credit(cx, program, message);
        }
        if acts.has(Acts::BANK_DEBIT) {
            self.fees_at_bank(cx, message);
        }
        if acts.has(Acts::BOOK_DEBIT) {
            self.fees_of_debit(cx, message);
        }
        if acts.has(Acts::CLEAR_DEBIT) {
            self.clear(cx, message, (message.bank, message.wallet));
            self.clear_debit_fees(cx, message);
        }
        if acts.has(Acts::CLEAR_PAY) {
            self.clear(cx, message, (message.wallet, message.acquirer));
            self.clear_pay_fees(cx, program, message);
        }
    }

    /// The wallet turns the hold into a debt: to the acquirer, or on-us to the merchant.
    fn post<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        program: &Program,
        message: &mut Message,
    ) {
        let hold = std::mem::replace(&mut message.hold, crate::ledger::HoldId::NONE);
        let credit = if message.wallet == message.acquirer {
            Account::MerchantPayable
        } else {
            Account::DueTo(Message::id(message.acquirer))
        };
        self.book.post_hold(cx, (hold, credit), message.attempt());
        if !program.background && message.wallet != message.acquirer {
            self.fees_at_wallet(cx, message);
        }
    }

    /// The acquiring side books the wallet's debt and owes its merchant (or customer).
    fn credit<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        program: &Program,
        message: &Message,
    ) {
        if message.wallet != message.acquirer {
            let owed = if program.background {
                Account::CustomerFunds
            } else {
                Account::MerchantPayable
            };
            let entry = (Account::DueFrom(Message::id(message.wallet)), owed);
            self.book.post(cx, entry, message.amount, Some(message.attempt()));
        }
        if !program.background {
            self.fees_at_acquirer(cx, message);
        }
    }

    fn clear<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        message: &Message,
        (debtor, creditor): (u16, u16),
    ) {
        let due = Obligation {
            debtor_agent: Message::id(debtor),
            creditor_agent: Message::id(creditor),
            amount: message.amount,
        };
        self.clearing.accept(cx, (due, Value::Principal), message.attempt());
    }

    /// A refusal made here travels back along the answers, or ends the payment.
    fn go_on_refused<O: Observer>(&mut self, cx: &mut Context<'_, O>, message: Message) {
        let model = cx.model;
        let program = &model.programs[usize::from(message.program)];
        let step = program.steps[usize::from(message.step)];
        if step.refused == END {
            return self.answer(cx, message);
        }
        let me = &model.institutions[self.id.index()];
        let draw = cx.attempt_key(message.payment).and(me.legs[usize::from(step.leg)]).bits();
        self.forward(cx, (message, program), step.refused, (cx.now, draw));
    }

    /// Sends the message to the place of its next step, leaving at `leaves`.
    #[inline]
    fn forward<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (mut message, program): (Message, &Program),
        next: u8,
        (leaves, draw): (Instant, u64),
    ) {
        let step = program.steps[usize::from(next)];
        message.kind = Kind::Arrive;
        message.step = next;
        if step.way == Way::Shopper {
            let away = self.time_with_shopper(cx, program, &message);
            message.entered = message.entered + away;
            return cx.schedule_own(&mut self.sent, (leaves + away, Rank::Delivery), message);
        }
        let to = place(cx.model, &message, step.place);
        assert_ne!(to, self.id, "an institution sends nothing to itself");
        message.messages += 1;
        let kind = cx.model.scenario.links.kind(self.id, to);
        let at = leaves + cx.latency(kind, high(draw));
        let delivery = Delivery { to: EntityId::new(to.index()), at, rank: Rank::Delivery };
        cx.schedule(&mut self.sent, delivery, message);
    }

    /// From the wallet's prompt to the shopper's confirmation: two access legs and human time.
    fn time_with_shopper<O: Observer>(
        &self,
        cx: &Context<'_, O>,
        program: &Program,
        message: &Message,
    ) -> Duration {
        let key = cx.attempt_key(message.payment);
        let legs = key.with(purpose::CONFIRM).bits();
        let down = cx.latency(LinkTable::ACCESS, low(legs));
        let up = cx.latency(LinkTable::ACCESS, high(legs));
        down + cx.model.human.confirming(program.class.mode, key) + up
    }

    /// The last institution releases the result to the shopper.
    fn answer<O: Observer>(&mut self, cx: &mut Context<'_, O>, mut message: Message) {
        let program = &cx.model.programs[usize::from(message.program)];
        let of = message.attempt();
        cx.tell(Fact::Answered {
            of,
            route: program.class,
            elapsed: cx.now.since(message.entered),
            messages: message.messages,
            status: message.status(),
        });
        message.kind = Kind::Result;
        let draw = cx.attempt_key(message.payment).with(purpose::ACCESS).bits();
        let at = cx.now + cx.latency(LinkTable::ACCESS, high(draw));
        let to = EntityId::new(cx.model.institutions.len() + of.id.source().index());
        cx.schedule(&mut self.sent, Delivery { to, at, rank: Rank::Delivery }, message);
    }
}

/// The step after this one, given what is known so far.
#[inline]
fn next_step(program: &Program, step: &Step, message: &Message) -> u8 {
    if !message.accepted() && step.acts.has(Acts::STOP_IF_REFUSED) {
        return END;
    }
    let next = message.step + 1;
    if usize::from(next) < program.steps.len() { next } else { END }
}

/// Who stands at this place of the payment.
#[inline]
pub(super) fn place(model: &Model, message: &Message, place: Place) -> InstitutionId {
    match place {
        Place::Wallet => Message::id(message.wallet),
        Place::Bank => Message::id(message.bank),
        Place::Acquirer => Message::id(message.acquirer),
        Place::Hub => model.reaches[usize::from(message.reach)].hubs[0],
        Place::FarHub => model.reaches[usize::from(message.reach)].hubs[1],
        Place::DebitHub => model.reaches[usize::from(message.reach)].debit_hub,
    }
}

/// The reason of a base decline at a 32-bit draw, if the draw falls below the rates' sum.
fn declined(me: &InstitutionModel, draw: u32) -> Option<Reason> {
    me.declines.iter().find(|(threshold, _)| draw < *threshold).map(|(_, reason)| *reason)
}

fn mark_exchanges<O: Observer>(
    cx: &mut Context<'_, O>,
    program: &Program,
    step: &Step,
    message: &mut Message,
) {
    if let Some(exchange) = exchange_ended(step.acts) {
        let since_entry = exchange == Exchange::Pay && step.acts.has(Acts::PAY_SINCE_ENTRY);
        let began = if since_entry { message.entered } else { message.began };
        cx.tell(Fact::Exchanged {
            exchange,
            of: message.attempt(),
            route: program.class,
            elapsed: cx.now.since(began),
            status: message.status(),
        });
    }
    if step.acts.has(Acts::BEGIN) || step.acts.has(Acts::BEGIN_DEBIT) {
        message.began = cx.now;
    }
}
