//! Each row against numbers worked out by hand.

use hutong::measure::outcome::{BANDS, FeeRow, FlowRow, HouseRow, Tally};
use hutong::model::fact::{Exchange, Fact, Purchase};
use hutong::scenario::Mode;
use hutong::units::{Duration, Instant, MerchantClassId, Obligation, Reason, SourceId, Status};

use crate::support_scenario::{
    BACKGROUND, BANK, CENTRAL, HUB, ONE_HUB, WALLET, attempt, id, minor, ms, opened, record, tiny,
};

const ACCEPTED: Status = Status::Accepted;
const REFUSED: Status = Status::Rejected(Reason::InsufficientFunds);

fn intended(intention: u64, counted: bool) -> Fact {
    Fact::Intended {
        source: SourceId::new(0),
        intention,
        consumer: 1,
        merchant: Some(MerchantClassId::new(0)),
        amount: minor(100),
        counted,
    }
}

fn answered(intention: u32, counted: bool, millis: u64, status: Status) -> Fact {
    Fact::Answered {
        of: attempt(0, intention, counted),
        route: ONE_HUB,
        elapsed: Duration::from_millis(millis),
        messages: 8,
        status,
    }
}

fn concluded(intention: u32, millis: u64, purchase: Purchase, status: Status) -> Fact {
    let route = (purchase != Purchase::Unreadable).then_some(ONE_HUB);
    let elapsed = Duration::from_millis(millis);
    Fact::Concluded { of: attempt(0, intention, true), route, elapsed, purchase, status }
}

fn closed(source: usize, intention: u32, counted: bool, status: Status) -> Fact {
    Fact::Closed { of: attempt(source, intention, counted), status }
}

/// One early payment, then one accepted, one refused, one unreadable, one left open, one item.
fn story() -> Vec<(Instant, Fact)> {
    let of = |intention| attempt(0, intention, true);
    let none = Status::Rejected(Reason::UnsupportedCode);
    vec![
        (ms(500), intended(0, false)),
        (ms(500), opened(attempt(0, 0, false), ONE_HUB, 70)),
        (ms(1_500), answered(0, false, 900, ACCEPTED)),
        (ms(1_500), closed(0, 0, false, ACCEPTED)),
        (ms(3_000), intended(1, true)),
        (ms(3_000), opened(of(1), ONE_HUB, 250)),
        (ms(3_100), Fact::HoldPlaced { book: id(BANK), of: of(1), amount: minor(250) }),
        (ms(3_250), answered(1, true, 200, ACCEPTED)),
        (ms(3_500), closed(0, 1, true, ACCEPTED)),
        (ms(3_500), concluded(1, 500, Purchase::FirstTry, ACCEPTED)),
        (ms(4_000), intended(2, true)),
        (ms(4_000), opened(of(2), ONE_HUB, 900)),
        (ms(4_100), Fact::Refused { by: id(BANK), of: of(2), reason: Reason::InsufficientFunds }),
        (ms(4_200), answered(2, true, 150, REFUSED)),
        (ms(4_250), closed(0, 2, true, REFUSED)),
        (ms(4_250), concluded(2, 250, Purchase::Declined, REFUSED)),
        (ms(5_000), intended(3, true)),
        (ms(5_000), Fact::Unreadable { of: of(3), wallet: id(WALLET), mode: Mode::Static }),
        (ms(5_000), closed(0, 3, true, none)),
        (ms(5_000), concluded(3, 0, Purchase::Unreadable, none)),
        (ms(6_000), opened(attempt(1, 0, true), BACKGROUND, 40)),
        (ms(6_500), closed(1, 0, true, ACCEPTED)),
        (ms(9_500), intended(4, true)),
        (ms(9_500), opened(of(4), ONE_HUB, 11)),
    ]
}

#[test]
fn the_tally_counts_counted_payments_and_keeps_background_apart() {
    let run = record(&tiny(), &story(), ms(12_000));
    let expected = Tally {
        intentions: 4,
        first_try: 1,
        after_switch: 0,
        unreadable: 1,
        declined: 1,
        attempts: 3,
        accepted: 1,
        declined_business: 1,
        declined_technical: 0,
        messages: 16,
        accepted_minor: 250,
        background: 1,
        background_accepted: 1,
        background_minor: 40,
        open_at_end: 1,
        merchant_fees_minor: 0,
        bands: {
            let mut bands = [0; BANDS.len()];
            bands[0] = 1; // 2.50 is at most 10
            bands
        },
        ..Tally::default()
    };
    assert_eq!(run.tally, expected);
    assert_eq!(run.payments, 4, "the early payment and the item closed too");
    assert_eq!(run.events, 24);
}

