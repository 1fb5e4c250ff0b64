//! Sources: where intentions arise, and where shoppers wait for the result.
//!
//! An intention is free of policy: who, where, how much, when, in which order of preference. An
//! attempt is what policy makes of it: this wallet, on this route. All draws are keyed by the
//! source's name and the intention's number, so another policy meets the same shoppers.

use super::compile::{Model, Money};
use super::context::{Context, Delivery, SourceKeys, high, low, purpose};
use super::fact::{Attempt, Fact, Observer, Purchase, RouteClass};
use super::message::{Kind, Message, Messages, Parties, Ticket};
use super::population::{Background, Consumers};
use super::replay::Replayed;
use crate::kernel::calendar::{EntityId, Rank};
use crate::kernel::sampler::{Arrivals, exponential};
use crate::scenario::Mode;
use crate::units::{
    Amount, Instant, InstitutionId, MerchantClassId, PaymentId, Reason, SourceId, Status,
};

/// One source's own state.
pub(super) struct SourceState {
    pub(super) id: SourceId,
    pub(super) sent: u32,
    kind: SourceKind,
    arrivals: Arrivals,
    slots: Vec<Open>,
    free: Vec<u32>,
    next: u64,
    stops: Instant,
}

/// What kind of intentions arise here.
pub(super) enum SourceKind {
    /// Shoppers of one class.
    Consumers(Consumers),
    /// Clearing traffic that is no barcode payment.
    Background(Background),
    /// Payments of a log.
    Replay(Box<Replayed>),
}

/// An intention under way.
#[derive(Clone, Copy, Debug)]
struct Open {
    intention: Intention,
    /// Wallets of the bundle tried so far, as bits.
    tried: u16,
    attempt: u8,
    /// The route of the attempt under way.
    route: Option<RouteClass>,
    /// Whose app is being tried.
    wallet: InstitutionId,
}

/// All that is drawn for one intention.
#[derive(Clone, Copy, Debug)]
pub(super) struct Intention {
    pub(super) number: u64,
    pub(super) at: Instant,
    pub(super) consumer: u64,
    pub(super) amount: Amount,
    /// Class of merchants; none for background and where a log gives a code instead.
    pub(super) merchant: Option<MerchantClassId>,
    /// Bundle of wallets held; consumers only.
    pub(super) bundle: u16,
    pub(super) mode: Mode,
    pub(super) from_bank: bool,
    /// The payer's bank; the creditor of a background item.
    pub(super) other: InstitutionId,
    pub(super) counted: bool,
    /// The wallet that a row of a log states, and its reach if it has one; replay only.
    pub(super) stated: Option<(InstitutionId, Option<u16>)>,
}

impl SourceState {
    /// A source whose demand stops at an instant.
    pub(super) fn new(
        id: SourceId,
        (kind, arrivals): (SourceKind, Arrivals),
        stops: Instant,
    ) -> Self {
        Self { id, sent: 0, kind, arrivals, slots: Vec::new(), free: Vec::new(), next: 0, stops }
    }

