//! Leaves of the scenario file: quantities as they are written, before their units are read.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::scenario::de::Sp;

/// A string or a number, as written.
#[derive(Clone, Debug)]
pub(in crate::scenario) enum Written {
    /// In quotes.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Float(f64),
}

impl fmt::Display for Written {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(out, "\"{text}\""),
            Self::Integer(number) => write!(out, "{number}"),
            Self::Float(number) => write!(out, "{number}"),
        }
    }
}

struct WrittenVisitor;

impl Visitor<'_> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string or a number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
        Ok(Written::Text(text.to_owned()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Written, E> {
        Ok(Written::Integer(number))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Written, E> {
        Ok(Written::Float(number))
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

/// A leaf type with its own wording in the schema.
macro_rules! leaf {
    ($(#[$doc:meta])* $name:ident, $types:tt, $expected:literal, $examples:tt) => {
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Deserialize)]
        pub(in crate::scenario) struct $name(pub(in crate::scenario) Written);

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": $types,
                    "description": concat!("Write ", $expected, "."),
                    "examples": $examples,
                    "x-expected": $expected,
                })
            }
        }
    };
}

leaf!(
    /// A length of time.
    Time, "string", "a length of time such as \"200us\", \"1.2ms\" or \"4h\"",
    ["200us", "1.2ms", "30s", "10m", "4h"]
);
leaf!(
    /// An amount of money.
    Money, ["string", "integer"], "money as a string such as \"20.00\"", ["20.00", "1200000000.00"]
);
leaf!(
    /// A share.
    Rate, ["string", "number"],
    "a share such as 0.03, \"3%\", \"38bp\" or \"500ppm\"", ["3%", "38bp", "500ppm", 0.03]
);
leaf!(
    /// A seed.
    Seed, ["integer", "string"],
    "a whole number or a hexadecimal string such as \"0xC0FFEE\"", [42, "0xC0FFEE"]
);
leaf!(
    /// A rate of arrivals.
    PerTime, "string", "arrivals per time such as \"200/s\" or \"12000/m\"", ["200/s", "12000/m"]
);
leaf!(
    /// A quantity in the unit that the place asks for: time for a service, money for a ticket.
    Quantity, ["string", "integer"],
    "a time such as \"30ms\" or money such as \"20.00\", as the place asks for",
    ["30ms", "20.00"]
);

/// A distribution: a bare quantity is a constant.
#[derive(Clone, Debug)]
pub(in crate::scenario) enum DistRaw {
    /// A constant.
    Constant(Quantity),
    /// Anything else.
    Choice(Box<DistChoice>),
}

/// The distributions, each under its name.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::scenario) enum DistChoice {
    /// Always the same value.
    Constant(Sp<Quantity>),
    /// Every value from `low` to `high` alike.
    Uniform {
        /// Smallest value.
        low: Sp<Quantity>,
        /// Largest value.
        high: Sp<Quantity>,
    },
    /// Exponential.
    Exponential {
        /// The mean.
        mean: Sp<Quantity>,
    },
    /// Log-normal: `mean` with `cv`, or `median` with `sigma`.
    Lognormal(Sp<LognormalRaw>),
    /// Weibull.
    Weibull {
        /// Shape; 1 is exponential.
        shape: Sp<f64>,
        /// Scale.
        scale: Sp<Quantity>,
    },
    /// Pareto.
    Pareto {
        /// Smallest value.
        low: Sp<Quantity>,
        /// Tail index; the mean exists above 1.
        shape: Sp<f64>,
    },
    /// Measured values from a file.
    Empirical(EmpiricalRaw),
}

/// A log-normal distribution: `mean` with `cv`, or `median` with `sigma`.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
pub(in crate::scenario) struct LognormalRaw {
    /// The mean; goes with `cv`.
    pub(in crate::scenario) mean: Option<Sp<Quantity>>,
    /// Coefficient of variation: standard deviation divided by mean.
    pub(in crate::scenario) cv: Option<Sp<f64>>,
    /// The median; goes with `sigma`.
    pub(in crate::scenario) median: Option<Sp<Quantity>>,
    /// Standard deviation of the logarithm.
    pub(in crate::scenario) sigma: Option<Sp<f64>>,
}

/// Measured values from a file.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
pub(in crate::scenario) struct EmpiricalRaw {
    /// A CSV with the columns `value` and, if wanted, `weight`; or an `HdrHistogram` interval log
    /// whose name ends in `.hlog`. The path starts from this file's folder.
    pub(in crate::scenario) file: Sp<String>,
    /// What one unit of an `.hlog` value is; "1us" for times and one minor unit for money unless
    /// stated.
    pub(in crate::scenario) unit: Option<Sp<Quantity>>,
}

struct DistVisitor;

impl<'de> Visitor<'de> for DistVisitor {
    type Value = DistRaw;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a distribution")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<DistRaw, E> {
        Ok(DistRaw::Constant(Quantity(Written::Text(text.to_owned()))))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<DistRaw, E> {
        Ok(DistRaw::Constant(Quantity(Written::Integer(number))))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<DistRaw, A::Error> {
        let choice = DistChoice::deserialize(MapAccessDeserializer::new(map))?;
        Ok(DistRaw::Choice(Box::new(choice)))
    }
}

impl<'de> Deserialize<'de> for DistRaw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DistVisitor)
    }
}

impl JsonSchema for DistRaw {
    fn schema_name() -> Cow<'static, str> {
        "Distribution".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let constant = generator.subschema_for::<Quantity>();
        let choice = generator.subschema_for::<DistChoice>();
        json_schema!({
            "description": "A distribution; a bare quantity is a constant.",
            "anyOf": [constant, choice],
        })
    }
}

/// One thing or a list of them or a table of weights, each an institution or a group.
#[derive(Clone, Debug)]
pub(in crate::scenario) enum Members {
    /// One name.
    One(Sp<String>),
    /// Several names, alike.
    List(Vec<Sp<String>>),
    /// Names with weights.
    Weights(Vec<(Sp<String>, Sp<f64>)>),
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name, a list of names or a table of weights")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Members, E> {
        let place = crate::scenario::de::SUPPLIED;
        Ok(Members::One(Sp { value: text.to_owned(), place }))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, items: A) -> Result<Members, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(items)).map(Members::List)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut weights = Vec::new();
        while let Some(pair) = map.next_entry()? {
            weights.push(pair);
        }
        Ok(Members::Weights(weights))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MembersVisitor)
    }
}

impl JsonSchema for Members {
    fn schema_name() -> Cow<'static, str> {
        "Members".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An institution or a group, a list of them, or a table of weights.",
            "x-expected": "a name, a list of names, or a table of names with weights",
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
                { "type": "object", "additionalProperties": { "type": "number" } },
            ],
        })
    }
}
