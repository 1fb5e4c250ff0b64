//! Samplers: a distribution compiled to a table from 32 random bits to a whole value.
//!
//! Invariant: a larger draw never gives a smaller value (common random numbers rely on it); tails
//! are exact to 2^-32 on both sides; the mean is the distribution's.
//! Never: a float while a model runs.

pub use super::alias::Alias;
pub use super::arrivals::Arrivals;
use super::dist::Dist;
use super::law::Side;
pub use super::race::{Race, exponential, inverse_weight, race_time};

/// Cells per octave: each halving of the tail probability has 64 linear pieces.
const CELL_BITS: u32 = 6;
/// Draws of one side: 2^31 of them.
const SIDE_BITS: u32 = 31;
const CELLS: usize = ((SIDE_BITS - CELL_BITS + 1) as usize) << CELL_BITS;
/// The outermost draws, which have a cell each.
const LONE: usize = 2 << CELL_BITS;
/// Values and knots stay below 2^61, so that differences and halves fit.
const KNOT_MAX: f64 = (1u64 << 61) as f64;
/// Fractional bits of a knot, where the values leave room.
const FRACTION_MAX: u32 = 16;
/// The share of one draw.
const DRAW: f64 = 1.0 / (1u64 << 32) as f64;
/// Values are corrected to the mean by at most this share; a larger gap means that a tail beyond
/// 2^-32 carries it.
const CORRECTION_MAX: f64 = 0.01;

/// A piecewise linear function of a 32-bit draw, in octaves of the distance from either end.
pub(super) struct OctaveTable {
    /// Knots of the low side by rising draw, then those of the high side by falling draw.
    knots: Vec<i64>,
    /// Whether a cell's difference times its width fits one word, as it does but for values near
    /// the ends of the range.
    narrow: bool,
}

/// The cell of the draw at `distance` from its end (below 2^31), and the cell's width as a power
/// of two.
#[inline]
fn cell_of(distance: u32) -> (usize, u32) {
    let octave = (31 - CELL_BITS) - (distance | 1 << CELL_BITS).leading_zeros();
    (((octave << CELL_BITS) + (distance >> octave)) as usize, octave)
}

/// The first distance of a cell; that of `CELLS` is the end of the side.
fn first_of(cell: usize) -> u64 {
    let octave = (cell >> CELL_BITS).saturating_sub(1);
    ((cell - (octave << CELL_BITS)) as u64) << octave
}

impl OctaveTable {
    /// Tabulates `value(side, tail)`, monotone and scaled by the caller, at tail probabilities
    /// down to 2^-33.
    pub(super) fn new(value: impl Fn(Side, f64) -> f64) -> Self {
        let outermost = [Side::Low, Side::High].map(|side| value(side, 0.5 * DRAW));
        Self::with_outermost(value, outermost)
    }

    /// As `new`, with stated values for the smallest and the largest draw.
    fn with_outermost(value: impl Fn(Side, f64) -> f64, outermost: [f64; 2]) -> Self {
        let mut knots = Vec::with_capacity(2 * (CELLS + 1));
        for (side, end) in [Side::Low, Side::High].into_iter().zip(outermost) {
            let at = |draws: f64| value(side, draws * DRAW).clamp(0.0, KNOT_MAX);
            // The outermost draws have a cell each, which holds their own value.
            knots.push(end.clamp(0.0, KNOT_MAX) as i64);
            knots.extend((1..LONE).map(|cell| at(cell as f64 + 0.5) as i64));
            knots.extend((LONE..=CELLS).map(|cell| at(first_of(cell) as f64) as i64));
        }
        let mut table = Self { knots, narrow: false };
        table.narrow = (0..2 * CELLS).all(|place| table.is_narrow(place));
        table
    }

    /// Whether one cell, counted over both sides, interpolates within one word.
    fn is_narrow(&self, place: usize) -> bool {
        let (side, cell) = (place / CELLS, place % CELLS);
        let first = side * (CELLS + 1) + cell;
        let difference = self.knots[first + 1].abs_diff(self.knots[first]);
        let width = first_of(cell + 1) - first_of(cell);
        difference.checked_mul(2 * width).is_some_and(|product| product < 1 << 62)
    }

