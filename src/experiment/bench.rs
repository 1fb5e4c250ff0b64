//! The benchmark: the canonical workload, feature by feature, beside a plain loop.
//!
//! Rounds are interleaved and the best of each row counts, so that a busy moment of the machine
//! hits all rows alike.
//!
//! Never: a pass or a failure. It measures; nothing here asserts time.

mod settlement;

use super::clock::Stopwatch;
use super::memory::peak_resident_bytes;
use super::plain_loop;
use crate::audit::Auditor;
use crate::measure::Recorder;
use crate::model::fact::{Fact, Observer};
use crate::model::{self, Model, RunOptions, Watch};
use crate::scenario::{LoadOptions, Scenario, load_text};
use crate::units::{Instant, PolicyId};
pub use settlement::{DecisionRow, SettlementRow, measure_settlement};

const CANONICAL: &str = include_str!("canonical.toml");
/// A schedule of four legs, as the price of fees.
const FEES: &str = "fees=[\
    { kind = \"merchant-discount\", payer = \"merchant\", earner = \"acquirer\", \
      rate = \"38bp\" }, \
    { kind = \"interchange\", payer = \"acquirer\", earner = \"wallet\", rate = \"20bp\" }, \
    { kind = \"clearing\", payer = \"acquirer\", earner = \"clearing-house\", rate = \"1bp\" }, \
    { kind = \"bank-debit\", payer = \"wallet\", earner = \"bank\", rate = \"10bp\" }]";

/// One of the rates at which the workload is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Payments per second of simulated time.
    pub per_second: u32,
    /// Simulated seconds of one run.
    pub seconds: u32,
    /// Servers of the hub, of all wallets, of all acquirers and of all banks: utilisation 0.7.
    pub servers: [u32; 4],
}

/// The canonical rates.
pub const RATES: [Rate; 2] = [
    Rate { per_second: 2_000, seconds: 100, servers: [14, 12, 12, 58] },
    Rate { per_second: 50_000, seconds: 8, servers: [343, 286, 286, 1_429] },
];

/// What listens to a run, or replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The plain loop: a heap and `rand_distr`, nothing else.
    PlainLoop,
    /// The model with books, holds and obligations; its facts are told to nobody.
    Model,
    /// The model, and all default recorders.
    Recorders,
    /// The model, and the auditor.
    Auditor,
    /// Everything that a run has by default: recorders and auditor.
    Everything,
    /// Everything, and a schedule of four fee legs.
    Fees,
    /// Everything, with every station's starts and ends as events of their own.
    Evented,
}

impl Subject {
    /// Every subject, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::PlainLoop,
        Self::Model,
        Self::Recorders,
        Self::Auditor,
        Self::Everything,
        Self::Fees,
        Self::Evented,
    ];

    /// What the table calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlainLoop => "plain loop (binary heap, rand_distr; no books, no facts)",
            Self::Model => "model: books, holds, obligations",
            Self::Recorders => "model + recorders",
            Self::Auditor => "model + auditor",
            Self::Everything => "everything on by default",
            Self::Fees => "everything + 4 fee legs",
            Self::Evented => "everything, evented stations",
        }
    }
}

/// One row of the benchmark: the best of its rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// At which rate.
    pub rate: Rate,
    /// What was measured.
    pub subject: Subject,
    /// Payments closed in one round.
    pub payments: u64,
    /// Events handled in one round.
    pub events: u64,
    /// Wall time of the best round on one core, in nanoseconds.
    pub elapsed_ns: u64,
}

impl Measured {
    /// Nanoseconds a payment, rounded down; `None` without payments.
    pub fn ns_per_payment(&self) -> Option<u64> {
        self.elapsed_ns.checked_div(self.payments)
    }

    /// Payments per second of wall time, rounded down; `None` without time.
    pub fn payments_per_second(&self) -> Option<u64> {
        self.payments.saturating_mul(1_000_000_000).checked_div(self.elapsed_ns)
    }
}

/// All rows, and the memory that the process held at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// By rate, then by subject.
    pub rows: Vec<Measured>,
    /// Peak resident set in bytes, where the operating system tells it.
    pub peak_bytes: Option<u64>,
}

