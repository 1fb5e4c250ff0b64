//! Latency: one cell for each (stage, route, outcome) of counted attempts that occurs.
//!
//! Invariant: count, sum, sum of squares, minimum and maximum are exact; only quantiles round.

use super::buckets::{Buckets, MAX_US, histogram};
use super::outcome::LatencyCell;
use crate::model::fact::{Exchange, RouteClass};
use crate::units::{Duration, Status};

/// Where an intention ended without a message.
const NO_ROUTE: usize = RouteClass::COUNT;
const ROUTES: usize = RouteClass::COUNT + 1;
const OUTCOMES: [&str; 3] = ["accepted", "declined_business", "declined_technical"];
const HEADLINES: [&str; 2] = ["user", "system"];
const EXCHANGES: [&str; 3] = ["parse", "debit", "pay"];
const ABSENT: u16 = u16::MAX;

/// All latency cells of one run.
#[derive(Debug)]
pub(super) struct Latency {
    /// `user` and `system`: buckets of 0.1 %.
    headlines: Cells<10>,
    /// The exchanges: buckets below 1 %.
    exchanges: Cells<7>,
}

#[derive(Debug)]
struct Cells<const BITS: u32> {
    /// Position in `cells` of each (stage, route, outcome).
    index: Vec<u16>,
    cells: Vec<Cell<BITS>>,
}

#[derive(Debug)]
struct Cell<const BITS: u32> {
    stage: usize,
    route: String,
    outcome: usize,
    count: u64,
    sum_ns: u128,
    sum_sq_us2: u128,
    min_ns: u64,
    max_ns: u64,
    clamped: u64,
    buckets: Buckets<BITS>,
}

impl Latency {
    pub(super) fn new() -> Self {
        Self { headlines: Cells::new(HEADLINES.len()), exchanges: Cells::new(EXCHANGES.len()) }
    }

    /// The shopper knows.
    #[inline]
    pub(super) fn user(&mut self, route: Option<RouteClass>, status: Status, elapsed: Duration) {
        self.headlines.add(0, route, status, elapsed);
    }

    /// The last institution released the result.
    #[inline]
    pub(super) fn system(&mut self, route: RouteClass, status: Status, elapsed: Duration) {
        self.headlines.add(1, Some(route), status, elapsed);
    }

    /// A request was answered.
    #[inline]
    pub(super) fn exchange(
        &mut self,
        exchange: Exchange,
        route: RouteClass,
        status: Status,
        elapsed: Duration,
    ) {
        self.exchanges.add(exchange as usize, Some(route), status, elapsed);
    }

    /// The cells, in order of stage, route and outcome.
    pub(super) fn finish(self) -> Vec<LatencyCell> {
        let headlines = self.headlines.cells.into_iter().map(|cell| cell.finish(&HEADLINES));
        let exchanges = self.exchanges.cells.into_iter().map(|cell| cell.finish(&EXCHANGES));
        let mut cells: Vec<LatencyCell> = headlines.chain(exchanges).collect();
        cells.sort_by(|a, b| (a.stage, &a.route, a.outcome).cmp(&(b.stage, &b.route, b.outcome)));
        cells
    }
}

impl<const BITS: u32> Cells<BITS> {
    fn new(stages: usize) -> Self {
        Self { index: vec![ABSENT; stages * ROUTES * OUTCOMES.len()], cells: Vec::new() }
    }

    #[inline]
    fn add(&mut self, stage: usize, route: Option<RouteClass>, status: Status, elapsed: Duration) {
        let route_index = route.map_or(NO_ROUTE, RouteClass::index);
        let outcome = outcome_index(status);
        let key = (stage * ROUTES + route_index) * OUTCOMES.len() + outcome;
        let mut at = self.index[key];
        if at == ABSENT {
            at = self.allocate(key, route);
        }
        self.cells[usize::from(at)].add(elapsed);
    }

    #[cold]
    fn allocate(&mut self, key: usize, route: Option<RouteClass>) -> u16 {
        let at = u16::try_from(self.cells.len()).expect("fewer cells than 65,535");
        self.index[key] = at;
        self.cells.push(Cell {
            stage: key / (ROUTES * OUTCOMES.len()),
            route: route.map_or_else(|| "none".to_owned(), RouteClass::name),
            outcome: key % OUTCOMES.len(),
            count: 0,
            sum_ns: 0,
            sum_sq_us2: 0,
            min_ns: u64::MAX,
            max_ns: 0,
            clamped: 0,
            buckets: Buckets::new(),
        });
        at
    }
}

impl<const BITS: u32> Cell<BITS> {
    #[inline]
    fn add(&mut self, elapsed: Duration) {
        let nanos = elapsed.nanos();
        self.count += 1;
        self.sum_ns += u128::from(nanos);
        self.sum_sq_us2 += square_us2(nanos);
        self.min_ns = self.min_ns.min(nanos);
        self.max_ns = self.max_ns.max(nanos);
        let micros = elapsed.micros_rounded();
        self.clamped += u64::from(micros > MAX_US);
        self.buckets.add(micros.min(MAX_US));
    }

    fn finish(self, stages: &[&'static str]) -> LatencyCell {
        let mut values = histogram();
        self.buckets.pour(&mut values);
        LatencyCell {
            stage: stages[self.stage],
            route: self.route,
            outcome: OUTCOMES[self.outcome],
            histogram: values,
            count: self.count,
            sum_ns: self.sum_ns,
            sum_sq_us2: self.sum_sq_us2,
            min_ns: self.min_ns,
            max_ns: self.max_ns,
            clamped: self.clamped,
        }
    }
}

#[inline]
const fn outcome_index(status: Status) -> usize {
    match status {
        Status::Accepted => 0,
        Status::Rejected(reason) if reason.is_technical() => 2,
        Status::Rejected(_) => 1,
    }
}

/// `nanos²` in square microseconds, rounded down, without a division of 128 bits where it fits.
#[inline]
fn square_us2(nanos: u64) -> u128 {
    let (micros, rest) = (nanos / 1_000, nanos % 1_000);
    if micros < 1 << 32 {
        // (1000 m + r)² ÷ 10⁶ = m² + (2000 m r + r²) ÷ 10⁶, and the second part is below 2^54.
        let below = (2_000 * micros * rest + rest * rest) / 1_000_000;
        u128::from(micros * micros) + u128::from(below)
    } else {
        u128::from(nanos) * u128::from(nanos) / 1_000_000
    }
}
