//! Stations: computed and evented agree, and both are the queue of the textbooks.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small test values"
)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hutong::kernel::chance::Key;
use hutong::kernel::dist::Dist;
use hutong::kernel::outages::{Lost, Outages, Pace, Slow, Speed};
use hutong::kernel::sampler::Sampler;
use hutong::kernel::station::{Arrival, Computed, Evented, Visit};
use hutong::units::{Duration, Instant};
use proptest::prelude::*;

/// Runs an evented station over (gap, service) pairs; ends come before arrivals of their instant.
fn evented(station: Evented<usize>, customers: &[(u64, u64)]) -> Vec<Option<Visit>> {
    resumed(station, customers, &[])
}

/// The same, with instants in order at which outages end.
fn resumed(
    mut station: Evented<usize>,
    customers: &[(u64, u64)],
    resumes: &[Instant],
) -> Vec<Option<Visit>> {
    let mut resumes = resumes.iter().copied().peekable();
    let mut visits = vec![None; customers.len()];
    let mut ends: BinaryHeap<Reverse<(Instant, usize)>> = BinaryHeap::new();
    let mut now = Instant::EPOCH;
    let mut arrivals = customers.iter().enumerate().peekable();
    loop {
        let next = arrivals.peek().map(|(_, customer)| now + Duration::from_nanos(customer.0));
        let due = ends.peek().map(|&Reverse((end, _))| end);
        let soon = [due, next].into_iter().flatten().min();
        if let Some(at) = resumes.next_if(|at| soon.is_none_or(|soon| *at <= soon)) {
            while let Some((index, visit)) = station.resume(at) {
                visits[index] = Some(visit);
                ends.push(Reverse((at + visit.service, index)));
            }
            continue;
        }
        if let Some(end) = due.filter(|&end| next.is_none_or(|next| end <= next)) {
            ends.pop();
            if let Some((index, visit)) = station.end(end) {
                visits[index] = Some(visit);
                ends.push(Reverse((end + visit.service, index)));
            }
            continue;
        }
        let Some((index, &(gap, service))) = arrivals.next() else {
            assert_eq!((station.waiting(), station.busy()), (0, 0), "everybody leaves");
            return visits;
        };
        now = now + Duration::from_nanos(gap);
        match station.arrive(now, Duration::from_nanos(service), index) {
            Arrival::Starts(visit) => {
                visits[index] = Some(visit);
                ends.push(Reverse((now + visit.service, index)));
            }
            Arrival::Waits { ahead } => assert_eq!(ahead + 1, station.waiting()),
            Arrival::TurnedAway => {}
        }
    }
}

fn computed(mut station: Computed, customers: &[(u64, u64)]) -> Vec<Option<Visit>> {
    let mut now = Instant::EPOCH;
    let mut visit = |&(gap, service)| {
        now = now + Duration::from_nanos(gap);
        station.arrive(now, Duration::from_nanos(service))
    };
    customers.iter().map(&mut visit).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_computed_station_is_the_evented_one(
        servers in 1u32..=40,
        limit in prop::option::of(0u32..12),
        load in 1u64..4,
        // Small whole numbers: many arrivals and ends share an instant.
        customers in prop::collection::vec((0u64..4, 0u64..8), 1..400),
    ) {
        let customers: Vec<(u64, u64)> = customers
            .into_iter()
            .map(|(gap, service)| (gap, service * load * u64::from(servers) / 4))
            .collect();
        prop_assert_eq!(
            computed(Computed::new(servers, limit), &customers),
            evented(Evented::new(servers, limit, false), &customers)
        );
    }
}

