//! The auditor passes a lawful story, and names the law that each mutation breaks.

use hutong::audit::{Auditor, Findings};
use hutong::model::fact::{Account, Exchange, Fact, Observer};
use hutong::units::{Amount, Duration, Instant, PolicyId, Reason, Status};

use crate::audit_world::{
    ACQUIRER, BANK, CENTRAL, Told, WALLET, attempt, id, scenario, story, yuan,
};

fn audit(facts: &[Told], end: Instant) -> Findings {
    let mut auditor = Auditor::new(&scenario(), PolicyId::new(0));
    for (at, fact) in facts {
        auditor.observe(*at, fact);
    }
    auditor.finish(end)
}

fn broken(facts: &[Told]) -> Vec<&'static str> {
    let findings = audit(facts, story().1);
    let laws = findings.laws.iter().filter(|finding| finding.offence.is_some());
    laws.map(|finding| finding.law).collect()
}

/// Breaks the story in one way and demands that this law is named, perhaps beside others.
fn names(law: &str, mutation: &str, mutate: impl FnOnce(&mut Vec<Told>)) {
    let mut facts = story().0;
    let before = facts.clone();
    mutate(&mut facts);
    assert!(before != facts, "{mutation}: nothing was mutated");
    let broken = broken(&facts);
    assert!(broken.contains(&law), "{mutation}: {broken:?}");
}

fn find(facts: &[Told], wanted: impl Fn(&Fact) -> bool) -> usize {
    facts.iter().position(|(_, fact)| wanted(fact)).expect("the story has such a fact")
}

fn drop(wanted: impl Fn(&Fact) -> bool) -> impl FnOnce(&mut Vec<Told>) {
    move |facts| {
        facts.remove(find(facts, wanted));
    }
}

fn repeat(wanted: impl Fn(&Fact) -> bool) -> impl FnOnce(&mut Vec<Told>) {
    move |facts| {
        let place = find(facts, wanted);
        facts.insert(place, facts[place]);
    }
}

fn change(
    wanted: impl Fn(&Fact) -> bool,
    how: impl FnOnce(&mut Fact),
) -> impl FnOnce(&mut Vec<Told>) {
    move |facts| {
        let place = find(facts, wanted);
        how(&mut facts[place].1);
    }
}

/// Tells one more fact at the end.
fn add(fact: Fact) -> impl FnOnce(&mut Vec<Told>) {
    move |facts| facts.push((story().1, fact))
}

fn entry(book: usize, debit: Account, credit: Account) -> impl Fn(&Fact) -> bool {
    move |fact| match *fact {
        Fact::Posted { book: in_book, debit: from, credit: to, .. } => {
            (in_book, from, to) == (id(book), debit, credit)
        }
        _ => false,
    }
}

fn posted(book: usize, debit: Account, credit: Account, minor: u64) -> Fact {
    Fact::Posted { book: id(book), debit, credit, amount: yuan(minor), of: None }
}

fn more(amount: &mut Amount) {
    *amount += yuan(1);
}

#[test]
fn a_lawful_story_passes_and_every_law_is_tested() {
    let (facts, end) = story();
    let findings = audit(&facts, end);
    assert!(findings.lawful(), "{findings:#?}");
    assert_eq!(findings.laws.len(), 14);
    for finding in &findings.laws {
        // Nothing is limited in the story; the streams of `audit_streams` are under limits.
        let limits = finding.law == "limits-are-kept";
        assert!(limits || finding.checked > 0, "{} was never tested", finding.law);
        assert!(!finding.statement.is_empty());
    }
}

#[test]
fn the_story_is_lawful_wherever_it_is_cut_between_entities() {
    let (facts, end) = story();
    let mut instants: Vec<Instant> = facts.iter().map(|(at, _)| *at).collect();
    instants.dedup();
    for cut in instants {
        // What was netted is settled, and booked by all, before a run ends.
        let settling = facts
            .iter()
            .rfind(|(at, _)| *at <= cut)
            .is_some_and(|(_, fact)| matches!(fact, Fact::Netted { .. } | Fact::Settled { .. }));
        if settling {
            continue;
        }
        let told: Vec<Told> = facts.iter().copied().filter(|(at, _)| *at <= cut).collect();
        let findings = audit(&told, end);
        assert!(findings.lawful(), "cut after {cut:?}: {findings:#?}");
    }
}

