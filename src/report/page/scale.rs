//! Scales: values to places between 0 and 1, with round ticks.

use super::canvas::Ticks;
use crate::report::number::{clock, significant};
use crate::report::picture::{step_down, step_up, steps};

/// A linear scale from nothing.
#[derive(Clone, Copy)]
pub(super) struct Linear {
    bottom: f64,
    top: f64,
}

impl Linear {
    /// Up to the next round value.
    pub(super) fn to(high: f64) -> Self {
        Self { bottom: 0.0, top: step_up(high.max(1e-9)) }
    }

    /// Over a span far from nothing, with a margin: for marks, never for bars.
    pub(super) fn around(low: f64, high: f64) -> Self {
        let step = step_up(((high - low) / 3.0).max(high.abs() / 100.0).max(1e-9));
        let bottom = (libm::floor(low / step - 0.2) * step).max(0.0);
        let parts = libm::ceil((high - bottom) / step + 0.2).max(1.0);
        Self { bottom, top: bottom + parts * step }
    }

    /// The place of a value.
    pub(super) fn place(self, value: f64) -> f64 {
        (value - self.bottom) / (self.top - self.bottom)
    }

    /// Ticks at equal parts, worded.
    pub(super) fn ticks(self, parts: u32, word: impl Fn(f64) -> String) -> Ticks {
        let part = |n: u32| f64::from(n) / f64::from(parts);
        let value = |place: f64| self.bottom + place * (self.top - self.bottom);
        (0..=parts).map(|n| (part(n), word(value(part(n))))).collect()
    }
}

/// A logarithmic scale.
#[derive(Clone, Copy)]
pub(super) struct Log {
    bottom: f64,
    top: f64,
}

impl Log {
    /// Over these values, all above nothing.
    pub(super) fn over(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((f64::MAX, 1.0), |(low, high): (f64, f64), value| {
            (low.min(value), high.max(value))
        });
        Self { bottom: step_down(low.min(high).max(1e-6)), top: step_up(high) }
    }

    /// The place of a value.
    pub(super) fn place(self, value: f64) -> f64 {
        libm::log10(value.max(self.bottom) / self.bottom) / libm::log10(self.top / self.bottom)
    }

    /// Ticks at 1, 2 and 5, or at powers of ten where those would be many.
    pub(super) fn ticks(self, word: impl Fn(f64) -> String) -> Ticks {
        let mut values = steps(self.bottom, self.top);
        if values.len() > 9 {
            let whole = |value: &f64| {
                let power = libm::log10(*value);
                (power - power.round()).abs() < 1e-6
            };
            values.retain(whole);
        }
        values.into_iter().map(|value| (self.place(value), word(value))).collect()
    }
}

/// Simulated time from the epoch on.
#[derive(Clone, Copy)]
pub(super) struct Time {
    epoch_us: u64,
    end: f64,
}

impl Time {
    /// Up to `end`, in microseconds.
    pub(super) fn to(epoch_us: u64, end: f64) -> Self {
        Self { epoch_us, end: end.max(1.0) }
    }

    /// The place of an instant in microseconds.
    pub(super) fn place(self, us: f64) -> f64 {
        us / self.end
    }

    /// Ticks at whole minutes, hours or days.
    pub(super) fn ticks(self) -> Ticks {
        let marks = crate::report::picture::marks(self.epoch_us, self.end);
        marks.into_iter().map(|(us, words)| (self.place(us), words)).collect()
    }

    /// The time of day, to the second.
    pub(super) fn words(self, us: u64) -> String {
        let seconds = self.epoch_us.saturating_add(us) / 1_000_000 % 60;
        let clock = clock(self.epoch_us, us);
        let (time, day) = clock.split_once(' ').map_or((clock.as_str(), ""), |(a, b)| (a, b));
        format!("{time}:{seconds:02} {day}").trim_end().to_owned()
    }
}

/// A symmetric logarithmic scale of relative changes: linear within one per cent.
#[derive(Clone, Copy)]
pub(super) struct Symmetric {
    reach: f64,
}

impl Symmetric {
    /// Over changes given in per cent.
    pub(super) fn over(values: impl Iterator<Item = f64>) -> Self {
        let high = values.fold(1.0, |high: f64, value| high.max(value.abs()));
        Self { reach: libm::pow(10.0, libm::ceil(libm::log10(1.0 + high))) }
    }

    /// The place of a change in per cent.
    pub(super) fn place(self, percent: f64) -> f64 {
        let bent = libm::log10(1.0 + percent.abs()) / libm::log10(1.0 + self.reach);
        0.5 + 0.5 * bent.copysign(percent)
    }

    /// Ticks at nothing and at powers of ten on both sides.
    pub(super) fn ticks(self) -> Ticks {
        let mut all = vec![(0.5, "0".to_owned())];
        let mut power = 1.0;
        while power <= self.reach {
            all.push((self.place(-power), format!("−{} %", significant(power))));
            all.push((self.place(power), format!("+{} %", significant(power))));
            power *= 10.0;
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all
    }
}
