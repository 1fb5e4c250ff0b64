//! Arrivals: a Poisson process whose rate is constant in steps.
//!
//! Invariant: every arrival uses one exponential draw, whatever steps it crosses; only plain
//! arithmetic, rounded alike everywhere.
//! Never: thinning, which would use a varying number of draws.

use crate::units::Instant;

const NANOS_PER_SEC: f64 = 1e9;
const DRAW_UNIT: f64 = 1.0 / (1u64 << 32) as f64;

#[derive(Clone, Copy, Debug)]
struct Step {
    start: u64,
    per_second: f64,
}

/// The arrivals of one source, in order.
#[derive(Clone, Debug)]
pub struct Arrivals {
    steps: Vec<Step>,
    /// The step that holds `now`.
    step: usize,
    /// The last arrival: whole nanoseconds, and the fraction that would be lost.
    now: u64,
    fraction: f64,
}

impl Arrivals {
    /// A process with these rates per second, each from its instant to the next one's; nothing
    /// arrives before the first. End with a rate of zero to end the process.
    pub fn new(steps: &[(Instant, f64)]) -> Self {
        assert!(steps.is_sorted_by(|a, b| a.0 < b.0), "steps come in order");
        assert!(steps.iter().all(|step| step.1 >= 0.0 && step.1.is_finite()), "a rate is finite");
        let steps: Vec<Step> =
            steps.iter().map(|&(at, per_second)| Step { start: at.nanos(), per_second }).collect();
        let now = steps.first().map_or(0, |step| step.start);
        Self { steps, step: 0, now, fraction: 0.0 }
    }

    /// The next arrival, given a unit exponential in units of 2^-32 (see
    /// [`exponential`](super::race::exponential)). `None`: nothing arrives any more.
    pub fn advance(&mut self, hazard_q32: u64) -> Option<Instant> {
        let mut hazard = hazard_q32 as f64 * DRAW_UNIT;
        while let Some(step) = self.steps.get(self.step) {
            let until_end = match self.steps.get(self.step + 1) {
                Some(next) => (next.start - self.now) as f64 - self.fraction,
                None => f64::INFINITY,
            };
            // Zero rate: an infinite gap (or no number at all, when the hazard is zero as well).
            let gap = hazard * (NANOS_PER_SEC / step.per_second);
            if gap < until_end {
                return self.arrive_after(gap);
            }
            if until_end.is_infinite() {
                return None;
            }
            hazard = (hazard - until_end * (step.per_second / NANOS_PER_SEC)).max(0.0);
            self.step += 1;
            self.now = self.steps[self.step].start;
            self.fraction = 0.0;
        }
        None
    }
    fn arrive_after(&mut self, gap: f64) -> Option<Instant> {
        const LAST: f64 = (1u64 << 63) as f64;
        let gap = gap + self.fraction;
        if gap >= LAST {
            return None;
        }
        let whole = gap as u64;
        self.fraction = gap - whole as f64;
        self.now = self.now.checked_add(whole)?;
        Some(Instant::from_nanos(self.now))
    }
}
