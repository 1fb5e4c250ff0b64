//! Serde over the tree, so that leaves wrapped in `Sp` learn the place of their value.

use std::collections::btree_map;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::{StrDeserializer, U64Deserializer};
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::source::{Place, SourceId, Sources};
use super::tree::{Entry, Node, Value};

const MARK: &str = "$hutong::place";

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Sp<T> {
    /// The value.
    pub(super) value: T,
    /// Where it stands.
    pub(super) place: Place,
}

impl<T> Sp<T> {
    /// Another value at the same place.
    pub(super) fn with<U>(&self, value: U) -> Sp<U> {
        Sp { value, place: self.place }
    }
}

impl<T: PartialEq> PartialEq for Sp<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Sp<T> {}

impl<T: PartialOrd> PartialOrd for Sp<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord> Ord for Sp<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T: JsonSchema> JsonSchema for Sp<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<'de, T: de::Deserialize<'de>> de::Deserialize<'de> for Sp<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(MARK, Placed(PhantomData))
    }
}

struct Placed<T>(PhantomData<T>);

impl<'de, T: de::Deserialize<'de>> Visitor<'de> for Placed<T> {
    type Value = Sp<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value with its place")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut parts: A) -> Result<Sp<T>, A::Error> {
        let missing = || de::Error::custom("a place is incomplete");
        let source: u64 = parts.next_element()?.ok_or_else(missing)?;
        let start: u64 = parts.next_element()?.ok_or_else(missing)?;
        let end: u64 = parts.next_element()?.ok_or_else(missing)?;
        let value: T = parts.next_element()?.ok_or_else(missing)?;
        let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let source = SourceId::from_raw(source);
        Ok(Sp { value, place: Place { source, start: whole(start), end: whole(end) } })
    }
}

/// What went wrong, and where: the innermost place known.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) place: Option<Place>,
}

impl fmt::Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), place: None }
    }
}

impl Wrong {
    fn at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }
}

/// Reads a typed value from the tree.
pub(super) fn read<T: de::DeserializeOwned>(node: &Node) -> Result<T, Wrong> {
    T::deserialize(NodeReader(node))
}

struct NodeReader<'a>(&'a Node);

impl<'de> de::Deserializer<'de> for NodeReader<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let answer = match &self.0.value {
            Value::Text(text) => visitor.visit_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Boolean(flag) => visitor.visit_bool(*flag),
            Value::Array(items) => visitor.visit_seq(Items(items.iter())),
            Value::Table(table) => visitor.visit_map(Entries { rest: table.iter(), value: None }),
        };
        answer.map_err(|wrong: Wrong| wrong.at(self.0.place))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        if name != MARK {
            return visitor.visit_newtype_struct(self);
        }
        let place = self.0.place;
        visitor.visit_seq(PlaceParts { place, step: 0, inner: Some(self) })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let place = self.0.place;
        let answer = match &self.0.value {
            Value::Text(text) => {
                let word: StrDeserializer<'_, Wrong> = text.as_str().into_deserializer();
                word.deserialize_enum(name, variants, visitor)
            }
            Value::Table(table) => {
                let entries = Entries { rest: table.iter(), value: None };
                visitor.visit_enum(de::value::MapAccessDeserializer::new(entries))
            }
            _ => Err(de::Error::custom("expected one of the choices")),
        };
        answer.map_err(|wrong| wrong.at(place))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'a>(std::slice::Iter<'a, Node>);

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Wrong> {
        self.0.next().map(|node| seed.deserialize(NodeReader(node))).transpose()
    }
}

struct Entries<'a> {
    rest: btree_map::Iter<'a, String, Entry>,
    value: Option<&'a Node>,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Wrong> {
        let Some((name, entry)) = self.rest.next() else { return Ok(None) };
        self.value = Some(&entry.node);
        seed.deserialize(KeyReader { name, place: entry.key }).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let node = self.value.take().ok_or_else(|| de::Error::custom("a value without a key"))?;
        seed.deserialize(NodeReader(node))
    }
}

struct KeyReader<'a> {
    name: &'a str,
    place: Place,
}

impl<'de> de::Deserializer<'de> for KeyReader<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_str(self.name).map_err(|wrong: Wrong| wrong.at(self.place))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        if name != MARK {
            return visitor.visit_newtype_struct(self);
        }
        let place = self.place;
        visitor.visit_seq(PlaceParts { place, step: 0, inner: Some(self) })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let word: StrDeserializer<'_, Wrong> = self.name.into_deserializer();
        word.deserialize_enum(name, variants, visitor).map_err(|wrong| wrong.at(self.place))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any option
    }
}

struct PlaceParts<D> {
    place: Place,
    step: u8,
    inner: Option<D>,
}

impl<'de, D: de::Deserializer<'de, Error = Wrong>> de::SeqAccess<'de> for PlaceParts<D> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Wrong> {
        self.step += 1;
        let number = match self.step {
            1 => self.place.source.raw(),
            2 => self.place.start as u64,
            3 => self.place.end as u64,
            _ => return self.inner.take().map(|inner| seed.deserialize(inner)).transpose(),
        };
        seed.deserialize(U64Deserializer::<Wrong>::new(number)).map(Some)
    }
}

/// The place of a value that the loader supplies.
pub(super) const SUPPLIED: Place = Place { source: Sources::DEFAULTS, start: 0, end: 0 };
