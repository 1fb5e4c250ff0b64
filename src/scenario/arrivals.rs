//! Arrival rates over time: a daily curve times bursts, as steps.

use super::RateStep;
use super::quantity::{DAY_NANOS, HOUR_NANOS};
use crate::units::Instant;

/// A burst at this scenario's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Burst {
    /// First instant, in nanoseconds after the epoch.
    pub(super) from: u64,
    /// One past the last.
    pub(super) until: u64,
    /// Multiplies the rate.
    pub(super) factor: f64,
}

/// What the steps of one source are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve<'a> {
    /// Mean arrivals per second over a day without bursts.
    pub(super) mean: f64,
    /// 24 hourly weights, not all zero.
    pub(super) weights: &'a [f64],
    /// Bursts that apply.
    pub(super) bursts: &'a [Burst],
    /// Time of day at the epoch, in nanoseconds.
    pub(super) time_of_day: u64,
    /// Where the steps end, in nanoseconds after the epoch.
    pub(super) until: u64,
}

/// The most steps that a curve may need.
pub(super) fn most_steps(curve: &Curve<'_>) -> u64 {
    let flat = curve.weights.windows(2).all(|pair| same(pair[0], pair[1]));
    let hours = if flat { 1 } else { curve.until / HOUR_NANOS + 2 };
    hours + 2 * curve.bursts.len() as u64
}

/// The steps over [0, until); neighbours of equal rate are one step.
pub(super) fn steps(curve: &Curve<'_>) -> Vec<RateStep> {
    let mut starts = vec![0];
    let flat = curve.weights.windows(2).all(|pair| same(pair[0], pair[1]));
    if !flat {
        let into_hour = curve.time_of_day % HOUR_NANOS;
        let mut start = HOUR_NANOS - into_hour;
        while start < curve.until {
            starts.push(start);
            start += HOUR_NANOS;
        }
    }
    for burst in curve.bursts {
        starts.extend([burst.from, burst.until].iter().filter(|start| **start < curve.until));
    }
    starts.sort_unstable();
    starts.dedup();
    let total: f64 = curve.weights.iter().sum();
    let mut steps: Vec<RateStep> = Vec::new();
    for start in starts {
        let hour = (curve.time_of_day + start) % DAY_NANOS / HOUR_NANOS;
        let weight = usize::try_from(hour).ok().and_then(|hour| curve.weights.get(hour));
        let daily = weight.copied().unwrap_or(0.0) * 24.0 / total;
        let burst: f64 = curve
            .bursts
            .iter()
            .filter(|burst| (burst.from..burst.until).contains(&start))
            .map(|burst| burst.factor)
            .product();
        let per_second = curve.mean * daily * burst;
        if steps.last().is_none_or(|last| !same(last.per_second, per_second)) {
            steps.push(RateStep { from: Instant::from_nanos(start), per_second });
        }
    }
    steps
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits()
}
