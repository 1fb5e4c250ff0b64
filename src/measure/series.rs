//! Series: the whole run, window by window, and the heat map of latency over time.
//!
//! Invariant: counts and integrals are sums over the facts of a window, in no order. Only the
//! histograms of a window are closed, and not before every fact of the window has been told.

use std::collections::VecDeque;

use super::buckets::Buckets;
use super::heat::HeatMap;
use super::in_flight::InFlight;
use super::outcome::{HeatRow, SeriesRow};
use super::windows::Windows;
use crate::units::{Duration, Instant, Status};

const NANOS_PER_MICRO: u64 = 1_000;
/// Fewest samples behind each quantile, and the quantile in thousandths.
const QUANTILES: [(u64, u64); 3] = [(1, 500), (20, 950), (100, 990)];

/// Recorder of the time series.
#[derive(Debug)]
pub(super) struct Series {
    windows: Windows,
    rows: Vec<Window>,
    in_flight: InFlight,
    /// The latest windows, whose histograms may still grow; the first has index `oldest`.
    answers: VecDeque<Answers>,
    oldest: usize,
    /// How many windows stay open.
    open: usize,
    spare: Vec<Answers>,
    heat: HeatMap,
}

#[derive(Clone, Debug, Default)]
struct Window {
    opened: u64,
    accepted: u64,
    declined: u64,
    /// Sum of instants of opening and closing, in nanoseconds from the window's start.
    opened_at_ns: u128,
    closed_at_ns: u128,
    most: u64,
    quantiles_us: [Option<u64>; 3],
}

/// System latencies of one window.
#[derive(Debug)]
struct Answers {
    accepted: Buckets<10>,
    declined: Buckets<10>,
}

impl Series {
    /// Windows of this width; facts are told at most `slack` out of order.
    pub(super) fn new(window: Duration, slack: Duration) -> Self {
        let open = slack.nanos().div_ceil(window.nanos()) + 1;
        Self {
            windows: Windows::new(window.nanos()),
            rows: Vec::new(),
            in_flight: InFlight::new(slack.nanos()),
            answers: VecDeque::new(),
            oldest: 0,
            open: usize::try_from(open).expect("fewer windows than memory"),
            spare: Vec::new(),
            heat: HeatMap::new(),
        }
    }

    #[inline]
    pub(super) fn opened(&mut self, at: Instant) {
        let (index, start) = self.window(at);
        let row = &mut self.rows[index];
        row.opened += 1;
        row.opened_at_ns += u128::from(at.nanos() - start);
        self.change(at, true);
    }

    #[inline]
    pub(super) fn closed(&mut self, at: Instant, status: Status) {
        let (index, start) = self.window(at);
        let row = &mut self.rows[index];
        if status == Status::Accepted {
            row.accepted += 1;
        } else {
            row.declined += 1;
        }
        row.closed_at_ns += u128::from(at.nanos() - start);
        self.change(at, false);
    }

    #[inline]
    fn change(&mut self, at: Instant, opens: bool) {
        let (rows, width) = (&mut self.rows, self.windows.width_ns());
        self.in_flight.change(at.nanos(), opens, |level| raise(rows, width, level));
    }

    #[inline]
    pub(super) fn answered(&mut self, at: Instant, status: Status, elapsed: Duration) {
        let (index, _) = self.window(at);
        if index >= self.oldest + self.answers.len() {
            self.turn(index);
        }
        // A fact from before the open windows breaks the promise of `slack`; it keeps its counts.
        let Some(place) = index.checked_sub(self.oldest) else { return };
        let micros = elapsed.micros_rounded().min(super::buckets::MAX_US);
        let answers = &mut self.answers[place];
        if status == Status::Accepted {
            answers.accepted.add(micros);
        } else {
            answers.declined.add(micros);
        }
    }

    #[inline]
    fn window(&mut self, at: Instant) -> (usize, u64) {
        let (index, start) = self.windows.find(at.nanos());
        if index >= self.rows.len() {
            self.rows.resize_with(index + 1, Window::default);
        }
        (index, start)
    }

