//! Real streams of facts, from small worlds in which every kind of path, fee and ending occurs;
//! and that they are lawful, in whatever order entities are handled and however stations are run.

use std::collections::BTreeSet;

use hutong::audit::{Auditor, Findings};
use hutong::model::fact::{Account, Exchange, Fact, Funding, Observer, Topology};
use hutong::model::{Model, RunOptions, Watch};
use hutong::scenario::{LoadOptions, Mode, Scenario, load_text};
use hutong::units::{Instant, PolicyId, Reason};

use crate::audit_world::Told;

/// A run of a small world.
pub(crate) struct Stream {
    pub(crate) scenario: Scenario,
    pub(crate) facts: Vec<Told>,
    pub(crate) end: Instant,
}

impl Observer for Stream {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.facts.push((at, *fact));
    }
}

struct GoOn;

impl Watch for GoOn {
    fn go_on(&mut self, _: Instant, _: u64) -> bool {
        true
    }
}

/// Wallets with a clearing house for their debits (alpha), without one and with a short queue and
/// little money (beta), that are a bank (gamma), and that are everything at once (union); paths
/// over no, one and two clearing houses, of which either may be a party; own codes at home and
/// behind another acquirer; codes that hold the whole order; background; seven fee legs.
const MIXED: &str = r#"
name = "mixed"
epoch = "2026-03-02T23:59:50+08:00"
horizon = "22s"
warm_up = "2s"
drain = "60s"
seed = 5

[institutions.alpha]
roles = ["wallet", "acquirer", "code-issuer"]
station = { servers = 20, service = { exponential = { mean = "5ms" } } }
debits_via = "north"
declines = { risk-refused = "3%" }
[institutions.beta]
roles = ["wallet", "acquirer", "code-issuer"]
station = { servers = 1, service = { exponential = { mean = "40ms" } }, queue_limit = 1 }
customer_funds = "600.00"
[institutions.gamma]
roles = ["wallet", "bank"]
station = { servers = 20, service = { exponential = { mean = "5ms" } } }
debits_via = "south"
declines = { not-authenticated = "2%" }
[institutions.lakala]
roles = ["acquirer"]
station = { servers = 20, service = { exponential = { mean = "5ms" } }, answers = "bypass" }
[institutions.north]
roles = ["clearing-house"]
station = { servers = 20, service = { exponential = { mean = "5ms" } }, answers = "bypass" }
settlement = { regime = { deferred-net = { cut_offs = ["00:00", "00:00:05", "00:00:10"] } } }
[institutions.shopay]
roles = ["acquirer", "code-issuer"]
station = { servers = 2, service = "5ms", discipline = "lcfs" }
[institutions.south]
roles = ["clearing-house"]
station = { servers = 20, service = { exponential = { mean = "5ms" } } }
settlement = { regime = { deferred-net = { cut_offs = ["00:00:05", "23:59:55"] } } }
[institutions.union]
roles = ["clearing-house", "wallet", "acquirer", "code-issuer", "bank"]
station = { servers = 20, service = { exponential = { mean = "5ms" } } }
debits_via = "union"
settlement = { regime = { deferred-net = { cut_offs = ["00:00:02", "00:00:06"] } } }
[groups.banks]
roles = ["bank"]
count = 2
station = { servers = 40, service = { exponential = { mean = "20ms" } } }
declines = { limit-exceeded = "2%" }

[risk]
fraud = 0.05
on_us = { detects = 0.8, false_declines = 0.02 }
off_us = { detects = 0.5, false_declines = 0.03 }

[limits]
static_codes = "60.00"
without_pin = "80.00"
with_pin = "150.00"
certified = 0.3
code_life = "7s"
pin = { above = "70.00", after = 2, at_random = 0.1 }

[links]
default = { floor = "2ms", jitter = { exponential = { mean = "1ms" } } }
access = { floor = "5ms", jitter = { exponential = { mean = "2ms" } } }

