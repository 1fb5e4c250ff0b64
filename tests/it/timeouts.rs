//! When answers do not come: time-outs, polls, reversals and message loss.
//!
//! Goal: no loss and no deadline, however timed, creates money, destroys it or strands a payment.
//! Worlds come from the swarm, with links that lose up to a third of all messages and deadlines
//! shorter than many answers take. A failure begins with the seed of its world.

use std::collections::BTreeMap;

use hutong::audit::{Auditor, Finding};
use hutong::model::RunOptions;
use hutong::model::fact::{Account, Fact, Observer, Recovery};
use hutong::scenario::{LoadOptions, Scenario, load_text};
use hutong::units::{PolicyId, Reason, Status};

use crate::determinism::{Told, closed, open, same, told};
use crate::support_swarm::Swarm;

/// Worlds of the swarm.
const WORLDS: u64 = 60;

fn everywhere(worlds: u64, test: impl Fn(u64, &Scenario, PolicyId)) {
    for seed in 0..worlds {
        let scenario = Swarm::late(seed).scenario();
        test(seed, &scenario, closed());
        test(seed, &scenario, open());
    }
}

fn broken(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|law| law.offence.is_some()).collect()
}

#[test]
fn late_and_lost_messages_break_no_law_and_strand_no_payment() {
    let mut reached = BTreeMap::<String, u64>::new();
    for seed in 0..WORLDS {
        let scenario = Swarm::late(seed).scenario();
        for policy in [closed(), open()] {
            let Told { findings, facts, .. } = told(&scenario, policy, RunOptions::default());
            let broken = broken(&findings.laws);
            assert!(broken.is_empty(), "seed {seed}: {broken:#?}\n{}", Swarm::late(seed).text());
            for (_, fact) in &facts {
                let name = match fact {
                    Fact::Recovery { what, .. } => what.name(),
                    Fact::Lost { .. } => "lost",
                    Fact::Finished { .. } => "finished",
                    Fact::FeeReturned { .. } => "fee returned",
                    Fact::Closed { status: Status::Rejected(Reason::TimedOut), .. } => "timed out",
                    _ => continue,
                };
                *reached.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
    // A swarm in which nothing is late proves little.
    let names = ["lost", "finished", "fee returned", "timed out", "polled", "reversed", "undone"];
    for name in names.into_iter().chain(["acknowledged", "abandoned", "turned_away"]) {
        assert!(reached.get(name).is_some_and(|count| *count >= 10), "{name}: {reached:?}");
    }
}

#[test]
fn any_order_of_entities_tells_the_same_late_facts() {
    everywhere(25, |seed, scenario, policy| {
        let first = told(scenario, policy, RunOptions::default());
        for order in 1..=2 {
            let permute = Some(seed * 1_000 + order);
            let permuted = told(scenario, policy, RunOptions { permute, evented: false });
            same(seed, &format!("order {order}"), &first, &permuted);
        }
    });
}

/// A payment at a till, whose answer comes exactly 11 ms after the request has left: over four
/// links of 2 ms, with three visits of 1 ms between them.
fn till(timers: &str) -> Scenario {
    let text = format!(
        r#"
name = "till"
epoch = "2025-01-06T10:00:00+08:00"
horizon = "3s"
drain = "2s"
timers = {{ {timers} }}

[institutions.hub]
roles = ["clearing-house"]
station = {{ servers = 99, service = "1ms" }}

[institutions.wallet]
roles = ["wallet", "code-issuer"]
station = {{ servers = 99, service = "1ms" }}
debits_via = "hub"

[institutions.shop-bank]
roles = ["acquirer"]
station = {{ servers = 99, service = "1ms" }}

[links]
default = {{ floor = "2ms", jitter = "0ms" }}

[consumers.people]
population = 50
holds = [{{ wallets = ["wallet"], share = 1.0 }}]
funding = {{ balance = 1.0, bank = 0.0 }}
ticket = "7.50"
arrivals = {{ rate = "20/s" }}

[merchants.shops]
accepts = [{{ code = "wallet", acquirer = "shop-bank" }}]
modes = {{ consumer-presented = 1.0 }}
"#
    );
    let loaded = load_text("till.toml", &text, &LoadOptions::default());
    loaded.unwrap_or_else(|mistakes| panic!("{mistakes}")).scenario
}

fn at_the_till(timers: &str) -> Told {
    let told = told(&till(timers), closed(), RunOptions::default());
    let broken = broken(&told.findings.laws);
    assert!(broken.is_empty(), "{timers}: {broken:#?}");
    told
}

fn count(told: &Told, what: impl Fn(&Fact) -> bool) -> usize {
    told.facts.iter().filter(|(_, fact)| what(fact)).count()
}

fn steps(told: &Told, step: Recovery) -> usize {
    count(told, |fact| matches!(fact, Fact::Recovery { what, .. } if *what == step))
}

#[test]
fn an_answer_exactly_at_the_deadline_is_in_time() {
    let told = at_the_till(r#"timeout = "11ms""#);
    assert_eq!(steps(&told, Recovery::TimedOut), 0);
    let accepted = |fact: &Fact| matches!(fact, Fact::Closed { status: Status::Accepted, .. });
    assert!(count(&told, accepted) > 30);
}

#[test]
fn a_success_after_the_reversal_was_sent_is_dropped_and_undone() {
    let told = at_the_till(r#"timeout = "10ms", polls = 0, reversal_interval = "100ms""#);
    let closed = count(&told, |fact| matches!(fact, Fact::Closed { .. }));
    let refused = Status::Rejected(Reason::TimedOut);
    let gave_up = |fact: &Fact| matches!(fact, Fact::Closed { status, .. } if *status == refused);
    assert!(closed > 30);
    assert_eq!(count(&told, gave_up), closed, "the shopper hears of the time-out");
    assert_eq!(steps(&told, Recovery::Undone), 2 * closed, "the wallet and the house take back");
    assert_eq!(steps(&told, Recovery::Acknowledged), closed);
    // The run may end before the last one's timer has.
    let finished = count(&told, |fact| matches!(fact, Fact::Finished { .. }));
    assert!(closed - 3 <= finished && finished <= closed);
}

#[test]
fn a_status_answer_that_overtakes_the_deadline_of_the_payment_completes_it() {
    let told = at_the_till(r#"timeout = "10ms", polls = 1, poll_interval = "50ms""#);
    let accepted = |fact: &Fact| matches!(fact, Fact::Closed { status: Status::Accepted, .. });
    assert_eq!(count(&told, accepted), steps(&told, Recovery::Polled));
    assert_eq!(steps(&told, Recovery::Reversed), 0);
}

/// Which facts are meant.
type Kind = fn(&Fact) -> bool;

/// The canary: books that are broken on purpose are caught, by the law that speaks of them.
#[test]
fn a_reversal_that_forgets_an_entry_is_caught() {
    let timers = r#"timeout = "10ms", polls = 0, reversal_interval = "100ms""#;
    let (scenario, told) = (till(timers), at_the_till(timers));
    let kinds: [(&str, Kind); 6] = [
        ("a counter-entry", |fact| {
            let Fact::Posted { debit, credit, of: Some(_), .. } = *fact else { return false };
            matches!(debit, Account::DueTo(_)) && credit == Account::CustomerFunds
        }),
        ("the time-out", |fact| is(fact, Recovery::TimedOut)),
        ("what is taken back", |fact| is(fact, Recovery::Undone)),
        ("the refusal", |fact| matches!(fact, Fact::Refused { .. })),
        ("the hold", |fact| matches!(fact, Fact::HoldPlaced { .. })),
        ("the obligation", |fact| matches!(fact, Fact::Cleared { fee: false, .. })),
    ];
    for (name, kind) in kinds {
        let place = told.facts.iter().position(|(_, fact)| kind(fact)).expect(name);
        let mut auditor = Auditor::new(&scenario, closed());
        for (index, (at, fact)) in told.facts.iter().enumerate() {
            if index != place {
                auditor.observe(*at, fact);
            }
        }
        let (end, _) = told.facts.last().expect("facts");
        let findings = auditor.finish(*end);
        assert!(!broken(&findings.laws).is_empty(), "the loss of {name} goes unnoticed");
    }
}

fn is(fact: &Fact, step: Recovery) -> bool {
    matches!(fact, Fact::Recovery { what, .. } if *what == step)
}
