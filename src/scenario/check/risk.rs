//! Risk: fraud and how well wallets tell it.

use super::Checker;
use crate::scenario::de::Sp;
use crate::scenario::mistake::Mistake;
use crate::scenario::raw::ScreenRaw;
use crate::scenario::{Policy, Risk, Screen};

impl Checker<'_> {
    pub(super) fn risk(&mut self, policies: &[Policy]) -> Option<Risk> {
        let raw = self.raw;
        let sharing = policies.iter().any(|policy| policy.shares_risk);
        let Some(risk) = &raw.risk else {
            if sharing {
                self.shares_nothing();
            }
            return None;
        };
        let off_us = self.screen(&risk.off_us, "off_us");
        if let (Some(shared), false) = (&risk.shared, sharing) {
            let message = "`risk.shared` changes nothing: no policy shares risk information";
            let mistake = Mistake::at("scenario::no-effect", shared.place, message)
                .label("no policy states `shares_risk = true`")
                .help("add shares_risk = true to a policy, or leave `shared` out");
            self.say(mistake);
        }
        Some(Risk {
            fraud: self.ratio(&risk.fraud, "risk.fraud").unwrap_or_default(),
            on_us: self.screen(&risk.on_us, "on_us"),
            off_us,
            shared: risk.shared.as_ref().map_or(off_us, |shared| self.screen(shared, "shared")),
        })
    }

    fn screen(&mut self, raw: &Sp<ScreenRaw>, what: &str) -> Screen {
        let detects = &raw.value.detects;
        let detects = self.ratio(detects, &format!("risk.{what}.detects"));
        let declines = &raw.value.false_declines;
        let declines = self.ratio(declines, &format!("risk.{what}.false_declines"));
        Screen {
            detects: detects.unwrap_or_default(),
            false_declines: declines.unwrap_or_default(),
        }
    }

    fn shares_nothing(&mut self) {
        let stated = self.raw.policies.iter().flatten();
        let stated = stated.filter_map(|(_, policy)| policy.shares_risk.as_ref());
        if let Some(place) = stated.map(|at| at.place).next() {
            let message = "`shares_risk` changes nothing: there is no `risk`";
            let mistake = Mistake::at("scenario::no-effect", place, message)
                .label("expected a section [risk]")
                .help("add [risk] with fraud, on_us, off_us and shared, or leave this out");
            self.say(mistake);
        }
    }
}
