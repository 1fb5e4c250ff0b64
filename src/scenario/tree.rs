//! The TOML tree with the place of every key and value, whichever file they came from.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::{Place, SourceId};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// What it is.
    pub(super) value: Value,
    /// Where it stands; for a table under a header, the header.
    pub(super) place: Place,
}

/// A TOML value; dates and times are kept as text.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number that is not whole, perhaps not finite.
    Float(f64),
    /// Yes or no.
    Boolean(bool),
    /// A list.
    Array(Vec<Node>),
    /// Keys with values, in order of key.
    Table(Table),
}

/// Keys with values, in order of key.
pub(super) type Table = BTreeMap<String, Entry>;

/// One key of a table.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where the key stands.
    pub(super) key: Place,
    /// Its value.
    pub(super) node: Node,
}

impl Value {
    /// Whether it is text.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// What a user would call this kind of value.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a decimal number",
            Self::Boolean(_) => "true or false",
            Self::Array(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    /// The table, if it is one.
    pub(super) fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The table, if it is one.
    pub(super) fn table_mut(&mut self) -> Option<&mut Table> {
        match &mut self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The value under a key of a table.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.table()?.get(key).map(|entry| &entry.node)
    }

    /// The value under a path of keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }
}

/// The tree of a parsed file; whole numbers that do not fit 64 bits become decimal ones.
pub(super) fn tree_of(table: &Spanned<DeTable<'_>>, source: SourceId) -> Node {
    let span = table.span();
    let place = Place { source, start: span.start, end: span.end };
    Node { value: Value::Table(entries_of(table.get_ref(), source)), place }
}

/// The tree of a single parsed value.
pub(super) fn node_of(value: &Spanned<DeValue<'_>>, source: SourceId) -> Node {
    let span = value.span();
    let place = Place { source, start: span.start, end: span.end };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Float(f64::INFINITY), Value::Integer),
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Boolean(*flag),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| node_of(item, source)).collect())
        }
        DeValue::Table(table) => Value::Table(entries_of(table, source)),
    };
    Node { value, place }
}

fn entries_of(table: &DeTable<'_>, source: SourceId) -> Table {
    let entry_of = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let span = key.span();
        let place = Place { source, start: span.start, end: span.end };
        let name: &std::borrow::Cow<'_, str> = key.get_ref();
        (name.to_string(), Entry { key: place, node: node_of(value, source) })
    };
    table.iter().map(entry_of).collect()
}
