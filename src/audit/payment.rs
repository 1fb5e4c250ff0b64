//! The life of an attempt: intended, opened, refused, answered, closed, concluded; and what must
//! hold once it is answered.

use super::auditor::Auditor;
use super::case::{Case, Counts, Hold, Stage};
use super::demand::{Opening, Wish};
use super::law::{Docket, Law, attempt};
use crate::model::fact::{Attempt, Exchange, Fact, Purchase, RouteClass};
use crate::units::{Amount, Duration, Instant, InstitutionId, PaymentId, Reason, SourceId, Status};

impl Auditor {
    pub(super) fn intended(&mut self, at: Instant, (id, intention): (SourceId, u64), wish: Wish) {
        let lawful = self.demand.may_arise(at, id, &wish);
        let source = self.source(at, id);
        let next = source.intended;
        source.intended = next.max(intention + 1);
        source.wish(intention, wish);
        self.docket.check(Law::Causality, at, intention == next, |_| {
            let what = format!("intention {intention} of source {}", id.index());
            [what, format!("intention {next}"), "another".to_owned()]
        });
        self.docket.check(Law::RoutesFollowPolicy, at, lawful, |_| {
            let what = format!("intention {intention} of source {}", id.index());
            [what, "one that the scenario allows".to_owned(), format!("{wish:?}")]
        });
    }

    pub(super) fn opened(&mut self, at: Instant, fact: &Fact) {
        let Fact::Opened { of, wallet, acquirer, bank, house, debit_house, issuer, route, amount } =
            *fact
        else {
            return;
        };
        let told =
            &Opening { of, wallet, acquirer, bank, house, debit_house, issuer, route, amount };
        let Some(wish) = self.begin(at, &told.of) else {
            *self.cases.slot_mut(&told.of) = Case::opened(at, told, None);
            return;
        };
        let (place, lawful) = self.demand.follows(told, &wish);
        *self.cases.slot_mut(&told.of) = Case::opened(at, told, place);
        self.docket.check(Law::RoutesFollowPolicy, at, lawful, |_| {
            let route = place.and_then(|place| self.demand.routes.get(place));
            [attempt(told.of.id), format!("{wish:?} over {route:?}"), format!("{told:?}")]
        });
    }

    pub(super) fn unreadable(&mut self, at: Instant, of: &Attempt, wallet: InstitutionId) {
        let last = *self.cases.slot_mut(of);
        let another = of.id.attempt() == 0 || last.wallet() != wallet;
        let wish = self.begin(at, of);
        let nothing = Wish { merchant: None, amount: Amount::ZERO, counted: of.counted };
        let wish = wish.unwrap_or(nothing);
        *self.cases.slot_mut(of) = Case::unreadable(at, (of, wallet), &wish);
        let unread = self.demand.may_be_unreadable(of.id.source(), wallet, wish.merchant);
        let lawful = another && unread && wish.counted == of.counted;
        self.docket.check(Law::RoutesFollowPolicy, at, lawful, |names| {
            let what = format!("{}, by {}", attempt(of.id), names.of(wallet));
            [what, "a wallet that is held and has no route".to_owned(), "it has one".to_owned()]
        });
    }

    /// Checks that the slot is free for this attempt and finds what was wished.
    fn begin(&mut self, at: Instant, of: &Attempt) -> Option<Wish> {
        let intention = of.id.intention();
        let source = self.source(at, of.id.source());
        let intended = source.intended;
        let first = of.id.attempt() == 0;
        let mut wish = if first { source.take(intention) } else { None };
        let before = *self.cases.slot_mut(of);
        let free = if first {
            matches!(before.stage, Stage::Vacant | Stage::Concluded)
        } else {
            before.stage == Stage::Closed
                && before.is_unread()
                && before.id.wrapping_add(1) == of.id.raw()
        };
        if !first && free {
            wish = Some(before.wish());
        }
        self.docket.check(Law::OneTerminalStatus, at, free, |_| {
            let expected = "a slot whose last attempt is over, and so is its intention".to_owned();
            let observed = format!("attempt {:#018x} at stage {:?}", before.id, before.stage);
            [attempt(of.id), expected, observed]
        });
        let lawful = intention < intended && (wish.is_some() || !free);
        self.docket.check(Law::Causality, at, lawful, |_| {
            let expected = "its intention was told before and begins once".to_owned();
            [attempt(of.id), expected, format!("{intended} intentions were told")]
        });
        wish
    }