    #[inline]
    pub(super) fn at(&self, draw: u32) -> i64 {
        let high = draw >> SIDE_BITS;
        // The distance from the nearer end: `draw`, or its complement on the high side.
        let distance = draw ^ high.wrapping_neg();
        let (cell, octave) = cell_of(distance);
        let cell = cell + high as usize * (CELLS + 1);
        let (from, to) = (self.knots[cell], self.knots[cell + 1]);
        let inside = distance & ((1 << octave) - 1);
        // The middle of the draw's share, in halves of a draw; nothing where it is alone.
        let middle = 2 * inside + u32::from(octave != 0);
        let part = if self.narrow {
            (i64::from(middle) * (to - from)) >> (octave + 1)
        } else {
            ((i128::from(middle) * i128::from(to - from)) >> (octave + 1)) as i64
        };
        from + part
    }

    /// The mean over all 2^32 draws, but for rounding.
    fn mean(&self) -> f64 {
        let side = |offset: usize| {
            let lone: f64 = self.knots[offset..offset + LONE].iter().map(|&knot| knot as f64).sum();
            let linear = |cell: usize| {
                let width = (first_of(cell + 1) - first_of(cell)) as f64;
                let ends = self.knots[offset + cell] + self.knots[offset + cell + 1];
                width * ends as f64 / 2.0
            };
            lone + (LONE..CELLS).map(linear).sum::<f64>()
        };
        (side(0) + side(CELLS + 1)) * DRAW
    }
}

/// A quantile table of whole values.
struct Table {
    octaves: OctaveTable,
    /// Fractional bits of the knots.
    fraction: u32,
}

impl Table {
    fn new(dist: &Dist) -> Self {
        let ends = [dist.tail(Side::Low, 0.5 * DRAW), top_mean(dist)];
        let top = ends[1].clamp(1.0, KNOT_MAX);
        let fraction = 60u32.saturating_sub(libm::log2(top) as u32).min(FRACTION_MAX);
        let unit = f64::from(1u32 << fraction);
        // The smallest value stays: only the excess over it is corrected.
        let tabulate = |factor: f64| {
            let corrected = |value: f64| (ends[0] + (value - ends[0]) * factor) * unit;
            let value = |side, tail| corrected(dist.tail(side, tail));
            OctaveTable::with_outermost(value, ends.map(corrected))
        };
        let octaves = tabulate(1.0);
        let correction = (dist.mean() - ends[0]) / (octaves.mean() / unit - ends[0]);
        let octaves =
            if (correction - 1.0).abs() <= CORRECTION_MAX { tabulate(correction) } else { octaves };
        Self { octaves, fraction }
    }

    #[inline]
    fn at(&self, draw: u32) -> u64 {
        let half = (1i64 << self.fraction) >> 1;
        let value = (self.octaves.at(draw) + half) >> self.fraction;
        value.max(0).cast_unsigned()
    }
}

/// What the largest draw stands for: the mean of the top 2^-32 where a power tail makes that mean
/// matter, otherwise its quantile.
fn top_mean(dist: &Dist) -> f64 {
    match dist {
        Dist::Pareto { shape, .. } if *shape > 1.0 => {
            dist.tail(Side::High, DRAW) * shape / (shape - 1.0)
        }
        _ => dist.tail(Side::High, 0.5 * DRAW),
    }
}

enum Kind {
    Constant(u64),
    /// Smallest value and the number of values.
    Uniform(u64, u128),
    Table(Table),
}

/// A distribution of whole values, ready to be sampled.
pub struct Sampler(Kind);

impl Sampler {
    /// Compiles a distribution; about 26 KiB unless it is constant or uniform.
    pub fn new(dist: &Dist) -> Self {
        Self(match dist {
            Dist::Constant(value) => Kind::Constant(*value),
            Dist::Uniform { low, high } => {
                let count = u128::from(high.checked_sub(*low).expect("low exceeds high")) + 1;
                Kind::Uniform(*low, count)
            }
            _ => Kind::Table(Table::new(dist)),
        })
    }

    /// The value at draw `u`: the quantile at (u + 1/2) / 2^32. Monotone in `u`.
    #[inline]
    pub fn at(&self, u: u32) -> u64 {
        match &self.0 {
            Kind::Constant(value) => *value,
            Kind::Uniform(low, count) => low + ((u128::from(u) * count) >> 32) as u64,
            Kind::Table(table) => table.at(u),
        }
    }

    /// The value at the high or the low half of a 64-bit draw.
    #[inline]
    pub fn from_half(&self, bits: u64, high: bool) -> u64 {
        self.at(if high { (bits >> 32) as u32 } else { bits as u32 })
    }
}
