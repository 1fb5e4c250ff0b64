//! Undo: counter-entries for what an institution did in an exchange.
//!
//! What was cleared stays cleared: the counter-obligation is cleared beside it, in the open cycle.
//! Fees are given back the way they were charged.

use super::clearing::Value;
use super::context::Context;
use super::fact::{Account, Exchange, Fact, Observer};
use super::fees::{Fee, Of};
use super::institution::InstitutionState;
use super::message::Message;
use super::route::Acts;
use crate::units::Obligation;

impl InstitutionState<'_> {
    /// Takes back what these acts did in an exchange.
    pub(super) fn undo<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        acts: Acts,
        (exchange, message): (Exchange, &Message),
    ) {
        let (wallet, bank, acquirer) = (message.wallet(), message.bank(), message.acquirer());
        let of = Some(message.attempt());
        if exchange == Exchange::Debit {
            if acts.has(Acts::BANK_DEBIT) {
                let entry = (Account::DueTo(wallet), Account::CustomerFunds);
                self.book.post(cx, entry, message.amount, of);
                self.return_fees(cx, (message, Of::Debit));
            }
            if acts.has(Acts::CLEAR_DEBIT) {
                self.clear(cx, message, (wallet, bank));
                self.clear_fees_back(cx, (message, Of::Debit));
            }
            return;
        }
        if acts.has(Acts::CREDIT) {
            let entry = (Account::MerchantPayable, Account::DueFrom(wallet));
            self.book.post(cx, entry, message.amount, of);
            self.return_fees(cx, (message, Of::Payment));
        }
        if acts.has(Acts::POST) {
            let entry = (Account::DueTo(acquirer), Account::CustomerFunds);
            self.book.post(cx, entry, message.amount, of);
            self.each_own_side(cx, (message, Of::Payment), Self::unbook_fee);
        }
        if acts.has(Acts::CLEAR_PAY) {
            self.clear(cx, message, (acquirer, wallet));
            self.clear_fees_back(cx, (message, Of::Payment));
            if wallet != self.id && acquirer != self.id {
                self.each_own_side(cx, (message, Of::Payment), Self::unbook_fee);
            }
        }
    }

    fn return_fees<O: Observer>(&mut self, cx: &mut Context<'_, O>, (message, of): (&Message, Of)) {
        self.each_fee(
            cx,
            (message, of),
            |_, _| true,
            |this, cx, fee| {
                let Fee { leg, payer, earner, amount } = fee;
                cx.tell(Fact::FeeReturned { leg, payer, earner, amount, of: message.attempt() });
                this.unbook_fee(cx, fee, message);
            },
        );
    }

    fn unbook_fee<O: Observer>(&mut self, cx: &mut Context<'_, O>, fee: Fee, message: &Message) {
        let of = Some(message.attempt());
        if fee.payer == Some(self.id) {
            let entry = (Account::DueTo(fee.earner), Account::FeeExpense);
            self.book.post(cx, entry, fee.amount, of);
        }
        if fee.earner == self.id {
            let from = fee.payer.map_or(Account::MerchantPayable, Account::DueFrom);
            self.book.post(cx, (Account::FeeIncome, from), fee.amount, of);
        }
    }

    fn clear_fees_back<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (message, of): (&Message, Of),
    ) {
        let between_institutions = |payer: Option<_>, _| payer.is_some();
        self.each_fee(cx, (message, of), between_institutions, |this, cx, fee| {
            let Some(payer) = fee.payer else { return };
            let due =
                Obligation { debtor_agent: fee.earner, creditor_agent: payer, amount: fee.amount };
            this.clearing.accept(cx, (due, Value::Fee), message.attempt());
        });
    }
}
