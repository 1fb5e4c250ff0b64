//! The generator: published vectors, golden draws, independence of derived keys.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small test values"
)]

use hutong::kernel::chance::Key;
use rand::Rng;
use rand_distr::{Distribution, Exp1};
use statrs::distribution::{ChiSquared, ContinuousCDF};

#[test]
fn a_draw_for_a_purpose_is_the_first_output_of_the_sum_of_both_keys() {
    // Published: SplitMix64 seeded with 1,234,567 begins so.
    let published = 6_457_827_717_110_365_317;
    for purpose in [0, 7, 1_234_567] {
        assert_eq!(Key::new(1_234_567 - purpose).draw(Key::new(purpose)), published);
    }
    assert_eq!(Key::new(u64::MAX).draw(Key::new(1_234_568)), published, "sums wrap");
}

#[test]
fn draws_of_one_key_for_two_purposes_agree_in_no_more_bits_than_chance() {
    let purposes = [Key::new(0).with(1), Key::new(0).with(2)];
    let ones: u32 = (0..20_000)
        .map(|number| Key::new(7).with(number))
        .map(|key| (key.draw(purposes[0]) ^ key.draw(purposes[1])).count_ones())
        .sum();
    // 1,280,000 coins: a standard deviation is 566.
    assert!(ones.abs_diff(640_000) < 4 * 566, "{ones} of 1,280,000 bits differ");
}

#[test]
fn draws_are_the_published_vectors_of_splitmix64() {
    let published = [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
    ];
    let key = Key::new(1_234_567);
    assert_eq!(key.draws().take(5).collect::<Vec<_>>(), published);
    assert_eq!(key.bits(), published[0]);
}

#[test]
fn derived_keys_have_golden_draws() {
    // Computed from the definition in another language.
    let key = Key::new(42);
    assert_eq!(key.with(0).bits(), 0x4B26_19AD_9416_1886);
    assert_eq!(key.with(1).bits(), 0x3525_0B0C_55E3_643C);
    assert_eq!(key.with(1).with(2).bits(), 0x739E_EAA8_9445_0327);
    assert_eq!(key.with(2).with(1).bits(), 0xFA9B_51D7_FF03_341D);
    let (one, two) = (Key::new(0x5692_161D_100B_05E5), Key::new(0xDBD2_3897_3A2B_148A));
    assert_eq!(one.and(two).bits(), 0xE4F2_380F_2125_608F);
    assert_eq!(two.and(one).bits(), 0xA73D_3739_62D9_711B);
    assert_eq!(Key::named("").bits(), 0x1E0E_EBD9_EC13_79CE);
    assert_eq!(Key::named("").with(7).bits(), 0x0CB9_C3A0_F2C9_B796);
}

#[test]
fn a_name_is_the_head_of_its_published_hash() {
    // BLAKE3 of nothing begins af 13 49 b9 f5 f9 a1 a6.
    assert_eq!(Key::named(""), Key::new(0xA6A1_F9F5_B949_13AF));
    assert_ne!(Key::named("tenpay"), Key::named("alipay"));
}

#[test]
fn neighbouring_words_give_distinct_and_independent_draws() {
    let parents = [Key::new(0), Key::new(1), Key::new(0).with(1 << 40)];
    let mut all: Vec<u64> = Vec::new();
    for parent in parents {
        all.extend((0..300_000).map(|word| parent.with(word).bits()));
        all.extend(parent.draws().take(300_000));
    }
    for shift in (0..64).step_by(8) {
        let mut counts = [0f64; 256];
        for bits in &all {
            counts[(bits >> shift & 255) as usize] += 1.0;
        }
        let expected = all.len() as f64 / 256.0;
        let chi: f64 = counts.iter().map(|count| (count - expected).powi(2) / expected).sum();
        let p = 1.0 - ChiSquared::new(255.0).expect("255 degrees").cdf(chi);
        assert!(p > 1e-4, "byte at {shift}: p = {p}");
    }
    let drawn = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), drawn, "no draw occurs twice among 1.8 million of 2^64");
}

#[test]
fn one_bit_of_a_key_or_word_changes_half_of_the_draw() {
    for bit in 0..64 {
        let mut flipped = [0u32; 3];
        for base in 0..2_000u64 {
            let (key, other) = (Key::new(base), Key::new(base ^ 1 << bit));
            flipped[0] += (key.with(9).bits() ^ other.with(9).bits()).count_ones();
            let (one, two) = (key.with(base), key.with(base ^ 1 << bit));
            flipped[1] += (one.bits() ^ two.bits()).count_ones();
            flipped[2] += (key.and(key).bits() ^ key.and(other).bits()).count_ones();
        }
        for sum in flipped {
            let mean = f64::from(sum) / 2_000.0;
            // A mean of 2,000 binomial counts has a standard deviation of 0.09.
            assert!((mean - 32.0).abs() < 0.6, "bit {bit}: {mean} of 64 change");
        }
    }
}

#[test]
fn the_generator_serves_rand() {
    let mut draws = Key::new(5).draws();
    let mut bytes = [0; 11];
    draws.clone().fill_bytes(&mut bytes);
    let words: Vec<u8> = draws.clone().take(2).flat_map(u64::to_le_bytes).collect();
    assert_eq!(bytes, words[..11]);
    assert_eq!(u64::from(draws.clone().next_u32()), draws.clone().next_u64() >> 32);
    let sum: f64 = (0..100_000).map(|_| -> f64 { Exp1.sample(&mut draws) }).sum();
    assert!((sum / 100_000.0 - 1.0).abs() < 0.015);
}
