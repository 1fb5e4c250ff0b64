//! References: a name that must be an institution or a group with a fitting role.

use super::Checker;
use crate::scenario::de::Sp;
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::source::Place;
use crate::scenario::{Role, Roles};
use crate::units::InstitutionId;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(in crate::scenario) enum Party {
    /// One institution, a member of a group or not.
    One(InstitutionId),
    /// All members of a group, in order of name.
    Group(Vec<InstitutionId>),
}

impl Checker<'_> {
    /// The institutions that a name stands for, each with this role.
    pub(super) fn party(&mut self, name: &Sp<String>, role: Role) -> Option<Vec<InstitutionId>> {
        let Some(members) = self.members_of(&name.value) else {
            self.unknown_party(name, Some(role));
            return None;
        };
        if let Some(odd) = members.iter().find(|id| !self.roles(**id).has(role)) {
            let odd = self.institutions[odd.index()].name.clone();
            self.lacks_role(name.place, &odd, role);
            return None;
        }
        Some(members)
    }

    /// The institutions that a name stands for, whatever their roles.
    pub(super) fn anyone(&mut self, name: &Sp<String>) -> Vec<InstitutionId> {
        self.members_of(&name.value).unwrap_or_else(|| {
            self.unknown_party(name, None);
            Vec::new()
        })
    }

    fn members_of(&self, name: &str) -> Option<Vec<InstitutionId>> {
        self.find(name).map(|party| match party {
            Party::One(id) => vec![*id],
            Party::Group(members) => members.clone(),
        })
    }

    /// The one institution that a name stands for, with this role.
    pub(super) fn institution(&mut self, name: &Sp<String>, role: Role) -> Option<InstitutionId> {
        if let Some(Party::Group(members)) = self.find(&name.value) {
            let first = self.institutions[members.first()?.index()].name.clone();
            let message = format!("`{}` is a group", name.value);
            let mistake = Mistake::at("scenario::not-one", name.place, message)
                .label("expected one institution")
                .help(format!("name one of its members, such as \"{first}\""));
            self.say(mistake);
            return None;
        }
        self.party(name, role)?.first().copied()
    }

    /// Every institution of a list of names, groups opened, without repeats, in order of id.
    pub(super) fn party_list(&mut self, names: &[Sp<String>], role: Role) -> Vec<InstitutionId> {
        let mut all: Vec<InstitutionId> = Vec::new();
        for name in names {
            all.extend(self.party(name, role).unwrap_or_default());
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    pub(super) fn roles(&self, id: InstitutionId) -> Roles {
        self.institutions[id.index()].roles
    }

    pub(super) fn name_of(&self, id: InstitutionId) -> String {
        self.institutions[id.index()].name.clone()
    }

    fn find(&self, name: &str) -> Option<&Party> {
        let index = self.parties.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        Some(&self.parties[index].1)
    }

    pub(super) fn lacks_role(&mut self, place: Place, who: &str, role: Role) {
        let mistake = Mistake::at(
            "scenario::wrong-role",
            place,
            format!("`{who}` lacks the role \"{}\"", role.name()),
        )
        .label(format!("expected {}", spoken(role)))
        .help(format!("add \"{}\" to the roles of `{who}`, or name another one", role.name()));
        self.say(mistake);
    }

    fn unknown_party(&mut self, name: &Sp<String>, role: Option<Role>) {
        let message = format!("there is no institution or group `{}`", name.value);
        let mistake = Mistake::at("scenario::unknown-name", name.place, message);
        let fits = |id: InstitutionId| role.is_none_or(|role| self.roles(id).has(role));
        let fitting: Vec<&str> = self
            .parties
            .iter()
            .filter(|(_, party)| match party {
                Party::One(id) => fits(*id),
                Party::Group(members) => members.iter().all(|id| fits(*id)),
            })
            .map(|(name, _)| name.as_str())
            .collect();
        let mistake = match nearest(&name.value, fitting.iter().copied()) {
            Some(word) => mistake
                .help(format!("did you mean \"{word}\"?"))
                .instead(Some(format!("\"{word}\""))),
            None if fitting.is_empty() => {
                let role = role.map_or("", Role::name);
                mistake.help(format!("no institution has the role \"{role}\" yet"))
            }
            None => mistake.label(format!("expected {}", some_of(&fitting))),
        };
        self.say(mistake);
    }
}

/// A list of names for people, not longer than they read.
pub(super) fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("\"{name}\"")).collect();
    let rest = names.len().saturating_sub(SHOWN);
    match (shown.as_slice(), rest) {
        ([only], _) => only.clone(),
        (_, 0) => format!("one of {}", shown.join(", ")),
        _ => format!("one of {} and {rest} more", shown.join(", ")),
    }
}

/// A role in prose, with its article.
fn spoken(role: Role) -> String {
    let name = role.name().replace('-', " ");
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}
