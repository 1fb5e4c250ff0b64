//! Classes of consumers, and how often they pay.

use super::Checker;
use super::demand::MOST_BURSTS;
use super::members::LARGEST_WEIGHT;
use super::policies::rule_to_add;
use super::references::some_of;
use super::values::Unit;
use crate::kernel::dist::Dist;
use crate::scenario::arrivals::{self, Burst, Curve};
use crate::scenario::de::Sp;
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::quantity::{self, DAY_NANOS};
use crate::scenario::raw::{ArrivalsRaw, BundleRaw, ConsumerRaw, DistRaw};
use crate::scenario::source::Place;
use crate::scenario::{Bundle, ConsumerClass, Rail, RateStep, Role, Roles, RuleMatrix, Weighted};
use crate::units::{InstitutionId, Ppm};

/// Shares written with six digits, such as three thirds, sum to one within this.
const SUM_TOLERANCE: f64 = 5e-6;
/// The most people of one class.
const MOST_PEOPLE: i64 = 1_000_000_000_000;
/// The most rate steps of a scenario.
const MOST_STEPS: u64 = 4_000_000;

impl Checker<'_> {
    pub(super) fn consumers(&mut self, rules: &RuleMatrix) -> Vec<ConsumerClass> {
        let raw = self.raw;
        let mut classes = Vec::new();
        for (name, class) in raw.consumers.iter().flatten() {
            self.well_formed(&name.value, name.place, "a class of consumers");
            classes.push(self.consumer(name, class, rules));
        }
        classes
    }

    fn consumer(
        &mut self,
        name: &Sp<String>,
        raw: &ConsumerRaw,
        rules: &RuleMatrix,
    ) -> ConsumerClass {
        let who = &name.value;
        let population = if let Some(people) = &raw.population {
            self.whole(people, 1..=MOST_PEOPLE, &format!("{who}.population"))
        } else {
            self.missing(name.place, &format!("{who}.population"), "add population = 1000000");
            None
        };
        let population = population.unwrap_or(1);
        let holds = self.holds(name, raw);
        let prefers = match &raw.prefers {
            Some(prefers) => self.weights(prefers, Some(Role::Wallet), &format!("{who}.prefers")),
            None => Vec::new(),
        };
        self.preference(raw, &holds, &prefers);
        let bank_funded = self.funding(name, raw);
        let banks =
            if bank_funded == Ppm::ZERO { Vec::new() } else { self.linked_banks(name, raw) };
        if bank_funded > Ppm::ZERO {
            self.direct_debits(raw, &holds, &banks, rules);
        }
        let ticket = self.ticket(raw.ticket.as_ref(), name);
        let arrivals = self.arrivals(raw.arrivals.as_ref(), name, Some(population));
        self.affordable((&ticket, raw.ticket.as_ref()), &arrivals);
        ConsumerClass {
            name: who.clone(),
            population: self.scaled_count(population),
            holds,
            prefers,
            bank_funded,
            banks,
            ticket,
            arrivals,
        }
    }

    fn holds(&mut self, name: &Sp<String>, raw: &ConsumerRaw) -> Vec<Bundle> {
        let what = format!("{}.holds", name.value);
        let sample = "add holds = [{ wallets = [\"tenpay\"], share = 1.0 }]";
        let Some(list) = &raw.holds else {
            self.missing(name.place, &what, sample);
            return Vec::new();
        };
        if !self.not_empty(list, &what, "at least { wallets = [\"…\"], share = 1.0 }") {
            return Vec::new();
        }
        let said = self.mistakes.len();
        let mut bundles: Vec<(Bundle, Place)> = Vec::new();
        for bundle in &list.value {
            let built = self.bundle(bundle);
            if let Some((_, first)) = bundles.iter().find(|(one, _)| one.wallets == built.wallets)
                && !built.wallets.is_empty()
            {
                let mistake =
                    Mistake::at("scenario::twice", bundle.place, "these wallets are listed twice")
                        .label("expected each bundle once")
                        .also(*first, "and here");
                self.say(mistake);
            }
            bundles.push((built, bundle.place));
        }
        let total: f64 = bundles.iter().map(|(bundle, _)| bundle.share).sum();
        if (total - 1.0).abs() > SUM_TOLERANCE && self.mistakes.len() == said {
            let message = format!("the shares of `{what}` sum to {}", rounded(total));
            let mistake = Mistake::at("scenario::shares", list.place, message)
                .label("expected shares that sum to 1");
            self.say(mistake);
        }
        let whole = |(bundle, _): (Bundle, Place)| Bundle { share: bundle.share / total, ..bundle };
        bundles.into_iter().map(whole).collect()
    }

    fn bundle(&mut self, raw: &Sp<BundleRaw>) -> Bundle {
        let names = &raw.value.wallets;
        self.not_empty(names, "wallets", "at least one wallet");
        let wallets = self.party_list(&names.value, Role::Wallet);
        if wallets.len() > Bundle::WALLETS_MAX {
            let message = format!("this bundle holds {} wallets", wallets.len());
            let mistake = Mistake::at("scenario::too-large", names.place, message)
                .label(format!("expected at most {}", Bundle::WALLETS_MAX));
            self.say(mistake);
        }
        let share = self.ratio(&raw.value.share, "share").unwrap_or_default();
        Bundle { wallets, share: f64::from(share.parts()) / 1e6 }
    }

    /// A wallet that is preferred is held by somebody, and a holder prefers one of his wallets.
    fn preference(&mut self, raw: &ConsumerRaw, holds: &[Bundle], prefers: &[Weighted]) {
        let (Some(stated), Some(bundles)) = (&raw.prefers, &raw.holds) else { return };
        if prefers.is_empty() || holds.iter().any(|bundle| bundle.wallets.is_empty()) {
            return;
        }
        for wallet in prefers {
            if !holds.iter().any(|bundle| bundle.wallets.contains(&wallet.institution)) {
                let name = self.name_of(wallet.institution);
                let message = format!("`prefers` names `{name}`, which nobody holds");
                let mistake = Mistake::at("scenario::not-held", stated.place, message)
                    .label("expected wallets that `holds` lists")
                    .also(bundles.place, "the wallets held");
                self.say(mistake);
            }
        }
        for (bundle, written) in holds.iter().zip(&bundles.value) {
            let preferred = |id: &InstitutionId| prefers.iter().any(|one| one.institution == *id);
            if !bundle.wallets.iter().any(preferred) {
                let message = "whoever holds these wallets prefers none of them";
                let mistake = Mistake::at("scenario::not-held", written.place, message)
                    .label("expected a wallet that `prefers` names")
                    .also(stated.place, "the preferences");
                self.say(mistake);
            }
        }
    }

    fn funding(&mut self, name: &Sp<String>, raw: &ConsumerRaw) -> Ppm {
        let what = format!("{}.funding", name.value);
        let Some(funding) = &raw.funding else {
            self.missing(name.place, &what, "add funding = { balance = 0.36, bank = 0.64 }");
            return Ppm::ZERO;
        };
        let said = self.mistakes.len();
        let mut part =
            |share: Option<&Sp<_>>| share.map_or(Some(Ppm::ZERO), |share| self.ratio(share, &what));
        let balance = part(funding.value.balance.as_ref()).unwrap_or_default();
        let bank = part(funding.value.bank.as_ref()).unwrap_or_default();
        let total = balance.parts() + bank.parts();
        if total != Ppm::WHOLE.parts() && self.mistakes.len() == said {
            let message = format!("the shares of `{what}` sum to {}", f64::from(total) / 1e6);
            let mistake = Mistake::at("scenario::shares", funding.place, message)
                .label("expected `balance` and `bank` to sum to 1");
            self.say(mistake);
        }
        bank
    }

    fn linked_banks(&mut self, name: &Sp<String>, raw: &ConsumerRaw) -> Vec<Weighted> {
        let what = format!("{}.banks", name.value);
        if let Some(banks) = &raw.banks {
            self.weights(banks, Some(Role::Bank), &what)
        } else {
            let place = raw.funding.as_ref().map_or(name.place, |funding| funding.place);
            let message = format!("`{}` pays from banks, but there are none", name.value);
            let mistake = Mistake::at("scenario::empty", place, message)
                .label("expected bank = 0")
                .help("or add an institution or a group with the role \"bank\"");
            self.say(mistake);
            Vec::new()
        }
    }

    /// A wallet without `debits_via` reaches its banks directly, which a rule must allow.
    fn direct_debits(
        &mut self,
        raw: &ConsumerRaw,
        holds: &[Bundle],
        banks: &[Weighted],
        rules: &RuleMatrix,
    ) {
        let Some(list) = &raw.holds else { return };
        let mut told: Vec<InstitutionId> = Vec::new();
        for (bundle, written) in holds.iter().zip(&list.value) {
            for wallet in &bundle.wallets {
                let via = self.raw_debits_via(*wallet);
                let own: Roles = self.roles(*wallet);
                let refused = banks.iter().find(|bank| {
                    let other = self.roles(bank.institution);
                    bank.institution != *wallet && !rules.allows(own, other, Rail::BankDebit)
                });
                let (false, Some(bank)) = (via || told.contains(wallet), refused) else { continue };
                told.push(*wallet);
                let name = self.name_of(*wallet);
                let message =
                    format!("`{name}` may not debit `{}` directly", self.name_of(bank.institution));
                let rule = rule_to_add(Role::Wallet, Role::Bank, Rail::BankDebit);
                let help = format!(
                    "name the clearing house that carries its debits: debits_via = \"…\"; {rule}"
                );
                let mistake = Mistake::at("scenario::forbidden-link", written.place, message)
                    .label("holders of this wallet pay from banks")
                    .help(help);
                self.say(mistake);
            }
        }
    }

    /// Whether a clearing house was named, found or not.
    fn raw_debits_via(&self, wallet: InstitutionId) -> bool {
        let institution = &self.institutions[wallet.index()];
        let stated = |name: &str| {
            let one = self.raw.institutions.iter().flatten().find(|(key, _)| key.value == name);
            one.is_some_and(|(_, raw)| raw.debits_via.is_some())
        };
        let grouped = institution.group.as_ref().is_some_and(|group| {
            let one = self.raw.groups.iter().flatten().find(|(key, _)| key.value == *group);
            one.is_some_and(|(_, raw)| raw.debits_via.is_some())
        });
        institution.debits_via.is_some() || grouped || stated(&institution.name)
    }

    /// Amounts of at least one minor unit.
    pub(super) fn ticket(&mut self, raw: Option<&Sp<DistRaw>>, name: &Sp<String>) -> Dist {
        let what = format!("{}.ticket", name.value);
        let Some(raw) = raw else {
            let help = "add ticket = { lognormal = { median = \"20.00\", sigma = 1.5 } }";
            self.missing(name.place, &what, help);
            return Dist::Constant(1);
        };
        let Some(dist) = self.dist(raw, Unit::Money, &what) else { return Dist::Constant(1) };
        let least = match &dist {
            Dist::Constant(value) | Dist::Uniform { low: value, .. } => *value,
            Dist::Empirical(knots) => knots.first().map_or(0, |knot| knot.value),
            _ => 1,
        };
        if least == 0 {
            let message = format!("`{what}` may be zero");
            let mistake = Mistake::at("scenario::out-of-range", raw.place, message)
                .label("expected amounts above zero, such as \"0.01\"");
            self.say(mistake);
        }
        dist
    }

    /// The rate over time; `population` is there for classes of people.
    pub(super) fn arrivals(
        &mut self,
        raw: Option<&Sp<ArrivalsRaw>>,
        name: &Sp<String>,
        population: Option<u64>,
    ) -> Vec<RateStep> {
        let what = format!("{}.arrivals", name.value);
        let Some(raw) = raw else {
            let help = "add arrivals = { rate = \"200/s\" }";
            self.missing(name.place, &what, help);
            return Vec::new();
        };
        let Some(mean) = self.mean_rate(raw, &what, population) else { return Vec::new() };
        let Some(weights) = self.profile(raw) else { return Vec::new() };
        let bursts = if population.is_some() { self.bursts_of(&name.value) } else { Vec::new() };
        let until = self.until();
        let time_of_day = self.time_of_day.nanos();
        let curve = Curve { mean, weights: &weights, bursts: &bursts, time_of_day, until };
        self.rate_steps += arrivals::most_steps(&curve);
        if self.rate_steps > MOST_STEPS {
            let message = "the arrival rates change too often over such a horizon";
            let mistake = Mistake::at("scenario::too-large", raw.place, message)
                .label("expected a shorter horizon, fewer classes, or the profile \"flat\"");
            self.say(mistake);
            return Vec::new();
        }
        let steps = arrivals::steps(&curve);
        self.countable(&steps, raw.place);
        steps
    }

    #[allow(clippy::cast_precision_loss, reason = "a rate of people and time")]
    fn mean_rate(
        &mut self,
        raw: &Sp<ArrivalsRaw>,
        what: &str,
        population: Option<u64>,
    ) -> Option<f64> {
        const SECONDS_PER_DAY: f64 = DAY_NANOS as f64 / quantity::SECOND_NANOS as f64;
        let people = population.unwrap_or(0) as f64;
        let stated = match (&raw.value.per_day, &raw.value.rate, population) {
            (Some(per_day), None, Some(_)) => {
                let each = self.number(per_day, 0.0..=1e6, &format!("{what}.per_day"))?;
                each * people / SECONDS_PER_DAY
            }
            (None, Some(rate), _) => {
                let message = format!("`{what}.rate` is no rate");
                self.reading(rate, |rate| quantity::per_second(&rate.0), &message)?
            }
            _ => {
                let expected = match population {
                    Some(_) => "expected { per_day = 3.1 } or { rate = \"200/s\" }",
                    None => "expected { rate = \"200/s\" }",
                };
                let message = format!("`{what}` does not say how often");
                self.say(Mistake::at("scenario::arrivals", raw.place, message).label(expected));
                return None;
            }
        };
        Some(stated * self.scale)
    }

    fn profile(&mut self, raw: &Sp<ArrivalsRaw>) -> Option<Vec<f64>> {
        let Some(name) = &raw.value.profile else { return Some(vec![1.0; 24]) };
        let profiles = self.raw.profiles.iter().flatten();
        let found = profiles.clone().find(|(known, _)| known.value == name.value);
        if let Some((_, weights)) = found {
            let weights: Option<Vec<f64>> = weights
                .value
                .iter()
                .map(|weight| {
                    Some(weight.value).filter(|value| (0.0..=LARGEST_WEIGHT).contains(value))
                })
                .collect();
            // What is wrong with a profile is told once, at the profile.
            return weights.filter(|list| list.len() == 24 && list.iter().sum::<f64>() > 0.0);
        }
        let known: Vec<&str> = profiles.map(|(known, _)| known.value.as_str()).collect();
        let message = format!("there is no profile \"{}\"", name.value);
        let mistake = Mistake::at("scenario::unknown-name", name.place, message);
        let mistake = match nearest(&name.value, known.iter().copied()) {
            Some(near) => mistake
                .help(format!("did you mean \"{near}\"?"))
                .instead(Some(format!("\"{near}\""))),
            None => mistake.label(format!("expected {}", some_of(&known))),
        };
        self.say(mistake);
        None
    }

    fn bursts_of(&self, class: &str) -> Vec<Burst> {
        let bursts = self.raw.demand.iter().flat_map(|demand| demand.bursts.iter().flatten());
        bursts
            .take(MOST_BURSTS)
            .filter(|burst| match &burst.consumers {
                Some(names) => names.iter().any(|name| name.value == class),
                None => true,
            })
            .filter_map(|burst| self.burst(burst).ok())
            .collect()
    }
}

/// A sum for people: no trailing noise of binary fractions.
fn rounded(total: f64) -> f64 {
    (total * 1e6).round() / 1e6
}
