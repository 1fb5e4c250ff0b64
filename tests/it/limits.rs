//! Limits: what one person may spend in a day, when a PIN is asked, how long a code lives.

use std::path::Path;

use hutong::audit::Auditor;
use hutong::model::fact::{Fact, Observer};
use hutong::model::{Model, RunOptions, run};
use hutong::scenario::{LoadOptions, Mode, Tier, load, load_text};
use hutong::units::{Instant, PolicyId, Reason, Status};

use crate::support_facts::{Heard, Unwatched};

/// One person who pays CNY 300 about every ten seconds, at one shop, from the wallet's balance.
const WORLD: &str = r#"
name = "limits"
epoch = "2026-03-02T08:00:00+08:00"
horizon = "100s"
seed = 9
[institutions.wallet]
roles = ["wallet", "acquirer", "code-issuer"]
customer_funds = "1000000.00"
station = { servers = 10, service = "3ms" }
debits_via = "house"
[institutions.house]
roles = ["clearing-house"]
station = { servers = 10, service = "3ms" }
[institutions.bank]
roles = ["bank"]
customer_funds = "1000000.00"
station = { servers = 10, service = "3ms" }
[presentment]
show = "4s"
authenticate = "2s"
[consumers.people]
population = 1
holds = [{ wallets = ["wallet"], share = 1.0 }]
funding = { balance = 1.0, bank = 0.0 }
ticket = "300.00"
arrivals = { rate = "0.1/s" }
[merchants.shops]
accepts = ["wallet"]
modes = { static = 1.0 }
[policies.only]
"#;

/// All facts of a run, which the auditor finds lawful with either kind of station.
fn world(changes: &[(&str, &str)], limits: &str) -> Vec<(Instant, Fact)> {
    let mut text = format!("{WORLD}\n{limits}");
    for (from, to) in changes {
        assert!(text.contains(from), "nothing to change: {from}");
        text = text.replace(from, to);
    }
    let loaded = load_text("limits.toml", &text, &LoadOptions::default());
    let scenario = loaded.map_err(|mistakes| mistakes.plain()).unwrap().scenario;
    let model = Model::compile(&scenario, PolicyId::new(0));
    let facts = [false, true].map(|evented| {
        let mut heard = Heard::default();
        let options = RunOptions { evented, ..RunOptions::default() };
        let end = run(&model, 0, options, &mut heard, &mut Unwatched).unwrap();
        let mut auditor = Auditor::new(&scenario, PolicyId::new(0));
        heard.0.iter().for_each(|(at, fact)| auditor.observe(*at, fact));
        for finding in auditor.finish(end.at).laws {
            assert_eq!(finding.offence, None, "{}", finding.law);
        }
        heard.0
    });
    let [facts, _] = facts;
    facts
}

/// How many payments were accepted, and how many refused for this reason.
fn ends(facts: &[(Instant, Fact)], reason: Reason) -> (usize, usize) {
    let count = |wanted: Status| {
        let is = |fact: &Fact| matches!(fact, Fact::Closed { status, .. } if *status == wanted);
        facts.iter().filter(|(_, fact)| is(fact)).count()
    };
    (count(Status::Accepted), count(Status::Rejected(reason)))
}

fn tiers(facts: &[(Instant, Fact)]) -> Vec<Tier> {
    let tier = |(_, fact): &(Instant, Fact)| match fact {
        Fact::Authorised { tier, .. } => Some(*tier),
        _ => None,
    };
    facts.iter().filter_map(tier).collect()
}

const MODE: &str = "modes = { static = 1.0 }";
const SHOWN: &str = "modes = { consumer-presented = 1.0 }";

#[test]
fn a_static_code_takes_one_payment_of_300_a_day_where_the_limit_is_500() {
    let free = world(&[], "");
    let (paid, _) = ends(&free, Reason::LimitExceeded);
    assert!(paid > 5, "{paid} payments");
    assert!(tiers(&free).is_empty(), "nobody authorises where nothing is limited");

    let limited = world(&[], "[limits]\nstatic_codes = \"500.00\"");
    assert_eq!(ends(&limited, Reason::LimitExceeded), (1, paid - 1));
    let exact = world(&[], "[limits]\nstatic_codes = \"600.00\"");
    assert_eq!(ends(&exact, Reason::LimitExceeded), (2, paid - 2));
}

