//! Exponential races: a choice among classes that a newcomer can only take from.
//!
//! Each class runs for an exponential time, of its own draw, divided by its own weight; the
//! shortest wins. A class that joins changes nobody else's time, so every choice it does not win
//! stays as it was.
//!
//! Invariant: class i wins with probability weight i over the sum of weights.
//! Never: a sum of weights, which a newcomer would change.

use std::sync::LazyLock;

use super::law::exponential_tail;
use super::sampler::OctaveTable;

/// Fractional bits of the tabulated exponential; its largest value is below 23.
/// Two draws never share a value: the slope is 2^-32 a draw at least.
const FRACTION_BITS: u32 = 40;

/// A constant table: pure, and the same in every run.
static EXPONENTIAL: LazyLock<OctaveTable> = LazyLock::new(|| {
    let unit = (1u64 << FRACTION_BITS) as f64;
    OctaveTable::new(|side, tail| exponential_tail(side, tail) * unit)
});

/// A unit exponential in units of 2^-32, rounded; monotone in `u`.
#[inline]
pub fn exponential(u: u32) -> u64 {
    let fine = EXPONENTIAL.at(u).cast_unsigned();
    (fine + (1 << (FRACTION_BITS - 33))) >> (FRACTION_BITS - 32)
}

/// The reciprocal of a weight, for [`race_time`]; a weight of zero never wins.
pub fn inverse_weight(weight: f64) -> u64 {
    assert!((0.0..f64::INFINITY).contains(&weight), "a weight is finite and not negative");
    (1.0 / (weight + 0.0)).to_bits()
}

/// How long a class runs with draw `u`: only the order of two times has a meaning.
///
/// Non-negative floats are ordered as their bits are, and conversion and product are rounded alike
/// everywhere: exact and portable over the whole range of weights.
#[inline]
pub fn race_time(u: u32, inverse_weight: u64) -> u64 {
    (EXPONENTIAL.at(u) as f64 * f64::from_bits(inverse_weight)).to_bits()
}

/// The classes of one choice with their weights.
#[derive(Clone, Debug)]
pub struct Race {
    inverse_weights: Vec<u64>,
    /// All weigh the same: then the shortest time is the smallest draw, without a logarithm.
    alike: bool,
}

impl Race {
    /// A race among classes with these weights, in any unit.
    pub fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let inverse_weights: Vec<u64> = weights.into_iter().map(inverse_weight).collect();
        let alike = inverse_weights.windows(2).all(|pair| pair[0] == pair[1]);
        let runs = inverse_weights.iter().all(|inverse| f64::from_bits(*inverse).is_finite());
        Self { inverse_weights, alike: alike && runs }
    }

    /// The class that wins when class `i` has the draw `draw(i)`; of two equal times the earlier
    /// class's. `None`: no class has a weight.
    #[inline]
    pub fn winner(&self, mut draw: impl FnMut(usize) -> u32) -> Option<usize> {
        if self.alike {
            return (0..self.inverse_weights.len()).min_by_key(|class| draw(*class));
        }
        let mut best = (f64::INFINITY.to_bits(), None);
        for (class, &inverse) in self.inverse_weights.iter().enumerate() {
            let time = race_time(draw(class), inverse);
            if time < best.0 {
                best = (time, Some(class));
            }
        }
        best.1
    }

    /// How many classes take part.
    pub fn len(&self) -> usize {
        self.inverse_weights.len()
    }

    /// Whether there is no class.
    pub fn is_empty(&self) -> bool {
        self.inverse_weights.is_empty()
    }
}
