//! The JSON schema of scenario files: one source for editors, the key check and `explain`.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use super::raw::ScenarioRaw;
use super::walk::branches_of;

/// The schema of a scenario file, draft 7, for editors and for the check of keys and types.
pub fn schema() -> Json {
    schema_ref().clone()
}

pub(super) fn schema_ref() -> &'static Json {
    static SCHEMA: OnceLock<Json> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let generator = SchemaSettings::draft07().for_deserialize().into_generator();
        let mut schema = generator.into_root_schema_for::<ScenarioRaw>().to_value();
        tidy(&mut schema);
        if let Some(names) = schema.pointer_mut("/definitions").and_then(Json::as_object_mut) {
            let renamed = std::mem::take(names).into_iter();
            *names = renamed.map(|(name, body)| (plain_name(&name), body)).collect();
        }
        schema
    })
}

/// The schema of the value under a path of keys; none where the path leads nowhere.
pub(super) fn schema_at<'a>(path: impl IntoIterator<Item = &'a str>) -> Option<&'static Json> {
    path.into_iter().try_fold(schema_ref(), |schema, key| {
        branches_of(schema).into_iter().find_map(|branch| {
            let named = branch.get("properties").and_then(|known| known.get(key));
            let free = branch.get("additionalProperties").filter(|free| free.is_object());
            let item = branch.get("items").filter(|_| key.parse::<usize>().is_ok());
            named.or(free).or(item)
        })
    })
}

/// TOML has no null, and an unknown key is never meant.
fn tidy(schema: &mut Json) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(tidy),
        Json::Object(object) => {
            drop_null(object);
            object.remove("format");
            object.remove("minimum");
            if object.contains_key("properties") {
                object.entry("additionalProperties").or_insert(Json::Bool(false));
            }
            if let Some(Json::String(target)) = object.get_mut("$ref") {
                *target = plain_name(target);
            }
            object.values_mut().for_each(tidy);
        }
        _ => {}
    }
}

fn drop_null(object: &mut serde_json::Map<String, Json>) {
    if let Some(Json::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if types.len() == 1 {
            let only = types.remove(0);
            object.insert("type".to_owned(), only);
        }
    }
    let null = serde_json::json!({ "type": "null" });
    if let Some(Json::Array(branches)) = object.get_mut("anyOf") {
        branches.retain(|branch| *branch != null);
        if branches.len() == 1 {
            let only = branches.remove(0);
            object.remove("anyOf");
            object.insert("allOf".to_owned(), Json::Array(vec![only]));
        }
    }
}

/// `#/definitions/StationRaw` → `#/definitions/Station`.
fn plain_name(name: &str) -> String {
    name.strip_suffix("Raw").unwrap_or(name).to_owned()
}
