//! Moments and quantiles of distributions. Together with the table builders the only floats of the
//! kernel; they are used when a model is compiled, never while it runs.
//!
//! Invariant: only `libm` and plain arithmetic, so that every machine finds the same bits.
//! Never: the standard library's transcendental functions.

use super::dist::{Dist, Knot};

/// Which end a tail probability is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// From the smallest value: P(X ≤ x).
    Low,
    /// From the largest value: P(X > x).
    High,
}

impl Dist {
    /// The mean, in the unit of the value; infinite for a Pareto tail index of at most 1.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(value) => *value as f64,
            Self::Uniform { low, high } => f64::midpoint(*low as f64, *high as f64),
            Self::Exponential { mean } => *mean,
            Self::LogNormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Self::Weibull { shape, scale } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Self::Pareto { shape, .. } if *shape <= 1.0 => f64::INFINITY,
            Self::Pareto { low, shape } => low * shape / (shape - 1.0),
            Self::Empirical(knots) => empirical_moment(knots, f64::midpoint),
        }
    }

    /// The variance, in the square of the unit; infinite for a Pareto tail index of at most 2.
    pub fn variance(&self) -> f64 {
        match self {
            Self::Constant(_) => 0.0,
            Self::Uniform { low, high } => {
                let count = (high - low) as f64 + 1.0;
                (count * count - 1.0) / 12.0
            }
            Self::Exponential { mean } => mean * mean,
            Self::LogNormal { median, sigma } => {
                let spread = libm::exp(sigma * sigma);
                median * median * spread * (spread - 1.0)
            }
            Self::Weibull { shape, scale } => {
                let first = libm::tgamma(1.0 + 1.0 / shape);
                scale * scale * (libm::tgamma(1.0 + 2.0 / shape) - first * first)
            }
            Self::Pareto { shape, .. } if *shape <= 2.0 => f64::INFINITY,
            Self::Pareto { low, shape } => {
                let below = shape - 1.0;
                low * low * shape / (below * below * (shape - 2.0))
            }
            Self::Empirical(knots) => {
                let mean = self.mean();
                empirical_moment(knots, |a, b| {
                    let (a, b) = (a - mean, b - mean);
                    (a * a + a * b + b * b) / 3.0
                })
            }
        }
    }

    /// The value that a share `p` of all values does not exceed; `p` in (0, 1).
    ///
    /// An empirical distribution has no value below its first knot.
    pub fn quantile(&self, p: f64) -> f64 {
        if p < 0.5 { self.tail(Side::Low, p) } else { self.tail(Side::High, 1.0 - p) }
    }

    /// The value beyond which, on `side`, a share `tail` of all values lies: exact where the tail
    /// is thin, which 1 − p would not be.
    pub(super) fn tail(&self, side: Side, tail: f64) -> f64 {
        let from_low = if side == Side::Low { tail } else { 1.0 - tail };
        match self {
            Self::Constant(value) => *value as f64,
            Self::Uniform { low, high } => *low as f64 + (*high - *low) as f64 * from_low,
            Self::Exponential { mean } => mean * exponential_tail(side, tail),
            Self::LogNormal { median, sigma } => {
                let deviate = match side {
                    Side::Low => normal_quantile(tail),
                    Side::High => -normal_quantile(tail),
                };
                median * libm::exp(sigma * deviate)
            }
            Self::Weibull { shape, scale } => {
                scale * libm::pow(exponential_tail(side, tail), 1.0 / shape)
            }
            Self::Pareto { low, shape } => low * libm::exp(exponential_tail(side, tail) / shape),
            Self::Empirical(knots) => empirical_quantile(knots, from_low),
        }
    }
}

/// The unit exponential: −ln(1 − p) with p the share below, or −ln of the share above.
pub(super) fn exponential_tail(side: Side, tail: f64) -> f64 {
    match side {
        Side::Low => -libm::log1p(-tail),
        Side::High => -libm::log(tail),
    }
}

/// The sum over the pieces of an empirical distribution of share × `piece(from, to)`. All of the
/// first knot's share lies on its value.
fn empirical_moment(knots: &[Knot], piece: impl Fn(f64, f64) -> f64) -> f64 {
    let mut share_before = 0.0;
    let mut before = knots.first().expect("an empirical distribution has a knot").value as f64;
    let mut sum = 0.0;
    for knot in knots {
        let value = knot.value as f64;
        sum += (knot.cumulative - share_before) * piece(before, value);
        (share_before, before) = (knot.cumulative, value);
    }
    sum
}

