//! Two pictures: latency by percentile, and payments over time.

use std::collections::BTreeMap;

use super::column::sorted_runs;
use super::latency::headline;
use super::number::{clock, micros, significant};
use super::svg::{Line, Plot, draw};
use crate::measure::results::Results;
use crate::scenario::Scenario;

pub(super) const LATENCY: &str = "latency.svg";
pub(super) const SERIES: &str = "timeseries.svg";

/// Samples beyond the first and the last point drawn: no tail is drawn from fewer.
const TAIL: f64 = 10.0;
/// Points in each decade of the percentile axis.
const PER_DECADE: u32 = 20;
/// Points below the median, where that axis has little room but the payments are.
const BELOW_MEDIAN: u32 = 25;
/// More points of a series than this are drawn as the extremes of equal parts.
const POINTS_MAX: usize = 1_000;
const SECOND_US: f64 = 1e6;

/// `latency.svg`: the headline's percentiles, one line a policy.
pub(super) fn latency(scenario: &Scenario, results: &Results) -> String {
    let mut lines = Vec::new();
    for name in compared(scenario) {
        let points = headline(results, name).map(|cell| percentiles(&cell)).unwrap_or_default();
        lines.push((name.to_owned(), points));
    }
    let all = || lines.iter().flat_map(|(_, points)| points);
    let nines = all().map(|(nines, _)| *nines).fold(1.0, f64::max);
    let high = all().map(|(_, us)| *us).fold(1.0, f64::max);
    let low = all().map(|(_, us)| *us).fold(high, f64::min);
    let (bottom, top) = (step_down(low), step_up(high));
    let span = libm::log10(top / bottom);
    let place = |us: f64| libm::log10(us / bottom) / span;
    let place_all = |points: Vec<(f64, f64)>| {
        points.into_iter().map(|(n, us)| (n / nines, place(us))).collect()
    };
    let known = all().next().is_some();
    let ticks = steps(bottom, top).into_iter().filter(|_| known);
    let ticks = ticks.map(|us| (place(us), time(us))).collect();
    let labels = ["0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %"];
    let whole = (0_u32..).zip(labels).map(|(n, words)| (f64::from(n) / nines, words.to_owned()));
    let half = (libm::log10(2.0) / nines, "50 %".to_owned());
    let plot = Plot {
        title: format!("{}: system latency of accepted attempts", scenario.name),
        across: "Percentile of attempts, replications pooled".to_owned(),
        up: "Latency (logarithmic)".to_owned(),
        ticks_across: whole.chain([half]).filter(|(place, _)| *place <= 1.0).collect(),
        ticks_up: ticks,
        shades: Vec::new(),
        lines: lines
            .into_iter()
            .map(|(name, points)| Line { name: Some(name), points: place_all(points) })
            .collect(),
    };
    draw(&plot)
}

fn compared(scenario: &Scenario) -> impl Iterator<Item = &str> {
    scenario.compared.iter().map(|id| scenario.policies[id.index()].name.as_str())
}

/// Points of (−log10 of the share above, microseconds), as far as samples go.
#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn percentiles(cell: &crate::measure::outcome::LatencyCell) -> Vec<(f64, f64)> {
    let below = (0..BELOW_MEDIAN).map(|n| 1.0 - f64::from(n) / f64::from(2 * BELOW_MEDIAN));
    let first = f64::from(PER_DECADE) * libm::log10(2.0);
    let later = (0..).map(|n| first + f64::from(n));
    let above = later.map(|step| libm::pow(10.0, -step / f64::from(PER_DECADE)));
    // One fast payment would stretch the axis as one slow one would.
    let below = below.skip_while(|above| (1.0 - above) * (cell.count as f64) < TAIL);
    let known = below.chain(above).take_while(|above| cell.count as f64 * above >= TAIL);
    let us = |above: f64| cell.histogram.value_at_quantile(1.0 - above).max(1) as f64;
    known.map(|above| (-libm::log10(above), us(above))).collect()
}

/// `timeseries.svg`: accepted and offered payments a second, one pair of lines a policy.
pub(super) fn series(scenario: &Scenario, results: &Results) -> String {
    let mut lines = Vec::new();
    for name in compared(scenario) {
        let (accepted, offered) = rates(results, name);
        lines.push(Line { name: Some(name.to_owned()), points: accepted });
        lines.push(Line { name: None, points: offered });
    }
    let all = || lines.iter().flat_map(|line| &line.points);
    let end = all().map(|(t, _)| *t).fold(1.0, f64::max);
    let top = step_up(all().map(|(_, rate)| *rate).fold(1e-6, f64::max));
    for line in &mut lines {
        let placed = line.points.iter().map(|(t, rate)| (t / end, rate / top));
        line.points = thinned(placed.collect(), POINTS_MAX);
    }
    let marks = marks(scenario.epoch.time_of_day.micros_rounded(), end);
    let plot = Plot {
        title: format!("{}: accepted attempts a second (faint: attempts opened)", scenario.name),
        across: "Time of day, mean over replications; shaded: not counted".to_owned(),
        up: "Attempts a second".to_owned(),
        ticks_across: marks.into_iter().map(|(t, words)| (t / end, words)).collect(),
        ticks_up: (0..=5).map(|n| f64::from(n) / 5.0).map(|p| (p, significant(p * top))).collect(),
        shades: uncounted(scenario, end),
        lines,
    };
    draw(&plot)
}

