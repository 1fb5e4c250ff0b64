//! Stations: servers, a queue and a limit, computed at arrival or run event by event.
//!
//! Invariant: both kinds give the same visits for first come, first served; a place or a server
//! freed at t is free for an arrival at t. While no work is done, whoever arrives waits.
//! Never: who the customers are, or how long their service takes: that is an argument.

use std::collections::VecDeque;

use super::free_times::FreeTimes;
use super::outages::{Outages, Speed};
use crate::units::{Duration, Instant};

/// What happened to a customer that was not turned away; it leaves at arrival + wait + service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// How many were waiting when it arrived.
    pub ahead: u32,
    /// Waiting time.
    pub wait: Duration,
    /// Service time; it goes on over a time at which no work is done.
    pub service: Duration,
}

/// First come, first served, with every departure known at arrival (Kiefer and Wolfowitz 1955).
pub struct Computed {
    free: FreeTimes,
    queue_limit: Option<u32>,
    /// When those that wait will start; rising.
    starts: VecDeque<Instant>,
    /// Where something ever happens; and how many times of lost servers are behind us.
    outages: Option<Box<(Outages, usize)>>,
}

impl Computed {
    /// `servers` idle servers; at most `queue_limit` customers wait (`None`: any number).
    pub fn new(servers: u32, queue_limit: Option<u32>) -> Self {
        assert!(servers > 0, "a station has a server");
        let free = FreeTimes::new(servers);
        Self { free, queue_limit, starts: VecDeque::new(), outages: None }
    }

    /// The same station with outages.
    #[must_use]
    pub fn with_outages(mut self, outages: Outages) -> Self {
        self.outages = (!outages.is_empty()).then(|| Box::new((outages, 0)));
        self
    }

    /// A customer arrives; arrivals come in order of time. `None`: turned away, for all servers
    /// are busy and the queue is full.
    #[inline]
    pub fn arrive(&mut self, now: Instant, service: Duration) -> Option<Visit> {
        if let Some(limit) = self.queue_limit
            && now < self.earliest(now)
            && limit <= self.waiting(now)
        {
            return None;
        }
        Some(self.admit(now, service))
    }

    /// When a server is there for one that arrives now, or earlier.
    #[inline]
    fn earliest(&mut self, now: Instant) -> Instant {
        if self.outages.is_some() { self.earliest_working(now) } else { self.free.earliest() }
    }

    /// As `earliest`, and at work. Servers lost by then are those that are free first from the
    /// beginning of their time on: nobody starts any more before it.
    #[cold]
    fn earliest_working(&mut self, now: Instant) -> Instant {
        let (outages, behind) = self.outages.as_deref_mut().expect("asked for outages only");
        loop {
            let start = outages.pace.begin(self.free.earliest().max(now));
            let Some(lost) = outages.lost.get(*behind).filter(|lost| lost.from <= start) else {
                return start;
            };
            for _ in 0..lost.servers {
                self.free.occupy(self.free.earliest().max(lost.until));
            }
            *behind += 1;
        }
    }

    /// When a service that starts at `start` ends.
    #[inline]
    fn end(&self, start: Instant, service: Duration) -> Instant {
        match &self.outages {
            None => start + service,
            Some(outages) => outages.0.pace.end(start, service),
        }
    }

    /// A customer arrives who is never turned away, however long the queue.
    #[inline]
    pub fn admit(&mut self, now: Instant, service: Duration) -> Visit {
        let free = self.earliest(now);
        if free <= now {
            // All that waited have started.
            let end = self.end(now, service);
            self.free.occupy(end);
            return Visit { ahead: 0, wait: Duration::ZERO, service: end.since(now) };
        }
        let ahead = self.wait(now, free);
        let end = self.end(free, service);
        self.free.occupy(end);
        Visit { ahead, wait: free.since(now), service: end.since(free) }
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
    outages: Option<Box<Outages>>,
}

impl<P: Copy> Evented<P> {
    /// `servers` idle servers; at most `queue_limit` customers wait (`None`: any number), and the
    /// next in line is the first or the last that came.
    pub fn new(servers: u32, queue_limit: Option<u32>, last_come_first: bool) -> Self {
        assert!(servers > 0, "a station has a server");
        let queue = VecDeque::new();
        Self { servers, queue_limit, last_come_first, busy: 0, queue, outages: None }
    }

    /// The same station with outages; whoever runs it resumes it at the end of each.
    #[must_use]
    pub fn with_outages(mut self, outages: Outages) -> Self {
        self.outages = (!outages.is_empty()).then(|| Box::new(outages));
        self
    }

    /// Whether a server may start now.
    fn has_server(&self, now: Instant) -> bool {
        let Some(outages) = &self.outages else { return self.busy < self.servers };
        let works = outages.pace.speed(now) != Some(Speed::Stalled);
        works && self.busy.saturating_add(outages.lost_at(now)) < self.servers
    }

    /// The service that starts now.
    fn begin(&mut self, now: Instant, one: Waiting<P>) -> (P, Visit) {
        self.busy += 1;
        let service = match &self.outages {
            None => one.service,
            Some(outages) => outages.pace.end(now, one.service).since(now),
        };
        (one.payload, Visit { ahead: one.ahead, wait: now.since(one.arrived), service })
    }

    /// A customer arrives.
    pub fn arrive(&mut self, now: Instant, service: Duration, payload: P) -> Arrival {
        let full = self.queue_limit.is_some_and(|limit| limit <= self.waiting());
        if full && !self.has_server(now) {
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
        let one = Waiting { arrived: now, service, ahead, payload };
        if self.has_server(now) {
            return Arrival::Starts(self.begin(now, one).1);
        }
        self.queue.push_back(one);
        Arrival::Waits { ahead }
    }

    /// A service ends: the next in line starts now. `None`: nobody starts, the server is idle.
    pub fn end(&mut self, now: Instant) -> Option<(P, Visit)> {
        self.busy = self.busy.checked_sub(1).expect("a service ends only once");
        self.resume(now)
    }

    /// The next in line starts now, if anybody waits and a server may start.
    pub fn resume(&mut self, now: Instant) -> Option<(P, Visit)> {
        if !self.has_server(now) {
            return None;
        }
        let next =
            if self.last_come_first { self.queue.pop_back() } else { self.queue.pop_front() };
        next.map(|next| self.begin(now, next))
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
