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
    /// members by share; names in a bare list weigh alike.
    pub(super) fn weights(&mut self, raw: &Sp<Members>, role: Role, what: &str) -> Vec<Weighted> {
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
            for id in self.party(name, role).unwrap_or_default() {
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
            let message = format!("`{what}` names nobody");
            let mistake = Mistake::at("scenario::empty", raw.place, message)
                .label(format!("expected at least one {} with a weight above zero", role.name()));
            self.say(mistake);
        }
        weights
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
