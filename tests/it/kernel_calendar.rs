//! The calendar against a plain heap, and worlds with permuted entities.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small test values"
)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hutong::kernel::calendar::{Calendar, EntityId, Event, Permutation, Rank, Tie};
use hutong::kernel::chance::{Draws, Key};
use hutong::units::{Duration, Instant};
use proptest::prelude::*;

const RANKS: [Rank; 5] =
    [Rank::Availability, Rank::Delivery, Rank::Timer, Rank::CutOff, Rank::Settlement];

fn entity(index: u64) -> EntityId {
    EntityId::new(index as usize)
}

/// A calendar and a heap that are given the same events.
struct Pair {
    calendar: Calendar<u32>,
    heap: BinaryHeap<Reverse<(u64, Tie, u32)>>,
    draws: Draws,
    now: u64,
    microstep: u8,
    count: u32,
}

impl Pair {
    fn new(window: u64, seed: u64) -> Self {
        Self {
            calendar: Calendar::new(Duration::from_nanos(window), None),
            heap: BinaryHeap::new(),
            draws: Key::new(seed).draws(),
            now: 0,
            microstep: 0,
            count: 0,
        }
    }

    fn push(&mut self, delay: u64) {
        let bits = self.draws.next_bits();
        let microstep = if delay == 0 { self.microstep + 1 } else { 0 };
        let rank = RANKS[(bits % 5) as usize];
        let (receiver, sender) = (entity(bits >> 8 & 63), entity(bits >> 16 & 63));
        let tie = Tie::new(microstep, rank, receiver, sender, self.count);
        let at = self.now.checked_add(delay).expect("schedules end before 2^64 ns");
        self.calendar.push(Event { at: Instant::from_nanos(at), tie, payload: self.count });
        self.heap.push(Reverse((at, tie, self.count)));
        self.count += 1;
    }

    /// Pops from both, compares, and returns whether there was an event.
    fn pop(&mut self) -> bool {
        let expected = self.heap.pop().map(|Reverse(key)| key);
        let found = self.calendar.pop().map(|event| (event.at.nanos(), event.tie, event.payload));
        assert_eq!(found, expected, "after {} events", self.count);
        assert_eq!(self.calendar.len(), self.heap.len());
        if let Some((at, tie, _)) = found {
            (self.now, self.microstep) = (at, tie.microstep());
        }
        found.is_some()
    }

    /// A delay of one of many sizes: none, one window, many, rings away, days away.
    fn delay(&mut self) -> u64 {
        let bits = self.draws.next_bits();
        match bits % 16 {
            0 if self.microstep + 1 < Tie::MICROSTEPS_MAX => 0,
            0..=2 => 1 + (bits >> 60),
            3 => 1_000,
            4 => 1 + (bits >> 20) % 50_000_000_000,
            5 => 1 + (bits >> 20) % 40_000_000_000_000,
            6 => 30_000_000_000,
            size => 1 + (bits >> 8) % (1 << (2 * size)),
        }
    }
}

