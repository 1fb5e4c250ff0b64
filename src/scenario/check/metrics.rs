//! Metrics as they are asked for: a name of the dictionary, for something that this scenario has.

use crate::scenario::de::Sp;
use crate::scenario::dictionary::{BANDS, MetricEntry, dictionary, entry_of};
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::{Mode, Role, Scenario};
use crate::units::PolicyId;

/// Statistics of an exchange, which has no far tail.
const STATISTICS: [&str; 4] = ["mean_us", "p50_us", "p95_us", "p99_us"];
const TOPOLOGIES: [&str; 4] = ["on_us", "bilateral", "one_hub", "two_hubs"];
const FUNDING: [&str; 2] = ["balance", "bank"];
/// Quantiles that need many samples.
const FAR: [(&str, f64); 2] = [(".p999_us", 10_000.0), (".p9999_us", 100_000.0)];

/// A metric as it is asked for.
pub(super) struct Wanted<'a> {
    pub(super) metric: &'a Sp<String>,
    pub(super) route: Option<&'a Sp<String>>,
    pub(super) institution: Option<&'a Sp<String>>,
    pub(super) policies: &'a [PolicyId],
    /// Payments that the scenario expects on average, replay apart.
    pub(super) expected: f64,
}

type Found = Result<(String, &'static MetricEntry), Box<Mistake>>;

impl Wanted<'_> {
    /// The full name and the entry, or what is wrong.
    pub(super) fn resolve(&self, scenario: &Scenario) -> Found {
        let name = self.full_name(scenario)?;
        let Some(entry) = entry_of(&name) else { return Err(self.unknown(scenario)) };
        let part = entry.part_of(&name);
        match (entry.open(), part) {
            (Some("route"), Some(route)) => self.route(route, scenario)?,
            (Some("statistic"), Some(word)) => self.one_of(word, &STATISTICS)?,
            (Some("amount"), Some(amount)) => {
                let bands: Vec<String> = BANDS.iter().map(u64::to_string).collect();
                let bands: Vec<&str> = bands.iter().map(String::as_str).collect();
                self.one_of(amount, &bands)?;
            }
            (Some("name"), Some(who)) => self.who(who, entry, scenario)?,
            _ => {}
        }
        self.enough(&name, scenario)?;
        Ok((name, entry))
    }

    /// The name with what `where` says in place of the braces.
    fn full_name(&self, scenario: &Scenario) -> Result<String, Box<Mistake>> {
        let asked = self.metric.value.as_str();
        let with = |open: &str| {
            let fits = |one: &&MetricEntry| {
                one.open() == Some(open) && (one.short() == asked || one.pattern == asked)
            };
            dictionary().iter().find(fits)
        };
        let part = match (self.route, self.institution) {
            (Some(route), None) => Some((route, "route", "latency.system.p99_us")),
            (None, Some(who)) => Some((who, "name", "bank.approved_frac")),
            (Some(_), Some(who)) => {
                let message = "no metric is of a route and of an institution";
                return Err(mistake(who, message).label("expected one of the two").into());
            }
            (None, None) => None,
        };
        if let Some((part, open, sample)) = part {
            return match with(open) {
                Some(entry) => Ok(entry.named(&part.value)),
                None if self.known(scenario) => {
                    let message = format!("`{asked}` cannot be narrowed so");
                    let label = format!("expected a metric such as \"{sample}\", or no such key");
                    Err(mistake(part, message).label(label).into())
                }
                None => Err(self.unknown(scenario)),
            };
        }
        let open = if dictionary().iter().any(|one| one.pattern == asked && one.open().is_none()) {
            None
        } else {
            ["name", "route", "statistic", "amount"].into_iter().find(|open| with(open).is_some())
        };
        match open {
            Some("name") => Err(mistake(self.metric, format!("`{asked}` is of one institution"))
                .label("expected where = { institution = \"…\" } beside it")
                .into()),
            Some("route") => Err(mistake(self.metric, format!("`{asked}` is of one route"))
                .label("expected where = { route = \"…\" } beside it")
                .into()),
            _ => Ok(asked.to_owned()),
        }
    }

    /// Whether the metric is one of the dictionary's, in any of its forms.
    fn known(&self, scenario: &Scenario) -> bool {
        let asked = &self.metric.value;
        names(scenario).contains(asked) || entry_of(asked).is_some()
    }

    fn unknown(&self, scenario: &Scenario) -> Box<Mistake> {
        let asked = &self.metric.value;
        let mistake = mistake(self.metric, format!("there is no metric `{asked}`"));
        let names = names(scenario);
        match nearest(asked, names.iter().map(String::as_str)) {
            Some(near) => mistake
                .help(format!("did you mean \"{near}\"?"))
                .instead(Some(format!("\"{near}\""))),
            None => mistake.label("expected a name that `hutong metrics` lists"),
        }
        .into()
    }

    /// A route that some payment can take under one of the policies meant.
    fn route(&self, route: &str, scenario: &Scenario) -> Result<(), Box<Mistake>> {
        let modes = Mode::ALL.map(|mode| mode.name().replace('-', "_"));
        let modes: Vec<&str> = modes.iter().map(String::as_str).collect();
        let mut parts = route.split('.');
        let topology = parts.next().unwrap_or_default();
        self.one_of(topology, &TOPOLOGIES)?;
        if let Some(funding) = parts.next() {
            self.one_of(funding, &FUNDING)?;
        }
        if let Some(mode) = parts.next() {
            self.one_of(mode, &modes)?;
        }
        let vias = |houses: usize| {
            let policies = self.policies.iter().map(|id| &scenario.policies[id.index()]);
            policies.flat_map(|policy| &policy.connect).any(|path| path.via.len() == houses)
        };
        let has_house = scenario.institutions.iter().any(|one| one.roles.has(Role::ClearingHouse));
        let can = match topology {
            // Only policies that are not run were meant: there is nothing to say yet.
            _ if self.policies.is_empty() => true,
            "bilateral" => vias(0) || !scenario.rules.rows.is_empty(),
            "one_hub" => vias(1) || has_house,
            "two_hubs" => vias(2),
            _ => true,
        };
        let funded = match route.split('.').nth(1) {
            Some("bank") => scenario.consumers.iter().any(|one| one.bank_funded.parts() > 0),
            _ => true,
        };
        if parts.next().is_none() && can && (funded || scenario.replay.is_some()) {
            return Ok(());
        }
        let message = format!("no payment of this scenario takes the route `{route}`");
        let label = "expected a route that a policy opens: this selects no data";
        Err(mistake(self.route.unwrap_or(self.metric), message).label(label).into())
    }

    /// An institution that has such a figure.
    fn who(&self, who: &str, entry: &MetricEntry, scenario: &Scenario) -> Result<(), Box<Mistake>> {
        let place = self.institution.unwrap_or(self.metric);
        let role = match entry.pattern.split('.').next() {
            Some("hub") => Some(Role::ClearingHouse),
            Some("wallet") => Some(Role::Wallet),
            Some("bank") => Some(Role::Bank),
            _ => None,
        };
        let fits =
            |one: &&crate::scenario::Institution| role.is_none_or(|role| one.roles.has(role));
        let names: Vec<&str> =
            scenario.institutions.iter().filter(fits).map(|one| one.name.as_str()).collect();
        if names.contains(&who) {
            return Ok(());
        }
        let kind = role.map_or("institution", Role::name);
        let mistake = mistake(place, format!("`{who}` is no {kind} of this scenario"));
        Err(match nearest(who, names.iter().copied()) {
            Some(near) => mistake.help(format!("did you mean \"{near}\"?")),
            None => mistake.label("this selects no data"),
        }
        .into())
    }

    fn one_of(&self, word: &str, words: &[&str]) -> Result<(), Box<Mistake>> {
        if words.contains(&word) {
            return Ok(());
        }
        let message = format!("`{}` has no part \"{word}\"", self.metric.value);
        let mistake = mistake(self.route.unwrap_or(self.metric), message);
        Err(mistake.label(format!("expected one of {}", words.join(", "))).into())
    }

    /// A far quantile that more payments are needed for than the scenario will see.
    fn enough(&self, name: &str, scenario: &Scenario) -> Result<(), Box<Mistake>> {
        let needed = FAR.iter().find(|(end, _)| name.ends_with(end)).map(|(_, needed)| *needed);
        match needed {
            Some(needed) if scenario.replay.is_none() && self.expected < needed => {
                let expected = self.expected;
                let message = format!("`{name}` needs {needed} payments in each replication");
                let label = format!("about {expected:.0} are expected: this selects no data");
                Err(mistake(self.metric, message).label(label).into())
            }
            _ => Ok(()),
        }
    }
}

fn mistake<T>(at: &Sp<T>, message: impl Into<String>) -> Mistake {
    Mistake::at("scenario::threshold", at.place, message)
}

/// Every name that can be meant: as in the dictionary, without the braces, and of institutions.
fn names(scenario: &Scenario) -> Vec<String> {
    let mut names = Vec::new();
    for entry in dictionary() {
        match entry.open() {
            None => names.push(entry.pattern.to_owned()),
            Some("statistic") => names.extend(STATISTICS.map(|word| entry.named(word))),
            Some("name") => {
                names.push(entry.short());
                names.extend(scenario.institutions.iter().map(|one| entry.named(&one.name)));
            }
            Some("amount") => names.extend(BANDS.map(|band| entry.named(&band.to_string()))),
            Some(_) => {}
        }
    }
    names
}
