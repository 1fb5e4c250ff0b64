//! Broken scenarios beside the exact message that each must produce.
//!
//! `UPDATE_GOLDEN=1 cargo test` writes the messages anew: read them before you keep them.

use std::fs;
use std::path::{Path, PathBuf};

use hutong::scenario::{LoadOptions, load};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes")
}

/// Files of one extension in the folder, in order of name, as names without it.
fn names(extension: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .expect("the folder exists")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Overrides on a line `# --set …` at the head of a broken scenario.
fn options(path: &Path) -> LoadOptions {
    let bytes = fs::read(path).expect("a scenario");
    let text = String::from_utf8_lossy(&bytes);
    let sets = text.lines().filter_map(|line| line.strip_prefix("# --set ")).map(str::to_owned);
    LoadOptions { sets: sets.collect(), ..LoadOptions::default() }
}

/// The message, with the folder's path taken out.
fn message(path: &Path) -> String {
    let prefix = format!("{}/", folder().display());
    match load(path, &options(path)) {
        Ok(_) => "no mistake\n".to_owned(),
        Err(mistakes) => mistakes.plain().replace(&prefix, ""),
    }
}

#[test]
fn every_broken_scenario_produces_its_message() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for name in names("toml").into_iter().filter(|name| !name.starts_with('_')) {
        let told = message(&folder().join(format!("{name}.toml")));
        let golden = folder().join(format!("{name}.txt"));
        if update {
            fs::write(&golden, &told).expect("the folder can be written");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        if told != expected {
            wrong.push(format!("{name}:\n--- expected\n{expected}\n--- told\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_broken_scenario_has_a_mistake_and_no_message_stands_alone() {
    let scenarios = names("toml");
    for name in names("txt") {
        assert!(scenarios.contains(&name), "{name}.txt belongs to no scenario");
        let text = fs::read_to_string(folder().join(format!("{name}.txt"))).expect("a message");
        assert!(text.contains("error["), "{name} is not broken:\n{text}");
    }
    let broken = scenarios.iter().filter(|name| !name.starts_with('_')).count();
    assert!(broken >= 45, "only {broken} broken scenarios");
}
