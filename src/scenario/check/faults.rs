//! Faults: each has one target, one mode and one time.

use super::Checker;
use super::demand::start_of;
use crate::scenario::de::Sp;
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::raw::{FaultModeRaw, FaultRaw, Time};
use crate::scenario::source::Place;
use crate::scenario::{Fault, FaultMode, FaultTarget, FaultTime};
use crate::units::{Duration, Instant, InstitutionId};

/// The most faults, groups opened: facts number them in 16 bits.
const MOST_FAULTS: usize = 10_000;
/// The most outages that one drawn fault has on average.
const MOST_OUTAGES: u64 = 10_000;
/// The longest time that a fault states.
const LONGEST: Duration = Duration::from_secs(8_760 * 3_600);
/// The largest factor of a degradation.
const SLOWEST: f64 = 1e4;

impl Checker<'_> {
    pub(super) fn faults(&mut self) -> Vec<Fault> {
        let raw = self.raw;
        let mut faults: Vec<(Place, Fault)> = Vec::new();
        for written in raw.faults.iter().flatten() {
            let place = written.place;
            let targets = self.fault_targets(written);
            let mode = self.fault_mode(written);
            let time = self.fault_time(written);
            if let (Some(mode), Some(time)) = (mode, time) {
                let fault = |target| (place, Fault { target, mode, time });
                faults.extend(targets.into_iter().map(fault));
            }
            if faults.len() > MOST_FAULTS {
                let mistake = Mistake::at("scenario::too-large", place, "too many faults")
                    .label(format!("expected at most {MOST_FAULTS}, members of groups counted"));
                self.say(mistake);
                break;
            }
        }
        self.overlaps(&faults);
        faults.into_iter().map(|(_, fault)| fault).collect()
    }

    fn fault_targets(&mut self, written: &Sp<FaultRaw>) -> Vec<FaultTarget> {
        let raw = &written.value;
        match (&raw.institution, &raw.link) {
            (Some(name), None) => {
                let ids = self.anyone(name);
                let ids = ids.into_iter().filter_map(|id| match &raw.site {
                    None => Some(FaultTarget::Institution(id)),
                    Some(site) => self.site(id, site),
                });
                ids.collect()
            }
            (None, Some(link)) => {
                if let Some(site) = &raw.site {
                    let mistake =
                        Mistake::at("scenario::bad-fault", site.place, "a link has no site")
                            .label("expected `site` together with `institution` only");
                    self.say(mistake);
                }
                let (from, to) = (&link.value.from, &link.value.to);
                let (senders, receivers) = (self.anyone(from), self.anyone(to));
                let ends = senders.iter().flat_map(|from| receivers.iter().map(|to| (*from, *to)));
                let links = ends.filter(|(from, to)| from != to);
                let links: Vec<_> =
                    links.map(|(from, to)| FaultTarget::Link { from, to }).collect();
                if links.is_empty() && !senders.is_empty() && !receivers.is_empty() {
                    let message = format!("`{}` sends nothing to itself", from.value);
                    let mistake = Mistake::at("scenario::bad-fault", to.place, message)
                        .label("expected another institution");
                    self.say(mistake);
                }
                links
            }
            (stated, _) => {
                let message = match stated {
                    Some(_) => "this fault has two targets",
                    None => "this fault has no target",
                };
                let mistake = Mistake::at("scenario::bad-fault", written.place, message)
                    .label("expected institution = \"…\", or link = { from = \"…\", to = \"…\" }");
                self.say(mistake);
                Vec::new()
            }
        }
    }

    fn site(&mut self, id: InstitutionId, site: &Sp<String>) -> Option<FaultTarget> {
        let institution = &self.institutions[id.index()];
        let servers = institution.station.servers_at(&site.value);
        if let Some(servers) = servers {
            let site = site.value.clone();
            return Some(FaultTarget::Site { institution: id, site, servers });
        }
        let known: Vec<&str> =
            institution.station.sites.iter().map(|site| site.name.as_str()).collect();
        let message = format!("`{}` has no site `{}`", institution.name, site.value);
        let mistake = Mistake::at("scenario::unknown-name", site.place, message);
        let mistake = match nearest(&site.value, known.iter().copied()) {
            Some(near) => mistake
                .help(format!("did you mean \"{near}\"?"))
                .instead(Some(format!("\"{near}\""))),
            None => mistake.help("add sites = { north = 1, south = 1 } to its station"),
        };
        self.say(mistake);
        None
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a factor within bounds"
    )]
    fn fault_mode(&mut self, written: &Sp<FaultRaw>) -> Option<FaultMode> {
        let Some(mode) = &written.value.mode else {
            self.missing(written.place, "mode", "add mode = \"refuse\" or mode = \"stall\"");
            return None;
        };
        let site = written.value.site.is_some();
        match mode.value {
            FaultModeRaw::Refuse => Some(FaultMode::Refuse),
            FaultModeRaw::Stall | FaultModeRaw::Degrade { .. } if site => {
                let message = "a site can only refuse";
                let mistake = Mistake::at("scenario::not-built", mode.place, message)
                    .label("expected mode = \"refuse\": its servers take no new work")
                    .help("a whole institution can also stall or degrade");
                self.say(mistake);
                None
            }
            FaultModeRaw::Stall => Some(FaultMode::Stall),
            FaultModeRaw::Degrade { factor } if factor > 1.0 && factor <= SLOWEST => {
                Some(FaultMode::Degrade((factor * 1e6).round() as u64))
            }
            FaultModeRaw::Degrade { factor } => {
                let message = format!("`degrade.factor` is {factor}");
                let mistake = Mistake::at("scenario::out-of-range", mode.place, message)
                    .label(format!("expected a number above 1, at most {SLOWEST}"))
                    .help("4.0 means that everything takes four times as long");
                self.say(mistake);
                None
            }
            FaultModeRaw::BlackHole => {
                let message = "the mode `black-hole` is not built yet";
                let mistake = Mistake::at("scenario::not-built", mode.place, message)
                    .label("expected \"refuse\", \"stall\" or { degrade = { factor = 4.0 } }")
                    .help("a message that vanishes needs somebody who gives up waiting for it");
                self.say(mistake);
                None
            }
        }
    }

    fn fault_time(&mut self, written: &Sp<FaultRaw>) -> Option<FaultTime> {
        let raw = &written.value;
        let planned = raw.from.is_some() || raw.r#for.is_some();
        let drawn = raw.mtbf.is_some() || raw.mttr.is_some();
        if planned == drawn {
            let message =
                if planned { "this fault is planned and drawn" } else { "this fault has no time" };
            let mistake = Mistake::at("scenario::bad-fault", written.place, message)
                .label("expected `from` and `for`, or `mtbf` and `mttr`");
            self.say(mistake);
            return None;
        }
        if drawn { self.drawn(written) } else { self.planned(written) }
    }

    fn planned(&mut self, written: &Sp<FaultRaw>) -> Option<FaultTime> {
        let raw = &written.value;
        let length = self.fault_length((written.place, raw.r#for.as_ref()), ("for", "5m"));
        let Some(from) = &raw.from else {
            self.missing(written.place, "from", "add from = \"10:00\"");
            return None;
        };
        let time_of_day = self.time_of_day;
        let start = self.reading(from, |from| start_of(from, time_of_day), "`from` is no time");
        let (start, length) = (Instant::from_nanos(start?), length?);
        if start >= Instant::EPOCH + self.horizon + self.drain {
            let mistake =
                Mistake::at("scenario::bad-fault", from.place, "this fault begins after the end")
                    .label("expected a start before the end of the horizon and the drain");
            self.say(mistake);
            return None;
        }
        Some(FaultTime::Planned { from: start, until: start + length })
    }

    fn drawn(&mut self, written: &Sp<FaultRaw>) -> Option<FaultTime> {
        let raw = &written.value;
        let mtbf = self.fault_length((written.place, raw.mtbf.as_ref()), ("mtbf", "2h"));
        let mttr = self.fault_length((written.place, raw.mttr.as_ref()), ("mttr", "5m"));
        let (mtbf, mttr) = (mtbf?, mttr?);
        let whole = (self.horizon + self.drain + self.drain).nanos();
        if whole / (mtbf.nanos() + mttr.nanos()) > MOST_OUTAGES {
            let place = raw.mtbf.as_ref().map_or(written.place, |time| time.place);
            let message = "this fault comes too often";
            let mistake = Mistake::at("scenario::too-large", place, message)
                .label(format!("expected at most {MOST_OUTAGES} outages in a run, on average"))
                .help("an institution that is always slow has a longer service time");
            self.say(mistake);
            return None;
        }
        Some(FaultTime::Drawn { mtbf, mttr })
    }

    /// A length of time that must be there and above zero.
    fn fault_length(
        &mut self,
        (fault, written): (Place, Option<&Sp<Time>>),
        (what, sample): (&str, &str),
    ) -> Option<Duration> {
        let Some(written) = written else {
            self.missing(fault, what, &format!("add {what} = \"{sample}\""));
            return None;
        };
        let length = self.time(written, &format!("faults.{what}"))?;
        if length == Duration::ZERO {
            let message = format!("`faults.{what}` is zero");
            let mistake = Mistake::at("scenario::no-time", written.place, message)
                .label(format!("expected a time above zero, such as \"{sample}\""));
            self.say(mistake);
            return None;
        }
        if length > LONGEST {
            let message = format!("`faults.{what}` is too long");
            let mistake = Mistake::at("scenario::out-of-range", written.place, message)
                .label("expected at most \"8760h\", a year");
            self.say(mistake);
            return None;
        }
        Some(length)
    }

    /// No target fails in one mode twice at a time; a drawn fault may come at any time.
    fn overlaps(&mut self, faults: &[(Place, Fault)]) {
        let same = |one: &Fault, other: &Fault| {
            one.target == other.target && one.mode.name() == other.mode.name()
        };
        let mut told: Vec<(Place, Place)> = Vec::new();
        for (index, (place, fault)) in faults.iter().enumerate() {
            let Some((other, _)) = faults[..index]
                .iter()
                .find(|(_, other)| same(fault, other) && meet(&fault.time, &other.time))
            else {
                continue;
            };
            if told.contains(&(*place, *other)) {
                continue;
            }
            told.push((*place, *other));
            let message = "these two faults overlap";
            let mistake = Mistake::at("scenario::bad-fault", *place, message)
                .label("the same target in the same mode")
                .also(*other, "and here");
            self.say(mistake);
        }
    }
}

/// Whether two faults of one target and mode may not both be meant.
fn meet(one: &FaultTime, other: &FaultTime) -> bool {
    use FaultTime::{Drawn, Planned};
    match (one, other) {
        (Planned { from, until }, Planned { from: other_from, until: other_until }) => {
            from < other_until && other_from < until
        }
        (Drawn { .. }, Drawn { .. }) => true,
        _ => false,
    }
}
