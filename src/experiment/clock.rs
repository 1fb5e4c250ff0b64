//! The wall clock: how long a thing took for us, never for the simulated world.
//!
//! Never: read below this floor. A run that can see the time cannot be repeated.

#![allow(clippy::disallowed_methods, reason = "the one place that may read the wall clock")]

use std::time::{Duration, Instant};

/// Wall time since it was started.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Wall time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