[consumers.people]
population = 300
holds = [
    { wallets = ["alpha", "gamma"], share = 0.3 },
    { wallets = ["beta"], share = 0.2 },
    { wallets = ["alpha", "beta", "union"], share = 0.3 },
    { wallets = ["gamma", "union"], share = 0.2 },
]
prefers = { alpha = 1, beta = 1, gamma = 1, union = 1 }
funding = { balance = 0.4, bank = 0.6 }
banks = { banks = 2, gamma = 1, union = 1 }
ticket = { lognormal = { median = "20.00", sigma = 1.5 } }
arrivals = { rate = "20/s" }

[merchants.a-alpha]
accepts = ["alpha"]
[merchants.b-behind]
accepts = [{ code = "alpha", acquirer = "lakala" }, { code = "beta", acquirer = "lakala" }]
[merchants.c-beta]
accepts = ["beta"]
[merchants.d-shopay]
accepts = ["shopay"]
order_fetch = false
[merchants.e-union]
accepts = ["union", "shopay"]
[merchants.f-strange]
accepts = [{ code = "shopay", acquirer = "union" }]

[demand.background.transfers]
house = "north"
debtors = "banks"
creditors = { banks = 1, alpha = 1, gamma = 1 }
ticket = { lognormal = { median = "50.00", sigma = 1.0 } }
arrivals = { rate = "2/s" }

[[rules]]
from = "wallet"
to = "acquirer"
rail = "barcode"
direct = true
[[rules]]
from = "wallet"
to = "bank"
rail = "bank-debit"
direct = true

[[fees]]
kind = "merchant-discount"
payer = "merchant"
earner = "acquirer"
rate = "38bp"
[[fees]]
kind = "interchange"
payer = "acquirer"
earner = "wallet"
rate = "20bp"
cap = "0.15"
scope = "off-us"
[[fees]]
kind = "clearing"
payer = "acquirer"
earner = "clearing-house"
rate = "1bp"
floor = "0.01"
[[fees]]
kind = "clearing"
payer = "wallet"
earner = "clearing-house"
rate = "2bp"
[[fees]]
kind = "code-issuer"
payer = "acquirer"
earner = "code-issuer"
rate = "5bp"
[[fees]]
kind = "code-issuer"
payer = "wallet"
earner = "code-issuer"
rate = "3bp"
[[fees]]
kind = "bank-debit"
payer = "wallet"
earner = "bank"
rate = "10bp"
floor = "0.02"

[policies.all]
connect = [
    { wallets = ["alpha"], codes = ["shopay"], via = ["north"] },
    { wallets = ["beta"], codes = ["shopay", "alpha"], via = ["north", "south"] },
    { wallets = ["gamma"], codes = ["shopay"], via = [] },
    { wallets = ["gamma"], codes = ["alpha"], via = ["south"] },
    { wallets = ["alpha"], codes = ["beta"], via = ["union"] },
    { wallets = ["union"], codes = ["alpha", "shopay"], via = ["union"] },
    { wallets = ["alpha", "gamma"], codes = ["union"], via = ["union"] },
    { wallets = ["union"], codes = ["beta"], via = ["union", "north"] },
    { wallets = ["beta"], codes = ["union"], via = ["north", "union"] },
]
"#;

/// A wallet with so little at the settlement bank that some of its cycles must wait.
const SHORT: &str = r#"
name = "short"
epoch = "2026-03-02T10:00:00+08:00"
horizon = "16s"
warm_up = "1s"
drain = "0s"
seed = 3

[institutions.tenpay]
roles = ["wallet"]
station = { servers = 20, service = { exponential = { mean = "5ms" } } }
reserve = "800.00"
debits_via = "hub"
[institutions.till]
roles = ["acquirer", "code-issuer"]
station = { servers = 20, service = { exponential = { mean = "5ms" } } }
reserve = "800.00"
[institutions.hub]
roles = ["clearing-house"]
station = { servers = 20, service = { exponential = { mean = "5ms" } } }
settlement = { regime = { deferred-net = { cut_offs = [
    "10:00:02", "10:00:04", "10:00:06", "10:00:08",
    "10:00:10", "10:00:12", "10:00:14", "10:00:16",
] } } }
[institutions.deposit]
roles = ["bank"]
station = { servers = 20, service = { exponential = { mean = "5ms" } } }

