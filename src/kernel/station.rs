//! Stations: servers, a queue and a limit, computed at arrival or run event by event.
//!
//! Invariant: both kinds give the same visits for first come, first served; a place or a server
//! freed at t is free for an arrival at t.
//! Never: who the customers are, or how long their service takes: that is an argument.

use std::collections::VecDeque;

use super::free_times::FreeTimes;
use crate::units::{Duration, Instant};

/// What happened to a customer that was not turned away; it leaves at arrival + wait + service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// How many were waiting when it arrived.
    pub ahead: u32,
    /// Waiting time.
    pub wait: Duration,
    /// Service time.
    pub service: Duration,
}

/// First come, first served, with every departure known at arrival (Kiefer and Wolfowitz 1955).
pub struct Computed {
    free: FreeTimes,
    queue_limit: Option<u32>,
    /// When those that wait will start; rising.
    starts: VecDeque<Instant>,
}

impl Computed {
    /// `servers` idle servers; at most `queue_limit` customers wait (`None`: any number).
    pub fn new(servers: u32, queue_limit: Option<u32>) -> Self {
        assert!(servers > 0, "a station has a server");
        Self { free: FreeTimes::new(servers), queue_limit, starts: VecDeque::new() }
    }

    /// A customer arrives; arrivals come in order of time. `None`: turned away, for all servers
    /// are busy and the queue is full.
    #[inline]
    pub fn arrive(&mut self, now: Instant, service: Duration) -> Option<Visit> {
        if let Some(limit) = self.queue_limit
            && now < self.free.earliest()
            && limit <= self.waiting(now)
        {
            return None;
        }
        Some(self.admit(now, service))
    }

    /// A customer arrives who is never turned away, however long the queue.
    #[inline]
    pub fn admit(&mut self, now: Instant, service: Duration) -> Visit {
        let free = self.free.earliest();
        if free <= now {
            // All that waited have started.
            self.free.occupy(now + service);
            return Visit { ahead: 0, wait: Duration::ZERO, service };
        }
        let ahead = self.wait(now, free);
        self.free.occupy(free + service);
        Visit { ahead, wait: free.since(now), service }
    }

    /// A customer waits from `now` to `start`; returns how many are ahead.
    #[inline(never)]
    fn wait(&mut self, now: Instant, start: Instant) -> u32 {
        let ahead = self.waiting(now);
        self.starts.push_back(start);
        ahead
    }

    /// How many are waiting at `now`, which must not go back in time.
    #[inline]
    pub fn waiting(&mut self, now: Instant) -> u32 {
        while let Some(&start) = self.starts.front()
            && start <= now
        {
            self.starts.pop_front();
        }
        count(self.starts.len())
    }
}

/// What becomes of an arrival at an evented station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Service starts at once; its end is an event at now + service.
    Starts(Visit),
    /// It waits; [`Evented::end`] hands it back when it starts.
    Waits {
        /// How many were waiting when it arrived.
        ahead: u32,
    },
    /// All servers are busy and the queue is full.
    TurnedAway,
}

#[derive(Clone, Copy)]
struct Waiting<P> {
    arrived: Instant,
    service: Duration,
    ahead: u32,
    payload: P,
}

/// A station run event by event: every end of service is reported to it.
pub struct Evented<P: Copy> {
    servers: u32,
    queue_limit: Option<u32>,
    last_come_first: bool,
    busy: u32,
    /// In order of arrival.
    queue: VecDeque<Waiting<P>>,
}

impl<P: Copy> Evented<P> {
    /// `servers` idle servers; at most `queue_limit` customers wait (`None`: any number), and the
    /// next in line is the first or the last that came.
    pub fn new(servers: u32, queue_limit: Option<u32>, last_come_first: bool) -> Self {
        assert!(servers > 0, "a station has a server");
        Self { servers, queue_limit, last_come_first, busy: 0, queue: VecDeque::new() }
    }

    /// A customer arrives.
    pub fn arrive(&mut self, now: Instant, service: Duration, payload: P) -> Arrival {
        let full = self.queue_limit.is_some_and(|limit| limit <= self.waiting());
        if full && self.busy == self.servers {
            return Arrival::TurnedAway;
        }
        self.admit(now, service, payload)
    }

    /// A customer arrives who is never turned away, however long the queue. Where the last comes
    /// first, a service takes a nanosecond at least: a queue of services of no length would else
    /// need a step of its own instant for each.
    pub fn admit(&mut self, now: Instant, service: Duration, payload: P) -> Arrival {
        let least = Duration::from_nanos(u64::from(self.last_come_first));
        let service = service.max(least);
        let ahead = self.waiting();
        if self.busy < self.servers {
            self.busy += 1;
            return Arrival::Starts(Visit { ahead, wait: Duration::ZERO, service });
        }
        self.queue.push_back(Waiting { arrived: now, service, ahead, payload });
        Arrival::Waits { ahead }
    }

    /// A service ends: the next in line starts now. `None`: nobody waits, the server is idle.
    pub fn end(&mut self, now: Instant) -> Option<(P, Visit)> {
        let next =
            if self.last_come_first { self.queue.pop_back() } else { self.queue.pop_front() };
        let Some(next) = next else {
            self.busy = self.busy.checked_sub(1).expect("a service ends only once");
            return None;
        };
        let wait = now.since(next.arrived);
        Some((next.payload, Visit { ahead: next.ahead, wait, service: next.service }))
    }

    /// How many are waiting.
    pub fn waiting(&self) -> u32 {
        count(self.queue.len())
    }

    /// How many servers are busy.
    pub fn busy(&self) -> u32 {
        self.busy
    }
}

fn count(waiting: usize) -> u32 {
    u32::try_from(waiting).expect("more than 2^32 customers wait")
}
