//! Queues and histograms against brute force.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "expected values are computed in floats, and all are small"
)]

use hdrhistogram::Histogram;
use hutong::model::fact::Fact;
use hutong::units::{Duration, Instant, Status};
use proptest::prelude::*;

use crate::support_scenario::{HUB, ONE_HUB, attempt, id, ms, record, tiny};

const SECOND: u64 = 1_000_000_000;

fn visited(arrived: u64, ahead: u32, wait: u64, service: u64) -> (Instant, Fact) {
    let arrived = Instant::from_nanos(arrived);
    let (wait, service) = (Duration::from_nanos(wait), Duration::from_nanos(service));
    (arrived, Fact::Visited { at: id(HUB), arrived, ahead, wait, service })
}

#[test]
fn one_visit_over_three_windows_is_spread_over_them() {
    // Waits 2.5 s..4.75 s, is served until 5.25 s; two servers.
    let facts = [visited(2_500_000_000, 0, 2_250_000_000, 500_000_000)];
    let run = record(&tiny(), &facts, ms(12_000));
    assert_eq!(run.queues.len(), 12, "one node was visited: one row a window");
    let rows = &run.queues[2..6];
    for (row, length) in rows.iter().zip([0.5, 1.0, 0.75, 0.0]) {
        assert!((row.length_mean - length).abs() < 1e-12, "{row:?}");
    }
    for (row, busy) in rows.iter().zip([0.0, 0.0, 0.125, 0.125]) {
        assert!((row.utilisation_frac - busy).abs() < 1e-12, "{row:?}");
    }
    assert_eq!(rows[0].length_max, 1);
    assert_eq!(rows[0].wait_mean_us.map(|us| us as u64), Some(2_250_000));
    assert_eq!(rows[1].wait_mean_us, None);
}

#[test]
fn station_totals_count_arrivals_and_busy_time_between_warm_up_and_horizon() {
    let facts = [
        visited(SECOND, 0, 0, 3 * SECOND), // early arrival: 2 s of its service count
        visited(3 * SECOND, 0, 0, SECOND), // no wait
        visited(4 * SECOND, 2, SECOND, SECOND / 2), // waits a second
        visited(9 * SECOND, 0, 0, 5 * SECOND), // only until the horizon at 10 s
        (ms(5_000), Fact::TurnedAway { at: id(HUB), of: attempt(0, 1, true) }),
        (ms(1_000), Fact::TurnedAway { at: id(HUB), of: attempt(0, 2, false) }),
    ];
    let run = record(&tiny(), &facts, ms(12_000));
    let hub = &run.stations[HUB];
    assert_eq!((hub.visits, hub.waited, hub.turned_away), (3, 1, 1));
    assert_eq!(hub.wait_sum_ns, u128::from(SECOND));
    assert_eq!((hub.waits.len(), hub.waits.count_at(0)), (3, 2));
    // 2 + 1 + 0.5 + 1 seconds of 2 servers × 8 s.
    assert!((hub.utilisation_frac - 4.5 / 16.0).abs() < 1e-12, "{}", hub.utilisation_frac);
    assert_eq!(run.stations.len(), 4, "a row for each station");
    assert_eq!(run.queues[4].length_max, 3, "two ahead and itself");
}

/// A visit of a station: when it arrives, how long it waits, how long it is served.
fn visits() -> impl Strategy<Value = Vec<(u64, u64, u64)>> {
    let visit = (0..12 * SECOND, 0..4 * SECOND, 1..2 * SECOND);
    prop::collection::vec(visit, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Method: integrate the number waiting and served from event to event, window by window.
    #[test]
    fn time_weighted_lengths_equal_brute_force_integration(visits in visits()) {
        let facts: Vec<_> =
            visits.iter().map(|&(arrived, wait, service)| visited(arrived, 0, wait, service))
                .collect();
        let run = record(&tiny(), &facts, ms(12_000));
        for (window, row) in run.queues.iter().enumerate() {
            let (from, to) = (window as u64 * SECOND, (window as u64 + 1) * SECOND);
            let overlap = |a: u64, b: u64| b.min(to).saturating_sub(a.max(from));
            let waiting: u64 = visits.iter().map(|&(a, w, _)| overlap(a, a + w)).sum();
            let busy: u64 = visits.iter().map(|&(a, w, s)| overlap(a + w, a + w + s)).sum();
            let mean = waiting as f64 / SECOND as f64;
            prop_assert!((row.length_mean - mean).abs() < 1e-9, "{row:?}: {mean}");
            let utilisation = (busy as f64 / (2.0 * SECOND as f64)).min(1.0);
            prop_assert!((row.utilisation_frac - utilisation).abs() < 1e-9, "{row:?}");
        }
    }

    #[test]
    fn headline_cells_equal_a_histogram_filled_directly(
        nanos in prop::collection::vec(0_u64..4_000_000_000_000, 1..200),
        shift in 0_u32..40,
    ) {
        let nanos: Vec<u64> = nanos.iter().map(|one| one >> shift).collect();
        let mut direct = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).unwrap();
        let mut facts = Vec::new();
        for one in &nanos {
            direct.record(((one + 500) / 1_000).min(3_600_000_000)).unwrap();
            let elapsed = Duration::from_nanos(*one);
            let (of, status) = (attempt(0, 1, true), Status::Accepted);
            let fact = Fact::Answered { of, route: ONE_HUB, elapsed, messages: 1, status };
            facts.push((ms(3_000), fact));
        }
        let run = record(&tiny(), &facts, ms(12_000));
        let cell = &run.latency[0];
        prop_assert!(cell.histogram == direct, "counts differ");
        let squares: u128 =
            nanos.iter().map(|one| u128::from(*one) * u128::from(*one) / 1_000_000).sum();
        prop_assert_eq!(cell.sum_sq_us2, squares);
        prop_assert_eq!(cell.sum_ns, nanos.iter().map(|one| u128::from(*one)).sum::<u128>());
    }

    /// 0.1 % for headlines and 1 % for exchanges, and half a microsecond of rounding.
    #[test]
    fn quantiles_err_by_no_more_than_their_buckets_allow(
        mut nanos in prop::collection::vec(1_000_u64..3_000_000_000_000, 1..200),
        shift in 0_u32..30,
    ) {
        for one in &mut nanos {
            *one = (*one >> shift).max(1_000);
        }
        let (of, status, route) = (attempt(0, 1, true), Status::Accepted, ONE_HUB);
        let facts: Vec<_> = nanos
            .iter()
            .flat_map(|one| {
                let elapsed = Duration::from_nanos(*one);
                let exchange = hutong::model::fact::Exchange::Pay;
                [
                    Fact::Answered { of, route, elapsed, messages: 1, status },
                    Fact::Exchanged { exchange, of, route, elapsed, status },
                ]
            })
            .map(|fact| (ms(3_000), fact))
            .collect();
        let run = record(&tiny(), &facts, ms(12_000));
        nanos.sort_unstable();
        for (cell, error) in [(&run.latency[1], 0.001), (&run.latency[0], 0.01)] {
            for quantile in [0.01, 0.5, 0.9, 0.99, 1.0] {
                let rank = (quantile * nanos.len() as f64).ceil().max(1.0) as usize;
                let exact = nanos[rank - 1] as f64 / 1e3;
                let found = cell.histogram.value_at_quantile(quantile) as f64;
                let allowed = exact * error + 0.5;
                prop_assert!((found - exact).abs() <= allowed, "{} {found} {exact}", cell.stage);
            }
        }
    }
}
