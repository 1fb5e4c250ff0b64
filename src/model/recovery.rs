//! Recovery: time-outs, status polls, reversals, and what they find at the other side.
//!
//! Polls and reversals travel the path of their exchange, through the same stations and queues.
//! Who is asked answers from its own copy. A reversal takes back what was done and forbids what
//! comes later; on its way back the house takes back what it cleared. The asker itself books an
//! exchange only when an answer comes in time, so it never has anything to take back.

use super::compile::{ExchangeStops, Stop};
use super::context::{Context, low, purpose};
use super::dossier::{Asked, Done, House, Waits};
use super::fact::{Exchange, Fact, Observer, Recovery};
use super::institution::{InstitutionState, mark_exchanges};
use super::message::{Errand, Kind, Message, Messages, Ticket};
use super::route::{Acts, Way};
use crate::kernel::calendar::Rank;
use crate::scenario::Timers;
use crate::units::{Duration, Instant, Reason, Status};

fn timers<O>(cx: &Context<'_, O>) -> Timers {
    cx.model.scenario.timers.expect("only attempts under timers have a dossier")
}

fn stop_of<O>(cx: &Context<'_, O>, message: &Message) -> Stop {
    cx.model.stops[usize::from(message.step)]
}

fn ends_of<O>(cx: &Context<'_, O>, message: &Message, exchange: Exchange) -> ExchangeStops {
    let program = stop_of(cx, message).program;
    cx.model.exchanges[usize::from(program)][exchange as usize]
}

fn tell<O: Observer>(
    cx: &mut Context<'_, O>,
    state: &InstitutionState<'_>,
    (what, exchange): (Recovery, Exchange),
    message: &Message,
) {
    cx.tell(Fact::Recovery { what, by: state.id, exchange, of: message.attempt() });
}

