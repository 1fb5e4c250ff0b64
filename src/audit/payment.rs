//! The life of an attempt: intended, opened, refused, answered, closed, concluded; and what must
//! hold once it is answered.

use super::auditor::Auditor;
use super::case::{Case, Ending, Packed};
use super::demand::{Opening, Wish};
use super::law::{Heard, Law, attempt};
use super::marks::Marks;
use crate::model::fact::{Attempt, Exchange, Fact, Purchase, RouteClass};
use crate::scenario::Mode;
use crate::units::{Amount, Duration, Instant, InstitutionId, PaymentId, Reason, SourceId, Status};

impl Auditor {
    #[inline(always)]
    pub(super) fn intended(&mut self, at: Instant, (id, intention): (SourceId, u64), wish: Wish) {
        self.docket.hear(Heard::Intended);
        let lawful = self.demand.may_arise(at, id, &wish);
        let (source, in_time) = self.source(at, id);
        let next = source.intended;
        source.intended = next.max(intention + 1);
        source.wish(intention, wish);
        if !(lawful && in_time && intention == next) {
            let wish = Wish { ..wish };
            self.odd_intention(at, (id, intention, next), (wish, lawful));
        }
    }

    /// An intention that is not the next, or not one of this source.
    #[cold]
    #[inline(never)]
    fn odd_intention(
        &mut self,
        at: Instant,
        (id, intention, next): (SourceId, u64, u64),
        (wish, lawful): (Wish, bool),
    ) {
        self.check_source(at, id);
        self.docket.test(Law::Causality, at, intention == next, |_| {
            let what = format!("intention {intention} of source {}", id.index());
            [what, format!("intention {next}"), "another".to_owned()]
        });
        self.docket.test(Law::RoutesFollowPolicy, at, lawful, |_| {
            let what = format!("intention {intention} of source {}", id.index());
            [what, "one that the scenario allows".to_owned(), format!("{wish:?}")]
        });
    }

    #[inline(always)]
    pub(super) fn opened(&mut self, at: Instant, fact: &Fact) {
        let Fact::Opened { of, wallet, acquirer, bank, house, debit_house, issuer, route, amount } =
            *fact
        else {
            return;
        };
        let told =
            Opening { of, wallet, acquirer, bank, house, debit_house, issuer, route, amount };
        let wish = self.begin(at, of);
        let (place, lawful) = match &wish {
            Some(wish) => self.demand.follows(&told, wish),
            None => (None, true),
        };
        let route = place.and_then(|place| Some((place, self.demand.routes.get(place)?)));
        *self.cases.slot_mut(of) = Case::opened(at, &told, route);
        if !lawful {
            let (told, wish) = (Opening { ..told }, wish.map(|wish| Wish { ..wish }));
            self.strays(at, &told, wish);
        }
    }

    /// An attempt that is not its intention's, or not over its route.
    #[cold]
    #[inline(never)]
    fn strays(&mut self, at: Instant, told: &Opening, wish: Option<Wish>) {
        let place = wish.and_then(|wish| self.demand.follows(told, &wish).0);
        let route = place.and_then(|place| self.demand.routes.get(place));
        self.docket.test(Law::RoutesFollowPolicy, at, false, |_| {
            [attempt(told.of.id), format!("{wish:?} over {route:?}"), format!("{told:?}")]
        });
    }

    pub(super) fn unreadable(
        &mut self,
        at: Instant,
        of: Attempt,
        (wallet, mode): (InstitutionId, Mode),
    ) {
        let last = *self.cases.slot_mut(of);
        let another = of.id.attempt() == 0 || last.wallet() != wallet;
        let wish = self.begin(at, of);
        let nothing = Wish { merchant: None, amount: Amount::ZERO, counted: of.counted };
        let wish = wish.unwrap_or(nothing);
        *self.cases.slot_mut(of) = Case::unreadable(at, (of, wallet), &wish);
        let shown = (wish.merchant, mode);
        let unread = self.demand.may_be_unreadable(of.id.source(), wallet, shown);
        let lawful = another && unread && wish.counted == of.counted;
        self.docket.test(Law::RoutesFollowPolicy, at, lawful, |names| {
            let what = format!("{}, by {}", attempt(of.id), names.of(wallet));
            [what, "a wallet that is held and has no route".to_owned(), "it has one".to_owned()]
        });
    }

