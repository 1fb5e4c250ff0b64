//! Fourth pass: meaning. From what is written to a `Scenario`, or to every mistake.
//!
//! Invariant: every mistake is told, each at the place where it was written; a check that meets one
//! goes on with a harmless value.
//! Never: a panic, whatever is written.

mod bounds;
mod codes;
mod consumers;
mod demand;
mod faults;
mod group;
mod institutions;
mod limits;
mod members;
mod merchants;
mod metrics;
mod money;
mod network;
mod policies;
mod references;
mod risk;
mod station;
mod thresholds;
mod timers;
mod values;

use super::mistake::Mistake;
use super::quantity::{self, SECOND_NANOS};
use super::raw::ScenarioRaw;
use super::source::{Place, Sources};
use super::tree::Node;
use super::{Currency, Epoch, Institution, Scenario};
use crate::units::{Duration, PaymentId};

pub(super) use references::Party;

/// At most so many institutions: the link table holds every pair.
const MOST_INSTITUTIONS: usize = 4_096;
/// At most so many institutions and classes together.
const MOST_ENTITIES: usize = 16_000;

/// Everything that a check may need to know or to say.
pub(super) struct Checker<'a> {
    raw: &'a ScenarioRaw,
    root: &'a Node,
    sources: &'a mut Sources,
    mistakes: Vec<Mistake>,
    currency: Currency,
    scale: f64,
    time_of_day: Duration,
    horizon: Duration,
    drain: Duration,
    institutions: Vec<Institution>,
    parties: Vec<(String, Party)>,
    rate_steps: u64,
    /// Payments, and minor units that they move, on average over all demand so far.
    payments: f64,
    money: f64,
    warnings: Warnings,
}

/// What is lawful and surely not meant, and where it stands.
pub(super) type Warnings = Vec<(Place, String)>;

/// Checks what is written and builds the scenario.
pub(super) fn check(
    raw: &ScenarioRaw,
    root: &Node,
    sources: &mut Sources,
) -> Result<(Scenario, Warnings), Vec<Mistake>> {
    let mut checker = Checker {
        raw,
        root,
        sources,
        mistakes: Vec::new(),
        currency: Currency { code: "CNY".to_owned(), exponent: 2 },
        scale: 1.0,
        time_of_day: Duration::ZERO,
        horizon: Duration::from_secs(1),
        drain: Duration::ZERO,
        institutions: Vec::new(),
        parties: Vec::new(),
        rate_steps: 0,
        payments: 0.0,
        money: 0.0,
        warnings: Vec::new(),
    };
    let mut scenario = checker.scenario();
    checker.judged(&mut scenario);
    if checker.mistakes.is_empty() {
        checker.replay_rows(&scenario);
    }
    if checker.mistakes.is_empty() {
        Ok((scenario, checker.warnings))
    } else {
        Err(checker.mistakes)
    }
}