[limits]
static_codes = "50000.00"

[links]
default = { floor = "5ms" }
access = { floor = "5ms" }

[consumers.people]
population = 100
holds = [{ wallets = ["tenpay"], share = 1.0 }]
prefers = { tenpay = 1 }
funding = { balance = 0.5, bank = 0.5 }
ticket = { lognormal = { median = "40.00", sigma = 1.0 } }
arrivals = { rate = "8/s" }

[merchants.shops]
accepts = ["till"]

[demand.background.refunds]
house = "hub"
debtors = "till"
creditors = { tenpay = 1, deposit = 1 }
ticket = { lognormal = { median = "200.00", sigma = 1.5 } }
arrivals = { rate = "2/s" }

[policies.hub]
connect = [{ wallets = ["tenpay"], codes = ["till"], via = ["hub"] }]
"#;

fn scenario(text: &str) -> Scenario {
    let loaded = load_text("world.toml", text, &LoadOptions::default());
    loaded.unwrap_or_else(|mistakes| panic!("{}", mistakes.plain())).scenario
}

fn run(scenario: Scenario, options: RunOptions) -> Stream {
    let model = Model::compile(&scenario, PolicyId::new(0));
    let mut stream = Stream { scenario, facts: Vec::new(), end: Instant::EPOCH };
    let end = hutong::model::run(&model, 0, options, &mut stream, &mut GoOn);
    stream.end = end.expect("no log is replayed").at;
    stream
}

/// The streams that are mutated.
pub(crate) fn streams() -> [Stream; 2] {
    [MIXED, SHORT].map(|text| run(scenario(text), RunOptions::default()))
}

/// What the auditor finds in these facts.
pub(crate) fn audit<'a>(stream: &Stream, facts: impl Iterator<Item = &'a Told>) -> Findings {
    let mut auditor = Auditor::new(&stream.scenario, PolicyId::new(0));
    facts.for_each(|(at, fact)| auditor.observe(*at, fact));
    auditor.finish(stream.end)
}

fn assert_lawful(what: &str, stream: &Stream) -> Findings {
    let findings = audit(stream, stream.facts.iter());
    for finding in &findings.laws {
        assert_eq!(finding.offence, None, "{what}: {}", finding.law);
        assert!(finding.checked > 0, "{what}: {} was never tested", finding.law);
    }
    findings
}

#[test]
fn real_streams_are_lawful_in_any_order_of_entities_and_with_evented_stations() {
    for text in [MIXED, SHORT] {
        for (permute, evented) in [(None, false), (Some(7), false), (None, true), (Some(8), true)] {
            let stream = run(scenario(text), RunOptions { evented, permute });
            assert_lawful(&format!("{} {permute:?} {evented}", stream.scenario.name), &stream);
        }
    }
}

#[test]
fn the_mixed_world_has_everything_in_it() {
    let stream = run(scenario(MIXED), RunOptions::default());
    let mut found = BTreeSet::new();
    let mut legs = BTreeSet::new();
    for (_, fact) in &stream.facts {
        let mut note = |what: &str| found.insert(what.to_owned());
        match *fact {
            Fact::Opened { route, .. } => drop(note(&route.name())),
            Fact::Unreadable { .. } => drop(note("unreadable")),
            Fact::TurnedAway { .. } => drop(note("turned away")),
            Fact::Refused { reason, .. } => drop(note(reason.name())),
            Fact::HoldVoided { .. } => drop(note("void")),
            Fact::Authorised { tier, .. } => drop(note(&format!("tier {}", tier.name()))),
            Fact::Released { .. } => drop(note("released")),
            Fact::Exchanged { exchange: Exchange::Debit, .. } => drop(note("debit")),
            Fact::Charged { leg, .. } => drop(legs.insert(leg)),
            Fact::Settled { .. } => drop(note("settled")),
            Fact::Posted { of: None, credit: Account::DueFrom(_), .. } => drop(note("news")),
            _ => {}
        }
    }
    for topology in [Topology::OnUs, Topology::Bilateral, Topology::OneHub, Topology::TwoHubs] {
        for funding in [Funding::Balance, Funding::Bank] {
            for mode in Mode::ALL {
                let route = hutong::model::fact::RouteClass { topology, funding, mode };
                assert!(found.contains(&route.name()), "no payment took {}", route.name());
            }
        }
    }
    for reason in [
        Reason::InsufficientFunds,
        Reason::LimitExceeded,
        Reason::NotAuthenticated,
        Reason::RiskRefused,
        Reason::InvalidCode,
        Reason::QueueFull,
    ] {
        assert!(found.contains(reason.name()), "nobody refused for {reason:?}");
    }
    for what in [
        "tier A",
        "tier B",
        "tier C",
        "tier D",
        "released",
        "background",
        "unreadable",
        "turned away",
        "void",
        "debit",
        "settled",
        "news",
    ] {
        assert!(found.contains(what), "there is no {what}");
    }
    assert_eq!(legs, (0..7).collect(), "some legs are never charged");
}

