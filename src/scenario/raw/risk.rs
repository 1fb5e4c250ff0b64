//! Risk as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Rate;
use crate::scenario::de::Sp;

/// Fraud, and how well wallets tell it from honest payments before they authorise.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct RiskRaw {
    /// Share of attempts that are fraudulent.
    pub(in crate::scenario) fraud: Sp<Rate>,
    /// Where the wallet is the acquirer too and sees both sides.
    pub(in crate::scenario) on_us: Sp<ScreenRaw>,
    /// Where it sees the payer's side alone.
    pub(in crate::scenario) off_us: Sp<ScreenRaw>,
    /// The same under a policy with `shares_risk`; as `off_us` unless stated.
    pub(in crate::scenario) shared: Option<Sp<ScreenRaw>>,
}

/// How well a wallet tells fraud.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct ScreenRaw {
    /// Share of fraudulent attempts that it refuses.
    pub(in crate::scenario) detects: Sp<Rate>,
    /// Share of honest attempts that it refuses.
    pub(in crate::scenario) false_declines: Sp<Rate>,
}
