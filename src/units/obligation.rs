//! The unit of clearing.

use super::{Amount, InstitutionId};

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
