//! Tidy: floors, sizes, bans, words and forgotten files. Every offence names file, line, rule and
//! what to do instead; the second half proves that each rule can fail.

mod floors;
mod rules;
mod source;

use std::collections::BTreeSet;

use rules::{LONG_FILES, LONG_FUNCTIONS};
use source::{Source, below};

fn assert_tidy(offences: &[String]) {
    assert!(offences.is_empty(), "{} offences\n{}", offences.len(), offences.join("\n"));
}

fn rust_files() -> Vec<Source> {
    let folders = ["src", "tests", "benches", "fuzz"];
    let files = folders.iter().flat_map(|folder| below(folder));
    let rust: Vec<Source> = files.filter(|source| source.is("rs")).collect();
    assert!(rust.len() > 10, "the package's sources were not found");
    rust
}

fn each(files: &[Source], rule: impl Fn(&Source) -> Vec<String>) {
    let offences: Vec<String> = files.iter().flat_map(rule).collect();
    assert_tidy(&offences);
}

#[test]
fn rooms_import_only_from_floors_below() {
    each(&rust_files(), rules::floors);
}

#[test]
fn files_functions_and_lines_stay_short() {
    let files = rust_files();
    each(&files, |source| rules::sizes(source, LONG_FILES, LONG_FUNCTIONS));
    assert_tidy(&rules::stale(LONG_FILES, LONG_FUNCTIONS, &files));
}

#[test]
fn banned_names_do_not_occur() {
    each(&rust_files(), rules::bans);
}

#[test]
fn no_file_holds_a_machine_path_a_host_or_an_unfinished_mark() {
    let files = below(".");
    assert!(files.iter().any(|source| source.path == "README.md"), "the package was not found");
    each(&files, rules::texts);
}

#[test]
fn words_come_from_the_glossary() {
    each(&rust_files(), rules::words);
}

#[test]
fn every_room_says_its_invariant_and_what_it_never_does() {
    let mut rooms = below("src");
    rooms.retain(|source| source.path.ends_with("/mod.rs"));
    assert!(rooms.len() > 4, "the rooms were not found");
    each(&rooms, rules::header);
}

#[test]
fn every_scenario_opens_with_schema_question_and_expectation() {
    let mut scenarios = below("scenarios");
    // A baseline stands beside the scenarios, and is none.
    scenarios.retain(|source| source.is("toml") && !source.path.contains("/baselines/"));
    each(&scenarios, rules::scenario_opening);
}

#[test]
fn every_test_file_is_listed_in_its_index() {
    let files = below("tests");
    let paths: BTreeSet<String> = files.iter().map(|source| source.path.clone()).collect();
    let mut indices = files;
    indices.retain(|source| source.path.ends_with("/main.rs"));
    assert_eq!(indices.len(), 2, "tests/it and tests/heavy");
    each(&indices, |index| rules::forgotten(index, &paths));
}

// From here on: each rule sees what it is there to see.

fn floor_offences(path: &str, code: &str) -> Vec<String> {
    rules::floors(&Source::new(path, code))
}

#[test]
fn an_import_from_above_is_named_with_its_line_and_what_is_allowed() {
    let offences = floor_offences("src/units/time.rs", "//! Time.\nuse crate::kernel::Calendar;\n");
    let expected = "src/units/time.rs:2: `units` must not import `kernel::Calendar`: \
                    only []; move the noun down a floor";
    assert_eq!(offences, [expected]);
}

#[test]
fn imports_hide_neither_in_braces_nor_behind_super_nor_in_expressions() {
    let braces = "use crate::{units::Amount, model::{fact::Fact, World as Globe}};";
    assert_eq!(floor_offences("src/measure/tally.rs", braces).len(), 1);
    let climbing = "use super::super::ledger::Ledger;";
    assert_eq!(floor_offences("src/audit/shadow.rs", climbing).len(), 1);
    let in_passing = "fn f() -> u64 { crate::experiment::plan() }";
    assert_eq!(floor_offences("src/model/mod.rs", in_passing).len(), 1);
    assert_eq!(floor_offences("src/main.rs", "fn main() { hutong::model::run() }").len(), 1);
}

#[test]
fn imports_from_below_from_home_and_in_comments_are_no_offence() {
    let lawful = "//! See `crate::cli`.\nuse crate::units::Amount;\nuse super::tally::Tally;\n\
                  use crate::model::fact::Fact;\nuse crate::audit::findings::Finding;\n";
    assert_eq!(floor_offences("src/measure/outcome.rs", lawful), [""; 0]);
}

#[test]
fn a_room_without_a_floor_is_an_offence() {
    assert_eq!(floor_offences("src/attic/mod.rs", "").len(), 1);
}

