//! Loading scenarios: what is written is what a run gets.

use std::fs;
use std::path::{Path, PathBuf};

use hutong::kernel::dist::Dist;
use hutong::scenario::{LoadOptions, Loaded, load, load_text, schema};
use hutong::units::{Amount, Duration};
use proptest::prelude::*;

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
}

fn annotated_text() -> String {
    fs::read_to_string(shipped("annotated.toml")).expect("the annotated scenario")
}

fn loaded(text: &str) -> Loaded {
    load_text("test.toml", text, &LoadOptions::default()).unwrap_or_else(|mistakes| {
        panic!("{mistakes}");
    })
}

fn with_sets(text: &str, sets: &[&str]) -> Loaded {
    let sets = sets.iter().map(ToString::to_string).collect();
    let options = LoadOptions { sets, ..LoadOptions::default() };
    load_text("test.toml", text, &options).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn the_annotated_scenario_has_no_mistakes() {
    let loaded = load(&shipped("annotated.toml"), &LoadOptions::default());
    let loaded = loaded.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let scenario = &loaded.scenario;
    assert!(scenario.question.starts_with("what does it take to let JD Pay"));
    assert!(scenario.expect.ends_with("Tenpay's net position grows."));
    assert_eq!(scenario.compared.len(), 3);
    assert_eq!(scenario.policies.len(), 3);
    let banks: Vec<_> =
        scenario.institutions.iter().filter(|one| one.group.as_deref() == Some("banks")).collect();
    assert_eq!(banks.len(), 10);
    let reserves: u64 = banks.iter().map(|bank| bank.reserve.minor()).sum();
    assert_eq!(reserves, 500_000_000_000, "dividing a reserve loses nothing");
}

#[test]
fn the_resolved_scenario_loads_to_the_same_scenario() {
    let first = load(&shipped("annotated.toml"), &LoadOptions::default()).expect("no mistakes");
    for origins in [false, true] {
        let text = first.resolved_toml(origins);
        let again = loaded(&text);
        let mut scenario = again.scenario.clone();
        scenario.question.clone_from(&first.scenario.question);
        scenario.expect.clone_from(&first.scenario.expect);
        assert_eq!(format!("{scenario:?}"), format!("{:?}", first.scenario));
        assert_eq!(again.resolved_toml(false), first.resolved_toml(false));
    }
}
