//! Baseline files: small TOML for review, whose comments survive an update.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::{Array, DocumentMut, Item, Table, Value};

use crate::measure::gate::{Kept, Measured};

/// The schema that a baseline names.
pub const BASELINE_SCHEMA: &str = "hutong.baseline/1";

/// What a gate compares with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    /// What must be the same for a comparison to mean anything.
    pub identity: BTreeMap<String, String>,
    /// What is being compared: all else, the engine included, by digest.
    pub subject: BTreeMap<String, String>,
    /// The figures.
    pub measured: Measured,
}

impl Baseline {
    /// Reads a baseline file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        let document: DocumentMut = text.parse().map_err(|error| format!("no TOML: {error}"))?;
        let schema = document.get("schema").and_then(Item::as_str);
        if schema != Some(BASELINE_SCHEMA) {
            let found = schema.unwrap_or("nothing");
            return Err(format!("expected schema = \"{BASELINE_SCHEMA}\", found {found}"));
        }
        let mut measured = Measured::new();
        let policies = table(document.as_table(), "policy")?;
        for (name, item) in policies {
            let policy = item.as_table().ok_or_else(|| format!("policy.{name} is no table"))?;
            measured.insert(name.to_owned(), kept(name, policy)?);
        }
        if measured.is_empty() {
            return Err("it holds no policy: there is nothing to compare with".to_owned());
        }
        Ok(Self {
            identity: words(table(document.as_table(), "identity")?)?,
            subject: words(table(document.as_table(), "subject")?)?,
            measured,
        })
    }

    /// The file anew; `old` is what it held, whose comments and order stay.
    ///
    /// # Errors
    /// When the old text is no TOML.
    pub fn write(&self, old: Option<&str>) -> Result<String, String> {
        let name = self.identity.get("name").map(String::as_str);
        let head = format!(
            "# Baseline of {}: what `hutong gate` compares with. `hutong baseline update` writes\n\
             # the figures anew and keeps comments.\nschema = \"{BASELINE_SCHEMA}\"\n",
            name.unwrap_or("a scenario")
        );
        let text = old.unwrap_or(&head);
        let mut document: DocumentMut =
            text.parse().map_err(|error| format!("no TOML: {error}"))?;
        put(document.as_table_mut(), "schema", BASELINE_SCHEMA.into());
        for (section, words) in [("identity", &self.identity), ("subject", &self.subject)] {
            let table = table_mut(document.as_table_mut(), section);
            keep_only(table, words.keys());
            for (key, word) in words {
                put(table, key, word.as_str().into());
            }
        }
        let policies = table_mut(document.as_table_mut(), "policy");
        policies.set_implicit(true);
        keep_only(policies, self.measured.keys());
        for (name, kept) in &self.measured {
            let policy = table_mut(policies, name);
            put(policy, "digests", Value::Array(kept.digests.iter().collect()));
            let metrics = table_mut(policy, "metrics");
            keep_only(metrics, kept.metrics.keys());
            for (metric, values) in &kept.metrics {
                let values: Array = values.iter().copied().collect();
                put(metrics, metric, Value::Array(values));
            }
        }
        Ok(document.to_string())
    }

    /// Parts of the identity that differ: what is there, and what the baseline has.
    pub fn differs<'a>(&'a self, other: &'a Self) -> Vec<(&'a str, &'a str, &'a str)> {
        differences(&self.identity, &other.identity)
    }

    /// Parts of the subject that differ: what a gate is comparing.
    pub fn changed<'a>(&'a self, other: &'a Self) -> Vec<(&'a str, &'a str, &'a str)> {
        differences(&self.subject, &other.subject)
    }
}

fn differences<'a>(
    ours: &'a BTreeMap<String, String>,
    theirs: &'a BTreeMap<String, String>,
) -> Vec<(&'a str, &'a str, &'a str)> {
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let get = |map: &'a BTreeMap<String, String>, key: &String| {
        map.get(key).map_or("nothing", String::as_str)
    };
    keys.into_iter()
        .map(|key| (key.as_str(), get(ours, key), get(theirs, key)))
        .filter(|(_, ours, theirs)| ours != theirs)
        .collect()
}

fn table<'a>(of: &'a Table, key: &str) -> Result<&'a Table, String> {
    of.get(key).and_then(Item::as_table).ok_or_else(|| format!("it lacks the table [{key}]"))
}

fn table_mut<'a>(of: &'a mut Table, key: &str) -> &'a mut Table {
    let item = of.entry(key).or_insert_with(|| Item::Table(Table::new()));
    if !item.is_table() {
        *item = Item::Table(Table::new());
    }
    item.as_table_mut().expect("a table was just put there")
}

fn words(table: &Table) -> Result<BTreeMap<String, String>, String> {
    let word = |(key, item): (&str, &Item)| {
        let text = item.as_str().ok_or_else(|| format!("`{key}` is no text"))?;
        Ok((key.to_owned(), text.to_owned()))
    };
    table.iter().map(word).collect()
}

fn kept<'a>(name: &str, policy: &'a Table) -> Result<Kept, String> {
    let list = |item: Option<&'a Item>, what: &str| {
        let array: Option<&'a Array> = item.and_then(Item::as_array);
        array.ok_or_else(|| format!("policy.{name}: `{what}` is no list"))
    };
    let digest = |value: &Value| value.as_str().map(str::to_owned);
    let digests = list(policy.get("digests"), "digests")?;
    let digests: Option<Vec<String>> = digests.iter().map(digest).collect();
    let digests = digests.ok_or_else(|| format!("policy.{name}: a digest is no text"))?;
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(whole));
    let mut metrics = BTreeMap::new();
    for (metric, item) in table(policy, "metrics")? {
        let values: Option<Vec<f64>> = list(Some(item), metric)?.iter().map(number).collect();
        let values = values.ok_or_else(|| format!("policy.{name}: `{metric}` is no number"))?;
        metrics.insert(metric.to_owned(), values);
    }
    Ok(Kept { digests, metrics })
}

#[expect(clippy::cast_precision_loss, reason = "a figure typed by hand has few digits")]
fn whole(number: i64) -> f64 {
    number as f64
}

fn keep_only<'a>(table: &mut Table, keys: impl Iterator<Item = &'a String>) {
    let keys: BTreeSet<&str> = keys.map(String::as_str).collect();
    table.retain(|key, _| keys.contains(key));
}

/// Puts a value where one stood, with the space and the comment around it.
fn put(table: &mut Table, key: &str, mut new: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        None => {
            table.insert(key, Item::Value(new));
        }
    }
}
