//! Verification: the tier by which a payment is verified, what its day allows, when a PIN is asked.

use crate::scenario::{Limits, Mode, PinRule, Tier};
use crate::units::Amount;

/// The tier of a payment: whether a shown code's PIN was asked, and whether its payer has a
/// certificate. A merchant-presented code is always confirmed with a PIN or a finger.
pub fn tier(mode: Mode, prompted: bool, certified: bool) -> Tier {
    match mode {
        Mode::Static | Mode::Tap => Tier::D,
        Mode::ConsumerPresented if !prompted => Tier::C,
        Mode::Dynamic | Mode::ConsumerPresented if certified => Tier::A,
        Mode::Dynamic | Mode::ConsumerPresented => Tier::B,
    }
}

/// What one person may spend in a day from one account in this tier; `None` is no limit.
pub fn cap(limits: &Limits, tier: Tier) -> Option<Amount> {
    match tier {
        Tier::A => None,
        Tier::B => limits.with_pin,
        Tier::C => limits.without_pin,
        Tier::D => limits.static_codes,
    }
}

/// Whether the wallet asks for the PIN of a shown code: the amount is high, there were enough
/// payments without one today, or risk rules say so, for which `draw` is uniform over 32 bits.
pub fn asks_pin(rule: &PinRule, amount: Amount, without_one: u32, draw: u32) -> bool {
    rule.above.is_some_and(|above| amount > above)
        || rule.after.is_some_and(|after| without_one >= after)
        || rule.at_random.covers(draw)
}
