//! Acts: what an institution decides and writes when a visit is complete.
//!
//! Check, then commit: a refusal comes before anything is written, and what follows cannot refuse.

use super::clearing::Value;
use super::compile::{InstitutionModel, Stop};
use super::context::{Context, high, purpose};
use super::fact::{Account, Observer};
use super::institution::InstitutionState;
use super::limits;
use super::message::Message;
use super::route::Acts;
use crate::ledger::HoldId;
use crate::units::{InstitutionId, Obligation, Reason};

impl InstitutionState<'_> {
    /// Why this institution refuses, if it does: base declines first, then cover.
    #[inline]
    pub(super) fn refusal<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        stop: &Stop,
        message: &mut Message,
    ) -> Option<Reason> {
        let me = self.me;
        if stop.acts.has(Acts::DECIDE) && !me.declines.is_empty() {
            let purpose = me.legs[usize::from(stop.leg)].and(purpose::DECLINE);
            if let Some(reason) = declined(me, high(message.key.draw(purpose))) {
                return Some(reason);
            }
        }
        if cx.model.screened
            && stop.acts.has(Acts::AUTHORISE)
            && let Some(reason) = self.screen(cx, stop, message)
        {
            return Some(reason);
        }
        if limits::applies(cx, stop)
            && let Some(reason) = self.beyond(cx, stop, message)
        {
            return Some(reason);
        }
        if stop.acts.has(Acts::BANK_DEBIT) {
            let of = message.attempt();
            let Ok(hold) = self.book.place_hold(cx, message.amount, of) else {
                return Some(Reason::InsufficientFunds);
            };
            let credit = Account::DueTo(message.wallet());
            self.book.post_hold(cx, (hold, credit), of);
        }
        if stop.acts.has(Acts::HOLD) && !stop.acts.has(Acts::BOOK_DEBIT) {
            return self.hold(cx, message);
        }
        None
    }

    fn hold<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        message: &mut Message,
    ) -> Option<Reason> {
        match self.book.place_hold(cx, message.amount, message.attempt()) {
            Ok(hold) => {
                message.hold = hold;
                None
            }
            Err(_) => Some(Reason::InsufficientFunds),
        }
    }

    /// Everything that this stop writes, in order: money comes before what is promised with it.
    pub(super) fn commit<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        stop: &Stop,
        message: &mut Message,
    ) {
        let acts = stop.acts;
        let background = cx.model.programs[usize::from(stop.program)].background;
        if limits::applies(cx, stop) {
            self.authorise(cx, stop, message);
        }
        if acts.has(Acts::BOOK_DEBIT) {
            let entry = (Account::DueFrom(message.bank()), Account::CustomerFunds);
            self.book.post(cx, entry, message.amount, Some(message.attempt()));
            if acts.has(Acts::HOLD) {
                let short = self.hold(cx, message);
                assert!(short.is_none(), "the bank's money covers the hold");
            }
        }
        if acts.has(Acts::POST) {
            self.post(cx, background, message);
        }
        if acts.has(Acts::CREDIT) {
            self.credit(cx, background, message);
        }
        if acts.has(Acts::BANK_DEBIT) {
            self.fees_at_bank(cx, message);
        }
        if acts.has(Acts::BOOK_DEBIT) {
            self.fees_of_debit(cx, message);
        }
        if acts.has(Acts::CLEAR_DEBIT) {
            self.clear(cx, message, (message.bank(), message.wallet()));
            self.clear_debit_fees(cx, message);
        }
        if acts.has(Acts::CLEAR_PAY) {
            self.clear(cx, message, (message.wallet(), message.acquirer()));
            self.clear_pay_fees(cx, background, message);
        }
    }

    /// The wallet turns the hold into a debt: to the acquirer, or on-us to the merchant.
    fn post<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        background: bool,
        message: &mut Message,
    ) {
        let hold = std::mem::replace(&mut message.hold, HoldId::NONE);
        let credit = if message.wallet() == message.acquirer() {
            Account::MerchantPayable
        } else {
            Account::DueTo(message.acquirer())
        };
        self.book.post_hold(cx, (hold, credit), message.attempt());
        if !background && message.wallet() != message.acquirer() {
            self.fees_at_wallet(cx, message);
        }
    }

    /// The acquiring side books the wallet's debt and owes its merchant (or customer).
    fn credit<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        background: bool,
        message: &Message,
    ) {
        if message.wallet() != message.acquirer() {
            let owed = if background { Account::CustomerFunds } else { Account::MerchantPayable };
            let entry = (Account::DueFrom(message.wallet()), owed);
            self.book.post(cx, entry, message.amount, Some(message.attempt()));
        }
        if !background {
            self.fees_at_acquirer(cx, message);
        }
    }

    /// The house accepts an obligation of the payment's whole amount.
    pub(super) fn clear<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        message: &Message,
        (debtor_agent, creditor_agent): (InstitutionId, InstitutionId),
    ) {
        let due = Obligation { debtor_agent, creditor_agent, amount: message.amount };
        self.clearing.accept(cx, (due, Value::Principal), message.attempt());
    }
}

/// The reason of a base decline at a 32-bit draw, if the draw falls below the rates' sum.
fn declined(me: &InstitutionModel, draw: u32) -> Option<Reason> {
    me.declines.iter().find(|(threshold, _)| draw < *threshold).map(|(_, reason)| *reason)
}
