//! Distributions as a scenario describes them. Values are whole: nanoseconds or minor units.

pub use super::law::normal_quantile;

/// A distribution of non-negative whole values (nanoseconds or minor units).
#[derive(Clone, Debug, PartialEq)]
pub enum Dist {
    /// Always the same value.
    Constant(u64),
    /// Every value from `low` to `high` alike.
    Uniform {
        /// Smallest value.
        low: u64,
        /// Largest value.
        high: u64,
    },
    /// Exponential with this mean.
    Exponential {
        /// Mean, in the unit of the value.
        mean: f64,
    },
    /// Log-normal: `exp(N(ln median, sigma²))`.
    LogNormal {
        /// Median, in the unit of the value.
        median: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Weibull with shape and scale.
    Weibull {
        /// Shape; 1 is exponential.
        shape: f64,
        /// Scale, in the unit of the value.
        scale: f64,
    },
    /// Pareto: smallest value and tail index.
    Pareto {
        /// Smallest value.
        low: f64,
        /// Tail index; the mean exists above 1.
        shape: f64,
    },
    /// Measured: increasing values with the cumulative share at or below each; linear between.
    Empirical(Vec<Knot>),
}

/// One knot of an empirical distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knot {
    /// Share of observations at or below `value`, in (0, 1], increasing; the last is 1.
    pub cumulative: f64,
    /// The value, increasing.
    pub value: u64,
}
