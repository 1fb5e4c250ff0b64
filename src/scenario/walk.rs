//! Second pass: the tree against the schema. Every unknown key, wrong type and unknown word.

use serde_json::Value as Json;

use super::mistake::{Mistake, nearest};
use super::schema::schema_ref;
use super::source::Place;
use super::tree::{Node, Table, Value};

/// Sections and keys that the language will have, with what to do until then.
const NOT_BUILT: [(&str, &str); 4] = [
    ("accounts", "reserves and customer money are `reserve` and `customer_funds`"),
    ("calendar", "every day is a working day"),
    ("sweep", "list the variants as policies, or use --set"),
    ("codes", "write `payment_codes` and `collection_codes` at the institution"),
];

/// Sections that are written elsewhere.
const ELSEWHERE: [(&str, &str); 5] = [
    ("sites", "write `sites` at the station of an institution or group"),
    ("stations", "write `station` at each institution or group"),
    ("funding", "write `funding` at each class of consumers"),
    ("declines", "write `declines` at each institution or group"),
    ("window", "write it under [output]"),
];

/// Regimes that the language will have.
const REGIMES: [&str; 5] = ["gross", "real-time-gross", "hybrid", "queued", "bilateral"];

/// What the walk found.
pub(super) struct Walk {
    /// All mistakes.
    pub(super) mistakes: Vec<Mistake>,
    /// Whether the tree can still be read: every mistake was mended by its likely correction.
    pub(super) readable: bool,
}

/// Checks the tree and mends what it can, so that later passes find further mistakes.
pub(super) fn walk(root: &mut Node) -> Walk {
    let mut walker = Walker { found: Walk { mistakes: Vec::new(), readable: true } };
    walker.node(root, schema_ref(), &mut Vec::new());
    walker.found
}

struct Walker {
    found: Walk,
}

