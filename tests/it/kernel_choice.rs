//! Choices and arrivals: alias tables, exponential races, Poisson processes in steps.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small test values"
)]

use hutong::kernel::chance::Key;
use hutong::kernel::sampler::{Alias, Arrivals, Race, exponential, inverse_weight, race_time};
use hutong::units::Instant;
use proptest::prelude::*;
use statrs::distribution::{ChiSquared, ContinuousCDF};

const SECOND: f64 = 1e9;

/// The p-value of counts against expected shares; cells of share zero must be empty.
fn chi_square_p(counts: &[u64], shares: &[f64]) -> f64 {
    let total: u64 = counts.iter().sum();
    let sum: f64 = shares.iter().sum();
    let (mut chi, mut cells) = (0.0, 0);
    for (&count, share) in counts.iter().zip(shares) {
        let expected = total as f64 * share / sum;
        if expected > 0.0 {
            chi += (count as f64 - expected).powi(2) / expected;
            cells += 1;
        } else {
            assert_eq!(count, 0, "a share of zero is never chosen");
        }
    }
    1.0 - ChiSquared::new(f64::from(cells - 1)).expect("two cells or more").cdf(chi)
}

/// Kolmogorov and Smirnov's distance of values in [0, 1] from the uniform law, times √n: above
/// 2.2 once in ten thousand.
fn uniform_distance(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let distance = |(index, &value): (usize, &f64)| {
        let index = index as f64;
        (value - index / count).abs().max((value - (index + 1.0) / count).abs())
    };
    values.iter().enumerate().map(distance).fold(0.0, f64::max) * count.sqrt()
}

#[test]
fn an_alias_table_chooses_by_weight() {
    let zipf: Vec<f64> = (1..=500).map(|rank| 1.0 / f64::from(rank)).collect();
    for weights in [vec![1.0], vec![3.0, 0.0, 1.0], vec![0.36, 0.64], vec![1.0; 7], zipf] {
        let alias = Alias::new(&weights);
        let mut counts = vec![0; weights.len()];
        for bits in Key::new(11).draws().take(1_000_000) {
            counts[alias.at(bits)] += 1;
        }
        if weights.len() > 1 {
            let p = chi_square_p(&counts, &weights);
            assert!(p > 1e-4, "{} weights: p = {p}", weights.len());
        }
    }
}

proptest! {
    #[test]
    fn an_alias_table_gives_each_its_share_and_nothing_to_zero(
        weights in prop::collection::vec(prop_oneof![Just(0.0), 1e-9..1e9], 1..20)
            .prop_filter("one has a weight", |weights| weights.iter().any(|&w| w > 0.0)),
    ) {
        let alias = Alias::new(&weights);
        prop_assert_eq!(alias.len(), weights.len());
        // Draws on a lattice: 64 coins for each of the cells' exact bounds.
        let cells = weights.len() as u64;
        let mut shares = vec![0.0; weights.len()];
        for cell in 0..cells {
            let high = ((cell << 32) / cells + 1) << 32;
            for coin in 0..4_096u64 {
                shares[alias.at(high | coin << 20 | 1 << 19)] += 1.0 / 4_096.0 / cells as f64;
            }
        }
        let total: f64 = weights.iter().sum();
        for (share, weight) in shares.iter().zip(&weights) {
            prop_assert!((share - weight / total).abs() <= 1.0 / 4_096.0 + 1e-9);
            prop_assert!(*weight > 0.0 || *share <= 0.0);
        }
    }
}

#[test]
fn the_exponential_is_minus_the_logarithm() {
    for bits in Key::new(3).draws().take(200_000) {
        let u = (bits as u32) >> (bits >> 59);
        for u in [u, !u] {
            let share = (f64::from(u) + 0.5) / 2f64.powi(32);
            let exact = -(-share).ln_1p();
            let found = exponential(u) as f64 / 2f64.powi(32);
            let tolerance = exact * 4e-5 + 2f64.powi(-32);
            assert!((found - exact).abs() < tolerance, "{u}: {found}, exactly {exact}");
        }
    }
    assert!(exponential(u32::MAX) > 22 << 32);
}

/// Runs intentions through a race of named classes; the draw depends on (intention, name) only.
fn winners(classes: &[(&str, f64)], count: u64) -> Vec<usize> {
    let race = Race::new(classes.iter().map(|class| class.1));
    assert_eq!(race.len(), classes.len());
    let names: Vec<Key> = classes.iter().map(|class| Key::named(class.0)).collect();
    let winner = |intention| {
        let intention = Key::new(99).with(intention);
        race.winner(|class| intention.and(names[class]).bits() as u32).expect("one has a weight")
    };
    (0..count).map(winner).collect()
}

#[test]
fn a_race_is_won_in_proportion_to_weight() {
    for scale in [1.0, 1e-9, 4e7] {
        let weights = [0.5, 2.0, 0.0, 3.5, 0.01, 40.0].map(|weight| weight * scale);
        let names = ["food", "fuel", "none", "taxi", "rare", "shop"];
        let classes: Vec<(&str, f64)> = names.into_iter().zip(weights).collect();
        let mut counts = [0; 6];
        for winner in winners(&classes, 1_000_000) {
            counts[winner] += 1;
        }
        let p = chi_square_p(&counts, &weights);
        assert!(p > 1e-4, "scale {scale}: p = {p}, {counts:?}");
    }
}

