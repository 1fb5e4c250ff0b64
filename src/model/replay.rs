//! Replay: payments of a log become intentions with a single attempt each, as they were made.
//!
//! A row states wallet, mode, funding and amount. What the policy adds is the route: a row that the
//! policy leaves without one is an attempt that nobody could read, and a lost sale.

use super::compile::Model;
use super::context::{SourceKeys, purpose};
use super::population::weighted;
use super::source::Intention;
use crate::kernel::sampler::Alias;
use crate::scenario::replay::{self, ReplayFunding, ReplayRow, ReplayShop, Rows};
use crate::scenario::{Replay, Scenario};
use crate::units::{Instant, InstitutionId};

/// A log being played back: one row is read ahead.
pub(super) struct Replayed {
    rows: Result<Rows, String>,
    next: Option<ReplayRow>,
    banks: Option<(Alias, Vec<InstitutionId>)>,
}

impl Replayed {
    pub(super) fn new(log: &Replay, scenario: &Scenario) -> Self {
        let banks = weighted(&replay::banks(scenario));
        Self { rows: replay::open(log, scenario), next: None, banks }
    }

    /// Reads the next row; answers its instant, or `None` at the end of the log.
    pub(super) fn read(&mut self) -> Result<Option<Instant>, String> {
        let rows = self.rows.as_mut().map_err(std::mem::take)?;
        self.next = rows.next().transpose()?;
        Ok(self.next.map(|row| row.at))
    }

    /// The intention of the row read last.
    pub(super) fn take(&mut self, model: &Model, keys: &SourceKeys, number: u64) -> Intention {
        let row = self.next.take().expect("an intention arises once its row is read");
        let (merchant, choice) = match row.shop {
            ReplayShop::Class(id) => {
                (Some(id), model.choice(row.wallet.index(), id.index(), row.mode))
            }
            ReplayShop::Code(issuer) => {
                (None, issuer.and_then(|code| model.code_choice((row.wallet, code), row.mode)))
            }
        };
        let bank = match (row.funding, &self.banks) {
            (ReplayFunding::BankAt(bank), _) => Some(bank),
            (ReplayFunding::Bank, Some((alias, banks))) => {
                let person = keys.people.with(row.payer);
                Some(banks[alias.at(person.draw(purpose::BANK))])
            }
            _ => None,
        };
        Intention {
            number,
            at: row.at,
            consumer: row.payer,
            amount: row.amount,
            merchant,
            bundle: 0,
            mode: row.mode,
            from_bank: bank.is_some(),
            other: bank.unwrap_or(model.settlement_bank),
            counted: false,
            stated: Some((row.wallet, choice)),
        }
    }
}
