//! Fees and calibration as written.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::{Money, Rate};
use crate::scenario::de::Sp;

/// One leg of the fee schedule: who pays whom for an accepted payment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct FeeRaw {
    /// What it is called.
    pub(in crate::scenario) kind: LegRaw,
    /// Who pays.
    pub(in crate::scenario) payer: Sp<PartyRaw>,
    /// Who earns.
    pub(in crate::scenario) earner: Sp<PartyRaw>,
    /// Share of the amount, rounded half up to a minor unit.
    pub(in crate::scenario) rate: Option<Sp<Rate>>,
    /// Least fee.
    pub(in crate::scenario) floor: Option<Sp<Money>>,
    /// Greatest fee.
    pub(in crate::scenario) cap: Option<Sp<Money>>,
    /// Which payments it applies to.
    pub(in crate::scenario) scope: Option<ScopeRaw>,
}

/// The kinds of fee, by who pays whom.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum LegRaw {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum PartyRaw {
    /// The shop.
    Merchant,
    /// Its acquirer.
    Acquirer,
    /// The payer's wallet provider.
    Wallet,
    /// The payer's bank; skipped where no bank takes part.
    Bank,
    /// The clearing house next to the acquirer; skipped where there is none.
    ClearingHouse,
    /// The issuer of the code; skipped where it is neither the wallet nor the acquirer, for then
    /// it takes no part in the payment's messages.
    CodeIssuer,
}

/// Which payments a fee leg applies to.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum ScopeRaw {
    /// Every accepted payment.
    All,
    /// Only where wallet and acquirer are one institution.
    OnUs,
    /// Only where they differ.
    OffUs,
}

/// One row of the table *given | fitted | predicted*.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::scenario) struct CalibrationRaw {
    /// How the figure came about; only predicted rows count as validation.
    pub(in crate::scenario) kind: Sp<KindRaw>,
    /// What it is, in words.
    pub(in crate::scenario) what: Sp<String>,
    /// The metric's name in summary.json; none for given rows.
    pub(in crate::scenario) metric: Option<Sp<String>>,
    /// The published value, or its lower and upper end as a list, in the metric's unit.
    pub(in crate::scenario) published: Sp<PublishedRaw>,
    /// Relative tolerance around the published range.
    pub(in crate::scenario) tolerance: Option<Sp<Rate>>,
    /// Where it was published.
    pub(in crate::scenario) source: Sp<String>,
}

/// How a figure came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum KindRaw {
    /// An input.
    Given,
    /// An output that inputs were adjusted to meet.
    Fitted,
    /// An output that nothing was adjusted to meet.
    Predicted,
}

/// A number, or a list of the lower and the upper end.
#[derive(Clone, Debug)]
pub(in crate::scenario) struct PublishedRaw(pub(in crate::scenario) Vec<f64>);

struct PublishedVisitor;

impl<'de> Visitor<'de> for PublishedVisitor {
    type Value = PublishedRaw;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a number or two")
    }

    #[allow(clippy::cast_precision_loss, reason = "a published figure has few digits")]
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<PublishedRaw, E> {
        Ok(PublishedRaw(vec![number as f64]))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<PublishedRaw, E> {
        Ok(PublishedRaw(vec![number]))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<PublishedRaw, A::Error> {
        let mut ends = Vec::new();
        while let Some(end) = items.next_element()? {
            ends.push(end);
        }
        Ok(PublishedRaw(ends))
    }
}

impl<'de> Deserialize<'de> for PublishedRaw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PublishedVisitor)
    }
}

impl JsonSchema for PublishedRaw {
    fn schema_name() -> Cow<'static, str> {
        "Published".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number, or a list of the lower and the upper end.",
            "x-expected": "a number such as 210, or a range such as [180, 240]",
            "anyOf": [{ "type": "number" }, { "type": "array", "items": { "type": "number" } }],
        })
    }
}
