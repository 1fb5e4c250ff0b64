//! Measured distributions: from a CSV of values, or from an `HdrHistogram` interval log.

use std::collections::BTreeMap;
use std::io::Cursor;

use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use super::mistake::nearest;
use crate::kernel::dist::Knot;

/// What is wrong with a file of values: the line from 1, where known, and what was expected.
pub(super) struct Flaw {
    /// Line from 1; 0 where it is not one line.
    pub(super) line: u64,
    /// What is wrong and what was expected.
    pub(super) message: String,
}

fn flaw(line: u64, message: impl Into<String>) -> Flaw {
    Flaw { line, message: message.into() }
}

/// The columns of a file of values.
const COLUMNS: [&str; 2] = ["value", "weight"];

/// Knots from CSV text with the columns `value` and perhaps `weight`.
pub(super) fn from_csv(
    text: &str,
    read: impl Fn(&str) -> Result<u64, String>,
) -> Result<Vec<Knot>, Flaw> {
    let mut rows = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let headers = rows.headers().map_err(|_| flaw(1, "the header cannot be read"))?.clone();
    if let Some(odd) = headers.iter().find(|header| !COLUMNS.contains(header)) {
        return Err(flaw(
            1,
            match nearest(odd, COLUMNS) {
                Some(near) => format!("unknown column `{odd}`; did you mean `{near}`?"),
                None => format!("unknown column `{odd}`: expected value, or value,weight"),
            },
        ));
    }
    let column = |name: &str| headers.iter().position(|header| header == name);
    let value_column = column("value").ok_or_else(|| {
        flaw(1, "there is no column `value`; expected the header value or value,weight")
    })?;
    let weight_column = column("weight");
    let mut weights: BTreeMap<u64, f64> = BTreeMap::new();
    for row in rows.records() {
        let row = row.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            flaw(line, "this row has another number of columns than the header")
        })?;
        let line = row.position().map_or(0, csv::Position::line);
        let value = read(row.get(value_column).unwrap_or_default())
            .map_err(|expected| flaw(line, format!("value: {expected}")))?;
        let weight = match weight_column.and_then(|column| row.get(column)) {
            None => 1.0,
            Some(text) => text
                .parse()
                .ok()
                .filter(|weight: &f64| weight.is_finite() && *weight >= 0.0 && *weight <= 1e15)
                .ok_or_else(|| flaw(line, "weight: expected a number that is not negative"))?,
        };
        *weights.entry(value).or_insert(0.0) += weight;
    }
    knots(weights)
}

/// Knots from an interval log; a value counts `unit` of the scenario's unit.
pub(super) fn from_hlog(bytes: &[u8], unit: u64) -> Result<Vec<Knot>, Flaw> {
    let mut weights: BTreeMap<u64, f64> = BTreeMap::new();
    let mut deserializer = Deserializer::new();
    for entry in IntervalLogIterator::new(bytes) {
        let entry = entry.map_err(|_| flaw(0, "expected an HdrHistogram interval log"))?;
        let LogEntry::Interval(interval) = entry else { continue };
        let payload = base64(interval.encoded_histogram())
            .ok_or_else(|| flaw(0, "an interval's histogram is not base64"))?;
        // A header may promise more counts than the payload holds: do not make room for a lie.
        let promised = payload.get(4..8).and_then(|length| <[u8; 4]>::try_from(length).ok());
        let promised = promised.map_or(u32::MAX, u32::from_be_bytes);
        if usize::try_from(promised).is_ok_and(|promised| promised > payload.len()) {
            return Err(flaw(0, "an interval's histogram is cut short"));
        }
        let histogram: hdrhistogram::Histogram<u64> = deserializer
            .deserialize(&mut Cursor::new(payload))
            .map_err(|_| flaw(0, "an interval's histogram cannot be read"))?;
        for bucket in histogram.iter_recorded() {
            let value = bucket.value_iterated_to().checked_mul(unit);
            let value = value.ok_or_else(|| flaw(0, "a value exceeds 64 bits"))?;
            *weights.entry(value).or_insert(0.0) += count(bucket.count_at_value());
        }
    }
    knots(weights)
}

#[allow(clippy::cast_precision_loss, reason = "counts are weights here")]
fn count(number: u64) -> f64 {
    number as f64
}

fn knots(weights: BTreeMap<u64, f64>) -> Result<Vec<Knot>, Flaw> {
    let total: f64 = weights.values().sum();
    if total <= 0.0 || !total.is_finite() {
        return Err(flaw(0, "it holds no values"));
    }
    let mut sum = 0.0;
    let mut knots: Vec<Knot> = Vec::with_capacity(weights.len());
    for (value, weight) in weights.into_iter().filter(|(_, weight)| *weight > 0.0) {
        sum += weight;
        let cumulative = (sum / total).min(1.0);
        match knots.last_mut() {
            Some(last) if last.cumulative >= cumulative => last.value = value,
            _ => knots.push(Knot { cumulative, value }),
        }
    }
    if let Some(last) = knots.last_mut() {
        last.cumulative = 1.0;
    }
    Ok(knots)
}

/// Standard base64, as interval logs use it.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut held, mut bits) = (0u32, 0u32);
    for byte in text.trim_end_matches('=').bytes() {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(sextet)) & 0xFF_FFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xFF).ok()?);
        }
    }
    Some(bytes)
}