#[test]
fn long_files_functions_and_lines_are_seen() {
    let long = format!("fn long() {{\n{}}}\n", "    f(\"}\", '}', [0; 4]);\n".repeat(59));
    let source = Source::new("src/units/long.rs", &long);
    assert_eq!(rules::function_lengths(&source.code), [("long", 1, 61)]);
    assert_eq!(rules::sizes(&source, &[], &[]).len(), 1);
    let file = Source::new("src/units/long.rs", &"\n".repeat(401));
    assert_eq!(rules::sizes(&file, &[], &[]).len(), 1);
    let line = Source::new("src/units/long.rs", &"互".repeat(101));
    assert_eq!(rules::sizes(&line, &[], &[]).len(), 1);
    let signature = Source::new("src/units/long.rs", "fn short(a: [u8; 4]);\nfn g() {}\n");
    assert_eq!(rules::function_lengths(&signature.code), [("g", 2, 1)]);
}

#[test]
fn a_ratchet_holds_still_or_shrinks() {
    let file = Source::new("src/units/long.rs", &"\n".repeat(410));
    let offences = |files| rules::sizes(&file, files, &[]).len();
    assert_eq!(offences(&[("src/units/long.rs", 410)]), 0);
    assert_eq!(offences(&[("src/units/long.rs", 409)]), 1, "grown");
    assert_eq!(offences(&[("src/units/long.rs", 411)]), 1, "shrunk, but not lowered");
    assert_eq!(rules::stale(&[("src/units/gone.rs", 410)], &[], &[file]).len(), 1, "gone");
}

#[test]
fn banned_names_are_seen_in_code_only() {
    let offences = |path, code| rules::bans(&Source::new(path, code)).len();
    assert_eq!(offences("src/kernel/a.rs", "use std::collections::HashMap;"), 1);
    assert_eq!(offences("src/kernel/a.rs", "let begin = std::time::Instant::now();"), 1);
    assert_eq!(offences("src/ledger/a.rs", "fn share() -> f64 { 0.0 }"), 1);
    assert_eq!(offences("tests/it/a.rs", "#[test] #[ignore] fn later() {}"), 1);
    assert_eq!(offences("src/kernel/a.rs", "// HashMap\nlet a: f64 = g(\"unsafe\");"), 0);
    assert_eq!(offences("src/experiment/a.rs", "let begin = Instant::now();"), 0);
}

#[test]
fn literals_do_not_confuse_the_reader() {
    let code =
        Source::new("src/a.rs", "let a = '\"'; let b = r#\"\"unsafe\"#; fn f<'a>() {} 'x'").code;
    assert!(code.contains("fn f<'a>() {}"), "{code}");
    assert!(!code.contains("unsafe") && !code.contains('"') && !code.contains('x'), "{code}");
    assert_eq!(Source::new("src/a.rs", "/* a /* b */ c */ d").code.trim(), "d");
}

#[test]
fn machine_paths_and_unfinished_marks_are_seen_in_any_file() {
    let offences = |text: &str| rules::texts(&Source::new("README.md", text)).len();
    assert_eq!(offences(&["see /ho", "me/me/notes"].concat()), 1);
    assert_eq!(offences(&["TO", "DO: finish"].concat()), 1);
    assert_eq!(offences("src/network/home"), 0);
}

#[test]
fn banned_words_are_seen_in_names_and_prose() {
    let offences = |text: &str| rules::words(&Source::new("src/model/a.rs", text)).len();
    assert_eq!(offences("struct TxId;"), 1);
    assert_eq!(offences("let first_tx = 1;"), 1);
    assert_eq!(offences("//! One trial of many."), 1);
    assert_eq!(offences("//! Industrial text."), 0);
    assert_eq!(rules::words(&Source::new("src/model/utils.rs", "")).len(), 1);
}

#[test]
fn missing_headers_and_openings_are_seen() {
    let header = |text: &str| rules::header(&Source::new("src/a/mod.rs", text)).len();
    assert_eq!(header("//! A.\n//!\n//! Invariant: one.\n//! Never: two.\n"), 0);
    assert_eq!(header("//! A.\n//! Invariant:\n\n//! Never: two.\n"), 2);
    let opening =
        |text: &str| rules::scenario_opening(&Source::new("scenarios/a.toml", text)).len();
    assert_eq!(opening("#:schema ./a.json\n# Question: why?\n# Expect:   so.\n"), 0);
    assert_eq!(opening("# Question: why?\nname = 1\n# Expect: so.\n"), 2);
}

#[test]
fn a_test_file_that_nobody_lists_is_seen() {
    let index = Source::new("tests/it/main.rs", "//! mod lost;\nmod found;\nmod folder;\n");
    let paths = ["found.rs", "lost.rs", "folder/mod.rs", "found/part.rs", "main.rs"];
    let paths = paths.map(|name| format!("tests/it/{name}")).into();
    let expected = "tests/it/main.rs:1: `lost` is not listed: add `mod lost;`";
    assert_eq!(rules::forgotten(&index, &paths), [expected]);
}