    /// Checks that the slot is free for this attempt and finds what was wished.
    #[inline(always)]
    fn begin(&mut self, at: Instant, of: Attempt) -> Option<Wish> {
        self.docket.hear(Heard::Begun);
        let intention = of.id.intention();
        let (source, in_time) = self.source(at, of.id.source());
        let intended = source.intended;
        let first = of.id.attempt() == 0;
        let mut wish = if first { source.take(intention) } else { None };
        let before = self.cases.slot_mut(of);
        let free = if first {
            before.marks == Marks::NONE
                || before.marks.has(Marks::CONCLUDED) && !before.marks.has(Marks::LATE)
        } else {
            before.marks.has(Marks::CLOSED.and(Marks::UNREAD))
                && before.id().wrapping_add(1) == of.id.raw()
        };
        if !first && free {
            wish = Some(before.wish());
        }
        if !(free && in_time && wish.is_some() && intention < intended) {
            let caused = intention < intended && (wish.is_some() || !free);
            self.odd_begin(at, of.into(), (free, caused, intended));
        }
        wish
    }

    /// An attempt that may not begin now.
    #[cold]
    #[inline(never)]
    fn odd_begin(&mut self, at: Instant, of: Packed, told: (bool, bool, u64)) {
        let of = Attempt::from(of);
        self.check_source(at, of.id.source());
        let (free, caused, intended) = told;
        let before = *self.cases.slot_mut(of);
        self.docket.test(Law::OneTerminalStatus, at, free, |_| {
            let expected = "a slot whose last attempt is over, and so is its intention".to_owned();
            let observed = format!("attempt {:#018x}, {}", before.id(), before.marks.stage());
            [attempt(of.id), expected, observed]
        });
        self.docket.test(Law::Causality, at, caused, |_| {
            let expected = "its intention was told before and begins once".to_owned();
            [attempt(of.id), expected, format!("{intended} intentions were told")]
        });
    }

    pub(super) fn turned_away(&mut self, at: Instant, by: InstitutionId, of: Attempt) {
        self.tick(at, by);
        let before = self.cases.get(of).map(|case| *case);
        match before {
            Some(before) => self.acts_in_time(at, of, &before),
            None => self.unknown(at, of.into()),
        }
        let before = self.turned_away.replace((by, of.id));
        let lawful = before.is_none() && self.limited[by.index()];
        self.docket.check(Law::Causality, at, lawful, |names| {
            let what = format!("{}, turned away by {}", attempt(of.id), names.of(by));
            [what, "a queue with a limit, and its refusal at once".to_owned(), "none".to_owned()]
        });
    }

    pub(super) fn refused(
        &mut self,
        at: Instant,
        (by, reason): (InstitutionId, Reason),
        of: Attempt,
    ) {
        self.docket.hear(Heard::Refused);
        self.tick(at, by);
        let full = self.turned_away.take();
        let suspected = self.suspected.take();
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let before = *case;
        let once = before.status() == Ending::ACCEPTED;
        let late = before.marks.has(Marks::LATE);
        // Who gives up goes before a refusal that has not reached it.
        let gives_up = late && reason == Reason::TimedOut && before.marks.has(Marks::OPEN);
        if once && (before.marks.has(Marks::OPEN) || !late) || gives_up {
            case.ends(Ending::of(Status::Rejected(reason)));
        }
        self.acts_in_time(at, of, &before);
        let forbidden = self.used.as_mut().is_some_and(|used| used.forbids(at, (by, reason), of));
        let stated = &self.declines[by.index()];
        // Nothing comes between what was taken for fraud and its refusal.
        let kept =
            suspected.is_none_or(|of_whom| of_whom == (by, of.id) && reason == Reason::RiskRefused);
        let has_cause = match reason {
            _ if !kept => false,
            Reason::TimedOut => full.is_none() && late,
            Reason::QueueFull => full == Some((by, of.id)),
            Reason::Outage => full.is_none() && self.outages.refuses(at, by),
            Reason::InsufficientFunds => {
                let lacks = self.books.available(by) < i128::from(before.amount);
                full.is_none() && (lacks || stated.contains(&reason))
            }
            Reason::RiskRefused if suspected.is_some() => full.is_none(),
            _ => full.is_none() && (stated.contains(&reason) || forbidden),
        };
        self.docket.test(Law::Causality, at, has_cause, |names| {
            let what = format!("{}, refused by {}", attempt(of.id), names.of(by));
            let expected =
                "a full queue, an outage, no cover, a limit, or a stated decline".to_owned();
            [what, expected, format!("{reason:?}")]
        });
        self.docket.test(Law::OneTerminalStatus, at, once || late, |_| {
            let observed = format!("{:?}, then {reason:?}", before.status());
            [attempt(of.id), "at most one refusal".to_owned(), observed]
        });
        let route = self.demand.routes.get(before.place());
        let (wallet, bank) = (before.wallet(), before.bank());
        let on_route = by == wallet
            || by == before.acquirer()
            || route.is_some_and(|route| route.hubs.contains(&Some(by)))
            || bank.is_some_and(|bank| bank == by || self.demand.routes.debit_house(wallet) == by);
        self.docket.test(Law::RoutesFollowPolicy, at, on_route, |names| {
            let what = format!("{}, refused by {}", attempt(of.id), names.of(by));
            [what, "somebody on its route".to_owned(), "somebody else".to_owned()]
        });
    }

