//! Other demand: background, bursts, profiles, replay; and human times.

use super::Checker;
use super::references::some_of;
use super::values::Unit;
use crate::kernel::dist::Dist;
use crate::scenario::arrivals::Burst;
use crate::scenario::de::Sp;
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::quantity::{self, DAY_NANOS};
use crate::scenario::raw::{BackgroundRaw, BurstRaw, DistRaw, Members, Written};
use crate::scenario::{Background, HumanTimes, Replay, Role, Scenario, Weighted, replay};
use crate::units::{Duration, InstitutionId};

/// The largest factor of a burst.
const STRONGEST_BURST: f64 = 1e6;

/// The most bursts of a scenario.
pub(super) const MOST_BURSTS: usize = 200;

impl Checker<'_> {
    pub(super) fn background(&mut self) -> Vec<Background> {
        self.profiles();
        self.bursts();
        let raw = self.raw;
        let mut flows = Vec::new();
        let written = raw.demand.iter().flat_map(|demand| demand.background.iter().flatten());
        for (name, flow) in written {
            self.well_formed(&name.value, name.place, "background traffic");
            let classes = raw.consumers.iter().flatten();
            if let Some((class, _)) =
                classes.into_iter().find(|(class, _)| class.value == name.value)
            {
                let message = format!("two sources of demand are called `{}`", name.value);
                let mistake = Mistake::at("scenario::twice", name.place, message)
                    .label("expected a name of its own")
                    .also(class.place, "a class of consumers");
                self.say(mistake);
            }
            flows.push(self.flow(name, flow));
        }
        flows
    }

    fn flow(&mut self, name: &Sp<String>, raw: &BackgroundRaw) -> Background {
        let who = &name.value;
        let house = if let Some(house) = &raw.house {
            self.institution(house, Role::ClearingHouse)
        } else {
            self.missing(name.place, &format!("{who}.house"), "add house = \"netsunion\"");
            None
        };
        let debtors = self.side(name, raw.debtors.as_ref(), "debtors");
        let creditors = self.side(name, raw.creditors.as_ref(), "creditors");
        if let (Some(id), Some(stated)) = (house, &raw.house) {
            for (side, written) in [(&debtors, &raw.debtors), (&creditors, &raw.creditors)] {
                let own = side.iter().any(|one| one.institution == id);
                if let Some(written) = written.as_ref().filter(|_| own) {
                    let message = format!("`{}` clears `{who}` and takes part in it", stated.value);
                    let mistake = Mistake::at("scenario::empty", written.place, message)
                        .label("expected institutions other than the clearing house")
                        .also(stated.place, "the clearing house");
                    self.say(mistake);
                }
            }
        }
        if let ([one], [other], Some(written)) =
            (debtors.as_slice(), creditors.as_slice(), &raw.creditors)
            && one.institution == other.institution
        {
            let message = format!("`{who}` only owes itself");
            let mistake = Mistake::at("scenario::empty", written.place, message)
                .label("expected a creditor other than the only debtor");
            self.say(mistake);
        }
        let ticket = self.ticket(raw.ticket.as_ref(), name);
        let arrivals = self.arrivals(raw.arrivals.as_ref(), name, None);
        self.affordable((&ticket, raw.ticket.as_ref()), &arrivals);
        Background {
            name: who.clone(),
            house: house.unwrap_or(InstitutionId::new(0)),
            debtors,
            creditors,
            ticket,
            arrivals,
        }
    }

    fn side(&mut self, name: &Sp<String>, raw: Option<&Sp<Members>>, side: &str) -> Vec<Weighted> {
        let what = format!("{}.{side}", name.value);
        if let Some(members) = raw {
            self.weights(members, None, &what)
        } else {
            self.missing(name.place, &what, &format!("add {side} = \"banks\""));
            Vec::new()
        }
    }

    /// Every profile has 24 weights, not all zero.
    fn profiles(&mut self) {
        for (name, weights) in self.raw.profiles.iter().flatten() {
            let list = &weights.value;
            if list.len() != 24 {
                let message = format!("the profile `{}` has {} weights", name.value, list.len());
                let mistake = Mistake::at("scenario::profile", weights.place, message)
                    .label("expected 24, one for each hour from midnight");
                self.say(mistake);
            }
            let what = format!("profiles.{}", name.value);
            let mut total = 0.0;
            for weight in list {
                total += self.number(weight, 0.0..=1e12, &what).unwrap_or(1.0);
            }
            if total <= 0.0 && list.len() == 24 {
                let message = format!("the profile `{}` has no weight above zero", name.value);
                let mistake = Mistake::at("scenario::profile", weights.place, message)
                    .label("expected at least one hour in which people pay");
                self.say(mistake);
            }
        }
    }

    fn bursts(&mut self) {
        let raw = self.raw;
        let known: Vec<&str> =
            raw.consumers.iter().flatten().map(|(name, _)| name.value.as_str()).collect();
        let bursts = raw.demand.iter().flat_map(|demand| demand.bursts.iter().flatten());
        if let Some(burst) = bursts.clone().nth(MOST_BURSTS) {
            let mistake = Mistake::at("scenario::too-large", burst.from.place, "too many bursts")
                .label(format!("expected at most {MOST_BURSTS}"));
            self.say(mistake);
        }
        for burst in bursts.take(MOST_BURSTS) {
            self.number(&burst.factor, 0.0..=STRONGEST_BURST, "burst.factor");
            let length = self.time(&burst.r#for, "burst.for");
            if length == Some(Duration::ZERO) {
                let mistake =
                    Mistake::at("scenario::no-time", burst.r#for.place, "this burst has no length")
                        .label("expected a time above zero, such as \"5m\"");
                self.say(mistake);
            }
            self.reading(&burst.from, |from| start_of(from, Duration::ZERO), "`from` is no time");
            for name in burst.consumers.iter().flatten() {
                if !known.contains(&name.value.as_str()) {
                    self.unknown_class(name, &known);
                }
            }
        }
    }

    fn unknown_class(&mut self, name: &Sp<String>, known: &[&str]) {
        let message = format!("there is no class of consumers `{}`", name.value);
        let mistake = Mistake::at("scenario::unknown-name", name.place, message);
        let mistake = match nearest(&name.value, known.iter().copied()) {
            Some(near) => mistake
                .help(format!("did you mean \"{near}\"?"))
                .instead(Some(format!("\"{near}\""))),
            None => mistake.label(format!("expected {}", some_of(known))),
        };
        self.say(mistake);
    }

    /// A burst at this scenario's clock.
    pub(super) fn burst(&self, raw: &BurstRaw) -> Result<Burst, String> {
        let from = start_of(&raw.from.value, self.time_of_day)?;
        let length = match &raw.r#for.value.0 {
            Written::Text(text) => quantity::time(text)?,
            _ => return Err("expected a unit".to_owned()),
        };
        if !(0.0..=STRONGEST_BURST).contains(&raw.factor.value) {
            return Err("expected a factor".to_owned());
        }
        let until = from.saturating_add(length.nanos());
        Ok(Burst { from, until, factor: raw.factor.value })
    }

    pub(super) fn replay(&mut self) -> Option<Replay> {
        let raw = self.raw;
        let replay = raw.demand.as_ref().and_then(|demand| demand.replay.as_ref())?;
        let look_back = replay.look_back.as_ref().and_then(|time| self.time(time, "look_back"));
        let file = self.sources.get(replay.file.place.source).folder.join(&replay.file.value);
        // Asked before it is opened: opening a pipe would wait for a writer.
        let is_file = std::fs::metadata(&file).is_ok_and(|about| about.is_file());
        if !is_file || std::fs::File::open(&file).is_err() {
            let message = format!("cannot read {}", file.display());
            let mistake = Mistake::at("scenario::cannot-read", replay.file.place, message)
                .label("expected a CSV file; the path starts from this file's folder");
            self.say(mistake);
        }
        Some(Replay { file, look_back: look_back.unwrap_or_default() })
    }

    /// The first rows of the log, once all names that they may use are known.
    pub(super) fn replay_rows(&mut self, scenario: &Scenario) {
        let raw = self.raw;
        let written = raw.demand.as_ref().and_then(|demand| demand.replay.as_ref());
        let (Some(written), Some(replay)) = (written, &scenario.replay) else { return };
        if let Err(wrong) = replay::check(replay, scenario) {
            let message = "this log cannot be played back";
            let mistake = Mistake::at("scenario::bad-file", written.file.place, message);
            self.say(mistake.label(wrong));
        }
    }

    pub(super) fn human_times(&mut self) -> HumanTimes {
        let raw = self.raw.presentment.as_ref();
        let mut one = |written: Option<&Sp<DistRaw>>, what: &str| {
            written
                .and_then(|dist| self.dist(dist, Unit::Time, &format!("presentment.{what}")))
                .unwrap_or(Dist::Constant(0))
        };
        HumanTimes {
            show: one(raw.and_then(|times| times.show.as_ref()), "show"),
            scan: one(raw.and_then(|times| times.scan.as_ref()), "scan"),
            tap: one(raw.and_then(|times| times.tap.as_ref()), "tap"),
            type_amount: one(raw.and_then(|times| times.type_amount.as_ref()), "type_amount"),
            authenticate: one(raw.and_then(|times| times.authenticate.as_ref()), "authenticate"),
        }
    }
}

/// Nanoseconds after the epoch of a time after it, or of the first such time of day.
pub(super) fn start_of(text: &str, time_of_day: Duration) -> Result<u64, String> {
    if text.contains(':') {
        let wanted = quantity::time_of_day(text)?.nanos();
        return Ok((wanted + DAY_NANOS - time_of_day.nanos() % DAY_NANOS) % DAY_NANOS);
    }
    quantity::time(text)
        .map(Duration::nanos)
        .map_err(|_| "expected a time after the epoch such as \"90m\", or \"10:00\"".to_owned())
}
