//! Order: facts of different entities may be told in another order; nothing else may.

use std::collections::{BTreeMap, BTreeSet};

use hutong::model::fact::{Account, Attempt, Exchange, Fact, Purchase, RouteClass};
use hutong::scenario::{Mode, Scenario};
use hutong::units::{Duration, Instant, MerchantClassId, Obligation, Reason, SourceId, Status};
use proptest::prelude::*;

use crate::support_scenario::{
    BACKGROUND, BANK, HUB, ONE_HUB, WALLET, attempt, id, minor, ms, opened, record, tiny,
};

const LOOKAHEAD_NS: u64 = 1_000_000;

/// Which entity tells a fact, by a small number.
type Told = (usize, Instant, Fact);

/// Payments of three sources with visits at three stations, in order of time.
fn traffic(starts: &[(u64, u64)]) -> Vec<Told> {
    let mut told = Vec::new();
    for (number, (start, length)) in (0_u32..).zip(starts) {
        let source = number as usize % 3;
        let of = attempt(source, number, number % 2 == 0);
        let at = |part: u64| Instant::from_nanos(start + length * part / 8);
        let elapsed = Duration::from_nanos(*length / 2);
        told.push((source, at(0), opened(of, ONE_HUB, u64::from(number))));
        for (part, node) in [(1, WALLET), (2, HUB), (3, BANK), (4, HUB)] {
            let (arrived, wait) = (at(part), Duration::from_nanos(length * part % 7_919));
            let service = Duration::from_nanos(length / 8);
            let fact = Fact::Visited { at: id(node), arrived, ahead: 0, wait, service };
            told.push((10 + node, arrived, fact));
        }
        let hold = Fact::HoldPlaced { book: id(BANK), of, amount: minor(1) };
        told.push((10 + BANK, at(5), hold));
        let (messages, status) = (8, Status::Accepted);
        let answer = Fact::Answered { of, route: ONE_HUB, elapsed, messages, status };
        let last = [WALLET, BANK, HUB][source];
        told.push((10 + last, at(6), answer));
        told.push((source, at(8), Fact::Closed { of, status }));
    }
    told.sort_by_key(|(_, at, _)| *at);
    told
}

/// Within each lookahead window, entity after entity, in an order drawn from `draw`.
fn permuted(told: &[Told], draw: u64) -> Vec<Told> {
    let mut told = told.to_vec();
    let rank = |entity: u64, window: u64| (entity + 1) * (draw + window + 7) % 31;
    told.sort_by_key(|(entity, at, _)| {
        let window = at.nanos() / LOOKAHEAD_NS;
        (window, rank(*entity as u64, window), *entity)
    });
    told
}

fn facts(told: &[Told]) -> Vec<(Instant, Fact)> {
    told.iter().map(|(_, at, fact)| (*at, *fact)).collect()
}

