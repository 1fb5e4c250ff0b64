//! Consumers, merchants and other demand as written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, Visitor};

use super::{DistRaw, Members, PerTime, Rate, Time};
use crate::scenario::de::{SUPPLIED, Sp};

/// A class of consumers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct ConsumerRaw {
    /// How many people.
    pub(in crate::scenario) population: Option<Sp<i64>>,
    /// Which wallets are held together, with shares that sum to 1.
    pub(in crate::scenario) holds: Option<Sp<Vec<Sp<BundleRaw>>>>,
    /// Preference among the wallets one holds; alike unless stated.
    pub(in crate::scenario) prefers: Option<Sp<Members>>,
    /// How payments are funded: shares that sum to 1.
    pub(in crate::scenario) funding: Option<Sp<FundingRaw>>,
    /// At which banks the linked accounts are held; all banks by share unless stated.
    pub(in crate::scenario) banks: Option<Sp<Members>>,
    /// Amount of one payment.
    pub(in crate::scenario) ticket: Option<Sp<DistRaw>>,
    /// How often they pay.
    pub(in crate::scenario) arrivals: Option<Sp<ArrivalsRaw>>,
}

/// Wallets held by one person.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct BundleRaw {
    /// The wallets.
    pub(in crate::scenario) wallets: Sp<Vec<Sp<String>>>,
    /// Share of the class.
    pub(in crate::scenario) share: Sp<Rate>,
}

/// How payments are funded: shares that sum to 1.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct FundingRaw {
    /// From the wallet's balance.
    pub(in crate::scenario) balance: Option<Sp<Rate>>,
    /// From a linked bank account.
    pub(in crate::scenario) bank: Option<Sp<Rate>>,
}

/// How often: `per_day` for each person, or `rate` for the whole class.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct ArrivalsRaw {
    /// Payments of one person in a day.
    pub(in crate::scenario) per_day: Option<Sp<f64>>,
    /// Arrivals of the whole class, as the mean over a day.
    pub(in crate::scenario) rate: Option<Sp<PerTime>>,
    /// Daily curve: "flat", "retail", or one of `[profiles]`.
    pub(in crate::scenario) profile: Option<Sp<String>>,
}

/// A class of merchants.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct MerchantRaw {
    /// How many shops. Describes only: no figure depends on it yet.
    pub(in crate::scenario) count: Option<Sp<i64>>,
    /// Share of shopping trips that this class attracts, relative to the others.
    pub(in crate::scenario) weight: Option<Sp<f64>>,
    /// The codes on the counter, in order of display.
    pub(in crate::scenario) accepts: Option<Sp<Vec<Sp<AcceptRaw>>>>,
    /// How payments are presented here: weights, relative to each other, of any sum.
    pub(in crate::scenario) modes: Option<Sp<ModesRaw>>,
    /// Whether a dynamic code needs an order fetch.
    pub(in crate::scenario) order_fetch: Option<bool>,
    /// Merchant category, free text. Describes only: no figure depends on it yet.
    pub(in crate::scenario) category: Option<String>,
}

/// One code on the counter: its issuer's name, or the issuer with an acquirer.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct AcceptRaw {
    /// Whose code it is.
    pub(in crate::scenario) code: Sp<String>,
    /// Who acquires payments made with it; the issuer itself unless stated.
    pub(in crate::scenario) acquirer: Option<Sp<String>>,
}

/// A code with its acquirer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct AcceptTable {
    /// Whose code it is.
    code: Sp<String>,
    /// Who acquires payments made with it; the issuer itself unless stated.
    acquirer: Option<Sp<String>>,
}

struct AcceptVisitor;

impl<'de> Visitor<'de> for AcceptVisitor {
    type Value = AcceptRaw;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a code issuer")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<AcceptRaw, E> {
        let code = Sp { value: text.to_owned(), place: SUPPLIED };
        Ok(AcceptRaw { code, acquirer: None })
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<AcceptRaw, A::Error> {
        let table = AcceptTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(AcceptRaw { code: table.code, acquirer: table.acquirer })
    }
}

