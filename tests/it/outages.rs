//! Outages: what each mode does to what is served, to what waits and to what arrives.

#![allow(clippy::cast_precision_loss, reason = "times and counts of small worlds")]

use hutong::audit::Auditor;
use hutong::measure::recorder::Recorder;
use hutong::model::fact::{Exchange, Fact, Observer};
use hutong::model::{Model, RunOptions, Watch, run};
use hutong::scenario::{LoadOptions, Scenario, load_text};
use hutong::units::{Duration, Instant, PolicyId, Reason, Status};

struct GoOn;

impl Watch for GoOn {
    fn go_on(&mut self, _: Instant, _: u64) -> bool {
        true
    }
}

#[derive(Default)]
struct Facts(Vec<(Instant, Fact)>);

impl Observer for Facts {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.0.push((at, *fact));
    }
}

/// A wallet pays at tills over one hub, from its balance; times are constant.
fn world(faults: &str) -> Scenario {
    let text = format!(
        r#"
name = "out"
epoch = "2026-03-02T10:00:00+08:00"
horizon = "60s"
drain = "30s"
seed = 11
institutions.tenpay.roles = ["wallet"]
institutions.tenpay.station = {{ servers = 50, service = "5ms" }}
institutions.till.roles = ["acquirer", "code-issuer"]
institutions.till.station = {{ servers = 50, service = "5ms" }}
institutions.hub.roles = ["clearing-house"]
institutions.hub.station.servers = 6
institutions.hub.station.service = "10ms"
institutions.hub.station.sites = {{ north = 1, south = 2 }}
links = {{ default = {{ floor = "5ms", jitter = "0ms" }}, access = {{ floor = "5ms" }} }}
merchants.shops = {{ accepts = ["till"] }}
[consumers.people]
population = 100
holds = [{{ wallets = ["tenpay"], share = 1.0 }}]
funding = {{ balance = 1.0, bank = 0.0 }}
ticket = "20.00"
arrivals = {{ rate = "40/s" }}
[policies.hub]
connect = [{{ wallets = ["tenpay"], codes = ["till"], via = ["hub"] }}]
{faults}
"#
    );
    let loaded = load_text("world.toml", &text, &LoadOptions::default());
    loaded.unwrap_or_else(|mistakes| panic!("{}", mistakes.plain())).scenario
}

fn facts(scenario: &Scenario, replication: u32) -> Vec<(Instant, Fact)> {
    let model = Model::compile(scenario, PolicyId::new(0));
    let mut facts = Facts::default();
    let heard = Auditor::new(scenario, PolicyId::new(0));
    let mut both = (&mut facts, heard);
    let end = run(&model, replication, RunOptions::default(), &mut Both(&mut both), &mut GoOn);
    let end = end.expect("no log is replayed");
    for finding in both.1.finish(end.at).laws {
        assert_eq!(finding.offence, None, "{}", finding.law);
    }
    facts.0
}

struct Both<'a, 'b>(&'a mut (&'b mut Facts, Auditor));

impl Observer for Both<'_, '_> {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.0.0.observe(at, fact);
        self.0.1.observe(at, fact);
    }
}

fn secs(at: Instant) -> f64 {
    Duration::from_nanos(at.nanos()).micros_rounded() as f64 / 1e6
}

/// Instants at which somebody refused for an outage.
fn refusals(facts: &[(Instant, Fact)]) -> Vec<f64> {
    let out = |(at, fact): &(Instant, Fact)| {
        matches!(fact, Fact::Refused { reason: Reason::Outage, .. }).then(|| secs(*at))
    };
    facts.iter().filter_map(out).collect()
}

/// Starts and ends of services at an institution.
fn services(scenario: &Scenario, name: &str, facts: &[(Instant, Fact)]) -> Vec<(f64, f64)> {
    let id = scenario.institution_named(name).expect("it is there");
    let span = |(_, fact): &(Instant, Fact)| match fact {
        Fact::Visited { at, arrived, wait, service, .. } if *at == id => {
            let start = *arrived + *wait;
            Some((secs(start), secs(start + *service)))
        }
        _ => None,
    };
    facts.iter().filter_map(span).collect()
}

fn planned(target: &str, mode: &str) -> String {
    format!("[[faults]]\n{target}\nmode = {mode}\nfrom = \"20s\"\nfor = \"10s\"\n")
}