    #[inline(always)]
    pub(super) fn exchanged(
        &mut self,
        at: Instant,
        of: Attempt,
        told: (Exchange, RouteClass, Duration, Status),
    ) {
        self.docket.hear(Heard::Exchanged);
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let (exchange, route, elapsed, status) = told;
        let step = Marks::exchange(exchange);
        let lasted = elapsed.nanos() <= at.nanos().wrapping_sub(case.opened.nanos());
        let same = case.marks.is_of(route) && case.status() == Ending::of(status);
        if lasted && same && case.may(at, step.ask) {
            case.marks = case.marks.and(step.sets);
        } else {
            self.odd_exchange(at, of.into(), (exchange, route, elapsed, status));
        }
    }

    /// An exchange that is not as its attempt asks.
    #[cold]
    #[inline(never)]
    fn odd_exchange(
        &mut self,
        at: Instant,
        of: Packed,
        (exchange, route, elapsed, status): (Exchange, RouteClass, Duration, Status),
    ) {
        let of = Attempt::from(of);
        let Some(case) = self.cases.get(of) else { return };
        let before = *case;
        let sets = Marks::exchange(exchange).sets;
        case.marks = case.marks.and(sets);
        self.acts_in_time(at, of, &before);
        self.check_told(at, &before, (of.id, route, elapsed));
        self.docket.test(Law::MessagesFollowHops, at, !before.marks.has(sets), |_| {
            let what = format!("{}, {exchange:?}", attempt(of.id));
            [what, "once".to_owned(), "again".to_owned()]
        });
        let same = before.status() == Ending::of(status) || before.marks.has(Marks::LATE);
        self.docket.test(Law::OneTerminalStatus, at, same, |_| {
            let what = format!("{}, {exchange:?}", attempt(of.id));
            [what, format!("{:?}", before.status()), format!("{status:?}")]
        });
    }

    #[inline(always)]
    pub(super) fn closed(&mut self, at: Instant, of: Attempt, status: Status) {
        self.docket.hear(Heard::Closed);
        let (_, in_time) = self.source(at, of.id.source());
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let (before, told, ending) = (case.marks, case.status(), Ending::of(status));
        let lawful = if before.has(Marks::ANSWERED) {
            ending == told
        } else {
            before.among(Marks::ENDS) == Marks::UNREAD
                && status == Status::Rejected(Reason::UnsupportedCode)
        };
        case.ends(ending);
        case.marks = before.without(Marks::OPEN.and(Marks::ANSWERED)).and(Marks::CLOSED);
        if !lawful || !in_time {
            self.odd_end(at, of.into(), lawful, (before, told, status));
        }
    }

    /// A close that is not its attempt's.
    #[cold]
    #[inline(never)]
    fn odd_end(&mut self, at: Instant, of: Packed, lawful: bool, told: (Marks, Ending, Status)) {
        let of = Attempt::from(of);
        self.check_source(at, of.id.source());
        self.docket.test(Law::OneTerminalStatus, at, lawful, |_| {
            let (marks, ending, status) = told;
            let expected = "one close, after its answer and with the same status".to_owned();
            let observed = format!("{status:?} after {ending:?}, {}", marks.stage());
            [attempt(of.id), expected, observed]
        });
    }

