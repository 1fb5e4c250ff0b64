//! Queues: each station in each window, and over `[warm_up, horizon)`.
//!
//! A visit knows its whole course: it waits over `[arrived, arrived + wait)` and is served after
//! that. Both stretches are spread over the windows they touch as sums, in no order. In a last
//! window that the run leaves unfinished, what stations have committed beyond the end is counted.
//!
//! Nearly all visits begin and end in the present *frame*, a stretch of one window that is counted
//! as a whole or not at all. They are summed for each station and poured when the frame turns; a
//! visit across a border of frames is spread at once.

use super::buckets::{Buckets, Place, histogram};
use super::mean::share;
use super::outcome::{QueueRow, StationRow};
use super::windows::Windows;
use crate::scenario::{Institution, Scenario};
use crate::units::{Duration, Instant, InstitutionId};

const NANOS_PER_MICRO: u64 = 1_000;
const WAITING: usize = 0;
const BUSY: usize = 1;

/// Recorder of all stations.
#[derive(Clone, Debug)]
pub(super) struct Queues {
    frame: Frame,
    /// By station: visits within the frame, in none of the other sums yet.
    now: Vec<Now>,
    /// By station: counted waits above zero.
    waits: Vec<Buckets<10>>,
    windows: Windows,
    stations: Vec<Station>,
    warm_up_ns: u64,
    horizon_ns: u64,
    /// Nothing later is kept: demand and drain are over.
    limit_ns: u64,
}

/// A stretch of time within one window, `[from, to)`, all of it in `[warm_up, horizon)` or none.
#[derive(Clone, Debug, Default)]
struct Frame {
    from_ns: u64,
    to_ns: u64,
    window: usize,
    counted: bool,
}

/// Visits to one station within a frame: one line of the cache.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Now {
    busy_ns: u128,
    wait_ns: u128,
    arrivals: u64,
    most: u64,
}

#[derive(Clone, Debug, Default)]
struct Station {
    windows: Vec<Cell>,
    visits: u64,
    turned_away: u64,
    wait_sum_ns: u128,
    busy_ns: u128,
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
        let station = |_: &Institution| Station::default();
        Self {
            frame: Frame::default(),
            now: vec![Now::default(); scenario.institutions.len()],
            waits: vec![Buckets::new(); scenario.institutions.len()],
            windows: Windows::new(scenario.window.nanos()),
            stations: scenario.institutions.iter().map(station).collect(),
            warm_up_ns: scenario.warm_up.nanos(),
            horizon_ns: scenario.horizon.nanos(),
            limit_ns: scenario.closes_by().nanos(),
        }
    }

    /// A message came to a station. Words, not a record: they stay in registers.
    #[inline]
    pub(super) fn visited(
        &mut self,
        node: InstitutionId,
        arrived: Instant,
        ahead: u32,
        wait: Duration,
        service: Duration,
    ) {
        let end = arrived + wait + service;
        // One that ends on the border may have begun there too: it is not within.
        let within = arrived.nanos() >= self.frame.from_ns && end.nanos() < self.frame.to_ns;
        if !within {
            return self.visited_across(node, arrived, ahead, wait, service);
        }
        let now = &mut self.now[node.index()];
        now.arrivals += 1;
        now.busy_ns += u128::from(service.nanos());
        if wait > Duration::ZERO {
            self.waited_now(node, ahead, wait);
        } else if u64::from(ahead) > now.most {
            now.most = u64::from(ahead);
        }
    }

    #[inline(never)]
    fn waited_now(&mut self, node: InstitutionId, ahead: u32, wait: Duration) {
        let now = &mut self.now[node.index()];
        now.wait_ns += u128::from(wait.nanos());
        let length = u64::from(ahead) + 1;
        if length > now.most {
            now.most = length;
        }
        if self.frame.counted {
            self.waits[node.index()].add(Place::of(wait));
        }
    }

    /// A visit that is not within the present frame: turns it when it is over.
    #[cold]
    #[inline(never)]
    fn visited_across(
        &mut self,
        node: InstitutionId,
        arrived: Instant,
        ahead: u32,
        wait: Duration,
        service: Duration,
    ) {
        let arrived_ns = arrived.nanos();
        if arrived_ns >= self.frame.to_ns && arrived_ns < self.limit_ns {
            self.turn(arrived_ns);
        }
        self.spread(node, arrived, ahead, (wait, service));
    }

    fn turn(&mut self, at_ns: u64) {
        self.pour();
        let (window, start_ns) = self.windows.find(at_ns);
        let stop_ns = start_ns.saturating_add(self.windows.width_ns());
        let borders = [self.warm_up_ns, self.horizon_ns, self.limit_ns];
        let (past, ahead) = (|border: &u64| *border <= at_ns, |border: &u64| *border > at_ns);
        self.frame = Frame {
            from_ns: borders.into_iter().filter(past).fold(start_ns, u64::max),
            to_ns: borders.into_iter().filter(ahead).fold(stop_ns, u64::min),
            window,
            counted: self.counts(Instant::from_nanos(at_ns)),
        };
    }

    fn pour(&mut self) {
        for (station, now) in self.stations.iter_mut().zip(&mut self.now) {
            if now.arrivals > 0 {
                station.pour(&self.frame, &std::mem::take(now));
            }
        }
    }

    /// Adds a visit to all sums that it touches.
    fn spread(
        &mut self,
        node: InstitutionId,
        arrived: Instant,
        ahead: u32,
        (wait, service): (Duration, Duration),
    ) {
        let (arrived_ns, start_ns) = (arrived.nanos(), (arrived + wait).nanos());
        let end_ns = (arrived + wait + service).nanos();
        let counted = self.counts(arrived);
        let width_ns = self.windows.width_ns();
        let station = &mut self.stations[node.index()];
        if counted {
            station.visits += 1;
            if wait > Duration::ZERO {
                station.wait_sum_ns += u128::from(wait.nanos());
                self.waits[node.index()].add(Place::of(wait));
            }
        }
        let busy_from_ns = start_ns.max(self.warm_up_ns);
        let busy_ns = end_ns.min(self.horizon_ns).saturating_sub(busy_from_ns);
        station.busy_ns += u128::from(busy_ns);
        let cell = station.cell(index_of(arrived_ns.min(self.limit_ns), width_ns));
        cell.arrivals += 1;
        cell.wait_sum_ns += u128::from(wait.nanos());
        cell.most = cell.most.max(length(ahead, wait));
        let span = Span { from_ns: arrived_ns, to_ns: start_ns.min(self.limit_ns) };
        station.spread(WAITING, width_ns, span);
        let span = Span { from_ns: start_ns, to_ns: end_ns.min(self.limit_ns) };
        station.spread(BUSY, width_ns, span);
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
        mut self,
        scenario: &Scenario,
        end: Instant,
    ) -> (Vec<QueueRow>, Vec<StationRow>) {
        self.pour();
        let counted_ns = self.horizon_ns.min(end.nanos()).saturating_sub(self.warm_up_ns);
        let known = || scenario.institutions.iter().zip(&self.stations);
        let waits = known().zip(&self.waits);
        let totals = waits.map(|((node, one), waits)| one.total(node, waits, counted_ns)).collect();
        let mut rows = Vec::new();
        for (node, station) in known().filter(|(_, station)| !station.windows.is_empty()) {
            station.rows(node, &self.windows, end, &mut rows);
        }
        // Stable: nodes stay in order of name within a window.
        rows.sort_by_key(|row| row.t_us);
        (rows, totals)
    }
}