/// Counts from the epoch on. Windows below the lookahead are the hard case: many stay open.
fn dense(window: Duration) -> Scenario {
    Scenario { window, warm_up: Duration::ZERO, ..tiny() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn permuted_entities_within_the_lookahead_give_the_same_outcome(
        starts in prop::collection::vec((0_u64..200_000_000, 16_000_000_u64..90_000_000), 1..400),
        draw in 0_u64..1_000,
        window_us in prop::sample::select(vec![300_u64, 1_700, 40_000, 1_000_000]),
    ) {
        let scenario = dense(Duration::from_micros(window_us));
        let told = traffic(&starts);
        let plain = record(&scenario, &facts(&told), ms(300));
        let other = record(&scenario, &facts(&permuted(&told, draw)), ms(300));
        prop_assert_eq!(plain.digest, other.digest);
        prop_assert_eq!(plain.multiset, other.multiset);
        prop_assert_eq!(format!("{plain:?}"), format!("{other:?}"));
    }

    /// Method: sort all openings and closings and walk through them.
    #[test]
    fn most_in_flight_equals_brute_force(
        starts in prop::collection::vec((0_u64..200_000_000, 16_000_000_u64..90_000_000), 1..400),
        draw in 0_u64..1_000,
    ) {
        let told = permuted(&traffic(&starts), draw);
        let run = record(&dense(Duration::from_millis(3)), &facts(&told), ms(300));
        for (window, row) in (0_u64..).zip(&run.series) {
            let (from, to) = (window * 3_000_000, (window + 1) * 3_000_000);
            let at = |t: u64| starts.iter().filter(|(s, l)| *s <= t && t < s + l).count() as u64;
            let changes = starts.iter().map(|(s, _)| *s).filter(|s| (from..to).contains(s));
            let most = changes.map(at).max().unwrap_or(0);
            let before = starts.iter().filter(|(s, l)| *s < from && from <= s + l).count() as u64;
            prop_assert_eq!(row.in_flight_max, most.max(before), "window {}", window);
        }
    }
}

#[test]
fn another_order_within_one_entity_is_another_digest() {
    let (a, b) = (attempt(0, 1, true), attempt(0, 2, true));
    let first = [(ms(3_000), opened(a, ONE_HUB, 1)), (ms(3_000), opened(b, ONE_HUB, 1))];
    let second = [first[1], first[0]];
    let (first, second) =
        (record(&tiny(), &first, ms(12_000)), record(&tiny(), &second, ms(12_000)));
    assert_ne!(first.digest, second.digest);
    assert_eq!(first.multiset, second.multiset);
}

/// A fact, and the same fact with each field in turn made another.
macro_rules! changes {
    ($kind:ident { $($field:ident: $one:expr => $other:expr),+ $(,)? }) => {{
        let with = |changed: &str| Fact::$kind {
            $($field: if changed == stringify!($field) { $other } else { $one }),+
        };
        (with(""), vec![$((stringify!($field), with(stringify!($field)))),+])
    }};
}

type Changes = (Fact, Vec<(&'static str, Fact)>);

/// Of facts about a payment.
fn changes_of_payments() -> Vec<Changes> {
    let of = attempt(1, 7, true);
    let other = attempt(1, 8, true);
    let (short, long) = (Duration::from_millis(3), Duration::from_millis(4));
    vec![
        changes!(Intended {
            source: SourceId::new(0) => SourceId::new(1),
            intention: 3 => 4,
            consumer: 5 => 6,
            merchant: None => Some(MerchantClassId::new(0)),
            amount: minor(5) => minor(6),
            counted: true => false,
        }),
        changes!(Opened {
            of: of => other,
            wallet: id(WALLET) => id(BANK),
            acquirer: id(BANK) => id(WALLET),
            bank: None => Some(id(0)),
            house: None => Some(id(0)),
            debit_house: None => Some(id(0)),
            issuer: id(BANK) => id(HUB),
            route: ONE_HUB => BACKGROUND,
            amount: minor(5) => minor(6),
        }),
        changes!(Unreadable {
            of: of => other,
            wallet: id(0) => id(1),
            mode: Mode::Static => Mode::Tap,
        }),
        changes!(Visited {
            at: id(0) => id(1),
            arrived: ms(2_900) => ms(2_901),
            ahead: 0 => 1,
            wait: short => long,
            service: short => long,
        }),
        changes!(TurnedAway { at: id(0) => id(1), of: of => other }),
        changes!(Refused {
            by: id(0) => id(1),
            of: of => other,
            reason: Reason::InsufficientFunds => Reason::LimitExceeded,
        }),
    ]
}

/// Of facts that end something of a payment.
fn changes_of_ends() -> Vec<Changes> {
    let of = attempt(1, 7, true);
    let other = attempt(1, 8, true);
    let (ok, no) = (Status::Accepted, Status::Rejected(Reason::InsufficientFunds));
    let (short, long) = (Duration::from_millis(3), Duration::from_millis(4));
    let no_route: Option<RouteClass> = None;
    vec![
        changes!(Exchanged {
            exchange: Exchange::Debit => Exchange::Pay,
            of: of => other,
            route: ONE_HUB => BACKGROUND,
            elapsed: short => long,
            status: ok => no,
        }),
        changes!(Answered {
            of: of => other,
            route: ONE_HUB => BACKGROUND,
            elapsed: short => long,
            messages: 8 => 9,
            status: ok => no,
        }),
        changes!(OutageBegan { fault: 0 => 1, at: id(0) => id(1), lasts: short => long }),
        changes!(OutageEnded { fault: 0 => 1, at: id(0) => id(1) }),
        changes!(Closed { of: of => other, status: ok => no }),
        changes!(Concluded {
            of: of => other,
            route: no_route => Some(ONE_HUB),
            elapsed: short => long,
            purchase: Purchase::FirstTry => Purchase::AfterSwitch,
            status: ok => no,
        }),
    ]
}

/// Of facts about money.
fn changes_of_money() -> Vec<Changes> {
    let of = attempt(1, 7, true);
    let other = attempt(1, 8, true);
    let due = Obligation { debtor_agent: id(0), creditor_agent: id(1), amount: minor(5) };
    let (five, six) = (minor(5), minor(6));
    let back = Obligation { debtor_agent: id(1), creditor_agent: id(0), ..due };
    let more = Obligation { amount: six, ..due };
    let (from, to) = (Account::DueFrom(id(0)), Account::DueTo(id(0)));
    vec![
        changes!(HoldPlaced { book: id(0) => id(1), of: of => other, amount: five => six }),
        changes!(HoldPosted { book: id(0) => id(1), of: of => other, amount: five => six }),
        changes!(HoldVoided { book: id(0) => id(1), of: of => other, amount: five => six }),
        changes!(Posted {
            book: id(0) => id(1),
            debit: from => Account::DueFrom(id(1)),
            credit: to => Account::DueTo(id(1)),
            amount: five => six,
            of: Some(of) => None,
        }),
        changes!(Posted {
            book: id(1) => id(0),
            debit: from => to,
            credit: Account::Capital => Account::FeeIncome,
            amount: five => six,
            of: None => Some(of),
        }),
        changes!(Cleared {
            house: id(0) => id(1),
            cycle: 0 => 1,
            obligation: due => back,
            fee: false => true,
            of: of => other,
        }),
        changes!(Cleared {
            house: id(2) => id(1),
            cycle: 2 => 1,
            obligation: due => more,
            fee: true => false,
            of: of => attempt(1, 7, false),
        }),
        changes!(Charged {
            leg: 0 => 1,
            payer: None => Some(id(0)),
            earner: id(0) => id(1),
            amount: five => six,
            of: of => other,
        }),
    ]
}

/// Of facts about cycles.
fn changes_of_cycles() -> Vec<Changes> {
    let (five, six) = (minor(5), minor(6));
    vec![
        changes!(CutOff { house: id(0) => id(1), cycle: 0 => 1 }),
        changes!(Netted {
            house: id(0) => id(1),
            cycle: 0 => 1,
            participant: id(0) => id(1),
            debit: five => six,
            credit: five => six,
            fee_debit: five => six,
            fee_credit: five => six,
        }),
        changes!(ReserveMoved {
            house: id(0) => id(1),
            cycle: 0 => 1,
            participant: id(0) => id(1),
            debit: five => six,
            credit: five => six,
            balance: five => six,
        }),
        changes!(Settled { house: id(0) => id(1), cycle: 0 => 1 }),
        changes!(Postponed {
            house: id(0) => id(1),
            cycle: 0 => 1,
            short: id(0) => id(1),
            lacking: five => six,
        }),
    ]
}

#[test]
fn every_change_of_a_fact_changes_both_digests() {
    let mut world = tiny();
    world.fees.extend(tiny().fees);
    let mut seen = BTreeMap::new();
    let mut digests = |at: Instant, fact: Fact| {
        let run = record(&world, &[(at, fact)], ms(12_000));
        (seen.insert(run.multiset, (at, fact)), (run.digest, run.multiset))
    };
    for (fact, others) in
        [changes_of_payments(), changes_of_ends(), changes_of_money(), changes_of_cycles()].concat()
    {
        let (known, plain) = digests(ms(3_000), fact);
        assert_eq!(known, None, "{fact:?} has the multiset of another fact");
        let visit = matches!(fact, Fact::Visited { .. });
        let (_, later) = digests(ms(3_001), fact);
        assert_eq!(plain == later, visit, "{fact:?} a millisecond later");
        for (field, other) in others {
            let (known, changed) = digests(ms(3_000), other);
            assert_eq!(known, None, "{other:?} has the multiset of another fact");
            assert_ne!(plain.0, changed.0, "`{field}` of {fact:?} is not in the digest");
        }
    }
}

#[test]
fn the_slot_of_an_attempt_is_in_no_digest() {
    let of = attempt(0, 1, true);
    let told = [of, Attempt { slot: 5, ..of }]
        .map(|of| record(&tiny(), &[(ms(3_000), opened(of, ONE_HUB, 1))], ms(12_000)));
    assert_eq!(told[0].digest, told[1].digest);
    assert_eq!(told[0].multiset, told[1].multiset);
}

/// Parts of facts that change places: what a sum of sums would not notice.
#[test]
fn facts_that_exchange_a_part_change_the_multiset() {
    let visit = |arrived: u64, wait: u64, service: u64| {
        let (arrived, wait) = (ms(arrived), Duration::from_millis(wait));
        let service = Duration::from_millis(service);
        (arrived, Fact::Visited { at: id(HUB), arrived, ahead: 0, wait, service })
    };
    let stories = [
        [visit(3_000, 1, 5), visit(3_100, 2, 6)],
        [visit(3_000, 2, 5), visit(3_100, 1, 6)],
        [visit(3_000, 1, 6), visit(3_100, 2, 5)],
        [visit(3_000, 2, 6), visit(3_100, 1, 5)],
        [visit(3_000, 2, 5), visit(3_100, 1, 5)],
        [visit(3_000, 1, 5), visit(3_100, 2, 5)],
    ];
    let told = stories.map(|facts| record(&tiny(), &facts, ms(12_000)).multiset);
    let distinct: BTreeSet<u64> = told.into_iter().collect();
    assert_eq!(distinct.len(), stories.len());
}

#[test]
fn a_visit_told_late_has_the_same_multiset_and_rows() {
    let wait = Duration::from_millis(400);
    let (arrived, service) = (ms(3_800), Duration::from_millis(100));
    let fact = Fact::Visited { at: id(HUB), arrived, ahead: 3, wait, service };
    let early = record(&tiny(), &[(arrived, fact)], ms(12_000));
    let late = record(&tiny(), &[(arrived + wait, fact)], ms(12_000));
    assert_eq!(early.multiset, late.multiset);
    assert_eq!(early.queues, late.queues);
}