    #[inline(always)]
    pub(super) fn concluded(
        &mut self,
        at: Instant,
        of: Attempt,
        told: (Option<RouteClass>, Duration, Purchase, Status),
    ) {
        self.docket.hear(Heard::Concluded);
        let (source, in_time) = self.source(at, of.id.source());
        source.concluded += 1;
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let (before, ending, opened) = (case.marks, case.status(), case.opened);
        case.marks = before.without(Marks::CLOSED).and(Marks::CONCLUDED);
        let (route, elapsed, purchase, status) = told;
        let first = of.id.attempt() == 0;
        let unread = before.has(Marks::UNREAD);
        let expected = match status {
            Status::Accepted if first => Purchase::FirstTry,
            Status::Accepted => Purchase::AfterSwitch,
            Status::Rejected(_) if unread => Purchase::Unreadable,
            Status::Rejected(_) => Purchase::Declined,
        };
        let age = at.nanos().wrapping_sub(opened.nanos());
        let fits = match route {
            None => unread,
            Some(route) => before.is_of(route),
        };
        let aged = elapsed.nanos() == age
            || (!first || unread) && elapsed.nanos() >= age && elapsed.nanos() <= at.nanos();
        let same = ending == Ending::of(status) && purchase == expected;
        let lawful = before.has(Marks::CLOSED) && same && fits && aged;
        if !lawful || !in_time {
            let told = (route, elapsed, purchase, status);
            self.odd_conclusion(at, of.into(), (lawful, age, before, ending), told);
        }
    }

    /// A conclusion that is not its intention's.
    #[cold]
    #[inline(never)]
    fn odd_conclusion(
        &mut self,
        at: Instant,
        of: Packed,
        (lawful, age, before, ending): (bool, u64, Marks, Ending),
        told: (Option<RouteClass>, Duration, Purchase, Status),
    ) {
        let of = Attempt::from(of);
        self.check_source(at, of.id.source());
        self.docket.test(Law::OneTerminalStatus, at, lawful, |_| {
            let after = format!("{} with {ending:?}, aged {age} ns", before.stage());
            let expected = format!("what was closed, once, after {after}");
            let (route, elapsed, purchase, status) = told;
            let observed = format!("{purchase:?} with {status:?} on {route:?} in {elapsed:?}");
            [attempt(of.id), expected, observed]
        });
    }

    /// The end of the run: every intention is over, or its attempt is in flight.
    pub(super) fn end_payments(&mut self, end: Instant) {
        let nobody = self.turned_away.is_none() && self.suspected.is_none();
        self.docket.check(Law::Causality, end, nobody, |_| {
            let what = "the last message that was turned away or suspected".to_owned();
            [what, "its refusal".to_owned(), "none".to_owned()]
        });
        for case in self.cases.iter() {
            let holds = [Marks::BANK_HOLD, Marks::WALLET_HOLD];
            let debited = holds.iter().all(|hold| !hold.awaits_debit(case.marks));
            self.docket.check(Law::NoDebitWithoutHold, end, debited, |_| {
                let what = attempt(PaymentId::from_raw(case.id()));
                let observed = "a posted hold without its debit".to_owned();
                [what, "a debit with every posted hold".to_owned(), observed]
            });
        }
        for (index, source) in self.sources.iter().enumerate() {
            let id = SourceId::new(index);
            let in_flight = |case: &&Case| {
                let flies = [Marks::OPEN, Marks::ANSWERED, Marks::CLOSED.and(Marks::UNREAD)];
                flies.iter().any(|marks| case.marks.has(*marks))
            };
            let flying = self.cases.of(index).filter(in_flight).count() as u64;
            let found = source.concluded + flying + source.unbegun().count() as u64;
            let lawful = found == source.intended && source.clock <= end;
            self.docket.check(Law::OneTerminalStatus, end, lawful, |_| {
                let expected = format!("{} intentions concluded or in flight", source.intended);
                [format!("source {index}"), expected, found.to_string()]
            });
            let waits = source.unbegun().all(|wish| self.demand.may_be_unbegun(id, wish));
            self.docket.check(Law::RoutesFollowPolicy, end, waits, |_| {
                let what = format!("intentions of source {index} without an attempt");
                let expected = "only where a wallet cannot be read".to_owned();
                [what, expected, "every wallet has a route".to_owned()]
            });
        }
    }
}
