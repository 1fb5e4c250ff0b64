//! The life of an attempt: opened, answered, closed, concluded; and what must hold at its close.

use super::auditor::Auditor;
use super::case::{Case, Hold, Stage};
use super::law::{Docket, Law, attempt};
use super::schedule::Schedule;
use crate::model::fact::{Attempt, Funding, Purchase, RouteClass, Topology};
use crate::units::{Amount, Duration, Instant, InstitutionId, PaymentId, SourceId, Status};

impl Auditor {
    pub(super) fn intended(&mut self, at: Instant, source: SourceId, intention: u64) {
        let source = self.source(at, source);
        source.intended = source.intended.max(intention + 1);
    }

    pub(super) fn opened(
        &mut self,
        (at, of, amount): (Instant, &Attempt, Amount),
        parties: (InstitutionId, InstitutionId),
        route: RouteClass,
    ) {
        self.begin(at, of, Case::opened((at, of, amount), parties, route));
    }

    pub(super) fn unreadable(&mut self, at: Instant, of: &Attempt) {
        self.begin(at, of, Case::unreadable(at, of));
    }

    fn begin(&mut self, at: Instant, of: &Attempt, case: Case) {
        let intended = self.source(at, of.id.source()).intended;
        self.docket.check(Law::Causality, at, of.id.intention() < intended, |_| {
            let expected = "its intention was told before".to_owned();
            [attempt(of.id), expected, format!("{intended} intentions were told")]
        });
        let before = self.cases.begin(of, case);
        let again = before.id == case.id;
        let free = matches!(before.stage, Stage::Vacant | Stage::Closed | Stage::Concluded);
        self.docket.check(Law::OneTerminalStatus, at, free && !again, |_| {
            let expected = "the slot's last attempt is closed".to_owned();
            [attempt(of.id), expected, "another attempt, or this one, is still in it".to_owned()]
        });
        retire(&mut self.docket, at, &before);
    }

    /// An institution speaks of an attempt without touching money.
    pub(super) fn heard(&mut self, at: Instant, by: InstitutionId, of: &Attempt) {
        self.tick(at, by);
        self.cases.of_institution(&mut self.docket, (at, Some(by)), of);
    }

    pub(super) fn exchanged(&mut self, at: Instant, of: &Attempt, elapsed: Duration) {
        let found = self.cases.of_institution(&mut self.docket, (at, None), of);
        if let Some(case) = found {
            check_elapsed(&mut self.docket, at, case, (of.id, elapsed));
        }
    }

    pub(super) fn answered(
        &mut self,
        at: Instant,
        of: &Attempt,
        (elapsed, messages, status): (Duration, u8, Status),
    ) {
        let Some(case) = self.cases.of_institution(&mut self.docket, (at, None), of) else {
            return;
        };
        check_elapsed(&mut self.docket, at, case, (of.id, elapsed));
        self.docket.check(Law::OneTerminalStatus, at, case.stage == Stage::Open, |_| {
            let observed = format!("answered again with {status:?}");
            [attempt(of.id), "one answer before its close".to_owned(), observed]
        });
        if status == Status::Accepted {
            let fits = self.schedule.may_take(case, messages);
            self.docket.check(Law::MessagesFollowHops, at, fits, |_| {
                let route = (case.topology, case.funding, case.mode);
                let expected = format!("twice the hops of {route:?}");
                [attempt(of.id), expected, format!("{messages} messages")]
            });
        }
        case.status = Some(status);
        case.stage = case.stage.max(Stage::Answered);
    }

    pub(super) fn closed(&mut self, at: Instant, of: &Attempt, status: Status) {
        self.source(at, of.id.source());
        let Some(case) = self.cases.of_source(&mut self.docket, at, of) else { return };
        let answer = case.status;
        let may_close = match case.stage {
            Stage::Unreadable => status != Status::Accepted,
            Stage::Open => !must_be_answered(case, status),
            Stage::Answered => answer == Some(status),
            Stage::Vacant | Stage::Closed | Stage::Concluded => false,
        };
        self.docket.check(Law::OneTerminalStatus, at, may_close, |_| {
            let told = format!("answer {answer:?}, stage {:?}", case.stage);
            let expected = "one close, after its answer and with the same status".to_owned();
            [attempt(of.id), expected, format!("closed with {status:?} after {told}")]
        });
        if case.stage < Stage::Closed {
            check_holds(&mut self.docket, at, case, of.id);
            check_paid(&mut self.docket, at, case, (of.id, status, &self.schedule));
            check_legs(&mut self.docket, at, case, (of.id, status, &self.schedule));
        }
        case.status = Some(status);
        case.stage = case.stage.max(Stage::Closed);
    }

    pub(super) fn concluded(
        &mut self,
        at: Instant,
        of: &Attempt,
        (purchase, status): (Purchase, Status),
    ) {
        let source = self.source(at, of.id.source());
        source.concluded += 1;
        let Some(case) = self.cases.of_source(&mut self.docket, at, of) else { return };
        let bought = matches!(purchase, Purchase::FirstTry | Purchase::AfterSwitch);
        let first = purchase != Purchase::FirstTry || of.id.attempt() == 0;
        let lawful = case.stage == Stage::Closed
            && case.status == Some(status)
            && bought == (status == Status::Accepted)
            && first;
        self.docket.check(Law::OneTerminalStatus, at, lawful, |_| {
            let observed = format!("{purchase:?} with {status:?}");
            let was = format!("one conclusion after {:?} with {:?}", case.stage, case.status);
            [attempt(of.id), was, observed]
        });
        case.stage = Stage::Concluded;
    }

