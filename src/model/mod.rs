//! The payment world: what institutions do with messages, and the facts that come of it.
//!
//! Invariant: a handler changes its own institution's state only; others learn by message.
//! Never: histograms, file formats, threads, a wall clock.

pub mod fact;
pub mod itinerary;
pub mod route;

mod acts;
mod book;
mod class;
mod clearing;
mod compile;
mod context;
mod dossier;
mod fees;
mod institution;
mod limits;
mod message;
mod outages;
mod population;
mod recovery;
mod replay;
mod screening;
mod settlement;
mod source;
mod undo;
mod world;

pub use compile::{Leg, Model, Payment, RouteLegs, RunSize, StationLoad};

use crate::units::{Duration, Instant};
use fact::Observer;
use world::World;

/// How a run is carried out. Nothing here changes a single fact.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunOptions {
    /// Serve every station with explicit start and end events.
    pub evented: bool,
    /// Process the entities of each window in an order drawn from this number.
    pub permute: Option<u64>,
}

/// Hears how a run gets on, and may stop it.
pub trait Watch {
    /// Called now and then; `false` stops the run at this instant.
    fn go_on(&mut self, now: Instant, events: u64) -> bool;
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// The last simulated instant.
    pub at: Instant,
    /// Events handled.
    pub events: u64,
    /// Whether the watch stopped it.
    pub stopped: bool,
}

/// Events between two calls of the watch.
const WATCH_EVERY: u64 = 1 << 16;

/// Runs one replication to its end and tells every fact to the observer. Pure: no output, no
/// clock, and no input but the log that the scenario replays.
///
/// Demand goes on for the scenario's drain after the horizon. Then payments under way are followed
/// for at most the drain again, and a closing cut-off nets and settles what was cleared.
///
/// # Errors
/// Only a replay log can fail while it streams: the message names file and line.
pub fn run<O: Observer, W: Watch>(
    model: &Model,
    replication: u32,
    options: RunOptions,
    observer: &mut O,
    watch: &mut W,
) -> Result<RunEnd, String> {
    let mut world = World::new(model, replication, options, observer);
    let mut end = RunEnd { at: Instant::EPOCH, events: 0, stopped: false };
    world.open();
    let mut ending = Ending::new(model);
    while let Some(event) = world.next() {
        if ending.check_at <= event.at {
            ending.check(&mut world, event.at);
        }
        if world.is_over(&event) {
            continue;
        }
        end.at = event.at;
        end.events += 1;
        if end.events.is_multiple_of(WATCH_EVERY) {
            end.stopped = !watch.go_on(event.at, end.events);
            if end.stopped || world.has_failed() {
                break;
            }
        }
        world.handle(event);
    }
    if let Some(failure) = world.failure() {
        return Err(failure);
    }
    assert!(world.books_balance(), "a book is out of balance: this is a bug");
    assert!(end.stopped || world.files_are_read(), "a clearing file is kept: this is a bug");
    Ok(end)
}

/// Decides when the run closes: once nothing is under way after demand has stopped.
///
/// It looks at fixed instants, which have an event of their own, and only before the first event of
/// that instant's window: what was done until then is the same in any order of the entities and
/// with any kind of station.
struct Ending {
    window: u64,
    /// When to look next, and the start of its window.
    look: u64,
    check_at: Instant,
    /// When demand stops, and when the run is closed at the latest.
    stops: Instant,
    last: Instant,
}

impl Ending {
    fn new(model: &Model) -> Self {
        let window = model.window().nanos();
        let (stops, last) = (model.scenario.demand_stops(), model.scenario.closes_by());
        let look = stops.nanos();
        let check_at = Instant::from_nanos(look / window * window);
        Self { window, look, check_at, stops, last }
    }

    fn check<O: Observer>(&mut self, world: &mut World<'_, O>, first: Instant) {
        let boundary = self.check_at + Duration::from_nanos(self.window);
        assert!(first < boundary, "every look has an event in its own window");
        // Before the window in which demand stops is over, intentions may still arise.
        let stopped = self.stops <= self.check_at;
        if (stopped && world.open_attempts() == 0) || self.last <= boundary {
            world.close(boundary);
            self.check_at = Instant::NEVER;
            return;
        }
        while self.look < boundary.nanos() {
            self.look += world::LOOK_EVERY;
        }
        self.check_at = Instant::from_nanos(self.look / self.window * self.window);
    }
}