#[test]
fn an_institution_that_refuses_serves_what_it_accepted_and_takes_nothing_new() {
    let scenario = world(&planned("institution = \"hub\"", "\"refuse\""));
    let facts = facts(&scenario, 0);
    let refused = refusals(&facts);
    assert!(refused.len() > 300, "40 a second for ten seconds: {}", refused.len());
    assert!(refused.iter().all(|at| (20.0..30.0).contains(at)));
    // Pay requests behind a parsed code still pass, for funds are set aside behind them.
    let exchanged = |which: Exchange| {
        let told = facts.iter().filter(move |(at, fact)| {
            let accepted = Status::Accepted;
            matches!(fact, Fact::Exchanged { exchange, status, .. }
                if *exchange == which && *status == accepted)
                && (20.2..30.0).contains(&secs(*at))
        });
        told.count()
    };
    assert!(exchanged(Exchange::Pay) > 50, "promised requests and answers pass");
    assert_eq!(exchanged(Exchange::Parse), 0, "nothing new came in");
}

#[test]
fn an_institution_that_stalls_does_no_work_and_works_off_its_backlog_afterwards() {
    let scenario = world(&planned("institution = \"hub\"", "\"stall\""));
    let facts = facts(&scenario, 0);
    assert_eq!(refusals(&facts), Vec::<f64>::new());
    for (start, end) in services(&scenario, "hub", &facts) {
        assert!(!(20.0..30.0).contains(&start) && !(20.000_001..30.0).contains(&end));
    }
    let backlog = services(&scenario, "hub", &facts);
    let backlog = backlog.iter().filter(|(start, _)| (30.0..30.2).contains(start)).count();
    // Six servers of 10 ms.
    assert!(backlog >= 114, "the servers are busy at once: {backlog}");
}

#[test]
fn an_institution_that_degrades_takes_so_much_longer() {
    let scenario = world(&planned("institution = \"hub\"", "{ degrade = { factor = 3.0 } }"));
    let facts = facts(&scenario, 0);
    for (start, end) in services(&scenario, "hub", &facts) {
        let lasts = end - start;
        let slow = (20.0..29.97).contains(&start);
        let plain = !(19.99..30.0).contains(&start);
        assert!(!slow || (lasts - 0.03).abs() < 2e-6, "{start} {lasts}");
        assert!(!plain || (lasts - 0.01).abs() < 2e-6, "{start} {lasts}");
    }
}

#[test]
fn a_lost_site_takes_its_servers_with_it() {
    let target = "institution = \"hub\"\nsite = \"south\"";
    let scenario = world(&planned(target, "\"refuse\""));
    let facts = facts(&scenario, 0);
    assert_eq!(refusals(&facts), Vec::<f64>::new(), "the other site takes the work");
    let served = services(&scenario, "hub", &facts);
    let busiest = |from: f64, until: f64| {
        let within = served.iter().filter(|(start, _)| (from..until).contains(start));
        let at = |at: f64| served.iter().filter(|(start, end)| *start <= at && at < *end).count();
        within.map(|(start, _)| at(*start)).max().unwrap_or(0)
    };
    assert!(busiest(0.0, 20.0) > 2);
    assert_eq!(busiest(20.1, 30.0), 2, "two of six servers stand in the north");
}

#[test]
fn a_link_that_refuses_lets_the_sender_know_at_once() {
    let target = "link = { from = \"tenpay\", to = \"hub\" }";
    let scenario = world(&planned(target, "\"refuse\""));
    let facts = facts(&scenario, 0);
    let tenpay = scenario.institution_named("tenpay");
    for (at, fact) in &facts {
        if let Fact::Refused { by, reason: Reason::Outage, .. } = fact {
            assert!(Some(*by) == tenpay && (20.0..30.0).contains(&secs(*at)));
        }
    }
    // Static codes and dynamic ones are asked for over this link; tills scan over the other.
    assert!(refusals(&facts).len() > 200);
}

#[test]
fn a_link_that_stalls_or_degrades_delays_what_is_sent() {
    let target = "link = { from = \"till\", to = \"hub\" }";
    let arrivals = |mode: &str| {
        let scenario = world(&planned(target, mode));
        let facts = facts(&scenario, 0);
        let hub = scenario.institution_named("hub").unwrap();
        let arrival = |(at, fact): &(Instant, Fact)| {
            matches!(fact, Fact::Visited { at: place, .. } if *place == hub).then(|| secs(*at))
        };
        let arrivals: Vec<f64> = facts.iter().filter_map(arrival).collect();
        (services(&scenario, "till", &facts), arrivals)
    };
    let (_, stalled) = arrivals("\"stall\"");
    let released = stalled.iter().filter(|at| (30.004_999..30.005_3).contains(*at)).count();
    assert!(released > 100, "all that was sent meanwhile comes at once: {released}");
    let (sent, slow) = arrivals("{ degrade = { factor = 3.0 } }");
    let after = |latency: f64, from: f64| {
        let sent = sent.iter().filter(|(_, end)| (from..from + 9.0).contains(end));
        let within = 0.0..2e-5;
        let met = |end: f64| slow.iter().any(|at| within.contains(&(at - end - latency)));
        sent.filter(|(_, end)| met(*end)).count()
    };
    let found = [after(0.005, 10.0), after(0.015, 10.0), after(0.015, 20.0), after(0.005, 20.0)];
    let bounds = found[0] > 100 && found[1] < 30 && found[2] > 100 && found[3] < 30;
    assert!(bounds, "{found:?}");
}

