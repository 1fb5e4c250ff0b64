//! Determinism: facts depend on scenario, policy and replication, and on nothing else.
//!
//! Worlds come from a swarm; a failure begins with the seed of its world.

use std::collections::BTreeMap;

use hutong::audit::{Auditor, Findings};
use hutong::experiment::plan::plan;
use hutong::experiment::pool::Pool;
use hutong::experiment::progress::{Board, Show};
use hutong::experiment::run::Silent;
use hutong::experiment::stop::Stop;
use hutong::experiment::{Subject, carry_out};
use hutong::measure::outcome::RunOutcome;
use hutong::measure::recorder::Recorder;
use hutong::measure::results::RunStatus;
use hutong::model::fact::{Attempt, Fact, Observer};
use hutong::model::{Model, RunOptions, Watch, run};
use hutong::scenario::{LoadOptions, Scenario, load};
use hutong::units::{Instant, PolicyId, Reason};

use crate::support_swarm::Swarm;

/// Worlds of the swarm.
const WORLDS: u64 = 80;
/// Worlds in which payments never meet.
const AMPLE_WORLDS: u64 = 25;

struct Unwatched;

impl Watch for Unwatched {
    fn go_on(&mut self, _now: Instant, _events: u64) -> bool {
        true
    }
}

/// Everybody who listens, and every fact as it was told.
struct Heard {
    recorder: Recorder,
    auditor: Auditor,
    facts: Vec<(Instant, Fact)>,
}

impl Observer for Heard {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.recorder.observe(at, fact);
        self.auditor.observe(at, fact);
        self.facts.push((at, *fact));
    }
}

/// What one run came to.
pub(crate) struct Told {
    pub(crate) outcome: RunOutcome,
    pub(crate) findings: Findings,
    pub(crate) facts: Vec<(Instant, Fact)>,
}

pub(crate) fn told(scenario: &Scenario, policy: PolicyId, options: RunOptions) -> Told {
    let model = Model::compile(scenario, policy);
    let mut heard = Heard {
        recorder: Recorder::new(scenario, policy, 0),
        auditor: Auditor::new(scenario, policy),
        facts: Vec::new(),
    };
    let end = run(&model, 0, options, &mut heard, &mut Unwatched).unwrap();
    Told {
        outcome: heard.recorder.finish(end.at, end.events),
        findings: heard.auditor.finish(end.at),
        facts: heard.facts,
    }
}

pub(crate) fn closed() -> PolicyId {
    PolicyId::new(0)
}

pub(crate) fn open() -> PolicyId {
    PolicyId::new(1)
}

/// Runs `test` on every world and both policies.
fn everywhere(worlds: u64, test: impl Fn(u64, &Scenario, PolicyId)) {
    for seed in 0..worlds {
        for scenario in [Swarm::new(seed).scenario(), Swarm::troubled(seed).scenario()] {
            test(seed, &scenario, closed());
            test(seed, &scenario, open());
        }
    }
}

/// Every world, calm and troubled.
fn worlds() -> impl Iterator<Item = (u64, Swarm)> {
    (0..WORLDS).flat_map(|seed| [(seed, Swarm::new(seed)), (seed, Swarm::troubled(seed))])
}

pub(crate) fn same(seed: u64, what: &str, a: &Told, b: &Told) {
    let first = a.facts.iter().zip(&b.facts).find(|(a, b)| a != b);
    assert!(a.outcome.digest == b.outcome.digest, "seed {seed}: {what}: {first:#?}");
    assert_eq!(a.outcome.multiset, b.outcome.multiset, "seed {seed}: {what}");
}

#[test]
fn a_second_run_and_any_order_of_entities_tell_the_same_facts() {
    everywhere(WORLDS, |seed, scenario, policy| {
        let first = told(scenario, policy, RunOptions::default());
        let again = told(scenario, policy, RunOptions::default());
        same(seed, "a second run", &first, &again);
        assert_eq!(first.facts, again.facts, "seed {seed}");
        for order in 1..=3 {
            let permute = Some(seed * 1_000 + order);
            let permuted = told(scenario, policy, RunOptions { permute, evented: false });
            same(seed, &format!("order {order}"), &first, &permuted);
        }
    });
}

