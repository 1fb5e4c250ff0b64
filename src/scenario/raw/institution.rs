//! Institutions and groups as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{DistRaw, Money, Rate};
use crate::scenario::de::Sp;

/// What an institution may be; one firm holds several roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum RoleRaw {
    /// Holds the payer's wallet account and issues payment codes.
    Wallet,
    /// Holds deposits and answers bank debits.
    Bank,
    /// Contracts merchants and owes them their money.
    Acquirer,
    /// Issues collection codes.
    CodeIssuer,
    /// Combines channels without a licence. Describes only: no figure depends on it yet.
    Aggregator,
    /// Switches, clears and nets.
    ClearingHouse,
    /// Its books settle.
    SettlementBank,
    /// A wallet provider abroad.
    OverseasWallet,
    /// Joins overseas wallets to domestic codes. Describes only: no figure depends on it yet.
    CrossBorderGateway,
    /// Operates digital-currency wallets.
    EcnyOperator,
}

/// One institution.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct InstitutionRaw {
    /// What it may do.
    pub(in crate::scenario) roles: Option<Sp<Vec<Sp<RoleRaw>>>>,
    /// Its processing capacity.
    pub(in crate::scenario) station: Option<Sp<StationRaw>>,
    /// Which payment codes it issues.
    pub(in crate::scenario) payment_codes: Option<Vec<PaymentCodesRaw>>,
    /// Which collection codes it issues.
    pub(in crate::scenario) collection_codes: Option<Vec<Sp<CollectionRaw>>>,
    /// Opening balance of its account at the settlement bank.
    pub(in crate::scenario) reserve: Option<Sp<Money>>,
    /// Opening deposits or wallet balances that it owes its customers.
    pub(in crate::scenario) customer_funds: Option<Sp<Money>>,
    /// Base declines by reason, independent of load: of each instruction that it decides. Who is
    /// asked twice about one payment, to parse a code and to debit, decides twice.
    pub(in crate::scenario) declines: Option<BTreeMap<Sp<String>, Sp<Rate>>>,
    /// How obligations accepted by this clearing house are settled.
    pub(in crate::scenario) settlement: Option<TermsRaw>,
    /// The clearing house that carries this wallet's bank debits; without it the link is direct.
    pub(in crate::scenario) debits_via: Option<Sp<String>>,
}

/// Many institutions at once: `count` with `concentration`, or `from` a CSV file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct GroupRaw {
    /// What each member may do.
    pub(in crate::scenario) roles: Option<Sp<Vec<Sp<RoleRaw>>>>,
    /// How many members; they are named `group-01`, `group-02`, … by size.
    pub(in crate::scenario) count: Option<Sp<i64>>,
    /// How unequal their shares are; equal unless stated.
    pub(in crate::scenario) concentration: Option<Sp<ConcentrationRaw>>,
    /// A CSV file with the columns `name`, and if wanted `share`, `servers`, `reserve`,
    /// `customer_funds` and any decline reason. The path starts from this file's folder.
    pub(in crate::scenario) from: Option<Sp<String>>,
    /// Processing capacity; `servers` is the total, divided by share, at least one each.
    pub(in crate::scenario) station: Option<Sp<StationRaw>>,
    /// Which payment codes each member issues.
    pub(in crate::scenario) payment_codes: Option<Vec<PaymentCodesRaw>>,
    /// Which collection codes each member issues.
    pub(in crate::scenario) collection_codes: Option<Vec<Sp<CollectionRaw>>>,
    /// Opening balances at the settlement bank in total, divided by share.
    pub(in crate::scenario) reserve: Option<Sp<Money>>,
    /// Opening customer money in total, divided by share.
    pub(in crate::scenario) customer_funds: Option<Sp<Money>>,
    /// Base declines of each member by reason; a CSV column of that name goes before.
    pub(in crate::scenario) declines: Option<BTreeMap<Sp<String>, Sp<Rate>>>,
    /// How obligations accepted by these clearing houses are settled.
    pub(in crate::scenario) settlement: Option<TermsRaw>,
    /// The clearing house that carries these wallets' bank debits.
    pub(in crate::scenario) debits_via: Option<Sp<String>>,
}

/// How unequal the members of a group are: `zipf`, or `top` with `hhi`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct ConcentrationRaw {
    /// Share of the n-th member is proportional to n to the minus this power.
    pub(in crate::scenario) zipf: Option<Sp<f64>>,
    /// Share of the largest member; goes with `hhi`.
    pub(in crate::scenario) top: Option<Sp<Rate>>,
    /// Herfindahl-Hirschman index: the sum of the squared shares, in (0, 1].
    pub(in crate::scenario) hhi: Option<Sp<f64>>,
}

/// Servers, service and waiting room.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct StationRaw {
    /// Parallel servers.
    pub(in crate::scenario) servers: Option<Sp<i64>>,
    /// Service time of one message.
    pub(in crate::scenario) service: Option<Sp<DistRaw>>,
    /// Most messages that may wait; more are turned away. No limit unless stated.
    pub(in crate::scenario) queue_limit: Option<Sp<i64>>,
    /// Whether answers passing through take a server.
    pub(in crate::scenario) answers: Option<AnswersRaw>,
    /// Who is served next.
    pub(in crate::scenario) discipline: Option<DisciplineRaw>,
    /// Where the servers stand: names with weights. Messages go to whichever site has a server
    /// free; only a fault of one makes a difference.
    pub(in crate::scenario) sites: Option<Sp<BTreeMap<Sp<String>, Sp<f64>>>>,
}

/// How a station treats answers on their way back.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum AnswersRaw {
    /// Answers queue and are served like instructions.
    Shared,
    /// Answers pass without queueing or service.
    Bypass,
}

/// Order of service.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum DisciplineRaw {
    /// First come, first served.
    Fcfs,
    /// Last come, first served, without pre-emption.
    Lcfs,
}

/// Payment codes of one issuer: decimal prefixes and lengths.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct PaymentCodesRaw {
    /// Decimal prefixes, such as "10".
    pub(in crate::scenario) prefixes: Vec<Sp<String>>,
    /// Length in digits; or `length_min` with `length_max`.
    pub(in crate::scenario) length: Option<Sp<i64>>,
    /// Shortest length in digits.
    pub(in crate::scenario) length_min: Option<Sp<i64>>,
    /// Longest length in digits.
    pub(in crate::scenario) length_max: Option<Sp<i64>>,
}

/// How a collection code names its issuer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum CollectionRaw {
    /// A URL that starts so, such as "<https://qr.95516.com/>".
    Url(String),
    /// An `EMVCo` merchant account template with this globally unique identifier.
    Emv(String),
}

/// How obligations accepted by a clearing house are settled.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct TermsRaw {
    /// The regime.
    pub(in crate::scenario) regime: Option<RegimeRaw>,
    /// The settlement bank; the scenario's one unless stated.
    pub(in crate::scenario) at: Option<Sp<String>>,
}

/// Settlement regimes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum RegimeRaw {
    /// Multilateral net positions, settled at cut-offs.
    DeferredNet {
        /// Times of day, increasing, such as "11:00".
        cut_offs: Sp<Vec<Sp<String>>>,
    },
}
