//! Worlds that are textbook queues, and what one replication of each measures.
//!
//! With one wallet, its own merchants, payment codes that the till scans, and balances, a payment
//! is exactly one visit of the wallet's station. Human time and access legs are constant, so that
//! the station's arrivals are the shoppers' Poisson process, shifted.

use std::fmt::Write as _;

use hutong::measure::outcome::{RunOutcome, StationRow};
use hutong::measure::recorder::Recorder;
use hutong::model::fact::{Fact, Observer};
use hutong::model::{Model, RunOptions, Watch, run};
use hutong::scenario::{LoadOptions, Scenario, load_text};
use hutong::units::{Instant, PolicyId};

use rayon::prelude::*;

use super::oracle::{Service, Wait};
use super::verdict::Check;

/// How many relaxation times are left out before anything is counted: what is left of the empty
/// start is then e^-20.
pub(crate) const RELAXATIONS: f64 = 20.0;

/// One station.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) servers: u32,
    pub(crate) service: Service,
    /// Mean service, in milliseconds.
    pub(crate) mean_ms: f64,
    /// Offered load of one server.
    pub(crate) rho: f64,
    pub(crate) queue_limit: Option<u32>,
}

impl Line {
    /// One exponential server with a mean of ten milliseconds.
    pub(crate) const fn new(servers: u32, rho: f64) -> Self {
        Self { servers, service: Service::Exponential, mean_ms: 10.0, rho, queue_limit: None }
    }

    /// What theory says.
    pub(crate) fn theory(&self) -> Wait {
        match (self.queue_limit, self.service) {
            (Some(room), Service::Exponential) => Wait::finite(self.servers, room, self.rho),
            (None, Service::Exponential) => Wait::erlang(self.servers, self.rho),
            (None, service) if self.servers == 1 => Wait::pollaczek(service, self.rho),
            _ => panic!("no exact formula for {self:?}"),
        }
    }

    /// Arrivals in a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.rho * f64::from(self.servers) * 1e3 / self.mean_ms
    }

    /// Time in which a disturbance fades to 1/e, in seconds (Cohen 1982, for M/M/1; the others
    /// are no slower at their load and variability).
    pub(crate) fn relaxation_s(&self) -> f64 {
        let gap = 1.0 - self.rho.min(0.95).sqrt();
        let scv = self.service.scv().max(1.0);
        self.mean_ms / 1e3 * scv / (f64::from(self.servers) * gap * gap)
    }
}

/// What is wrong with a world that must be rejected.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Services take 3 % longer.
    SlowService,
    /// One server too many.
    MoreServers,
    /// Last come, first served.
    LastComeFirst,
    /// One place more in the queue.
    MoreRoom,
}

/// One line of a station's TOML.
pub(crate) fn station(line: &Line, fault: Fault) -> String {
    let factor = if fault == Fault::SlowService { 1.03 } else { 1.0 };
    let mean = format!("\"{}us\"", (line.mean_ms * 1e3 * factor).round());
    let service = match line.service {
        Service::Constant => mean,
        Service::Uniform => {
            format!("{{ uniform = {{ low = \"0ms\", high = \"{}ms\" }} }}", 2.0 * line.mean_ms)
        }
        Service::Exponential => format!("{{ exponential = {{ mean = {mean} }} }}"),
        Service::LogNormal(cv) => format!("{{ lognormal = {{ mean = {mean}, cv = {cv:?} }} }}"),
    };
    let servers = line.servers + u32::from(fault == Fault::MoreServers);
    let mut text = format!("servers = {servers}, service = {service}, answers = \"bypass\"");
    if let Some(room) = line.queue_limit {
        let room = room + u32::from(fault == Fault::MoreRoom);
        write!(text, ", queue_limit = {room}").unwrap();
    }
    if fault == Fault::LastComeFirst {
        text.push_str(", discipline = \"lcfs\"");
    }
    format!("station = {{ {text} }}")
}

/// How much is simulated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Length {
    pub(crate) seed: u64,
    /// Customers that are counted in one replication.
    pub(crate) customers: f64,
}

/// All sections but institutions and merchants. Links are constant: ten milliseconds.
pub(crate) fn head(length: Length, (per_second, warm_up_s): (f64, f64), funding: &str) -> String {
    let warm_up = warm_up_s.ceil();
    let horizon = warm_up + (length.customers / per_second).ceil();
    let seed = length.seed;
    format!(
        r#"
        name = "queue"
        epoch = "2025-01-06T00:00:00Z"
        horizon = "{horizon}s"
        warm_up = "{warm_up}s"
        seed = {seed}
        [links]
        default = {{ floor = "10ms", jitter = "0ms" }}
        access = {{ floor = "10ms", jitter = "0ms" }}
        [presentment]
        show = "1s"
        [policies.only]
        connect = [{{ wallets = ["wallet"], codes = ["acquirer"], via = ["hub-a", "hub-b"] }}]
        [consumers.people]
        population = 1000
        holds = [{{ wallets = ["wallet"], share = 1.0 }}]
        funding = {funding}
        ticket = "20.00"
        arrivals = {{ rate = "{per_second}/s" }}
        "#
    )
}

