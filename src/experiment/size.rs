//! Size: roughly how much work one run of a scenario is, before it is run.

use crate::scenario::{RateStep, Scenario};
use crate::units::Duration;

/// What one run (one policy, one replication) will take. Estimates, for people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Intentions of consumers until the horizon.
    pub intentions: f64,
    /// Background items until the horizon.
    pub background: f64,
    /// Events.
    pub events: f64,
    /// Peak memory in bytes.
    pub memory_bytes: f64,
    /// Time on one core, in seconds.
    pub seconds: f64,
}

/// Events a second and core, measured on slow hardware, so that estimates err upwards.
const EVENTS_PER_SECOND: f64 = 3e6;
/// What an idle run holds: tables, recorders, the auditor.
const BASE_BYTES: f64 = 48e6;
/// What one attempt in flight holds, with its events and its listeners' notes.
const ATTEMPT_BYTES: f64 = 400.0;
/// Human time and processing: how long an attempt is in flight, in seconds.
const IN_FLIGHT_SECONDS: f64 = 15.0;
/// Events of a payment that are no visit of a station: intention, human time, books, closing.
const EVENTS_PER_PAYMENT: f64 = 4.0;

/// Visits and other events of a replayed payment over two houses: the most that one takes.
const EVENTS_PER_ROW: f64 = 14.0;

impl Size {
    /// The same with so many rows of a log played back besides.
    #[must_use]
    pub fn with_log(mut self, rows: f64) -> Self {
        self.intentions += rows;
        self.events += rows * EVENTS_PER_ROW;
        self.seconds = self.events / EVENTS_PER_SECOND;
        self
    }

    /// The size of a run whose stations together are visited this often each second.
    pub fn estimate(scenario: &Scenario, visits_per_s: f64) -> Self {
        let horizon = scenario.horizon;
        let total = |steps: &[RateStep]| expected(steps, horizon);
        let classes = scenario.consumers.iter().map(|class| total(&class.arrivals));
        let flows = scenario.background.iter().map(|flow| total(&flow.arrivals));
        let (intentions, background) = (add_up(classes), add_up(flows));
        let seconds = seconds_of(horizon).max(1e-9);
        let arisen = intentions + background;
        let events = visits_per_s * seconds + EVENTS_PER_PAYMENT * arisen;
        let in_flight = arisen / seconds * IN_FLIGHT_SECONDS;
        Self {
            intentions,
            background,
            events,
            memory_bytes: BASE_BYTES + ATTEMPT_BYTES * in_flight,
            seconds: events / EVENTS_PER_SECOND,
        }
    }
}

/// Expected arrivals in `[0, horizon)`.
fn expected(steps: &[RateStep], horizon: Duration) -> f64 {
    let end = horizon.nanos();
    let starts = steps.iter().map(|step| step.from.nanos().min(end));
    let ends = starts.clone().skip(1).chain([end]);
    let lengths = starts.zip(ends).map(|(from, to)| to.saturating_sub(from));
    let counts = steps.iter().zip(lengths);
    add_up(counts.map(|(step, length)| step.per_second * seconds_of(Duration::from_nanos(length))))
}

/// The sum; of nothing it is 0, where the standard library says −0.
fn add_up(terms: impl Iterator<Item = f64>) -> f64 {
    terms.fold(0.0, |sum, term| sum + term)
}

#[allow(clippy::cast_precision_loss, reason = "an estimate for the eye")]
fn seconds_of(length: Duration) -> f64 {
    length.nanos() as f64 / 1e9
}
