//! Means of whole sums. Besides the summary, the only floats of the recorders.

/// `sum ÷ of`, rounded once each.
#[expect(clippy::cast_precision_loss, reason = "a report's mean; sums stay whole until here")]
pub(super) fn ratio(sum: i128, of: i128) -> f64 {
    sum as f64 / of as f64
}

/// `sum ÷ of` of sums that are not negative.
#[expect(clippy::cast_precision_loss, reason = "a report's mean; sums stay whole until here")]
pub(super) fn share(sum: u128, of: u128) -> f64 {
    sum as f64 / of as f64
}
