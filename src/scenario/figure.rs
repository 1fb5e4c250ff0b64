//! Figures as people write them: limits and tolerances in the unit of a metric.

use super::dictionary::MetricEntry;
use super::quantity::{money, per_second, time};
use super::raw::Written;
use super::threshold::{Bound, Limit, Tolerance};

type Read<T> = Result<T, String>;

/// A comparison such as `< 250ms`; `read` understands what follows its sign.
pub(super) fn limit(text: &str, read: impl Fn(&str) -> Read<f64>) -> Read<Limit> {
    let text = text.trim();
    let signs =
        [("<=", Bound::AtMost), (">=", Bound::AtLeast), ("<", Bound::Below), (">", Bound::Above)];
    let found = signs.iter().find_map(|(sign, bound)| Some((text.strip_prefix(sign)?, *bound)));
    let Some((rest, bound)) = found else {
        return Err("expected <, <=, > or >= and a value, such as \"< 250ms\"".to_owned());
    };
    let value = read(rest.trim())?;
    let sign = text[..text.len() - rest.len()].to_owned();
    Ok(Limit { bound, value, text: format!("{sign} {}", rest.trim()) })
}

/// A value in a metric's unit.
pub(super) fn figure(text: &str, entry: &MetricEntry, exponent: u8) -> Read<f64> {
    let text = text.trim();
    let of_money = |text: &str| money(&Written::Text(text.to_owned()), exponent);
    match entry.unit {
        "us" => time(text).map(|length| whole(length.nanos()) / 1e3),
        "minor" => of_money(text).map(|amount| whole(amount.minor())),
        "minor/s" => {
            let amount = text.strip_suffix("/s").map(str::trim_end);
            let amount = amount.ok_or("expected money a second such as \"20.00/s\"")?;
            of_money(amount).map(|amount| whole(amount.minor()))
        }
        "1/s" => per_second(&Written::Text(text.to_owned()))
            .map_err(|_| "expected a rate such as \"150/s\"".to_owned()),
        "bp" => match text.strip_suffix("bp") {
            Some(points) => number(points, "basis points such as \"38bp\""),
            None => percent(text, "basis points such as \"38bp\"").map(|share| share * 1e4),
        },
        _ if is_share(entry) => {
            let expected = "a share such as 0.98 or 98%";
            if text.ends_with('%') { percent(text, expected) } else { number(text, expected) }
        }
        _ => number(text, "a number such as 12.5"),
    }
}

/// `5%` of a baseline, or a difference in the metric's unit; of a share, in percentage points.
pub(super) fn tolerance(text: &str, entry: &MetricEntry, exponent: u8) -> Read<Tolerance> {
    let text = text.trim();
    let expected = "a share of the baseline such as \"5%\"";
    if let Some(points) = text.strip_suffix("pp") {
        if !is_share(entry) {
            return Err(format!("expected {expected}: only shares have percentage points"));
        }
        return number(points, "percentage points such as \"0.1pp\"")
            .map(|points| Tolerance::Absolute(points / 100.0));
    }
    if text.ends_with('%') {
        return percent(text, expected).map(Tolerance::Relative);
    }
    figure(text, entry, exponent).map(Tolerance::Absolute)
}

fn is_share(entry: &MetricEntry) -> bool {
    entry.unit == "1" && entry.pattern.ends_with("_frac")
}

fn percent(text: &str, expected: &str) -> Read<f64> {
    let share = text.strip_suffix('%').ok_or_else(|| format!("expected {expected}"))?;
    number(share, expected).map(|percent| percent / 100.0)
}

fn number(text: &str, expected: &str) -> Read<f64> {
    let plain: String = text.trim().replace('_', "");
    let digits = plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value = plain.parse::<f64>().ok().filter(|value| digits && value.is_finite());
    value.ok_or_else(|| format!("expected {expected}"))
}

#[expect(clippy::cast_precision_loss, reason = "a limit has few digits")]
fn whole(count: u64) -> f64 {
    count as f64
}