/// How many wait once a message has come that found `ahead` others.
#[inline]
fn length(ahead: u32, wait: Duration) -> u64 {
    u64::from(ahead) + u64::from(wait > Duration::ZERO)
}

/// The window that holds this instant.
fn index_of(at_ns: u64, width_ns: u64) -> usize {
    usize::try_from(at_ns / width_ns).expect("windows fit in memory")
}

impl Station {
    /// The frame is over.
    fn pour(&mut self, frame: &Frame, now: &Now) {
        if frame.counted {
            self.visits += now.arrivals;
            self.wait_sum_ns += now.wait_ns;
            self.busy_ns += now.busy_ns;
        }
        let cell = self.cell(frame.window);
        cell.arrivals += now.arrivals;
        cell.most = cell.most.max(now.most);
        cell.wait_sum_ns += now.wait_ns;
        cell.stretches[WAITING].part_ns += now.wait_ns;
        cell.stretches[BUSY].part_ns += now.busy_ns;
    }

    fn cell(&mut self, window: usize) -> &mut Cell {
        if window >= self.windows.len() {
            self.windows.resize_with(window + 1, Cell::default);
        }
        &mut self.windows[window]
    }

    /// Adds a stretch of time to the windows it touches.
    fn spread(&mut self, what: usize, width_ns: u64, span: Span) {
        if span.from_ns >= span.to_ns {
            return;
        }
        let (first, last) = (index_of(span.from_ns, width_ns), index_of(span.to_ns, width_ns));
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

    fn total(&self, node: &Institution, above: &Buckets<10>, counted_ns: u64) -> StationRow {
        let mut waits = histogram();
        let waited = above.total();
        let zeros = self.visits - waited;
        waits.record_n(0, zeros).expect("zero is within the histogram's bounds");
        above.pour(&mut waits);
        let capacity = u128::from(node.station.servers) * u128::from(counted_ns);
        StationRow {
            node: node.name.clone(),
            visits: self.visits,
            turned_away: self.turned_away,
            waited,
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
