//! Answers: system latencies window by window, as quantiles and as the heat map.
//!
//! The histograms of a window are closed once every fact of the window has been told.

use super::buckets::{Bucket, Buckets, Place};
use super::heat::HeatMap;
use super::windows::Windows;
use crate::units::{Duration, Instant, Status};

/// Fewest samples behind each quantile, and the quantile in thousandths.
const QUANTILES: [(u64, u64); 3] = [(1, 500), (20, 950), (100, 990)];

/// System latencies of the whole run.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    windows: Windows,
    /// Of the window found last.
    now: Window,
    /// Other windows that may still grow, in no order.
    others: Vec<(usize, Window)>,
    /// All earlier windows are closed.
    oldest: usize,
    /// How many windows stay open.
    open: usize,
    spare: Vec<Window>,
    quantiles_us: Vec<[Option<u64>; 3]>,
    heat: HeatMap,
}

/// Latencies of one window.
#[derive(Clone, Debug, Default)]
struct Window {
    accepted: Buckets<10>,
    declined: Buckets<10>,
}

impl Answers {
    /// Windows of this width; facts are told at most `slack` out of order.
    pub(super) fn new(window: Duration, slack: Duration) -> Self {
        let open = slack.nanos().div_ceil(window.nanos()) + 1;
        Self {
            windows: Windows::new(window.nanos()),
            now: Window::default(),
            others: Vec::new(),
            oldest: 0,
            open: usize::try_from(open).expect("fewer windows than memory"),
            spare: Vec::new(),
            quantiles_us: Vec::new(),
            heat: HeatMap::new(),
        }
    }

    /// An answer was released after so long.
    #[inline]
    pub(super) fn add(&mut self, at: Instant, status: Status, place: Place<10>) {
        let (_, start_ns) = self.windows.latest();
        if at.nanos().wrapping_sub(start_ns) >= self.windows.width_ns() {
            self.turn(at.nanos());
        }
        let now = &mut self.now;
        let latencies =
            if status == Status::Accepted { &mut now.accepted } else { &mut now.declined };
        latencies.add(place);
    }

    /// Goes to the window of this instant, and closes those that can get no more answers.
    #[cold]
    #[inline(never)]
    fn turn(&mut self, at_ns: u64) {
        let (was, _) = self.windows.latest();
        let (index, _) = self.windows.find(at_ns);
        let known = self.others.iter().position(|(other, _)| *other == index);
        let next = known.map(|place| self.others.swap_remove(place).1);
        let next = next.or_else(|| self.spare.pop()).unwrap_or_default();
        let left = std::mem::replace(&mut self.now, next);
        self.others.push((was, left));
        self.close_before((index + 1).saturating_sub(self.open));
    }

    fn close_before(&mut self, oldest: usize) {
        self.oldest = self.oldest.max(oldest);
        let over = self.others.extract_if(.., |(index, _)| *index < self.oldest);
        for (index, mut window) in over {
            if self.quantiles_us.len() <= index {
                self.quantiles_us.resize(index + 1, [None; 3]);
            }
            let known = &mut self.quantiles_us[index];
            // An answer from before the open windows breaks the promise of `slack`.
            if known[0].is_none() {
                *known = window.quantiles_us();
                self.heat.add(index, window.accepted.iter());
            }
            window.accepted.clear();
            window.declined.clear();
            self.spare.push(window);
        }
    }

    /// Quantiles by window, and the heat map.
    pub(super) fn finish(mut self) -> (Vec<[Option<u64>; 3]>, HeatMap) {
        let (index, _) = self.windows.latest();
        self.others.push((index, std::mem::take(&mut self.now)));
        self.close_before(usize::MAX);
        (self.quantiles_us, self.heat)
    }
}

impl Window {
    /// One pass over both histograms, from the smallest value up.
    fn quantiles_us(&self) -> [Option<u64>; 3] {
        let total = self.accepted.total() + self.declined.total();
        let rank = |(fewest, per_mille): (u64, u64)| {
            (total >= fewest).then(|| (total * per_mille).div_ceil(1_000))
        };
        let ranks = QUANTILES.map(rank);
        let mut found = [None; 3];
        let (mut next, mut below) = (0, 0);
        let mut declined = self.declined.iter().peekable();
        let mut take = |bucket: Bucket| {
            below += bucket.count;
            while let Some(Some(rank)) = ranks.get(next)
                && below >= *rank
            {
                found[next] = Some(bucket.middle_us());
                next += 1;
            }
        };
        for bucket in self.accepted.iter() {
            while let Some(lower) = declined.next_if(|other| other.low_us < bucket.low_us) {
                take(lower);
            }
            take(bucket);
        }
        declined.for_each(take);
        found
    }
}