    pub(super) fn turned_away(&mut self, at: Instant, by: InstitutionId, of: &Attempt) {
        self.tick(at, by);
        self.cases.of_institution(&mut self.docket, at, of);
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
        of: &Attempt,
    ) {
        self.tick(at, by);
        let full = self.turned_away.take();
        let Some(case) = self.cases.of_institution(&mut self.docket, at, of) else { return };
        let stated = &self.declines[by.index()];
        let has_cause = match reason {
            Reason::QueueFull => full == Some((by, of.id)),
            Reason::InsufficientFunds => {
                let lacks = self.books.available(by) < i128::from(case.amount);
                full.is_none() && (lacks || stated.contains(&reason))
            }
            _ => full.is_none() && stated.contains(&reason),
        };
        self.docket.check(Law::Causality, at, has_cause, |names| {
            let what = format!("{}, refused by {}", attempt(of.id), names.of(by));
            let expected = "a full queue, no cover, or a decline that is stated".to_owned();
            [what, expected, format!("{reason:?}")]
        });
        self.docket.check(Law::OneTerminalStatus, at, case.status.is_none(), |_| {
            let observed = format!("{:?}, then {reason:?}", case.status);
            [attempt(of.id), "at most one refusal".to_owned(), observed]
        });
        case.status = case.status.or(Some(Status::Rejected(reason)));
        let route = self.demand.routes.get(case.place());
        let (wallet, bank) = (case.wallet(), case.bank());
        let on_route = by == wallet
            || by == case.acquirer()
            || route.is_some_and(|route| route.hubs.contains(&Some(by)))
            || bank.is_some_and(|bank| bank == by || self.demand.routes.debit_house(wallet) == by);
        self.docket.check(Law::RoutesFollowPolicy, at, on_route, |names| {
            let what = format!("{}, refused by {}", attempt(of.id), names.of(by));
            [what, "somebody on its route".to_owned(), "somebody else".to_owned()]
        });
    }

    pub(super) fn exchanged(
        &mut self,
        at: Instant,
        of: &Attempt,
        (exchange, route, elapsed, status): (Exchange, RouteClass, Duration, Status),
    ) {
        let Some(case) = self.cases.of_institution(&mut self.docket, at, of) else { return };
        let once = case.counts.exchange(exchange);
        self.docket.check(Law::MessagesFollowHops, at, once, |_| {
            let what = format!("{}, {exchange:?}", attempt(of.id));
            [what, "once".to_owned(), "again".to_owned()]
        });
        check_told(&mut self.docket, at, case, (of.id, route, elapsed));
        self.docket.check(Law::OneTerminalStatus, at, case.so_far() == status, |_| {
            let what = format!("{}, {exchange:?}", attempt(of.id));
            [what, format!("{:?}", case.so_far()), format!("{status:?}")]
        });
    }

    pub(super) fn answered(
        &mut self,
        at: Instant,
        of: &Attempt,
        (route, elapsed, messages, status): (RouteClass, Duration, u8, Status),
    ) {
        let Some(case) = self.cases.of_institution(&mut self.docket, at, of) else { return };
        let case = *case;
        check_told(&mut self.docket, at, &case, (of.id, route, elapsed));
        let lawful = case.stage == Stage::Open && case.so_far() == status;
        self.docket.check(Law::OneTerminalStatus, at, lawful, |_| {
            let observed = format!("{status:?} at stage {:?}", case.stage);
            [attempt(of.id), format!("one answer, {:?}", case.so_far()), observed]
        });
        if case.stage == Stage::Open {
            check_holds(&mut self.docket, at, &case, of.id);
            check_paid(&mut self.docket, at, &case, (of.id, status));
            self.check_hops(at, &case, (of.id, messages, status));
            self.check_legs(at, &case, (of.id, status));
            check_sums(&mut self.docket, at, &case, of.id);
        }
        if let Some(case) = self.cases.of_source(&mut self.docket, at, of) {
            case.status = Some(status);
            case.stage = case.stage.max(Stage::Answered);
        }
    }