#[test]
fn reserves_are_conserved() {
    let law = "conservation";
    let moved = |fact: &Fact| matches!(fact, Fact::ReserveMoved { .. });
    names(
        law,
        "a wrong balance is told",
        change(moved, |fact| {
            if let Fact::ReserveMoved { balance, .. } = fact {
                more(balance);
            }
        }),
    );
    let paid_in = entry(CENTRAL, Account::Capital, Account::ReserveOf(id(WALLET)));
    names(law, "the settlement bank books no opening reserve", drop(paid_in));
    let taken = entry(CENTRAL, Account::ReserveOf(id(BANK)), Account::Capital);
    names(law, "the settlement bank books no debit", drop(taken));
    let minted = posted(CENTRAL, Account::Capital, Account::ReserveOf(id(BANK)), 5);
    names(law, "reserves are minted", add(minted));
}

#[test]
fn books_balance() {
    let law = "books-balance";
    names(law, "one account on both sides", {
        add(posted(WALLET, Account::Capital, Account::Capital, 5))
    });
    names(law, "an entry of nothing", {
        add(posted(WALLET, Account::Capital, Account::FeeIncome, 0))
    });
    names(law, "a reserve in a wallet's book", {
        add(posted(WALLET, Account::ReserveOf(id(BANK)), Account::Capital, 5))
    });
    let funds = entry(BANK, Account::Capital, Account::CustomerFunds);
    names(law, "opening funds are booked twice", repeat(funds));
}

#[test]
fn positions_sum_to_zero() {
    let law = "positions-sum-to-zero";
    let netted = |fact: &Fact| matches!(fact, Fact::Netted { .. });
    names(law, "a position is lost", drop(netted));
    names(law, "a position is told twice", repeat(netted));
    names(
        law,
        "a debit grows",
        change(netted, |fact| {
            if let Fact::Netted { debit, .. } = fact {
                more(debit);
            }
        }),
    );
    names(
        law,
        "a fee counts as principal",
        change(netted, |fact| {
            if let Fact::Netted { fee_debit, .. } = fact {
                *fee_debit = Amount::ZERO;
            }
        }),
    );
}

#[test]
fn no_customer_is_debited_without_a_hold() {
    let law = "no-debit-without-hold";
    names(law, "a hold is lost", drop(|fact| matches!(fact, Fact::HoldPlaced { .. })));
    names(law, "a hold is never posted", drop(|fact| matches!(fact, Fact::HoldPosted { .. })));
    names(law, "a hold is left over", drop(|fact| matches!(fact, Fact::HoldVoided { .. })));
    names(law, "a hold is placed twice", repeat(|fact| matches!(fact, Fact::HoldPlaced { .. })));
    names(law, "a hold is posted for more", {
        change(
            |fact| matches!(fact, Fact::HoldPosted { .. }),
            |fact| {
                if let Fact::HoldPosted { amount, .. } = fact {
                    more(amount);
                }
            },
        )
    });
    names(law, "the debit comes before the posting of the hold", |facts| {
        let place = find(facts, |fact| matches!(fact, Fact::HoldPosted { .. }));
        facts.swap(place, place + 1);
    });
    let for_nobody = posted(BANK, Account::CustomerFunds, Account::Capital, 5);
    names(law, "customer funds are debited for no attempt", add(for_nobody));
}

#[test]
fn an_attempt_ends_once() {
    let law = "one-terminal-status";
    let closed = |fact: &Fact| matches!(fact, Fact::Closed { .. });
    let answered = |fact: &Fact| matches!(fact, Fact::Answered { .. });
    let concluded = |fact: &Fact| matches!(fact, Fact::Concluded { .. });
    names(law, "a close is lost", drop(closed));
    names(law, "an attempt is closed twice", repeat(closed));
    names(law, "the answer of an accepted payment is lost", drop(answered));
    names(law, "an attempt is answered twice", repeat(answered));
    names(law, "an accepted intention is never concluded", drop(concluded));
    names(law, "an intention is concluded twice", repeat(concluded));
    names(
        law,
        "the answer says otherwise",
        change(answered, |fact| {
            if let Fact::Answered { status, .. } = fact {
                *status = Status::Rejected(Reason::SystemError);
            }
        }),
    );
}