#[test]
fn wallets_decisions_and_errors_name_who_did_what() {
    let run = record(&tiny(), &story(), ms(12_000));
    let [wallet] = run.wallets.as_slice() else { panic!("one wallet: {:?}", run.wallets) };
    assert_eq!((wallet.attempts, wallet.accepted, wallet.unreadable), (3, 1, 1));
    assert_eq!(wallet.accepted_minor, 250);
    let [bank] = run.decisions.as_slice() else { panic!("one bank: {:?}", run.decisions) };
    assert_eq!(bank.institution, "bank");
    assert_eq!((bank.approved, bank.declined_business, bank.declined_technical), (1, 1, 0));
    let told: Vec<_> = run
        .errors
        .iter()
        .map(|row| (row.reason, row.stage, row.participant.as_str(), row.count))
        .collect();
    let expected = [
        ("insufficient-funds", "processing", "bank", 1),
        ("unsupported-code", "presentment", "wallet", 1),
    ];
    assert_eq!(told, expected);
    // Three attempts and one try that sent no message: a code is read, or not, at every try.
    let bases: Vec<_> = run.errors.iter().map(|row| (row.of, row.of_count)).collect();
    assert_eq!(bases, [("attempts", 3), ("tries", 4)]);
}

#[test]
fn latency_cells_are_sorted_and_exact_in_count_sum_and_extremes() {
    let mut facts = story();
    let exchanged = |millis, at| {
        let elapsed = Duration::from_millis(millis);
        let (exchange, of) = (Exchange::Debit, attempt(0, 1, true));
        (ms(at), Fact::Exchanged { exchange, of, route: ONE_HUB, elapsed, status: ACCEPTED })
    };
    facts.extend([exchanged(120, 3_200), exchanged(130, 3_210)]);
    let run = record(&tiny(), &facts, ms(12_000));
    let keys: Vec<_> =
        run.latency.iter().map(|cell| (cell.stage, cell.route.as_str(), cell.outcome)).collect();
    let route = "one_hub.bank.static";
    let expected = [
        ("debit", route, "accepted"),
        ("system", route, "accepted"),
        ("system", route, "declined_business"),
        ("user", "none", "unreadable"),
        ("user", route, "accepted"),
        ("user", route, "declined_business"),
    ];
    assert_eq!(keys, expected);
    let debit = &run.latency[0];
    assert_eq!((debit.count, debit.sum_ns), (2, 250_000_000));
    assert_eq!((debit.min_ns, debit.max_ns), (120_000_000, 130_000_000));
    assert_eq!(debit.sum_sq_us2, 120_000 * 120_000 + 130_000 * 130_000);
    assert_eq!(run.latency[1].count, 1, "the early answer is not counted");
}

#[test]
fn values_above_one_hour_are_clamped_and_counted() {
    let two_hours = answered(1, true, 7_200_000, ACCEPTED);
    let run = record(&tiny(), &[(ms(3_000), two_hours)], ms(12_000));
    let cell = &run.latency[0];
    assert_eq!((cell.clamped, cell.count, cell.max_ns), (1, 1, 7_200_000_000_000));
    assert!(cell.histogram.equivalent(cell.histogram.max(), 3_600_000_000));
}

#[test]
fn windows_hold_what_happened_in_them_and_weigh_in_flight_by_time() {
    let run = record(&tiny(), &story(), ms(11_500));
    assert_eq!(run.series.len(), 12);
    let row = |second: usize| &run.series[second];
    assert_eq!((row(0).offered, row(0).completed, row(0).in_flight_max), (1, 0, 1));
    assert_eq!((row(1).offered, row(1).accepted, row(1).in_flight_max), (0, 1, 1));
    assert_eq!((row(4).declined, row(4).completed), (1, 1));
    assert_eq!(row(6).offered, 0, "background is apart");
    let means: Vec<f64> = run.series.iter().map(|row| row.in_flight_mean).collect();
    let expected = [0.5, 0.5, 0.0, 0.5, 0.25, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1.0];
    for (second, (mean, expected)) in means.iter().zip(expected).enumerate() {
        assert!((mean - expected).abs() < 1e-12, "second {second}: {mean} is not {expected}");
    }
    assert_eq!((row(11).t_us, row(11).window_us), (11_000_000, 500_000));
    assert_eq!(row(3).win_p50_us.map(|us| us.abs_diff(200_000) <= 200), Some(true));
    assert_eq!(row(3).win_p95_us, None, "one sample has no 0.95 quantile");
}

