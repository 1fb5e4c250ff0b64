//! Measures of settlement: by hand, and by what their definitions promise.

use std::convert::Infallible;

use hutong::experiment::settle::{Hours, Plan, Timetable, settle};
use hutong::measure::settlement::Comparison;
use hutong::policy::settlement::{Costs, Options, Regime};
use hutong::scenario::obligations::Extent;
use hutong::units::{Account, Due, Duration, Instant};
use proptest::prelude::*;

use crate::settle_support::{account, due, towns};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn at(seconds: u64) -> Instant {
    Instant::from_nanos(seconds * 1_000_000_000)
}

fn run(regimes: &[Regime], accounts: &[Account], dues: &[Due], close: u64) -> Comparison {
    let timetable = Timetable {
        start: Instant::EPOCH,
        close: at(close),
        cut_offs: vec![at(close)],
        review: seconds(1),
        window: seconds(10),
    };
    let options = Options::default();
    let plan =
        Plan { regimes: regimes.to_vec(), timetable, options, costs: Costs::NONE, optima_max: 50 };
    let mut stream = dues.iter().copied();
    let mut next = || Ok::<_, Infallible>(stream.next());
    settle(&plan, accounts, &mut next, &mut vec![(); regimes.len()]).expect("a list never fails")
}

fn close_to(value: Option<f64>, expected: f64) -> bool {
    value.is_some_and(|value| (value - expected).abs() < 1e-12)
}

#[test]
fn a_day_of_three_obligations_is_measured_as_by_hand() {
    let list = [(10, (0, 1, 60)), (20, (0, 1, 60)), (30, (1, 0, 50))];
    let dues: Vec<Due> = (0..)
        .zip(list)
        .map(|(number, (second, pair))| Due { at: at(second), ..due(number, pair) })
        .collect();
    let accounts = [account(100, 0), account(0, 0)];
    let regimes = [Regime::GrossFifo, Regime::NetMultilateral];
    let done = run(&regimes, &accounts, &dues, 50);
    assert_eq!(done.flows.lower_bound, [70, 0]);
    assert_eq!(done.flows.upper_bound, [120, 0]);

    // The second waits from 20 s to 30 s, when the third brings the money.
    let gross = &done.regimes[0];
    let totals = &gross.totals;
    assert_eq!((totals.settled, totals.settled_minor, totals.moved_minor), (3, 170, 170));
    assert_eq!(totals.used_minor, 70);
    assert!(close_to(totals.turnover(), 170.0 / 70.0));
    assert!(close_to(totals.delay_indicator(), 600.0 / 5_200.0));
    assert!(close_to(totals.netting(), 0.0));
    assert_eq!(totals.queue_peak, (60, at(20)));
    assert_eq!(totals.exposure_peak, (60, at(20)));
    assert_eq!(totals.delay_max_us, 10_000_000);
    let shares = (120.0 / 170.0, 50.0 / 170.0);
    assert!(close_to(totals.concentration, shares.0 * shares.0 + shares.1 * shares.1));
    let queued: Vec<u128> = gross.queued.iter().map(|row| row.open_minor).collect();
    assert_eq!(queued, [0, 60, 0, 0, 0]);
    assert_eq!(gross.optima.len(), 1);
    assert_eq!((gross.optima[0].settled_minor, gross.optima[0].optimum_minor), (0, 0));

    let net = &done.regimes[1].totals;
    assert_eq!((net.settled, net.moved_minor, net.used_minor), (3, 70, 70));
    assert!(close_to(net.delay_indicator(), 1.0));
    assert!(close_to(net.netting(), 1.0 - 70.0 / 170.0));
    assert_eq!(net.exposure_peak, (120, at(20)));
}

#[test]
fn the_network_is_measured_as_by_hand() {
    // A triangle that trades both ways on one side, and a fourth that only pays in.
    let dues = crate::settle_support::dues(&[
        (0, 1, 30),
        (1, 0, 20),
        (1, 2, 40),
        (2, 0, 10),
        (3, 0, 100),
        (0, 1, 10),
    ]);
    let done = run(&[Regime::Instant], &[account(500, 0); 5], &dues, 60);
    let summary = done.flows.summary;
    assert_eq!((summary.active, summary.links, summary.core, summary.core_size), (4, 5, 2, 3));
    assert!(close_to(summary.density, 5.0 / 12.0));
    assert!(close_to(summary.reciprocity, 2.0 / 5.0));
    assert!(close_to(summary.reciprocity_by_value, 40.0 / 210.0));
    let zero = done.flows.network[0];
    assert_eq!((zero.out_degree, zero.in_degree, zero.reciprocal), (1, 3, 1));
    assert_eq!((zero.out_count, zero.out_minor, zero.in_minor, zero.core), (2, 40, 130, 2));
    let fourth = done.flows.network[3];
    assert_eq!((fourth.in_degree, fourth.core, done.flows.network[4].core), (0, 1, 0));
}

