//! Heat map: how many accepted payments were answered when, with which latency.
//!
//! Time is coarsened by doubling, so that at most `COLUMNS` windows remain, whatever the order in
//! which they come. Latency has ten buckets a decade, with bounds on those of the histograms, so
//! that no value is counted in a neighbour; five where ten would make too many rows.

use super::buckets::Bucket;
use super::outcome::HeatRow;

const COLUMNS: usize = 240;
const ROWS: usize = 60;
/// Ten steps of a decade, in thousandths: 1000 × 10^(k/10).
const DECADE: [u64; 10] = [1_000, 1_259, 1_585, 1_995, 2_512, 3_162, 3_981, 5_012, 6_310, 7_943];
/// Nine decades and six steps reach one hour.
const BUCKETS: usize = 97;
/// Powers of two that the histograms' buckets are aligned to above this many microseconds.
const EXACT_BITS: u32 = 11;

/// Counts by time and latency.
#[derive(Clone, Debug)]
pub(super) struct HeatMap {
    /// Lower bound of each bucket; the first begins at zero.
    bounds_us: Vec<u64>,
    /// Windows in one column.
    factor: usize,
    columns: Vec<[u64; BUCKETS]>,
}

impl HeatMap {
    pub(super) fn new() -> Self {
        let mut bounds_us: Vec<u64> = (0..=BUCKETS).map(bound_us).collect();
        bounds_us[0] = 0;
        Self { bounds_us, factor: 1, columns: Vec::new() }
    }

    /// Adds the accepted payments of one window: buckets from the smallest value up.
    pub(super) fn add(&mut self, window: usize, accepted: impl Iterator<Item = Bucket>) {
        while window / self.factor >= COLUMNS {
            self.coarsen();
        }
        let (index, mut row) = (window / self.factor, 0);
        for bucket in accepted {
            while row + 1 < BUCKETS && self.bounds_us[row + 1] <= bucket.low_us {
                row += 1;
            }
            if index >= self.columns.len() {
                self.columns.resize(index + 1, [0; BUCKETS]);
            }
            self.columns[index][row] += bucket.count;
        }
    }

    fn coarsen(&mut self) {
        self.factor *= 2;
        let pairs = self.columns.chunks(2);
        self.columns = pairs
            .map(|pair| std::array::from_fn(|row| pair.iter().map(|c| c[row]).sum()))
            .collect();
    }

    /// The cells that hold something; `window_us` is the width of one window.
    pub(super) fn finish(self, window_us: u64) -> Vec<HeatRow> {
        let held = |row: &usize| self.columns.iter().any(|column| column[*row] > 0);
        let first = (0..BUCKETS).find(held).unwrap_or(0);
        let last = (0..BUCKETS).rfind(held).unwrap_or(0);
        let step = if last - first < ROWS { 1 } else { 2 };
        let mut rows = Vec::new();
        for (index, column) in self.columns.iter().enumerate() {
            for low in (first..=last).step_by(step) {
                let high = (low + step).min(BUCKETS);
                let count: u64 = column[low..high].iter().sum();
                if count > 0 {
                    rows.push(HeatRow {
                        t_us: index as u64 * self.factor as u64 * window_us,
                        bucket_lo_us: self.bounds_us[low],
                        bucket_hi_us: self.bounds_us[high],
                        count,
                    });
                }
            }
        }
        rows
    }
}

/// 10^(step/10) microseconds, rounded down to a bound of the histograms' buckets.
fn bound_us(step: usize) -> u64 {
    let decade = 10_u64.pow(u32::try_from(step / 10).expect("fewer than a hundred steps"));
    let value = DECADE[step % 10] * decade / 1_000;
    let bits = u64::BITS - value.leading_zeros();
    let shift = bits.saturating_sub(EXACT_BITS);
    value >> shift << shift
}
