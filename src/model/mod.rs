//! The payment world: what institutions do with messages, and the facts that come of it.
//!
//! Invariant: a handler changes its own institution's state only; others learn by message.
//! Never: histograms, file formats, threads, a wall clock.

pub mod code;
pub mod fact;
pub mod route;

use crate::scenario::Scenario;
use crate::units::{Instant, PolicyId};
use fact::Observer;

/// A compiled (scenario, policy): dense tables, route programs, samplers. Shared by replications.
#[derive(Debug)]
pub struct Model {}

/// How a run is carried out. Nothing here changes a single fact.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// Serve every station with explicit start and end events.
    pub evented: bool,
    /// Process the entities of each window in an order drawn from this number.
    pub permute: Option<u64>,
}

/// Hears how a run gets on, and may stop it.
pub trait Watch {
    /// Called now and then; `false` stops the run at this instant.
    fn go_on(&mut self, now: Instant, events: u64) -> bool;
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// The last simulated instant.
    pub at: Instant,
    /// Events handled.
    pub events: u64,
    /// Whether the watch stopped it.
    pub stopped: bool,
}

impl Model {
    /// Compiles a checked scenario under one of its policies.
    pub fn compile(_scenario: &Scenario, _policy: PolicyId) -> Self {
        Self {}
    }
}

/// Runs one replication to its end and tells every fact to the observer. Pure: no input, no
/// output, no clock.
///
/// # Errors
/// Only a replay log can fail while it streams: the message names file and line.
pub fn run<O: Observer, W: Watch>(
    _model: &Model,
    _replication: u32,
    _options: RunOptions,
    _observer: &mut O,
    _watch: &mut W,
) -> Result<RunEnd, String> {
    Ok(RunEnd { at: Instant::EPOCH, events: 0, stopped: false })
}