impl InstitutionState<'_> {
    /// Before a message leaves: the first request of an exchange starts its timer. Returns whether
    /// the message is lost on its link.
    #[inline(never)]
    pub(super) fn launch<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
        (next, leaves): (u16, Instant),
    ) -> bool {
        let stop = cx.model.stops[usize::from(next)];
        if stop.way == Way::Shopper {
            return false;
        }
        if let Some(exchange) = stop.opens.filter(|_| message.errand == Errand::Payment) {
            let asked = Asked { waits: Waits::Answer, sent: 0, late: false, request: *message };
            cx.dossiers.at(message.dossier).asked[exchange as usize] = Some(asked);
            let deadline = leaves + timers(cx).timeout;
            self.wait(cx, (message.dossier, exchange), deadline);
        }
        let purpose = self.me.legs[usize::from(stop.leg)].and(purpose::LOSS);
        let lost = cx.model.loss.covers(low(message.key.draw(purpose)));
        if lost {
            message.step = next;
            let lost = Ticket { index, kind: Kind::Lost };
            cx.schedule_own(&mut self.sent, (leaves, Rank::Availability), lost);
        }
        lost
    }

    fn wait<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (dossier, exchange): (u32, Exchange),
        until: Instant,
    ) {
        cx.dossiers.join(dossier);
        let kind = match exchange {
            Exchange::Parse => Kind::ParseIsLate,
            Exchange::Debit => Kind::DebitIsLate,
            Exchange::Pay => Kind::PayIsLate,
        };
        cx.schedule_own(&mut self.sent, (until, Rank::Timer), Ticket { index: dossier, kind });
    }

    /// A message that left just now is lost.
    #[inline(never)]
    pub(super) fn lose<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) {
        let to = message.at(stop_of(cx, message).place);
        cx.tell(Fact::Lost { from: self.id, to, of: message.attempt() });
        cx.ended.push(index);
    }

    /// Whether a message that arrives is still waited for. A status answer takes the payment up
    /// where its request left it.
    #[inline(never)]
    pub(super) fn expects<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) -> bool {
        let Some(exchange) = stop_of(cx, message).answers_to else { return true };
        let asked = cx.dossiers.at(message.dossier).asked(exchange);
        match (asked.waits, message.errand) {
            (Waits::Answer, Errand::Payment) => {
                asked.waits = Waits::Nothing;
                message.late |= asked.late;
                return true;
            }
            (Waits::Answer, Errand::Known) => {
                asked.waits = Waits::Nothing;
                message.take_up(&asked.request);
                return true;
            }
            (Waits::Acknowledgement, Errand::Reversal) => {
                asked.waits = Waits::Nothing;
                tell(cx, self, (Recovery::Acknowledged, exchange), message);
            }
            _ => {}
        }
        cx.ended.push(index);
        false
    }

    /// A full queue turned a poll or a reversal away: it ends here.
    pub(super) fn turn_errand_away<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) {
        let exchange = stop_of(cx, message).exchange.expect("it travels an exchange");
        tell(cx, self, (Recovery::TurnedAway, exchange), message);
        cx.ended.push(index);
    }

    /// Before a visit's end decides or writes: whether it goes on as if nothing could be late.
    #[inline(never)]
    pub(super) fn consult<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) -> bool {
        if message.errand != Errand::Payment {
            self.run_errand(cx, (index, message));
            return false;
        }
        let stop = stop_of(cx, message);
        let dossier = cx.dossiers.at(message.dossier);
        if let Some(exchange) = stop.works_for.or(stop.receives) {
            let done = &mut dossier.done[exchange as usize];
            if *done == Done::Undone {
                self.keep_money(cx, stop, message);
                cx.ended.push(index);
                return false;
            }
            *done = match message.status() {
                Status::Rejected(reason) => Done::Refused(reason, message.messages),
                Status::Accepted if stop.works_for.is_none() => Done::InProcess,
                Status::Accepted => Done::Accepted(message.messages),
            };
        }
        let Some(exchange) = stop.between.filter(|_| message.accepted()) else { return true };
        let house = &mut dossier.houses[exchange as usize];
        let open = *house == House::Open;
        if open {
            *house = House::Cleared;
        } else {
            self.go_on(cx, (index, message), stop.next);
        }
        open
    }

    /// The payment was taken back while a bank was asked: the bank's money stays at the wallet.
    fn keep_money<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        stop: Stop,
        message: &mut Message,
    ) {
        if message.accepted() && stop.acts.has(Acts::BOOK_DEBIT) {
            let acts = stop.acts.among(Acts::BOOK_DEBIT.and(Acts::CLEAR_DEBIT));
            self.commit(cx, &Stop { acts, ..stop }, message);
        }
    }

    /// A poll or a reversal has been served.
    fn run_errand<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
    ) {
        let stop = stop_of(cx, message);
        let exchange = stop.exchange.expect("it travels an exchange");
        let mut next = stop.next;
        if stop.receives == Some(exchange) {
            next = ends_of(cx, message, exchange).answer;
            self.answer_errand(cx, exchange, message);
        } else if stop.between == Some(exchange) {
            self.errand_at_house(cx, (stop, exchange), message);
        }
        self.go_on(cx, (index, message), next);
    }

    fn go_on<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (index, message): (u32, &mut Message),
        next: u16,
    ) {
        let leg = stop_of(cx, message).leg;
        let draw = message.key.draw(self.me.legs[usize::from(leg)]);
        self.forward(cx, (index, message), next, (cx.now, draw));
    }

    /// Who is asked answers from its own copy.
    fn answer_errand<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        exchange: Exchange,
        message: &mut Message,
    ) {
        let done = &mut cx.dossiers.at(message.dossier).done[exchange as usize];
        match (message.errand, *done) {
            // What the request took to be decided counts, not what the poll took.
            (Errand::Poll, Done::Accepted(messages)) => {
                message.errand = Errand::Known;
                message.messages = messages;
            }
            (Errand::Poll, Done::Refused(reason, messages)) => {
                message.errand = Errand::Known;
                message.messages = messages;
                message.refuse(reason);
            }
            (Errand::Reversal, Done::Accepted(_)) => {
                *done = Done::Undone;
                tell(cx, self, (Recovery::Undone, exchange), message);
                let works = ends_of(cx, message, exchange).works;
                self.undo(cx, cx.model.stops[usize::from(works)].acts, (exchange, message));
            }
            (Errand::Reversal, Done::Nothing | Done::InProcess) => *done = Done::Undone,
            _ => {}
        }
    }

    /// The house clears what a status answer says is done, or takes back what it has cleared.
    fn errand_at_house<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (stop, exchange): (Stop, Exchange),
        message: &mut Message,
    ) {
        let house = &mut cx.dossiers.at(message.dossier).houses[exchange as usize];
        match (message.errand, *house) {
            (Errand::Known, House::Open) if message.accepted() => {
                *house = House::Cleared;
                self.commit(cx, &stop, message);
            }
            (Errand::Reversal, House::Cleared) => {
                *house = House::Undone;
                tell(cx, self, (Recovery::Undone, exchange), message);
                self.undo(cx, stop.acts, (exchange, message));
            }
            (Errand::Reversal, House::Open) => *house = House::Undone,
            _ => {}
        }
    }

    /// A deadline has passed.
    #[inline(never)]
    pub(super) fn is_late<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        messages: &mut Messages,
        (index, exchange): (u32, Exchange),
    ) {
        let timers = timers(cx);
        let dossier = cx.dossiers.at(index);
        let asked = dossier.asked(exchange);
        let (request, waits, first) = (asked.request, asked.waits, !asked.late);
        match waits {
            Waits::Answer => {
                asked.late = true;
                let polls = if exchange == Exchange::Parse { 0 } else { timers.polls };
                let poll = asked.sent < polls;
                dossier.late = true;
                if first {
                    tell(cx, self, (Recovery::TimedOut, exchange), &request);
                }
                if poll {
                    self.send(
                        cx,
                        messages,
                        (exchange, Errand::Poll),
                        timers.poll_interval,
                        &request,
                    );
                } else {
                    self.give_up(cx, messages, exchange, &request);
                }
            }
            Waits::Acknowledgement if asked.sent < timers.reversals => {
                let every = timers.reversal_interval;
                self.send(cx, messages, (exchange, Errand::Reversal), every, &request);
            }
            Waits::Acknowledgement => {
                asked.waits = Waits::Nothing;
                tell(cx, self, (Recovery::Abandoned, exchange), &request);
            }
            Waits::Nothing => {}
        }
    }

    /// The asker gives up: the payment goes on as refused, and what was asked for is reversed.
    fn give_up<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        messages: &mut Messages,
        exchange: Exchange,
        request: &Message,
    ) {
        let dossier = request.dossier;
        let asked = cx.dossiers.at(dossier).asked(exchange);
        asked.sent = 0;
        asked.waits = Waits::Nothing;
        let reverses = exchange != Exchange::Parse;
        if reverses {
            asked.waits = Waits::Acknowledgement;
        }
        let reason = Reason::TimedOut;
        cx.tell(Fact::Refused { by: self.id, of: request.attempt(), reason });
        let mut refused = *request;
        refused.step = ends_of(cx, request, exchange).home;
        refused.late = true;
        refused.refuse(reason);
        let stop = stop_of(cx, &refused);
        mark_exchanges(cx, &stop, &mut refused);
        let index = messages.add(refused);
        cx.dossiers.join(dossier);
        self.complete(cx, (index, messages.at(index)));
        if reverses {
            let every = timers(cx).reversal_interval;
            self.send(cx, messages, (exchange, Errand::Reversal), every, request);
        }
    }

    /// Sends a poll or a reversal after the request, and waits again.
    fn send<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        messages: &mut Messages,
        (exchange, errand): (Exchange, Errand),
        every: Duration,
        request: &Message,
    ) {
        let dossier = request.dossier;
        let asked = cx.dossiers.at(dossier).asked(exchange);
        asked.sent += 1;
        let what = if errand == Errand::Poll { Recovery::Polled } else { Recovery::Reversed };
        let number = u64::from(asked.sent);
        tell(cx, self, (what, exchange), request);
        let key = request.key.with((exchange as u64) << 16 | (errand as u64) << 8 | number);
        let first = ends_of(cx, request, exchange).request;
        let index = messages.add(request.on_errand(errand, key));
        cx.dossiers.join(dossier);
        let leg = cx.model.stops[usize::from(first)].leg;
        let draw = key.draw(self.me.legs[usize::from(leg)]);
        self.forward(cx, (index, messages.at(index)), first, (cx.now, draw));
        self.wait(cx, (dossier, exchange), cx.now + every);
    }
}

/// Who is asked has refused: its copy says so.
pub(super) fn note_refusal<O>(cx: &mut Context<'_, O>, message: &Message, reason: Reason) {
    let stop = stop_of(cx, message);
    if let Some(exchange) = stop.works_for.or(stop.receives) {
        let refused = Done::Refused(reason, message.messages);
        cx.dossiers.at(message.dossier).done[exchange as usize] = refused;
    }
}
