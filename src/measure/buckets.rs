//! Buckets: flat log-linear counts of microseconds, in octaves that exist once they are hit.
//!
//! With ten bits a bucket is exactly one bucket of an `HdrHistogram` of three digits in
//! microseconds, so that converting loses nothing. With seven bits a bucket is below 1 % wide.

use hdrhistogram::Histogram;

/// Upper bound of all latency histograms: one hour.
pub(super) const MAX_US: u64 = 3_600_000_000;

/// Enough for seven bits: values below 2^32.
const OCTAVES: usize = 26;
const ABSENT: u32 = u32::MAX;

/// Counts of values up to `MAX_US`, with `2^BITS` buckets an octave.
#[derive(Clone, Debug)]
pub(super) struct Buckets<const BITS: u32> {
    /// Where each octave starts in `counts`.
    octaves: [u32; OCTAVES],
    counts: Vec<u32>,
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
        Self { octaves: [ABSENT; OCTAVES], counts: Vec::new() }
    }

    /// Counts one value, which is at most `MAX_US`.
    #[inline]
    pub(super) fn add(&mut self, value_us: u64) {
        debug_assert!(value_us <= MAX_US, "the caller clamps");
        let octave = (u64::BITS - value_us.leading_zeros()).saturating_sub(BITS);
        // The second octave counts single microseconds too; from there on widths double.
        let place = value_us >> octave.saturating_sub(1) & (Self::PER_OCTAVE as u64 - 1);
        let place = usize::try_from(place).expect("below the buckets of an octave");
        let start = match self.octaves[octave as usize] {
            ABSENT => self.allocate(octave as usize),
            start => start as usize,
        };
        let count = &mut self.counts[start + place];
        *count = count.checked_add(1).expect("more than 2^32 values in one bucket");
    }

    #[cold]
    fn allocate(&mut self, octave: usize) -> usize {
        let start = self.counts.len();
        self.octaves[octave] = u32::try_from(start).expect("at most 26 octaves");
        self.counts.resize(start + Self::PER_OCTAVE, 0);
        start
    }

    /// Forgets all values and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
    }

    /// The buckets that hold something, from the smallest value up.
    pub(super) fn iter(&self) -> impl Iterator<Item = Bucket> + '_ {
        let present = self.octaves.iter().enumerate().filter(|(_, start)| **start != ABSENT);
        present.flat_map(|(octave, start)| {
            let shift = octave.saturating_sub(1);
            let first = if octave == 0 { 0 } else { Self::PER_OCTAVE };
            let counts = &self.counts[*start as usize..*start as usize + Self::PER_OCTAVE];
            let held = counts.iter().enumerate().filter(|(_, count)| **count > 0);
            held.map(move |(place, count)| Bucket {
                low_us: ((first + place) as u64) << shift,
                width_us: 1 << shift,
                count: u64::from(*count),
            })
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

/// An empty histogram: microseconds, 1 µs to 1 h, three significant digits.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, MAX_US, 3).expect("constant bounds that the histogram allows")
}