    /// Attempts under way, counted or not.
    pub(super) fn open(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    fn keys<O>(&self, cx: &Context<'_, O>) -> SourceKeys {
        cx.keys[self.id.index()]
    }

    /// Schedules the next intention.
    pub(super) fn schedule_next<O: Observer>(&mut self, cx: &mut Context<'_, O>) {
        if let Some(at) = self.next_at(cx) {
            self.schedule(cx, at);
        }
    }

    /// The instant of the next intention: drawn, or read from the log.
    fn next_at<O: Observer>(&mut self, cx: &mut Context<'_, O>) -> Option<Instant> {
        if let SourceKind::Replay(log) = &mut self.kind {
            return log.read().unwrap_or_else(|failure| {
                cx.failure = Some(failure);
                None
            });
        }
        let draw = self.keys(cx).intentions.with(self.next).draw(purpose::GAP);
        self.arrivals.advance(exponential(high(draw)))
    }

    fn schedule<O: Observer>(&mut self, cx: &mut Context<'_, O>, at: Instant) {
        if at < self.stops {
            let intend = Ticket { index: 0, kind: Kind::Intend };
            cx.schedule_own(&mut self.sent, (at.max(cx.now), Rank::Timer), intend);
        }
    }

    /// An intention arises: all about it is drawn, and its first attempt starts. Rows of a log
    /// with the same instant, which may be many, arise together.
    #[inline(never)]
    pub(super) fn intend<O: Observer>(&mut self, cx: &mut Context<'_, O>, messages: &mut Messages) {
        let mut again = true;
        while again {
            let number = self.next;
            self.next += 1;
            let keys = self.keys(cx);
            let intention = match &mut self.kind {
                SourceKind::Consumers(class) => class.draw(cx.model, &keys, number),
                SourceKind::Background(flow) => flow.draw(&keys, number),
                SourceKind::Replay(log) => log.take(cx.model, &keys, number),
            };
            let next = self.next_at(cx);
            again = matches!(self.kind, SourceKind::Replay(_)) && next == Some(cx.now);
            if let Some(at) = next.filter(|_| !again) {
                self.schedule(cx, at);
            }
            self.arise(cx, messages, intention);
        }
    }

    fn arise<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        messages: &mut Messages,
        mut intention: Intention,
    ) {
        intention.at = cx.now;
        intention.counted = cx.model.counts(cx.now);
        cx.tell(Fact::Intended {
            source: self.id,
            intention: intention.number,
            consumer: intention.consumer,
            merchant: intention.merchant,
            amount: intention.amount,
            counted: intention.counted,
        });
        let slot = self.occupy(Open {
            intention,
            tried: 0,
            attempt: 0,
            route: None,
            wallet: intention.other,
        });
        self.start(cx, messages, slot);
    }

