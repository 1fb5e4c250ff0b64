//! Queueing theory, at length: sixteen textbook queues and a tandem of five, to 1 or 2 %.
//!
//! The family-wise error over all checks is 1 %. Seeds were written down before the first run and
//! never change: a check that fails has found a mistake. Each replication starts empty and leaves
//! out twenty relaxation times.

use hutong::measure::outcome::RunOutcome;
use hutong::model::Model;
use hutong::scenario::Scenario;
use hutong::units::PolicyId;
use rayon::prelude::*;

use crate::queueing::oracle::Service::{Constant, Exponential, LogNormal, Uniform};
use crate::queueing::oracle::{Service, Wait};
use crate::queueing::verdict::{Check, table};
use crate::queueing::world::{
    Estimate, Fault, Length, Line, SERVICE_NS, TANDEM, TANDEM_LINKS_NS, replicate, single, tandem,
};

/// Fixed before the first run; the n-th world adds n.
const SEED: u64 = 20_251_109;
/// Independent replications of each world.
const REPLICATIONS: u32 = 40;
