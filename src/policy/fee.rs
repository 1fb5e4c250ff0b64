//! Fees: how much one leg of the schedule charges.

use crate::scenario::{FeeLeg, FeeScope};
use crate::units::Amount;

/// Whether a leg applies to a payment whose wallet and acquirer are one institution, or not.
pub fn applies(leg: &FeeLeg, on_us: bool) -> bool {
    match leg.scope {
        FeeScope::All => true,
        FeeScope::OnUs => on_us,
        FeeScope::OffUs => !on_us,
    }
}

/// The fee on `amount`: the rate rounded half up, then the floor, then the cap.
#[inline]
pub fn charge(leg: &FeeLeg, amount: Amount) -> Amount {
    let fee = leg.rate.of_rounded(amount).max(leg.floor);
    leg.cap.map_or(fee, |cap| fee.min(cap))
}