#[test]
fn the_heat_map_holds_each_accepted_answer_once_in_its_bucket() {
    let run = record(&tiny(), &story(), ms(12_000));
    let cells: Vec<_> = run.heat_map.iter().map(|row| (row.t_us, row.count)).collect();
    assert_eq!(cells, [(1_000_000, 1), (3_000_000, 1)]);
    for (row, us) in run.heat_map.iter().zip([900_000, 200_000]) {
        assert!((row.bucket_lo_us..row.bucket_hi_us).contains(&us), "{us} in {row:?}");
        let ratio = row.bucket_hi_us * 100 / row.bucket_lo_us;
        assert!((124..=128).contains(&ratio), "ten buckets a decade: {row:?}");
    }
}

#[test]
fn the_heat_map_stays_within_240_columns_and_60_rows() {
    let mut facts = Vec::new();
    for second in 0..1_000_u32 {
        for power in 0..10 {
            let nanos = 1_000 * 10_u64.pow(power).min(3_600_000_000);
            let Fact::Answered { of, route, messages, status, .. } =
                answered(second, true, 1, ACCEPTED)
            else {
                unreachable!("made above");
            };
            let elapsed = Duration::from_nanos(nanos);
            let fact = Fact::Answered { of, route, elapsed, messages, status };
            facts.push((ms(u64::from(second) * 1_000), fact));
        }
    }
    let run = record(&tiny(), &facts, ms(1_000_000));
    let columns: std::collections::BTreeSet<u64> = run.heat_map.iter().map(|r| r.t_us).collect();
    let rows: std::collections::BTreeSet<u64> =
        run.heat_map.iter().map(|r| r.bucket_lo_us).collect();
    assert_eq!(columns.len(), 125, "eight seconds a column");
    assert!(rows.len() <= 60);
    assert_eq!(run.heat_map.iter().map(|row| row.count).sum::<u64>(), 10_000);
}

/// The wallet owes the hub's participants: 300 + 50 fees, and is owed 100; central stays out.
fn cleared(cycle: u32, from: usize, to: usize, amount: u64, fee: bool) -> Fact {
    let obligation =
        Obligation { debtor_agent: id(from), creditor_agent: id(to), amount: minor(amount) };
    Fact::Cleared { house: id(HUB), cycle, obligation, fee, of: attempt(0, 1, true) }
}

fn clearing_story() -> Vec<(Instant, Fact)> {
    let (house, cycle) = (id(HUB), 0);
    let netted = |who, debit, credit, fee_debit, fee_credit| Fact::Netted {
        house,
        cycle,
        participant: id(who),
        debit: minor(debit),
        credit: minor(credit),
        fee_debit: minor(fee_debit),
        fee_credit: minor(fee_credit),
    };
    let moved = |who, debit, credit, balance| Fact::ReserveMoved {
        house,
        cycle,
        participant: id(who),
        debit: minor(debit),
        credit: minor(credit),
        balance: minor(balance),
    };
    let short = Fact::Postponed { house, cycle, short: id(WALLET), lacking: minor(7) };
    vec![
        (ms(3_000), cleared(0, WALLET, BANK, 300, false)),
        (ms(3_000), cleared(0, WALLET, BANK, 50, true)),
        (ms(4_000), cleared(0, BANK, WALLET, 100, false)),
        (ms(5_000), Fact::CutOff { house, cycle }),
        (ms(5_000), netted(BANK, 100, 350, 0, 50)),
        (ms(5_000), netted(WALLET, 350, 100, 50, 0)),
        (ms(5_100), short),
        (ms(5_500), cleared(1, WALLET, BANK, 10, false)),
        (ms(6_000), moved(WALLET, 250, 0, 250)),
        (ms(6_000), moved(BANK, 0, 250, 1_250)),
        (ms(6_000), Fact::Settled { house, cycle }),
    ]
}