fn empirical_quantile(knots: &[Knot], p: f64) -> f64 {
    let next = knots.partition_point(|knot| knot.cumulative < p);
    let last = knots.last().expect("an empirical distribution has a knot");
    let Some(to) = knots.get(next) else {
        return last.value as f64;
    };
    if next == 0 {
        return to.value as f64;
    }
    let from = knots[next - 1];
    let part = (p - from.cumulative) / (to.cumulative - from.cumulative);
    from.value as f64 + (to.value - from.value) as f64 * part
}

/// The standard normal quantile: Wichura's algorithm AS 241 (`PPND16`), to 16 figures.
pub fn normal_quantile(p: f64) -> f64 {
    const SPLIT_CENTRE: f64 = 0.425;
    const SPLIT_TAIL: f64 = 5.0;
    let centred = p - 0.5;
    if centred.abs() <= SPLIT_CENTRE {
        let r = SPLIT_CENTRE * SPLIT_CENTRE - centred * centred;
        return centred * ratio(r, &CENTRE_OVER, &CENTRE_UNDER);
    }
    let tail = if centred < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let size = if r <= SPLIT_TAIL {
        ratio(r - 1.6, &MIDDLE_OVER, &MIDDLE_UNDER)
    } else {
        ratio(r - SPLIT_TAIL, &FAR_OVER, &FAR_UNDER)
    };
    if centred < 0.0 { -size } else { size }
}

/// The quotient of two polynomials given by falling powers (Horner's rule).
fn ratio(x: f64, over: &[f64; 8], under: &[f64; 8]) -> f64 {
    let evaluate = |terms: &[f64; 8]| terms.iter().fold(0.0, |sum, term| sum * x + term);
    evaluate(over) / evaluate(under)
}

const CENTRE_OVER: [f64; 8] = [
    2.509_080_928_730_122_7e3,
    3.343_057_558_358_813e4,
    6.726_577_092_700_870e4,
    4.592_195_393_154_987e4,
    1.373_169_376_550_946e4,
    1.971_590_950_306_551_3e3,
    1.331_416_678_917_843_8e2,
    3.387_132_872_796_366_5,
];
const CENTRE_UNDER: [f64; 8] = [
    5.226_495_278_852_854e3,
    2.872_908_573_572_194_3e4,
    3.930_789_580_009_271e4,
    2.121_379_430_158_659_7e4,
    5.394_196_021_424_751e3,
    6.871_870_074_920_579e2,
    4.231_333_070_160_091e1,
    1.0,
];
const MIDDLE_OVER: [f64; 8] = [
    7.745_450_142_783_414e-4,
    2.272_384_498_926_918_4e-2,
    2.417_807_251_774_506e-1,
    1.270_458_252_452_368_4,
    3.647_848_324_763_204_5,
    5.769_497_221_460_691,
    4.630_337_846_156_546,
    1.423_437_110_749_683_5,
];
const MIDDLE_UNDER: [f64; 8] = [
    1.050_750_071_644_416_9e-9,
    5.475_938_084_995_345e-4,
    1.519_866_656_361_645_7e-2,
    1.481_039_764_274_800_8e-1,
    6.897_673_349_851e-1,
    1.676_384_830_183_803_8,
    2.053_191_626_637_759,
    1.0,
];
const FAR_OVER: [f64; 8] = [
    2.010_334_399_292_288_1e-7,
    2.711_555_568_743_487_6e-5,
    1.242_660_947_388_078_4e-3,
    2.653_218_952_657_612_4e-2,
    2.965_605_718_285_048_7e-1,
    1.784_826_539_917_291_3,
    5.463_784_911_164_114,
    6.657_904_643_501_103,
];
const FAR_UNDER: [f64; 8] = [
    2.044_263_103_389_939_8e-15,
    1.421_511_758_316_446e-7,
    1.846_318_317_510_054_8e-5,
    7.868_691_311_456_133e-4,
    1.487_536_129_085_061_5e-2,
    1.369_298_809_227_358e-1,
    5.998_322_065_558_88e-1,
    1.0,
];
