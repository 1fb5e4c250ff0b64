//! Values: quantities with units, numbers within bounds, distributions.

use std::ops::RangeInclusive;

use super::Checker;
use crate::kernel::dist::Dist;
use crate::scenario::de::Sp;
use crate::scenario::empirical;
use crate::scenario::load::{read_bytes, read_text};
use crate::scenario::mistake::Mistake;
use crate::scenario::quantity;
use crate::scenario::raw::{
    DistChoice, DistRaw, EmpiricalRaw, LognormalRaw, Money, Quantity, Rate, Time, Written,
};
use crate::scenario::source::{Place, Sources, line_range};
use crate::units::{Amount, Duration, Ppm};

/// What the values of a distribution are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nanoseconds.
    Time,
    /// Minor units of the scenario's currency.
    Money,
}

/// Standard deviations of a logarithm above this have no use and overflow.
const WIDEST_SIGMA: f64 = 10.0;

impl Checker<'_> {
    /// Reads a written value or says what was expected.
    pub(super) fn reading<T, R>(
        &mut self,
        written: &Sp<T>,
        read: impl FnOnce(&T) -> Result<R, String>,
        message: &str,
    ) -> Option<R> {
        match read(&written.value) {
            Ok(value) => Some(value),
            Err(expected) => {
                let mistake = Mistake::at("scenario::bad-value", written.place, message);
                self.say(mistake.label(expected));
                None
            }
        }
    }

    pub(super) fn time(&mut self, written: &Sp<Time>, what: &str) -> Option<Duration> {
        let message = format!("`{what}` is no length of time");
        let read = |time: &Time| match &time.0 {
            Written::Text(text) => quantity::time(text),
            number => Err(format!("expected a unit, such as \"{number}s\"")),
        };
        self.reading(written, read, &message)
    }

    pub(super) fn money(&mut self, written: &Sp<Money>, what: &str) -> Option<Amount> {
        let exponent = self.currency.exponent;
        let message = format!("`{what}` is no money");
        self.reading(written, |money| quantity::money(&money.0, exponent), &message)
    }

    pub(super) fn ratio(&mut self, written: &Sp<Rate>, what: &str) -> Option<Ppm> {
        let message = format!("`{what}` is no share");
        self.reading(written, |rate| quantity::ratio(&rate.0), &message)
    }

    /// A whole number within bounds.
    pub(super) fn whole(
        &mut self,
        written: &Sp<i64>,
        range: RangeInclusive<i64>,
        what: &str,
    ) -> Option<u64> {
        if range.contains(&written.value) {
            return u64::try_from(written.value).ok();
        }
        let message = format!("`{what}` is {}", written.value);
        let label = format!("expected a whole number from {} to {}", range.start(), range.end());
        self.say(Mistake::at("scenario::out-of-range", written.place, message).label(label));
        None
    }

    /// A number that is not negative, within bounds.
    pub(super) fn number(
        &mut self,
        written: &Sp<f64>,
        range: RangeInclusive<f64>,
        what: &str,
    ) -> Option<f64> {
        if range.contains(&written.value) {
            return Some(written.value);
        }
        let message = format!("`{what}` is {}", written.value);
        let label = format!("expected a number from {} to {}", range.start(), range.end());
        self.say(Mistake::at("scenario::out-of-range", written.place, message).label(label));
        None
    }

    /// The scaled amount: whole minor units.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "only a scaled stock is rounded, and it saturates"
    )]
    pub(super) fn scaled(&self, whole: u64) -> u64 {
        if self.scale.to_bits() == 1.0f64.to_bits() {
            return whole;
        }
        (whole as f64 * self.scale).round() as u64
    }

    /// A count that a scale may not bring to nothing.
    pub(super) fn scaled_count(&self, whole: u64) -> u64 {
        self.scaled(whole).max(u64::from(whole > 0))
    }

    /// A scaled stock of money, at its place, within 64 bits.
    pub(super) fn scaled_amount(&mut self, amount: Amount, place: Place) -> Amount {
        const LARGEST: u64 = 1_000_000_000_000_000_000;
        let scaled = self.scaled(amount.minor());
        if scaled > LARGEST {
            let message = "this amount is too large at the scenario's scale";
            let mistake = match &self.raw.scale {
                Some(scale) if Self::is_default(place) => {
                    let message = "money that is not stated is too large at this scale";
                    Mistake::at("scenario::out-of-range", scale.place, message)
                        .label("expected a scale at which all money is at most 10^18 minor units")
                        .help("or state `reserve` and `customer_funds` of every institution")
                }
                _ => Mistake::at("scenario::out-of-range", place, message)
                    .label("expected at most 10^18 minor units"),
            };
            self.say(mistake);
            return Amount::ZERO;
        }
        Amount::from_minor(scaled)
    }

    /// A distribution of times or amounts; a time is one that a step of a payment may take.
    pub(super) fn dist(&mut self, written: &Sp<DistRaw>, unit: Unit, what: &str) -> Option<Dist> {
        let dist = self.any_dist(written, unit, what)?;
        match unit {
            Unit::Time => self.short_enough(dist, written.place, what),
            Unit::Money => Some(dist),
        }
    }

    fn any_dist(&mut self, written: &Sp<DistRaw>, unit: Unit, what: &str) -> Option<Dist> {
        let choice = match &written.value {
            DistRaw::Constant(quantity) => {
                let quantity = written.with(quantity.clone());
                return self.quantity(&quantity, unit, what).map(Dist::Constant);
            }
            DistRaw::Choice(choice) => choice,
        };
        match choice.as_ref() {
            DistChoice::Constant(value) => self.quantity(value, unit, what).map(Dist::Constant),
            DistChoice::Uniform { low, high } => {
                let from = self.quantity(low, unit, what);
                let to = self.quantity(high, unit, what);
                let (from, to) = (from?, to?);
                if from > to {
                    let mistake =
                        Mistake::at("scenario::bad-range", high.place, "`high` is below `low`")
                            .label("expected `low` or more")
                            .also(low.place, "`low`");
                    self.say(mistake);
                    return None;
                }
                Some(Dist::Uniform { low: from, high: to })
            }
            DistChoice::Exponential { mean } => {
                self.positive(mean, unit, what).map(|mean| Dist::Exponential { mean })
            }
            DistChoice::Lognormal(shape) => self.lognormal(shape, unit, what),
            DistChoice::Weibull { shape, scale } => {
                let shape = self.number(shape, 0.1..=100.0, "weibull.shape");
                let scale = self.positive(scale, unit, what);
                Some(Dist::Weibull { shape: shape?, scale: scale? })
            }
            DistChoice::Pareto { low, shape } => {
                let low = self.positive(low, unit, what);
                let shape = self.number(shape, 1.01..=100.0, "pareto.shape");
                Some(Dist::Pareto { low: low?, shape: shape? })
            }
            DistChoice::Empirical(file) => self.empirical(file, unit),
        }
    }

    fn lognormal(&mut self, raw: &Sp<LognormalRaw>, unit: Unit, what: &str) -> Option<Dist> {
        let shape = &raw.value;
        match (&shape.mean, &shape.cv, &shape.median, &shape.sigma) {
            (Some(mean), Some(cv), None, None) => {
                let mean = self.positive(mean, unit, what);
                let cv = self.number(cv, 0.0..=100.0, "lognormal.cv")?;
                let spread = 1.0 + cv * cv;
                let median = mean? / libm::sqrt(spread);
                Some(Dist::LogNormal { median, sigma: libm::sqrt(libm::log(spread)) })
            }
            (None, None, Some(median), Some(sigma)) => {
                let median = self.positive(median, unit, what);
                let sigma = self.number(sigma, 0.0..=WIDEST_SIGMA, "lognormal.sigma")?;
                Some(Dist::LogNormal { median: median?, sigma })
            }
            _ => {
                let message = "a log-normal needs two numbers that go together";
                let mistake = Mistake::at("scenario::bad-distribution", raw.place, message)
                    .label("expected { mean, cv } or { median, sigma }");
                self.say(mistake);
                None
            }
        }
    }

    /// A quantity above zero, as the parameter of a distribution.
    #[allow(clippy::cast_precision_loss, reason = "a parameter of a distribution")]
    fn positive(&mut self, written: &Sp<Quantity>, unit: Unit, what: &str) -> Option<f64> {
        let value = self.quantity(written, unit, what)?;
        if value == 0 {
            let message = format!("`{what}` has a parameter of zero");
            let mistake = Mistake::at("scenario::out-of-range", written.place, message)
                .label("expected more than zero; a fixed value is { constant = \"…\" }");
            self.say(mistake);
            return None;
        }
        Some(value as f64)
    }

    fn quantity(&mut self, written: &Sp<Quantity>, unit: Unit, what: &str) -> Option<u64> {
        let exponent = self.currency.exponent;
        let message = match unit {
            Unit::Time => format!("`{what}` is no length of time"),
            Unit::Money => format!("`{what}` is no money"),
        };
        self.reading(written, |value| read_quantity(&value.0, unit, exponent), &message)
    }

    fn empirical(&mut self, raw: &EmpiricalRaw, unit: Unit) -> Option<Dist> {
        let folder = self.sources.get(raw.file.place.source).folder.clone();
        let path = folder.join(&raw.file.value);
        let place = raw.file.place;
        let shown = path.display().to_string();
        let is_log = path.extension().is_some_and(|extension| extension == "hlog");
        let mut csv = None;
        let knots = if is_log {
            let one = match &raw.unit {
                Some(stated) => self.quantity(stated, unit, "empirical.unit")?,
                None if unit == Unit::Time => 1_000,
                None => 1,
            };
            let bytes = self.keep(read_bytes(&path, Some(place)))?;
            self.sources.note_file(&raw.file.value, &bytes);
            empirical::from_hlog(&bytes, one)
        } else {
            let text = self.keep(read_text(&path, Some(place)))?;
            self.sources.note_file(&raw.file.value, text.as_bytes());
            csv = Some(text.clone());
            let exponent = self.currency.exponent;
            let read =
                |value: &str| read_quantity(&Written::Text(value.to_owned()), unit, exponent);
            empirical::from_csv(&text, read)
        };
        let flaw = match knots {
            Ok(knots) => return Some(Dist::Empirical(knots)),
            Err(flaw) => flaw,
        };
        let mistake = if let Some(text) = csv.filter(|_| flaw.line > 0) {
            let at = line_range(&text, flaw.line);
            let source = self.sources.add(&shown, text, folder);
            let row = Place { source, start: at.start, end: at.end };
            Mistake::at("scenario::bad-file", row, flaw.message).also(place, "named here")
        } else {
            let message = format!("{}: {}", raw.file.value, flaw.message);
            Mistake::at("scenario::bad-file", place, message)
        };
        self.say(mistake);
        None
    }

    /// The value, or the mistake kept.
    pub(super) fn keep<T>(&mut self, outcome: Result<T, Box<Mistake>>) -> Option<T> {
        outcome.map_err(|mistake| self.say(*mistake)).ok()
    }

    /// Whether a value was supplied as a default rather than written.
    pub(super) fn is_default(place: Place) -> bool {
        place.source == Sources::DEFAULTS
    }
}

fn read_quantity(written: &Written, unit: Unit, exponent: u8) -> Result<u64, String> {
    match (unit, written) {
        (Unit::Time, Written::Text(text)) => quantity::time(text).map(Duration::nanos),
        (Unit::Time, number) => Err(format!("expected a unit, such as \"{number}ms\"")),
        (Unit::Money, written) => quantity::money(written, exponent).map(Amount::minor),
    }
}
