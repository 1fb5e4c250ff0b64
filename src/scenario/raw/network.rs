//! Links, rules and policies as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{DistRaw, Rate, RoleRaw, Time};
use crate::scenario::de::Sp;

/// Latency between institutions and of the access legs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct LinksRaw {
    /// Between any two institutions that no other row speaks of.
    pub(in crate::scenario) default: Option<LinkRaw>,
    /// Between a device or till and its institution.
    pub(in crate::scenario) access: Option<LinkRaw>,
    /// Between particular institutions, both ways; the last row that speaks of a pair wins.
    pub(in crate::scenario) between: Option<Vec<BetweenRaw>>,
    /// Share of messages between institutions that are lost; needs [timers]. None unless stated.
    pub(in crate::scenario) loss: Option<Sp<Rate>>,
}

/// Latency of one direction.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct LinkRaw {
    /// Smallest latency; above zero.
    pub(in crate::scenario) floor: Option<Sp<Time>>,
    /// What is added.
    pub(in crate::scenario) jitter: Option<Sp<DistRaw>>,
}

/// Latency between particular institutions, both ways.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct BetweenRaw {
    /// Institutions or groups at one end.
    pub(in crate::scenario) a: Sp<Vec<Sp<String>>>,
    /// Institutions or groups at the other end.
    pub(in crate::scenario) b: Sp<Vec<Sp<String>>>,
    /// Smallest latency; above zero.
    pub(in crate::scenario) floor: Sp<Time>,
    /// What is added; nothing unless stated.
    pub(in crate::scenario) jitter: Option<Sp<DistRaw>>,
}

/// Whether two roles may talk directly over a rail.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct RuleRaw {
    /// One end.
    pub(in crate::scenario) from: Sp<RoleRaw>,
    /// The other end.
    pub(in crate::scenario) to: Sp<RoleRaw>,
    /// Over what.
    pub(in crate::scenario) rail: RailRaw,
    /// Allowed without a clearing house.
    pub(in crate::scenario) direct: bool,
}

/// What kind of traffic a rule speaks of.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum RailRaw {
    /// Wallet to bank: debits of linked accounts.
    BankDebit,
    /// Wallet to acquirer: interconnected barcode payments.
    Barcode,
}

/// Which wallets' apps and which issuers' codes are joined, and over what.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct PolicyRaw {
    /// Another policy that this one adds to.
    pub(in crate::scenario) extends: Option<Sp<String>>,
    /// Connections; the last that matches a wallet and a code wins.
    pub(in crate::scenario) connect: Option<Vec<ConnectRaw>>,
    /// Whether institutions tell each other what they know about risk; as the parent, else not.
    pub(in crate::scenario) shares_risk: Option<Sp<bool>>,
}

/// These wallets can use these issuers' codes, over this path.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct ConnectRaw {
    /// Wallets, or groups of them.
    pub(in crate::scenario) wallets: Sp<Vec<Sp<String>>>,
    /// Code issuers, or groups of them.
    pub(in crate::scenario) codes: Sp<Vec<Sp<String>>>,
    /// Clearing houses from the wallet's side to the acquirer's: none, one or two.
    pub(in crate::scenario) via: Sp<Vec<Sp<String>>>,
}
