//! At the counter: which sign a wallet uses, over which path, and who may decline.

use std::path::Path;

use hutong::model::fact::{Fact, Topology};
use hutong::model::{Model, RunOptions, run};
use hutong::scenario::{LoadOptions, Scenario, load, load_text};
use hutong::units::{Instant, PolicyId};

use crate::support_facts::{Heard, Unwatched};

/// One wallet whose own code stands at another acquirer's counter; no policy joins anybody.
const WORLD: &str = r#"
name = "counter"
epoch = "2026-03-02T08:00:00+08:00"
horizon = "5s"
drain = "20s"
[institutions.wallet]
roles = ["wallet", "code-issuer"]
customer_funds = "1000000.00"
station = { servers = 10, service = "3ms" }
[institutions.shop]
roles = ["acquirer"]
station = { servers = 10, service = "3ms" }
[consumers.people]
population = 100
holds = [{ wallets = ["wallet"], share = 1.0 }]
funding = { balance = 1.0, bank = 0.0 }
ticket = "20.00"
arrivals = { rate = "20/s" }
[merchants.shops]
accepts = [{ code = "wallet", acquirer = "shop" }]
modes = { dynamic = 1.0 }
order_fetch = false
[policies.closed]
"#;

const DIRECT: &str = r#"
[[rules]]
from = "wallet"
to = "acquirer"
rail = "barcode"
direct = true
"#;

fn facts(scenario: &Scenario, policy: PolicyId) -> Vec<(Instant, Fact)> {
    let mut heard = Heard(Vec::new());
    let model = Model::compile(scenario, policy);
    run(&model, 0, RunOptions::default(), &mut heard, &mut Unwatched).unwrap();
    heard.0
}

fn world(text: &str) -> Vec<Fact> {
    let loaded = load_text("counter.toml", text, &LoadOptions::default());
    let scenario = loaded.map_err(|mistakes| mistakes.plain()).unwrap().scenario;
    facts(&scenario, PolicyId::new(0)).into_iter().map(|(_, fact)| fact).collect()
}

fn count(facts: &[Fact], which: impl Fn(&Fact) -> bool) -> usize {
    facts.iter().filter(|fact| which(fact)).count()
}

#[test]
fn a_wallets_own_code_elsewhere_needs_a_house_or_a_rule() {
    let closed = world(WORLD);
    assert!(count(&closed, |fact| matches!(fact, Fact::Unreadable { .. })) > 50);
    assert_eq!(count(&closed, |fact| matches!(fact, Fact::Opened { .. })), 0);

    let direct = world(&format!("{WORLD}{DIRECT}"));
    let bilateral = |fact: &Fact| match fact {
        Fact::Opened { route, .. } => route.topology == Topology::Bilateral,
        _ => false,
    };
    assert!(count(&direct, bilateral) > 50);
    assert_eq!(count(&direct, |fact| matches!(fact, Fact::Unreadable { .. })), 0);
}

#[test]
fn who_was_not_asked_before_may_decline_a_dynamic_code() {
    let declining = WORLD.replace(
        "roles = [\"acquirer\"]",
        "roles = [\"acquirer\"]\ndeclines = { risk-refused = \"100%\" }",
    );
    let facts = world(&format!("{declining}{DIRECT}"));
    let opened = count(&facts, |fact| matches!(fact, Fact::Opened { .. }));
    assert!(opened > 50);
    assert_eq!(count(&facts, |fact| matches!(fact, Fact::Refused { .. })), opened);
    // What was set aside is released.
    assert_eq!(count(&facts, |fact| matches!(fact, Fact::HoldVoided { .. })), opened);
}

#[test]
fn every_policy_meets_the_same_demand_to_the_end() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/two-wallets.toml");
    let sets = ["warm_up=2s", "horizon=10s", "drain=15s"].map(str::to_owned).to_vec();
    let options = LoadOptions { sets, ..LoadOptions::default() };
    let scenario = load(&file, &options).expect("a shipped scenario").scenario;
    let wishes = |policy| -> Vec<(Instant, u64)> {
        let facts = facts(&scenario, PolicyId::new(policy)).into_iter();
        let wish = facts.filter_map(|(at, fact)| match fact {
            Fact::Intended { intention, .. } => Some((at, intention)),
            _ => None,
        });
        wish.collect()
    };
    let (first, second) = (wishes(0), wishes(1));
    assert_eq!(first, second);
    let last = first.last().expect("somebody wishes to pay").0;
    assert!(scenario.demand_stops() > last && last.nanos() > 24_000_000_000);
}

/// Shares must sum to one; weights only compare, so any sum is the same world.
#[test]
fn weights_of_modes_only_compare() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/two-wallets.toml");
    let work = |modes: &str| {
        let sets = vec![format!("merchants.bamboo-shops.modes={modes}")];
        let options = LoadOptions { sets, ..LoadOptions::default() };
        let scenario = load(&file, &options).expect("any sum will do").scenario;
        Model::compile(&scenario, scenario.compared[0]).load()
    };
    let shares = work("{ static = 0.75, dynamic = 0.25 }");
    assert_eq!(shares, work("{ static = 6, dynamic = 2 }"));
}