/// Measures the canonical workload: `rounds` rounds of every subject at every rate.
pub fn measure(rounds: u32) -> Report {
    let mut rows = Vec::new();
    for rate in RATES {
        let plain = scenario(rate, None);
        let with_fees = scenario(rate, Some(FEES));
        let models = [&plain, &with_fees].map(|at| Model::compile(at, PolicyId::new(0)));
        let mut best: Vec<Option<Measured>> = vec![None; Subject::ALL.len()];
        for _ in 0..rounds {
            for (place, subject) in Subject::ALL.into_iter().enumerate() {
                let fees = subject == Subject::Fees;
                let scenario = if fees { &with_fees } else { &plain };
                let measured = round(rate, subject, (scenario, &models[usize::from(fees)]));
                let known = best[place].map_or(u64::MAX, |known| known.elapsed_ns);
                if measured.elapsed_ns < known {
                    best[place] = Some(measured);
                }
            }
        }
        rows.extend(best.into_iter().flatten());
    }
    Report { rows, peak_bytes: peak_resident_bytes() }
}

/// The canonical scenario at a rate.
pub fn scenario(rate: Rate, fees: Option<&str>) -> Scenario {
    let [hub, wallets, acquirers, banks] = rate.servers;
    let mut sets = vec![
        format!("consumers.shoppers.arrivals.rate={}/s", rate.per_second),
        format!("horizon={}s", rate.seconds),
        format!("institutions.hub.station.servers={hub}"),
        format!("groups.wallets.station.servers={wallets}"),
        format!("groups.acquirers.station.servers={acquirers}"),
        format!("groups.banks.station.servers={banks}"),
    ];
    sets.extend(fees.map(str::to_owned));
    let options = LoadOptions { sets, ..LoadOptions::default() };
    match load_text("canonical.toml", CANONICAL, &options) {
        Ok(loaded) => loaded.scenario,
        Err(mistakes) => panic!("the canonical scenario is wrong:\n{}", mistakes.plain()),
    }
}

fn round(rate: Rate, subject: Subject, (scenario, model): (&Scenario, &Model)) -> Measured {
    let clock = Stopwatch::start();
    let (payments, events) = match subject {
        Subject::PlainLoop => {
            let done = plain_loop::run(scenario);
            (done.payments, done.events)
        }
        Subject::Model => {
            let mut closed = Closed::default();
            let events = run(model, RunOptions::default(), &mut closed);
            (closed.0, events)
        }
        Subject::Recorders => {
            let mut listens = (Recorder::new(scenario, PolicyId::new(0), 0), Closed::default());
            let events = run(model, RunOptions::default(), &mut listens);
            (listens.1.0, events)
        }
        Subject::Auditor => {
            let mut listens = (Auditor::new(scenario, PolicyId::new(0)), Closed::default());
            let events = run(model, RunOptions::default(), &mut listens);
            (listens.1.0, events)
        }
        Subject::Everything | Subject::Fees | Subject::Evented => {
            let evented = subject == Subject::Evented;
            let recorder = Recorder::new(scenario, PolicyId::new(0), 0);
            let mut listens =
                (recorder, (Auditor::new(scenario, PolicyId::new(0)), Closed::default()));
            let options = RunOptions { evented, ..RunOptions::default() };
            let events = run(model, options, &mut listens);
            (listens.1.1.0, events)
        }
    };
    let elapsed = clock.elapsed().as_nanos();
    let elapsed_ns = u64::try_from(elapsed).expect("a round takes less than centuries");
    Measured { rate, subject, payments, events, elapsed_ns }
}

fn run<O: Observer>(model: &Model, options: RunOptions, observer: &mut O) -> u64 {
    let end = model::run(model, 0, options, observer, &mut Unwatched);
    end.expect("the canonical workload replays no log").events
}

struct Unwatched;

impl Watch for Unwatched {
    fn go_on(&mut self, _now: Instant, _events: u64) -> bool {
        true
    }
}

/// Counts closed payments.
#[derive(Default)]
struct Closed(u64);

impl Observer for Closed {
    #[inline]
    fn observe(&mut self, _at: Instant, fact: &Fact) {
        self.0 += u64::from(matches!(fact, Fact::Closed { .. }));
    }
}