/// A world whose wallet is this one queue.
fn single(line: &Line, length: Length, fault: Fault) -> Scenario {
    let warm_up = RELAXATIONS * line.relaxation_s();
    let head = head(length, (line.per_second(), warm_up), "{ balance = 1.0, bank = 0.0 }");
    let head = head.replace("connect = [", "# connect = [");
    let station = station(line, fault);
    loaded(&format!(
        r#"{head}
        [institutions.wallet]
        roles = ["wallet", "acquirer", "code-issuer"]
        {station}
        [merchants.shops]
        count = 10
        accepts = ["wallet"]
        modes = {{ consumer-presented = 1.0 }}
        "#
    ))
}

/// The checked scenario of a text.
pub(crate) fn loaded(text: &str) -> Scenario {
    match load_text("queue.toml", text, &LoadOptions::default()) {
        Ok(loaded) => loaded.scenario,
        Err(mistakes) => panic!("{}\n{text}", mistakes.plain()),
    }
}

/// Nobody watches.
struct Unwatched;

impl Watch for Unwatched {
    fn go_on(&mut self, _now: Instant, _events: u64) -> bool {
        true
    }
}

struct Listener(Recorder);

impl Observer for Listener {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.0.observe(at, fact);
    }
}

/// One replication, as the reports would tell it.
fn replicate(scenario: &Scenario, model: &Model, replication: u32) -> RunOutcome {
    let mut listener = Listener(Recorder::new(scenario, PolicyId::new(0), replication));
    let options = RunOptions::default();
    let end = run(model, replication, options, &mut listener, &mut Unwatched).unwrap();
    listener.0.finish(end.at, end.events)
}

/// Independent replications of one world, each reduced to what `keep` keeps of it.
pub(crate) fn replications<T: Send>(
    scenario: &Scenario,
    count: u32,
    keep: impl Fn(&RunOutcome) -> T + Sync,
) -> Vec<T> {
    let model = Model::compile(scenario, PolicyId::new(0));
    let numbers = (0..count).into_par_iter();
    numbers.map(|number| keep(&replicate(scenario, &model, number))).collect()
}

/// What each replication of a single queue measures.
pub(crate) fn estimates(
    line: &Line,
    (length, count): (Length, u32),
    fault: Fault,
) -> Vec<Estimate> {
    replications(&single(line, length, fault), count, |outcome| {
        let row = outcome.stations.iter().find(|row| row.node == "wallet").unwrap();
        Estimate::of(row, line)
    })
}

/// What one replication says of one station: times in mean services.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
    pub(crate) mean: f64,
    pub(crate) positive: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) blocked: f64,
}

impl Estimate {
    pub(crate) fn of(row: &StationRow, line: &Line) -> Self {
        let service_ns = line.mean_ms * 1e6;
        let visits = row.visits as f64;
        let quantile = |p: f64| {
            let value = row.waits.value_at_quantile(p);
            row.waits.median_equivalent(value) as f64 * 1e3 / service_ns
        };
        Self {
            mean: row.wait_sum_ns as f64 / visits / service_ns,
            positive: row.waited as f64 / visits,
            p95: quantile(0.95),
            p99: quantile(0.99),
            blocked: row.turned_away as f64 / (visits + row.turned_away as f64),
        }
    }
}

/// The figures of one station, each beside its theory: limits on the half-width are 1 %, and 2 %
/// for the 0.99 quantile and at a utilisation of 0.9 or more.
pub(crate) fn checks(name: &str, line: &Line, measured: &[Estimate]) -> Vec<Check> {
    let wait = line.theory();
    let utilisation = line.rho * (1.0 - wait.blocked);
    let limit = if utilisation >= 0.9 { 0.02 } else { 0.01 };
    let check = |what: &str, theory: f64, of: fn(&Estimate) -> f64, precision: f64| Check {
        what: format!("{name} {what}"),
        theory,
        measured: measured.iter().map(of).collect(),
        precision,
    };
    let mut checks = vec![
        check("mean wait", wait.mean, |estimate| estimate.mean, limit),
        check("share that waits", wait.positive, |estimate| estimate.positive, limit),
        check("0.95 quantile", wait.quantile(0.95), |estimate| estimate.p95, limit),
        check("0.99 quantile", wait.quantile(0.99), |estimate| estimate.p99, 0.02),
    ];
    if line.queue_limit.is_some() {
        checks.push(check("share turned away", wait.blocked, |estimate| estimate.blocked, limit));
    }
    checks
}
