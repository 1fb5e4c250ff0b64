//! Every kind of lie about a real run breaks the law that speaks of it.
//!
//! Each mutation is applied at several places of real streams, chosen by a fixed seed: a fact is
//! lost, told twice or told too early; `audit_fields` alters one field.

use std::collections::{BTreeMap, BTreeSet};

use hutong::model::fact::{Account, Attempt, Fact};
use hutong::units::{InstitutionId, PaymentId, Status};

use crate::audit_streams::{Stream, audit, streams};
use crate::audit_world::Told;

/// How often each mutation is tried in each stream.
const TRIES: u64 = 4;

/// No law speaks of it; the reason is stated where it is said.
pub(crate) const LAWFUL: &str = "";

/// The names of the laws that a stream breaks.
fn broken<'a>(stream: &Stream, facts: impl Iterator<Item = &'a Told>) -> Vec<&'static str> {
    let laws = audit(stream, facts).laws;
    laws.iter().filter(|at| at.offence.is_some()).map(|at| at.law).collect()
}

/// Some of the places, in an order that only the seed decides.
fn some(places: &[usize], seed: u64) -> Vec<usize> {
    let mut state = seed;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(0x9E37_79B9);
        usize::try_from(state >> 33).expect("31 bits")
    };
    let tries = TRIES.min(places.len() as u64);
    (0..tries).map(|_| places[draw() % places.len()]).collect()
}

/// What became of every mutation, by name: how often it was tried, and what it broke instead of
/// the law that was named.
#[derive(Default)]
pub(crate) struct Verdicts(BTreeMap<String, (u64, Vec<String>)>);

impl Verdicts {
    fn hear(&mut self, name: &str, law: &str, (fact, broken): (&Told, &[&str])) {
        let (tried, wrong) = self.0.entry(name.to_owned()).or_default();
        *tried += 1;
        let right = if law == LAWFUL { broken.is_empty() } else { broken.contains(&law) };
        if !right {
            wrong.push(format!("wanted {law:?}, broke {broken:?}: {fact:?}"));
        }
    }

    pub(crate) fn all_right(&self) {
        let wrong = self.0.iter().filter(|(_, (_, wrong))| !wrong.is_empty());
        let words = |(name, (_, wrong)): (&String, &(u64, Vec<String>))| {
            format!("{name}: {} times, such as {}", wrong.len(), wrong[0])
        };
        let wrong: Vec<String> = wrong.map(words).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Whose life a fact belongs to: an attempt, or a cycle of a house.
fn thread(fact: &Fact) -> Option<(u64, u64)> {
    let of = |of: &Attempt| Some((0, of.id.raw()));
    match fact {
        Fact::Opened { of: at, .. }
        | Fact::Unreadable { of: at, .. }
        | Fact::TurnedAway { of: at, .. }
        | Fact::Refused { of: at, .. }
        | Fact::Screened { of: at, .. }
        | Fact::Authorised { of: at, .. }
        | Fact::Released { of: at, .. }
        | Fact::HoldPlaced { of: at, .. }
        | Fact::HoldPosted { of: at, .. }
        | Fact::HoldVoided { of: at, .. }
        | Fact::Posted { of: Some(at), .. }
        | Fact::Cleared { of: at, .. }
        | Fact::Charged { of: at, .. }
        | Fact::FeeReturned { of: at, .. }
        | Fact::Recovery { of: at, .. }
        | Fact::Lost { of: at, .. }
        | Fact::Finished { of: at, .. }
        | Fact::Exchanged { of: at, .. }
        | Fact::Answered { of: at, .. }
        | Fact::Closed { of: at, .. }
        | Fact::Concluded { of: at, .. } => of(at),
        Fact::Intended { source, intention, .. } => {
            Some((0, PaymentId::new(*source, *intention, 0).raw()))
        }
        Fact::CutOff { house, cycle }
        | Fact::Netted { house, cycle, .. }
        | Fact::ReserveMoved { house, cycle, .. }
        | Fact::Settled { house, cycle }
        | Fact::Postponed { house, cycle, .. } => {
            Some((1 + house.index() as u64, u64::from(*cycle)))
        }
        Fact::Visited { .. }
        | Fact::OutageBegan { .. }
        | Fact::OutageEnded { .. }
        | Fact::Posted { of: None, .. } => None,
    }
}

/// What is known of a stream besides its facts.
pub(crate) struct Known<'a> {
    pub(crate) stream: &'a Stream,
    /// How each attempt was answered.
    answers: BTreeMap<u64, Status>,
    /// Cycles that were settled, by house.
    settled: Vec<(InstitutionId, u32)>,
    /// Attempts that opened.
    pub(crate) opened: BTreeSet<u64>,
    /// Attempts of which an institution speaks after their opening.
    pub(crate) spoken: BTreeSet<u64>,
}

impl<'a> Known<'a> {
    pub(crate) fn new(stream: &'a Stream) -> Self {
        let (mut answers, mut settled) = (BTreeMap::new(), Vec::new());
        let (mut opened, mut spoken) = (BTreeSet::new(), BTreeSet::new());
        for (_, fact) in &stream.facts {
            match *fact {
                Fact::Answered { of, status, .. } => drop(answers.insert(of.id.raw(), status)),
                Fact::Settled { house, cycle } => settled.push((house, cycle)),
                Fact::Opened { of, .. } => drop(opened.insert(of.id.raw())),
                Fact::Intended { .. } => {}
                ref other => spoken.extend(thread(other).filter(|at| at.0 == 0).map(|at| at.1)),
            }
        }
        Self { stream, answers, settled, opened, spoken }
    }

