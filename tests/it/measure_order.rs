//! Order: facts of different entities may be told in another order; nothing else may.

use hutong::model::fact::Fact;
use hutong::scenario::Scenario;
use hutong::units::{Duration, Instant, SourceId, Status};
use proptest::prelude::*;

use crate::support_scenario::{
    BANK, HUB, ONE_HUB, WALLET, attempt, id, minor, ms, opened, record, tiny,
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

#[test]
fn every_change_of_a_fact_changes_both_digests() {
    let source = SourceId::new(0);
    let intended = |consumer, amount, counted| Fact::Intended {
        source,
        intention: 3,
        consumer,
        merchant: None,
        amount: minor(amount),
        counted,
    };
    let variants = [
        (ms(3_000), intended(1, 5, true)),
        (ms(3_001), intended(1, 5, true)),
        (ms(3_000), intended(2, 5, true)),
        (ms(3_000), intended(1, 6, true)),
        (ms(3_000), intended(1, 5, false)),
    ];
    let runs: Vec<_> = variants.iter().map(|one| record(&tiny(), &[*one], ms(12_000))).collect();
    for (index, one) in runs.iter().enumerate() {
        for other in &runs[..index] {
            assert_ne!(one.digest, other.digest, "variant {index}");
            assert_ne!(one.multiset, other.multiset, "variant {index}");
        }
    }
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
