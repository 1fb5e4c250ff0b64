//! Screening: whether a wallet takes a payment for fraud.

use crate::scenario::Screen;

/// Whether a payment is refused: a fraud is detected, or an honest payment declined by mistake.
/// Each has a draw of its own, so that a better screen refuses no honest payment more.
pub fn refuses(screen: &Screen, fraud: bool, (detection, mistake): (u32, u32)) -> bool {
    if fraud { screen.detects.covers(detection) } else { screen.false_declines.covers(mistake) }
}