#[test]
fn nothing_happens_before_its_cause() {
    let law = "causality";
    names(law, "a refused attempt was never opened", {
        drop(|fact| matches!(fact, Fact::Opened { of, .. } if of.id == attempt(1, 0, 1).id))
    });
    let late = Fact::Refused { by: id(WALLET), of: attempt(5, 0, 1), reason: Reason::SystemError };
    names(law, "a wallet acts after the close", add(late));
    names(law, "an intention comes after its attempt", |facts| {
        let place = find(facts, |fact| matches!(fact, Fact::Intended { .. }));
        let (_, fact) = facts.remove(place);
        let next = find(facts, |fact| matches!(fact, Fact::HoldPlaced { .. }));
        facts.insert(next, (facts[place].0, fact));
    });
    names(law, "an obligation comes after the answer", |facts| {
        let place = find(facts, |fact| matches!(fact, Fact::Answered { .. }));
        let answer = facts.remove(place);
        let last = |(_, fact): &Told| matches!(fact, Fact::Cleared { .. });
        let cleared = facts[..place].iter().rposition(last).expect("it cleared something");
        facts.insert(cleared, answer);
    });
    names(law, "a clock runs backwards", |facts| {
        let visit = Fact::Visited {
            at: id(WALLET),
            arrived: Instant::from_nanos(1),
            ahead: 0,
            wait: Duration::ZERO,
            service: Duration::ZERO,
        };
        facts.push((Instant::from_nanos(1), visit));
    });
    names(law, "an exchange is older than its attempt", {
        change(
            |fact| matches!(fact, Fact::Exchanged { exchange: Exchange::Debit, .. }),
            |fact| {
                if let Fact::Exchanged { elapsed, .. } = fact {
                    *elapsed = Duration::from_secs(9);
                }
            },
        )
    });
}

#[test]
fn an_accepted_attempt_is_paid_and_a_refused_one_is_not() {
    let law = "accepted-means-paid";
    let credit_other = |fact: &mut Fact| {
        if let Fact::Posted { credit, .. } = fact {
            *credit = Account::Capital;
        }
    };
    let merchant = || entry(ACQUIRER, Account::DueFrom(id(WALLET)), Account::MerchantPayable);
    names(law, "the merchant is not credited", change(merchant(), credit_other));
    let customer = entry(WALLET, Account::DueFrom(id(BANK)), Account::CustomerFunds);
    names(law, "the bank's money does not reach the wallet", change(customer, credit_other));
    names(law, "a refused payment credits the merchant", |facts| {
        let place = find(facts, |fact| matches!(fact, Fact::HoldVoided { .. }));
        let mut gift = posted(ACQUIRER, Account::Capital, Account::MerchantPayable, 30_000);
        if let Fact::Posted { of, .. } = &mut gift {
            *of = Some(attempt(1, 0, 1));
        }
        facts.insert(place, (facts[place].0, gift));
    });
    let transfer = entry(BANK, Account::DueFrom(id(WALLET)), Account::CustomerFunds);
    names(law, "a transfer does not arrive", change(transfer, credit_other));
}

#[test]
fn what_one_owes_the_other_is_due() {
    let law = "mirror-accounts";
    let merchant = entry(ACQUIRER, Account::DueFrom(id(WALLET)), Account::MerchantPayable);
    names(
        law,
        "the claim is booked on another institution",
        change(merchant, |fact| {
            if let Fact::Posted { debit, .. } = fact {
                *debit = Account::DueFrom(id(BANK));
            }
        }),
    );
    let paid = || entry(BANK, Account::DueTo(id(WALLET)), Account::Settlement);
    names(law, "a debt is settled twice in one book", repeat(paid()));
    names(
        law,
        "more is settled than was owed",
        change(paid(), |fact| {
            if let Fact::Posted { amount, .. } = fact {
                *amount = *amount + *amount;
            }
        }),
    );
    let own = entry(WALLET, Account::Settlement, Account::Capital);
    names(law, "a wallet does not book its reserve", drop(own));
}

