//! Limits: what a wallet looks at before it authorises a payment, and what a day has used up.
//!
//! Invariant: a day's authorised payments of one person, account and tier never exceed its limit.
//! Never: a look into another institution's counts: each wallet keeps its own.

use std::collections::BTreeMap;

use super::compile::Stop;
use super::context::{Context, high, low, purpose};
use super::fact::{Fact, Observer};
use super::institution::InstitutionState;
use super::message::{Kind, Message, Ticket};
use super::population;
use super::route::Acts;
use crate::kernel::calendar::Rank;
use crate::policy::verification;
use crate::scenario::{Mode, Tier};
use crate::units::{Instant, PaymentId, Reason};

/// What one wallet's customers have used up today. Only people who paid today take room: sixteen
/// bytes for each account and tier.
#[derive(Debug, Default)]
pub(super) struct Today {
    day: u32,
    used: BTreeMap<u64, u64>,
}

/// A person at one source.
#[derive(Clone, Copy)]
struct Person {
    source: u64,
    consumer: u64,
}

/// Payments without a PIN are counted beside the amounts.
const WITHOUT_PIN: u64 = 7;

impl Person {
    /// Key of an amount: who, from balance or bank, in which tier.
    fn amount(self, from_bank: bool, tier: Tier) -> u64 {
        self.key(u64::from(from_bank) << 3 | tier as u64)
    }

    fn payments(self) -> u64 {
        self.key(WITHOUT_PIN)
    }

    fn key(self, kind: u64) -> u64 {
        // At most 16,000 sources and 10^12 people: 14 and 40 bits.
        self.source << 44 | self.consumer << 4 | kind
    }
}

impl Today {
    /// What is used up under a key. A new day begins with nothing.
    fn used(&mut self, day: u32, key: u64) -> u64 {
        if self.day != day {
            self.day = day;
            self.used.clear();
        }
        self.used.get(&key).copied().unwrap_or(0)
    }

    fn take(&mut self, key: u64, much: u64) {
        *self.used.entry(key).or_insert(0) += much;
    }

    /// Gives back what was taken on `day`; what was taken yesterday is forgotten already.
    fn give_back(&mut self, (day, key): (u32, u64), much: u64) {
        if self.used(day, key) > 0
            && let Some(used) = self.used.get_mut(&key)
        {
            *used -= much;
        }
    }
}

impl InstitutionState<'_> {
    /// Asks the payer of a shown code for the PIN, once, where the rule says so. The visit is then
    /// complete after two access legs and human time.
    #[inline(never)]
    pub(super) fn prompts<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        stop: &Stop,
        (index, message): (u32, &mut Message),
    ) -> bool {
        let shown = cx.model.programs[usize::from(stop.program)].class.mode;
        // Nobody is asked for the PIN of a code that is refused anyway.
        if message.prompted || shown != Mode::ConsumerPresented || has_expired(cx, shown, message) {
            return false;
        }
        let person = person(cx, message);
        let before = self.today.used(day(cx, cx.now), person.payments());
        let before = u32::try_from(before).unwrap_or(u32::MAX);
        let draw = low(message.key.draw(purpose::PIN));
        let rule = &cx.model.scenario.limits.pin;
        if !verification::asks_pin(rule, message.amount, before, draw) {
            return false;
        }
        message.prompted = true;
        let away = super::institution::time_with_shopper(cx, stop, message);
        message.entered = message.entered + away;
        let complete = Ticket { index, kind: Kind::Complete };
        cx.schedule_own(&mut self.sent, (cx.now + away, Rank::Availability), complete);
        true
    }

    /// Why limits forbid this payment, if they do.
    #[inline(never)]
    pub(super) fn beyond<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        stop: &Stop,
        message: &Message,
    ) -> Option<Reason> {
        let limits = &cx.model.scenario.limits;
        let mode = cx.model.programs[usize::from(stop.program)].class.mode;
        if has_expired(cx, mode, message) {
            return Some(Reason::InvalidCode);
        }
        let person = person(cx, message);
        let tier = tier_of(cx, (person, mode), message);
        let cap = verification::cap(limits, tier)?;
        let used = self.today.used(day(cx, cx.now), person.amount(from_bank(cx, stop), tier));
        let total = u128::from(used) + u128::from(message.amount.minor());
        (total > u128::from(cap.minor())).then_some(Reason::LimitExceeded)
    }

    /// Counts an authorised payment.
    #[inline(never)]
    pub(super) fn authorise<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        stop: &Stop,
        message: &mut Message,
    ) {
        let mode = cx.model.programs[usize::from(stop.program)].class.mode;
        let person = person(cx, message);
        let tier = tier_of(cx, (person, mode), message);
        message.authorised = Some(tier);
        let key = person.amount(from_bank(cx, stop), tier);
        if verification::cap(&cx.model.scenario.limits, tier).is_some() {
            self.today.take(key, message.amount.minor());
        }
        if tier == Tier::C && cx.model.scenario.limits.pin.after.is_some() {
            self.today.take(person.payments(), 1);
        }
        message.authorised_on = day(cx, cx.now);
        cx.tell(Fact::Authorised { by: self.id, of: message.attempt(), tier });
    }

    /// An authorised payment was refused further on: what it took is given back.
    #[inline(never)]
    pub(super) fn release<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        stop: &Stop,
        message: &mut Message,
    ) {
        let Some(tier) = message.authorised.take() else { return };
        let person = person(cx, message);
        let then = message.authorised_on;
        if then == day(cx, cx.now) {
            let key = person.amount(from_bank(cx, stop), tier);
            self.today.give_back((then, key), message.amount.minor());
            if tier == Tier::C {
                self.today.give_back((then, person.payments()), 1);
            }
        }
        cx.tell(Fact::Released { by: self.id, of: message.attempt() });
    }
}

