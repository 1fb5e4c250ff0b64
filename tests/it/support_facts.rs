//! A listener that keeps every fact, and a watch that lets a run go on.

use hutong::model::Watch;
use hutong::model::fact::{Fact, Observer};
use hutong::units::Instant;

/// Keeps every fact with its instant.
#[derive(Default)]
pub(crate) struct Heard(pub(crate) Vec<(Instant, Fact)>);

impl Observer for Heard {
    fn observe(&mut self, at: Instant, fact: &Fact) {
        self.0.push((at, *fact));
    }
}

/// Stops nothing.
pub(crate) struct Unwatched;

impl Watch for Unwatched {
    fn go_on(&mut self, _now: Instant, _events: u64) -> bool {
        true
    }
}
