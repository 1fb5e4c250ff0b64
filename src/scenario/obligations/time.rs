//! Times of obligations: seconds, times of day or instants, one form a file.

use jiff::Timestamp;

use crate::units::Instant;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
/// Decimal places of a second.
const PLACES: usize = 9;
/// The latest time, so that sums of two fit in 64 bits: almost three centuries.
const LATEST: u64 = u64::MAX / 2;

/// The form of a file's times, told by its first row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Clock {
    /// Seconds since midnight of the first day.
    Seconds,
    /// Times of one day.
    OfDay,
    /// Instants in RFC 3339; counted from this one, midnight of the first row's day.
    Since(i128),
}

impl Clock {
    /// The clock that reads this first time.
    pub(super) fn of(text: &[u8]) -> Result<Self, String> {
        if text.contains(&b'T') || text.contains(&b't') {
            let text = std::str::from_utf8(text).map_err(|_| not_time(text))?;
            return midnight(text).map(Self::Since).ok_or_else(|| not_time(text.as_bytes()));
        }
        Ok(if text.contains(&b':') { Self::OfDay } else { Self::Seconds })
    }

    /// A time as an instant since midnight of the first day.
    pub(super) fn read(self, text: &[u8]) -> Result<Instant, String> {
        let nanos = match self {
            Self::Seconds => seconds(text),
            Self::OfDay => of_day(text),
            Self::Since(start) => std::str::from_utf8(text)
                .ok()
                .and_then(|text| text.parse::<Timestamp>().ok())
                .and_then(|at| u64::try_from(at.as_nanosecond() - start).ok()),
        };
        let nanos = nanos.filter(|nanos| *nanos <= LATEST);
        nanos.map(Instant::from_nanos).ok_or_else(|| match self {
            Self::Seconds if text.iter().any(|byte| matches!(byte, b':' | b'T')) => {
                format!("{}, as in the first row: seconds", not_time(text))
            }
            _ => not_time(text),
        })
    }
}

/// Nanoseconds since midnight of a time of day such as `09:30` or `09:30:00.5`.
pub fn of_day(text: &[u8]) -> Option<u64> {
    let colon = text.iter().position(|byte| *byte == b':')?;
    let (hours, rest) = (two_digits(&text[..colon])?, &text[colon + 1..]);
    let (minutes, rest) = match rest.iter().position(|byte| *byte == b':') {
        Some(colon) => (two_digits(&rest[..colon])?, &rest[colon + 1..]),
        None => (two_digits(rest)?, &b"0"[..]),
    };
    let nanos = seconds(rest)?;
    let within = hours <= 24 && minutes < 60 && nanos < 60 * NANOS_PER_SECOND;
    within.then(|| (hours * 3_600 + minutes * 60) * NANOS_PER_SECOND + nanos)
}

fn two_digits(text: &[u8]) -> Option<u64> {
    let digits = (1..=2).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    digits.then(|| text.iter().fold(0, |value, byte| value * 10 + u64::from(byte - b'0')))
}

/// Nanoseconds of a decimal number of seconds that is not negative.
fn seconds(text: &[u8]) -> Option<u64> {
    let point = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
    let (whole, part) = (&text[..point], text.get(point + 1..).unwrap_or_default());
    let bare_point = point < text.len() && part.is_empty();
    if whole.is_empty() || bare_point || part.len() > PLACES {
        return None;
    }
    let zeros = std::iter::repeat_n(&b'0', PLACES - part.len());
    let mut value = 0_u64;
    for byte in whole.iter().chain(part).chain(zeros) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(digit.into())?;
    }
    Some(value)
}

/// Midnight of the day of an instant in RFC 3339, at its own offset from UTC.
fn midnight(text: &str) -> Option<i128> {
    let (date, time) = text.split_at_checked(text.find(['T', 't'])?)?;
    let zone = time.rfind(['+', '-', 'Z', 'z'])?;
    let start: Timestamp = format!("{date}T00:00:00{}", &time[zone..]).parse().ok()?;
    Some(start.as_nanosecond())
}

fn not_time(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    format!(
        "`time` is \"{text}\": expected seconds such as \"34200.5\", a time of day such as \
         \"09:30\" or an instant such as \"2025-01-06T09:30:00+08:00\", one form in all rows"
    )
}