    /// Opens the window `index`, and closes those that can get no more answers.
    #[cold]
    fn turn(&mut self, index: usize) {
        let keep_from = (index + 1).saturating_sub(self.open);
        while self.oldest < keep_from && !self.answers.is_empty() {
            self.close_oldest();
        }
        if self.answers.is_empty() {
            self.oldest = self.oldest.max(keep_from);
        }
        while self.oldest + self.answers.len() <= index {
            let fresh = || Answers { accepted: Buckets::new(), declined: Buckets::new() };
            let answers = self.spare.pop().unwrap_or_else(fresh);
            self.answers.push_back(answers);
        }
    }

    fn close_oldest(&mut self) {
        let Some(mut answers) = self.answers.pop_front() else { return };
        self.rows[self.oldest].quantiles_us = answers.quantiles_us();
        self.heat.add(self.oldest, &answers.accepted);
        self.oldest += 1;
        answers.accepted.clear();
        answers.declined.clear();
        self.spare.push(answers);
    }

    /// The rows of a run that ended at this instant.
    pub(super) fn finish(mut self, end: Instant) -> (Vec<SeriesRow>, Vec<HeatRow>) {
        while !self.answers.is_empty() {
            self.close_oldest();
        }
        let (rows, width) = (&mut self.rows, self.windows.width_ns());
        self.in_flight.finish(|level| raise(rows, width, level));
        let end_ns = end.nanos();
        let count = self.windows.until(end_ns).max(self.rows.len());
        self.rows.resize_with(count, Window::default);
        let mut level = 0_i128;
        let mut series = Vec::with_capacity(count);
        for (index, row) in self.rows.iter().enumerate() {
            let (start, width) = self.windows.bounds(index, end_ns);
            series.push(row.finish(start, width, &mut level));
        }
        (series, self.heat.finish(width / NANOS_PER_MICRO))
    }
}

/// Lifts the maximum of the window in which the level changed.
fn raise(rows: &mut [Window], width_ns: u64, level: super::in_flight::Level) {
    let index = usize::try_from(level.at_ns / width_ns).expect("this window has a row");
    let row = &mut rows[index];
    row.most = row.most.max(level.before).max(level.after);
}

impl Window {
    /// `level` is the count at the start of the window, and becomes that at its end.
    fn finish(&self, start_ns: u64, width_ns: u64, level: &mut i128) -> SeriesRow {
        let signed = |sum: u128| i128::try_from(sum).expect("a sum of instants of one window");
        let closed = self.accepted + self.declined;
        let width = i128::from(width_ns);
        let before = *level;
        let opened = i128::from(self.opened);
        *level += opened - i128::from(closed);
        // Each opening lifts the level from its instant to the window's end, each closing drops it.
        let area = *level * width - signed(self.opened_at_ns) + signed(self.closed_at_ns);
        SeriesRow {
            t_us: start_ns / NANOS_PER_MICRO,
            window_us: width_ns / NANOS_PER_MICRO,
            offered: self.opened,
            accepted: self.accepted,
            declined: self.declined,
            timed_out: 0,
            completed: closed,
            in_flight_mean: super::mean::ratio(
                if width == 0 { before } else { area },
                width.max(1),
            ),
            in_flight_max: self.most.max(u64::try_from(before.max(0)).expect("not negative")),
            win_p50_us: self.quantiles_us[0],
            win_p95_us: self.quantiles_us[1],
            win_p99_us: self.quantiles_us[2],
        }
    }
}

impl Answers {
    fn quantiles_us(&self) -> [Option<u64>; 3] {
        let mut buckets: Vec<_> = self.accepted.iter().chain(self.declined.iter()).collect();
        buckets.sort_unstable_by_key(|bucket| bucket.low_us);
        let total: u64 = buckets.iter().map(|bucket| bucket.count).sum();
        let mut found = [None; 3];
        for (place, (fewest, per_mille)) in QUANTILES.into_iter().enumerate() {
            if total < fewest {
                continue;
            }
            let rank = (total * per_mille).div_ceil(1_000);
            let mut below = 0;
            for bucket in &buckets {
                below += bucket.count;
                if below >= rank {
                    found[place] = Some(bucket.middle_us());
                    break;
                }
            }
        }
        found
    }
}
