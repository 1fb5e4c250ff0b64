//! The answer: what must hold once the last institution has released the result.

use super::auditor::Auditor;
use super::case::{Case, Ending, Packed};
use super::law::{Heard, Law, attempt};
use super::marks::Marks;
use crate::model::fact::{Attempt, RouteClass};
use crate::units::{Duration, Instant, PaymentId, Status};

/// What an answer tells: route, time, messages, status.
type Told = (RouteClass, Duration, u8, Status);

impl Auditor {
    #[inline(always)]
    pub(super) fn answered(&mut self, at: Instant, of: Attempt, told: Told) {
        self.docket.hear(Heard::Answered);
        if self.screened.is_some() {
            self.must_be_screened(at, (of, told.0), told.3);
        }
        let Some(case) = self.cases.get(of) else { return self.unknown(at, of.into()) };
        let (class, elapsed, messages, status) = told;
        let route = self.demand.routes.get(case.place());
        let paid = route.is_some_and(|route| {
            let due = route.due[case.marks.kind()];
            case.marks.have_left(due.marks) && messages == due.messages + case.debit_messages()
        });
        let age = at.nanos().wrapping_sub(case.opened.nanos());
        let in_time = at >= case.opened && elapsed.nanos() <= age;
        let accepted = status == Status::Accepted && case.status() == Ending::ACCEPTED;
        let even = case.one_sided | case.fees == 0;
        if paid && in_time && accepted && even && case.marks.is_of(class) {
            case.marks = case.marks.without(Marks::OPEN).and(Marks::ANSWERED);
            if self.schedule.len() > 0 {
                self.check_legs(at, of.into(), true);
            }
        } else {
            self.examine(at, of.into(), (class, elapsed, messages, status));
        }
    }

    /// Any other answer than an acceptance after which nothing is left to do.
    #[inline(never)]
    fn examine(&mut self, at: Instant, of: Packed, told: Told) {
        let of = Attempt::from(of);
        let Some(case) = self.cases.get(of) else { return };
        let (route, elapsed, messages, status) = told;
        let before = *case;
        let open = before.marks.has(Marks::OPEN);
        case.ends(Ending::of(status));
        if open {
            case.marks = case.marks.without(Marks::OPEN).and(Marks::ANSWERED);
        }
        self.acts_in_time(at, of, &before);
        self.check_told(at, &before, (of.id, route, elapsed));
        let lawful = open && before.status() == Ending::of(status);
        self.docket.test(Law::OneTerminalStatus, at, lawful, |_| {
            let observed = format!("{status:?} while {}", before.marks.stage());
            [attempt(of.id), format!("one answer, {:?}", before.status()), observed]
        });
        if open {
            self.check_holds(at, &before, of.id);
            self.check_hops(at, &before, (of.id, messages, status));
            // Much may still be under way: what is left is looked at when it is finished.
            if before.marks.has(Marks::LATE) && status != Status::Accepted {
                return;
            }
            self.check_paid(at, &before, (of.id, status));
            self.check_legs(at, of.into(), status == Status::Accepted);
            self.check_sums(at, &before, of.id);
        }
    }

    /// An attempt's facts tell its own route, and no length of time that is longer than its life.
    pub(super) fn check_told(
        &mut self,
        at: Instant,
        case: &Case,
        (id, route, elapsed): (PaymentId, RouteClass, Duration),
    ) {
        let since = at.nanos().saturating_sub(case.opened.nanos());
        self.docket.test(Law::Causality, at, elapsed.nanos() <= since, |_| {
            let expected = format!("elapsed at most {since} ns, the attempt's age");
            [attempt(id), expected, format!("{} ns", elapsed.nanos())]
        });
        self.docket.test(Law::RoutesFollowPolicy, at, case.marks.is_of(route), |_| {
            [attempt(id), "the route of its opening".to_owned(), route.name()]
        });
    }

    fn check_holds(&mut self, at: Instant, case: &Case, id: PaymentId) {
        let (bank, wallet) = (Marks::BANK_HOLD, Marks::WALLET_HOLD);
        let lawful = bank.is_over(case.marks) && wallet.is_over(case.marks);
        self.docket.test(Law::NoDebitWithoutHold, at, lawful, |_| {
            let held =
                format!("bank {}, wallet {}", bank.word(case.marks), wallet.word(case.marks));
            [attempt(id), "every hold debited or voided before its answer".to_owned(), held]
        });
    }

    fn check_paid(&mut self, at: Instant, case: &Case, (id, status): (PaymentId, Status)) {
        let money = case.marks.among(Marks::MONEY);
        let paid =
            Marks::due(case.is_on_us(), case.bank().is_some(), (false, false)).among(Marks::MONEY);
        let (expected, lawful) = match status {
            Status::Accepted => (paid, money == paid),
            Status::Rejected(_) => (Marks::NONE, money == Marks::NONE || money == Marks::BANK_ONLY),
        };
        self.docket.test(Law::AcceptedMeansPaid, at, lawful, |_| {
            [format!("{}, answered {status:?}", attempt(id)), expected.words(), money.words()]
        });
    }

    fn check_hops(
        &mut self,
        at: Instant,
        case: &Case,
        (id, messages, status): (PaymentId, u8, Status),
    ) {
        let route = self.demand.routes.get(case.place());
        let due = route.map(|route| route.due[case.marks.kind()]);
        let accepted = status == Status::Accepted;
        let made = case.marks.among(Marks::EXCHANGES);
        let lawful = due.is_some_and(|due| {
            let all = due.messages + case.debit_messages();
            let exchanges = due.marks.among(Marks::EXCHANGES);
            if accepted {
                messages == all && made == exchanges
            } else {
                messages <= all && messages.is_multiple_of(2) && exchanges.has(made)
            }
        });
        self.docket.test(Law::MessagesFollowHops, at, lawful, |_| {
            let expected = due.map_or("a route".to_owned(), |due| {
                let most = if accepted { "" } else { "at most " };
                let all = due.messages + case.debit_messages();
                format!("{most}{all} messages and {}", due.marks.among(Marks::EXCHANGES).words())
            });
            [attempt(id), expected, format!("{messages} messages, {}", made.words())]
        });
    }

    /// Nothing of an answered attempt is half done.
    fn check_sums(&mut self, at: Instant, case: &Case, id: PaymentId) {
        let even = self.books.one_sided(case) == 0;
        self.docket.test(Law::MirrorAccounts, at, even, |_| {
            let expected = "each of its claims in both books".to_owned();
            [attempt(id), expected, "a claim in one book only".to_owned()]
        });
        self.docket.test(Law::FeesAddUp, at, case.fees == 0, |_| {
            let expected = "fees charged, booked by both sides and cleared alike".to_owned();
            [attempt(id), expected, "they differ".to_owned()]
        });
    }
}

/// What was still open at the end: attempts, holds, and the amounts of these attempts.
pub(super) fn still_open<'a>(cases: impl Iterator<Item = &'a Case>) -> (u64, u64, u128) {
    let (mut attempts, mut holds, mut minor) = (0, 0, 0);
    for case in cases {
        let both = [Marks::BANK_HOLD, Marks::WALLET_HOLD];
        holds += both.iter().filter(|hold| hold.is_open(case.marks)).count() as u64;
        if case.marks.has(Marks::OPEN) || case.marks.has(Marks::ANSWERED) {
            attempts += 1;
            minor += u128::from(case.amount);
        }
    }
    (attempts, holds, minor)
}