#[test]
fn a_newcomer_only_takes() {
    let before = [("food", 3.0), ("taxi", 2.0), ("shop", 5.0)];
    let after = [("shop", 5.0), ("cinema", 1.0), ("food", 3.0), ("taxi", 2.0)];
    let mut taken = 0;
    let pairs = winners(&before, 200_000).into_iter().zip(winners(&after, 200_000));
    for (old, new) in pairs {
        if after[new].0 == "cinema" {
            taken += 1;
        } else {
            assert_eq!(before[old], after[new], "who is not taken stays");
        }
    }
    assert!((f64::from(taken) / 200_000.0 * 11.0 - 1.0).abs() < 0.03, "{taken} taken");
}

#[test]
fn nobody_wins_a_race_without_weight_and_the_earlier_wins_a_tie() {
    assert_eq!(Race::new([0.0, 0.0]).winner(|_| 7), None);
    assert_eq!(Race::new([]).winner(|_| 7), None);
    assert!(Race::new([]).is_empty());
    assert_eq!(Race::new([1.0, 1.0]).winner(|_| 7), Some(0));
    assert!(race_time(7, inverse_weight(2.0)) < race_time(7, inverse_weight(1.0)));
    assert!(race_time(7, inverse_weight(1.0)) < race_time(8, inverse_weight(1.0)));
}

fn instant(seconds: f64) -> Instant {
    Instant::from_nanos((seconds * SECOND) as u64)
}

/// The arrivals of one replication.
fn arrivals(steps: &[(Instant, f64)], key: Key) -> Vec<Instant> {
    let mut process = Arrivals::new(steps);
    let mut draws = key.draws();
    std::iter::from_fn(|| process.advance(exponential(draws.next_bits() as u32))).collect()
}

#[test]
fn counts_in_each_step_are_poisson() {
    let rates = [3.0, 0.0, 0.2, 40.0, 0.0];
    let starts = [2.0, 4.0, 5.0, 10.0, 10.5];
    let steps: Vec<_> = starts.iter().map(|&start| instant(start)).zip(rates).collect();
    let replications = 20_000;
    let mut counts = vec![[0u32; 5]; replications];
    for (replication, counts) in counts.iter_mut().enumerate() {
        for at in arrivals(&steps, Key::new(8).with(replication as u64)) {
            let next = steps.partition_point(|step| step.0 <= at);
            counts[next.checked_sub(1).expect("nothing before the first step")] += 1;
        }
    }
    for (step, mean) in [6.0, 0.0, 1.0, 20.0, 0.0].into_iter().enumerate() {
        let values = || counts.iter().map(|counts| f64::from(counts[step]));
        let found = values().sum::<f64>() / replications as f64;
        let spread = values().map(|value| (value - mean).powi(2)).sum::<f64>();
        let variance = spread / replications as f64;
        // Four standard errors of a mean and of a variance of a Poisson count.
        let error = 4.0 * (mean / replications as f64).sqrt();
        assert!((found - mean).abs() <= error, "step {step}: mean {found}");
        let error = 4.0 * ((mean + 2.0 * mean * mean) / replications as f64).sqrt();
        assert!((variance - mean).abs() <= error, "step {step}: variance {variance}");
    }
    let product = |pair: [usize; 2], mean: f64| {
        let term = |counts: &[u32; 5]| pair.map(|step| f64::from(counts[step]));
        let sum: f64 = counts.iter().map(term).map(|[a, b]| (a - 6.0) * (b - mean)).sum();
        sum / replications as f64
    };
    assert!(product([0, 3], 20.0).abs() < 4.0 * (6.0 * 20.0 / 20_000f64).sqrt(), "independent");
}

#[test]
fn gaps_at_a_constant_rate_are_exponential() {
    for rate in [1e-3, 1.0, 2_000.0, 50_000.0] {
        let mut process = Arrivals::new(&[(instant(1.0), rate)]);
        let mut draws = Key::new(5).draws();
        let mut before = instant(1.0);
        let mut next = || {
            let at = process.advance(exponential(draws.next_bits() as u32)).expect("no end");
            let gap = at.since(before).nanos() as f64 / SECOND;
            before = at;
            1.0 - (-gap * rate).exp()
        };
        let distance = uniform_distance((0..100_000).map(|_| next()).collect());
        assert!(distance < 2.2, "rate {rate}: {distance}");
    }
}

proptest! {
    #[test]
    fn the_hazard_between_arrivals_is_exactly_what_was_drawn(
        seed in any::<u64>(),
        steps in prop::collection::vec((1u64..5_000_000_000, prop_oneof![Just(0.0), 0.01..900.0]),
            1..12),
    ) {
        let mut start = 0;
        let mut profile = Vec::new();
        for (length, rate) in steps {
            profile.push((Instant::from_nanos(start), rate));
            start += length;
        }
        profile.push((Instant::from_nanos(start), 0.0));
        let hazard_at = |at: Instant| {
            let piece = |pair: &[(Instant, f64)]| {
                let end = pair[1].0.min(at).max(pair[0].0);
                end.since(pair[0].0).nanos() as f64 / SECOND * pair[0].1
            };
            profile.windows(2).map(piece).sum::<f64>()
        };
        let mut process = Arrivals::new(&profile);
        let mut draws = Key::new(seed).draws();
        let mut drawn = 0.0;
        loop {
            let hazard = exponential(draws.next_bits() as u32);
            drawn += hazard as f64 / 2f64.powi(32);
            let Some(at) = process.advance(hazard) else { break };
            // Rounded down by less than a nanosecond, at up to 900 a second.
            let error = drawn - hazard_at(at);
            prop_assert!(-1e-9 < error && error < 900.0 / SECOND + 1e-9, "{error}");
        }
        prop_assert!(hazard_at(Instant::from_nanos(start)) < drawn + 1e-9, "all have come");
        prop_assert_eq!(process.advance(0), None);
    }
}