/// Outages as (gap, length, kind): stalls, degradations and lost servers, which may overlap.
fn outages(written: &[(u64, u64, u32)]) -> (Outages, Vec<Instant>) {
    let (mut slow, mut lost, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    let mut from = Instant::EPOCH;
    for &(gap, length, kind) in written {
        from = from + Duration::from_nanos(gap);
        let until = from + Duration::from_nanos(length);
        match kind {
            0 => slow.push(Slow { from, until, speed: Speed::Stalled }),
            1 => slow.push(Slow { from, until, speed: Speed::Slowed(2_700_000) }),
            servers => lost.push(Lost { from, until, servers: servers - 1 }),
        }
        ends.push(until);
    }
    ends.sort_unstable();
    (Outages { pace: Pace::new(&slow), lost }, ends)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_computed_station_with_outages_is_the_evented_one(
        servers in 1u32..=9,
        limit in prop::option::of(0u32..12),
        customers in prop::collection::vec((0u64..6, 0u64..30), 1..200),
        written in prop::collection::vec((0u64..60, 1u64..60, 0u32..8), 1..9),
    ) {
        let (outages, ends) = outages(&written);
        let with = Computed::new(servers, limit).with_outages(outages.clone());
        let visits = computed(with, &customers);
        let mut now = Instant::EPOCH;
        for (visit, (gap, _)) in visits.iter().zip(&customers) {
            now = now + Duration::from_nanos(*gap);
            let Some(visit) = visit else { continue };
            let start = now + visit.wait;
            prop_assert!(outages.pace.speed(start) != Some(Speed::Stalled));
            // Each service ends after work that it found, to the nanosecond.
            let end = start + visit.service;
            let before = Instant::from_nanos(end.nanos().max(1) - 1);
            prop_assert!(end == start || outages.pace.speed(before) != Some(Speed::Stalled));
        }
        let with = Evented::new(servers, limit, false).with_outages(outages);
        prop_assert_eq!(visits, resumed(with, &customers, &ends));
    }
}

#[test]
fn a_stall_makes_the_served_and_the_waiting_wait_and_a_degradation_slows_them() {
    let visit = |ahead, wait, service| {
        let (wait, service) = (Duration::from_nanos(wait), Duration::from_nanos(service));
        Some(Visit { ahead, wait, service })
    };
    // Work stops over [5, 15) and takes twice as long over [20, 30).
    let slow = |from, until, speed| Slow {
        from: Instant::from_nanos(from),
        until: Instant::from_nanos(until),
        speed,
    };
    let times = [slow(20, 30, Speed::Slowed(2_000_000)), slow(5, 15, Speed::Stalled)];
    let outages = Outages { pace: Pace::new(&times), lost: Vec::new() };
    let station = Computed::new(1, None).with_outages(outages);
    let customers = [(0, 8), (2, 2), (4, 3), (24, 1)];
    let expected = [visit(0, 0, 18), visit(0, 16, 2), visit(1, 14, 6), visit(0, 0, 1)];
    assert_eq!(computed(station, &customers), expected);
}

#[test]
fn lost_servers_finish_what_they_serve_and_come_back() {
    let at = Instant::from_nanos;
    let lost = vec![Lost { from: at(5), until: at(20), servers: 1 }];
    let outages = Outages { pace: Pace::default(), lost };
    let station = Computed::new(2, None).with_outages(outages);
    // Both are busy as one is lost: the first to be done, at 8, takes nobody before 20.
    let customers = [(0, 8), (0, 10), (6, 20), (0, 4)];
    let waits: Vec<u64> =
        computed(station, &customers).iter().flatten().map(|visit| visit.wait.nanos()).collect();
    assert_eq!(waits, [0, 0, 4, 14]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_large_computed_station_is_the_evented_one_at_any_scale_of_time(
        servers in 60u32..=200,
        gap in 0u32..40,
        seed in any::<u64>(),
    ) {
        // Services of all sizes, from far shorter to far longer than the servers can keep up with.
        let mut draws = Key::new(seed).draws();
        let mut customer = || {
            let bits = draws.next_bits();
            (bits % (1 << gap), (bits >> 20) % (1 << (gap + (bits >> 60) as u32 % 12)))
        };
        let customers: Vec<_> = (0..4_000).map(|_| customer()).collect();
        prop_assert_eq!(
            computed(Computed::new(servers, None), &customers),
            evented(Evented::new(servers, None, false), &customers)
        );
    }
}

#[test]
fn computed_and_evented_agree_on_a_long_run_at_every_size() {
    let exponential = Sampler::new(&Dist::Exponential { mean: 1e6 });
    for servers in [1, 2, 3, 8, 24, 40, 64, 65, 300] {
        for limit in [None, Some(0), Some(5)] {
            let customers: Vec<(u64, u64)> = Key::new(7)
                .with(servers)
                .draws()
                .take(30_000)
                .map(|bits| {
                    let gap = exponential.from_half(bits, false) * 10 / (9 * servers);
                    (gap, exponential.from_half(bits, true))
                })
                .collect();
            let servers = u32::try_from(servers).expect("few servers");
            let visits = computed(Computed::new(servers, limit), &customers);
            let waited = |visit: &&Option<Visit>| visit.is_some_and(|visit| visit.ahead > 0);
            assert!(
                limit.is_some() || servers > 40 || visits.iter().filter(waited).count() > 1_000
            );
            assert_eq!(
                visits,
                evented(Evented::new(servers, limit, false), &customers),
                "{servers} servers, limit {limit:?}"
            );
        }
    }
}

#[test]
fn a_place_and_a_server_freed_at_an_instant_are_free_for_an_arrival_at_it() {
    let customers = [(0, 10), (0, 10), (0, 10), (10, 10), (0, 10), (30, 1)];
    let visit = |ahead, wait, service| {
        let (wait, service) = (Duration::from_nanos(wait), Duration::from_nanos(service));
        Some(Visit { ahead, wait, service })
    };
    // At 10 the first leaves, the second starts, and its place is free for the fourth.
    let expected =
        [visit(0, 0, 10), visit(0, 10, 10), None, visit(0, 10, 10), None, visit(0, 0, 1)];
    assert_eq!(computed(Computed::new(1, Some(1)), &customers), expected);
    assert_eq!(evented(Evented::new(1, Some(1), false), &customers), expected);
}

#[test]
fn last_come_first_served_takes_the_last() {
    let customers = [(0, 10), (1, 10), (1, 10), (1, 10)];
    let visits = evented(Evented::new(1, None, true), &customers);
    let waits: Vec<u64> = visits.iter().flatten().map(|visit| visit.wait.nanos()).collect();
    assert_eq!(waits, [0, 29, 18, 7]);
    let ahead: Vec<u32> = visits.iter().flatten().map(|visit| visit.ahead).collect();
    assert_eq!(ahead, [0, 0, 1, 2], "as on arrival");
}

/// Mean wait of those served, in units of the mean service, and the share turned away.
fn poisson_station(servers: u32, limit: Option<u32>, load: f64, count: u64) -> (f64, f64) {
    const SERVICE: f64 = 1e6;
    let service = Sampler::new(&Dist::Exponential { mean: SERVICE });
    let gap = Sampler::new(&Dist::Exponential { mean: SERVICE / load });
    let mut station = Computed::new(servers, limit);
    let (mut now, mut waited, mut served) = (Instant::EPOCH, 0, 0u64);
    for bits in Key::new(2_025).draws().take(usize::try_from(count).expect("fits")) {
        now = now + Duration::from_nanos(gap.from_half(bits, true));
        let service = Duration::from_nanos(service.from_half(bits, false));
        if let Some(visit) = station.arrive(now, service) {
            waited += visit.wait.nanos();
            served += 1;
        }
    }
    (waited as f64 / served as f64 / SERVICE, (count - served) as f64 / count as f64)
}

#[test]
fn one_server_has_the_mean_wait_of_m_m_1() {
    let (wait, lost) = poisson_station(1, None, 0.8, 4_000_000);
    assert!((wait / 4.0 - 1.0).abs() < 0.02, "mean wait {wait}, in theory 4");
    assert!(lost.abs() < f64::EPSILON);
}

#[test]
fn servers_without_a_queue_lose_what_erlang_says() {
    for servers in [5, 30] {
        let load = f64::from(servers) * 0.9;
        let (wait, lost) = poisson_station(servers, Some(0), load, 1_000_000);
        let step = |blocked: f64, n: u32| load * blocked / (f64::from(n) + load * blocked);
        let erlang = (1..=servers).fold(1.0, step);
        assert!((lost / erlang - 1.0).abs() < 0.02, "{lost}, in theory {erlang}");
        assert!(wait.abs() < f64::EPSILON);
    }
}

#[test]
fn one_server_with_a_full_queue_turns_away_what_m_m_1_k_says() {
    // Four waiting and one served: K = 5.
    let rho: f64 = 0.9;
    let (_, lost) = poisson_station(1, Some(4), rho, 2_000_000);
    let theory = (1.0 - rho) * rho.powi(5) / (1.0 - rho.powi(6));
    assert!((lost / theory - 1.0).abs() < 0.02, "{lost}, in theory {theory}");
}

#[test]
fn the_last_to_come_takes_a_nanosecond_at_least() {
    let mut station = Evented::new(1, None, true);
    let second = Duration::from_secs(1);
    assert!(matches!(station.arrive(Instant::EPOCH, second, 0), Arrival::Starts(_)));
    for customer in 1..=100 {
        let arrival = station.arrive(Instant::EPOCH, Duration::ZERO, customer);
        assert_eq!(arrival, Arrival::Waits { ahead: customer - 1 });
    }
    let mut now = Instant::EPOCH + second;
    while let Some((_, visit)) = station.end(now) {
        assert_eq!(visit.service, Duration::from_nanos(1));
        now = now + visit.service;
    }
    assert_eq!(now, Instant::EPOCH + second + Duration::from_nanos(100));
}