#[test]
fn a_cycle_waits_until_its_debtors_have_cover() {
    let stream = run(scenario(SHORT), RunOptions::default());
    let (mut postponed, mut settled) = (BTreeSet::new(), BTreeSet::new());
    for (_, fact) in &stream.facts {
        match *fact {
            Fact::Postponed { house, cycle, .. } => drop(postponed.insert((house, cycle))),
            Fact::Settled { house, cycle } => drop(settled.insert((house, cycle))),
            _ => {}
        }
    }
    assert!(!postponed.is_disjoint(&settled), "{postponed:?} {settled:?}");
    assert!(!settled.is_subset(&postponed), "{postponed:?} {settled:?}");
}

#[test]
fn what_is_still_open_at_the_end_is_counted() {
    let stream = run(scenario(SHORT), RunOptions::default());
    let findings = assert_lawful("short", &stream);
    let (mut open, mut holds) = (std::collections::BTreeMap::new(), 0_i64);
    for (_, fact) in &stream.facts {
        match *fact {
            Fact::Opened { of, amount, .. } => drop(open.insert(of.id, u128::from(amount.minor()))),
            Fact::Closed { of, .. } => drop(open.remove(&of.id)),
            Fact::HoldPlaced { .. } => holds += 1,
            Fact::HoldPosted { .. } | Fact::HoldVoided { .. } => holds -= 1,
            _ => {}
        }
    }
    assert!(!open.is_empty(), "nothing is open at the end: the test tests nothing");
    assert_eq!(findings.open_attempts, open.len() as u64);
    assert_eq!(i64::try_from(findings.open_holds), Ok(holds));
    assert_eq!(findings.open_minor, open.values().sum::<u128>());
    let nothing = audit(&stream, [].into_iter());
    let counts = (nothing.open_attempts, nothing.open_holds, nothing.open_minor);
    assert_eq!(counts, (0, 0, 0));
}

#[test]
fn a_schedule_of_many_legs_is_followed_to_the_last() {
    use std::fmt::Write as _;
    let mut text = MIXED.to_owned();
    for number in 0..40 {
        let leg = "[[fees]]\nkind = \"interchange\"\npayer = \"acquirer\"\nearner = \"wallet\"\n";
        writeln!(text, "{leg}rate = \"{}bp\"", number % 3).expect("a text can be written");
    }
    let stream = run(scenario(&text), RunOptions::default());
    assert_lawful("many legs", &stream);
    let far = |(_, fact): &Told| matches!(fact, Fact::Charged { leg, .. } if *leg >= 40);
    let place = stream.facts.iter().position(far).expect("a far leg is charged");
    let broken = |facts: Vec<&Told>| {
        let findings = audit(&stream, facts.into_iter());
        findings.laws.iter().any(|at| at.law == "fees-add-up" && at.offence.is_some())
    };
    let mut fewer: Vec<&Told> = stream.facts.iter().collect();
    fewer.remove(place);
    assert!(broken(fewer), "a far leg was lost unnoticed");
    let mut more: Vec<&Told> = stream.facts.iter().collect();
    more.insert(place, &stream.facts[place]);
    assert!(broken(more), "a far leg was charged twice unnoticed");
}
