//! Policies, and what an experiment compares.

use std::collections::BTreeMap;

use super::Checker;
use super::references::some_of;
use crate::scenario::de::Sp;
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::raw::{ConnectRaw, PolicyRaw};
use crate::scenario::{Connect, Policy, Rail, Role, Roles, RuleMatrix};
use crate::units::{InstitutionId, PolicyId};

/// The most clearing houses on one path.
const MOST_HOUSES: usize = 2;

/// The most policies that extend one another.
const LONGEST_LINE: usize = 32;

type Written<'a> = BTreeMap<&'a str, (&'a Sp<String>, &'a PolicyRaw)>;

impl Checker<'_> {
    pub(super) fn policies(&mut self, rules: &RuleMatrix) -> Vec<Policy> {
        let raw = self.raw;
        let written: Written<'_> = raw
            .policies
            .iter()
            .flatten()
            .map(|(name, policy)| (name.value.as_str(), (name, policy)))
            .collect();
        let mut own: BTreeMap<&str, Vec<Connect>> = BTreeMap::new();
        for (name, (place, policy)) in &written {
            self.well_formed(name, place.place, "a policy");
            let rows = policy.connect.iter().flatten();
            let rows = rows.filter_map(|row| self.connection(row, rules)).collect();
            own.insert(name, rows);
        }
        let mut policies = Vec::new();
        for name in written.keys() {
            let (mut connect, mut shares_risk) = (Vec::new(), false);
            for ancestor in self.ancestry(name, &written) {
                connect.extend(own.get(ancestor).cloned().unwrap_or_default());
                let stated = written[ancestor].1.shares_risk.as_ref();
                shares_risk = stated.map_or(shares_risk, |stated| stated.value);
            }
            policies.push(Policy { name: (*name).to_owned(), connect, shares_risk });
        }
        policies
    }

    /// A policy and its parents, the oldest first.
    fn ancestry<'a>(&mut self, name: &'a str, written: &Written<'a>) -> Vec<&'a str> {
        let mut line = vec![name];
        let mut current = name;
        while let Some((_, policy)) = written.get(current)
            && let Some(parent) = &policy.extends
        {
            if !written.contains_key(parent.value.as_str()) {
                self.unknown_policy(parent, &written.keys().copied().collect::<Vec<_>>());
                break;
            }
            if line.contains(&parent.value.as_str()) {
                let message = format!("the policy `{}` extends itself in the end", parent.value);
                let mistake = Mistake::at("scenario::extends-cycle", parent.place, message)
                    .label("expected a policy that does not lead back here");
                self.say(mistake);
                break;
            }
            if line.len() == LONGEST_LINE {
                let mistake = Mistake::at("scenario::too-large", parent.place, "too many parents")
                    .label(format!("expected at most {LONGEST_LINE} policies in one line"));
                self.say(mistake);
                break;
            }
            current = parent.value.as_str();
            line.push(current);
        }
        line.reverse();
        line
    }

    pub(super) fn unknown_policy(&mut self, name: &Sp<String>, known: &[&str]) {
        let message = format!("there is no policy `{}`", name.value);
        let mistake = Mistake::at("scenario::unknown-name", name.place, message);
        let mistake = match nearest(&name.value, known.iter().copied()) {
            Some(near) => mistake
                .help(format!("did you mean \"{near}\"?"))
                .instead(Some(format!("\"{near}\""))),
            None => mistake.label(format!("expected {}", some_of(known))),
        };
        self.say(mistake);
    }

    fn connection(&mut self, raw: &ConnectRaw, rules: &RuleMatrix) -> Option<Connect> {
        self.not_empty(&raw.wallets, "connect.wallets", "at least one wallet");
        self.not_empty(&raw.codes, "connect.codes", "at least one code issuer");
        let wallets = self.party_list(&raw.wallets.value, Role::Wallet);
        let codes = self.party_list(&raw.codes.value, Role::CodeIssuer);
        let said = self.mistakes.len();
        let mut via: Vec<InstitutionId> = Vec::new();
        for house in &raw.via.value {
            let Some(id) = self.institution(house, Role::ClearingHouse) else { continue };
            if via.contains(&id) {
                let message = format!("`{}` is on this path twice", house.value);
                let mistake = Mistake::at("scenario::bad-path", house.place, message)
                    .label("expected another clearing house, or none");
                self.say(mistake);
            }
            via.push(id);
        }
        if let Some(third) = raw.via.value.get(MOST_HOUSES) {
            let mistake = Mistake::at("scenario::bad-path", third.place, "this path is too long")
                .label("expected at most two clearing houses");
            self.say(mistake);
        }
        if raw.via.value.is_empty() && !allowed(rules, Role::Wallet, Role::Acquirer, Rail::Barcode)
        {
            self.forbidden(raw, &wallets, &codes);
        }
        (self.mistakes.len() == said).then_some(Connect { wallets, codes, via })
    }

    /// A bilateral link needs a rule.
    fn forbidden(&mut self, raw: &ConnectRaw, wallets: &[InstitutionId], codes: &[InstitutionId]) {
        let message = match (wallets.first(), codes.first()) {
            (Some(wallet), Some(code)) => format!(
                "`{}` may not talk to `{}` directly",
                self.name_of(*wallet),
                self.name_of(*code)
            ),
            _ => "a bilateral link is not allowed".to_owned(),
        };
        let house = (0..self.institutions.len())
            .map(InstitutionId::new)
            .find(|id| self.roles(*id).has(Role::ClearingHouse))
            .map(|id| format!(", such as [\"{}\"]", self.name_of(id)));
        let mistake = Mistake::at("scenario::forbidden-link", raw.via.place, message)
            .label(format!("expected a clearing house{}", house.unwrap_or_default()))
            .help(rule_to_add(Role::Wallet, Role::Acquirer, Rail::Barcode));
        self.say(mistake);
    }

    pub(super) fn compared(&mut self, policies: &[Policy]) -> Vec<PolicyId> {
        let raw = self.raw;
        let listed = raw.experiment.as_ref().and_then(|experiment| experiment.policies.as_ref());
        let Some(listed) = listed else {
            return (0..policies.len()).map(PolicyId::new).collect();
        };
        self.not_empty(listed, "experiment.policies", "at least one policy");
        let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
        let mut compared = Vec::new();
        for name in &listed.value {
            let Ok(index) = names.binary_search(&name.value.as_str()) else {
                self.unknown_policy(name, &names);
                continue;
            };
            let id = PolicyId::new(index);
            if compared.contains(&id) {
                let message = format!("the policy `{}` is listed twice", name.value);
                let mistake = Mistake::at("scenario::twice", name.place, message)
                    .label("expected each policy once");
                self.say(mistake);
            }
            compared.push(id);
        }
        compared
    }
}

/// Whether the rules let these two roles talk directly.
pub(super) fn allowed(rules: &RuleMatrix, from: Role, to: Role, rail: Rail) -> bool {
    rules.allows(Roles::default().with(from), Roles::default().with(to), rail)
}

/// The row of the rule matrix that would allow a direct link.
pub(super) fn rule_to_add(from: Role, to: Role, rail: Rail) -> String {
    let rail = match rail {
        Rail::BankDebit => "bank-debit",
        Rail::Barcode => "barcode",
    };
    format!(
        "to model a world that allows it, add\n[[rules]]\nfrom = \"{}\"\nto = \"{}\"\n\
         rail = \"{rail}\"\ndirect = true",
        from.name(),
        to.name()
    )
}