#[test]
fn a_dynamic_code_is_outside_the_static_limit() {
    let dynamic = [(MODE, "modes = { dynamic = 1.0 }")];
    let facts = world(&dynamic, "[limits]\nstatic_codes = \"500.00\"");
    assert_eq!(ends(&facts, Reason::LimitExceeded).1, 0);
    assert!(tiers(&facts).iter().all(|tier| *tier == Tier::B));
    let facts = world(&dynamic, "[limits]\nwith_pin = \"500.00\"\ncertified = 1.0");
    assert_eq!(ends(&facts, Reason::LimitExceeded).1, 0);
    assert!(tiers(&facts).iter().all(|tier| *tier == Tier::A));
}

#[test]
fn balance_and_bank_account_have_an_allowance_each() {
    let both = [("balance = 1.0, bank = 0.0", "balance = 0.5, bank = 0.5")];
    let facts = world(&both, "[limits]\nstatic_codes = \"500.00\"");
    assert_eq!(ends(&facts, Reason::LimitExceeded).0, 2);
}

#[test]
fn people_do_not_share_an_allowance() {
    let many = [("population = 1\n", "population = 1000000\n")];
    let facts = world(&many, "[limits]\nstatic_codes = \"500.00\"");
    assert_eq!(ends(&facts, Reason::LimitExceeded).1, 0);
}

#[test]
fn a_new_day_has_a_new_allowance() {
    let midnight = [("T08:00:00", "T23:59:20")];
    let facts = world(&midnight, "[limits]\nstatic_codes = \"500.00\"");
    assert_eq!(ends(&facts, Reason::LimitExceeded).0, 2);
}

#[test]
fn what_a_bank_declines_takes_no_allowance() {
    let declined = [
        ("balance = 1.0, bank = 0.0", "balance = 0.0, bank = 1.0"),
        ("roles = [\"bank\"]", "roles = [\"bank\"]\ndeclines = { risk-refused = 0.5 }"),
    ];
    let facts = world(&declined, "[limits]\nstatic_codes = \"500.00\"");
    let released = facts.iter().filter(|(_, fact)| matches!(fact, Fact::Released { .. })).count();
    let (paid, _) = ends(&facts, Reason::LimitExceeded);
    let (_, refused) = ends(&facts, Reason::RiskRefused);
    assert_eq!(paid, 1, "one of 300 within 500");
    assert_eq!(released, refused, "each was authorised before its bank declined");
}

#[test]
fn a_pin_costs_human_time_and_lifts_the_tier() {
    let limits = "[limits]\nwithout_pin = \"1000.00\"\npin = { above = \"200.00\" }";
    let elapsed = |facts: &[(Instant, Fact)]| -> u64 {
        let one = facts.iter().find_map(|(_, fact)| match fact {
            Fact::Concluded { elapsed, .. } => Some(elapsed.nanos()),
            _ => None,
        });
        one.expect("somebody paid")
    };
    let shown = [(MODE, SHOWN)];
    let quick = world(&shown, "[limits]\nwithout_pin = \"100000.00\"");
    let asked = world(&shown, limits);
    assert!(tiers(&quick).iter().all(|tier| *tier == Tier::C));
    assert!(tiers(&asked).iter().all(|tier| *tier == Tier::B));
    assert_eq!(ends(&asked, Reason::LimitExceeded).1, 0, "tier C's limit does not apply");
    let more = elapsed(&asked) - elapsed(&quick);
    assert!((2_000_000_000..3_000_000_000).contains(&more), "2 s and two access legs: {more} ns");
}

#[test]
fn the_third_payment_of_a_day_asks_for_the_pin_where_two_go_without() {
    let facts = world(&[(MODE, SHOWN)], "[limits]\npin = { after = 2 }");
    let tiers = tiers(&facts);
    assert_eq!(tiers[..2], [Tier::C, Tier::C]);
    assert!(tiers.len() > 3 && tiers[2..].iter().all(|tier| *tier == Tier::B));
}