#[test]
fn a_cycle_shows_gross_bilateral_and_multilateral_net_and_how_it_ended() {
    let run = record(&tiny(), &clearing_story(), ms(12_000));
    let [first, second] = run.settlement.as_slice() else { panic!("{:?}", run.settlement) };
    assert_eq!((first.open_us, first.cutoff_us), (0, 5_000_000));
    assert_eq!(first.settled_us, Some(6_000_000));
    assert_eq!((first.obligations, first.gross_minor), (2, 450));
    assert_eq!((first.bilateral_net_minor, first.net_minor), (250, 250));
    assert_eq!((first.participants, first.failed_minor, first.status), (2, 7, "settled"));
    assert_eq!((second.cycle, second.status, second.settled_us), (1, "open", None));
    assert_eq!((second.open_us, second.cutoff_us), (5_000_000, 12_000_000));
}

/// A closing cut-off may find nothing: that is no cycle that failed to settle.
#[test]
fn a_cycle_without_business_is_empty() {
    let closing = (ms(11_000), Fact::CutOff { house: id(HUB), cycle: 1 });
    let mut facts = clearing_story();
    facts.retain(|(_, fact)| !matches!(fact, Fact::Cleared { cycle: 1, .. }));
    facts.push(closing);
    let run = record(&tiny(), &facts, ms(12_000));
    let told: Vec<_> = run.settlement.iter().map(|row| (row.cycle, row.status)).collect();
    assert_eq!(told, [(0, "settled"), (1, "empty")]);
}

#[test]
fn three_participants_net_lower_together_than_in_pairs() {
    let facts = [
        (ms(3_000), cleared(0, BANK, CENTRAL, 100, false)),
        (ms(3_000), cleared(0, CENTRAL, WALLET, 100, false)),
        (ms(3_000), cleared(0, WALLET, BANK, 60, false)),
        (ms(5_000), Fact::CutOff { house: id(HUB), cycle: 0 }),
    ];
    let run = record(&tiny(), &facts, ms(12_000));
    let row = &run.settlement[0];
    assert_eq!((row.gross_minor, row.bilateral_net_minor, row.net_minor), (260, 260, 40));
}

