//! `explain`: what a word means: a code, a key, a metric, or anything that stands in a report.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::args::ExplainArgs;
use super::exit::Exit;
use super::known::{Entry, entries};
use super::output::{Output, Problem};
use crate::measure::dictionary;

/// Words of the longest name.
const LONGEST: usize = 3;
/// How many names are proposed for one that is unknown.
const PROPOSED: usize = 4;
/// Letters of the shortest part of a name that may have been meant by itself.
const SHORTEST: usize = 4;
/// Likeness from which a name may have been meant.
const ALIKE: f64 = 0.8;

/// Carries out `hutong explain`.
pub fn explain(args: &ExplainArgs, out: &mut Output) -> Exit {
    let entries = entries();
    if args.what.is_empty() {
        list(&entries, out);
        return Exit::Ok;
    }
    let words = questions(&entries, &args.what);
    let (mut told, mut exit): (Vec<&Entry>, Exit) = (Vec::new(), Exit::Ok);
    for word in &words {
        let found = find(&entries, word);
        if found.is_empty() {
            refuse(&entries, word, out);
            exit = Exit::Usage;
        }
        told.extend(found);
    }
    let texts =
        told.iter().map(|entry| format!("{} {}\n\n{}\n", entry.kind, entry.name, entry.text));
    out.data(&texts.collect::<Vec<String>>().join("\n"));
    if exit == Exit::Ok {
        out.document("hutong.explain/1", exit, json!({ "entries": as_json(told) }));
        return exit;
    }
    out.fail(exit)
}

/// A label may have several words, so the longest run of words that is a name is one question.
fn questions(entries: &[Entry], words: &[String]) -> Vec<String> {
    let mut questions = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let lengths = (1..=rest.len().min(LONGEST)).rev();
        let named = |length: &usize| !find(entries, &rest[..*length].join(" ")).is_empty();
        let length = lengths.clone().find(named).unwrap_or(1);
        questions.push(rest[..length].join(" "));
        rest = &rest[length..];
    }
    questions
}

fn refuse(entries: &[Entry], word: &str, out: &mut Output) {
    let problem = Problem::new("usage", format!("nothing is called `{word}`"));
    let near = nearest(entries, word);
    let help = match near.as_slice() {
        [] => "hutong explain lists everything".to_owned(),
        [one] => format!("did you mean `{one}`?"),
        several => format!("did you mean one of `{}`?", several.join("`, `")),
    };
    out.problem(problem.with_help(help));
}

/// The names most like a word, the likeliest first: as a whole, or by one of its parts.
fn nearest<'a>(entries: &'a [Entry], word: &str) -> Vec<&'a str> {
    let word = folded(word);
    let likeness = |name: &str| {
        let name = folded(name);
        let parts = name.split(['.', ' ', ':', '-']).filter(|part| part.len() >= SHORTEST);
        let parts = parts.map(|part| strsim::jaro_winkler(&word, part) * 0.98);
        parts.chain([strsim::jaro_winkler(&word, &name)]).fold(0.0, f64::max)
    };
    let mut near: Vec<(f64, &str)> = entries
        .iter()
        .map(|entry| (likeness(&entry.name), entry.name.as_str()))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.len().cmp(&b.1.len())).then(a.1.cmp(b.1)));
    near.dedup_by(|a, b| a.1 == b.1);
    near.truncate(PROPOSED);
    near.into_iter().map(|(_, name)| name).collect()
}

/// Names are found in any case, with either kind of dash.
fn folded(word: &str) -> String {
    word.trim().to_lowercase().replace('_', "-")
}

/// An exact name; else a key under any name, so that `institutions.netsunion.reserve` finds
/// `institutions.NAME.reserve`, and a column without its file; else every key that ends in it.
fn find<'a>(entries: &'a [Entry], wanted: &str) -> Vec<&'a Entry> {
    let pick = |fits: &dyn Fn(&Entry) -> bool| -> Vec<&'a Entry> {
        entries.iter().filter(|entry| fits(entry)).collect()
    };
    // A metric's entry may leave a part open, such as the route.
    let open = dictionary::entry_of(wanted).map(|metric| metric.pattern);
    let word = folded(wanted);
    let exact = pick(&|entry| {
        folded(&entry.name) == word || (entry.kind == "metric" && Some(&*entry.name) == open)
    });
    let column = pick(&|entry| entry.kind == "column" && is_column(&entry.name, &word));
    if !exact.is_empty() || !column.is_empty() {
        return exact.into_iter().chain(column).collect();
    }
    let concrete = pick(&|entry| entry.kind == "key" && stands_for(&entry.name, wanted));
    if !concrete.is_empty() {
        return concrete;
    }
    let tail = format!(".{word}");
    pick(&|entry| entry.kind == "key" && folded(&entry.name).ends_with(&tail))
}

/// Whether `file column` is asked for by its column, by `file.column` or by `file.csv.column`.
fn is_column(name: &str, word: &str) -> bool {
    let name = folded(name);
    let Some((file, column)) = name.split_once(' ') else { return false };
    let stem = file.trim_end_matches(".csv");
    word == column
        || [file, stem].iter().any(|file| word.strip_prefix(file) == Some(&format!(".{column}")))
}

/// Whether a key path with free names stands for a path with given ones.
pub(super) fn stands_for(pattern: &str, path: &str) -> bool {
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
        let line = entry.text.lines().next().unwrap_or_default();
        let first = line.split(". ").next().unwrap_or_default().trim_end_matches('.');
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