/// A queue of five with an optimum that first in, first out cannot see.
#[test]
fn the_distance_to_the_optimum_is_told() {
    let list = [(0, 1, 90), (0, 1, 40), (0, 2, 30), (1, 0, 20), (2, 0, 10)];
    let dues = crate::settle_support::dues(&list);
    let accounts = [account(45, 0), account(0, 0), account(0, 0)];
    let regimes = [Regime::GrossFifo, Regime::HybridMultilateral];
    let done = run(&regimes, &accounts, &dues, 10);
    let row = done.regimes[0].optima[0];
    assert_eq!((row.queued, row.settled_minor, row.optimum_minor), (5, 0, 100));
    assert!((row.distance() - 1.0).abs() < f64::EPSILON);
    assert!(done.regimes[1].optima.iter().all(|row| row.settled_minor <= row.optimum_minor));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn with_the_upper_bound_nothing_waits_and_with_the_lower_all_settles_at_the_close(
        town in towns(20),
    ) {
        let close = 60;
        let flows = run(&[Regime::Instant], &town.accounts, &town.dues, close).flows;
        let funded = |bound: &[u128]| -> Vec<Account> {
            bound.iter().map(|need| account(i128::try_from(*need).unwrap(), 0)).collect()
        };
        let upper = funded(&flows.upper_bound);
        let at_once = [Regime::GrossFifo, Regime::Instant];
        for settled in run(&at_once, &upper, &town.dues, close).regimes {
            prop_assert_eq!(settled.totals.settled, town.dues.len() as u64);
            prop_assert_eq!(settled.totals.waited, 0);
            prop_assert_eq!(settled.totals.used_minor, flows.upper_bound.iter().sum::<u128>());
        }
        let lower = funded(&flows.lower_bound);
        let net = &run(&[Regime::NetMultilateral], &lower, &town.dues, close).regimes[0].totals;
        prop_assert_eq!(net.unsettled, 0);
        prop_assert_eq!(net.used_minor, flows.lower_bound.iter().sum::<u128>());
        prop_assert_eq!(net.moved_minor, flows.lower_bound.iter().sum::<u128>());
    }

    #[test]
    fn measures_agree_with_each_other_and_with_the_auditor(town in towns(30)) {
        let done = run(&Regime::ALL, &town.accounts, &town.dues, 40);
        for settled in &done.regimes {
            let totals = &settled.totals;
            prop_assert!(settled.findings.lawful(), "{}", settled.regime);
            let parts = totals.settled_minor + totals.refused_minor + totals.unsettled_minor;
            prop_assert_eq!(totals.gross_minor, parts);
            prop_assert_eq!(totals.obligations, totals.settled + totals.refused + totals.unsettled);
            prop_assert!(totals.moved_minor <= totals.settled_minor);
            prop_assert!(totals.alone_minor <= totals.moved_minor);
            prop_assert!(totals.waited <= totals.waited_most);
            let opening: i128 = settled.positions.iter().map(|row| row.opening_minor).sum();
            let closing: i128 = settled.positions.iter().map(|row| row.closing_minor).sum();
            prop_assert_eq!(opening, closing);
            let cycles: u128 = settled.cycles.iter().map(|row| row.settled_minor).sum();
            prop_assert_eq!(cycles, totals.settled_minor);
            for row in &settled.optima {
                prop_assert!(row.settled_minor <= row.optimum_minor, "{}: {row:?}", settled.regime);
            }
        }
    }

    #[test]
    fn a_timetable_ends_after_the_last_row_and_holds_its_cut_offs(
        first in 0..200_000_u64,
        span in 0..200_000_u64,
        cycle in prop::option::of(1..20_000_u64),
        of_day in prop::collection::vec(0..86_400_u64, 0..3),
    ) {
        let (first, last) = (at(first), at(first + span));
        let extent = Extent { rows: 2, first, last, ..Extent::default() };
        let hours = Hours {
            cut_offs: of_day.iter().map(|at| seconds(*at)).collect(),
            cycle: cycle.map(seconds),
            close: None,
            review: seconds(60),
            window: None,
        };
        if let Ok(table) = Timetable::new(&extent, &hours) {
            prop_assert!(table.start <= first && last <= table.close);
            prop_assert_eq!(table.cut_offs.last(), Some(&table.close));
            prop_assert!(table.cut_offs.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(table.cut_offs.iter().all(|cut_off| first <= *cut_off));
        }
    }
}