    fn check_hops(
        &mut self,
        at: Instant,
        case: &Case,
        (id, messages, status): (PaymentId, u8, Status),
    ) {
        let accepted = status == Status::Accepted;
        let law =
            self.demand.routes.get(case.place()).map(|route| {
                self.demand.law_of_hops(route, (case.mode(), case.wallet()), case.bank())
            });
        let lawful = law.is_some_and(|(all, exchanges)| {
            let fits = if accepted {
                messages == all
            } else {
                messages <= all && messages.is_multiple_of(2)
            };
            fits && case.counts.has_made(exchanges, accepted)
        });
        self.docket.check(Law::MessagesFollowHops, at, lawful, |_| {
            let expected = match law {
                Some((all, exchanges)) if accepted => format!("{all} messages and {exchanges:?}"),
                Some((all, exchanges)) => format!("at most {all} messages and {exchanges:?}"),
                None => "a route".to_owned(),
            };
            [attempt(id), expected, format!("{messages} messages, {:?}", case.counts)]
        });
    }

    pub(super) fn closed(&mut self, at: Instant, of: &Attempt, status: Status) {
        self.source(at, of.id.source());
        let Some(case) = self.cases.of_source(&mut self.docket, at, of) else { return };
        let lawful = match case.stage {
            Stage::Unreadable => status == Status::Rejected(Reason::UnsupportedCode),
            Stage::Answered => case.status == Some(status),
            Stage::Vacant | Stage::Open | Stage::Closed | Stage::Concluded => false,
        };
        self.docket.check(Law::OneTerminalStatus, at, lawful, |_| {
            let told = format!("{:?}, stage {:?}", case.status, case.stage);
            let expected = "one close, after its answer and with the same status".to_owned();
            [attempt(of.id), expected, format!("closed with {status:?} after {told}")]
        });
        case.status = Some(status);
        case.stage = case.stage.max(Stage::Closed);
    }

    pub(super) fn concluded(
        &mut self,
        at: Instant,
        of: &Attempt,
        (route, elapsed, purchase, status): (Option<RouteClass>, Duration, Purchase, Status),
    ) {
        let source = self.source(at, of.id.source());
        source.concluded += 1;
        let Some(case) = self.cases.of_source(&mut self.docket, at, of) else { return };
        let first = of.id.attempt() == 0;
        let expected = match status {
            Status::Accepted if first => Purchase::FirstTry,
            Status::Accepted => Purchase::AfterSwitch,
            Status::Rejected(_) if case.is_unread() => Purchase::Unreadable,
            Status::Rejected(_) => Purchase::Declined,
        };
        let age = at.nanos().saturating_sub(case.opened.nanos());
        let since_intention = elapsed.nanos();
        let fits = match route {
            None => case.is_unread(),
            Some(route) => case.is_of(route),
        };
        let aged = if first && !case.is_unread() {
            since_intention == age
        } else {
            since_intention >= age && since_intention <= at.nanos()
        };
        let lawful = case.stage == Stage::Closed
            && case.status == Some(status)
            && purchase == expected
            && fits
            && aged;
        self.docket.check(Law::OneTerminalStatus, at, lawful, |_| {
            let observed = format!("{purchase:?} with {status:?} on {route:?} in {elapsed:?}");
            let after = format!("{:?} with {:?}, aged {age} ns", case.stage, case.status);
            [attempt(of.id), format!("{expected:?}, once, after {after}"), observed]
        });
        case.stage = Stage::Concluded;
    }