    /// The end of the run: what is closed must be complete, what is open may be in flight.
    pub(super) fn end_payments(&mut self, end: Instant) {
        for case in self.cases.iter() {
            if matches!(case.stage, Stage::Closed | Stage::Concluded) {
                retire(&mut self.docket, end, case);
            }
            let debited = case.bank_hold != Hold::Posted && case.wallet_hold != Hold::Posted;
            self.docket.check(Law::NoDebitWithoutHold, end, debited, |_| {
                let what = format!("attempt with identity {:#018x}", case.id);
                let observed = "a posted hold without its debit".to_owned();
                [what, "a debit with every posted hold".to_owned(), observed]
            });
        }
        for (index, source) in self.sources.iter().enumerate() {
            let lawful = source.concluded <= source.intended && source.clock <= end;
            self.docket.check(Law::OneTerminalStatus, end, lawful, |_| {
                let expected = format!("at most {} conclusions", source.intended);
                [format!("source {index}"), expected, source.concluded.to_string()]
            });
        }
    }
}

/// Whether such an attempt cannot have ended without an answer from an institution.
fn must_be_answered(case: &Case, status: Status) -> bool {
    let crosses = !case.is_on_us() || case.funding == Funding::Bank;
    status == Status::Accepted && crosses && !case.is_background()
}

fn check_elapsed(
    docket: &mut Docket,
    at: Instant,
    case: &Case,
    (id, elapsed): (PaymentId, Duration),
) {
    let since = at.nanos().saturating_sub(case.opened.nanos());
    docket.check(Law::Causality, at, elapsed.nanos() <= since, |_| {
        let expected = format!("elapsed at most {since} ns, the attempt's age");
        [attempt(id), expected, format!("{} ns", elapsed.nanos())]
    });
}

fn check_holds(docket: &mut Docket, at: Instant, case: &Case, id: PaymentId) {
    let over = |hold| matches!(hold, Hold::None | Hold::Debited | Hold::Voided);
    let lawful = over(case.bank_hold) && over(case.wallet_hold);
    docket.check(Law::NoDebitWithoutHold, at, lawful, |_| {
        let held = format!("bank {:?}, wallet {:?}", case.bank_hold, case.wallet_hold);
        [attempt(id), "every hold debited or voided at its close".to_owned(), held]
    });
}

fn check_paid(
    docket: &mut Docket,
    at: Instant,
    case: &Case,
    (id, status, schedule): (PaymentId, Status, &Schedule),
) {
    let customer = case.at_bank.saturating_add(case.at_wallet);
    // A refused payment may leave the customer's money at the wallet instead of the bank, with
    // the bank owing the wallet for it: nobody has lost anything.
    let expected = match status {
        Status::Rejected(_) => (0, 0, case.at_bank, 0),
        Status::Accepted => {
            let bank = i8::from(case.funding == Funding::Bank && case.bank().is_some());
            (1, 1, bank, i8::from(case.topology != Topology::OnUs))
        }
    };
    let debited = match (status, case.funding, case.bank()) {
        (Status::Rejected(_), ..) | (_, Funding::Balance, _) => true,
        (_, Funding::Bank, Some(_)) => case.at_bank == 1,
        (_, Funding::Bank, None) => schedule.is_bank(case.wallet()) || case.is_background(),
    };
    let observed = (customer, case.payee, case.bank_leg, case.pay_leg);
    docket.check(Law::AcceptedMeansPaid, at, observed == expected && debited, |_| {
        let words = |(customer, payee, bank, pay): (i8, i8, i8, i8)| {
            format!(
                "customer debits {customer}, payee credits {payee}, bank obligations {bank}, \
                 pay obligations {pay}"
            )
        };
        [format!("{}, closed {status:?}", attempt(id)), words(expected), words(observed)]
    });
}

fn check_legs(
    docket: &mut Docket,
    at: Instant,
    case: &Case,
    (id, status, schedule): (PaymentId, Status, &Schedule),
) {
    let required = if status == Status::Accepted && case.stage != Stage::Unreadable {
        schedule.required(case)
    } else {
        0
    };
    let complete = case.charged & required == required;
    let lawful = complete && (status == Status::Accepted || case.charged == 0);
    docket.check(Law::FeesAddUp, at, lawful, |_| {
        let legs = |bits: u32| format!("legs {bits:#b}");
        [attempt(id), legs(required), legs(case.charged)]
    });
}

/// The end of a case: nothing of it may be half done.
fn retire(docket: &mut Docket, at: Instant, case: &Case) {
    if matches!(case.stage, Stage::Vacant | Stage::Unreadable) {
        return;
    }
    let words = |names: [&str; 2]| {
        let what = format!("attempt with identity {:#018x}", case.id);
        [what, names[0].to_owned(), names[1].to_owned()]
    };
    docket.check(Law::MirrorAccounts, at, case.one_sided == 0, |_| {
        words(["each of its claims in both books", "a claim in one book only"])
    });
    docket.check(Law::FeesAddUp, at, case.fees == 0, |_| {
        words(["fees charged, booked by both sides and cleared alike", "they differ"])
    });
    let unfinished = case.status == Some(Status::Accepted) && case.stage == Stage::Closed;
    docket.check(Law::OneTerminalStatus, at, !unfinished, |_| {
        words(["its intention is concluded", "it is not"])
    });
}
