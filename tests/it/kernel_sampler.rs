//! Samplers: into the far tail, monotone, with the right mean, and the same on every machine.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small test values"
)]

use hutong::kernel::chance::Key;
use hutong::kernel::dist::{Dist, Knot, normal_quantile};
use hutong::kernel::sampler::Sampler;
use proptest::prelude::*;
use statrs::distribution::{ChiSquared, ContinuousCDF, Exp, LogNormal, Normal, Pareto, Weibull};
use statrs::statistics::Distribution;

const DRAWS: f64 = 4_294_967_296.0;

/// A distribution and the same one from another library.
type Known = (Dist, Box<dyn ContinuousCDF<f64, f64>>, f64, f64);

fn known<D>(dist: Dist, other: D) -> Known
where
    D: ContinuousCDF<f64, f64> + Distribution<f64> + 'static,
{
    let mean = other.mean().unwrap_or(f64::INFINITY);
    let variance = other.variance().unwrap_or(f64::INFINITY);
    (dist, Box::new(other), mean, variance)
}

/// The tabulated laws over the range that scenarios use, in nanoseconds.
fn known_laws() -> Vec<Known> {
    let mut laws = vec![known(Dist::Exponential { mean: 5e6 }, Exp::new(2e-7).expect("a rate"))];
    for sigma in [0.3, 1.0, 2.0] {
        let other = LogNormal::new(3e7f64.ln(), sigma).expect("a log-normal");
        laws.push(known(Dist::LogNormal { median: 3e7, sigma }, other));
    }
    for shape in [0.5, 1.0, 3.0] {
        let other = Weibull::new(shape, 4e7).expect("a Weibull");
        laws.push(known(Dist::Weibull { shape, scale: 4e7 }, other));
    }
    for shape in [1.2, 1.5, 2.5, 8.0] {
        let other = Pareto::new(1e6, shape).expect("a Pareto");
        laws.push(known(Dist::Pareto { low: 1e6, shape }, other));
    }
    laws
}

fn measured() -> Dist {
    let knot = |cumulative, value| Knot { cumulative, value };
    Dist::Empirical(vec![
        knot(0.1, 1_000_000),
        knot(0.5, 2_000_000),
        knot(0.9, 7_000_000),
        knot(0.999, 80_000_000),
        knot(1.0, 300_000_000),
    ])
}

fn assert_close(found: f64, exact: f64, relative: f64, what: &str) {
    let error = (found - exact).abs();
    assert!(error <= exact.abs() * relative, "{what}: {found}, exactly {exact}");
}

#[test]
fn moments_are_those_of_the_textbooks() {
    for (dist, _, mean, variance) in known_laws() {
        if mean.is_infinite() || variance.is_infinite() {
            assert!(dist.mean().is_infinite() == mean.is_infinite(), "{dist:?}");
            assert!(dist.variance().is_infinite(), "{dist:?}");
            continue;
        }
        assert_close(dist.mean(), mean, 1e-12, &format!("mean of {dist:?}"));
        assert_close(dist.variance(), variance, 1e-9, &format!("variance of {dist:?}"));
    }
    let die = Dist::Uniform { low: 1, high: 6 };
    assert_close(die.mean(), 3.5, 1e-15, "mean of a die");
    assert_close(die.variance(), 35.0 / 12.0, 1e-15, "variance of a die");
    assert_close(Dist::Constant(7).mean(), 7.0, 1e-15, "mean of a constant");
    assert_close(Dist::Constant(7).variance(), 0.0, 0.0, "variance of a constant");
    assert!(Dist::Pareto { low: 1.0, shape: 1.0 }.mean().is_infinite());
}

#[test]
fn moments_of_a_measured_law_are_those_of_its_values() {
    let dist = measured();
    let count = 2_000_000;
    let values = || (0..count).map(|i| dist.quantile((f64::from(i) + 0.5) / f64::from(count)));
    let mean = values().sum::<f64>() / f64::from(count);
    let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / f64::from(count);
    assert_close(dist.mean(), mean, 1e-9, "mean");
    assert_close(dist.variance(), variance, 1e-6, "variance");
}

#[test]
fn the_normal_quantile_agrees_with_another_library() {
    let normal = Normal::new(0.0, 1.0).expect("the standard normal");
    let tails = (0..400).map(|step| 0.5 * (-f64::from(step) / 16.0).exp()).skip(1);
    for tail in tails.chain([0.074_999, 0.075, 0.075_001, 1.389e-11, 1.388e-11]) {
        let what = format!("the quantile at {tail}");
        assert_close(normal_quantile(tail), normal.inverse_cdf(tail), 1e-13, &what);
        if tail > 1e-3 {
            let upper = normal.inverse_cdf(1.0 - tail);
            assert_close(normal_quantile(1.0 - tail), upper, 1e-13, &what);
        }
    }
    assert_close(normal_quantile(0.5), 0.0, 0.0, "the median");
}

