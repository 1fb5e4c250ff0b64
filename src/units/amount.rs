//! Money: an unsigned amount in minor units, and a signed position.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An amount of money in minor units of its currency (fen, paise, cent). Never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

impl Amount {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// The largest amount that one draw may give. A loader accepts demand that moves at most 10^18
    /// minor units on average; with draws of at most this, no sum comes near 64 bits.
    pub const LARGEST_DRAW: Self = Self(10_000_000_000_000_000);

    /// An amount of `minor` minor units.
    pub const fn from_minor(minor: u64) -> Self {
        Self(minor)
    }

    /// The count of minor units.
    pub const fn minor(self) -> u64 {
        self.0
    }

    /// `self − other`, or `None` where that would be negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect("an amount exceeds 64 bits"))
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).expect("an amount cannot be negative"))
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// A signed sum of amounts in minor units. Positive: due to receive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(i128);

impl Position {
    /// Owes nothing and is owed nothing.
    pub const ZERO: Self = Self(0);

    /// A position of `minor` minor units.
    pub const fn from_minor(minor: i128) -> Self {
        Self(minor)
    }

    /// The signed count of minor units.
    pub const fn minor(self) -> i128 {
        self.0
    }
}

impl From<Amount> for Position {
    fn from(amount: Amount) -> Self {
        Self(i128::from(amount.0))
    }
}

impl Add for Position {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect("a position exceeds 128 bits"))
    }
}

impl Sub for Position {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).expect("a position exceeds 128 bits"))
    }
}

impl Neg for Position {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign<Amount> for Position {
    fn add_assign(&mut self, amount: Amount) {
        *self = *self + Self::from(amount);
    }
}

impl SubAssign<Amount> for Position {
    fn sub_assign(&mut self, amount: Amount) {
        *self = *self - Self::from(amount);
    }
}

impl Sum for Position {
    fn sum<I: Iterator<Item = Self>>(positions: I) -> Self {
        positions.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}
