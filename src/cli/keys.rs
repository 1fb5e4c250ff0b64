//! Keys: every key of a scenario with the words that its schema has for it.

use serde_json::Value;

/// How deep tables may nest; a schema that refers to itself ends here.
const DEPTH: usize = 8;

/// Every key path of a schema with its description, in order of appearance. A table with free
/// names shows them as `NAME`, such as `institutions.NAME.station.servers`.
pub fn keys(schema: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(schema, schema, "", DEPTH, &mut found);
    found
}

fn walk(root: &Value, at: &Value, path: &str, depth: usize, found: &mut Vec<(String, String)>) {
    if depth == 0 {
        return;
    }
    for part in parts(root, at) {
        let properties = part.get("properties").and_then(Value::as_object);
        for (key, value) in properties.into_iter().flatten() {
            step(root, value, &join(path, key), depth, found);
        }
        let free = ["additionalProperties", "patternProperties"].map(|word| part.get(word));
        for value in free.into_iter().flatten().filter(|value| value.is_object()) {
            step(root, value, &join(path, "NAME"), depth, found);
        }
        if let Some(items) = part.get("items") {
            walk(root, items, path, depth - 1, found);
        }
    }
}

fn step(root: &Value, value: &Value, path: &str, depth: usize, found: &mut Vec<(String, String)>) {
    let new = !found.iter().any(|(known, _)| known == path);
    if let (true, Some(words)) = (new, described(root, value)) {
        found.push((path.to_owned(), words));
    }
    walk(root, value, path, depth - 1, found);
}

/// Its own description, or that of what it refers to.
fn described(root: &Value, value: &Value) -> Option<String> {
    let own = |part: &Value| Some(part.get("description")?.as_str()?.replace('\n', " "));
    own(value).or_else(|| parts(root, value).into_iter().find_map(own))
}

/// A schema and all that it refers to or chooses among.
fn parts<'a>(root: &'a Value, at: &'a Value) -> Vec<&'a Value> {
    let mut all = vec![at];
    let mut next = 0;
    while let Some(&part) = all.get(next) {
        next += 1;
        let target = part.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#'));
        let choices = ["allOf", "anyOf", "oneOf"].map(|word| part.get(word)?.as_array());
        let more = target.and_then(|pointer| root.pointer(pointer)).into_iter();
        for found in more.chain(choices.into_iter().flatten().flatten()) {
            if !all.iter().any(|known| std::ptr::eq(*known, found)) {
                all.push(found);
            }
        }
    }
    all
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