#[test]
fn positions_and_reserves_show_what_settlement_moved() {
    let run = record(&tiny(), &clearing_story(), ms(12_000));
    let [bank, wallet] = run.positions.as_slice() else { panic!("{:?}", run.positions) };
    assert_eq!((bank.net_minor, bank.fees_minor), (250, 50));
    assert_eq!((wallet.net_minor, wallet.fees_minor), (-250, -50));
    assert_eq!((wallet.opening_minor, wallet.closing_minor), (Some(500), Some(250)));
    assert_eq!((bank.opening_minor, bank.closing_minor), (Some(1_000), Some(1_250)));
    let told: Vec<_> = run
        .liquidity
        .iter()
        .map(|r| (r.t_us, r.participant.as_str(), r.balance_minor, r.used_ppm, r.calls))
        .collect();
    let expected = [
        (0, "bank", 1_000, Some(0), 0),
        (0, "wallet", 500, Some(0), 0),
        (5_100_000, "wallet", 500, Some(0), 1),
        (6_000_000, "bank", 1_250, Some(0), 0),
        (6_000_000, "wallet", 250, Some(500_000), 1),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_settlement_that_is_put_off_to_the_end_is_in_the_liquidity_of_whoever_was_short() {
    let (house, short) = (id(HUB), id(WALLET));
    let mut facts = clearing_story();
    for cycle in [7, 8] {
        let lacking = minor(40);
        facts.push((ms(11_000), Fact::Postponed { house, cycle, short, lacking }));
    }
    let run = record(&tiny(), &facts, ms(12_000));
    let last = run.liquidity.last().expect("a row for the last call");
    assert_eq!((last.participant.as_str(), last.balance_minor, last.calls), ("wallet", 250, 3));
}

/// The fact names the first debtor that is short; the figure holds every one.
#[test]
fn what_is_lacking_is_the_gap_of_every_debtor_without_cover() {
    let (house, cycle) = (id(HUB), 0);
    let netted = |who, debit, credit| {
        let [debit, credit, none] = [debit, credit, 0].map(minor);
        let (fee_debit, fee_credit) = (none, none);
        let participant = id(who);
        Fact::Netted { house, cycle, participant, debit, credit, fee_debit, fee_credit }
    };
    // Reserves are 1,000 at the bank and 500 at the wallet.
    let facts = [
        (ms(3_000), cleared(0, BANK, CENTRAL, 1_700, false)),
        (ms(3_000), cleared(0, WALLET, CENTRAL, 530, false)),
        (ms(5_000), Fact::CutOff { house, cycle }),
        (ms(5_000), netted(BANK, 1_700, 0)),
        (ms(5_000), netted(CENTRAL, 0, 2_230)),
        (ms(5_000), netted(WALLET, 530, 0)),
        (ms(5_100), Fact::Postponed { house, cycle, short: id(BANK), lacking: minor(700) }),
    ];
    let run = record(&tiny(), &facts, ms(12_000));
    assert_eq!(run.settlement[0].failed_minor, 730);
    let calls: Vec<_> = run.liquidity.iter().map(|r| (r.participant.as_str(), r.calls)).collect();
    assert_eq!(calls, [("bank", 0), ("wallet", 0), ("bank", 1), ("wallet", 1)]);
}

#[test]
fn flows_fees_and_houses_sum_what_was_cleared_and_charged() {
    let mut facts = clearing_story();
    for counted in [true, false] {
        facts.push((
            ms(3_100),
            Fact::Charged {
                leg: 0,
                payer: None,
                earner: id(BANK),
                amount: minor(3),
                of: attempt(0, 1, counted),
            },
        ));
    }
    let run = record(&tiny(), &facts, ms(12_000));
    let flow = |payer: &str, payee: &str, count, gross_minor, net_minor| FlowRow {
        payer: payer.to_owned(),
        payee: payee.to_owned(),
        currency: "CNY".to_owned(),
        count,
        gross_minor,
        net_minor,
    };
    let flows = [flow("bank", "wallet", 1, 100, -210), flow("wallet", "bank", 2, 310, 210)];
    assert_eq!(run.flows, flows);
    let fee = FeeRow {
        payer: "merchants".to_owned(),
        earner: "bank".to_owned(),
        kind: "merchant_discount",
        currency: "CNY".to_owned(),
        count: 2,
        amount_minor: 6,
    };
    assert_eq!(run.fees, [fee]);
    assert_eq!(run.tally.merchant_fees_minor, 3, "only counted attempts");
    let house = HouseRow {
        house: "hub".to_owned(),
        items: 3,
        value_minor: 410,
        debits: 0,
        debit_sum_ns: 0,
    };
    assert_eq!(run.houses, [house]);
}

#[test]
fn a_house_counts_the_accepted_debits_that_it_carries_and_their_time() {
    let debit = |number: u32, counted: bool, millis: u64, status: Status| {
        let of = attempt(0, number, counted);
        let Fact::Opened { wallet, acquirer, issuer, amount, .. } = opened(of, ONE_HUB, 100) else {
            panic!("`opened` opens an attempt")
        };
        let (bank, house, debit_house) = (Some(id(BANK)), Some(id(HUB)), Some(id(HUB)));
        let route = ONE_HUB;
        let opened =
            Fact::Opened { of, wallet, acquirer, bank, house, debit_house, issuer, route, amount };
        let (exchange, elapsed) = (Exchange::Debit, Duration::from_millis(millis));
        let obligation = Obligation { debtor_agent: id(BANK), creditor_agent: id(WALLET), amount };
        let cleared = Fact::Cleared { house: id(HUB), cycle: 0, obligation, fee: false, of };
        [opened, Fact::Exchanged { exchange, of, route, elapsed, status }, cleared]
    };
    let debits = [
        debit(0, true, 100, ACCEPTED),
        debit(1, true, 300, ACCEPTED),
        debit(2, true, 900, REFUSED),
        debit(3, false, 900, ACCEPTED),
    ];
    let facts: Vec<_> = debits.into_iter().flatten().map(|fact| (ms(3_000), fact)).collect();
    let [house] = record(&tiny(), &facts, ms(12_000)).houses.try_into().expect("one house");
    assert_eq!((house.debits, house.debit_sum_ns), (2, 400_000_000));
}
