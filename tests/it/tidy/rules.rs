//! The rules: each takes one file and returns its offences.

use std::collections::BTreeSet;

use super::floors as table;
use super::source::{Source, tokens};

/// A size that is over the limit today and may only shrink: path (and function), and its lines.
pub(crate) type Ratchet = &'static [(&'static str, usize)];

/// Most lines of a file under `src`, and of one under `tests`, `benches` or `fuzz`.
const FILE_LINES: (usize, usize) = (400, 600);
pub(crate) const LONG_FILES: Ratchet = &[];
/// Most lines of a function, from `fn` to its closing brace.
const FUNCTION_LINES: usize = 60;
/// Entries are `path::function`.
pub(crate) const LONG_FUNCTIONS: Ratchet = &[];
/// Most characters of a line.
const LINE_CHARS: usize = 100;

/// Names that must not occur in code, where, and what to use instead.
const BANNED_NAMES: &[(&str, &[&str], &str)] = &[
    ("HashMap", EVERYWHERE, "BTreeMap or a dense table: order is output"),
    ("HashSet", EVERYWHERE, "BTreeSet or a dense table: order is output"),
    ("unsafe", EVERYWHERE, "safe code; there is no exception"),
    ("f32", BELOW_SCENARIO, "f64 where floats are allowed, integers elsewhere"),
    ("f64", INTEGERS_ONLY, "integers: Amount, Duration, Ppm; floats live in kernel and measure"),
    ("Instant::now", BELOW_EXPERIMENT, "the calendar's now; only experiment has a clock"),
    ("SystemTime", BELOW_EXPERIMENT, "the scenario's epoch; only experiment has a clock"),
    ("thread_local", BELOW_EXPERIMENT, "an argument: a run is a pure function"),
    ("todo", EVERYWHERE, "finish it, or return a mistake that says what is not built"),
    ("unimplemented", EVERYWHERE, "finish it, or return a mistake that says what is not built"),
    ("[ignore", EVERYWHERE, "a suite under tests/heavy, which plain cargo test skips"),
];
const EVERYWHERE: &[&str] = &["src/", "tests/", "benches/"];
const INTEGERS_ONLY: &[&str] = &["src/units/", "src/ledger/", "src/model/", "src/audit/"];
/// `serde` names every primitive type to a deserialiser; the scenario's room has one.
const BELOW_SCENARIO: &[&str] = &["src/units/", "src/ledger/", "src/kernel/", "src/model/"];
const BELOW_EXPERIMENT: &[&str] = &[
    "src/units/",
    "src/ledger/",
    "src/kernel/",
    "src/scenario/",
    "src/policy/",
    "src/model/",
    "src/measure/",
    "src/audit/",
];
/// Compiling a scenario turns its shares and rates into tables: the one place of the model's floor
/// that reads floats.
const FLOATS_ALSO: &[&str] = &["src/model/compile"];

/// Words that the glossary replaces. Only those that never mean anything else here.
const BANNED_WORDS: &[(&str, &str)] = &[
    ("trial", "replication"),
    ("tx", "payment"),
    ("txn", "payment"),
    ("rtt", "response time"),
    ("purse", "wallet account"),
    ("iou", "obligation"),
    ("rollback", "reversal or unwind"),
    ("payout", "settlement"),
    ("downtime", "outage"),
    ("scheduler", "calendar"),
    ("shopkeeper", "merchant"),
    ("vendor", "merchant"),
    ("seller", "merchant"),
    ("upstream", "instructing agent"),
    ("downstream", "instructed agent"),
];
/// Names of files and folders that say nothing.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "manager", "types", "misc"];

/// One breach of one rule.
fn offence(path: &str, line: usize, rule: &str, instead: &str) -> String {
    format!("{path}:{line}: {rule}: {instead}")
}

pub(crate) fn floors(source: &Source) -> Vec<String> {
    let Some(room) = source.room().filter(|room| *room != "lib") else { return Vec::new() };
    let Some(allowed) = table::allowed(room) else {
        let instead = "give it a floor in tests/it/tidy/floors.rs and in src/manual/design.rs";
        return vec![offence(&source.path, 1, &format!("unknown room `{room}`"), instead)];
    };
    let say = |(line, path): (usize, String)| {
        let rule = format!("`{room}` must not import `{path}`");
        let instead = format!("only [{}]; move the noun down a floor", allowed.join(", "));
        offence(&source.path, line, &rule, &instead)
    };
    table::trespasses(source, allowed).into_iter().map(say).collect()
}