#[test]
fn quantiles_are_those_of_another_library() {
    for (dist, other, _, _) in known_laws() {
        for p in [1e-6, 1e-3, 0.05, 0.5, 0.9, 0.999, 1.0 - 1e-5, 1.0 - 1e-6] {
            assert_close(other.cdf(dist.quantile(p)), p, 1e-9, &format!("{dist:?} at {p}"));
        }
    }
}

#[test]
fn draws_are_exact_quantiles_into_the_far_tail() {
    for (dist, other, _, _) in known_laws() {
        let sampler = Sampler::new(&dist);
        for distance in [3u32, 43, 4_295, 42_950, 4_294_967, 429_496_730, 2_000_000_000] {
            let tail = (f64::from(distance) + 0.5) / DRAWS;
            let high = sampler.at(!distance) as f64;
            // Checked as a probability: within a thousandth of the tail's own share.
            assert_close(other.sf(high), tail, 1e-3, &format!("{dist:?} beyond {tail}"));
            let low = sampler.at(distance) as f64;
            let around = [other.cdf(low - 1.0), other.cdf(low + 1.0)];
            assert!(
                around[0] <= tail * (1.0 + 2e-4) && tail * (1.0 - 2e-4) <= around[1],
                "{dist:?} below {tail}: {low} has {around:?}"
            );
        }
        // The largest of 2^32 draws is no cut: beyond it lies a share of about 2^-33, or less
        // where it stands for the mean of a power tail.
        let beyond = other.sf(sampler.at(u32::MAX) as f64) * DRAWS;
        assert!(0.1 < beyond && beyond < 0.51, "{dist:?}: {beyond}");
    }
}

/// The mean over all draws: inside a cell values are linear, so that its ends are enough.
fn exact_mean(sampler: &Sampler) -> f64 {
    let mut sum = 0.0;
    let mut cell = |first: u32, last: u32| {
        let ends = sampler.at(first) as f64 + sampler.at(last) as f64;
        sum += ends / 2.0 * f64::from(last - first + 1);
    };
    let mut first = 0u32;
    while first < 1 << 31 {
        let width = if first < 128 { 1 } else { 1 << (first.ilog2() - 6) };
        let last = first + (width - 1);
        cell(first, last);
        cell(!last, !first);
        first += width;
    }
    sum / DRAWS
}

#[test]
fn the_sampled_mean_is_the_mean() {
    for (dist, ..) in known_laws() {
        assert_close(exact_mean(&Sampler::new(&dist)), dist.mean(), 1e-5, &format!("{dist:?}"));
    }
    assert_close(exact_mean(&Sampler::new(&measured())), measured().mean(), 1e-5, "measured");
    // Rounding to whole minor units must not bias small values.
    for median in [40.0, 2_000.0] {
        let dist = Dist::LogNormal { median, sigma: 1.5 };
        let sampler = Sampler::new(&dist);
        let lattice = (0..1u32 << 24).map(|step| sampler.at(step << 8 | 128) as f64);
        let mean = lattice.sum::<f64>() / f64::from(1 << 24);
        assert_close(mean, dist.mean(), 2e-4, &format!("{dist:?}"));
    }
}

/// Ten million draws in bins from the lowest 10^-5 to the highest 10^-5.
#[test]
fn ten_million_draws_fit_into_the_far_tail() {
    let edges = [1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9];
    let tails = [0.01, 1e-3, 1e-4, 1e-5];
    let laws = [
        Dist::Exponential { mean: 5e6 },
        Dist::LogNormal { median: 3e7, sigma: 1.0 },
        Dist::Weibull { shape: 0.5, scale: 4e14 },
        Dist::Pareto { low: 1e9, shape: 1.5 },
        Dist::Uniform { low: 1_000, high: 900_000_000 },
    ];
    for (dist, seed) in laws.into_iter().zip(0..) {
        let sampler = Sampler::new(&dist);
        let shares: Vec<f64> = edges.into_iter().chain(tails.map(|tail| 1.0 - tail)).collect();
        let bounds: Vec<f64> = shares.iter().map(|&share| dist.quantile(share)).collect();
        let mut counts = vec![0u32; bounds.len() + 1];
        for bits in Key::named("fit").with(seed).draws().take(5_000_000) {
            for value in [sampler.from_half(bits, false), sampler.from_half(bits, true)] {
                counts[bounds.partition_point(|&bound| bound < value as f64)] += 1;
            }
        }
        let (mut before, mut chi) = (0.0, 0.0);
        for (&count, share) in counts.iter().zip(shares.iter().chain([&1.0])) {
            let expected = (share - before) * 1e7;
            chi += (f64::from(count) - expected).powi(2) / expected;
            before = *share;
        }
        let degrees = bounds.len() as f64;
        let p = 1.0 - ChiSquared::new(degrees).expect("some bins").cdf(chi);
        assert!(p > 1e-4, "{dist:?}: p = {p}, {counts:?}");
        let top: u32 = counts[counts.len() - 2..].iter().sum();
        // Binomial: 1,000 expected beyond 1 - 10^-4, standard deviation 31.6.
        assert!((f64::from(top) - 1_000.0).abs() < 4.0 * 31.6, "{dist:?}: {top}");
    }
}

