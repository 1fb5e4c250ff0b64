//! Limits as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Money, Rate, Time};
use crate::scenario::de::Sp;

/// What one person may spend in a day from one account, by how the payments are verified; when a
/// wallet asks for the PIN; how long a payment code lives. What is not stated is not limited.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct LimitsRaw {
    /// Tier D: over static codes and tags, however they are verified.
    pub(in crate::scenario) static_codes: Option<Sp<Money>>,
    /// Tier C: shown codes for which no PIN was asked.
    pub(in crate::scenario) without_pin: Option<Sp<Money>>,
    /// Tier B: dynamic codes, and shown codes with a PIN.
    pub(in crate::scenario) with_pin: Option<Sp<Money>>,
    /// Tier A: share of people with a digital certificate, whom tier B does not limit.
    pub(in crate::scenario) certified: Option<Sp<Rate>>,
    /// When the wallet asks for the PIN of a shown code; never unless stated.
    pub(in crate::scenario) pin: Option<PinRaw>,
    /// How long a payment code lives, from the attempt on; for ever unless stated.
    pub(in crate::scenario) code_life: Option<Sp<Time>>,
}

/// When the wallet asks for the PIN of a shown code.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct PinRaw {
    /// Above this amount.
    pub(in crate::scenario) above: Option<Sp<Money>>,
    /// After so many payments without one, of one person in a day.
    pub(in crate::scenario) after: Option<Sp<i64>>,
    /// Of the others, this share: the wallet's risk rules ask.
    pub(in crate::scenario) at_random: Option<Sp<Rate>>,
}
