//! Queueing theory, at length: seventeen textbook queues, to 1 or 2 %.
//!
//! The family-wise error over all checks is 1 %. Seeds were written down before the first run and
//! never change: a check that fails has found a mistake. Each replication starts empty and leaves
//! out twenty relaxation times.

use crate::queueing::oracle::Service::{Constant, LogNormal, Uniform};
use crate::queueing::verdict::{Check, table};
use crate::queueing::world::{Fault, Length, Line, checks, estimates};

/// Fixed before the first run; the n-th world adds n.
pub(crate) const SEED: u64 = 20_251_109;
/// Independent replications of each world.
pub(crate) const REPLICATIONS: u32 = 40;

/// A textbook queue and the customers, in millions, that one replication counts: as many as the
/// narrowest interval asks for.
struct Set(&'static str, Line, f64);

fn sets() -> Vec<Set> {
    let line = Line::new;
    let room = |servers, rho, room| Line { queue_limit: Some(room), ..line(servers, rho) };
    let serve = |service, rho| Line { service, ..line(1, rho) };
    vec![
        Set("M/M/1 0.5", line(1, 0.5), 0.5),
        Set("M/M/1 0.7", line(1, 0.7), 1.0),
        Set("M/M/1 0.8", line(1, 0.8), 1.4),
        Set("M/M/1 0.9", line(1, 0.9), 3.5),
        Set("M/M/1 0.95", line(1, 0.95), 14.0),
        Set("M/M/4 0.8", line(4, 0.8), 2.0),
        Set("M/M/20 0.9", line(20, 0.9), 4.5),
        Set("M/M/100 0.9", line(100, 0.9), 8.0),
        Set("M/D/1 0.6", serve(Constant, 0.6), 0.5),
        Set("M/D/1 0.8", serve(Constant, 0.8), 0.8),
        Set("M/D/1 0.9", serve(Constant, 0.9), 1.8),
        Set("M/G/1 uniform 0.7", serve(Uniform, 0.7), 0.5),
        Set("M/G/1 log-normal 0.6 0.8", serve(LogNormal(0.6), 0.8), 1.3),
        Set("M/G/1 log-normal 1.5 0.6", serve(LogNormal(1.5), 0.6), 1.8),
        Set("M/M/1/6 0.9", room(1, 0.9, 5), 0.5),
        Set("M/M/4/10 0.95", room(4, 0.95, 6), 0.6),
        Set("M/M/16/24 1.0", room(16, 1.0, 8), 1.0),
    ]
}

/// Checks in all: four a queue, one more with a limit, and as much error as six for the tandem.
pub(crate) const FAMILY: usize = 17 * 4 + 3 + 6;

/// The length and the seed of a set.
pub(crate) fn millions(set: usize, customers: f64) -> Length {
    Length { seed: SEED + set as u64, customers: customers * 1e6 }
}

/// Fails with the whole table unless theory lies within every interval and each is narrow enough.
pub(crate) fn assert_all(checks: &[Check], family: usize) {
    let holds = |check: &Check| {
        let verdict = check.judge(family);
        verdict.agrees && verdict.precise
    };
    let table = table(checks, family);
    eprintln!("{table}");
    assert!(checks.iter().all(holds), "seed {SEED}\n{table}");
}

#[test]
fn one_wallet_with_one_station_is_every_textbook_queue() {
    let measure = |(number, set): (usize, &Set)| {
        let Set(name, line, customers) = set;
        let measured = estimates(line, (millions(number, *customers), REPLICATIONS), Fault::None);
        checks(name, line, &measured)
    };
    let all: Vec<Check> = sets().iter().enumerate().flat_map(measure).collect();
    assert_eq!(all.len() + 6, FAMILY);
    assert_all(&all, FAMILY);
}

/// The checks of one queue with a fault, in a quarter of its length; which of them are rejected.
fn rejected(set: usize, fault: Fault) -> Vec<bool> {
    let Set(name, line, customers) = sets().swap_remove(set);
    let measured = estimates(&line, (millions(200 + set, customers / 4.0), REPLICATIONS), fault);
    let checks = checks(name, &line, &measured);
    eprintln!("{fault:?}\n{}", table(&checks, FAMILY));
    checks.iter().map(|check| !check.judge(FAMILY).agrees).collect()
}

#[test]
fn services_three_per_cent_too_long_are_rejected() {
    assert!(rejected(2, Fault::SlowService).contains(&true));
}

#[test]
fn one_server_too_many_is_rejected() {
    assert!(rejected(5, Fault::MoreServers).contains(&true));
}

#[test]
fn last_come_first_served_is_rejected_by_its_quantiles_alone() {
    assert_eq!(rejected(2, Fault::LastComeFirst), [false, false, true, true]);
}

#[test]
fn a_queue_limit_off_by_one_is_rejected() {
    assert!(rejected(16, Fault::MoreRoom).contains(&true));
}