#[test]
fn explicit_starts_and_ends_of_service_tell_the_same_facts() {
    everywhere(WORLDS, |seed, scenario, policy| {
        let computed = told(scenario, policy, RunOptions::default());
        let evented = told(scenario, policy, RunOptions { permute: None, evented: true });
        let last = scenario.closes_by();
        let (a, b) = (by_arrival(&computed.facts, last), by_arrival(&evented.facts, last));
        let first = a.iter().zip(&b).find(|(a, b)| a != b);
        assert!(a == b, "seed {seed}: evented stations: {first:#?}");
        // A visit that is promised for after the end is told by a computed station alone.
        if a.len() == computed.facts.len() {
            let multisets = [&computed, &evented].map(|told| told.outcome.multiset);
            assert_eq!(multisets[0], multisets[1], "seed {seed}: evented stations");
        }
        let permute = Some(seed);
        let permuted = told(scenario, policy, RunOptions { permute, evented: true });
        same(seed, "evented stations in another order", &evented, &permuted);
    });
}

/// All facts in one order, with visits told on arrival, but for those that start after `last`.
fn by_arrival(facts: &[(Instant, Fact)], last: Instant) -> Vec<(Instant, String)> {
    let told = |(at, fact): &(Instant, Fact)| match fact {
        Fact::Visited { arrived, wait, .. } if last <= *arrived + *wait => None,
        Fact::Visited { arrived, .. } => Some((*arrived, format!("{fact:?}"))),
        _ => Some((*at, format!("{fact:?}"))),
    };
    let mut facts: Vec<_> = facts.iter().filter_map(told).collect();
    facts.sort();
    facts
}

#[test]
fn every_world_is_lawful_and_accounts_for_every_intention() {
    let mut reached = BTreeMap::<&str, u64>::new();
    for (seed, world) in worlds() {
        let scenario = world.scenario();
        for policy in [closed(), open()] {
            let Told { outcome, findings, facts } = told(&scenario, policy, RunOptions::default());
            let broken: Vec<_> = findings.laws.iter().filter(|law| law.offence.is_some()).collect();
            assert!(broken.is_empty(), "seed {seed}: {broken:#?}\n{}", world.text());
            accounted(seed, &outcome, &facts);
            for (_, fact) in &facts {
                *reached.entry(kind(fact)).or_default() += 1;
            }
        }
    }
    // A swarm that never declines, waits, or postpones proves little.
    for kind in [
        "turned away",
        "refused",
        "postponed",
        "unreadable",
        "netted",
        "voided",
        "released",
        "screened",
        "waits",
        "outage",
        "out",
    ] {
        assert!(reached.get(kind).is_some_and(|count| *count > 10), "{kind}: {reached:?}");
    }
}

fn kind(fact: &Fact) -> &'static str {
    match fact {
        Fact::TurnedAway { .. } => "turned away",
        Fact::Refused { reason: Reason::Outage, .. } => "out",
        Fact::Refused { .. } => "refused",
        Fact::OutageBegan { .. } => "outage",
        Fact::Postponed { .. } => "postponed",
        Fact::Unreadable { .. } => "unreadable",
        Fact::Netted { .. } => "netted",
        Fact::HoldVoided { .. } => "voided",
        Fact::Released { .. } => "released",
        Fact::Screened { .. } => "screened",
        Fact::Visited { wait, .. } if wait.nanos() > 0 => "waits",
        _ => "other",
    }
}

/// Every counted intention ended in one way, or is still under way at the end of the drain.
fn accounted(seed: u64, outcome: &RunOutcome, facts: &[(Instant, Fact)]) {
    let tally = outcome.tally;
    let (mut intended, mut concluded, mut opened, mut closed) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut background = BTreeMap::new();
    for (_, fact) in facts {
        match *fact {
            Fact::Intended { merchant: Some(_), counted: true, .. } => intended += 1,
            Fact::Opened { of, route, .. } if of.counted => {
                let barcode = !route.name().starts_with("background");
                background.insert(of.id, !barcode);
                opened += u64::from(barcode);
            }
            Fact::Closed { of, .. } if of.counted && background.get(&of.id) == Some(&false) => {
                closed += 1;
            }
            Fact::Concluded { of, .. } if of.counted && background.get(&of.id) != Some(&true) => {
                concluded += 1;
            }
            _ => {}
        }
    }
    assert_eq!(tally.intentions, intended, "seed {seed}");
    let ended = tally.first_try + tally.after_switch + tally.unreadable + tally.declined;
    assert_eq!(ended, concluded, "seed {seed}");
    assert_eq!(tally.attempts, opened, "seed {seed}");
    assert_eq!(tally.open_at_end, opened - closed, "seed {seed}");
    let over = tally.accepted + tally.declined_business + tally.declined_technical;
    assert_eq!(tally.attempts, over + tally.open_at_end, "seed {seed}");
    assert!(ended + tally.open_at_end <= tally.intentions, "seed {seed}");
}