    fn occupy(&mut self, open: Open) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = open;
            return slot;
        }
        self.slots.push(open);
        u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 attempts in flight")
    }

    fn attempt(&self, slot: u32) -> Attempt {
        let open = &self.slots[slot as usize];
        Attempt {
            id: PaymentId::new(self.id, open.intention.number, open.attempt),
            slot,
            counted: open.intention.counted,
        }
    }

    /// Starts the attempt that the slot stands at: with the wallet preferred among those not yet
    /// tried, over the route that the policy opens to it.
    fn start<O: Observer>(&mut self, cx: &mut Context<'_, O>, messages: &mut Messages, slot: u32) {
        let of = self.attempt(slot);
        let open = &mut self.slots[slot as usize];
        let intention = &open.intention;
        let (wallet, choice) = match &self.kind {
            SourceKind::Background(flow) => {
                let (amount, parties) = (intention.amount, flow.parties(intention));
                return self.send(cx, messages, (of, amount, &parties));
            }
            SourceKind::Consumers(class) => {
                let keys = cx.keys[self.id.index()];
                let wallet = class
                    .prefer(cx.model, &keys, (intention, &mut open.tried))
                    .expect("an attempt starts only while a wallet is left");
                let at = intention.merchant.expect("consumers pay at a class of merchants");
                (wallet, cx.model.choice(wallet.index(), at.index(), intention.mode))
            }
            SourceKind::Replay(_) => intention.stated.expect("a row states its wallet"),
        };
        let parties = choice.map(|choice| parties(cx.model, intention, (wallet, choice)));
        let amount = intention.amount;
        open.wallet = wallet;
        match parties {
            Some(parties) => self.send(cx, messages, (of, amount, &parties)),
            None => self.cannot_read(cx, slot),
        }
    }

    /// Opens the attempt; its first message arrives after human time and an access leg.
    fn send<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        messages: &mut Messages,
        (of, amount, parties): (Attempt, Amount, &Parties),
    ) {
        let model = cx.model;
        let program = &model.programs[usize::from(parties.program)];
        let reach = &model.reaches[usize::from(parties.reach)];
        let route = program.class;
        self.slots[of.slot as usize].route = Some(route);
        let from_bank = program.debit_cleared_at.is_some();
        cx.tell(Fact::Opened {
            of,
            wallet: parties.wallet,
            acquirer: parties.acquirer,
            bank: from_bank.then_some(parties.bank),
            house: reach.house,
            debit_house: from_bank.then(|| debit_house(program, reach, parties)),
            issuer: reach.issuer,
            route,
            amount,
        });
        let key = cx.attempt_key(of.id);
        let legs = key.draw(purpose::ACCESS);
        let mut at = cx.now + model.access().latency(low(legs));
        if !program.background {
            at = at + model.human.presenting(route.mode, key);
        }
        let mut message = Message::first((of, key), amount, (parties, reach));
        message.step = model.first_stops[usize::from(parties.program)];
        let first = message.at(program.steps[0].place);
        let delivery = Delivery { to: EntityId::new(first.index()), at, rank: Rank::Delivery };
        if model.scenario.timers.is_some() && !program.background {
            message.dossier = cx.dossiers.open(of);
        }
        let index = messages.add(message);
        cx.schedule(&mut self.sent, delivery, Ticket { index, kind: Kind::Arrive });
    }

    /// The app cannot read the sign, or the till the app: known after the human time it takes.
    fn cannot_read<O: Observer>(&mut self, cx: &mut Context<'_, O>, slot: u32) {
        let of = self.attempt(slot);
        let mode = self.slots[slot as usize].intention.mode;
        let key = cx.attempt_key(of.id);
        let at = cx.now + cx.model.human.presenting(mode, key);
        let give_up = Ticket { index: slot, kind: Kind::GiveUp };
        cx.schedule_own(&mut self.sent, (at, Rank::Timer), give_up);
    }

    /// The human time of an unreadable code has passed: switch wallets, or leave.
    #[inline(never)]
    pub(super) fn give_up<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (messages, slot): (&mut Messages, u32),
    ) {
        let of = self.attempt(slot);
        let Open { wallet, intention, .. } = self.slots[slot as usize];
        let status = Status::Rejected(Reason::UnsupportedCode);
        cx.tell(Fact::Unreadable { of, wallet, mode: intention.mode });
        cx.tell(Fact::Closed { of, status });
        let open = &self.slots[slot as usize];
        if self.has_untried(open) {
            self.slots[slot as usize].attempt += 1;
            return self.start(cx, messages, slot);
        }
        self.conclude(cx, (of, status), Purchase::Unreadable);
        self.free.push(of.slot);
    }

    fn has_untried(&self, open: &Open) -> bool {
        match &self.kind {
            SourceKind::Consumers(class) => {
                let held = class.held(open.intention.bundle);
                usize::try_from(open.tried.count_ones()).expect("small") < held
            }
            SourceKind::Background(_) | SourceKind::Replay(_) => false,
        }
    }

    /// The result reached the shopper.
    #[inline(never)]
    pub(super) fn result<O: Observer>(&mut self, cx: &mut Context<'_, O>, message: &Message) {
        let of = message.attempt();
        assert_eq!(of, self.attempt(message.slot), "a result of another attempt");
        let status = message.status();
        cx.tell(Fact::Closed { of, status });
        let purchase = match status {
            Status::Rejected(_) => Purchase::Declined,
            Status::Accepted if of.id.attempt() == 0 => Purchase::FirstTry,
            Status::Accepted => Purchase::AfterSwitch,
        };
        self.conclude(cx, (of, status), purchase);
        if !message.late {
            self.free.push(of.slot);
        }
    }

    /// Nothing of an attempt that met a time-out is under way any more.
    #[inline(never)]
    pub(super) fn finish<O: Observer>(&mut self, cx: &mut Context<'_, O>, slot: u32) {
        cx.tell(Fact::Finished { of: self.attempt(slot) });
        self.free.push(slot);
    }

    fn conclude<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (of, status): (Attempt, Status),
        purchase: Purchase,
    ) {
        let open = &self.slots[of.slot as usize];
        let elapsed = cx.now.since(open.intention.at);
        cx.tell(Fact::Concluded { of, route: open.route, elapsed, purchase, status });
    }
}

/// Where the bank's obligation is cleared.
fn debit_house(
    program: &super::route::Program,
    reach: &super::compile::ReachModel,
    parties: &Parties,
) -> InstitutionId {
    use super::route::Place;
    match program.debit_cleared_at {
        Some(Place::Wallet) => parties.wallet,
        Some(Place::Bank) => parties.bank,
        _ => reach.debit_hub,
    }
}

/// Who takes part in a payment with this wallet over this reach.
fn parties(
    model: &Model,
    intention: &Intention,
    (wallet, choice): (InstitutionId, u16),
) -> Parties {
    let reach = &model.reaches[usize::from(choice)];
    let money = if !intention.from_bank || intention.other == wallet {
        Money::Balance
    } else if intention.other == reach.debit_hub {
        Money::BankIsHub
    } else {
        Money::Bank
    };
    Parties {
        wallet,
        bank: intention.other,
        acquirer: reach.acquirer,
        reach: choice,
        program: reach.programs[intention.mode as usize][money as usize],
    }
}
