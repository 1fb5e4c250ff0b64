//! Latency: one cell for each (stage, route, outcome) of counted attempts that occurs.
//!
//! Invariant: count, sum, sum of squares, minimum and maximum are exact; only quantiles round.

use super::buckets::{Buckets, MAX_US, Place, histogram};
use super::outcome::LatencyCell;
use crate::model::fact::{Exchange, Funding, RouteClass, Topology};
use crate::scenario::Mode;
use crate::units::{Duration, Reason, Status};

/// Where an intention ended without a message.
const NO_ROUTE: usize = RouteClass::COUNT;
const ROUTES: usize = RouteClass::COUNT + 1;
const OUTCOMES: [&str; 3] = ["accepted", "declined_business", "declined_technical"];
/// How an intention ended without a message: no institution declined.
const UNREADABLE: &str = "unreadable";
const HEADLINES: [&str; 2] = ["user", "system"];
const EXCHANGES: [&str; 3] = ["parse", "debit", "pay"];

/// Below it a square fits 64 bits.
const SHORT_NS: u64 = u32::MAX as u64;

/// All latency cells of one run.
#[derive(Clone, Debug)]
pub(super) struct Latency {
    /// `user` and `system`: buckets of 0.1 %.
    headlines: Cells<10>,
    /// The exchanges: buckets below 1 %.
    exchanges: Cells<7>,
}

#[derive(Clone, Debug)]
struct Cells<const BITS: u32> {
    /// By stage, route and outcome.
    cells: Vec<Cell<BITS>>,
}

/// Two lines of the cache, and one more for the value's bucket.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Cell<const BITS: u32> {
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
    #[expect(clippy::inline_always, reason = "the teller knows route and status")]
    #[inline(always)]
    pub(super) fn user(&mut self, route: Option<RouteClass>, status: Status, elapsed: Duration) {
        self.headlines.add((0, route, status), elapsed, Place::of(elapsed));
    }

    /// The last institution released the result.
    #[expect(clippy::inline_always, reason = "the teller knows route and status")]
    #[inline(always)]
    pub(super) fn system(
        &mut self,
        route: RouteClass,
        status: Status,
        elapsed: Duration,
        place: Place<10>,
    ) {
        self.headlines.add((1, Some(route), status), elapsed, place);
    }

    /// A request was answered.
    #[expect(clippy::inline_always, reason = "the teller knows route and status")]
    #[inline(always)]
    pub(super) fn exchange(
        &mut self,
        exchange: Exchange,
        route: RouteClass,
        status: Status,
        elapsed: Duration,
    ) {
        let key = (exchange as usize, Some(route), status);
        self.exchanges.add(key, elapsed, Place::of(elapsed));
    }

    /// The cells, in order of stage, route and outcome.
    pub(super) fn finish(self) -> Vec<LatencyCell> {
        let headlines = self.headlines.finish(&HEADLINES);
        let mut cells: Vec<_> = headlines.chain(self.exchanges.finish(&EXCHANGES)).collect();
        cells.sort_by(|a, b| (a.stage, &a.route, a.outcome).cmp(&(b.stage, &b.route, b.outcome)));
        cells
    }
}

impl<const BITS: u32> Cells<BITS> {
    fn new(stages: usize) -> Self {
        Self { cells: vec![Cell::new(); stages * ROUTES * OUTCOMES.len()] }
    }

    #[expect(clippy::inline_always, reason = "the teller knows route and status")]
    #[inline(always)]
    fn add(
        &mut self,
        (stage, route, status): (usize, Option<RouteClass>, Status),
        elapsed: Duration,
        place: Place<BITS>,
    ) {
        let route = route.map_or(NO_ROUTE, RouteClass::index);
        let key = (stage * ROUTES + route) * OUTCOMES.len() + outcome_index(status);
        self.cells[key].add(elapsed, place);
    }

    fn finish(self, stages: &[&'static str]) -> impl Iterator<Item = LatencyCell> {
        let held =
            self.cells.into_iter().enumerate().filter(|(_, cell)| cell.max_ns >= cell.min_ns);
        held.map(|(key, cell)| {
            let (rest, outcome) = (key / OUTCOMES.len(), key % OUTCOMES.len());
            let route = routes().find(|route| route.index() == rest % ROUTES);
            let outcome = route.map_or(UNREADABLE, |_| OUTCOMES[outcome]);
            let route = route.map_or_else(|| "none".to_owned(), RouteClass::name);
            cell.finish((stages[rest / ROUTES], route, outcome))
        })
    }
}

impl<const BITS: u32> Cell<BITS> {
    const fn new() -> Self {
        Self {
            sum_ns: 0,
            sum_sq_us2: 0,
            min_ns: u64::MAX,
            max_ns: 0,
            clamped: 0,
            buckets: Buckets::new(),
        }
    }

    #[inline]
    fn add(&mut self, elapsed: Duration, place: Place<BITS>) {
        let nanos = elapsed.nanos();
        let usual = (self.min_ns..=self.max_ns).contains(&nanos) && nanos <= SHORT_NS;
        if !usual || !self.buckets.reaches(place) {
            return self.add_unusual(elapsed, place);
        }
        self.sum_ns += u128::from(nanos);
        self.sum_sq_us2 += u128::from(nanos * nanos / 1_000_000);
        self.buckets.add(place);
    }

    /// A value that changes an extreme, opens an octave or has a square above 64 bits.
    #[cold]
    #[inline(never)]
    fn add_unusual(&mut self, elapsed: Duration, place: Place<BITS>) {
        let nanos = elapsed.nanos();
        self.sum_ns += u128::from(nanos);
        self.sum_sq_us2 += square_us2(nanos);
        self.min_ns = self.min_ns.min(nanos);
        self.max_ns = self.max_ns.max(nanos);
        self.clamped += u64::from(elapsed.micros_rounded() > MAX_US);
        self.buckets.add(place);
    }

    fn finish(self, (stage, route, outcome): (&'static str, String, &'static str)) -> LatencyCell {
        let mut values = histogram();
        self.buckets.pour(&mut values);
        LatencyCell {
            stage,
            route,
            outcome,
            histogram: values,
            count: self.buckets.total(),
            sum_ns: self.sum_ns,
            sum_sq_us2: self.sum_sq_us2,
            min_ns: self.min_ns,
            max_ns: self.max_ns,
            clamped: self.clamped,
        }
    }
}

/// All that an index may stand for.
fn routes() -> impl Iterator<Item = RouteClass> {
    use Topology::{Background, Bilateral, OnUs, OneHub, TwoHubs};
    let topologies = [OnUs, Bilateral, OneHub, TwoHubs, Background].into_iter();
    let pairs = topologies
        .flat_map(|topology| [Funding::Balance, Funding::Bank].map(|funding| (topology, funding)));
    pairs.flat_map(|(topology, funding)| {
        Mode::ALL.map(|mode| RouteClass { topology, funding, mode })
    })
}

#[inline]
fn outcome_index(status: Status) -> usize {
    match status {
        Status::Accepted => 0,
        Status::Rejected(reason) => declined_index(reason),
    }
}

/// Not inlined: a branch that is seldom taken is cheaper than a table.
#[cold]
#[inline(never)]
fn declined_index(reason: Reason) -> usize {
    1 + usize::from(reason.is_technical())
}

/// `nanos²` in square microseconds, rounded down, without a division of 128 bits where it fits.
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
