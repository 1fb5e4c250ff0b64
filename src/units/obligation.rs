//! The unit of clearing, and its way through settlement.

use super::{Amount, Instant, InstitutionId};

/// A cleared claim: the debtor agent owes the creditor agent an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Who owes.
    pub debtor_agent: InstitutionId,
    /// Who is owed.
    pub creditor_agent: InstitutionId,
    /// How much; never zero.
    pub amount: Amount,
}

/// An obligation that reached settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Which one: its place among all, in order of arrival, from 0.
    pub number: u32,
    /// Larger is more urgent.
    pub priority: u8,
    /// When it arrived.
    pub at: Instant,
    /// Who owes whom, and how much of it is still open.
    pub obligation: Obligation,
}

/// An obligation discharged in settlement, or a part of one that is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discharge {
    /// The obligation, with the amount that was discharged now.
    pub due: Due,
    /// Nothing of the obligation is open any more.
    pub whole: bool,
}

/// What a participant can pay with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Opening balance in minor units; below zero where credit is in use.
    pub opening: i128,
    /// How far below zero the balance may go.
    pub credit_limit: Amount,
}