    fn is_netted(&self, of: (InstitutionId, u32)) -> bool {
        let facts = &mut self.stream.facts.iter();
        facts.any(
            |(_, fact)| matches!(*fact, Fact::Netted { house, cycle, .. } if (house, cycle) == of),
        )
    }

    pub(crate) fn accepted(&self, of: &Attempt) -> bool {
        self.answers.get(&of.id.raw()) == Some(&Status::Accepted)
    }

    pub(crate) fn answered(&self, of: &Attempt) -> bool {
        self.answers.contains_key(&of.id.raw())
    }
}

pub(crate) fn is_fee(debit: Account, credit: Account) -> bool {
    debit == Account::FeeExpense || credit == Account::FeeIncome
}

/// The kind of a fact, and the law that its loss breaks. Worlds without timers tell no recovery:
/// `timeouts` has the laws that its loss breaks.
fn loss(known: &Known<'_>, fact: &Fact) -> (&'static str, &'static str) {
    match fact {
        Fact::Intended { .. } => ("Intended", "causality"),
        Fact::Opened { of, .. } if known.answered(of) => ("Opened", "one-terminal-status"),
        Fact::Opened { of, .. } if known.spoken.contains(&of.id.raw()) => {
            ("Opened, open", "causality")
        }
        // Whoever has not been heard of may as well not have begun.
        Fact::Opened { .. } => ("Opened, unheard of", "?"),
        Fact::Unreadable { .. } => ("Unreadable", "causality"),
        // A visit is a measure: no law counts them.
        Fact::Visited { .. } => ("Visited", LAWFUL),
        Fact::TurnedAway { .. } => ("TurnedAway", "causality"),
        Fact::OutageBegan { .. } | Fact::OutageEnded { .. } => ("Outage", "outages-are-kept"),
        Fact::Refused { of, .. } if known.answered(of) => ("Refused", "one-terminal-status"),
        // Whoever has not been answered may not have been refused.
        Fact::Refused { .. } => ("Refused, open", LAWFUL),
        Fact::Screened { of, .. } if known.accepted(of) => ("Screened", "causality"),
        // Its wallet may decline for the same reason without looking.
        Fact::Screened { .. } => ("Screened, refused", "?"),
        Fact::Authorised { of, .. } if known.accepted(of) => ("Authorised", "limits-are-kept"),
        // Whoever is refused before the wallet hears of it may never have been authorised.
        Fact::Authorised { .. } => ("Authorised, refused", "?"),
        Fact::Released { of, .. } if known.answered(of) => ("Released", "limits-are-kept"),
        Fact::Released { .. } => ("Released, open", LAWFUL),
        Fact::HoldPlaced { of, .. } if known.answered(of) => {
            ("HoldPlaced", "no-debit-without-hold")
        }
        // A hold that the end of the run finds placed may as well not have been placed yet.
        Fact::HoldPlaced { .. } => ("HoldPlaced, open", "?"),
        Fact::HoldPosted { .. } => ("HoldPosted", "no-debit-without-hold"),
        Fact::HoldVoided { .. } => ("HoldVoided", "no-debit-without-hold"),
        Fact::Posted { .. } => loss_of_entry(known, fact),
        Fact::Cleared { fee: true, of, .. } if known.answered(of) => ("cleared fee", "fees-add-up"),
        Fact::Cleared { of, .. } if known.answered(of) => ("cleared", "accepted-means-paid"),
        // What an open attempt has cleared shows in the positions.
        Fact::Cleared { .. } => ("cleared, open", "positions-sum-to-zero"),
        Fact::Charged { of, .. } if known.answered(of) => ("Charged", "fees-add-up"),
        // An open attempt may not have been charged yet.
        Fact::Charged { .. } => ("Charged, open", LAWFUL),
        Fact::FeeReturned { .. }
        | Fact::Recovery { .. }
        | Fact::Lost { .. }
        | Fact::Finished { .. } => ("recovery", "?"),
        Fact::CutOff { .. } => ("CutOff", "cleared-is-settled-or-open"),
        Fact::Netted { .. } => ("Netted", "positions-sum-to-zero"),
        Fact::ReserveMoved { .. } => ("ReserveMoved", "conservation"),
        Fact::Settled { .. } => ("Settled", "conservation"),
        // One of several postponements of a cycle may be lost, and that of a cycle that settles.
        Fact::Postponed { .. } => ("Postponed", LAWFUL),
        Fact::Exchanged { of, .. } if known.accepted(of) => {
            ("Exchanged", "messages-follow-the-law")
        }
        // A refused or open attempt may have turned back before.
        Fact::Exchanged { .. } => ("Exchanged, refused", LAWFUL),
        Fact::Answered { .. } => ("Answered", "one-terminal-status"),
        Fact::Closed { .. } => ("Closed", "one-terminal-status"),
        Fact::Concluded { .. } => ("Concluded", "one-terminal-status"),
    }
}

fn loss_of_entry(known: &Known<'_>, fact: &Fact) -> (&'static str, &'static str) {
    match fact {
        Fact::Posted { debit, credit, of: Some(of), .. } if known.answered(of) => {
            if is_fee(*debit, *credit) {
                ("fee", "fees-add-up")
            } else {
                ("principal", "accepted-means-paid")
            }
        }
        Fact::Posted { debit: Account::CustomerFunds, of: Some(_), .. } => {
            ("principal, open", "no-debit-without-hold")
        }
        Fact::Posted { of: Some(_), .. } => ("entry, open", "?"),
        Fact::Posted { debit: Account::ReserveOf(_), .. }
        | Fact::Posted { credit: Account::ReserveOf(_), .. } => ("reserve", "conservation"),
        Fact::Posted { credit: Account::CustomerFunds, .. } => ("funds", "books-balance"),
        _ => ("news or own reserve", "mirror-accounts"),
    }
}

/// The law that a fact told twice breaks.
fn echo(known: &Known<'_>, fact: &Fact) -> &'static str {
    match fact {
        Fact::Opened { .. } | Fact::Unreadable { .. } | Fact::Refused { .. } => {
            "one-terminal-status"
        }
        Fact::HoldPlaced { .. } => "no-debit-without-hold",
        Fact::Authorised { .. } | Fact::Released { .. } => "limits-are-kept",
        Fact::Exchanged { .. } => "messages-follow-the-law",
        Fact::Answered { .. } | Fact::Screened { .. } => "causality",
        Fact::Charged { .. } => "fees-add-up",
        Fact::Settled { .. } => "cleared-is-settled-or-open",
        // Two orders may reach the settlement bank at one instant: it tries twice.
        Fact::Postponed { .. } => LAWFUL,
        _ => loss(known, fact).1,
    }
}

/// A stream with one lie in it: what was done, the law that this breaks, and the facts.
pub(crate) type Lie = (String, &'static str, Vec<Told>);

/// Tells lies at some places of each kind of fact.
pub(crate) fn at_places(
    known: &Known<'_>,
    verdicts: &mut Verdicts,
    lies: impl Fn(usize) -> Vec<Lie>,
) {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, (_, fact)) in known.stream.facts.iter().enumerate() {
        places.entry(loss(known, fact).0).or_default().push(place);
    }
    for (number, (kind, places)) in places.iter().enumerate() {
        for place in some(places, number as u64) {
            let fact = &known.stream.facts[place];
            for (how, law, facts) in lies(place).into_iter().filter(|lie| lie.1 != "?") {
                let broken = broken(known.stream, facts.iter());
                verdicts.hear(&format!("{how} {kind}"), law, (fact, &broken));
            }
        }
    }
}

#[test]
fn no_fact_of_a_real_run_is_lost_unnoticed() {
    let mut verdicts = Verdicts::default();
    for stream in &streams() {
        let known = Known::new(stream);
        at_places(&known, &mut verdicts, |place| {
            let mut fewer = stream.facts.clone();
            let law = match fewer.remove(place).1 {
                Fact::Postponed { house, cycle, .. }
                    if !known.settled.contains(&(house, cycle)) =>
                {
                    "?"
                }
                // A last cycle into which nothing was cleared may as well not have closed.
                Fact::CutOff { house, cycle } if !known.is_netted((house, cycle)) => "?",
                // What would end after demand has stopped may find the run over.
                Fact::OutageEnded { .. }
                    if stream.scenario.demand_stops() <= stream.facts[place].0 =>
                {
                    "?"
                }
                fact => loss(&known, &fact).1,
            };
            vec![("lost".to_owned(), law, fewer)]
        });
    }
    verdicts.all_right();
}

#[test]
fn no_fact_of_a_real_run_is_told_twice_unnoticed() {
    let mut verdicts = Verdicts::default();
    for stream in &streams() {
        let known = Known::new(stream);
        at_places(&known, &mut verdicts, |place| {
            let mut more = stream.facts.clone();
            more.insert(place, more[place]);
            vec![("told twice".to_owned(), echo(&known, &more[place].1), more)]
        });
    }
    verdicts.all_right();
}

/// Places of two facts of one thread.
type Swap = (usize, usize);

/// The law that breaks when a fact changes places with the next of its thread. Facts of different
/// institutions have no order of their own, unless money must come first.
#[expect(clippy::match_same_arms, reason = "a table: one row for each order")]
fn hasty(first: &Fact, next: &Fact) -> &'static str {
    match (first, next) {
        (Fact::Intended { .. } | Fact::Opened { .. }, _) => "causality",
        (Fact::Unreadable { .. }, Fact::Closed { .. }) => "causality",
        (Fact::TurnedAway { .. }, Fact::Refused { .. }) => "causality",
        (Fact::HoldPlaced { .. }, Fact::HoldPosted { .. } | Fact::HoldVoided { .. }) => {
            "no-debit-without-hold"
        }
        (Fact::HoldPosted { .. }, Fact::Posted { debit: Account::CustomerFunds, .. }) => {
            "no-debit-without-hold"
        }
        (Fact::Refused { .. }, Fact::HoldVoided { .. }) => "no-debit-without-hold",
        (Fact::Refused { .. }, Fact::Answered { .. }) => "one-terminal-status",
        (Fact::Answered { .. }, Fact::Closed { .. }) => "one-terminal-status",
        (_, Fact::Answered { .. }) => "causality",
        (Fact::Closed { .. }, Fact::Concluded { .. }) => "one-terminal-status",
        (Fact::CutOff { .. }, Fact::Netted { .. }) => "positions-sum-to-zero",
        (Fact::Netted { participant, .. }, Fact::ReserveMoved { participant: moved, .. })
            if participant == moved =>
        {
            "conservation"
        }
        (Fact::Netted { .. }, Fact::Settled { .. }) => "cleared-is-settled-or-open",
        (Fact::ReserveMoved { .. }, Fact::Settled { .. }) => "cleared-is-settled-or-open",
        _ => "?",
    }
}

#[test]
fn no_fact_of_a_real_run_comes_before_its_cause_unnoticed() {
    let mut verdicts = Verdicts::default();
    for stream in &streams() {
        let known = Known::new(stream);
        let mut last: BTreeMap<(u64, u64), usize> = BTreeMap::new();
        let mut swaps: BTreeMap<String, (&'static str, Vec<Swap>)> = BTreeMap::new();
        for (place, (_, fact)) in stream.facts.iter().enumerate() {
            let Some(thread) = thread(fact) else { continue };
            let Some(before) = last.insert(thread, place) else { continue };
            let first = &stream.facts[before].1;
            let law = hasty(first, fact);
            if law != "?" {
                let name = format!("{} after {}", loss(&known, first).0, loss(&known, fact).0);
                swaps.entry(name).or_insert((law, Vec::new())).1.push((before, place));
            }
        }
        for (number, (name, (law, pairs))) in swaps.iter().enumerate() {
            let places: Vec<usize> = (0..pairs.len()).collect();
            for pick in some(&places, number as u64) {
                let (first, next) = pairs[pick];
                let mut facts = stream.facts.clone();
                (facts[first].1, facts[next].1) = (facts[next].1, facts[first].1);
                let broken = broken(stream, facts.iter());
                verdicts.hear(name, law, (&stream.facts[first], &broken));
            }
        }
    }
    verdicts.all_right();
}