#[test]
fn drawn_outages_have_their_means_and_move_no_other() {
    let fault = |who: &str, mtbf: &str| {
        format!(
            "[[faults]]\ninstitution = \"{who}\"\nmode = \"stall\"\nmtbf = \"{mtbf}\"\n\
             mttr = \"100ms\"\n"
        )
    };
    let times = |text: &str, who: &str| {
        let scenario = world(text);
        let id = scenario.institution_named(who).unwrap();
        let mut began = Vec::new();
        for replication in 0..8 {
            for (at, fact) in facts(&scenario, replication) {
                if let Fact::OutageBegan { at: place, lasts, .. } = fact
                    && place == id
                {
                    began.push((at, lasts));
                }
            }
        }
        began
    };
    let alone = times(&fault("hub", "1s"), "hub");
    let mean = |sum: u64| sum as f64 / alone.len() as f64 / 1e9;
    let lasts = mean(alone.iter().map(|(_, lasts)| lasts.nanos()).sum());
    assert!((0.09..0.11).contains(&lasts), "{lasts}");
    // Between 90 and 120 seconds, with one each 1.1 s on average.
    let count = alone.len() as f64 / 8.0;
    assert!((73.0..112.0).contains(&count), "{count}");
    let more = format!("{}{}", fault("till", "2s"), fault("hub", "1s"));
    assert_eq!(times(&more, "hub"), alone);
}

#[test]
fn a_visit_in_a_stall_and_a_refusal_outside_an_outage_are_caught() {
    let faults = format!(
        "{}{}",
        planned("institution = \"hub\"", "\"stall\""),
        planned("institution = \"till\"", "\"refuse\"")
    );
    let scenario = world(&faults);
    let told = facts(&scenario, 0);
    let hub = scenario.institution_named("hub").unwrap();
    let broken = |change: &dyn Fn(&mut (Instant, Fact)) -> bool| {
        let mut auditor = Auditor::new(&scenario, PolicyId::new(0));
        let mut changed = 0;
        for told in &told {
            let mut told = *told;
            if changed == 0 && change(&mut told) {
                changed += 1;
            }
            auditor.observe(told.0, &told.1);
        }
        assert_eq!(changed, 1, "something was changed");
        let laws = auditor.finish(told.last().unwrap().0).laws;
        laws.iter().filter(|law| law.offence.is_some()).map(|law| law.law).collect::<Vec<_>>()
    };
    // Served at once where it waited for the end of the stall.
    let early = broken(&|(at, fact)| match fact {
        Fact::Visited { at: place, wait, .. } if *place == hub && secs(*at) > 25.0 => {
            *wait = Duration::ZERO;
            true
        }
        _ => false,
    });
    assert_eq!(early, ["outages-are-kept"]);
    // Promised before the stall, and ending within it.
    let promised = broken(&|(at, fact)| match fact {
        Fact::Visited { at: place, service, .. } if *place == hub && secs(*at) > 19.0 => {
            *service = Duration::from_secs(3);
            true
        }
        _ => false,
    });
    assert_eq!(promised, ["outages-are-kept"]);
    let excuse = broken(&|(at, fact)| match fact {
        Fact::Refused { reason: Reason::Outage, by, .. } if secs(*at) > 20.0 => {
            *by = hub;
            true
        }
        _ => false,
    });
    assert!(excuse.contains(&"causality"), "{excuse:?}");
}

#[test]
fn outages_are_listed_and_counted() {
    let faults = planned("institution = \"hub\"", "\"refuse\"");
    let scenario = world(&faults);
    let model = Model::compile(&scenario, PolicyId::new(0));
    let mut recorder = Recorder::new(&scenario, PolicyId::new(0), 0);
    let end = run(&model, 0, RunOptions::default(), &mut recorder, &mut GoOn).unwrap();
    let outcome = recorder.finish(end.at, end.events);
    let errors = outcome.errors.iter().filter(|row| row.reason == Reason::Outage.name());
    assert_eq!(errors.map(|row| row.participant.as_str()).collect::<Vec<_>>(), ["hub"]);
}
