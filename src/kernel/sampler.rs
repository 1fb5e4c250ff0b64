//! Samplers: a distribution compiled to a table from 32 random bits to a whole value.
//!
//! Invariant: a larger draw never gives a smaller value (common random numbers rely on it); tails
//! are exact to 2^-32 on both sides; the mean is the distribution's.
//! Never: a float in a draw; gaps between arrivals (`Arrivals`) and races (`Race`) keep theirs to
//! products, sums and quotients, which every machine rounds alike.

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
    /// Side, octave and place in the octave: [`place_of`].
    cells: Box<[Cell; PLACES]>,
    /// Whether a cell's rise times its width fits one word, as it does but for values near the
    /// ends of the range.
    narrow: bool,
}

/// One linear piece: its value at the end nearer to the side, and how far it goes up or down.
#[derive(Clone, Copy, Default)]
struct Cell {
    from: i64,
    rise: i64,
}

/// Places of cells: two sides of 32 octaves of 64 cells, of which the outermost octaves leave some
/// unused so that finding a place takes no branch.
const PLACES: usize = 2 << (5 + CELL_BITS);
/// Bits of a draw's position inside its cell, in halves of a draw and left-aligned.
const INSIDE_BITS: u32 = 31 - CELL_BITS;

/// The place of a draw's cell and the draw's position inside it. The middle of a draw's share
/// counts: twice the distance from the nearer end, plus one.
#[inline]
fn place_of(draw: u32) -> (usize, u32) {
    let high = draw >> SIDE_BITS;
    // The distance from the nearer end: `draw`, or its complement on the high side.
    let middle = (draw ^ high.wrapping_neg()) << 1 | 1;
    let octave = middle.ilog2();
    let aligned = middle << (31 - octave);
    let cell = aligned >> INSIDE_BITS & ((1 << CELL_BITS) - 1);
    let place = high << (5 + CELL_BITS) | octave << CELL_BITS | cell;
    (place as usize % PLACES, aligned & ((1 << INSIDE_BITS) - 1))
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
        Self::with_knots(&Knots::new(value, outermost))
    }

    fn with_knots(knots: &Knots) -> Self {
        let mut cells = vec![Cell::default(); PLACES];
        let mut narrow = true;
        for (side, (complement, knots)) in [0, u32::MAX].into_iter().zip(&knots.0).enumerate() {
            for (cell, ends) in knots.windows(2).enumerate() {
                // The outermost draws have a cell each, which is level.
                let rise = if cell < LONE { 0 } else { ends[1] - ends[0] };
                let first = u32::try_from(first_of(cell)).expect("31 bits");
                let (place, _) = place_of(first ^ complement);
                debug_assert_eq!(place / (PLACES / 2), side, "a cell lies on its own side");
                cells[place] = Cell { from: ends[0], rise };
                narrow &= rise.unsigned_abs() < 1 << (62 - INSIDE_BITS);
            }
        }
        let cells = cells.into_boxed_slice().try_into().map_err(|_| ()).expect("all places");
        Self { cells, narrow }
    }

    #[inline]
    pub(super) fn at(&self, draw: u32) -> i64 {
        let (place, inside) = place_of(draw);
        let Cell { from, rise } = self.cells[place];
        if self.narrow {
            return from + ((i64::from(inside) * rise) >> INSIDE_BITS);
        }
        from + ((i128::from(inside) * i128::from(rise)) >> INSIDE_BITS) as i64
    }
}

/// Values at the ends of all cells: of the low side by rising draw, of the high side by falling.
struct Knots([Vec<i64>; 2]);

impl Knots {
    /// With stated values for the smallest and the largest draw.
    fn new(value: impl Fn(Side, f64) -> f64, outermost: [f64; 2]) -> Self {
        let [low, high] = outermost;
        Self([(Side::Low, low), (Side::High, high)].map(|(side, end)| {
            let at = |draws: f64| value(side, draws * DRAW).clamp(0.0, KNOT_MAX);
            // The outermost draws have a cell each, which holds their own value.
            let lone = (1..LONE).map(|cell| at(cell as f64 + 0.5) as i64);
            let shared = (LONE..=CELLS).map(|cell| at(first_of(cell) as f64) as i64);
            [end.clamp(0.0, KNOT_MAX) as i64].into_iter().chain(lone).chain(shared).collect()
        }))
    }

    /// The mean over all 2^32 draws, but for rounding.
    fn mean(&self) -> f64 {
        let side = |knots: &Vec<i64>| {
            let lone: f64 = knots[..LONE].iter().map(|&knot| knot as f64).sum();
            let linear = |cell: usize| {
                let width = (first_of(cell + 1) - first_of(cell)) as f64;
                let ends = knots[cell] + knots[cell + 1];
                width * ends as f64 / 2.0
            };
            lone + (LONE..CELLS).map(linear).sum::<f64>()
        };
        self.0.iter().map(side).sum::<f64>() * DRAW
    }
}

/// A quantile table of whole values.
struct Table {
    octaves: OctaveTable,
    /// Fractional bits of the knots, and half a unit of them.
    fraction: u32,
    half: i64,
}

impl Table {
    fn new(dist: &Dist, most: u64) -> Self {
        let most = most as f64;
        let ends = [dist.tail(Side::Low, 0.5 * DRAW), top_mean(dist)].map(|end| end.min(most));
        let top = ends[1].clamp(1.0, KNOT_MAX);
        let fraction = 60u32.saturating_sub(libm::log2(top) as u32).min(FRACTION_MAX);
        let unit = f64::from(1u32 << fraction);
        // The smallest value stays: only the excess over it is corrected.
        let tabulate = |factor: f64| {
            let corrected = |value: f64| (ends[0] + (value - ends[0]) * factor) * unit;
            let value = |side, tail| corrected(dist.tail(side, tail).min(most));
            Knots::new(value, ends.map(corrected))
        };
        let knots = tabulate(1.0);
        let correction = (dist.mean() - ends[0]) / (knots.mean() / unit - ends[0]);
        let knots =
            if (correction - 1.0).abs() <= CORRECTION_MAX { tabulate(correction) } else { knots };
        Self { octaves: OctaveTable::with_knots(&knots), half: (1 << fraction) >> 1, fraction }
    }

    #[inline]
    fn at(&self, draw: u32) -> u64 {
        let value = (self.octaves.at(draw) + self.half) >> self.fraction;
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
    /// Compiles a distribution; 64 KiB unless it is constant or uniform.
    pub fn new(dist: &Dist) -> Self {
        Self::capped(dist, u64::MAX)
    }

    /// As [`Sampler::new`], where no value exceeds `most`: sums of draws must not overflow.
    pub fn capped(dist: &Dist, most: u64) -> Self {
        Self(match dist {
            Dist::Constant(value) => Kind::Constant((*value).min(most)),
            Dist::Uniform { low, high } => {
                let (low, high) = (&(*low).min(most), &(*high).min(most));
                let count = u128::from(high.checked_sub(*low).expect("low exceeds high")) + 1;
                Kind::Uniform(*low, count)
            }
            _ => Kind::Table(Table::new(dist, most)),
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
