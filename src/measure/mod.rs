//! Measure: what happened, in rows. Recorders listen to facts and end as one `RunOutcome`.
//!
//! Invariant: rows hold whole numbers with the unit in the name; "unknown" is `None`, never zero.
//! Facts of different entities may be told in another order without changing one row.
//! Never: the ledger, the world, a file format.

pub mod gate;
pub mod outcome;
pub mod recorder;
pub mod results;
pub mod settlement;
pub mod summary;
pub mod verdict;

mod answers;
mod attempts;
mod buckets;
mod clearing;
mod cycle;
mod differences;
mod digest;
mod heat;
mod in_flight;
mod latency;
mod mean;
mod money;
mod queues;
mod series;
mod statistics;
mod tally;
mod windows;
mod words;

pub use crate::scenario::dictionary;
pub use dictionary::{Direction, MetricEntry, dictionary};
pub use recorder::Recorder;
pub use summary::{CalibrationResult, Metric, Summary, calibration, metrics, summarise};
