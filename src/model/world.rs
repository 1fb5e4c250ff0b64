//! World: every entity's state, and the one `match` that gives each event to its handler.

use super::RunOptions;
use super::book::Book;
use super::clearing::{Clearing, next_cut_off};
use super::compile::Model;
use super::context::{Context, SourceKeys};
use super::dossier::{Dossiers, NO_DOSSIER};
use super::fact::{Account, Attempt, Exchange, Observer};
use super::institution::{InstitutionState, Station};
use super::limits::Today;
use super::message::{Kind, Messages, Ticket};
use super::outages;
use super::population::{Background, Consumers};
use super::replay::Replayed;
use super::settlement::{self, Files, Orders};
use super::source::{SourceKind, SourceState};
use crate::kernel::calendar::{Calendar, EntityId, Event, Permutation, Rank, Tie};
use crate::kernel::chance::Key;
use crate::kernel::sampler::Arrivals;
use crate::scenario::RateStep;
use crate::units::{Duration, Instant, InstitutionId, SourceId};

/// Time between two looks for the end of a run, in nanoseconds.
pub(super) const LOOK_EVERY: u64 = 100_000_000;

/// One replication under way.
pub(super) struct World<'a, O> {
    /// What handlers may use, whoever's state they change.
    cx: Context<'a, O>,
    messages: Messages,
    institutions: Vec<InstitutionState<'a>>,
    sources: Vec<SourceState>,
    orders: Orders,
    /// From this instant on only clearing and settlement happen.
    closed_at: Instant,
}

impl<'a, O: Observer> World<'a, O> {
    pub(super) fn new(
        model: &'a Model,
        replication: u32,
        options: RunOptions,
        observer: &'a mut O,
    ) -> Self {
        let scenario = &model.scenario;
        let count = scenario.institutions.len();
        let fates = outages::fates(scenario, replication);
        let permute = options.permute.map(|seed| Permutation::new(Key::new(seed)));
        let known = scenario.institutions.iter().zip(fates).enumerate();
        let institutions = known.map(|(index, (institution, fate))| {
            let id = InstitutionId::new(index);
            InstitutionState {
                id,
                me: &model.institutions[index],
                service: &model.services[usize::from(model.institutions[index].service)],
                sent: 0,
                station: Station::new(&institution.station, options.evented, fate.servers),
                troubles: fate.troubles,
                book: Book::new(id, count, id == model.settlement_bank),
                clearing: Clearing::new(id, count),
                today: Today::default(),
            }
        });
        let keys = model.sources.iter();
        let cx = Context {
            model,
            keys: keys.map(|name| SourceKeys::new(scenario.seed, replication, name)).collect(),
            calendar: Calendar::new(model.window(), permute),
            observer,
            files: Files::default(),
            dossiers: Dossiers::default(),
            ended: Vec::new(),
            failure: None,
            now: Instant::EPOCH,
            tie: Tie::FIRST,
        };
        Self {
            cx,
            messages: Messages::default(),
            institutions: institutions.collect(),
            sources: sources(model),
            orders: Orders::default(),
            closed_at: Instant::NEVER,
        }
    }

    /// Books the opening entries and schedules what starts by itself.
    pub(super) fn open(&mut self) {
        for index in 0..self.institutions.len() {
            self.open_book(index);
        }
        let epoch_of_day = self.cx.model.scenario.epoch.time_of_day;
        for index in 0..self.institutions.len() {
            let cut_offs = self.cx.model.cut_offs(index);
            let at = next_cut_off(cut_offs, Instant::EPOCH, epoch_of_day);
            let entity = EntityId::new(index);
            let state = &mut self.institutions[index];
            state.sent += 1;
            let tie = Tie::of_rank(Rank::CutOff, entity, entity, state.sent);
            let payload = Ticket { index: 0, kind: Kind::CutOff };
            self.cx.calendar.push(Event { at, tie, payload });
        }
        for institution in &self.institutions {
            if let Some(event) = institution.first_outage() {
                self.cx.calendar.push(event);
            }
        }
        let watcher = EntityId::new(self.institutions.len() + self.sources.len());
        let tie = Tie::new(0, Rank::Timer, watcher, watcher, 0);
        self.look_at(self.cx.model.scenario.demand_stops(), tie);
        for index in 0..self.sources.len() {
            let entity = EntityId::new(self.institutions.len() + index);
            let tie = Tie::new(0, Rank::Availability, entity, entity, 0);
            self.cx.tie = tie;
            self.sources[index].schedule_next(&mut self.cx);
        }
    }

