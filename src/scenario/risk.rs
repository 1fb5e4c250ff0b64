//! Risk: fraud, and how well wallets tell it from honest payments.

use crate::units::Ppm;

/// Fraud, and how well wallets tell it before they authorise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risk {
    /// Share of attempts that are fraudulent.
    pub fraud: Ppm,
    /// Where the wallet is the acquirer too and sees both sides.
    pub on_us: Screen,
    /// Where it sees the payer's side alone.
    pub off_us: Screen,
    /// The same under a policy that shares risk information.
    pub shared: Screen,
}

/// How well a wallet tells fraud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// Share of fraudulent attempts that it refuses.
    pub detects: Ppm,
    /// Share of honest attempts that it refuses.
    pub false_declines: Ppm,
}