impl<'de> Deserialize<'de> for AcceptRaw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AcceptVisitor)
    }
}

impl JsonSchema for AcceptRaw {
    fn schema_name() -> Cow<'static, str> {
        "Acceptance".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<AcceptTable>();
        json_schema!({
            "description": "A code issuer, or a table with `code` and `acquirer`.",
            "x-expected": "a code issuer's name, or { code = \"…\", acquirer = \"…\" }",
            "anyOf": [{ "type": "string" }, table],
        })
    }
}

/// Weights of the presentment modes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) struct ModesRaw {
    /// Merchant-presented, printed once.
    pub(in crate::scenario) r#static: Option<Sp<f64>>,
    /// Merchant-presented, made for this order.
    pub(in crate::scenario) dynamic: Option<Sp<f64>>,
    /// The till scans the app.
    pub(in crate::scenario) consumer_presented: Option<Sp<f64>>,
    /// A tag that acts as a static code.
    pub(in crate::scenario) tap: Option<Sp<f64>>,
}

/// Human time, drawn once for each attempt.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct PresentmentRaw {
    /// Consumer-presented: open the app, show the code, be scanned.
    pub(in crate::scenario) show: Option<Sp<DistRaw>>,
    /// Merchant-presented: open the app and scan the sign.
    pub(in crate::scenario) scan: Option<Sp<DistRaw>>,
    /// Unlock and touch.
    pub(in crate::scenario) tap: Option<Sp<DistRaw>>,
    /// Type the amount after a static code.
    pub(in crate::scenario) type_amount: Option<Sp<DistRaw>>,
    /// Password or fingerprint.
    pub(in crate::scenario) authenticate: Option<Sp<DistRaw>>,
}

/// Background traffic, bursts and replay.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct DemandRaw {
    /// Clearing traffic that is no barcode payment, by name.
    pub(in crate::scenario) background: Option<BTreeMap<Sp<String>, BackgroundRaw>>,
    /// A log of real payments to play back.
    pub(in crate::scenario) replay: Option<ReplayRaw>,
    /// Times of more demand, or less.
    pub(in crate::scenario) bursts: Option<Vec<BurstRaw>>,
}

/// Clearing traffic that is no barcode payment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct BackgroundRaw {
    /// The clearing house that carries it.
    pub(in crate::scenario) house: Option<Sp<String>>,
    /// Who owes.
    pub(in crate::scenario) debtors: Option<Sp<Members>>,
    /// Who is owed.
    pub(in crate::scenario) creditors: Option<Sp<Members>>,
    /// Amount of one item.
    pub(in crate::scenario) ticket: Option<Sp<DistRaw>>,
    /// How often; `rate` only.
    pub(in crate::scenario) arrivals: Option<Sp<ArrivalsRaw>>,
}

/// A log of real payments to play back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct ReplayRaw {
    /// A CSV file with the columns `time` (seconds since the epoch, or an instant), `payer` (any
    /// text), `wallet`, `merchant` (a class) or `code` (a payment or collection code), `mode`,
    /// `funding` (`balance`, `bank` or `bank:NAME`) and `amount`. The path starts from this file's
    /// folder.
    pub(in crate::scenario) file: Sp<String>,
    /// How far out of order its rows may be.
    pub(in crate::scenario) look_back: Option<Sp<Time>>,
}

/// A time of more demand, or less.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct BurstRaw {
    /// Start: time after the epoch such as "90m", or the first time of day such as "10:00".
    pub(in crate::scenario) from: Sp<String>,
    /// How long.
    pub(in crate::scenario) r#for: Sp<Time>,
    /// Multiplies the rate.
    pub(in crate::scenario) factor: Sp<f64>,
    /// Which consumer classes; all unless stated.
    pub(in crate::scenario) consumers: Option<Vec<Sp<String>>>,
}
