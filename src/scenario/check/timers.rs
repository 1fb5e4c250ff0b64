//! Time-outs and message loss.

use super::Checker;
use crate::scenario::Timers;
use crate::scenario::de::Sp;
use crate::scenario::mistake::Mistake;
use crate::scenario::raw::{PresetRaw, Time, TimersRaw};
use crate::units::Duration;

/// The most polls, and the most reversals, of one exchange.
const MOST_REPEATS: i64 = 100;

impl Checker<'_> {
    /// The timers, unless nobody waits.
    pub(super) fn timers(&mut self) -> Option<Timers> {
        let raw = self.raw;
        let loss = raw.links.as_ref().and_then(|links| links.loss.as_ref());
        let share = loss.and_then(|loss| self.ratio(loss, "links.loss")).unwrap_or_default();
        let Some(written) = raw.timers.as_ref() else {
            if let Some(loss) = loss.filter(|_| share.parts() > 0) {
                let message = "messages are lost, but nobody gives up waiting for them";
                let mistake = Mistake::at("scenario::loss-without-timers", loss.place, message)
                    .help("add [timers], such as preset = \"wechat-code-pay\"");
                self.say(mistake);
            }
            return None;
        };
        self.timers_stand_alone();
        Some(Timers { loss: share, ..self.stated(written) })
    }

    /// What a reversal gives back of limits, and what an outage does to polls, is not decided yet.
    fn timers_stand_alone(&mut self) {
        for section in ["faults", "limits", "risk"] {
            let table = self.root.table();
            let Some(place) = table.and_then(|table| table.get(section)).map(|entry| entry.key)
            else {
                continue;
            };
            let message = format!("`timers` and `{section}` do not go together yet");
            let mistake = Mistake::at("scenario::not-built", place, message)
                .label("this scenario has [timers] too")
                .help("leave out one of the two");
            self.say(mistake);
        }
    }

    fn stated(&mut self, written: &TimersRaw) -> Timers {
        let mut timers = match written.preset.as_ref().map(|preset| preset.value) {
            None | Some(PresetRaw::WechatCodePay) => Timers::WECHAT_CODE_PAY,
            Some(PresetRaw::AlipayOverseasBarcode) => Timers::ALIPAY_OVERSEAS_BARCODE,
            Some(PresetRaw::UpiBefore2025) => Timers::UPI_BEFORE_2025,
            Some(PresetRaw::UpiAfter2025) => Timers::UPI_AFTER_2025,
            Some(PresetRaw::Pix) => Timers::PIX,
        };
        self.wait(written.timeout.as_ref(), &mut timers.timeout, "timers.timeout");
        let every = &mut timers.poll_interval;
        self.wait(written.poll_interval.as_ref(), every, "timers.poll_interval");
        let again = &mut timers.reversal_interval;
        self.wait(written.reversal_interval.as_ref(), again, "timers.reversal_interval");
        self.repeats(written.polls.as_ref(), 0, &mut timers.polls, "timers.polls");
        self.repeats(written.reversals.as_ref(), 1, &mut timers.reversals, "timers.reversals");
        timers
    }

    fn wait(&mut self, written: Option<&Sp<Time>>, into: &mut Duration, what: &str) {
        let Some(raw) = written else { return };
        let Some(length) = self.time(raw, what) else { return };
        if length == Duration::ZERO {
            let mistake = Mistake::at("scenario::no-time", raw.place, format!("`{what}` is zero"))
                .label("expected a time above zero, such as \"5s\"");
            self.say(mistake);
        }
        *into = self.short_time(length, raw.place, what);
    }

    fn repeats(&mut self, written: Option<&Sp<i64>>, least: i64, into: &mut u8, what: &str) {
        let count = written.and_then(|raw| self.whole(raw, least..=MOST_REPEATS, what));
        if let Some(count) = count.and_then(|count| u8::try_from(count).ok()) {
            *into = count;
        }
    }
}
