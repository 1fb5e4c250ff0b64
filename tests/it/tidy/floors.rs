//! Which room imports which: every path that names the crate, and the table it must obey.

use super::source::{Source, Token, tokens};

/// Everything that a front room may reach.
const BELOW_CLI: &[&str] = &[
    "units",
    "ledger",
    "kernel",
    "scenario",
    "policy",
    "model",
    "measure",
    "audit",
    "experiment",
    "report",
];

/// A room and what it may import, from the bottom floor up. An entry covers all that is inside it.
const FLOORS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("ledger", &["units"]),
    ("kernel", &["units"]),
    ("scenario", &["units", "kernel::dist"]),
    ("policy", &["units", "scenario"]),
    ("model", &["units", "ledger", "kernel", "scenario", "policy"]),
    ("measure", &["units", "scenario", "model::fact", FINDINGS, "audit::Findings"]),
    ("audit", &["units", "scenario", "model::fact"]),
    ("experiment", &["units", "kernel", "scenario", "policy", "model", "measure", "audit"]),
    (
        "report",
        &[
            "units",
            "kernel::dist",
            "scenario",
            "measure",
            "model::fact",
            FINDINGS,
            "audit::Findings",
            "audit::Finding",
            "audit::Offence",
        ],
    ),
    ("cli", BELOW_CLI),
    ("main", &["cli"]),
    ("manual", &[]),
];

const FINDINGS: &str = "audit::findings";

/// What `room` may import; nothing when the table does not know the room.
pub(crate) fn allowed(room: &str) -> Option<&'static [&'static str]> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, allowed)| *allowed)
}

/// Imports that the table forbids: line and path.
pub(crate) fn trespasses(source: &Source, allowed: &[&str]) -> Vec<(usize, String)> {
    let own = source.room().unwrap_or_default();
    let inside = |path: &str, entry: &str| {
        path.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let mut found = imports(source);
    found.retain(|(_, path)| {
        let room = path.split("::").next().unwrap_or_default();
        let foreign = room != own && self::allowed(room).is_some();
        foreign && !allowed.iter().any(|entry| inside(path, entry))
    });
    found
}

/// Every path that starts at the crate: `crate::…`, `hutong::…`, or `super::…` resolved.
pub(crate) fn imports(source: &Source) -> Vec<(usize, String)> {
    let tokens = tokens(&source.code);
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let root = matches!(text(at), "crate" | "hutong" | "super") && text(at + 1) == "::";
        if !root || (at > 0 && text(at - 1) == "::") {
            continue;
        }
        let mut base = if text(at) == "super" { source.module() } else { Vec::new() };
        let mut after = at;
        while matches!(text(after), "crate" | "hutong" | "super") && text(after + 1) == "::" {
            base.pop();
            after += 2;
        }
        let mut paths = Vec::new();
        expand(&tokens, after, &base.join("::"), &mut paths);
        found.extend(paths);
    }
    found
}

/// Reads one tree of a path, such as `units::{Amount, time::Instant}`, from token `at`; returns
/// the first token after it.
fn expand(tokens: &[Token<'_>], at: usize, base: &str, paths: &mut Vec<(usize, String)>) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    if text(at) == "{" {
        let mut next = at + 1;
        while !matches!(text(next), "}" | "") {
            next = if text(next) == "," { next + 1 } else { expand(tokens, next, base, paths) };
        }
        return next + 1;
    }
    let join = if base.is_empty() { "" } else { "::" };
    let path = format!("{base}{join}{}", text(at));
    if text(at + 1) == "::" {
        return expand(tokens, at + 2, &path, paths);
    }
    paths.push((tokens.get(at).map_or(0, |token| token.line), path));
    let renamed = text(at + 1) == "as";
    at + if renamed { 3 } else { 1 }
}
