//! Groups: how a whole is divided among its members.
//!
//! `zipf = s`: the share of the n-th member is proportional to n^-s.
//!
//! `top = t, hhi = h`: the first member has share t; the other n - 1 divide 1 - t by a Zipf law
//! whose exponent is found by bisection so that the squared shares sum to h. The sum grows with
//! the exponent, from equal shares up to the point where the second member equals the first; any h
//! between has exactly one answer.

/// Zipf shares of `count` members; they sum to 1 up to rounding.
pub(super) fn zipf(count: usize, exponent: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=count).map(|rank| libm::pow(as_f64(rank), -exponent)).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// Shares with this largest one and this index, or the range of indexes that can be met.
pub(super) fn top_and_index(count: usize, top: f64, hhi: f64) -> Result<Vec<f64>, (f64, f64)> {
    const HALVINGS: u32 = 200;
    const STEEPEST: f64 = 64.0;
    if count == 1 {
        let met = (top - 1.0).abs() < 1e-9 && (hhi - 1.0).abs() < 1e-9;
        return if met { Ok(vec![1.0]) } else { Err((1.0, 1.0)) };
    }
    let second = |exponent: f64| (1.0 - top) * zipf(count - 1, exponent)[0];
    let index = |exponent: f64| {
        let rest = zipf(count - 1, exponent);
        top * top + rest.iter().map(|share| share * share).sum::<f64>() * (1.0 - top) * (1.0 - top)
    };
    let steepest = bisect(0.0, STEEPEST, HALVINGS, |exponent| second(exponent) <= top);
    let (least, most) = (index(0.0), index(steepest));
    if second(0.0) > top + 1e-12 || !(least - 1e-9..=most + 1e-9).contains(&hhi) {
        return Err((least, most));
    }
    let exponent = bisect(0.0, steepest, HALVINGS, |exponent| index(exponent) <= hhi);
    let mut shares = vec![top];
    shares.extend(zipf(count - 1, exponent).into_iter().map(|share| share * (1.0 - top)));
    Ok(shares)
}

/// The largest point at which `below` still holds, where it holds up to some point only.
fn bisect(mut low: f64, mut high: f64, halvings: u32, below: impl Fn(f64) -> bool) -> f64 {
    if below(high) {
        return high;
    }
    for _ in 0..halvings {
        let middle = f64::midpoint(low, high);
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Divides whole units by share; what rounding leaves over goes to the first, the largest.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares are in [0, 1] and the remainder is made up exactly"
)]
pub(super) fn divide(total: u64, shares: &[f64]) -> Vec<u64> {
    let mut parts: Vec<u64> = Vec::with_capacity(shares.len());
    let mut left = total;
    for share in shares {
        let part = ((total as f64 * share).floor() as u64).min(left);
        left -= part;
        parts.push(part);
    }
    if let Some(first) = parts.first_mut() {
        *first += left;
    }
    parts
}

#[allow(clippy::cast_precision_loss, reason = "ranks are below 2^53")]
fn as_f64(rank: usize) -> f64 {
    rank as f64
}