#[test]
fn values_are_golden() {
    let draws = [0, 1, 77, 123_456_789, 1 << 31, 3_000_000_000, u32::MAX - 1, u32::MAX];
    let laws = [
        Dist::Constant(42),
        Dist::Uniform { low: 10, high: 19 },
        Dist::Exponential { mean: 5e6 },
        Dist::LogNormal { median: 2_000.0, sigma: 1.5 },
        Dist::Weibull { shape: 1.5, scale: 1e6 },
        Dist::Pareto { low: 1e5, shape: 1.5 },
        measured(),
    ];
    let golden = [
        [42, 42, 42, 42, 42, 42, 42, 42],
        [10, 10, 10, 10, 15, 16, 19, 19],
        [0, 0, 0, 145_828, 3_465_715, 5_994_820, 108_875_570, 114_368_598],
        [0, 0, 1, 116, 2_000, 4_363, 20_801_441, 26_905_067],
        [0, 0, 7, 94_750, 783_218, 1_128_593, 7_797_839, 8_057_961],
        [100_000, 100_000, 100_000, 101_963, 158_740, 222_402, 201_639_670_668, 792_668_147_450],
        [
            1_000_000,
            1_000_000,
            1_000_000,
            1_000_000,
            1_999_985,
            4_481_097,
            299_995_456,
            299_995_507,
        ],
    ];
    for (dist, golden) in laws.iter().zip(golden) {
        let sampler = Sampler::new(dist);
        assert_eq!(draws.map(|draw| sampler.at(draw)), golden, "{dist:?}");
    }
}

#[test]
fn a_larger_draw_never_gives_a_smaller_value_at_any_joint() {
    let mut laws: Vec<Dist> = known_laws().into_iter().map(|law| law.0).collect();
    laws.extend([measured(), Dist::Pareto { low: 5.0, shape: 0.3 }]);
    laws.push(Dist::Weibull { shape: 0.2, scale: 3.0 });
    for dist in laws {
        let sampler = Sampler::new(&dist);
        let mut before = 0;
        let joints = (0..=(1u64 << 32)).step_by(1 << 20);
        let ends = (0..3_000).chain((1u64 << 32) - 3_000..1 << 32);
        let halves = (0..32).map(|bit| 1u64 << bit).flat_map(|at| [at, (1 << 32) - at]);
        let near = joints.chain(halves).flat_map(|at| at.saturating_sub(2)..at + 2);
        let mut draws: Vec<u32> = near.chain(ends).filter_map(|at| at.try_into().ok()).collect();
        draws.sort_unstable();
        for draw in draws {
            let value = sampler.at(draw);
            assert!(before <= value, "{dist:?} falls at {draw}");
            before = value;
        }
    }
}

proptest! {
    #[test]
    fn any_law_is_monotone(
        a in any::<u32>(), b in any::<u32>(), median in 1.0..1e12, sigma in 0.01..4.0,
    ) {
        let (a, b) = (a.min(b), a.max(b));
        for dist in [
            Dist::LogNormal { median, sigma },
            Dist::Weibull { shape: sigma, scale: median },
            Dist::Pareto { low: median, shape: sigma },
            Dist::Uniform { low: 3, high: median as u64 + 3 },
        ] {
            let sampler = Sampler::new(&dist);
            prop_assert!(sampler.at(a) <= sampler.at(b));
            prop_assert!(sampler.at(a) <= sampler.at(a.saturating_add(1)));
        }
    }

    #[test]
    fn a_uniform_covers_its_ends_and_nothing_else(low in any::<u64>(), size in 0u64..1 << 31) {
        let low = low >> 1;
        let sampler = Sampler::new(&Dist::Uniform { low, high: low + size });
        prop_assert_eq!(sampler.at(0), low);
        prop_assert_eq!(sampler.at(u32::MAX), low + size);
    }
}

#[test]
fn a_uniform_over_all_values_and_a_measured_constant_are_no_special_cases() {
    let all = Sampler::new(&Dist::Uniform { low: 0, high: u64::MAX });
    assert_eq!(all.at(u32::MAX) >> 32, u64::from(u32::MAX));
    let one = Dist::Empirical(vec![Knot { cumulative: 1.0, value: 9 }]);
    let sampler = Sampler::new(&one);
    assert!([0, 5, 1 << 31, u32::MAX].into_iter().all(|draw| sampler.at(draw) == 9));
    assert_eq!((one.mean(), one.variance()), (9.0, 0.0));
    let none = Sampler::new(&Dist::Empirical(vec![Knot { cumulative: 1.0, value: 0 }]));
    assert_eq!((none.at(0), none.at(u32::MAX)), (0, 0));
}
