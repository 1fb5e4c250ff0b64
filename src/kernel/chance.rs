//! Chance: one keyed, counter-based generator (`SplitMix64`).
//!
//! Invariant: a draw is a pure function of its key; output n of key k is mix(k + (n + 1)·gamma).
//! Never: a stream that several owners advance, or a draw that depends on the order of calls.

use std::convert::Infallible;

use rand::TryRng;

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
/// Keeps derived keys apart from draws: any odd number that is no small multiple of gamma.
const DERIVE: u64 = 0xD1B5_4A32_D192_ED03;

/// The finaliser of `SplitMix64`: a bijection of 64-bit words.
#[inline]
const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// What a draw belongs to: the seed and, mixed in word by word, everything that tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The key with exactly this state; its draws are those of `SplitMix64` seeded with `state`.
    pub const fn new(state: u64) -> Self {
        Self(state)
    }

    /// The key of a name: the first eight bytes of its BLAKE3 hash, little-endian.
    pub fn named(text: &str) -> Self {
        let hash = blake3::hash(text.as_bytes());
        let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
        Self(u64::from_le_bytes(*first))
    }

    /// The key derived from this one by `word`. Distinct words give distinct keys, and the order
    /// of derivations matters.
    #[inline]
    #[must_use]
    pub const fn with(self, word: u64) -> Self {
        self.and(Self(mix(word.wrapping_add(GAMMA))))
    }

    /// The key derived from this one by another, which is mixed already. Not symmetric.
    #[inline]
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(mix(self.0.wrapping_add(other.0.rotate_left(32)).wrapping_add(DERIVE)))
    }

    /// The draw of this key: its output 0.
    #[inline]
    pub const fn bits(self) -> u64 {
        mix(self.0.wrapping_add(GAMMA))
    }

    /// The draw of this key for one of several purposes, named by a mixed key of its own: output 0
    /// of the sum of both. One mix instead of a derivation and a draw; for the hot path.
    #[inline]
    pub const fn draw(self, purpose: Self) -> u64 {
        mix(self.0.wrapping_add(purpose.0).wrapping_add(GAMMA))
    }

    /// All draws of this key, from output 0 on.
    #[inline]
    pub const fn draws(self) -> Draws {
        Draws(self.0)
    }
}

/// The draws of one key in turn; a generator for `rand` and `rand_distr`.
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    /// The next draw.
    #[inline]
    pub const fn next_bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }
}

impl Iterator for Draws {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        Some(self.next_bits())
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next_bits() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next_bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_bits().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
