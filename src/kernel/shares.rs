//! Shares: a few parts of a whole, as thresholds on a 64-bit draw.

/// The largest draw within each cumulative share; shares are non-negative and sum to one.
pub fn thresholds(shares: impl IntoIterator<Item = f64>) -> Vec<u64> {
    const DRAWS: f64 = 18_446_744_073_709_551_616.0;
    let mut sum = 0.0;
    let mut thresholds: Vec<u64> = shares
        .into_iter()
        .map(|share| {
            sum += share;
            // A cast saturates at both ends.
            (sum * DRAWS) as u64
        })
        .collect();
    if let Some(last) = thresholds.last_mut() {
        // Rounding must not leave draws to nobody.
        *last = u64::MAX;
    }
    thresholds
}