    fn open_book(&mut self, index: usize) {
        let scenario = &self.cx.model.scenario;
        let bank = self.cx.model.settlement_bank.index();
        let id = InstitutionId::new(index);
        let institution = scenario.institution(id);
        let (reserve, funds) = (institution.reserve, institution.customer_funds);
        let (institutions, cx) = (&mut self.institutions, &mut self.cx);
        if index != bank {
            let own = (Account::Settlement, Account::Capital);
            institutions[index].book.post(cx, own, reserve, None);
            let at_bank = (Account::Capital, Account::ReserveOf(id));
            institutions[bank].book.post(cx, at_bank, reserve, None);
        }
        let customers = (Account::Capital, Account::CustomerFunds);
        institutions[index].book.post(cx, customers, funds, None);
    }

    /// The next event, and its instant.
    pub(super) fn next(&mut self) -> Option<Event<Ticket>> {
        self.cx.calendar.pop()
    }

    /// Gives an event to its handler, which receives its own entity's state only.
    #[expect(clippy::inline_always, reason = "called from one loop: no frame for each event")]
    #[inline(always)]
    pub(super) fn handle(&mut self, event: Event<Ticket>) {
        let Ticket { index, kind } = event.payload;
        let receiver = event.tie.receiver().index();
        let count = self.institutions.len();
        (self.cx.now, self.cx.tie) = (event.at, event.tie);
        let Self { cx, messages, institutions, sources, orders, .. } = self;
        match kind {
            Kind::Arrive => institutions[receiver].arrive(cx, (index, messages.at(index))),
            Kind::Complete => institutions[receiver].complete(cx, (index, messages.at(index))),
            Kind::EndOfService => {
                institutions[receiver].end_of_service(cx, (index, messages.at(index)));
            }
            Kind::Outage => institutions[receiver].outage(cx, index),
            Kind::Intend => sources[receiver - count].intend(cx, messages),
            Kind::GiveUp => sources[receiver - count].give_up(cx, (messages, index)),
            Kind::Result => {
                sources[receiver - count].result(cx, messages.at(index));
                cx.ended.push(index);
            }
            Kind::Lost => institutions[receiver].lose(cx, (index, messages.at(index))),
            Kind::ParseIsLate | Kind::DebitIsLate | Kind::PayIsLate => {
                self.is_late(receiver, (index, kind));
            }
            Kind::Finished => sources[receiver - count].finish(cx, index),
            Kind::Look => self.look_again(event.at, event.tie),
            Kind::CutOff => institutions[receiver].cut_off(cx, self.closed_at <= event.at),
            Kind::Order => institutions[receiver].order(cx, (orders, index as usize)),
            Kind::Settle => {
                let state = &mut institutions[receiver];
                orders.settle(cx, &mut state.book, &mut state.sent);
            }
            Kind::Confirm => {
                settlement::notify(cx, index as usize, &mut institutions[receiver].sent);
            }
            Kind::Notice => {
                let book = &mut institutions[receiver].book;
                settlement::note_settled(cx, index as usize, book);
            }
        }
        while let Some(ended) = self.cx.ended.pop() {
            let dossier = self.messages.at(ended).dossier;
            self.messages.release(ended);
            if dossier != NO_DOSSIER {
                self.leave(dossier);
            }
        }
    }

    /// A deadline of an exchange has passed.
    #[inline(never)]
    fn is_late(&mut self, receiver: usize, (dossier, kind): (u32, Kind)) {
        let exchange = match kind {
            Kind::ParseIsLate => Exchange::Parse,
            Kind::DebitIsLate => Exchange::Debit,
            _ => Exchange::Pay,
        };
        let Self { cx, messages, institutions, .. } = self;
        institutions[receiver].is_late(cx, messages, (dossier, exchange));
        self.leave(dossier);
    }

    /// A message or a timer of a dossier has ended. Where it was the last one of an attempt that
    /// met a time-out, the source hears of it a window later: by then everybody has acted, in
    /// whatever order.
    #[inline(never)]
    fn leave(&mut self, dossier: u32) {
        let Some((Attempt { id, slot, .. }, ended)) = self.cx.dossiers.leave(dossier, self.cx.now)
        else {
            return;
        };
        let source = EntityId::new(self.institutions.len() + id.source().index());
        let nobody = EntityId::new(self.institutions.len() + self.sources.len());
        let tie = Tie::of_rank(Rank::Availability, source, nobody, slot);
        let at = ended + self.cx.model.window();
        let payload = Ticket { index: slot, kind: Kind::Finished };
        self.cx.calendar.push(Event { at, tie, payload });
    }

    /// Whether the run cannot go on.
    pub(super) fn has_failed(&self) -> bool {
        self.cx.failure.is_some()
    }

