//! Money terms: currency, fees, settlement, calibration.

use crate::units::{Amount, InstitutionId, Ppm};

/// An ISO 4217 currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// Three letters.
    pub code: String,
    /// Decimal places of the minor unit.
    pub exponent: u8,
}

/// One leg of the fee schedule: who pays whom for an accepted payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeLeg {
    /// What it is called.
    pub kind: FeeKind,
    /// Who pays.
    pub payer: FeeParty,
    /// Who earns.
    pub earner: FeeParty,
    /// Share of the amount, rounded half up to a minor unit.
    pub rate: Ppm,
    /// Least fee.
    pub floor: Amount,
    /// Greatest fee.
    pub cap: Option<Amount>,
    /// Which payments it applies to.
    pub scope: FeeScope,
}

/// The kinds of fee, by who pays whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum FeeKind {
    /// Merchant to acquirer.
    MerchantDiscount,
    /// Acquirer to the account side.
    Interchange,
    /// To the clearing house.
    Clearing,
    /// To the issuer of the collection code.
    CodeIssuer,
    /// Wallet to bank, for a debit.
    BankDebit,
}

/// The parties of one payment that may pay or earn a fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum FeeParty {
    /// The shop.
    Merchant,
    /// Its acquirer.
    Acquirer,
    /// The payer's wallet provider.
    Wallet,
    /// The payer's bank; a leg that names it is skipped where no bank takes part.
    Bank,
    /// The clearing house next to the acquirer; a leg that names it is skipped where there is none.
    ClearingHouse,
    /// The issuer of the code.
    CodeIssuer,
}

/// Which payments a fee leg applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeeScope {
    /// Every accepted payment.
    All,
    /// Only where wallet and acquirer are one institution.
    OnUs,
    /// Only where they differ.
    OffUs,
}

/// Where and how obligations are settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Whose books settle.
    pub bank: InstitutionId,
}

/// One row of the table *given | fitted | predicted*.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationRow {
    /// How the figure came about. Only predicted rows count as validation.
    pub kind: CalibrationKind,
    /// What it is, in words.
    pub what: String,
    /// The metric's name in `summary.json`; empty for given rows.
    pub metric: String,
    /// The published value, or its lower end, in the metric's unit.
    pub published_low: f64,
    /// The published value, or its upper end.
    pub published_high: f64,
    /// Relative tolerance around the published range.
    pub tolerance: f64,
    /// Where it was published.
    pub source: String,
}

/// How a figure came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalibrationKind {
    /// An input.
    Given,
    /// An output that inputs were adjusted to meet.
    Fitted,
    /// An output that nothing was adjusted to meet.
    Predicted,
}
