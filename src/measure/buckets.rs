//! Buckets: flat log-linear counts of microseconds, over the octaves between the least and the
//! greatest that is hit.
//!
//! With ten bits a bucket is exactly one bucket of an `HdrHistogram` of three digits in
//! microseconds, so that converting loses nothing. With seven bits a bucket is below 1 % wide.

use hdrhistogram::Histogram;

use crate::units::Duration;

/// Upper bound of all latency histograms: one hour.
pub(super) const MAX_US: u64 = 3_600_000_000;

/// Half a microsecond, in nanoseconds.
const HALF_US: u64 = 500;
/// Buckets looked at together.
const CHUNK: usize = 16;

/// Counts of values up to `MAX_US`, with `2^BITS` buckets an octave.
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets<const BITS: u32> {
    /// The bucket that `counts` begins with.
    first: usize,
    counts: Vec<u32>,
}

/// Which bucket, counted from zero microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<const BITS: u32>(usize);

impl<const BITS: u32> Place<BITS> {
    /// The bucket of a length of time, rounded to microseconds; above `MAX_US`, of `MAX_US`.
    #[inline]
    pub(super) fn of(length: Duration) -> Self {
        match u32::try_from(length.nanos() + HALF_US) {
            Ok(nanos) => Self::of_micros(nanos / 1_000),
            Err(_) => Self::of_long(length),
        }
    }

    /// As `of`, where half as many bits do not do.
    #[cold]
    #[inline(never)]
    fn of_long(length: Duration) -> Self {
        let value_us = length.micros_rounded().min(MAX_US);
        Self::of_micros(u32::try_from(value_us).expect("an hour in microseconds"))
    }

    #[inline]
    const fn of_micros(value_us: u32) -> Self {
        // Two octaves count single microseconds; from there on widths double.
        let octave = (value_us | 1 << BITS).ilog2() - BITS;
        Self(((octave << BITS) + (value_us >> octave)) as usize)
    }
}

/// One bucket that holds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    /// Smallest value.
    pub(super) low_us: u64,
    /// How many whole microseconds it covers.
    pub(super) width_us: u64,
    /// How many values.
    pub(super) count: u64,
}

impl Bucket {
    /// The middle: off by at most half a bucket from any value in it.
    pub(super) const fn middle_us(self) -> u64 {
        self.low_us + self.width_us / 2
    }
}

impl<const BITS: u32> Buckets<BITS> {
    const PER_OCTAVE: usize = 1 << BITS;

    pub(super) const fn new() -> Self {
        Self { first: 0, counts: Vec::new() }
    }

    /// Counts one value.
    #[inline]
    pub(super) fn add(&mut self, Place(place): Place<BITS>) {
        match self.counts.get_mut(place.wrapping_sub(self.first)) {
            Some(count) => increase(count),
            None => self.add_beyond(place),
        }
    }

    /// Whether this bucket lies within the octaves that exist.
    #[inline]
    pub(super) fn reaches(&self, Place(place): Place<BITS>) -> bool {
        place.wrapping_sub(self.first) < self.counts.len()
    }

    /// Counts a value of an octave that does not exist yet.
    #[cold]
    #[inline(never)]
    fn add_beyond(&mut self, place: usize) {
        self.reach(place);
        increase(&mut self.counts[place - self.first]);
    }

    /// Grows to whole octaves, down or up, until this bucket is one of them.
    fn reach(&mut self, place: usize) {
        let start = place / Self::PER_OCTAVE * Self::PER_OCTAVE;
        if self.counts.is_empty() {
            self.first = start;
        }
        if let Some(below) = self.first.checked_sub(start) {
            self.counts.splice(0..0, std::iter::repeat_n(0, below));
            self.first = start;
        }
        let reached = start + Self::PER_OCTAVE - self.first;
        self.counts.resize(reached.max(self.counts.len()), 0);
    }

    /// How many values.
    pub(super) fn total(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }

    /// Forgets all values and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
    }

    /// The buckets that hold something, from the smallest value up.
    pub(super) fn iter(&self) -> impl Iterator<Item = Bucket> + '_ {
        // Most are empty: they are passed over many at a time.
        let chunks = self.counts.chunks(CHUNK).zip((self.first..).step_by(CHUNK));
        let some = chunks.filter(|(chunk, _)| chunk.iter().fold(0, |any, count| any | count) > 0);
        let held = some.flat_map(|(chunk, first)| chunk.iter().zip(first..));
        let held = held.filter(|(count, _)| **count > 0);
        held.map(|(count, place)| {
            let shift = (place / Self::PER_OCTAVE).saturating_sub(1);
            let low = place - shift * Self::PER_OCTAVE;
            let count = u64::from(*count);
            Bucket { low_us: (low as u64) << shift, width_us: 1 << shift, count }
        })
    }

    /// Adds all values to a histogram made by `histogram`.
    pub(super) fn pour(&self, into: &mut Histogram<u64>) {
        for bucket in self.iter() {
            into.record_n(bucket.middle_us().min(MAX_US), bucket.count)
                .expect("values are within the histogram's bounds");
        }
    }
}

#[inline]
fn increase(count: &mut u32) {
    *count = count.wrapping_add(1);
    assert!(*count > 0, "more than 2^32 values in one bucket");
}

/// An empty histogram: microseconds, 1 µs to 1 h, three significant digits.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, MAX_US, 3).expect("constant bounds that the histogram allows")
}