#[test]
fn payments_stay_open_only_in_a_short_drain_or_behind_too_slow_a_station() {
    let mut cut_short = 0;
    for seed in 0..WORLDS {
        let scenario = Swarm::new(seed).scenario();
        let outcome = told(&scenario, open(), RunOptions::default()).outcome;
        let tally = outcome.tally;
        let left = tally.intentions
            - (tally.first_try + tally.after_switch + tally.unreadable + tally.declined);
        let load = Model::compile(&scenario, open()).load();
        let swamped = load.iter().any(|station| station.utilisation >= 1.0);
        if scenario.drain.nanos() > 1_000_000_000 && !swamped {
            assert_eq!((left, tally.open_at_end), (0, 0), "seed {seed}");
        }
        cut_short += u64::from(left > 0);
    }
    assert!(cut_short > 3, "{cut_short} worlds were cut short");
}

/// Digests of every run of a plan, in the order in which they were folded.
fn digests(subjects: &[Subject], jobs: usize) -> Vec<([u8; 32], u64)> {
    let planned = plan(subjects.iter().map(|subject| &subject.scenario), None);
    let names = subjects.iter().map(|subject| subject.command.clone()).collect();
    let mut board = Board::new(Show::Nothing, names);
    let pool = Pool { jobs, stop: Stop::new() };
    let mut digests = Vec::new();
    carry_out(
        subjects,
        &planned,
        &pool,
        &mut board,
        |_| Ok(Silent),
        |_, results| {
            for run in results.runs {
                let RunStatus::Complete(outcome, findings) = run.end else {
                    panic!("{:?}", run.end)
                };
                assert!(findings.lawful());
                digests.push((outcome.digest, outcome.multiset));
            }
        },
    )
    .unwrap();
    digests
}

#[test]
fn one_two_and_eight_threads_tell_the_same_facts() {
    let subject = |seed| {
        let mut scenario = Swarm::new(seed).scenario();
        scenario.replications = 3;
        Subject { scenario, command: format!("seed {seed}") }
    };
    let subjects: Vec<Subject> = (0..10).map(subject).collect();
    let one = digests(&subjects, 1);
    assert_eq!(one.len(), 10 * 3 * 2);
    let distinct: std::collections::BTreeSet<_> = one.iter().collect();
    assert!(distinct.len() > 50, "replications, policies and files differ");
    assert_eq!(one, digests(&subjects, 2), "two threads");
    assert_eq!(one, digests(&subjects, 8), "eight threads");
}

#[test]
fn the_order_of_sections_changes_nothing() {
    for seed in 0..WORLDS / 3 {
        let written = told(&Swarm::new(seed).scenario(), open(), RunOptions::default());
        for order in 1..=3 {
            let other = Swarm::new(seed).reordered(order);
            assert_ne!(other.text(), Swarm::new(seed).text(), "seed {seed}");
            let other = told(&other.scenario(), open(), RunOptions::default());
            same(seed, "sections in another order", &written, &other);
            assert_eq!(written.facts, other.facts, "seed {seed}");
        }
    }
}

// From here on: what a newcomer changes, fact by fact.

