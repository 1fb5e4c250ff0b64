//! Classes of merchants.

use super::Checker;
use super::members::LARGEST_WEIGHT;
use crate::scenario::de::Sp;
use crate::scenario::mistake::Mistake;
use crate::scenario::raw::{AcceptRaw, MerchantRaw, ModesRaw};
use crate::scenario::source::Place;
use crate::scenario::{Acceptance, MerchantClass, ModeMix, Role};
use crate::units::InstitutionId;

/// The most shops of one class.
const MOST_SHOPS: i64 = 1_000_000_000_000;

impl Checker<'_> {
    pub(super) fn merchants(&mut self, wanted: bool) -> Vec<MerchantClass> {
        let raw = self.raw;
        let mut classes = Vec::new();
        for (name, class) in raw.merchants.iter().flatten() {
            self.well_formed(&name.value, name.place, "a class of merchants");
            classes.push(self.merchant(name, class));
        }
        let places = raw.consumers.iter().flatten();
        if let Some((consumer, _)) = places.into_iter().next().filter(|_| wanted) {
            let attracted = classes.iter().any(|class| class.weight > 0.0);
            if !attracted {
                let mistake =
                    Mistake::at("scenario::empty", consumer.place, "there is no shop to pay in")
                        .label("expected a class of merchants with a weight above zero")
                        .help("add [merchants.NAME] with accepts = [\"…\"]");
                self.say(mistake);
            }
        }
        classes
    }

    fn merchant(&mut self, name: &Sp<String>, raw: &MerchantRaw) -> MerchantClass {
        let who = &name.value;
        let count = raw
            .count
            .as_ref()
            .and_then(|count| self.whole(count, 1..=MOST_SHOPS, &format!("{who}.count")));
        let weight = raw
            .weight
            .as_ref()
            .and_then(|weight| self.number(weight, 0.0..=LARGEST_WEIGHT, &format!("{who}.weight")));
        let modes = raw.modes.as_ref().map(|modes| self.modes(modes, who));
        MerchantClass {
            name: who.clone(),
            count: self.scaled_count(count.unwrap_or(1)),
            weight: weight.unwrap_or(1.0),
            accepts: self.accepts(name, raw),
            modes: modes.unwrap_or(ModeMix { weights: [1.0, 0.0, 0.0, 0.0] }),
            order_fetch: raw.order_fetch.unwrap_or(true),
            category: raw.category.clone().unwrap_or_default(),
        }
    }

    fn accepts(&mut self, name: &Sp<String>, raw: &MerchantRaw) -> Vec<Acceptance> {
        let what = format!("{}.accepts", name.value);
        let Some(list) = &raw.accepts else {
            self.missing(name.place, &what, "add accepts = [\"tenpay\"]");
            return Vec::new();
        };
        if !self.not_empty(list, &what, "at least one code, such as \"tenpay\"") {
            return Vec::new();
        }
        let mut accepted: Vec<(Acceptance, Place)> = Vec::new();
        for code in &list.value {
            for acceptance in self.acceptance(code) {
                let twice = accepted.iter().find(|(one, _)| one.code == acceptance.code);
                if let Some((_, first)) = twice {
                    let name = self.name_of(acceptance.code);
                    let message = format!("the code of `{name}` is on the counter twice");
                    let mistake = Mistake::at("scenario::twice", code.place, message)
                        .label("expected each code once")
                        .also(*first, "and here");
                    self.say(mistake);
                }
                accepted.push((acceptance, code.place));
            }
        }
        accepted.into_iter().map(|(acceptance, _)| acceptance).collect()
    }

    fn acceptance(&mut self, raw: &Sp<AcceptRaw>) -> Vec<Acceptance> {
        let code = match &raw.value.acquirer {
            // A bare name stands where the whole element stands.
            None if Self::is_default(raw.value.code.place) => {
                raw.with(raw.value.code.value.clone())
            }
            _ => raw.value.code.clone(),
        };
        let codes = self.party(&code, Role::CodeIssuer).unwrap_or_default();
        let acquirer = match &raw.value.acquirer {
            Some(acquirer) if acquirer.value != code.value => {
                match self.institution(acquirer, Role::Acquirer) {
                    Some(id) => Some(id),
                    None => return Vec::new(),
                }
            }
            itself => {
                let place = itself.as_ref().map_or(code.place, |acquirer| acquirer.place);
                self.acquire_themselves(&codes, place);
                None
            }
        };
        let with = |code| Acceptance { code, acquirer: acquirer.unwrap_or(code) };
        codes.into_iter().map(with).collect()
    }

    /// Whoever is named without an acquirer owes the shop its money himself.
    fn acquire_themselves(&mut self, codes: &[InstitutionId], place: Place) {
        let Some(odd) = codes.iter().find(|id| !self.roles(**id).has(Role::Acquirer)) else {
            return;
        };
        let name = self.name_of(*odd);
        let message = format!("`{name}` lacks the role \"acquirer\" and names none");
        let acquirers = self.institutions.iter().filter(|one| one.roles.has(Role::Acquirer));
        let acquirer = acquirers.map(|one| one.name.as_str()).next().unwrap_or("…");
        let help = format!(
            "write {{ code = \"{name}\", acquirer = \"{acquirer}\" }}, or add \"acquirer\" to the \
             roles of `{name}`"
        );
        let mistake = Mistake::at("scenario::wrong-role", place, message)
            .label("nobody owes the shop what is paid with this code")
            .help(help);
        self.say(mistake);
    }

    fn modes(&mut self, raw: &Sp<ModesRaw>, who: &str) -> ModeMix {
        let modes = &raw.value;
        let stated = [&modes.r#static, &modes.dynamic, &modes.consumer_presented, &modes.tap];
        let said = self.mistakes.len();
        let mut weights = [0.0; 4];
        for (weight, stated) in weights.iter_mut().zip(stated) {
            if let Some(stated) = stated {
                let what = format!("{who}.modes");
                *weight = self.number(stated, 0.0..=LARGEST_WEIGHT, &what).unwrap_or_default();
            }
        }
        if weights.iter().sum::<f64>() <= 0.0 && self.mistakes.len() == said {
            let message = format!("`{who}.modes` leaves no way to pay");
            let mistake = Mistake::at("scenario::empty", raw.place, message)
                .label("expected a weight above zero, such as { static = 1.0 }");
            self.say(mistake);
        }
        ModeMix { weights }
    }
}
