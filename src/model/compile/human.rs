//! Human time: what people take at the counter, drawn once for each attempt.

use crate::kernel::chance::Key;
use crate::kernel::sampler::Sampler;
use crate::model::context::{high, purpose};
use crate::scenario::{HumanTimes, Mode};
use crate::units::Duration;

/// Human time, ready to be sampled.
pub(in crate::model) struct HumanModel {
    show: Sampler,
    scan: Sampler,
    tap: Sampler,
    type_amount: Sampler,
    authenticate: Sampler,
}

impl HumanModel {
    pub(in crate::model) fn new(times: &HumanTimes) -> Self {
        Self {
            show: super::time(&times.show),
            scan: super::time(&times.scan),
            tap: super::time(&times.tap),
            type_amount: super::time(&times.type_amount),
            authenticate: super::time(&times.authenticate),
        }
    }

    /// Until the code has been presented: the first message leaves then.
    pub(in crate::model) fn presenting(&self, mode: Mode, attempt: Key) -> Duration {
        let sampler = match mode {
            Mode::ConsumerPresented => &self.show,
            Mode::Static | Mode::Dynamic => &self.scan,
            Mode::Tap => &self.tap,
        };
        Duration::from_nanos(sampler.at(high(attempt.draw(purpose::PRESENT))))
    }

    /// From the wallet's prompt to the confirmation of a merchant-presented code.
    pub(in crate::model) fn confirming(&self, mode: Mode, attempt: Key) -> Duration {
        let draw = |of| high(attempt.draw(of));
        let mut time = self.authenticate.at(draw(purpose::AUTHENTICATE));
        if mode == Mode::Static {
            time += self.type_amount.at(draw(purpose::TYPE));
        }
        Duration::from_nanos(time)
    }
}