/// A fact in words that stay the same when ids shift: names of institutions and merchants, and
/// no slot.
fn in_words(scenario: &Scenario, mut fact: Fact) -> String {
    if let Some(of) = attempt_of(&mut fact) {
        of.slot = 0;
    }
    let mut text = format!("{fact:?}");
    if let Fact::Intended { merchant: None, consumer, .. } = fact {
        // The debtor of a background item.
        let debtor = format!("consumer: InstitutionId({consumer})");
        text = text.replace(&format!("consumer: {consumer}"), &debtor);
    }
    let institutions = |index: usize| scenario.institutions[index].name.as_str();
    let merchants = |index: usize| scenario.merchants[index].name.as_str();
    let text = named(&text, "InstitutionId(", institutions);
    named(&text, "MerchantClassId(", merchants)
}

/// Puts names in the place of ids written as `opening`, a number and a bracket.
fn named<'a>(text: &str, opening: &str, name: impl Fn(usize) -> &'a str) -> String {
    let mut parts = text.split(opening);
    let mut named = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(')').unwrap();
        named.push_str(name(number.parse().unwrap()));
        named.push_str(rest);
    }
    named
}

fn attempt_of(fact: &mut Fact) -> Option<&mut Attempt> {
    match fact {
        Fact::Opened { of, .. }
        | Fact::Unreadable { of, .. }
        | Fact::TurnedAway { of, .. }
        | Fact::Refused { of, .. }
        | Fact::Screened { of, .. }
        | Fact::Authorised { of, .. }
        | Fact::Released { of, .. }
        | Fact::HoldPlaced { of, .. }
        | Fact::HoldPosted { of, .. }
        | Fact::HoldVoided { of, .. }
        | Fact::Cleared { of, .. }
        | Fact::Charged { of, .. }
        | Fact::Exchanged { of, .. }
        | Fact::Answered { of, .. }
        | Fact::Closed { of, .. }
        | Fact::Concluded { of, .. } => Some(of),
        Fact::Posted { of, .. } => of.as_mut(),
        _ => None,
    }
}

type Stories = BTreeMap<(u16, u64), Vec<String>>;

/// All facts of each intention in order, with their instants, by source and number.
fn by_intention(scenario: &Scenario, facts: &[(Instant, Fact)]) -> Stories {
    let mut stories = Stories::new();
    for (at, fact) in facts {
        let mut copy = *fact;
        let key = match (*fact, attempt_of(&mut copy)) {
            (Fact::Intended { source, intention, .. }, _) => (source.index() as u16, intention),
            (_, Some(of)) => (of.id.source().index() as u16, of.id.intention()),
            _ => continue,
        };
        let words = in_words(scenario, *fact);
        stories.entry(key).or_default().push(format!("{} {words}", at.nanos()));
    }
    stories
}

/// All facts, sorted, but for those that speak of `newcomer`.
fn without(scenario: &Scenario, facts: &[(Instant, Fact)], newcomer: &str) -> Vec<String> {
    let words =
        facts.iter().map(|(at, fact)| format!("{:020} {}", at.nanos(), in_words(scenario, *fact)));
    let mut rest: Vec<String> = words.filter(|words| !words.contains(newcomer)).collect();
    rest.sort();
    rest
}

#[test]
fn a_new_merchant_class_takes_intentions_and_leaves_all_others_as_they_were() {
    let mut taken = 0;
    for seed in 0..AMPLE_WORLDS {
        let swarm = Swarm::ample(seed);
        // One that moves every id, and one that moves none.
        for newcomer in ["a-newcomer", "zz-newcomer"] {
            let section = format!(
                "[merchants.{newcomer}]\ncount = 5\nweight = 1.0\naccepts = [\"acquirer-1\"]\n\
                 modes = {{ consumer-presented = 1.0 }}"
            );
            let (before, after) = (swarm.scenario(), swarm.clone().with(&section).scenario());
            let old = told(&before, open(), RunOptions::default());
            let new = told(&after, open(), RunOptions::default());
            assert!(old.outcome.stations.iter().all(|row| row.waited == 0), "seed {seed}");
            let old = by_intention(&before, &old.facts);
            let new = by_intention(&after, &new.facts);
            let horizon = before.horizon.nanos();
            for (key, story) in &old {
                let at: u64 = story[0].split(' ').next().unwrap().parse().unwrap();
                // Demand after the horizon lasts as long as counted payments do.
                let Some(other) = new.get(key) else {
                    assert!(horizon <= at, "seed {seed}: {key:?} is gone");
                    continue;
                };
                if other[0].contains(newcomer) {
                    taken += 1;
                    assert_eq!(
                        other[0].replace(newcomer, ""),
                        without_merchant(&before, &story[0]),
                        "seed {seed}: {key:?}: only the merchant changes"
                    );
                } else if at < horizon {
                    assert_eq!(story, other, "seed {seed}: {key:?}");
                }
            }
        }
    }
    assert!(taken > 1_000, "the newcomer won {taken} intentions");
}

