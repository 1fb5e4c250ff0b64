//! Screening: whether a wallet takes a payment for fraud.

use crate::scenario::Screen;
use crate::units::Ppm;

/// Whether a draw, uniform over 32 bits, falls within a share.
pub fn is_within(share: Ppm, draw: u32) -> bool {
    u64::from(draw) < (u64::from(share.parts()) << 32) / 1_000_000
}

/// Whether a payment is refused: a fraud is detected, or an honest payment declined by mistake.
/// Each has a draw of its own, so that a better screen refuses no honest payment more.
pub fn refuses(screen: &Screen, fraud: bool, (detection, mistake): (u32, u32)) -> bool {
    if fraud {
        is_within(screen.detects, detection)
    } else {
        is_within(screen.false_declines, mistake)
    }
}
