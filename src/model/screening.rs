//! Screening: the wallet tells fraud from honest payments, as well as it can, before it authorises.
//!
//! Invariant: whether an intention is fraudulent is the same under every policy.
//! Never: what happens to the money of a fraud that was missed.

use super::compile::Stop;
use super::context::{Context, high, low, purpose};
use super::fact::{Fact, Observer, Topology};
use super::institution::InstitutionState;
use super::message::Message;
use crate::policy::screening;
use crate::scenario::Screen;
use crate::units::{PaymentId, Reason};

impl InstitutionState<'_> {
    /// Refuses what looks like fraud.
    #[inline(never)]
    pub(super) fn screen<O: Observer>(
        &self,
        cx: &mut Context<'_, O>,
        stop: &Stop,
        message: &Message,
    ) -> Option<Reason> {
        let model = cx.model;
        let risk = model.scenario.risk.as_ref()?;
        let on_us = model.programs[usize::from(stop.program)].class.topology == Topology::OnUs;
        let screen: &Screen = match (on_us, model.shares_risk) {
            (true, _) => &risk.on_us,
            (false, false) => &risk.off_us,
            (false, true) => &risk.shared,
        };
        let id = PaymentId::from_raw(message.payment);
        let intention = cx.keys[id.source().index()].intentions.with(id.intention());
        let fraud = risk.fraud.covers(high(intention.draw(purpose::FRAUD)));
        let draw = message.key.draw(purpose::SCREEN.and(self.me.key));
        let refused = screening::refuses(screen, fraud, (high(draw), low(draw)));
        cx.tell(Fact::Screened { by: self.id, of: message.attempt(), fraud, refused });
        refused.then_some(Reason::RiskRefused)
    }
}