impl Walker {
    fn node(&mut self, node: &mut Node, schema: &'static Json, path: &mut Vec<String>) {
        if let Value::Float(number) = node.value
            && !number.is_finite()
        {
            return self.broken(
                Mistake::at("scenario::not-finite", node.place, not_finite(path))
                    .help("write a finite number that fits 64 bits"),
            );
        }
        let branches = branches_of(schema);
        let chosen: Vec<&'static Json> =
            branches.iter().copied().filter(|branch| takes(branch, &node.value)).collect();
        match &mut node.value {
            _ if chosen.is_empty() => self.wrong_type(node, schema, &branches, path),
            Value::Text(_) => self.text(node, &chosen, path),
            Value::Table(_)
                if is_choice(schema) && chosen.iter().all(|branch| tag_of(branch).is_some()) =>
            {
                self.choice(node, &chosen, path);
            }
            Value::Table(_) => self.table(node, chosen[0], path),
            Value::Array(items) => {
                let Some(item) = chosen[0].get("items") else { return };
                for (index, entry) in items.iter_mut().enumerate() {
                    path.push(index.to_string());
                    self.node(entry, item, path);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    fn broken(&mut self, mistake: Mistake) {
        self.found.readable = false;
        self.found.mistakes.push(mistake);
    }

    fn wrong_type(
        &mut self,
        node: &Node,
        schema: &'static Json,
        branches: &[&'static Json],
        path: &[String],
    ) {
        let expected = expected(schema, branches);
        let message = format!("`{}` is {}", dotted(path), node.value.kind());
        let mistake = Mistake::at("scenario::wrong-type", node.place, message);
        self.broken(mistake.label(format!("expected {expected}")));
    }

    fn text(&mut self, node: &mut Node, chosen: &[&'static Json], path: &[String]) {
        let words: Vec<&'static str> = chosen.iter().flat_map(|branch| words_of(branch)).collect();
        let Value::Text(text) = &node.value else { return };
        let free = chosen.iter().any(|branch| words_of(branch).is_empty());
        if free || words.contains(&text.as_str()) {
            return;
        }
        let message = format!("`{}` has no choice \"{text}\"", dotted(path));
        let mistake = Mistake::at("scenario::unknown-choice", node.place, message)
            .label(format!("expected {}", one_of(&words)));
        match nearest(text, words.iter().copied()) {
            Some(word) => {
                let instead = Some(format!("\"{word}\""));
                let mistake = mistake.help(format!("did you mean \"{word}\"?")).instead(instead);
                self.found.mistakes.push(mistake);
                node.value = Value::Text(word.to_owned());
            }
            None => self.broken(mistake),
        }
    }

    /// A table that holds exactly one of several named forms.
    fn choice(&mut self, node: &mut Node, chosen: &[&'static Json], path: &mut Vec<String>) {
        let tags: Vec<&'static str> = chosen.iter().filter_map(|branch| tag_of(branch)).collect();
        let place = node.place;
        let Some(table) = node.table_mut() else { return };
        let told = !table.is_empty();
        for (key, place) in keys_of(table) {
            if !tags.contains(&key.as_str()) {
                self.unknown_key(table, &key, place, (&tags, path));
            }
        }
        let present: Vec<String> = table.keys().cloned().collect();
        match present.as_slice() {
            // The unknown key was the only one.
            [] if told => self.found.readable = false,
            [] => self.broken(
                Mistake::at("scenario::no-choice", place, format!("`{}` is empty", dotted(path)))
                    .label(format!("expected {}", one_of_keys(&tags))),
            ),
            [tag] => {
                let branch = chosen.iter().find(|branch| tag_of(branch) == Some(tag));
                let Some(inner) = branch.and_then(|branch| branch["properties"].get(tag)) else {
                    return self.found.readable = false;
                };
                path.push(tag.clone());
                if let Some(entry) = table.get_mut(tag) {
                    self.node(&mut entry.node, inner, path);
                }
                path.pop();
            }
            [first, second, ..] => {
                let message = format!("`{}` states more than one form", dotted(path));
                let mistake = Mistake::at("scenario::two-choices", table[second].key, message)
                    .label("another form")
                    .also(table[first].key, "one form")
                    .help(format!("keep one of {}", list(&tags)));
                self.broken(mistake);
            }
        }
    }

    fn table(&mut self, node: &mut Node, schema: &'static Json, path: &mut Vec<String>) {
        let place = node.place;
        let Some(table) = node.table_mut() else { return };
        let properties = schema.get("properties").and_then(Json::as_object);
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        let known: Vec<&'static str> =
            properties.into_iter().flat_map(|known| known.keys().map(String::as_str)).collect();
        for (key, place) in keys_of(table) {
            if others.is_none() && !known.contains(&key.as_str()) {
                self.unknown_key(table, &key, place, (&known, path));
            }
        }
        for (key, entry) in table.iter_mut() {
            let inner = properties.and_then(|known| known.get(key)).or(others);
            if let Some(inner) = inner {
                path.push(key.clone());
                self.node(&mut entry.node, inner, path);
                path.pop();
            }
        }
        let required = schema.get("required").and_then(Json::as_array);
        for key in required.into_iter().flatten().filter_map(Json::as_str) {
            if !table.contains_key(key) {
                let message = format!("`{}` lacks `{key}`", dotted(path));
                let expected = properties.and_then(|known| known.get(key)).map(describe);
                let label = format!("`{key}` is missing: {}", expected.unwrap_or_default());
                let mistake = Mistake::at("scenario::missing-key", place, message);
                self.broken(mistake.label(label));
            }
        }
    }

    /// Reports an unknown key and puts the likely correction in its place.
    fn unknown_key(
        &mut self,
        table: &mut Table,
        key: &str,
        place: Place,
        (known, path): (&[&'static str], &[String]),
    ) {
        let Some(entry) = table.remove(key) else { return };
        let at = |code, message: String| Mistake::at(code, place, message);
        let listed = |list: &[(&'static str, &'static str)]| {
            list.iter().find(|(name, _)| *name == key).map(|(_, advice)| *advice)
        };
        if path.is_empty()
            && let Some(advice) = listed(&NOT_BUILT)
        {
            let mistake = at("scenario::not-built", format!("`{key}` is not built yet"));
            return self.found.mistakes.push(mistake.help(format!("remove it: {advice}")));
        }
        if path.last().is_some_and(|last| last == "regime") && REGIMES.contains(&key) {
            let mistake = at("scenario::not-built", format!("the regime `{key}` is not built yet"));
            return self
                .found
                .mistakes
                .push(mistake.label(format!("expected {}", one_of_keys(known))));
        }
        let message = match path {
            [] => format!("unknown key `{key}`"),
            _ => format!("unknown key `{key}` in `{}`", dotted(path)),
        };
        let mistake = at("scenario::unknown-key", message);
        let advice = listed(&ELSEWHERE).filter(|_| path.is_empty());
        let mistake = if let Some(advice) = advice {
            mistake.help(advice)
        } else if let Some(name) = nearest(key, known.iter().copied()) {
            let mended = if table.contains_key(name) { None } else { Some(entry) };
            if let Some(entry) = mended {
                table.insert(name.to_owned(), entry);
            }
            mistake.help(format!("did you mean `{name}`?")).instead(Some(name.to_owned()))
        } else if is_top_level(key) {
            mistake.help(format!("`{key}` belongs at the top of the file, before any [section]"))
        } else {
            mistake.label(format!("expected {}", one_of_keys(known)))
        };
        self.found.mistakes.push(mistake);
    }
}

fn keys_of(table: &Table) -> Vec<(String, Place)> {
    table.iter().map(|(key, entry)| (key.clone(), entry.key)).collect()
}

fn is_top_level(key: &str) -> bool {
    schema_ref()["properties"].get(key).is_some()
}

fn not_finite(path: &[String]) -> String {
    format!("`{}` is not a number that can be used", dotted(path))
}

/// A path of keys as the user would type it.
pub(super) fn dotted(path: &[String]) -> String {
    if path.is_empty() { "the scenario".to_owned() } else { path.join(".") }
}

/// Follows references and single-element `allOf`s to the schema that says something.
pub(super) fn resolve(mut schema: &'static Json) -> &'static Json {
    for _ in 0..16 {
        let target = schema.get("$ref").and_then(Json::as_str);
        let inner = schema.get("allOf").and_then(|all| all.get(0));
        schema = match (target, inner) {
            (Some(target), _) => {
                let pointer = target.trim_start_matches('#');
                schema_ref().pointer(pointer).unwrap_or(&Json::Null)
            }
            (None, Some(inner)) => inner,
            (None, None) => return schema,
        };
    }
    schema
}

/// Every form that a value may take, with nested choices opened.
pub(super) fn branches_of(schema: &'static Json) -> Vec<&'static Json> {
    let schema = resolve(schema);
    let choices = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array);
    match choices {
        Some(choices) => choices.iter().flat_map(branches_of).collect(),
        None => vec![schema],
    }
}

/// Whether a schema names several forms, or one of several to come.
fn is_choice(schema: &'static Json) -> bool {
    let schema = resolve(schema);
    schema.get("anyOf").is_some() || schema.get("oneOf").is_some()
}

/// Whether a form is of the value's kind.
pub(super) fn takes(branch: &Json, value: &Value) -> bool {
    let is = |name: &str| match branch.get("type") {
        Some(Json::String(only)) => only == name,
        Some(Json::Array(several)) => several.iter().any(|one| one == name),
        _ => branch.get("const").is_some() && name == "string",
    };
    match value {
        Value::Text(_) => is("string"),
        Value::Integer(_) => is("integer") || is("number"),
        Value::Float(_) => is("number"),
        Value::Boolean(_) => is("boolean"),
        Value::Array(_) => is("array"),
        Value::Table(_) => is("object"),
    }
}

/// The words that a form allows; empty where it is free text.
fn words_of(branch: &'static Json) -> Vec<&'static str> {
    match (branch.get("const"), branch.get("enum").and_then(Json::as_array)) {
        (Some(word), _) => word.as_str().into_iter().collect(),
        (None, Some(words)) => words.iter().filter_map(Json::as_str).collect(),
        (None, None) => Vec::new(),
    }
}

/// The only key of a form that is a table with one required key.
fn tag_of(branch: &'static Json) -> Option<&'static str> {
    let properties = branch.get("properties")?.as_object()?;
    let required = branch.get("required")?.as_array()?;
    match (properties.keys().next(), properties.len(), required.len()) {
        (Some(tag), 1, 1) => Some(tag),
        _ => None,
    }
}

/// What a schema expects, in words.
fn describe(schema: &'static Json) -> String {
    expected(schema, &branches_of(schema))
}

fn expected(schema: &'static Json, branches: &[&'static Json]) -> String {
    if let Some(words) = resolve(schema).get("x-expected").and_then(Json::as_str) {
        return words.to_owned();
    }
    let tags: Vec<&'static str> = branches.iter().filter_map(|branch| tag_of(branch)).collect();
    if is_choice(schema) && !tags.is_empty() {
        let bare = branches.iter().find_map(|branch| branch.get("x-expected")?.as_str());
        let bare = bare.map(|words| format!("{words}, or ")).unwrap_or_default();
        return format!("{bare}a table with one of {}", list(&tags));
    }
    let words: Vec<&'static str> = branches.iter().flat_map(|branch| words_of(branch)).collect();
    if !words.is_empty() {
        return one_of(&words);
    }
    let kinds: Vec<&str> =
        branches.iter().filter_map(|branch| branch.get("type")?.as_str()).collect();
    let keys: Vec<&'static str> = branches
        .iter()
        .filter_map(|branch| branch.get("properties")?.as_object())
        .flat_map(|known| known.keys().map(String::as_str))
        .take(8)
        .collect();
    if !keys.is_empty() {
        return format!("a table with {}", list(&keys));
    }
    let named = kinds.iter().map(|kind| match *kind {
        "string" => "a string",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list in [ ]",
        _ => "a table",
    });
    named.collect::<Vec<_>>().join(" or ")
}

fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.as_slice() {
        [only] => only.clone(),
        _ => format!("one of {}", quoted.join(", ")),
    }
}

fn one_of_keys(keys: &[&str]) -> String {
    match keys {
        [] => "no keys here".to_owned(),
        [only] => format!("`{only}`"),
        _ => format!("one of {}", list(keys)),
    }
}

fn list(keys: &[&str]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    quoted.join(", ")
}
