//! When a day begins and ends, and what happens in it besides arrivals.

use crate::scenario::obligations::Extent;
use crate::units::{Duration, Instant};

const DAY: u64 = 86_400 * SECOND;
const SECOND: u64 = 1_000_000_000;
/// About as many windows are chosen where none is asked for.
const WINDOWS: u64 = 150;
/// More windows, cut-offs or reviews than this are refused.
const MOMENTS_MAX: u64 = 100_000;
/// Lengths of a window that people count in, in seconds.
const LENGTHS: [u64; 14] =
    [1, 5, 15, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000];

/// When what happens besides arrivals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timetable {
    /// Where the first window begins.
    pub start: Instant,
    /// The end: nothing settles after it.
    pub close: Instant,
    /// Cut-offs of deferred net settlement, in order, the last at the close.
    pub cut_offs: Vec<Instant>,
    /// Time between two looks for offsets of a hybrid, or cycles of continuous netting.
    pub review: Duration,
    /// Length of a window of the series.
    pub window: Duration,
}

/// What is asked for, before the file is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// Cut-offs of every day, as time since midnight.
    pub cut_offs: Vec<Duration>,
    /// A cut-off at every multiple of this.
    pub cycle: Option<Duration>,
    /// The close, as time since midnight of the last day.
    pub close: Option<Duration>,
    /// Time between two reviews; above zero.
    pub review: Duration,
    /// Length of a window; chosen by the length of the day where it is `None`.
    pub window: Option<Duration>,
}

impl Timetable {
    /// The timetable of a file.
    ///
    /// # Errors
    /// In words, where the hours do not fit the file.
    pub fn new(extent: &Extent, hours: &Hours) -> Result<Self, String> {
        let (first, last) = (extent.first.nanos(), extent.last.nanos());
        let close = match hours.close {
            Some(close) => last / DAY * DAY + close.nanos(),
            None => hours.next_cut_off(last).unwrap_or(last),
        };
        if close < last {
            let (close, last) = (clock(close), clock(last));
            return Err(format!("the close at {close} is earlier than the last row, at {last}"));
        }
        let span = (close - first.min(close)).max(1);
        let window = hours.window.map_or_else(|| suited(span), Duration::nanos);
        // Windows and cycles hold their end and not their beginning.
        let start = first.saturating_sub(1) / window * window;
        let span = close - start;
        for (what, length) in [
            ("windows: ask for a longer --window", window),
            ("reviews: ask for a longer --review", hours.review.nanos()),
            ("cut-offs: ask for a longer --cycle", hours.cycle.map_or(u64::MAX, Duration::nanos)),
        ] {
            if length == 0 || span / length > MOMENTS_MAX {
                return Err(format!("more than {MOMENTS_MAX} {what}"));
            }
        }
        let mut cut_offs = Vec::new();
        let mut at = first;
        while let Some(next) = hours.next_cut_off(at).filter(|next| *next < close) {
            cut_offs.push(Instant::from_nanos(next));
            at = next + 1;
        }
        cut_offs.push(Instant::from_nanos(close));
        Ok(Self {
            start: Instant::from_nanos(start),
            close: Instant::from_nanos(close),
            cut_offs,
            review: hours.review,
            window: Duration::from_nanos(window),
        })
    }
}

impl Hours {
    /// The first cut-off at `from` or later.
    fn next_cut_off(&self, from: u64) -> Option<u64> {
        let midnight = from / DAY * DAY;
        let daily = self.cut_offs.iter().map(|of_day| {
            let today = midnight + of_day.nanos();
            if today < from { today + DAY } else { today }
        });
        let cycle = self.cycle.map(|cycle| from.div_ceil(cycle.nanos().max(1)) * cycle.nanos());
        daily.chain(cycle).min()
    }
}

/// A round length of which about [`WINDOWS`] cover the span.
fn suited(span: u64) -> u64 {
    let fits = |length: &&u64| span / (**length * SECOND) <= WINDOWS;
    LENGTHS.iter().find(fits).map_or(span / WINDOWS, |length| length * SECOND)
}

/// A time as people read it: of day, with the day where it is not the first.
fn clock(nanos: u64) -> String {
    let seconds = nanos / SECOND;
    let (hours, minutes) = (seconds / 3_600 % 24, seconds / 60 % 60);
    let time = format!("{hours:02}:{minutes:02}:{:02}", seconds % 60);
    match nanos / DAY {
        0 => time,
        day => format!("{time} (day {})", day + 1),
    }
}
