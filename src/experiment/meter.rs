//! Meters: how far each run has got, told to whoever draws the progress.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::stop::Stop;
use crate::model::Watch;
use crate::units::Instant;

/// How far one run has got. Written by its thread, read by the one that draws.
#[derive(Debug, Default)]
pub struct Gauge {
    at_ns: AtomicU64,
    payments: AtomicU64,
    ended: AtomicBool,
}

impl Gauge {
    /// Notes the simulated instant and the payments opened so far.
    pub fn set(&self, now: Instant, payments: u64) {
        self.at_ns.store(now.nanos(), Ordering::Relaxed);
        self.payments.store(payments, Ordering::Relaxed);
    }

    /// Notes that the run is over, however it ended.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Simulated nanoseconds so far, at most `horizon_ns`; all of them once the run is over.
    pub fn simulated_ns(&self, horizon_ns: u64) -> u64 {
        if self.ended.load(Ordering::Relaxed) {
            return horizon_ns;
        }
        self.at_ns.load(Ordering::Relaxed).min(horizon_ns)
    }

    /// Payments opened so far.
    pub fn payments(&self) -> u64 {
        self.payments.load(Ordering::Relaxed)
    }
}

/// Watches one run: feeds its gauge, and stops it when asked.
#[derive(Debug)]
pub struct Meter<'a> {
    gauge: &'a Gauge,
    stop: &'a Stop,
    opened: Cell<u64>,
    over: Cell<bool>,
}

impl<'a> Meter<'a> {
    /// A meter of one run.
    pub fn new(gauge: &'a Gauge, stop: &'a Stop) -> Self {
        Self { gauge, stop, opened: Cell::new(0), over: Cell::new(false) }
    }

    /// Counts the payments of this run; the observer adds to it.
    pub fn opened(&self) -> &Cell<u64> {
        &self.opened
    }

    /// Raised by whoever listens to the run and wants no more of it.
    pub fn over(&self) -> &Cell<bool> {
        &self.over
    }

    /// The watch to hand to the run.
    pub fn watch(&self) -> Watching<'_> {
        Watching(self)
    }
}

/// A meter's ear at the run.
#[derive(Debug)]
pub struct Watching<'a>(&'a Meter<'a>);

impl Watch for Watching<'_> {
    fn go_on(&mut self, now: Instant, _events: u64) -> bool {
        self.0.gauge.set(now, self.0.opened.get());
        !self.0.over.get() && !self.0.stop.asked()
    }
}