#[test]
fn a_long_random_schedule_comes_out_in_the_order_of_a_heap() {
    // 2^10 ns to 2^40 ns: from windows that hold nothing to one that holds nearly everything.
    for (seed, shift) in [3, 10, 14, 17, 21, 27, 34, 40].into_iter().enumerate() {
        let mut pair = Pair::new(1 << shift, seed as u64);
        for _ in 0..60_000 {
            let mut children = pair.draws.next_bits() % 3;
            // Fill, hold and drain in turn, to the last event: idle gaps and far jumps.
            if pair.count % 20_000 > 17_000 {
                children /= 2;
            }
            if !pair.pop() {
                children = 40;
            }
            for _ in 0..children {
                let delay = pair.delay();
                pair.push(delay);
            }
        }
        while pair.pop() {}
        assert!(pair.calendar.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_schedule_comes_out_in_the_order_of_a_heap(
        shift in 0u32..45,
        seed in any::<u64>(),
        steps in prop::collection::vec((0usize..4, 0u64..3, 0u32..46), 1..200),
    ) {
        let mut pair = Pair::new(1 << shift, seed);
        for (pops, pushes, size) in steps {
            for _ in 0..pushes {
                let odd = pair.draws.next_bits();
                pair.push((1 + (odd & 1)) << size);
            }
            for _ in 0..pops {
                pair.pop();
            }
        }
        while pair.pop() {}
    }

    #[test]
    fn a_tie_keeps_its_parts_and_orders_by_them(
        a in (0u8..64, 0usize..5, 0usize..1 << 14, 0usize..1 << 14, 0u32..1 << 27),
        b in (0u8..64, 0usize..5, 0usize..1 << 14, 0usize..1 << 14, 0u32..1 << 27),
    ) {
        let tie = |(microstep, rank, receiver, sender, count): (u8, usize, usize, usize, u32)| {
            let (receiver, sender) = (EntityId::new(receiver), EntityId::new(sender));
            Tie::new(microstep, RANKS[rank], receiver, sender, count)
        };
        let one = tie(a);
        prop_assert_eq!(one.microstep(), a.0);
        prop_assert_eq!(one.rank(), RANKS[a.1]);
        prop_assert_eq!(one.receiver().index(), a.2);
        prop_assert_eq!(one.sender().index(), a.3);
        prop_assert_eq!(one.count(), a.4);
        prop_assert_eq!(one.cmp(&tie(b)), a.cmp(&b));
    }
}

#[test]
fn the_counter_of_a_sender_wraps_at_2_to_the_27() {
    let tie = |count| Tie::new(0, Rank::Timer, entity(1), entity(2), count);
    assert_eq!(tie(1 << 27), tie(0));
    assert_eq!(tie(u32::MAX).count(), (1 << 27) - 1);
    assert_eq!(tie(u32::MAX).sender(), entity(2));
}

type Seen = (Instant, Tie, u64);

const LATENCY: u64 = 100_000;
const ENTITIES: u64 = 40;

/// Entities that send to each other at least `LATENCY` ahead and to themselves at any distance.
/// What one does depends on its own state and the event only. Returns what each entity saw, and
/// in which order the world saw the entities.
fn world(permute: Option<Permutation>) -> (Vec<Vec<Seen>>, Vec<EntityId>) {
    let mut calendar = Calendar::new(Duration::from_nanos(LATENCY), permute);
    let mut histories = vec![Vec::new(); ENTITIES as usize];
    let mut counters = vec![0u32; ENTITIES as usize];
    let mut order = Vec::new();
    for (index, count) in counters.iter_mut().enumerate() {
        let me = EntityId::new(index);
        *count = 1;
        let tie = Tie::new(0, Rank::Delivery, me, me, 0);
        calendar.push(Event { at: Instant::EPOCH, tie, payload: index as u64 * 2 });
    }
    while let Some(event) = calendar.pop() {
        let me = event.tie.receiver();
        order.push(me);
        histories[me.index()].push((event.at, event.tie, event.payload));
        if event.at > Instant::from_nanos(LATENCY * 300) {
            continue;
        }
        let mut draws = Key::new(event.payload).with(histories[me.index()].len() as u64).draws();
        let mut send = |receiver: EntityId, delay: u64, payload: u64| {
            let microstep = if delay == 0 { event.tie.microstep() + 1 } else { 0 };
            let tie = Tie::new(microstep, Rank::Delivery, receiver, me, counters[me.index()]);
            counters[me.index()] += 1;
            let at = event.at + Duration::from_nanos(delay);
            calendar.push(Event { at, tie, payload });
        };
        let bits = draws.next_bits();
        // Delays on a coarse grid, so that many events share an instant. An odd payload is a
        // follow-up, which sends nothing on: the number of messages stays the same.
        if event.payload.is_multiple_of(2) {
            let far = LATENCY + (bits >> 40) % 8 * 25_000;
            send(entity(bits % ENTITIES), far, draws.next_bits() & !1);
        }
        if (bits >> 32).is_multiple_of(4) && event.tie.microstep() < 5 {
            send(me, (bits >> 36 & 3) * 20_000, draws.next_bits() | 1);
        }
    }
    (histories, order)
}

#[test]
fn an_entity_sees_the_same_whatever_the_order_of_entities_in_a_window() {
    let (seen, order) = world(None);
    assert!(order.len() > 8_000, "the world is large enough to matter");
    for seed in 0..8 {
        let (permuted, permuted_order) = world(Some(Permutation::new(Key::new(seed))));
        assert_ne!(permuted_order, order, "the permutation changes something");
        assert_eq!(permuted, seen, "seed {seed}");
    }
}

fn pushed_while_handling(permute: Option<Permutation>, receiver: u64, at: u64, microstep: u8) {
    let mut calendar = Calendar::new(Duration::from_nanos(1 << 20), permute);
    let event = |at, microstep, receiver, payload| Event {
        at: Instant::from_nanos(at),
        tie: Tie::new(microstep, Rank::Delivery, entity(receiver), entity(1), 1),
        payload,
    };
    calendar.push(event(5 << 20, 0, 1, 0u32));
    assert_eq!(calendar.pop().map(|event| event.payload), Some(0));
    calendar.push(event(at, microstep, receiver, 1));
}

#[test]
#[should_panic(expected = "before the current instant")]
fn an_event_of_an_earlier_instant_is_refused() {
    pushed_while_handling(None, 1, (5 << 20) - 1, 0);
}

#[test]
#[should_panic(expected = "before the one being handled")]
fn an_event_behind_the_cursor_of_its_instant_is_refused() {
    pushed_while_handling(None, 0, 5 << 20, 0);
}

#[test]
#[should_panic(expected = "lookahead violated")]
fn a_permuted_window_is_closed_to_other_entities() {
    pushed_while_handling(Some(Permutation::new(Key::new(1))), 2, (5 << 20) + 1, 0);
}

#[test]
fn an_open_window_takes_events_for_the_entity_being_handled() {
    pushed_while_handling(Some(Permutation::new(Key::new(1))), 1, 5 << 20, 1);
    pushed_while_handling(None, 2, (5 << 20) + 1, 0);
}

#[test]
fn memory_follows_what_is_pending() {
    let mut calendar = Calendar::new(Duration::from_micros(500), None);
    let mut draws = Key::new(1).draws();
    let mut count = 0;
    let mut push = |calendar: &mut Calendar<u32>, draws: &mut Draws, from: u64, spread: u64| {
        let at = Instant::from_nanos(from + draws.next_bits() % spread + 1);
        count += 1;
        let tie = Tie::new(0, Rank::Delivery, entity(0), entity(0), count);
        calendar.push(Event { at, tie, payload: count });
    };
    for _ in 0..200_000 {
        push(&mut calendar, &mut draws, 0, 100_000_000);
    }
    assert!(calendar.room() >= 200_000 && calendar.len() == 200_000);
    for _ in 0..199_900 {
        calendar.pop().expect("many are pending");
    }
    for _ in 0..100_000 {
        let now = calendar.pop().expect("a hundred are pending").at.nanos();
        push(&mut calendar, &mut draws, now, 4_000_000);
    }
    assert_eq!(calendar.len(), 100);
    assert!(calendar.room() < 20_000, "room for {} events", calendar.room());
}

#[test]
fn a_cut_off_comes_after_all_microsteps_of_its_instant_but_the_last() {
    let tie = |microstep, rank| Tie::new(microstep, rank, entity(9), entity(9), 9);
    let cut_off = Tie::of_rank(Rank::CutOff, entity(0), entity(0), 0);
    assert!(tie(Tie::MICROSTEPS_MAX - 2, Rank::Delivery) < cut_off);
    assert!(cut_off < tie(Tie::MICROSTEPS_MAX - 1, Rank::Availability));
    let arrival = Tie::of_rank(Rank::Delivery, entity(9), entity(9), 9);
    assert_eq!(arrival, tie(0, Rank::Delivery));
}
