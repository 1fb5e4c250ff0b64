//! Lists and tables of weights: who takes part, and how much.

use std::collections::BTreeMap;

use super::Checker;
use crate::scenario::de::Sp;
use crate::scenario::mistake::Mistake;
use crate::scenario::raw::Members;
use crate::scenario::{Role, Weighted};
use crate::units::InstitutionId;

/// The largest weight: sums stay exact enough.
pub(super) const LARGEST_WEIGHT: f64 = 1e12;

/// The most elements of a list that are compared with one another.
const MOST_LISTED: usize = 4_096;

impl Checker<'_> {
    /// Institutions with weights above zero, in order of id. A group's weight is spread over its
    /// members by share; names in a bare list weigh alike. Without a role, whoever may owe.
    pub(super) fn weights(
        &mut self,
        raw: &Sp<Members>,
        role: Option<Role>,
        what: &str,
    ) -> Vec<Weighted> {
        let named: Vec<(Sp<String>, f64)> = match &raw.value {
            Members::One(name) => vec![(raw.with(name.value.clone()), 1.0)],
            Members::List(names) => names.iter().map(|name| (name.clone(), 1.0)).collect(),
            Members::Weights(weights) => weights
                .iter()
                .filter_map(|(name, weight)| {
                    let weight = self.number(weight, 0.0..=LARGEST_WEIGHT, what)?;
                    Some((name.clone(), weight))
                })
                .collect(),
        };
        let said = self.mistakes.len();
        let mut total: BTreeMap<InstitutionId, f64> = BTreeMap::new();
        for (name, weight) in &named {
            let members = match role {
                Some(role) => self.party(name, role).unwrap_or_default(),
                None => self.participants(name),
            };
            for id in members {
                let share = self.institutions[id.index()].share;
                *total.entry(id).or_insert(0.0) += weight * share;
            }
        }
        let weights: Vec<Weighted> = total
            .into_iter()
            .filter(|(_, weight)| *weight > 0.0)
            .map(|(institution, weight)| Weighted { institution, weight })
            .collect();
        if weights.is_empty() && self.mistakes.len() == said {
            let who = role.map_or("institution", Role::name);
            let message = format!("`{what}` names nobody");
            let mistake = Mistake::at("scenario::empty", raw.place, message)
                .label(format!("expected at least one {who} with a weight above zero"));
            self.say(mistake);
        }
        weights
    }

    /// The institutions that a name stands for, each of which may owe and be owed.
    fn participants(&mut self, name: &Sp<String>) -> Vec<InstitutionId> {
        const OWE: [Role; 5] =
            [Role::Bank, Role::Wallet, Role::Acquirer, Role::OverseasWallet, Role::EcnyOperator];
        let members = self.anyone(name);
        let owes = |id: &&InstitutionId| OWE.iter().any(|role| self.roles(**id).has(*role));
        if let Some(odd) = members.iter().find(|id| !owes(id)) {
            let message = format!("`{}` owes nothing in clearing", self.name_of(*odd));
            let mistake = Mistake::at("scenario::wrong-role", name.place, message)
                .label("expected a bank, a wallet or an acquirer");
            self.say(mistake);
            return Vec::new();
        }
        members
    }

    /// A list that may not be empty, nor too long to compare its elements.
    pub(super) fn not_empty<T>(&mut self, list: &Sp<Vec<T>>, what: &str, expected: &str) -> bool {
        if list.value.is_empty() {
            let mistake = Mistake::at("scenario::empty", list.place, format!("`{what}` is empty"))
                .label(format!("expected {expected}"));
            self.say(mistake);
        }
        if list.value.len() > MOST_LISTED {
            let message = format!("`{what}` lists {} elements", list.value.len());
            let mistake = Mistake::at("scenario::too-large", list.place, message)
                .label(format!("expected at most {MOST_LISTED}"));
            self.say(mistake);
            return false;
        }
        !list.value.is_empty()
    }
}