    /// Why the run cannot go on, if it cannot: the log that it replays is malformed.
    pub(super) fn failure(&mut self) -> Option<String> {
        self.cx.failure.take()
    }

    /// Attempts under way.
    pub(super) fn open_attempts(&self) -> usize {
        self.sources.iter().map(SourceState::open).sum()
    }

    /// Whether an event comes after the run was closed. Payments still under way then stay open:
    /// only clearing and settlement go on.
    #[inline]
    pub(super) fn is_over(&self, event: &Event<Ticket>) -> bool {
        self.closed_at <= event.at && self.is_over_once_closed(event)
    }

    #[cold]
    fn is_over_once_closed(&self, event: &Event<Ticket>) -> bool {
        match event.payload.kind {
            Kind::CutOff => self.closed_at < event.at,
            Kind::Order | Kind::Settle | Kind::Confirm | Kind::Notice => false,
            _ => true,
        }
    }

    /// Looks again later: the calendar must not run dry while the end is looked for.
    fn look_again(&mut self, now: Instant, tie: Tie) {
        self.look_at(now + Duration::from_nanos(LOOK_EVERY), tie);
    }

    fn look_at(&mut self, at: Instant, tie: Tie) {
        self.cx.calendar.push(Event { at, tie, payload: Ticket { index: 0, kind: Kind::Look } });
    }

    /// Closes every used cycle at `at`, so that what was cleared is netted and settled. Payments
    /// still under way stay open.
    pub(super) fn close(&mut self, at: Instant) {
        self.closed_at = at;
        for index in 0..self.institutions.len() {
            if self.institutions[index].clearing.is_used() {
                let entity = EntityId::new(index);
                let state = &mut self.institutions[index];
                state.sent = state.sent.wrapping_add(1);
                let tie = Tie::of_rank(Rank::CutOff, entity, entity, state.sent);
                self.cx.calendar.push(Event {
                    at,
                    tie,
                    payload: Ticket { index: 0, kind: Kind::CutOff },
                });
            }
        }
    }

    /// Whether every book balances, counted afresh: the ledger's own check, apart from the audit.
    pub(super) fn books_balance(&self) -> bool {
        self.institutions.iter().all(|state| state.book.balances())
    }

    /// Whether every clearing file was dropped once all had read it: what is left waits for cover.
    pub(super) fn files_are_read(&self) -> bool {
        self.cx.files.held() == self.orders.waiting()
    }
}

impl InstitutionState<'_> {
    #[inline(never)]
    fn cut_off<O: Observer>(&mut self, cx: &mut Context<'_, O>, closing: bool) {
        if self.clearing.is_used() || cx.model.clears(self.id) {
            self.clearing.cut_off(cx, &mut self.sent);
        }
        if !closing {
            let scenario = &cx.model.scenario;
            let cut_offs = cx.model.cut_offs(self.id.index());
            let at = next_cut_off(cut_offs, cx.now, scenario.epoch.time_of_day);
            cx.schedule_own(
                &mut self.sent,
                (at, Rank::CutOff),
                Ticket { index: 0, kind: Kind::CutOff },
            );
        }
    }

    /// An order reached the settlement bank: it settles at this instant, after all else.
    #[inline(never)]
    fn order<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (orders, file): (&mut Orders, usize),
    ) {
        orders.add(file);
        let settle = Ticket { index: 0, kind: Kind::Settle };
        cx.schedule_own(&mut self.sent, (cx.now, Rank::Settlement), settle);
    }
}

fn sources(model: &Model) -> Vec<SourceState> {
    let scenario = &model.scenario;
    let arrivals = |steps: &[RateStep]| {
        let rates: Vec<_> = steps.iter().map(|step| (step.from, step.per_second)).collect();
        Arrivals::new(&rates)
    };
    let classes = scenario.consumers.iter().map(|class| {
        let kind = SourceKind::Consumers(Consumers::new(class, scenario));
        (kind, arrivals(&class.arrivals))
    });
    let flows = scenario.background.iter().zip(&model.background).map(|(flow, route)| {
        let kind = SourceKind::Background(Background::new(flow, *route));
        (kind, arrivals(&flow.arrivals))
    });
    let log = scenario.replay.iter().map(|log| {
        let kind = SourceKind::Replay(Box::new(Replayed::new(log, scenario)));
        (kind, Arrivals::new(&[]))
    });
    let stops = scenario.demand_stops();
    let all = classes.chain(flows).chain(log).enumerate();
    all.map(|(index, kind)| SourceState::new(SourceId::new(index), kind, stops)).collect()
}
