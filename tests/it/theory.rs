//! Queueing theory, in short: three textbook queues to a few per cent. `tests/heavy` compares
//! seventeen and a tandem, to 1 or 2 %.
//!
//! Seeds were written down before the first run and never change.

use crate::queueing::oracle::Service;
use crate::queueing::verdict::{Check, table};
use crate::queueing::world::{Fault, Length, Line, checks, estimates};

/// Fixed before the first run; the n-th world adds n.
const SEED: u64 = 20_251_209;
const REPLICATIONS: u32 = 20;
/// Customers that one replication counts.
const CUSTOMERS: f64 = 50_000.0;
/// Widest half of an interval, as a share of the value.
const PRECISION: f64 = 0.05;
/// Checks in all: four a queue, and one more with a limit.
const FAMILY: usize = 13;

fn sets() -> [(&'static str, Line); 3] {
    let limited = Line { queue_limit: Some(5), ..Line::new(1, 0.9) };
    let constant = Line { service: Service::Constant, ..Line::new(1, 0.7) };
    [("M/M/2 0.6", Line::new(2, 0.6)), ("M/D/1 0.7", constant), ("M/M/1/6 0.9", limited)]
}

/// The checks of one set, with a fault or without.
fn measured(set: usize, fault: Fault) -> Vec<Check> {
    let (name, line) = sets()[set];
    let length = Length { seed: SEED + set as u64, customers: CUSTOMERS };
    let estimates = estimates(&line, (length, REPLICATIONS), fault);
    let mut checks = checks(name, &line, &estimates);
    for check in &mut checks {
        check.precision = PRECISION;
    }
    checks
}

fn holds(check: &Check) -> bool {
    let verdict = check.judge(FAMILY);
    verdict.agrees && verdict.precise
}

#[test]
fn one_wallet_with_one_station_is_a_textbook_queue() {
    let all: Vec<Check> = (0..3).flat_map(|set| measured(set, Fault::None)).collect();
    assert_eq!(all.len(), FAMILY);
    assert!(all.iter().all(holds), "seed {SEED}\n{}", table(&all, FAMILY));
}

#[test]
fn the_same_checks_reject_slow_services_more_servers_another_order_and_more_room() {
    let faults = [
        (0, Fault::MoreServers),
        (1, Fault::SlowService),
        (0, Fault::LastComeFirst),
        (2, Fault::MoreRoom),
    ];
    for (set, fault) in faults {
        let checks = measured(set, fault);
        assert!(!checks.iter().all(|check| check.judge(FAMILY).agrees), "{fault:?} passes");
    }
}
