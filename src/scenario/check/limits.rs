//! Limits: daily amounts by tier, PIN prompts, the life of a code.

use super::Checker;
use crate::scenario::mistake::Mistake;
use crate::scenario::raw::{LimitsRaw, PinRaw};
use crate::scenario::{Limits, PinRule};
use crate::units::{Amount, Duration};

/// More payments of one person in a day need no rule.
const MOST_PAYMENTS: i64 = 1_000_000;

impl Checker<'_> {
    pub(super) fn limits(&mut self) -> Limits {
        let raw = self.raw;
        let Some(limits) = &raw.limits else { return Limits::default() };
        self.limits_of_a_log();
        let found = Limits {
            static_codes: limits.static_codes.as_ref().and_then(|at| self.cap(at, "static_codes")),
            without_pin: limits.without_pin.as_ref().and_then(|at| self.cap(at, "without_pin")),
            with_pin: limits.with_pin.as_ref().and_then(|at| self.cap(at, "with_pin")),
            certified: limits
                .certified
                .as_ref()
                .and_then(|share| self.ratio(share, "limits.certified"))
                .unwrap_or_default(),
            pin: limits.pin.as_ref().map(|pin| self.pin(pin)).unwrap_or_default(),
            code_life: self.code_life(limits),
        };
        self.certified_needs_a_limit(limits, &found);
        found
    }

    fn cap(
        &mut self,
        written: &crate::scenario::de::Sp<crate::scenario::raw::Money>,
        what: &str,
    ) -> Option<Amount> {
        let cap = self.money(written, &format!("limits.{what}"))?;
        if cap == Amount::ZERO {
            let message = format!("`limits.{what}` is zero: nobody could pay this way");
            let mistake = Mistake::at("scenario::out-of-range", written.place, message)
                .label("expected more than zero; leave the key out for no limit");
            self.say(mistake);
        }
        Some(cap)
    }

    fn pin(&mut self, raw: &PinRaw) -> PinRule {
        let after = raw.after.as_ref();
        let after =
            after.and_then(|count| self.whole(count, 0..=MOST_PAYMENTS, "limits.pin.after"));
        let share = raw.at_random.as_ref();
        let share = share.and_then(|share| self.ratio(share, "limits.pin.at_random"));
        PinRule {
            above: raw.above.as_ref().and_then(|at| self.money(at, "limits.pin.above")),
            after: after.and_then(|count| u32::try_from(count).ok()),
            at_random: share.unwrap_or_default(),
        }
    }

    fn code_life(&mut self, raw: &LimitsRaw) -> Option<Duration> {
        let written = raw.code_life.as_ref()?;
        let life = self.time(written, "limits.code_life")?;
        if life == Duration::ZERO {
            let message = "`limits.code_life` is zero: no code could be used";
            let mistake = Mistake::at("scenario::out-of-range", written.place, message)
                .label("expected more than zero, such as \"60s\"");
            self.say(mistake);
        }
        Some(life)
    }

    /// The payers of a log are known to the log alone.
    fn limits_of_a_log(&mut self) {
        let replay = self.raw.demand.as_ref().and_then(|demand| demand.replay.as_ref());
        if let Some(replay) = replay {
            let message = "limits are not kept for the payers of a log yet";
            let mistake = Mistake::at("scenario::not-built", replay.file.place, message)
                .label("a log is played back")
                .help("leave out [limits], or describe the payers as a class of consumers");
            self.say(mistake);
        }
    }

    fn certified_needs_a_limit(&mut self, raw: &LimitsRaw, found: &Limits) {
        if let (Some(share), None) = (&raw.certified, found.with_pin)
            && raw.with_pin.is_none()
        {
            let message = "`limits.certified` says whom `with_pin` does not limit, but no limit is";
            let mistake =
                Mistake::at("scenario::no-effect", share.place, format!("{message} stated"))
                    .label("expected `with_pin` beside it")
                    .help("add with_pin = \"5000.00\", or leave `certified` out");
            self.say(mistake);
        }
    }
}