/// Whole minutes, hours or days up to `end`, in microseconds since the epoch, and their words.
#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
pub(super) fn marks(epoch_us: u64, end: f64) -> Vec<(f64, String)> {
    // A label that names the day is longer.
    let room = if epoch_us as f64 + end < 24.0 * 3_600.0 * SECOND_US { 9.0 } else { 5.0 };
    let hours = end / (3_600.0 * SECOND_US);
    let every_min = [1_u32, 5, 15, 60, 180, 360, 720, 1_440, 2_880, 7_200, 14_400]
        .into_iter()
        .find(|minutes| hours * 60.0 / f64::from(*minutes) <= room)
        .unwrap_or(43_200);
    let every_us = u64::from(every_min) * 60_000_000;
    let first = epoch_us.next_multiple_of(every_us) - epoch_us;
    let marks = (0..).map(|n| first + n * every_us).take_while(|t| *t as f64 <= end);
    marks.map(|t| (t as f64, clock(epoch_us, t))).collect()
}

/// Where what arises is not counted: before the warm-up ends and after the horizon.
#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn uncounted(scenario: &Scenario, end: f64) -> Vec<(f64, f64, String)> {
    let place = |t: crate::units::Duration| (t.micros_rounded() as f64 / end).min(1.0);
    let (warm_up, horizon) = (place(scenario.warm_up), place(scenario.horizon));
    let all = [(0.0, warm_up, "warm-up".to_owned()), (horizon, 1.0, "drain".to_owned())];
    all.into_iter().filter(|(from, to, _)| from < to).collect()
}

type Points = Vec<(f64, f64)>;

/// Accepted and offered a second at the middle of each window, mean over replications.
#[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
fn rates(results: &Results, policy: &str) -> (Points, Points) {
    let mut windows: BTreeMap<(u64, u64), (u64, u64, u64)> = BTreeMap::new();
    for run in sorted_runs(results).into_iter().filter(|run| run.policy == policy) {
        for row in run.series.iter().filter(|row| row.window_us > 0) {
            let sums = windows.entry((row.t_us, row.window_us)).or_default();
            sums.0 += row.accepted;
            sums.1 += row.offered;
            sums.2 += 1;
        }
    }
    let rate =
        |count: u64, runs: u64, width: u64| count as f64 / runs as f64 / (width as f64 / SECOND_US);
    let middle = |t: u64, width: u64| t as f64 + width as f64 / 2.0;
    let accepted =
        windows.iter().map(|(&(t, width), sums)| (middle(t, width), rate(sums.0, sums.2, width)));
    let offered =
        windows.iter().map(|(&(t, width), sums)| (middle(t, width), rate(sums.1, sums.2, width)));
    (accepted.collect(), offered.collect())
}

/// The lowest and the highest point of equal parts, so that peaks stay.
pub(super) fn thinned(points: Points, most: usize) -> Points {
    if points.len() <= most {
        return points;
    }
    let part = points.len().div_ceil(most / 2);
    let extremes = |part: &[(f64, f64)]| {
        let by_height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let low = part.iter().min_by(by_height).copied();
        let high = part.iter().max_by(by_height).copied();
        let mut ends: Points = low.into_iter().chain(high).collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        ends
    };
    points.chunks(part).flat_map(extremes).collect()
}

/// Steps of 1, 2 and 5 from `bottom` to `top`.
pub(super) fn steps(bottom: f64, top: f64) -> Vec<f64> {
    let mut steps = vec![bottom];
    while let Some(last) = steps.last().copied().filter(|last| *last < top * 0.999) {
        steps.push(step_up(last * 1.001));
    }
    steps
}

pub(super) fn step_up(value: f64) -> f64 {
    let decade = libm::pow(10.0, libm::floor(libm::log10(value)));
    let step = [1.0, 2.0, 5.0].into_iter().find(|step| step * decade >= value * 0.999_999);
    step.unwrap_or(10.0) * decade
}

pub(super) fn step_down(value: f64) -> f64 {
    let decade = libm::pow(10.0, libm::floor(libm::log10(value)));
    let step = [5.0, 2.0].into_iter().find(|step| step * decade < value * 0.999_999);
    // Strictly below, so that the axis has a length.
    if step.is_none() && decade >= value * 0.999_999 {
        decade / 2.0
    } else {
        step.unwrap_or(1.0) * decade
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an axis label between 0.5 us and an hour"
)]
fn time(us: f64) -> String {
    micros(us as u64)
}