/// The tier of a payment as it stands.
fn tier_of<O>(cx: &Context<'_, O>, (who, mode): (Person, Mode), message: &Message) -> Tier {
    let share = cx.model.scenario.limits.certified;
    let people = cx.keys[PaymentId::from_raw(message.payment).source().index()].people;
    let draw = high(people.with(who.consumer).draw(purpose::CERTIFICATE));
    verification::tier(mode, message.prompted, share.covers(draw))
}

/// Who pays: drawn again, for a message names the attempt and not the person.
fn person<O>(cx: &Context<'_, O>, message: &Message) -> Person {
    let id = PaymentId::from_raw(message.payment);
    let source = id.source().index();
    let key = cx.keys[source].intentions.with(id.intention());
    let people = cx.model.scenario.consumers[source].population;
    Person { source: source as u64, consumer: population::consumer(key, people) }
}

/// Whether a shown code has outlived its life. Time spent on the PIN does not age it.
fn has_expired<O>(cx: &Context<'_, O>, mode: Mode, message: &Message) -> bool {
    let life = cx.model.scenario.limits.code_life;
    mode == Mode::ConsumerPresented
        && life.is_some_and(|life| cx.now.since(opened(cx, mode, message)) > life)
}

/// When the attempt opened: human time and an access leg before its first message arrived, and
/// human time since.
fn opened<O>(cx: &Context<'_, O>, mode: Mode, message: &Message) -> Instant {
    let leg = cx.model.access().latency(low(message.key.draw(purpose::ACCESS)));
    let before = leg + cx.model.human.presenting(mode, message.key);
    Instant::from_nanos(message.entered.nanos() - before.nanos())
}

fn from_bank<O>(cx: &Context<'_, O>, stop: &Stop) -> bool {
    cx.model.programs[usize::from(stop.program)].debit_cleared_at.is_some()
}

/// The calendar day of an instant, in the epoch's own offset.
fn day<O>(cx: &Context<'_, O>, at: Instant) -> u32 {
    const DAY: u64 = 86_400_000_000_000;
    let days = (at.nanos() + cx.model.scenario.epoch.time_of_day.nanos()) / DAY;
    u32::try_from(days).expect("2^64 ns are 213,504 days")
}

/// Whether this visit is where the wallet authorises, under limits.
#[inline]
pub(super) fn applies<O>(cx: &Context<'_, O>, stop: &Stop) -> bool {
    cx.model.limited && stop.acts.has(Acts::AUTHORISE)
}
