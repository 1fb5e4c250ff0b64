//! Ratios as whole parts per million; rounding is stated at the call.

use super::Amount;

/// Parts per million: 1 % is 10,000 and one basis point is 100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ppm(u32);

impl Ppm {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One million millionths: all of it.
    pub const WHOLE: Self = Self(1_000_000);

    /// `parts` parts per million.
    pub const fn new(parts: u32) -> Self {
        Self(parts)
    }

    /// The count of millionths.
    pub const fn parts(self) -> u32 {
        self.0
    }

    /// Whether a draw, uniform over 32 bits, falls within this share.
    #[inline]
    pub const fn covers(self, draw: u32) -> bool {
        (draw as u64) < self.threshold()
    }

    /// Draws of 32 bits below this fall within this share.
    #[inline]
    pub const fn threshold(self) -> u64 {
        ((self.0 as u64) << 32) / 1_000_000
    }

    /// This share of an amount, rounded half up to a minor unit.
    #[inline]
    pub fn of_rounded(self, amount: Amount) -> Amount {
        let scaled = u128::from(amount.minor()) * u128::from(self.0) + 500_000;
        // A division of one word is far quicker, and nearly every amount fits.
        let rounded = u64::try_from(scaled).map_or_else(
            |_| u64::try_from(scaled / 1_000_000).expect("a share exceeds 64 bits"),
            |scaled| scaled / 1_000_000,
        );
        Amount::from_minor(rounded)
    }
}
