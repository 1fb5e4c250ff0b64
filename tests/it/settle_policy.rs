//! Regimes and offsets: never overdrawn, nothing lost, and as good as is claimed.

use hutong::audit::ObligationAuditor;
use hutong::policy::settlement::{Key, Queue, Regime, gridlock, net, offset, optimum};
use hutong::units::Due;
use proptest::prelude::*;

use crate::settle_support::{Town, account, due, dues, id, towns, value};

/// Every vector of prefix lengths, by counting.
fn prefix_lengths(queues: &[Vec<Due>]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for queue in queues {
        let longer = |short: &Vec<usize>| {
            (0..=queue.len()).map(|length| [&short[..], &[length]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

fn prefixes(queues: &[Vec<Due>], lengths: &[usize]) -> Vec<Due> {
    queues.iter().zip(lengths).flat_map(|(queue, length)| queue[..*length].to_vec()).collect()
}

/// What plain gross settlement with bypass discharges when the same obligations arrive in order:
/// the agent's, and the same written out again.
fn plain_gross(town: &Town) -> u128 {
    let mut settled: Vec<Due> = Vec::new();
    let mut waiting: Vec<Due> = Vec::new();
    for due in &town.dues {
        waiting.push(*due);
        let mut debtors = vec![due.obligation.debtor_agent];
        while !debtors.is_empty() {
            let debtor = debtors.remove(0);
            while let Some(at) = waiting.iter().position(|due| {
                let with = [&settled[..], &[*due]].concat();
                due.obligation.debtor_agent == debtor && town.is_feasible(&with)
            }) {
                let due = waiting.remove(at);
                settled.push(due);
                if !debtors.contains(&due.obligation.creditor_agent) {
                    debtors.push(due.obligation.creditor_agent);
                }
            }
        }
    }
    let agent = town.settle(Regime::GrossBypass, 1, None);
    let all = agent.sets.iter().flat_map(|(.., set)| set);
    let told: u128 = all.map(|one| u128::from(one.due.obligation.amount.minor())).sum();
    assert_eq!(value(&settled), told, "the agent bypasses as written");
    told
}

fn best(town: &Town) -> u128 {
    let sets = 0..1_u32 << town.dues.len();
    let picked = |set: u32| -> Vec<Due> {
        let each = town.dues.iter().enumerate();
        each.filter(|(at, _)| set & (1 << at) != 0).map(|(_, due)| *due).collect()
    };
    sets.map(picked).filter(|set| town.is_feasible(set)).map(|set| value(&set)).max().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn gridlock_resolution_finds_the_one_largest_set_of_prefixes(town in towns(9)) {
        let queues = town.queues();
        let found = gridlock::resolve(&queues, &town.positions());
        prop_assert!(town.is_feasible(&prefixes(&queues, &found)));
        for lengths in prefix_lengths(&queues) {
            if town.is_feasible(&prefixes(&queues, &lengths)) {
                let within = lengths.iter().zip(&found).all(|(other, found)| other <= found);
                prop_assert!(within, "{lengths:?} is feasible and not part of {found:?}");
            }
        }
    }

    #[test]
    fn offsets_without_order_are_feasible_and_at_least_as_good_as_plain_gross(town in towns(9)) {
        let chosen = offset::multilateral(&town.queues(), &town.positions());
        prop_assert!(town.is_feasible(&chosen));
        prop_assert!(value(&chosen) >= plain_gross(&town));
        prop_assert!(value(&chosen) <= best(&town));
    }

    #[test]
    fn the_optimum_is_the_best_of_all_subsets(town in towns(9)) {
        prop_assert_eq!(optimum(&town.dues, &town.positions()), Some(best(&town)));
    }

    #[test]
    fn a_cycle_of_heads_settles_at_once(town in towns(9)) {
        let heads: Vec<Option<Due>> =
            town.queues().iter().map(|queue| queue.first().copied()).collect();
        let cycles = offset::cycles(&heads, &town.positions());
        let members: Vec<usize> = cycles.concat().iter().map(|at| at.index()).collect();
        let mut once = members.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert_eq!(once.len(), members.len());
        for cycle in cycles {
            let set: Vec<Due> = cycle.iter().map(|at| heads[at.index()].unwrap()).collect();
            prop_assert!(town.is_feasible(&set));
            for (at, due) in set.iter().enumerate() {
                let next = set[(at + 1) % set.len()];
                prop_assert_eq!(due.obligation.creditor_agent, next.obligation.debtor_agent);
            }
        }
    }

    #[test]
    fn a_bilateral_offset_is_the_longest_pair_of_prefixes(town in towns(8)) {
        let queues = town.queues();
        let between = |from: usize, to: usize| -> Vec<Due> {
            let mine = queues[from].iter().filter(|due| due.obligation.creditor_agent == id(to));
            mine.copied().collect()
        };
        let (one, other) = (between(0, 1), between(1, 0));
        let positions = town.positions();
        let covers = (positions.cover(id(0), id(1)), positions.cover(id(1), id(0)));
        let (ones, others) = offset::bilateral((&one, &other), covers);
        let feasible =
            |a: usize, b: usize| town.is_feasible(&[&one[..a], &other[..b]].concat());
        prop_assert!(feasible(ones, others));
        for a in 0..=one.len() {
            for b in 0..=other.len() {
                prop_assert!(!feasible(a, b) || (a <= ones && b <= others));
            }
        }
    }

    #[test]
    fn net_positions_are_row_minus_column_sums_and_add_to_zero(town in towns(12)) {
        let size = town.accounts.len();
        let mut matrix = vec![vec![0_i128; size]; size];
        for due in &town.dues {
            let obligation = &due.obligation;
            matrix[obligation.creditor_agent.index()][obligation.debtor_agent.index()] +=
                i128::from(obligation.amount.minor());
        }
        let net = net::multilateral(town.dues.iter().map(|due| &due.obligation), size);
        for (at, net) in net.iter().enumerate() {
            let row: i128 = matrix[at].iter().sum();
            let column: i128 = matrix.iter().map(|row| row[at]).sum();
            prop_assert_eq!(*net, row - column);
        }
        prop_assert_eq!(net.iter().sum::<i128>(), 0);
        let pairs = net::bilateral(town.dues.iter().map(|due| &due.obligation));
        for pair in pairs {
            let (debtor, creditor) = (pair.debtor.index(), pair.creditor.index());
            let owed = matrix[creditor][debtor] - matrix[debtor][creditor];
            prop_assert_eq!(i128::try_from(pair.amount).unwrap(), owed);
        }
    }

    #[test]
    fn no_regime_overdraws_or_loses_an_obligation(
        town in towns(24),
        every in 1..6_usize,
        split in prop::option::of(1..6_u64),
    ) {
        for regime in Regime::ALL {
            let heard = town.settle(regime, every, split);
            let mut auditor = ObligationAuditor::new(&town.accounts);
            let mut arrivals = town.dues.iter().peekable();
            let mut told = |until, auditor: &mut ObligationAuditor| {
                while let Some(due) = arrivals.next_if(|due| due.at <= until) {
                    auditor.arrived(due);
                }
            };
            for (at, _, set) in &heard.sets {
                told(*at, &mut auditor);
                auditor.discharged(*at, set);
            }
            told(hutong::units::Instant::NEVER, &mut auditor);
            heard.refused.iter().for_each(|due| auditor.refused(due));
            let findings = auditor.end(&heard.open);
            prop_assert!(findings.lawful(), "{}: {findings:#?}", regime.name());
        }
    }

    #[test]
    fn nothing_waits_that_its_discipline_would_let_go(town in towns(24), every in 1..6_usize) {
        for regime in Regime::ALL {
            let heard = town.settle(regime, every, None);
            let after = Town {
                accounts: (town.accounts.iter().zip(&heard.balances))
                    .map(|(before, now)| account(*now, before.credit_limit.minor()))
                    .collect(),
                limits: Vec::new(),
                dues: heard.open.clone(),
            };
            if !town.limits.is_empty() || regime == Regime::Instant {
                continue;
            }
            let alone = |due: &Due| after.is_feasible(&[*due]);
            let queues = after.queues();
            match regime {
                Regime::GrossBypass | Regime::GrossReorder | Regime::HybridBilateral
                | Regime::HybridMultilateral => prop_assert!(!heard.open.iter().any(alone)),
                Regime::GrossFifo | Regime::HybridCycles => {
                    prop_assert!(!queues.iter().filter_map(|queue| queue.first()).any(alone));
                }
                Regime::HybridGridlock | Regime::NetContinuous => {
                    let more = gridlock::resolve(&queues, &after.positions());
                    prop_assert_eq!(more.iter().sum::<usize>(), 0);
                }
                Regime::NetMultilateral => {
                    prop_assert!(heard.open.is_empty() || !after.is_feasible(&heard.open));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_queue_keeps_its_order_and_finds_the_first_with_cover(
        steps in prop::collection::vec((0..4_u64, 0..30_u32, 1..20_u64, any::<bool>()), 1..120),
        arrivals in any::<bool>(),
    ) {
        let mut queue = Queue::new(arrivals);
        let mut plain: Vec<(Key, u64)> = Vec::new();
        for (rank, number, amount, takes) in steps {
            let key = (rank, number);
            let known = plain.iter().position(|(other, _)| *other == key);
            match (known, takes) {
                (Some(at), true) => {
                    plain.remove(at);
                    prop_assert_eq!(queue.remove(key).map(|due| due.number), Some(number));
                }
                (None, false) => {
                    plain.push((key, amount));
                    plain.sort_unstable();
                    queue.insert(key, due(number, (0, 1, amount)), amount);
                }
                _ => {}
            }
            let order: Vec<Key> = queue.iter().map(|(key, _)| key).collect();
            prop_assert_eq!(order, plain.iter().map(|(key, _)| *key).collect::<Vec<_>>());
            prop_assert_eq!(queue.first().map(|(key, _)| key), plain.first().map(|one| one.0));
            let fits = plain.iter().find(|(other, least)| *other >= (1, 5) && *least <= amount);
            let found = queue.first_covered((1, 5), amount);
            prop_assert_eq!(found.map(|(key, _)| key), fits.map(|one| one.0));
        }
    }
}

/// `PSSimPy` 0.1.5 tests each queued payment against the balance before any settles, and ends at
/// −60.
#[test]
fn two_payments_of_80_out_of_100_do_not_both_settle() {
    let town = Town {
        accounts: vec![account(100, 0), account(0, 0)],
        limits: Vec::new(),
        dues: dues(&[(0, 1, 80), (0, 1, 80)]),
    };
    for regime in Regime::ALL {
        let heard = town.settle(regime, 1, None);
        assert!(heard.balances[0] >= 0, "{}: {:?}", regime.name(), heard.balances);
    }
    assert_eq!(town.settle(Regime::GrossFifo, 1, None).balances, [20, 80]);
}

#[test]
fn disciplines_differ_in_what_they_let_go_first() {
    // Three wait when 60 arrive: 70, then an urgent 50, then 20.
    let mut list = dues(&[(0, 1, 70), (0, 1, 50), (0, 1, 20), (1, 0, 60)]);
    list[1].priority = 9;
    let town =
        Town { accounts: vec![account(0, 0), account(60, 0)], limits: Vec::new(), dues: list };
    let order = |regime| town.settle(regime, 9, None).settled();
    assert_eq!(order(Regime::GrossFifo), [3]);
    assert_eq!(order(Regime::GrossBypass), [3, 1]);
    assert_eq!(order(Regime::GrossPriority), [3, 1]);
    assert_eq!(order(Regime::GrossSize), [3, 2]);
    assert_eq!(order(Regime::GrossReorder), [3, 1]);
    let instant = town.settle(Regime::Instant, 9, None);
    assert_eq!((instant.settled(), instant.refused.len()), (vec![3], 3));
}

#[test]
fn a_large_obligation_settles_in_parts_as_money_comes() {
    let town = Town {
        accounts: vec![account(25, 0), account(0, 0), account(100, 0)],
        limits: Vec::new(),
        dues: dues(&[(0, 1, 100), (2, 0, 40), (2, 0, 40)]),
    };
    let heard = town.settle(Regime::GrossFifo, 9, Some(20));
    let parts: Vec<u64> = (heard.sets.iter().flat_map(|(.., set)| set))
        .filter(|one| one.due.number == 0)
        .map(|one| one.due.obligation.amount.minor())
        .collect();
    assert_eq!(parts, [20, 40, 40]);
    assert_eq!(heard.settled(), [1, 2, 0]);
    assert_eq!(heard.balances, [5, 100, 20]);
}

#[test]
fn a_bilateral_limit_holds_until_the_other_side_pays() {
    let mut town = Town {
        accounts: vec![account(100, 0), account(100, 0)],
        limits: Vec::new(),
        dues: dues(&[(0, 1, 30), (0, 1, 30), (1, 0, 20)]),
    };
    assert_eq!(town.settle(Regime::GrossFifo, 9, None).settled(), [0, 1, 2]);
    town.limits.push(hutong::policy::settlement::Limit {
        debtor: id(0),
        creditor: id(1),
        amount: hutong::units::Amount::from_minor(40),
    });
    assert_eq!(town.settle(Regime::GrossFifo, 9, None).settled(), [0, 2, 1]);
}

/// Cases of Project Ubin, phase 2 (Monetary Authority of Singapore 2017): tests of the component
/// cycle solver of its Corda prototype, with pledged money and obligations between banks A to E.
fn ubin(pledged: &[i128], list: &[(usize, usize, u64)]) -> Town {
    Town {
        accounts: pledged.iter().map(|pledged| account(*pledged, 0)).collect(),
        limits: Vec::new(),
        dues: dues(list),
    }
}

fn after(town: &Town, settled: &[Due]) -> Vec<i128> {
    let net = net::multilateral(settled.iter().map(|due| &due.obligation), town.accounts.len());
    town.accounts.iter().zip(net).map(|(account, net)| account.opening + net).collect()
}

#[test]
fn ubin_two_cycles_settle_although_the_first_must_wait_for_the_second() {
    let town = ubin(&[5, 4, 3], &[(0, 1, 5), (1, 0, 5), (1, 2, 4), (2, 1, 3)]);
    let chosen = offset::multilateral(&town.queues(), &town.positions());
    assert_eq!(chosen.len(), 4);
    assert_eq!(after(&town, &chosen), [5, 3, 4]);
}

#[test]
fn ubin_settlement_extends_across_two_components() {
    let list = [(0, 1, 5), (1, 0, 4), (1, 2, 2), (2, 3, 6), (3, 2, 3)];
    let town = ubin(&[4, 5, 2, 5], &list);
    let chosen = offset::multilateral(&town.queues(), &town.positions());
    assert_eq!(chosen.len(), 5);
    assert_eq!(after(&town, &chosen), [3, 4, 1, 8]);
}

#[test]
fn ubin_sample_component_is_settled_as_published() {
    let list = [
        (0, 1, 5),
        (1, 2, 6),
        (1, 2, 30),
        (2, 3, 8),
        (2, 4, 80),
        (3, 4, 7),
        (0, 2, 6),
        (4, 0, 8),
        (4, 1, 100),
        (3, 0, 5),
    ];
    let town = ubin(&[3, 4, 5, 4, 3], &list);
    let chosen = offset::multilateral(&town.queues(), &town.positions());
    assert_eq!(value(&chosen), 45);
    assert_eq!(after(&town, &chosen), [5, 3, 9, 0, 2]);
    assert_eq!(optimum(&town.dues, &town.positions()), Some(45));
}
