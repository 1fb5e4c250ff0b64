//! Quantities as people write them: lengths of time, money, shares, rates, times of day.
//!
//! Each reader answers `Err` with what it expected, to stand beside the caret.

use std::str::FromStr;

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::raw::Written;
use crate::units::{Amount, Duration, Ppm};

/// Ten years in nanoseconds: longer than any time in a scenario.
pub(super) const LONGEST_NANOS: u64 = 10 * 366 * DAY_NANOS;
pub(super) const DAY_NANOS: u64 = 86_400 * SECOND_NANOS;
pub(super) const HOUR_NANOS: u64 = 3_600 * SECOND_NANOS;
pub(super) const SECOND_NANOS: u64 = 1_000_000_000;

/// The most minor units of one amount: sums of many stay far below 64 bits.
const LARGEST_MINOR: u64 = 1_000_000_000_000_000_000;

type Read<T> = Result<T, String>;

/// A length of time such as `4h`, `1.2ms` or `1h 30m`.
pub(super) fn time(text: &str) -> Read<Duration> {
    let expected = || "expected a length of time such as \"200us\", \"1.2ms\" or \"4h\"".to_owned();
    let text = text.trim();
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(match text.strip_prefix('-') {
            Some(_) => "expected a time that is not negative".to_owned(),
            None => expected(),
        });
    }
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(format!("expected a unit, such as \"{text}ms\" or \"{text}s\""));
    }
    let length = SignedDuration::from_str(text).map_err(|_| match text.strip_suffix('d') {
        Some(days) => match days.parse::<u32>() {
            Ok(days) => format!("expected hours: write \"{}h\"", u64::from(days) * 24),
            Err(_) => expected(),
        },
        None => expected(),
    })?;
    let nanos = u64::try_from(length.as_nanos()).map_err(|_| expected())?;
    if nanos > LONGEST_NANOS {
        return Err("expected at most ten years (87840h)".to_owned());
    }
    Ok(Duration::from_nanos(nanos))
}

/// A time of day such as `10:00` or `23:59:30`, as time since midnight.
pub(super) fn time_of_day(text: &str) -> Read<Duration> {
    let expected = || "expected a time of day such as \"11:00\" or \"23:59:30\"".to_owned();
    let parts: Vec<&str> = text.split(':').collect();
    let number = |part: &str, below: u64| {
        let two = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u64>().ok().filter(|value| two && *value < below).ok_or_else(expected)
    };
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (number(hours, 24)?, number(minutes, 60)?, 0),
        [hours, minutes, seconds] => {
            (number(hours, 24)?, number(minutes, 60)?, number(seconds, 60)?)
        }
        _ => return Err(expected()),
    };
    Ok(Duration::from_secs(hours * 3_600 + minutes * 60 + seconds))
}

/// Money in minor units of a currency with this many decimal places.
pub(super) fn money(written: &Written, exponent: u8) -> Read<Amount> {
    let sample = match exponent {
        0 => "\"1200\"".to_owned(),
        places => format!("\"20.{}\"", "0".repeat(places.into())),
    };
    let expected = || format!("expected money such as {sample}");
    let number = match written {
        Written::Integer(number) => Decimal::from(*number),
        Written::Float(number) => return Err(format!("expected quotes: write \"{number}\"")),
        Written::Text(text) => {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            match plain {
                true => Decimal::from_str_exact(text).map_err(|_| expected())?,
                false if text.starts_with('-') => {
                    return Err("expected money that is not negative".to_owned());
                }
                false => return Err(expected()),
            }
        }
    };
    if number.is_sign_negative() && !number.is_zero() {
        return Err("expected money that is not negative".to_owned());
    }
    let unit = Decimal::from(10u64.pow(u32::from(exponent)));
    let minor = number.checked_mul(unit).ok_or_else(expected)?.normalize();
    if minor.scale() > 0 {
        return Err(format!("expected at most {exponent} decimal places"));
    }
    let minor = u64::try_from(minor).unwrap_or(u64::MAX);
    if minor > LARGEST_MINOR {
        return Err("expected at most 10^18 minor units".to_owned());
    }
    Ok(Amount::from_minor(minor))
}

/// A share from 0 to 1 in whole parts per million.
pub(super) fn ratio(written: &Written) -> Read<Ppm> {
    let million = match written {
        Written::Text(text) => percent(text)?,
        Written::Integer(number @ (0 | 1)) => Decimal::from(*number * 1_000_000),
        Written::Integer(number) => return Err(format!("expected a share: \"{number}%\"?")),
        Written::Float(number) => {
            let parts = number * 1e6;
            let whole = parts.round();
            if !(0.0..=1e6).contains(&parts) {
                return Err("expected a share from 0 to 1, or a percentage such as \"3%\"".into());
            }
            if (parts - whole).abs() > 1e-6 {
                return Err("expected whole parts per million, such as 0.000325".to_owned());
            }
            Decimal::try_from(whole).map_err(|_| "expected a share".to_owned())?
        }
    };
    let parts = million.normalize();
    if parts.scale() > 0 {
        return Err("expected whole parts per million, such as \"0.0325%\"".to_owned());
    }
    match u32::try_from(parts) {
        Ok(parts) if parts <= Ppm::WHOLE.parts() => Ok(Ppm::new(parts)),
        _ => Err("expected a share from 0% to 100%".to_owned()),
    }
}

/// Parts per million of `3%`, `38bp`, `500ppm` or `0.03`.
fn percent(text: &str) -> Read<Decimal> {
    let expected = || "expected a share such as 0.03, \"3%\", \"38bp\" or \"500ppm\"".to_owned();
    let text = text.trim();
    let (number, factor) = [("ppm", 1), ("bp", 100), ("%", 10_000)]
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))
        .unwrap_or((text, 1_000_000));
    let number = number.trim_end();
    if !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(expected());
    }
    let number = Decimal::from_str_exact(number).map_err(|_| expected())?;
    number.checked_mul(Decimal::from(factor)).ok_or_else(expected)
}

/// Arrivals per second from `200/s`, `12000/m`, `1e6/h` or `3.274e9/d`.
pub(super) fn per_second(written: &Written) -> Read<f64> {
    let expected = || "expected arrivals per time such as \"200/s\" or \"3274000/d\"".to_owned();
    let Written::Text(text) = written else { return Err(expected()) };
    let (number, unit) = text.split_once('/').ok_or_else(expected)?;
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return Err(expected()),
    };
    let number: f64 = number.trim().replace('_', "").parse().map_err(|_| expected())?;
    if !number.is_finite() || number < 0.0 || number.is_sign_negative() {
        return Err("expected a rate that is not negative".to_owned());
    }
    Ok(number / seconds)
}

/// A seed from a whole number or a hexadecimal string.
pub(super) fn seed(written: &Written) -> Read<u64> {
    let expected = || "expected a whole number, or a string such as \"0xC0FFEE\"".to_owned();
    match written {
        Written::Integer(number) => {
            u64::try_from(*number).map_err(|_| "expected a seed that is not negative".to_owned())
        }
        Written::Text(text) => {
            let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
            let digits = digits.filter(|digits| !digits.starts_with('+')).ok_or_else(expected)?;
            u64::from_str_radix(digits, 16).map_err(|_| expected())
        }
        Written::Float(_) => Err(expected()),
    }
}
