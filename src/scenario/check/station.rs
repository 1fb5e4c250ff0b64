//! Stations and base declines of institutions and groups.

use std::collections::BTreeMap;

use super::Checker;
use super::values::Unit;
use crate::kernel::dist::Dist;
use crate::scenario::de::Sp;
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::raw::{AnswersRaw, DisciplineRaw, Rate, StationRaw};
use crate::scenario::source::Place;
use crate::scenario::{Answers, DeclineRate, Discipline, Site, Station};
use crate::units::{Ppm, Reason};

/// The most servers of one station.
pub(super) const MOST_SERVERS: i64 = 1_000_000;

/// Base declines that an input may state; the others come out of the model.
pub(super) const STATED: [Reason; 6] = [
    Reason::InsufficientFunds,
    Reason::LimitExceeded,
    Reason::NotAuthenticated,
    Reason::RiskRefused,
    Reason::InvalidCode,
    Reason::SystemError,
];

impl Checker<'_> {
    /// The station as stated: servers and limit before and after scale as the rule says.
    pub(super) fn station(&mut self, raw: Option<&Sp<StationRaw>>, name: &Sp<String>) -> Station {
        let mut station = Station {
            servers: 1,
            service: Dist::Constant(0),
            queue_limit: None,
            answers: Answers::Shared,
            discipline: Discipline::Fcfs,
            sites: Vec::new(),
        };
        let whole = format!("{}.station", name.value);
        let sample =
            "add station = { servers = 100, service = { exponential = { mean = \"30ms\" } } }";
        let Some(raw) = raw else {
            self.missing(name.place, &whole, sample);
            return station;
        };
        match &raw.value.servers {
            Some(servers) => {
                let servers = self.whole(servers, 1..=MOST_SERVERS, &format!("{whole}.servers"));
                station.servers = servers.and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
            }
            None => self.missing(raw.place, &format!("{whole}.servers"), "add servers = 100"),
        }
        if let Some(service) = &raw.value.service {
            if let Some(dist) = self.dist(service, Unit::Time, &format!("{whole}.service")) {
                station.service = dist;
            }
        } else {
            let sample = "add service = { exponential = { mean = \"30ms\" } }";
            self.missing(raw.place, &format!("{whole}.service"), sample);
        }
        if let Some(limit) = &raw.value.queue_limit {
            let limit = self.whole(limit, 0..=1_000_000_000, &format!("{whole}.queue_limit"));
            let scaled = limit.map(|limit| self.scaled_count(limit));
            station.queue_limit = scaled.map(|limit| u32::try_from(limit).unwrap_or(u32::MAX));
        }
        if let Some(AnswersRaw::Bypass) = raw.value.answers {
            station.answers = Answers::Bypass;
        }
        if let Some(DisciplineRaw::Lcfs) = raw.value.discipline {
            station.discipline = Discipline::Lcfs;
        }
        for (site, weight) in raw.value.sites.iter().flat_map(|sites| &sites.value) {
            self.well_formed(&site.value, site.place, "a site");
            let what = format!("{whole}.sites.{}", site.value);
            if let Some(weight) = self.number(weight, 1e-6..=1e6, &what) {
                station.sites.push(Site { name: site.value.clone(), weight });
            }
        }
        station
    }

    /// Servers at the scenario's scale: at least one.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded below by one, and the cast saturates"
    )]
    pub(super) fn scaled_servers(&self, servers: f64) -> u32 {
        (servers * self.scale).round().max(1.0) as u32
    }

    pub(super) fn declines(
        &mut self,
        raw: Option<&BTreeMap<Sp<String>, Sp<Rate>>>,
        name: &Sp<String>,
    ) -> Vec<DeclineRate> {
        let mut rates = Vec::new();
        let mut place = name.place;
        for (word, rate) in raw.into_iter().flatten() {
            let rate_at = rate.place;
            let what = format!("{}.declines.{}", name.value, word.value);
            let read = self.ratio(rate, &what);
            match STATED.iter().find(|reason| reason.name() == word.value) {
                Some(reason) => {
                    place = rate_at;
                    rates.push(DeclineRate { reason: *reason, rate: read.unwrap_or_default() });
                }
                None => self.unknown_reason(word),
            }
        }
        rates.sort_by_key(|decline| decline.reason);
        self.at_most_all(&rates, &name.value, place);
        rates
    }

    /// Nobody declines more than everything.
    pub(super) fn at_most_all(&mut self, rates: &[DeclineRate], who: &str, place: Place) {
        let total: u64 = rates.iter().map(|decline| u64::from(decline.rate.parts())).sum();
        if total > u64::from(Ppm::WHOLE.parts()) {
            let message = format!("the declines of `{who}` exceed 100 %");
            let mistake = Mistake::at("scenario::shares", place, message)
                .label("expected rates that sum to at most 100 %");
            self.say(mistake);
        }
    }

    fn unknown_reason(&mut self, word: &Sp<String>) {
        let names: Vec<&str> = STATED.iter().map(|reason| reason.name()).collect();
        let message = format!("\"{}\" is no reason to decline", word.value);
        let mistake = Mistake::at("scenario::unknown-choice", word.place, message);
        let emergent = Reason::ALL.iter().any(|reason| reason.name() == word.value);
        let mistake = match nearest(&word.value, names.iter().copied()) {
            _ if emergent => mistake.help("this reason comes out of the model; it is no input"),
            Some(near) => {
                mistake.help(format!("did you mean `{near}`?")).instead(Some(near.to_owned()))
            }
            None => mistake.label(format!("expected one of {}", names.join(", "))),
        };
        self.say(mistake);
    }
}