/// Checks a size against its limit, or against the ratchet's entry when there is one.
fn size(lines: usize, limit: usize, listed: Option<usize>) -> Option<String> {
    match listed {
        None if lines <= limit => None,
        None => Some(format!("{lines} lines, at most {limit}")),
        Some(was) if lines == was && lines > limit => None,
        Some(was) if lines > was => Some(format!("{lines} lines, the ratchet allows {was}")),
        Some(was) => Some(format!("shrunk from {was} to {lines} lines, lower the ratchet")),
    }
}

pub(crate) fn sizes(source: &Source, files: Ratchet, functions: Ratchet) -> Vec<String> {
    let path = &source.path;
    let listed = |ratchet: Ratchet, key: &str| {
        ratchet.iter().find(|(name, _)| *name == key).map(|(_, lines)| *lines)
    };
    let mut offences = Vec::new();
    let limit = if path.starts_with("src/") { FILE_LINES.0 } else { FILE_LINES.1 };
    if let Some(rule) = size(source.raw.lines().count(), limit, listed(files, path)) {
        offences.push(offence(path, 1, &rule, "split it by noun"));
    }
    for (name, line, lines) in function_lengths(&source.code) {
        let key = format!("{path}::{name}");
        if let Some(rule) = size(lines, FUNCTION_LINES, listed(functions, &key)) {
            let rule = format!("function `{name}`: {rule}");
            offences.push(offence(path, line, &rule, "name its parts"));
        }
    }
    for (number, line) in source.raw.lines().enumerate() {
        let chars = line.chars().count();
        // A row of a table in prose cannot be broken.
        if chars > LINE_CHARS && !line.starts_with("//! | ") {
            let rule = format!("{chars} characters, at most {LINE_CHARS}");
            offences.push(offence(path, number + 1, &rule, "break the line"));
        }
    }
    offences
}

/// Ratchet entries whose file or function is gone.
pub(crate) fn stale(files: Ratchet, functions: Ratchet, sources: &[Source]) -> Vec<String> {
    let exists = |key: &str| {
        let (path, name) = key.split_once("::").unwrap_or((key, ""));
        let source = sources.iter().find(|source| source.path == path);
        source.is_some_and(|source| {
            let mut functions = function_lengths(&source.code).into_iter();
            name.is_empty() || functions.any(|(function, ..)| function == name)
        })
    };
    let gone = files.iter().chain(functions).filter(|(key, _)| !exists(key));
    gone.map(|(key, _)| offence(key, 0, "gone", "delete its ratchet entry")).collect()
}

/// Name, first line and number of lines of every function with a body.
pub(crate) fn function_lengths(code: &str) -> Vec<(&str, usize, usize)> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(name) = tokens.get(at + 1).filter(|name| token.text == "fn" && name.text != "(")
        else {
            continue;
        };
        let mut depth = 0_usize;
        // A `;` outside brackets ends a signature without a body; inside, it is `[u8; 4]`.
        for next in &tokens[at + 2..] {
            match next.text {
                "{" | "[" | "(" => depth += 1,
                "}" if depth == 1 => {
                    found.push((name.text, token.line, next.line - token.line + 1));
                    break;
                }
                "}" | "]" | ")" => depth -= 1,
                ";" if depth == 0 => break,
                _ => {}
            }
        }
    }
    found
}

pub(crate) fn bans(source: &Source) -> Vec<String> {
    let tokens = tokens(&source.code);
    let mut offences = Vec::new();
    for (name, folders, instead) in BANNED_NAMES {
        let here = |folders: &[&str]| folders.iter().any(|folder| source.path.starts_with(folder));
        if !here(folders) || (*name == "f64" && here(FLOATS_ALSO)) {
            continue;
        }
        let parts = self::tokens(name);
        for window in tokens.windows(parts.len()) {
            if window.iter().zip(&parts).all(|(token, part)| token.text == part.text) {
                offences.push(offence(&source.path, window[0].line, &format!("`{name}`"), instead));
            }
        }
    }
    offences
}

