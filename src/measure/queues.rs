//! Queues: each station in each window, and over `[warm_up, horizon)`.
//!
//! A visit knows its whole course: it waits over `[arrived, arrived + wait)` and is served after
//! that. Both stretches are spread over the windows they touch as sums, in no order. In a last
//! window that the run leaves unfinished, what stations have committed beyond the end is counted.

use super::buckets::{Buckets, MAX_US, histogram};
use super::mean::share;
use super::outcome::{QueueRow, StationRow};
use super::windows::Windows;
use crate::scenario::{Institution, Scenario};
use crate::units::{Duration, Instant, InstitutionId};

const NANOS_PER_MICRO: u64 = 1_000;
const WAITING: usize = 0;
const BUSY: usize = 1;

/// Recorder of all stations.
#[derive(Debug)]
pub(super) struct Queues {
    windows: Windows,
    stations: Vec<Station>,
    warm_up_ns: u64,
    horizon_ns: u64,
    /// Nothing later is kept: demand and drain are over.
    limit_ns: u64,
}

#[derive(Debug)]
struct Station {
    windows: Vec<Cell>,
    visits: u64,
    waited: u64,
    turned_away: u64,
    wait_sum_ns: u128,
    busy_ns: u128,
    /// Waits above zero.
    waits: Buckets<10>,
}

#[derive(Clone, Debug, Default)]
struct Cell {
    /// `WAITING` and `BUSY`.
    stretches: [Stretch; 2],
    wait_sum_ns: u128,
    arrivals: u64,
    most: u64,
}

/// Time spent by many in one window.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    /// By those who begin or end here.
    part_ns: u128,
    /// How many more than in the window before pass right through.
    step: i64,
}

/// A stretch of time, `[from, to)`.
#[derive(Clone, Copy)]
struct Span {
    from_ns: u64,
    to_ns: u64,
}

impl Queues {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let station = |_: &Institution| Station {
            windows: Vec::new(),
            visits: 0,
            waited: 0,
            turned_away: 0,
            wait_sum_ns: 0,
            busy_ns: 0,
            waits: Buckets::new(),
        };
        Self {
            windows: Windows::new(scenario.window.nanos()),
            stations: scenario.institutions.iter().map(station).collect(),
            warm_up_ns: scenario.warm_up.nanos(),
            horizon_ns: scenario.horizon.nanos(),
            limit_ns: (scenario.horizon + scenario.drain).nanos(),
        }
    }

    /// A message that found `ahead` others waiting.
    #[inline]
    pub(super) fn visited(
        &mut self,
        node: InstitutionId,
        arrived: Instant,
        ahead: u32,
        (wait, service): (Duration, Duration),
    ) {
        let start = arrived + wait;
        let end = (start + service).nanos();
        let counted = self.counts(arrived);
        let station = &mut self.stations[node.index()];
        if counted {
            station.visits += 1;
            if wait > Duration::ZERO {
                station.waited += 1;
                station.wait_sum_ns += u128::from(wait.nanos());
                station.waits.add(wait.micros_rounded().min(MAX_US));
            }
        }
        let busy_from = start.nanos().max(self.warm_up_ns);
        station.busy_ns += u128::from(end.min(self.horizon_ns).saturating_sub(busy_from));
        let (index, _) = self.windows.find(arrived.nanos().min(self.limit_ns));
        let cell = station.cell(index);
        cell.arrivals += 1;
        cell.wait_sum_ns += u128::from(wait.nanos());
        cell.most = cell.most.max(u64::from(ahead) + u64::from(wait > Duration::ZERO));
        if wait > Duration::ZERO {
            let span = Span { from_ns: arrived.nanos(), to_ns: start.nanos().min(self.limit_ns) };
            station.spread(WAITING, &self.windows, span);
        }
        let span = Span { from_ns: start.nanos(), to_ns: end.min(self.limit_ns) };
        station.spread(BUSY, &self.windows, span);
    }

    /// A message that found the queue full.
    #[inline]
    pub(super) fn turned_away(&mut self, node: InstitutionId, at: Instant) {
        if self.counts(at) {
            self.stations[node.index()].turned_away += 1;
        }
    }

    #[inline]
    fn counts(&self, at: Instant) -> bool {
        (self.warm_up_ns..self.horizon_ns).contains(&at.nanos())
    }

    /// The rows of a run that ended at this instant.
    pub(super) fn finish(
        self,
        scenario: &Scenario,
        end: Instant,
    ) -> (Vec<QueueRow>, Vec<StationRow>) {
        let counted_ns = self.horizon_ns.min(end.nanos()).saturating_sub(self.warm_up_ns);
        let known = || scenario.institutions.iter().zip(&self.stations);
        let totals = known().map(|(node, station)| station.total(node, counted_ns)).collect();
        let mut rows = Vec::new();
        for (node, station) in known().filter(|(_, station)| !station.windows.is_empty()) {
            station.rows(node, &self.windows, end, &mut rows);
        }
        // Stable: nodes stay in order of name within a window.
        rows.sort_by_key(|row| row.t_us);
        (rows, totals)
    }
}

