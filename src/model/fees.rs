//! Fees: each leg of the schedule in the books of those who pay and earn it.
//!
//! A leg is skipped where a party it names takes no part, or where payer and earner are one. The
//! payer's institution books its side when it acts in the payment, the earner's when it does;
//! between two institutions the fee is an obligation of its own, cleared with the principal.

use super::clearing::Value;
use super::context::Context;
use super::fact::{Account, Fact, Funding, Observer};
use super::institution::InstitutionState;
use super::message::Message;
use crate::policy::fee;
use crate::scenario::{FeeKind, FeeLeg, FeeParty};
use crate::units::{Amount, InstitutionId, Obligation};

/// One leg with its parties found and its amount fixed.
#[derive(Clone, Copy)]
pub(super) struct Fee {
    pub(super) leg: u16,
    /// `None`: the merchant.
    pub(super) payer: Option<InstitutionId>,
    pub(super) earner: InstitutionId,
    pub(super) amount: Amount,
}

/// Which legs a site is about: those of the bank debit, or those of the payment itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Debit,
    Payment,
}

/// Who pays and who earns one leg; `None` where it does not apply.
fn sides_of<O>(
    cx: &Context<'_, O>,
    message: &Message,
    leg: &FeeLeg,
) -> Option<(Option<InstitutionId>, InstitutionId)> {
    if !fee::applies(leg, message.wallet() == message.acquirer()) {
        return None;
    }
    let payer = match leg.payer {
        FeeParty::Merchant => None,
        other => Some(party(cx, message, other)?),
    };
    let earner = party(cx, message, leg.earner)?;
    (payer != Some(earner)).then_some((payer, earner))
}

/// Who this party is in this payment; `None` where it takes no part.
fn party<O>(cx: &Context<'_, O>, message: &Message, party: FeeParty) -> Option<InstitutionId> {
    let reach = &cx.model.reaches[usize::from(message.reach)];
    let asks_bank = || {
        let program = cx.model.stops[usize::from(message.step)].program;
        cx.model.programs[usize::from(program)].class.funding == Funding::Bank
    };
    match party {
        FeeParty::Merchant => None,
        FeeParty::Acquirer => Some(message.acquirer()),
        FeeParty::Wallet => Some(message.wallet()),
        FeeParty::Bank => asks_bank().then(|| message.bank()),
        FeeParty::ClearingHouse => reach.clearing_house,
        FeeParty::CodeIssuer => {
            let issuer = reach.issuer;
            let acts = issuer == message.wallet() || issuer == message.acquirer();
            acts.then_some(issuer)
        }
    }
}

impl InstitutionState<'_> {
    /// Does `act` for every leg that charges something and whose sides `concern` this institution:
    /// the amount, which takes longest, is worked out for those only.
    pub(super) fn each_fee<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (message, of): (&Message, Of),
        concern: impl Fn(Option<InstitutionId>, InstitutionId) -> bool,
        mut act: impl FnMut(&mut Self, &mut Context<'_, O>, Fee),
    ) {
        let model = cx.model;
        for (index, leg) in model.scenario.fees.iter().enumerate() {
            if (leg.kind == FeeKind::BankDebit) != (of == Of::Debit) {
                continue;
            }
            let Some((payer, earner)) = sides_of(cx, message, leg) else { continue };
            if !concern(payer, earner) {
                continue;
            }
            let amount = fee::charge(leg, message.amount);
            if amount != Amount::ZERO {
                let leg = u16::try_from(index).expect("few fee legs");
                act(self, cx, Fee { leg, payer, earner, amount });
            }
        }
    }

    /// Books this institution's sides of one fee: expense, income, or both.
    fn book_fee<O: Observer>(&mut self, cx: &mut Context<'_, O>, fee: Fee, message: &Message) {
        let of = Some(message.attempt());
        if fee.payer == Some(self.id) {
            let entry = (Account::FeeExpense, Account::DueTo(fee.earner));
            self.book.post(cx, entry, fee.amount, of);
        }
        if fee.earner == self.id {
            let from = fee.payer.map_or(Account::MerchantPayable, Account::DueFrom);
            self.book.post(cx, (from, Account::FeeIncome), fee.amount, of);
        }
    }

    fn clear_fee<O: Observer>(&mut self, cx: &mut Context<'_, O>, fee: Fee, message: &Message) {
        let Some(payer) = fee.payer else { return };
        let due =
            Obligation { debtor_agent: payer, creditor_agent: fee.earner, amount: fee.amount };
        self.clearing.accept(cx, (due, Value::Fee), message.attempt());
    }

    /// The acquirer charges every leg of the payment itself and books its own sides.
    pub(super) fn fees_at_acquirer<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        message: &Message,
    ) {
        self.charge(cx, (message, Of::Payment));
    }

    /// The wallet books its own sides of the legs of a payment over another acquirer.
    pub(super) fn fees_at_wallet<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        message: &Message,
    ) {
        self.each_own_side(cx, (message, Of::Payment), Self::book_fee);
    }

    /// The bank charges and books the fee on a debit.
    pub(super) fn fees_at_bank<O: Observer>(&mut self, cx: &mut Context<'_, O>, message: &Message) {
        self.charge(cx, (message, Of::Debit));
    }

    /// The wallet books its own side of the fee on a debit.
    pub(super) fn fees_of_debit<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        message: &Message,
    ) {
        self.each_own_side(cx, (message, Of::Debit), Self::book_fee);
    }

    /// The house accepts the fee obligations of the payment and books what it earns itself.
    pub(super) fn clear_pay_fees<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        background: bool,
        message: &Message,
    ) {
        if background {
            return;
        }
        self.clear_fees(cx, (message, Of::Payment));
        if message.wallet() != self.id && message.acquirer() != self.id {
            self.each_own_side(cx, (message, Of::Payment), Self::book_fee);
        }
    }

    /// The house accepts the fee obligation of the debit.
    pub(super) fn clear_debit_fees<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        message: &Message,
    ) {
        self.clear_fees(cx, (message, Of::Debit));
    }

    fn charge<O: Observer>(&mut self, cx: &mut Context<'_, O>, (message, of): (&Message, Of)) {
        self.each_fee(
            cx,
            (message, of),
            |_, _| true,
            |this, cx, fee| {
                let Fee { leg, payer, earner, amount } = fee;
                cx.tell(Fact::Charged { leg, payer, earner, amount, of: message.attempt() });
                this.book_fee(cx, fee, message);
            },
        );
    }

    /// Books, or takes back, what this institution itself pays and earns.
    pub(super) fn each_own_side<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (message, of): (&Message, Of),
        act: impl Fn(&mut Self, &mut Context<'_, O>, Fee, &Message),
    ) {
        let me = self.id;
        let own = |payer, earner| payer == Some(me) || earner == me;
        self.each_fee(cx, (message, of), own, |this, cx, fee| act(this, cx, fee, message));
    }

    fn clear_fees<O: Observer>(&mut self, cx: &mut Context<'_, O>, (message, of): (&Message, Of)) {
        let between_institutions = |payer: Option<_>, _| payer.is_some();
        self.each_fee(cx, (message, of), between_institutions, |this, cx, fee| {
            this.clear_fee(cx, fee, message);
        });
    }
}