#[test]
fn a_code_shown_longer_than_it_lives_is_refused() {
    let shown = [(MODE, SHOWN)];
    let (paid, expired) = ends(&world(&shown, "[limits]\ncode_life = \"3s\""), Reason::InvalidCode);
    assert_eq!(paid, 0, "it takes 4 s to show");
    assert!(expired > 5);
    let (paid, expired) = ends(&world(&shown, "[limits]\ncode_life = \"5s\""), Reason::InvalidCode);
    assert!(paid > 5 && expired == 0);
}

#[test]
fn an_expired_code_is_refused_whether_or_not_it_would_ask_for_the_pin() {
    let shown = [(MODE, SHOWN)];
    let limits = |life| format!("[limits]\ncode_life = \"{life}\"\npin = {{ above = \"200.00\" }}");
    let (paid, expired) = ends(&world(&shown, &limits("3s")), Reason::InvalidCode);
    assert!(paid == 0 && expired > 5, "{paid} paid, {expired} expired");
    // Two seconds at the PIN do not age a code that came in time.
    let (paid, expired) = ends(&world(&shown, &limits("5s")), Reason::InvalidCode);
    assert!(paid > 5 && expired == 0, "{paid} paid, {expired} expired");
}

/// What became of the attempts in one mode.
#[derive(Clone, Copy, Default)]
struct Attempts {
    all: u32,
    /// Refused because a limit was reached.
    limited: u32,
    /// Of these, by the amount alone.
    alone: u32,
    asked: u32,
}

/// Attempts by mode.
#[derive(Default)]
struct ByMode {
    open: std::collections::BTreeMap<u64, (Mode, u64)>,
    modes: [Attempts; 4],
}

impl Observer for ByMode {
    fn observe(&mut self, _: Instant, fact: &Fact) {
        match *fact {
            Fact::Opened { of, route, amount, .. } => {
                self.open.insert(of.id.raw(), (route.mode, amount.minor()));
                self.modes[route.mode as usize].all += 1;
            }
            Fact::Authorised { of, tier: Tier::A | Tier::B, .. } => {
                self.modes[self.open[&of.id.raw()].0 as usize].asked += 1;
            }
            Fact::Refused { of, reason: Reason::LimitExceeded, .. } => {
                let (mode, amount) = self.open[&of.id.raw()];
                let cap = match mode {
                    Mode::Static | Mode::Tap => 50_000,
                    Mode::ConsumerPresented | Mode::Dynamic => 500_000,
                };
                self.modes[mode as usize].limited += 1;
                self.modes[mode as usize].alone += u32::from(amount > cap);
            }
            _ => {}
        }
    }
}

#[test]
fn the_limit_on_printed_codes_costs_what_its_scenario_expects() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/static-code-limits.toml");
    let scenario = load(&file, &LoadOptions::default()).expect("it loads").scenario;
    let model = Model::compile(&scenario, PolicyId::new(0));
    let mut heard = ByMode::default();
    run(&model, 0, RunOptions::default(), &mut heard, &mut Unwatched).unwrap();
    let share = |part: u32, of: Attempts| f64::from(part) / f64::from(of.all);
    let printed = heard.modes[Mode::Static as usize];
    // Above 500 alone: P(Z > ln(25) / 1.5) = 1.59 %, here within four standard errors.
    let error = (0.0159 * 0.9841 / f64::from(printed.all)).sqrt();
    assert!((share(printed.alone, printed) - 0.0159).abs() < 4.0 * error);
    let limited = share(printed.limited, printed);
    assert!((0.016..0.03).contains(&limited), "{limited} of printed codes are refused");
    let order = heard.modes[Mode::Dynamic as usize];
    assert!(share(order.limited, order) < 0.001, "only above CNY 5,000, and half of the people");
    let shown = heard.modes[Mode::ConsumerPresented as usize];
    let asked = share(shown.asked, shown);
    // 1 % at random and P(Z > ln(50) / 1.5) = 0.45 % by amount.
    assert!((0.010..0.020).contains(&asked), "{asked} of shown codes ask for a PIN");
}
