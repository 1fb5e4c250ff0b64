//! `explain`: what a diagnostic code, a scenario key or a metric means.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::args::ExplainArgs;
use super::exit::Exit;
use super::keys::keys;
use super::output::{Output, Problem};
use super::{codes, nearest};
use crate::measure::dictionary::{self, MetricEntry};

/// One thing that can be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `code`, `key` or `metric`.
    pub kind: &'static str,
    /// What it is called.
    pub name: String,
    /// What it means.
    pub text: String,
}

/// Carries out `hutong explain`.
pub fn explain(args: &ExplainArgs, out: &mut Output) -> Exit {
    let entries = entries();
    let Some(wanted) = &args.what else {
        list(&entries, out);
        return Exit::Ok;
    };
    let matching: Vec<&Entry> = find(&entries, wanted);
    if matching.is_empty() {
        let problem = Problem::new("usage", format!("nothing is called `{wanted}`"));
        let help = match nearest(wanted, entries.iter().map(|entry| entry.name.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "hutong explain lists everything".to_owned(),
        };
        out.problem(problem.with_help(help));
        return out.fail(Exit::Usage);
    }
    for entry in &matching {
        out.data(&format!("{} {}\n\n{}\n", entry.kind, entry.name, entry.text));
    }
    out.document("hutong.explain/1", Exit::Ok, json!({ "entries": as_json(matching) }));
    Exit::Ok
}

/// Everything that can be explained: codes, then keys, then metrics.
pub fn entries() -> Vec<Entry> {
    let entry =
        |kind, name: &str, text: &str| Entry { kind, name: name.to_owned(), text: text.to_owned() };
    let mut entries: Vec<Entry> =
        codes::CODES.iter().map(|(name, text)| entry("code", name, text)).collect();
    let schema = super::schema::schemas().into_iter().find(|(name, _)| *name == "scenario");
    let schema: Value =
        schema.and_then(|(_, text)| serde_json::from_str(&text).ok()).unwrap_or_default();
    entries.extend(keys(&schema).iter().map(|(name, text)| entry("key", name, text)));
    entries.extend(dictionary::dictionary().iter().map(metric));
    entries
}

fn metric(metric: &MetricEntry) -> Entry {
    let MetricEntry { pattern, unit, direction, definition, formula } = metric;
    let better = direction.name();
    let text = format!("{definition}\nFormula: {formula}.\nUnit: {unit}. Better: {better}.");
    Entry { kind: "metric", name: (*pattern).to_owned(), text }
}

/// An exact name; else a key under any name, so that `institutions.netsunion.reserve` finds
/// `institutions.NAME.reserve`; else every key that ends in it.
fn find<'a>(entries: &'a [Entry], wanted: &str) -> Vec<&'a Entry> {
    let pick = |fits: &dyn Fn(&Entry) -> bool| -> Vec<&'a Entry> {
        entries.iter().filter(|entry| fits(entry)).collect()
    };
    // A metric's entry may leave a part open, such as the route.
    let open = dictionary::entry_of(wanted).map(|metric| metric.pattern);
    let exact = pick(&|entry| {
        entry.name == wanted || (entry.kind == "metric" && Some(&*entry.name) == open)
    });
    if !exact.is_empty() {
        return exact;
    }
    let concrete = pick(&|entry| entry.kind == "key" && stands_for(&entry.name, wanted));
    if !concrete.is_empty() {
        return concrete;
    }
    let tail = format!(".{wanted}");
    pick(&|entry| entry.kind == "key" && entry.name.ends_with(&tail))
}

/// Whether a key path with free names stands for a path with given ones.
fn stands_for(pattern: &str, path: &str) -> bool {
    let same = |(pattern, word): (&str, &str)| pattern == word || pattern == "NAME";
    pattern.split('.').count() == path.split('.').count()
        && pattern.split('.').zip(path.split('.')).all(same)
}

fn list(entries: &[Entry], out: &mut Output) {
    let mut text = String::new();
    let mut kind = "";
    for entry in entries {
        if entry.kind != kind {
            let gap = if kind.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{}S", entry.kind.to_uppercase());
            kind = entry.kind;
        }
        let first = entry.text.split(['.', '\n']).next().unwrap_or_default();
        let _ = writeln!(text, "  {:<34} {first}", entry.name);
    }
    out.data(&text);
    out.document("hutong.explain/1", Exit::Ok, json!({ "entries": as_json(entries.iter()) }));
}

fn as_json<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<Value> {
    let one =
        |entry: &'a Entry| json!({ "kind": entry.kind, "name": entry.name, "text": entry.text });
    entries.into_iter().map(one).collect()
}
