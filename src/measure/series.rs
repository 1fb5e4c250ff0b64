//! Series: the whole run, window by window, and the heat map of latency over time.
//!
//! Invariant: counts and integrals are sums over the facts of a window, in no order. Only the
//! histograms of a window are closed, and not before every fact of the window has been told.

use super::answers::Answers;
use super::in_flight::{Change, Held, InFlight};
use super::outcome::{HeatRow, SeriesRow};
use super::windows::Windows;
use crate::units::{Duration, Instant};

const NANOS_PER_MICRO: u64 = 1_000;

/// Recorder of the time series.
#[derive(Clone, Debug)]
pub(super) struct Series {
    in_flight: InFlight,
    walk: Walk,
    pub(super) answers: Answers,
}

/// A walk through all changes in order of time.
#[derive(Clone, Debug)]
struct Walk {
    windows: Windows,
    rows: Vec<Window>,
    /// The window of the latest change, not yet among the rows.
    now: Window,
    level: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    /// By `Change`; the last stays empty.
    counts: [u64; 4],
    /// Instants of closing less instants of opening, in nanoseconds from the window's start.
    since_start_ns: i128,
    most: i64,
}

impl Series {
    /// Windows of this width; facts are told at most `slack` out of order.
    pub(super) fn new(window: Duration, slack: Duration) -> Self {
        let walk = Walk {
            windows: Windows::new(window.nanos()),
            rows: Vec::new(),
            now: Window::default(),
            level: 0,
        };
        let in_flight = InFlight::new(slack.nanos());
        Self { in_flight, walk, answers: Answers::new(window, slack) }
    }

    /// An attempt opened or closed.
    #[inline]
    pub(super) fn changed(&mut self, at: Instant, change: Change) {
        if self.in_flight.hold(at.nanos(), change) {
            self.walk_on();
        }
    }

    #[cold]
    #[inline(never)]
    fn walk_on(&mut self) {
        self.in_flight.certain().for_each(|change| self.walk.step(change));
    }

    /// The rows of a run that ended at this instant.
    pub(super) fn finish(mut self, end: Instant) -> (Vec<SeriesRow>, Vec<HeatRow>) {
        self.in_flight.rest().for_each(|change| self.walk.step(change));
        self.walk.turn(0);
        let Walk { windows, mut rows, .. } = self.walk;
        let (quantiles_us, heat) = self.answers.finish();
        let end_ns = end.nanos();
        let count = windows.until(end_ns).max(rows.len()).max(quantiles_us.len());
        rows.resize_with(count, Window::default);
        let mut level = 0_i128;
        let mut series = Vec::with_capacity(count);
        for (index, row) in rows.iter().enumerate() {
            let (start, width) = windows.bounds(index, end_ns);
            let quantiles_us = quantiles_us.get(index).copied().unwrap_or_default();
            series.push(row.finish((start, width), quantiles_us, &mut level));
        }
        (series, heat.finish(windows.width_ns() / NANOS_PER_MICRO))
    }
}

impl Walk {
    #[inline]
    fn step(&mut self, change: Held) {
        let (_, start_ns) = self.windows.latest();
        let mut since_ns = change.at_ns().wrapping_sub(start_ns);
        if since_ns >= self.windows.width_ns() {
            since_ns = self.turn(change.at_ns());
        }
        let (before, step) = (self.level, change.step());
        self.level += step;
        self.now.counts[change.kind()] += 1;
        self.now.since_start_ns -= i128::from(step * since_ns.cast_signed());
        self.now.most = self.now.most.max(before).max(self.level);
    }

    /// Goes to the window of this instant; answers how far it is from the window's start.
    #[cold]
    fn turn(&mut self, at_ns: u64) -> u64 {
        let (was, _) = self.windows.latest();
        let (index, start_ns) = self.windows.find(at_ns);
        if self.rows.len() <= was.max(index) {
            self.rows.resize_with(was.max(index) + 1, Window::default);
        }
        self.rows[was] = self.now;
        self.now = self.rows[index];
        at_ns - start_ns
    }
}

impl Window {
    /// `level` is the count at the start of the window, and becomes that at its end.
    fn finish(
        &self,
        (start_ns, width_ns): (u64, u64),
        quantiles_us: [Option<u64>; 3],
        level: &mut i128,
    ) -> SeriesRow {
        let [accepted, declined, opened, _] = self.counts;
        let closed = accepted + declined;
        let width = i128::from(width_ns);
        let before = *level;
        *level += i128::from(opened) - i128::from(closed);
        // Each opening lifts the level from its instant to the window's end, each closing drops it.
        let area = *level * width + self.since_start_ns;
        SeriesRow {
            t_us: start_ns / NANOS_PER_MICRO,
            window_us: width_ns / NANOS_PER_MICRO,
            offered: opened,
            accepted,
            declined,
            timed_out: 0,
            completed: closed,
            in_flight_mean: super::mean::ratio(
                if width == 0 { before } else { area },
                width.max(1),
            ),
            in_flight_max: u64::try_from(before.max(i128::from(self.most)).max(0))
                .expect("not negative"),
            win_p50_us: quantiles_us[0],
            win_p95_us: quantiles_us[1],
            win_p99_us: quantiles_us[2],
        }
    }
}