impl Checker<'_> {
    fn say(&mut self, mistake: Mistake) {
        self.mistakes.push(mistake);
    }

    /// A required key that is not there.
    fn missing(&mut self, place: Place, what: &str, expected: &str) {
        let message = format!("`{what}` is missing");
        self.say(Mistake::at("scenario::missing-key", place, message).help(expected.to_owned()));
    }

    fn scenario(&mut self) -> Scenario {
        let name = self.scenario_name();
        let epoch = self.epoch();
        self.time_of_day = epoch.time_of_day;
        let warm_up = self.times();
        self.currency();
        let seed = self.seed();
        self.scale();
        let rules = self.rules();
        let bank = self.build_institutions();
        let links = self.links();
        let timers = self.timers();
        let consumers = self.consumers(&rules);
        let merchants = self.merchants(!consumers.is_empty());
        let background = self.background();
        let replay = self.replay();
        self.sizes(consumers.len() + background.len() + usize::from(replay.is_some()));
        let human = self.human_times();
        let limits = self.limits();
        let policies = self.policies(&rules);
        let risk = self.risk(&policies);
        let compared = self.compared(&policies);
        self.reachable(&merchants, &policies);
        let faults = self.faults();
        let fees = self.fees(&consumers);
        Scenario {
            name,
            question: String::new(),
            expect: String::new(),
            epoch,
            horizon: self.horizon,
            warm_up,
            drain: self.drain,
            seed,
            currency: self.currency.clone(),
            scale: self.scale,
            links,
            timers,
            consumers,
            merchants,
            background,
            replay,
            human,
            limits,
            risk,
            policies,
            rules,
            faults,
            fees,
            settlement: super::Settlement { bank },
            compared,
            replications: self.replications(),
            window: self.window(),
            calibration: self.calibration(),
            thresholds: Vec::new(),
            regressions: Vec::new(),
            institutions: std::mem::take(&mut self.institutions),
        }
    }

    fn seed(&mut self) -> u64 {
        let stated = self.raw.seed.as_ref().and_then(|seed| {
            self.reading(seed, |seed| quantity::seed(&seed.0), "`seed` is no seed")
        });
        stated.unwrap_or(0)
    }

    fn scenario_name(&mut self) -> String {
        let Some(name) = &self.raw.name else {
            let help = "add a line such as name = \"city\"";
            self.missing(self.root.place, "name", help);
            return String::new();
        };
        self.well_formed(&name.value, name.place, "the scenario");
        name.value.clone()
    }

    /// Names become columns, file names and parts of keys.
    fn well_formed(&mut self, name: &str, place: Place, whose: &str) {
        let fits = (1..=64).contains(&name.len());
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if fits && name.chars().all(plain) {
            return;
        }
        let message = format!("\"{name}\" cannot name {whose}");
        let mistake = Mistake::at("scenario::bad-name", place, message)
            .label("expected 1 to 64 lower-case letters, digits and hyphens");
        self.say(mistake);
    }

    fn epoch(&mut self) -> Epoch {
        let empty = Epoch { text: String::new(), unix_seconds: 0, time_of_day: Duration::ZERO };
        let sample = "such as \"2026-03-02T08:00:00+08:00\"";
        let Some(epoch) = &self.raw.epoch else {
            self.missing(
                self.root.place,
                "epoch",
                "add a line such as epoch = \"2026-03-02T08:00:00+08:00\"",
            );
            return empty;
        };
        let text = epoch.value.clone();
        let instant: Option<jiff::Timestamp> = text.parse().ok();
        let civil: Option<jiff::civil::DateTime> =
            text.get(..19).and_then(|local| local.parse().ok());
        let (Some(instant), Some(civil)) = (instant, civil) else {
            let mistake = Mistake::at("scenario::bad-epoch", epoch.place, "`epoch` is no instant")
                .label(format!("expected a date, a time and an offset, {sample}"));
            self.say(mistake);
            return empty;
        };
        if instant.subsec_nanosecond() != 0 {
            let mistake =
                Mistake::at("scenario::bad-epoch", epoch.place, "`epoch` has part seconds")
                    .label("expected whole seconds");
            self.say(mistake);
        }
        let time = civil.time();
        let seconds = i64::from(time.hour()) * 3_600
            + i64::from(time.minute()) * 60
            + i64::from(time.second());
        let time_of_day = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        Epoch { text, unix_seconds: instant.as_second(), time_of_day }
    }

    /// Horizon and drain; returns the warm-up.
    fn times(&mut self) -> Duration {
        let raw = self.raw;
        match &raw.horizon {
            None => {
                let help = "add a line such as horizon = \"4h\"";
                self.missing(self.root.place, "horizon", help);
            }
            Some(horizon) => {
                if let Some(length) = self.time(horizon, "horizon") {
                    self.horizon = length;
                    if length == Duration::ZERO {
                        let message = "`horizon` is zero";
                        let mistake = Mistake::at("scenario::no-time", horizon.place, message)
                            .label("expected a time above zero, such as \"60s\"");
                        self.say(mistake);
                    }
                }
            }
        }
        self.drain =
            raw.drain.as_ref().and_then(|drain| self.time(drain, "drain")).unwrap_or_default();
        let Some(warm_up) = &raw.warm_up else { return Duration::ZERO };
        let length = self.time(warm_up, "warm_up").unwrap_or_default();
        if length >= self.horizon && self.horizon > Duration::ZERO {
            let message = "`warm_up` leaves nothing to count";
            let mut mistake = Mistake::at("scenario::warm-up", warm_up.place, message)
                .label("expected less than the horizon");
            if let Some(horizon) = &raw.horizon {
                mistake = mistake.also(horizon.place, "the horizon");
            }
            self.say(mistake);
        }
        length
    }

    fn currency(&mut self) {
        let Some(currency) = &self.raw.currency else { return };
        let known = iso_currency::Currency::from_code(&currency.value);
        let exponent = known.and_then(iso_currency::Currency::exponent);
        if let Some(exponent) = exponent.and_then(|exponent| u8::try_from(exponent).ok()) {
            self.currency = Currency { code: currency.value.clone(), exponent };
        } else {
            let message = format!("\"{}\" is no currency", currency.value);
            let mistake = Mistake::at("scenario::unknown-currency", currency.place, message)
                .label("expected an ISO 4217 code such as \"CNY\", \"INR\" or \"EUR\"");
            self.say(mistake);
        }
    }

    fn scale(&mut self) {
        let Some(scale) = &self.raw.scale else { return };
        if scale.value >= 1e-9 && scale.value <= 1e6 {
            self.scale = scale.value;
        } else {
            let message = format!("`scale` is {}", scale.value);
            let mistake = Mistake::at("scenario::out-of-range", scale.place, message)
                .label("expected a number above 0, such as 0.01; at most 1000000");
            self.say(mistake);
        }
    }

    fn window(&mut self) -> Duration {
        let stated = self.raw.output.as_ref().and_then(|output| output.window.as_ref());
        let Some(window) = stated else { return Duration::from_secs(1) };
        let Some(length) = self.time(window, "output.window") else { return Duration::ZERO };
        let windows = self.horizon.nanos().checked_div(length.nanos());
        if windows.is_none_or(|windows| windows > MOST_WINDOWS) {
            let least = self.horizon.nanos().div_ceil(MOST_WINDOWS).div_ceil(SECOND_NANOS);
            let mistake = Mistake::at("scenario::window", window.place, "`window` is too narrow")
                .label(format!("expected \"{}s\" or more", least.max(1)))
                .help(format!("a report holds at most {MOST_WINDOWS} windows"));
            self.say(mistake);
        }
        length
    }

    /// Bounds that keep ids and tables within their types.
    fn sizes(&mut self, sources: usize) {
        let merchants = self.raw.merchants.as_ref().map_or(0, std::collections::BTreeMap::len);
        let institutions = self.institutions.len();
        let entities = institutions + sources + merchants;
        let place = self.root.place;
        let mut check = |count: usize, most: usize, what: &str| {
            if count > most {
                let message = format!("the scenario has {count} {what}");
                let mistake = Mistake::at("scenario::too-large", place, message)
                    .label(format!("expected at most {most}"));
                self.mistakes.push(mistake);
            }
        };
        check(sources, PaymentId::SOURCES_MAX, "sources of demand");
        check(entities, MOST_ENTITIES, "institutions and classes");
        if sources == 0 {
            let mistake = Mistake::at("scenario::no-demand", place, "nobody pays in this scenario")
                .help("add [consumers.NAME], [demand.background.NAME] or [demand.replay]");
            self.say(mistake);
        }
    }
}

/// The most windows of a time series.
const MOST_WINDOWS: u64 = 100_000;
