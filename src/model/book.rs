//! Books: the accounts that each institution keeps, and entries told as facts.

use super::context::Context;
use super::fact::{Account, Attempt, Fact, Observer};
use crate::ledger::{HoldId, Ledger, Refusal};
use crate::units::{Amount, InstitutionId};

const SETTLEMENT: usize = 0;
const CUSTOMER_FUNDS: usize = 1;
const MERCHANT_PAYABLE: usize = 2;
const FEE_INCOME: usize = 3;
const FEE_EXPENSE: usize = 4;
const CAPITAL: usize = 5;
const FIRST_COUNTERPARTY: usize = 6;
/// Due-from and due-to of one counterparty lie side by side: payments touch both.
const BY_COUNTERPARTY: usize = 2;

/// One institution's book.
#[derive(Debug)]
pub(super) struct Book {
    of: InstitutionId,
    ledger: Ledger,
    institutions: usize,
}

impl Book {
    /// An empty book; the settlement bank's also has a reserve account for each participant.
    pub(super) fn new(of: InstitutionId, institutions: usize, settlement_bank: bool) -> Self {
        let by_counterparty = BY_COUNTERPARTY + usize::from(settlement_bank);
        let accounts = FIRST_COUNTERPARTY + institutions * by_counterparty;
        Self { of, ledger: Ledger::new(accounts), institutions }
    }

    #[inline]
    fn index(&self, account: Account) -> usize {
        match account {
            Account::Settlement => SETTLEMENT,
            Account::CustomerFunds => CUSTOMER_FUNDS,
            Account::MerchantPayable => MERCHANT_PAYABLE,
            Account::FeeIncome => FEE_INCOME,
            Account::FeeExpense => FEE_EXPENSE,
            Account::Capital => CAPITAL,
            Account::DueFrom(other) => FIRST_COUNTERPARTY + other.index() * BY_COUNTERPARTY,
            Account::DueTo(other) => FIRST_COUNTERPARTY + other.index() * BY_COUNTERPARTY + 1,
            Account::ReserveOf(other) => {
                FIRST_COUNTERPARTY + self.institutions * BY_COUNTERPARTY + other.index()
            }
        }
    }

    /// Posts a balanced entry, if there is anything to post.
    #[expect(clippy::inline_always, reason = "accounts and listeners fold at the caller")]
    #[inline(always)]
    pub(super) fn post<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (debit, credit): (Account, Account),
        amount: Amount,
        of: Option<Attempt>,
    ) {
        if amount == Amount::ZERO {
            return;
        }
        let (from, to) = (self.index(debit), self.index(credit));
        self.ledger.post(from, to, amount).expect("two accounts and an amount");
        cx.tell(Fact::Posted { book: self.of, debit, credit, amount, of });
    }

    /// Sets customer funds aside for an attempt.
    #[expect(clippy::inline_always, reason = "accounts and listeners fold at the caller")]
    #[inline(always)]
    pub(super) fn place_hold<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        amount: Amount,
        of: Attempt,
    ) -> Result<HoldId, Refusal> {
        let hold = self.ledger.place_hold(CUSTOMER_FUNDS, amount)?;
        cx.tell(Fact::HoldPlaced { book: self.of, of, amount });
        Ok(hold)
    }

    /// Turns a hold into a debit of customer funds against `credit`.
    #[expect(clippy::inline_always, reason = "accounts and listeners fold at the caller")]
    #[inline(always)]
    pub(super) fn post_hold<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        (hold, credit): (HoldId, Account),
        of: Attempt,
    ) {
        let to = self.index(credit);
        let amount = self.ledger.post_hold(hold, to);
        cx.tell(Fact::HoldPosted { book: self.of, of, amount });
        let debit = Account::CustomerFunds;
        cx.tell(Fact::Posted { book: self.of, debit, credit, amount, of: Some(of) });
    }

    /// Releases a hold.
    pub(super) fn void_hold<O: Observer>(
        &mut self,
        cx: &mut Context<'_, O>,
        hold: HoldId,
        of: Attempt,
    ) {
        let amount = self.ledger.void_hold(hold);
        cx.tell(Fact::HoldVoided { book: self.of, of, amount });
    }

    /// What the settlement bank owes a participant.
    pub(super) fn reserve(&self, participant: InstitutionId) -> Amount {
        let account = self.ledger.account(self.index(Account::ReserveOf(participant)));
        account.credit_balance().expect("a reserve account is never overdrawn")
    }

    /// Whether debits equal credits, counted afresh.
    pub(super) fn balances(&self) -> bool {
        self.ledger.balances()
    }
}
