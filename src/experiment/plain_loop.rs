//! The plain loop: what a competent afternoon writes for the canonical workload, to measure by.
//!
//! One binary heap of events, one small generator, `rand_distr` for the same distributions,
//! stations as heaps of free times, and a sum of latencies. No books, no facts, no recorders, no
//! audit, no keys: it is what the engine's features are priced against.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp, LogNormal};

use crate::kernel::dist::Dist;
use crate::scenario::{Role, Scenario};

/// What the plain loop did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlainRun {
    /// Payments answered.
    pub payments: u64,
    /// Events handled: arrival, nine visits and the result of each payment.
    pub events: u64,
    /// Mean time from first arrival to the last departure, in nanoseconds.
    pub mean_system_ns: f64,
}

/// The canonical workload's numbers.
struct Plain {
    gap: Exp<f64>,
    jitter: Exp<f64>,
    services: Vec<LogNormal<f64>>,
    /// Heaps of free times, one a station.
    free: Vec<BinaryHeap<Reverse<u64>>>,
    roles: [Vec<u32>; 4],
}

#[derive(Clone, Copy)]
struct Payment {
    /// Acquirer, hub, wallet, bank.
    parties: [u32; 4],
    entered: u64,
}

/// Acquirer, hub, wallet, hub, bank, hub, wallet, hub, acquirer: places in `Payment::parties`.
const ROUTE: [usize; 9] = [0, 1, 2, 1, 3, 1, 2, 1, 0];
const FLOOR: u64 = 2_000_000;

/// Runs the canonical workload for its horizon.
pub fn run(scenario: &Scenario) -> PlainRun {
    let mut plain = Plain::new(scenario);
    let mut random = SmallRng::seed_from_u64(scenario.seed);
    let mut events: BinaryHeap<Reverse<(u64, u64, u32, u8)>> = BinaryHeap::new();
    let mut payments: Vec<Payment> = Vec::new();
    let mut idle: Vec<u32> = Vec::new();
    let horizon = scenario.horizon.nanos();
    let (mut count, mut done, mut sum, mut number) = (0_u64, 0_u64, 0_u128, 0_u64);
    events.push(Reverse((0, 0, u32::MAX, 0)));
    while let Some(Reverse((now, _, slot, step))) = events.pop() {
        count += 1;
        if slot == u32::MAX {
            if now < horizon {
                let payment = plain.payment(&mut random);
                let slot = idle.pop().unwrap_or_else(|| {
                    payments.push(payment);
                    u32::try_from(payments.len() - 1).expect("few payments in flight")
                });
                payments[slot as usize] = payment;
                number += 2;
                events.push(Reverse((now + plain.hop(&mut random), number, slot, 0)));
                let next = now + whole(plain.gap.sample(&mut random));
                events.push(Reverse((next, number + 1, u32::MAX, 0)));
            }
            continue;
        }
        let payment = &mut payments[slot as usize];
        if usize::from(step) == ROUTE.len() {
            done += 1;
            idle.push(slot);
            continue;
        }
        if step == 0 {
            payment.entered = now;
        }
        let station = payment.parties[ROUTE[usize::from(step)]] as usize;
        let leaves = plain.visit(station, now, &mut random);
        if usize::from(step) + 1 == ROUTE.len() {
            sum += u128::from(leaves - payment.entered);
        }
        number += 1;
        events.push(Reverse((leaves + plain.hop(&mut random), number, slot, step + 1)));
    }
    PlainRun { payments: done, events: count, mean_system_ns: mean(sum, done) }
}

impl Plain {
    fn new(scenario: &Scenario) -> Self {
        let role = |role: Role| -> Vec<u32> {
            let all = scenario.institutions.iter().enumerate();
            let those = all.filter(|(_, at)| at.roles.has(role));
            those.map(|(index, _)| u32::try_from(index).expect("few institutions")).collect()
        };
        let service = |dist: &Dist| match dist {
            Dist::LogNormal { median, sigma } => {
                LogNormal::new(libm::log(*median), *sigma).expect("a log-normal service")
            }
            _ => LogNormal::new(0.0, 0.0).expect("the settlement bank serves nobody here"),
        };
        let rate = scenario.consumers[0].arrivals[0].per_second;
        Self {
            gap: Exp::new(rate / 1e9).expect("a rate"),
            jitter: Exp::new(1e-6).expect("a rate"),
            services: scenario.institutions.iter().map(|at| service(&at.station.service)).collect(),
            free: scenario
                .institutions
                .iter()
                .map(|at| (0..at.station.servers).map(|_| Reverse(0)).collect())
                .collect(),
            roles: [
                role(Role::Acquirer),
                role(Role::ClearingHouse),
                role(Role::Wallet),
                role(Role::Bank),
            ],
        }
    }

    fn payment(&self, random: &mut SmallRng) -> Payment {
        let mut pick = |role: usize| {
            let among = &self.roles[role];
            among[random.random_range(0..among.len())]
        };
        Payment { parties: [pick(0), pick(1), pick(2), pick(3)], entered: 0 }
    }

    fn hop(&self, random: &mut SmallRng) -> u64 {
        FLOOR + whole(self.jitter.sample(random))
    }

    fn visit(&mut self, station: usize, now: u64, random: &mut SmallRng) -> u64 {
        let service = whole(self.services[station].sample(random));
        let mut first = self.free[station].peek_mut().expect("a station has a server");
        let leaves = now.max(first.0) + service;
        *first = Reverse(leaves);
        leaves
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples are non-negative and far below 2^64"
)]
fn whole(sample: f64) -> u64 {
    sample as u64
}

#[expect(clippy::cast_precision_loss, reason = "a mean for people")]
fn mean(sum: u128, count: u64) -> f64 {
    if count == 0 { 0.0 } else { sum as f64 / count as f64 }
}
