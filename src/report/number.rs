//! Numbers and words for people: at most four significant digits, always with a unit.

/// `part ÷ whole`; `None` when there is no whole.
#[expect(clippy::cast_precision_loss, reason = "a ratio needs fifteen digits, no more")]
pub(super) fn ratio(part: u128, whole: u128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// At most four significant digits, without trailing zeros.
pub(super) fn significant(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let mut decimals = 3_usize;
    let mut size = value.abs();
    while size >= 10.0 && decimals > 0 {
        size /= 10.0;
        decimals -= 1;
    }
    while size < 1.0 && size > 0.0 && decimals < 12 {
        size *= 10.0;
        decimals += 1;
    }
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A value in steps of thousands: `864.2 k`.
fn scaled(value: f64, steps: [&str; 5]) -> String {
    let mut rest = value;
    let mut at = 0;
    // 999.96 would round to a fifth digit.
    while rest.abs() >= 999.95 && at + 1 < steps.len() {
        rest /= 1e3;
        at += 1;
    }
    format!("{}{}", significant(rest), steps[at])
}

/// A count: exact below ten thousand.
#[expect(clippy::cast_precision_loss, reason = "four digits are shown")]
pub(super) fn count(value: u128) -> String {
    match value {
        0..1_000 => value.to_string(),
        1_000..10_000 => format!("{},{:03}", value / 1_000, value % 1_000),
        _ => scaled(value as f64, ["", " k", " M", " G", " T"]),
    }
}

/// A share in percent; never `100 %` for less than all, never `0 %` for more than nothing.
pub(super) fn percent(part: u128, whole: u128) -> String {
    let Some(share) = ratio(part, whole) else { return "–".to_owned() };
    match share * 100.0 {
        all if all >= 99.995 && part < whole => ">99.99 %".to_owned(),
        some => format!("{} %", significant(some)),
    }
}

/// A fraction in percent.
pub(super) fn fraction(share: f64) -> String {
    format!("{} %", significant(share * 100.0))
}

/// A length of time given in microseconds.
#[expect(clippy::cast_precision_loss, reason = "four digits are shown")]
pub(super) fn micros(value: u64) -> String {
    match value as f64 {
        short if short < 999.95 => format!("{} µs", significant(short)),
        middle if middle < 999_950.0 => format!("{} ms", significant(middle / 1e3)),
        long => format!("{} s", significant(long / 1e6)),
    }
}

/// Minor units of a currency with `exponent` decimal places.
#[expect(clippy::cast_precision_loss, reason = "four digits are shown")]
pub(super) fn money(minor: u128, exponent: u8, currency: &str) -> String {
    let major = minor as f64 / libm::pow(10.0, f64::from(exponent));
    format!("{} {currency}", thousands(major))
}

/// A number of whole units of a currency, in steps of thousands.
pub(super) fn thousands(major: f64) -> String {
    scaled(major, ["", " k", " M", " bn", " tn"])
}

/// The time of day at `t_us` after an epoch, with the day when it is not the first.
pub(super) fn clock(epoch_time_of_day_us: u64, t_us: u64) -> String {
    let minutes = epoch_time_of_day_us.saturating_add(t_us) / 60_000_000;
    let time = format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
    match minutes / (24 * 60) {
        0 => time,
        day => format!("{time} (day {})", day + 1),
    }
}

/// Eight heights, scaled to the largest value.
pub(super) fn sparkline(values: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let top = values.iter().copied().fold(0.0, f64::max);
    let bar = |value: &f64| {
        let reached = (1..8).take_while(|step| value * 8.0 > top * f64::from(*step)).count();
        BARS[if top > 0.0 { reached } else { 0 }]
    };
    values.iter().map(bar).collect()
}

/// One line of text that cannot steer a terminal: control and direction characters are replaced.
pub(super) fn plain(text: &str) -> String {
    let one = |c: char| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' | '\u{85}' => ' ',
        c if c.is_control() => '\u{fffd}',
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{61c}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        c => c,
    };
    text.chars().map(one).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_at_most_four_digits_and_carry_over() {
        let shown = [0.0, 0.081_234, 1.0, 9.99996, 99.996, 999.94, 864.25].map(significant);
        assert_eq!(shown, ["0", "0.08123", "1", "10", "100", "999.9", "864.2"]);
        assert_eq!(
            [9_999, 10_000, 999_949, 999_960].map(count),
            ["9,999", "10 k", "999.9 k", "1 M"]
        );
        assert_eq!([0, 999, 1_000, 999_960].map(micros), ["0 µs", "999 µs", "1 ms", "1 s"]);
        assert_eq!(money(412_345_678_901, 2, "CNY"), "4.123 bn CNY");
        assert_eq!(money(7, 0, "JPY"), "7 JPY");
    }

    #[test]
    fn not_quite_all_is_not_all_and_nothing_known_is_not_zero() {
        assert_eq!(percent(99_999, 100_000), ">99.99 %");
        assert_eq!(percent(7, 7), "100 %");
        assert_eq!(percent(0, 7), "0 %");
        assert_eq!(percent(0, 0), "–");
    }

    #[test]
    fn a_clock_names_later_days() {
        let noon = 12 * 3_600_000_000;
        assert_eq!(clock(noon, 61_000_000), "12:01");
        assert_eq!(clock(noon, noon), "00:00 (day 2)");
    }

    #[test]
    fn a_sparkline_of_nothing_is_flat() {
        assert_eq!(sparkline(&[0.0, 0.0]), "▁▁");
        assert_eq!(sparkline(&[0.0, 4.0, 8.0]), "▁▄█");
    }
}