    /// The end of the run: every intention is over, or its attempt is in flight.
    pub(super) fn end_payments(&mut self, end: Instant) {
        let nobody = self.turned_away.is_none();
        self.docket.check(Law::Causality, end, nobody, |_| {
            let what = "the last message that was turned away".to_owned();
            [what, "its refusal".to_owned(), "none".to_owned()]
        });
        for case in self.cases.iter() {
            let debited = case.bank_hold != Hold::Posted && case.wallet_hold != Hold::Posted;
            self.docket.check(Law::NoDebitWithoutHold, end, debited, |_| {
                let what = attempt(PaymentId::from_raw(case.id));
                let observed = "a posted hold without its debit".to_owned();
                [what, "a debit with every posted hold".to_owned(), observed]
            });
        }
        for (index, source) in self.sources.iter().enumerate() {
            let id = SourceId::new(index);
            let in_flight = |case: &&Case| match case.stage {
                Stage::Open | Stage::Answered => true,
                Stage::Closed => case.is_unread(),
                Stage::Vacant | Stage::Unreadable | Stage::Concluded => false,
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

/// An attempt's facts tell its own route, and no length of time that is longer than its life.
fn check_told(
    docket: &mut Docket,
    at: Instant,
    case: &Case,
    (id, route, elapsed): (PaymentId, RouteClass, Duration),
) {
    let since = at.nanos().saturating_sub(case.opened.nanos());
    docket.check(Law::Causality, at, elapsed.nanos() <= since, |_| {
        let expected = format!("elapsed at most {since} ns, the attempt's age");
        [attempt(id), expected, format!("{} ns", elapsed.nanos())]
    });
    docket.check(Law::RoutesFollowPolicy, at, case.is_of(route), |_| {
        [attempt(id), "the route of its opening".to_owned(), route.name()]
    });
}

fn check_holds(docket: &mut Docket, at: Instant, case: &Case, id: PaymentId) {
    let lawful = case.bank_hold.is_over() && case.wallet_hold.is_over();
    docket.check(Law::NoDebitWithoutHold, at, lawful, |_| {
        let held = format!("bank {:?}, wallet {:?}", case.bank_hold, case.wallet_hold);
        [attempt(id), "every hold debited or voided before its answer".to_owned(), held]
    });
}

fn check_paid(docket: &mut Docket, at: Instant, case: &Case, (id, status): (PaymentId, Status)) {
    let money = case.counts.money();
    let paid = Counts::of_accepted(case.is_on_us(), case.bank().is_some());
    let (expected, lawful) = match status {
        Status::Accepted => (paid, money == paid),
        Status::Rejected(_) => (Counts::NONE, money == Counts::NONE || money == Counts::FUNDED),
    };
    docket.check(Law::AcceptedMeansPaid, at, lawful, |_| {
        [format!("{}, answered {status:?}", attempt(id)), expected.words(), money.words()]
    });
}

/// Nothing of an answered attempt is half done.
fn check_sums(docket: &mut Docket, at: Instant, case: &Case, id: PaymentId) {
    docket.check(Law::MirrorAccounts, at, case.one_sided == 0, |_| {
        let expected = "each of its claims in both books".to_owned();
        [attempt(id), expected, "a claim in one book only".to_owned()]
    });
    docket.check(Law::FeesAddUp, at, case.fees == 0, |_| {
        let expected = "fees charged, booked by both sides and cleared alike".to_owned();
        [attempt(id), expected, "they differ".to_owned()]
    });
}

/// What was still open at the end: attempts, holds, and the amounts of these attempts.
pub(super) fn still_open<'a>(cases: impl Iterator<Item = &'a Case>) -> (u64, u64, u128) {
    let (mut attempts, mut holds, mut minor) = (0, 0, 0);
    for case in cases {
        let placed = [case.bank_hold, case.wallet_hold];
        holds += placed.iter().filter(|hold| **hold == Hold::Placed).count() as u64;
        if matches!(case.stage, Stage::Open | Stage::Answered) {
            attempts += 1;
            minor += u128::from(case.amount);
        }
    }
    (attempts, holds, minor)
}