#[test]
fn what_was_cleared_is_settled_once() {
    let law = "cleared-is-settled-or-open";
    names(law, "a cycle settles twice", repeat(|fact| matches!(fact, Fact::Settled { .. })));
    names(law, "an obligation enters a closed cycle", {
        change(
            |fact| matches!(fact, Fact::Cleared { cycle: 1, .. }),
            |fact| {
                if let Fact::Cleared { cycle, .. } = fact {
                    *cycle = 0;
                }
            },
        )
    });
    names(law, "a cycle is postponed after its moves", |facts| {
        let place = find(facts, |fact| matches!(fact, Fact::Settled { .. }));
        let (at, fact) = facts[place];
        if let Fact::Settled { house, cycle } = fact {
            let (short, lacking) = (id(BANK), yuan(1));
            facts.insert(place, (at, Fact::Postponed { house, cycle, short, lacking }));
        }
    });
}

#[test]
fn fees_add_up() {
    let law = "fees-add-up";
    let charged = |fact: &Fact| matches!(fact, Fact::Charged { .. });
    names(law, "a leg is not charged", drop(charged));
    names(law, "a leg is charged twice", repeat(charged));
    names(
        law,
        "a leg costs a minor unit more",
        change(charged, |fact| {
            if let Fact::Charged { amount, .. } = fact {
                more(amount);
            }
        }),
    );
    names(
        law,
        "the acquirer charges another's leg",
        change(charged, |fact| {
            if let Fact::Charged { leg, .. } = fact {
                *leg = 2;
            }
        }),
    );
    let discount = entry(ACQUIRER, Account::MerchantPayable, Account::FeeIncome);
    names(law, "a fee is charged but not booked", drop(discount));
    names(law, "both books carry another fee than was charged", |facts| {
        let expense = entry(ACQUIRER, Account::FeeExpense, Account::DueTo(id(WALLET)));
        let place = find(facts, expense);
        for (_, fact) in &mut facts[place..place + 2] {
            if let Fact::Posted { amount, .. } = fact {
                more(amount);
            }
        }
    });
}

#[test]
fn messages_follow_the_law() {
    for wrong in [0, 8, 11, 13, 16] {
        let of_first = |fact: &Fact| matches!(fact, Fact::Answered { .. });
        names(
            "messages-follow-the-law",
            "a wrong count",
            change(of_first, |fact| {
                if let Fact::Answered { messages, .. } = fact {
                    *messages = wrong;
                }
            }),
        );
    }
}

/// Facts whose loss no law can tell: whether a refused or open attempt got so far, and whether
/// anybody wanted to pay who had not begun.
fn may_be_lost(fact: &Fact) -> bool {
    match fact {
        Fact::Exchanged { of, .. } => [attempt(3, 0, 1), attempt(5, 0, 2)].contains(of),
        Fact::Intended { intention, .. } => *intention == 6,
        _ => false,
    }
}

#[test]
fn no_fact_is_lost_unnoticed() {
    let facts = story().0;
    for place in 0..facts.len() {
        let mut fewer = facts.clone();
        let (_, lost) = fewer.remove(place);
        let noticed = !broken(&fewer).is_empty();
        assert!(noticed || may_be_lost(&lost), "{lost:?} was lost unnoticed");
    }
}

#[test]
fn no_fact_is_told_twice_unnoticed() {
    let facts = story().0;
    for place in 0..facts.len() {
        let mut more = facts.clone();
        let (_, twice) = more[place];
        more.insert(place, more[place]);
        assert!(!broken(&more).is_empty(), "{twice:?} was told twice unnoticed");
    }
}

#[test]
fn the_first_offence_carries_its_instant_and_its_words() {
    let (mut facts, end) = story();
    let place = find(&facts, |fact| matches!(fact, Fact::HoldVoided { .. }));
    facts.remove(place);
    let at = facts[place..].iter().find(|(_, fact)| matches!(fact, Fact::Answered { .. }));
    let findings = audit(&facts, end);
    let offence = findings.laws[3].offence.as_ref().expect("the hold is left over");
    assert_eq!(Some(offence.at), at.map(|(at, _)| *at));
    assert_eq!(offence.what, "attempt 0 of intention 1 of source 0");
    assert_eq!(offence.observed, "bank None, wallet Placed");
}

#[test]
fn the_canary_dies() {
    let nonsense = posted(WALLET, Account::Capital, Account::Capital, 0);
    let findings = audit(&[(Instant::EPOCH, nonsense)], Instant::EPOCH);
    assert!(!findings.lawful(), "an auditor that accepts nonsense is asleep");
}