fn without_merchant(scenario: &Scenario, words: &str) -> String {
    scenario.merchants.iter().fold(words.to_owned(), |words, class| words.replace(&class.name, ""))
}

#[test]
fn a_wallet_that_nobody_holds_changes_nothing() {
    for seed in 0..AMPLE_WORLDS {
        // A full world, not an ample one: queues and money are shared and must not notice.
        for newcomer in ["a-newcomer", "zz-newcomer"] {
            let section = format!(
                "[institutions.{newcomer}]\nroles = [\"wallet\", \"code-issuer\", \"acquirer\"]\n\
                 station = {{ servers = 1, service = \"3ms\" }}"
            );
            unnoticed(seed, (&Swarm::new(seed), Swarm::new(seed).with(&section)), newcomer);
        }
    }
}

#[test]
fn a_bank_without_weight_changes_nothing() {
    for seed in 0..AMPLE_WORLDS {
        let newcomer = "zz-newcomer";
        let section = format!(
            "[institutions.{newcomer}]\nroles = [\"bank\"]\n\
             station = {{ servers = 1, service = \"3ms\" }}"
        );
        let swarm = Swarm::new(seed).with(&section).with_bank_listed("zz-newcomer = 0.0");
        unnoticed(seed, (&Swarm::new(seed), swarm), newcomer);
    }
}

fn unnoticed(seed: u64, (swarm, grown): (&Swarm, Swarm), newcomer: &str) {
    let (before, after) = (swarm.scenario(), grown.scenario());
    assert_eq!(before.institutions.len() + 1, after.institutions.len());
    for policy in [closed(), open()] {
        let old = told(&before, policy, RunOptions::default());
        let new = told(&after, policy, RunOptions::default());
        let old = without(&before, &old.facts, newcomer);
        let new = without(&after, &new.facts, newcomer);
        let first = old.iter().zip(&new).find(|(old, new)| old != new);
        assert!(old == new, "seed {seed}: {newcomer} is noticed: {first:#?}");
    }
}

#[test]
fn two_policies_face_the_same_customers() {
    for seed in 0..WORLDS {
        let scenario = Swarm::new(seed).scenario();
        let customers = |policy| -> Vec<(Instant, Fact)> {
            let facts = told(&scenario, policy, RunOptions::default()).facts;
            let within = |(at, fact): &(Instant, Fact)| {
                matches!(fact, Fact::Intended { .. }) && at.nanos() < scenario.horizon.nanos()
            };
            facts.into_iter().filter(within).collect()
        };
        let closed = customers(closed());
        assert!(closed.len() > 20, "seed {seed}");
        assert_eq!(closed, customers(open()), "seed {seed}");
    }
}

/// Goal: a run ends well when next to nothing happens. Method: the shipped first scenario at rates
/// at which nobody, or hardly anybody, is under way at the horizon.
#[test]
fn worlds_in_which_hardly_anything_happens_end_lawfully() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/two-wallets.toml");
    for rate in ["0.001/s", "0.02/s", "0.1/s"] {
        for seed in 1..=10 {
            let sets = vec![format!("consumers.townsfolk.arrivals.rate={rate}")];
            let options = LoadOptions { sets, seed: Some(seed) };
            let scenario = load(file.as_ref(), &options).expect("a shipped scenario").scenario;
            for policy in (0..scenario.policies.len()).map(PolicyId::new) {
                let computed = told(&scenario, policy, RunOptions::default());
                let evented = told(&scenario, policy, RunOptions { evented: true, permute: None });
                assert!(computed.findings.lawful(), "seed {seed}, rate {rate}");
                let ends = [&computed, &evented].map(|told| told.outcome.multiset);
                assert_eq!(ends[0], ends[1], "seed {seed}, rate {rate}");
            }
        }
    }
}
