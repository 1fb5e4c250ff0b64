//! Limits: what one person may spend in a day, when a PIN is asked, how long a code lives.
//!
//! The tiers are those of the central bank's barcode norms of 2017 (Yinfa 2017 No. 296).

use crate::units::{Amount, Duration, Ppm};

/// Limits that every wallet keeps. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Tier D: a day's payments of one person from one account over static codes and tags.
    pub static_codes: Option<Amount>,
    /// Tier C: over shown codes for which no PIN was asked.
    pub without_pin: Option<Amount>,
    /// Tier B: over dynamic codes, and shown codes with a PIN.
    pub with_pin: Option<Amount>,
    /// Tier A: share of people whom tier B does not limit.
    pub certified: Ppm,
    /// When the PIN of a shown code is asked.
    pub pin: PinRule,
    /// How long a payment code lives, from the opening of its attempt.
    pub code_life: Option<Duration>,
}

/// When a wallet asks for the PIN of a shown code: on any of three grounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinRule {
    /// Above this amount.
    pub above: Option<Amount>,
    /// After so many payments without one, of one person in a day.
    pub after: Option<u32>,
    /// Otherwise for this share of payments.
    pub at_random: Ppm,
}

impl Limits {
    /// Whether a wallet has anything to look at before it authorises a payment.
    pub fn is_any(&self) -> bool {
        *self != Self { certified: self.certified, ..Self::default() }
    }
}

/// How a payment is verified: what decides how much of a day may be spent so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Tier {
    /// Two factors, one of them a digital certificate.
    A,
    /// Two factors.
    B,
    /// Fewer than two factors: no PIN was asked.
    C,
    /// A static code or tag, however it is verified.
    D,
}

impl Tier {
    /// The column value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }
}