/// Texts that no file may hold, whatever its kind. Assembled, so that this file does not hold them.
fn banned_texts() -> Vec<(String, &'static str)> {
    let folders = ["work", "home", "root", "Users"].map(|name| format!("/{name}/"));
    let hosts = ["static.crates", "index.crates", "deb.debian", "registry.npmjs", "files.python"];
    let marks = [["TO", "DO"], ["FIX", "ME"]].map(|halves| halves.concat());
    let mut texts: Vec<(String, &'static str)> = Vec::new();
    texts.extend(folders.map(|text| (text, "a path inside the checkout")));
    texts.extend(hosts.map(|host| (format!("{host}."), "the package's name; clients know hosts")));
    texts.extend(marks.map(|mark| (mark, "finish it, or file an issue")));
    texts
}

pub(crate) fn texts(source: &Source) -> Vec<String> {
    let banned = banned_texts();
    let mut offences = Vec::new();
    for (number, line) in source.raw.lines().enumerate() {
        for (text, instead) in &banned {
            let stands_alone = |at: usize| {
                !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '}' | '-'))
            };
            if line.match_indices(text.as_str()).any(|(at, _)| stands_alone(at)) {
                offences.push(offence(&source.path, number + 1, &format!("`{text}`"), instead));
            }
        }
    }
    offences
}

pub(crate) fn words(source: &Source) -> Vec<String> {
    let path = source.path.as_str();
    if path.ends_with("glossary.rs") || path.starts_with("tests/it/tidy") {
        return Vec::new();
    }
    let mut offences = Vec::new();
    let stem = path.trim_end_matches(".rs").rsplit('/').next().unwrap_or_default();
    if EMPTY_NAMES.contains(&stem) {
        offences.push(offence(path, 1, &format!("`{stem}` says nothing"), "find the noun"));
    }
    for (number, line) in source.raw.lines().enumerate() {
        for word in split_words(line) {
            if let Some((_, say)) = BANNED_WORDS.iter().find(|(banned, _)| *banned == word) {
                let instead = format!("say \"{say}\" (src/manual/glossary.rs)");
                offences.push(offence(path, number + 1, &format!("\"{word}\""), &instead));
            }
        }
    }
    offences
}

/// The words of a line, in small letters: `TxId` and `tx_id` both hold `tx`.
pub(crate) fn split_words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in line.chars() {
        if !c.is_ascii_alphabetic() || (before.is_ascii_lowercase() && c.is_ascii_uppercase()) {
            words.push(String::new());
        }
        if c.is_ascii_alphabetic() {
            words.last_mut().expect("never empty").push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

pub(crate) fn header(source: &Source) -> Vec<String> {
    let said = |word: &str| {
        source.raw.lines().take_while(|line| line.starts_with("//!")).any(|line| {
            let text = line.trim_start_matches("//!").trim_start();
            text.starts_with(word) && text.len() > word.len()
        })
    };
    let missing = ["Invariant:", "Never:"].into_iter().filter(|word| !said(word));
    let say = |word| {
        let instead = "write what a newcomer cannot infer";
        offence(&source.path, 1, &format!("the room's header lacks `{word}`"), instead)
    };
    missing.map(say).collect()
}

pub(crate) fn scenario_opening(source: &Source) -> Vec<String> {
    let mut offences = Vec::new();
    if !source.raw.starts_with("#:schema ") {
        let instead = "begin with `#:schema ./scenario.schema.json`";
        offences.push(offence(&source.path, 1, "no schema line", instead));
    }
    for mark in ["# Question: ", "# Expect: "] {
        let opening = source.raw.lines().take_while(|line| line.starts_with('#'));
        if !opening
            .into_iter()
            .any(|line| line.trim_end().len() > mark.len() && line.starts_with(mark))
        {
            let rule = format!("no `{}` line in the opening comment", mark.trim());
            offences.push(offence(&source.path, 1, &rule, "say it in one line"));
        }
    }
    offences
}

/// Test files beside `index` (such as `tests/it/main.rs`) that it does not list.
pub(crate) fn forgotten(index: &Source, paths: &BTreeSet<String>) -> Vec<String> {
    let folder = index.path.trim_end_matches("main.rs");
    let listed = |name: &str| {
        tokens(&index.code).windows(3).any(|window| {
            window[0].text == "mod" && window[1].text == name && window[2].text == ";"
        })
    };
    let stem = |path: &String| {
        let inside = path.strip_prefix(folder)?;
        let name = inside.strip_suffix("/mod.rs").or_else(|| inside.strip_suffix(".rs"))?;
        (name != "main" && !name.contains('/')).then(|| name.to_owned())
    };
    let missing = paths.iter().filter_map(stem).filter(|name| !listed(name));
    let say = |name: String| {
        offence(&index.path, 1, &format!("`{name}` is not listed"), &format!("add `mod {name};`"))
    };
    missing.map(say).collect()
}