impl Station {
    #[inline]
    fn cell(&mut self, window: usize) -> &mut Cell {
        if window >= self.windows.len() {
            self.windows.resize_with(window + 1, Cell::default);
        }
        &mut self.windows[window]
    }

    /// Adds a stretch of time to the windows it touches; `windows` has just found the arrival's.
    #[inline]
    fn spread(&mut self, what: usize, windows: &Windows, span: Span) {
        if span.from_ns >= span.to_ns {
            return;
        }
        let (home, home_ns) = windows.latest();
        let stop_ns = home_ns + windows.width_ns();
        if span.to_ns <= stop_ns {
            let part = u128::from(span.to_ns - span.from_ns);
            self.cell(home).stretches[what].part_ns += part;
        } else {
            self.spread_far(what, windows.width_ns(), span);
        }
    }

    #[cold]
    fn spread_far(&mut self, what: usize, width_ns: u64, span: Span) {
        let index = |at_ns: u64| usize::try_from(at_ns / width_ns).expect("windows fit in memory");
        let (first, last) = (index(span.from_ns), index(span.to_ns));
        if first == last {
            let part = u128::from(span.to_ns - span.from_ns);
            self.cell(first).stretches[what].part_ns += part;
            return;
        }
        let before = u128::from(width_ns - span.from_ns % width_ns);
        self.cell(first).stretches[what].part_ns += before;
        self.cell(first + 1).stretches[what].step += 1;
        let end = &mut self.cell(last).stretches[what];
        end.part_ns += u128::from(span.to_ns % width_ns);
        end.step -= 1;
    }

    fn total(&self, node: &Institution, counted_ns: u64) -> StationRow {
        let mut waits = histogram();
        let zeros = self.visits - self.waited;
        waits.record_n(0, zeros).expect("zero is within the histogram's bounds");
        self.waits.pour(&mut waits);
        let capacity = u128::from(node.station.servers) * u128::from(counted_ns);
        StationRow {
            node: node.name.clone(),
            visits: self.visits,
            turned_away: self.turned_away,
            waited: self.waited,
            wait_sum_ns: self.wait_sum_ns,
            waits,
            utilisation_frac: share(self.busy_ns, capacity.max(1)),
            servers: node.station.servers,
        }
    }

    fn rows(&self, node: &Institution, windows: &Windows, end: Instant, rows: &mut Vec<QueueRow>) {
        let empty = Cell::default();
        let mut through = [0_i64; 2];
        for index in 0..windows.until(end.nanos()) {
            let cell = self.windows.get(index).unwrap_or(&empty);
            let (start, width) = windows.bounds(index, end.nanos());
            let area = [WAITING, BUSY].map(|what| {
                through[what] += cell.stretches[what].step;
                let whole = u128::try_from(through[what]).expect("more begin than end");
                cell.stretches[what].part_ns + whole * u128::from(width)
            });
            let width = u128::from(width.max(1));
            let capacity = u128::from(node.station.servers) * width;
            let mean_us = || share(cell.wait_sum_ns, u128::from(cell.arrivals)) / 1e3;
            rows.push(QueueRow {
                t_us: start / NANOS_PER_MICRO,
                node: node.name.clone(),
                length_mean: share(area[WAITING], width),
                length_max: cell.most,
                wait_mean_us: (cell.arrivals > 0).then(mean_us),
                utilisation_frac: share(area[BUSY].min(capacity), capacity),
            });
        }
    }
}
