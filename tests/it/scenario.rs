//! Loading scenarios: what is written is what a run gets.

use std::fs;
use std::path::{Path, PathBuf};

use hutong::kernel::dist::Dist;
use hutong::scenario::{LoadOptions, Loaded, load, load_text, schema};
use hutong::units::{Amount, Duration};
use proptest::prelude::*;

use crate::support_second::one_second;

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
    for text in [annotated_text(), SMALL.to_owned()] {
        let first = loaded(&text);
        for origins in [false, true] {
            let again = loaded(&first.resolved_toml(origins));
            let mut scenario = again.scenario.clone();
            scenario.question.clone_from(&first.scenario.question);
            scenario.expect.clone_from(&first.scenario.expect);
            assert_eq!(format!("{scenario:?}"), format!("{:?}", first.scenario));
            assert_eq!(again.resolved_toml(false), first.resolved_toml(false));
        }
    }
}

/// A small valid scenario to vary.
const SMALL: &str = r#"
name = "small"
epoch = "2026-03-02T08:30:00+08:00"
horizon = "2h"

[institutions.tenpay]
roles = ["wallet", "code-issuer", "acquirer"]
station = { servers = 10, service = { lognormal = { mean = "30ms", cv = 1.0 } }, queue_limit = 50 }
reserve = "1000.00"
debits_via = "netsunion"

[institutions.netsunion]
roles = ["clearing-house"]
station = { servers = 10, service = "4ms" }

[groups.banks]
roles = ["bank"]
count = 4
concentration = { zipf = 1.0 }
station = { servers = 30, service = "100ms" }
reserve = "1000.01"

[consumers.urban]
population = 1000
holds = [{ wallets = ["tenpay"], share = 1.0 }]
funding = { balance = "40%", bank = "60%" }
ticket = { exponential = { mean = "20.00" } }
arrivals = { rate = "10/s" }

[merchants.shops]
accepts = ["tenpay"]
"#;

/// Loads `SMALL` with one text in place of another.
fn small(from: &str, to: &str) -> Loaded {
    assert!(SMALL.contains(from), "nothing to replace: {from}");
    loaded(&SMALL.replace(from, to))
}

fn mistakes(text: &str) -> String {
    match load_text("test.toml", text, &LoadOptions::default()) {
        Ok(_) => "no mistake".to_owned(),
        Err(mistakes) => mistakes.plain(),
    }
}

#[test]
fn defaults_are_filled_and_shown_with_their_origin() {
    let loaded = loaded(SMALL);
    let scenario = &loaded.scenario;
    assert_eq!(scenario.seed, 42);
    assert_eq!(scenario.currency.code, "CNY");
    assert_eq!(scenario.currency.exponent, 2);
    assert_eq!(scenario.drain, Duration::from_secs(30));
    assert_eq!(scenario.window, Duration::from_secs(120), "a sixtieth of the horizon");
    assert_eq!(scenario.policies[0].name, "closed");
    assert_eq!(scenario.epoch.time_of_day, Duration::from_secs(8 * 3_600 + 30 * 60));
    assert_eq!(scenario.epoch.unix_seconds, 1_772_411_400);
    let bank = scenario.institution(scenario.settlement.bank);
    assert_eq!(bank.name, "settlement-bank");
    let shown = loaded.resolved_toml(true);
    assert!(shown.contains("[institutions.settlement-bank]"), "{shown}");
    assert!(shown.contains("horizon = \"2h\" # test.toml:4"), "{shown}");
    assert!(shown.contains("seed = 42 # default"), "{shown}");
    let assumed = "drain = \"30s\" # default; ASSUMPTION: longer than any answer takes";
    assert!(shown.contains(assumed), "{shown}");
}

#[test]
fn the_order_of_sections_changes_nothing() {
    let text = annotated_text();
    let start = text.find("\n[").expect("sections");
    let (head, body) = text.split_at(start + 1);
    let mut blocks: Vec<String> = Vec::new();
    for line in body.split_inclusive('\n') {
        match blocks.last_mut() {
            Some(block) if !line.starts_with('[') => block.push_str(line),
            _ => blocks.push(line.to_owned()),
        }
    }
    // Rows of one list keep their order: it means something.
    let (rows, mut tables): (Vec<String>, Vec<String>) =
        blocks.into_iter().partition(|block| block.starts_with("[["));
    tables.reverse();
    let reordered = format!("{head}{}{}", rows.concat(), tables.concat());
    assert_ne!(reordered, text);
    let (one, other) = (loaded(&text), loaded(&reordered));
    assert_eq!(format!("{:?}", one.scenario), format!("{:?}", other.scenario));
    assert_eq!(one.resolved_toml(false), other.resolved_toml(false));
}

#[test]
fn an_override_goes_before_the_file_and_says_so() {
    let sets = [
        "groups.banks.count=7",
        "horizon=4h",
        "institutions.tenpay.station.service.constant=5ms",
        "consumers.urban.arrivals.per_day=8.64",
        "merchants.shops.accepts.0={ code = \"tenpay\", acquirer = \"tenpay\" }",
    ];
    let loaded = with_sets(SMALL, &sets);
    let scenario = &loaded.scenario;
    assert_eq!(scenario.horizon, Duration::from_secs(4 * 3_600));
    let banks = scenario.institutions.iter().filter(|one| one.group.is_some()).count();
    assert_eq!(banks, 7);
    let tenpay = scenario.institution_named("tenpay").expect("it is there");
    let service = &scenario.institution(tenpay).station.service;
    assert_eq!(*service, Dist::Constant(5_000_000), "one form replaces the other");
    let per_second = scenario.consumers[0].arrivals[0].per_second;
    assert!((per_second - 0.1).abs() < 1e-12, "{per_second}");
    assert!(loaded.resolved_toml(true).contains("horizon = \"4h\" # --set"));
}

#[test]
fn a_seed_option_goes_before_everything() {
    let options = LoadOptions { sets: vec!["seed=5".to_owned()], seed: Some(u64::MAX) };
    let loaded = load_text("test.toml", SMALL, &options).expect("no mistakes");
    assert_eq!(loaded.scenario.seed, u64::MAX);
}

#[test]
fn a_groups_totals_are_divided_by_share_and_nothing_is_lost() {
    let scenario = loaded(SMALL).scenario;
    let banks: Vec<_> = scenario.institutions.iter().filter(|one| one.group.is_some()).collect();
    let names: Vec<&str> = banks.iter().map(|bank| bank.name.as_str()).collect();
    assert_eq!(names, ["banks-01", "banks-02", "banks-03", "banks-04"]);
    // 1, 1/2, 1/3, 1/4 of 25/12.
    let shares: Vec<f64> = banks.iter().map(|bank| bank.share).collect();
    for (share, expected) in shares.iter().zip([0.48, 0.24, 0.16, 0.12]) {
        assert!((share - expected).abs() < 1e-12, "{shares:?}");
    }
    let servers: Vec<u32> = banks.iter().map(|bank| bank.station.servers).collect();
    assert_eq!(servers, [14, 7, 5, 4]);
    let reserves: u64 = banks.iter().map(|bank| bank.reserve.minor()).sum();
    assert_eq!(reserves, 100_001);
}

#[test]
fn a_concentration_meets_its_largest_share_and_its_index() {
    let text = "count = 50\nconcentration = { top = 0.27, hhi = 0.107 }";
    let scenario = small("count = 4\nconcentration = { zipf = 1.0 }", text).scenario;
    let shares: Vec<f64> = scenario
        .institutions
        .iter()
        .filter(|one| one.group.is_some())
        .map(|one| one.share)
        .collect();
    let total: f64 = shares.iter().sum();
    let index: f64 = shares.iter().map(|share| share * share).sum();
    assert!((total - 1.0).abs() < 1e-12, "{total}");
    assert!((shares[0] - 0.27).abs() < 1e-12, "{}", shares[0]);
    assert!((index - 0.107).abs() < 1e-9, "{index}");
    assert!(shares.windows(2).all(|pair| pair[0] >= pair[1]), "{shares:?}");
}

#[test]
fn scale_multiplies_demand_people_limits_and_money_but_no_time() {
    let scenario = small("horizon", "scale = 0.1\nhorizon").scenario;
    let tenpay = scenario.institution_named("tenpay").expect("it is there");
    let tenpay = scenario.institution(tenpay);
    assert_eq!(tenpay.station.servers, 1);
    assert_eq!(tenpay.station.queue_limit, Some(5));
    assert_eq!(tenpay.reserve, Amount::from_minor(10_000));
    assert_eq!(scenario.consumers[0].population, 100);
    assert!((scenario.consumers[0].arrivals[0].per_second - 1.0).abs() < 1e-12);
    let Dist::LogNormal { median, sigma } = tenpay.station.service else {
        panic!("{:?}", tenpay.station.service)
    };
    // exp(sigma²/2) × median is the mean, and cv² + 1 = exp(sigma²).
    assert!((median * (sigma * sigma / 2.0).exp() - 30e6).abs() < 1e-3, "{median} {sigma}");
    assert!((sigma * sigma - 2f64.ln()).abs() < 1e-12, "{sigma}");
}

#[test]
fn a_profile_changes_on_the_local_hour_and_keeps_its_mean() {
    let weights: Vec<String> = (0..24).map(|hour| hour.to_string()).collect();
    let text = format!(
        "arrivals = {{ rate = \"276/s\", profile = \"ramp\" }}\n[profiles]\nramp = [{}]",
        weights.join(", ")
    );
    let day = SMALL.replace("horizon = \"2h\"", "horizon = \"24h\"\ndrain = \"0s\"");
    let scenario = loaded(&day.replace("arrivals = { rate = \"10/s\" }", &text)).scenario;
    let steps = &scenario.consumers[0].arrivals;
    // The epoch is 08:30: the first step lasts half an hour at weight 8 of 276, times 24.
    assert!((steps[0].per_second - 8.0 * 24.0).abs() < 1e-9, "{:?}", steps[0]);
    assert_eq!(steps[1].from.nanos(), 1_800 * 1_000_000_000);
    assert!((steps[1].per_second - 9.0 * 24.0).abs() < 1e-9, "{:?}", steps[1]);
    assert_eq!(steps.len(), 25);
    let ends = steps.iter().skip(1).map(|step| step.from.nanos()).chain([86_400_000_000_000]);
    let total: f64 = steps
        .iter()
        .zip(ends)
        .map(|(step, end)| {
            let length = std::time::Duration::from_nanos(end - step.from.nanos());
            step.per_second * length.as_secs_f64()
        })
        .sum();
    assert!((total / 86_400.0 - 276.0).abs() < 1e-6, "{total}");
}

#[test]
fn bursts_multiply_the_rate_of_the_classes_they_name() {
    let text =
        "[[demand.bursts]]\nfrom = \"09:00\"\nfor = \"10m\"\nfactor = 3.0\n[merchants.shops]";
    let scenario = small("[merchants.shops]", text).scenario;
    let steps = &scenario.consumers[0].arrivals;
    let rates: Vec<String> = steps
        .iter()
        .map(|step| format!("{} s: {:.3}", step.from.nanos() / 1_000_000_000, step.per_second))
        .collect();
    assert_eq!(rates, ["0 s: 10.000", "1800 s: 30.000", "2400 s: 10.000"]);
}

#[test]
fn money_knows_its_currencys_decimal_places() {
    let yen = SMALL.replace("horizon", "currency = \"JPY\"\nhorizon").replace(".00\"", "\"");
    let told = mistakes(&yen);
    assert!(told.contains("expected at most 0 decimal places"), "{told}");
    let scenario = loaded(&yen.replace("\"1000.01\"", "\"1001\"")).scenario;
    assert_eq!(scenario.currency.exponent, 0);
    let tenpay = scenario.institution_named("tenpay").expect("it is there");
    assert_eq!(scenario.institution(tenpay).reserve, Amount::from_minor(1_000));
}

#[test]
fn a_rule_row_opens_a_direct_link() {
    let closed = SMALL.replace("debits_via = \"netsunion\"\n", "");
    assert!(mistakes(&closed).contains("may not debit"), "{}", mistakes(&closed));
    let rule =
        "[[rules]]\nfrom = \"wallet\"\nto = \"bank\"\nrail = \"bank-debit\"\ndirect = true\n";
    let open = loaded(&format!("{closed}{rule}"));
    let tenpay = open.scenario.institution_named("tenpay").expect("it is there");
    assert_eq!(open.scenario.institution(tenpay).debits_via, None);
}

#[test]
fn a_group_from_a_file_has_its_own_shares_servers_and_declines() {
    let folder = tempfile::tempdir().expect("a folder");
    let csv = "name,share,servers,reserve,insufficient-funds\nsbi,60,12,5.00,6.17%\nhdfc,40,,,\n";
    fs::write(folder.path().join("banks.csv"), csv).expect("a file");
    let group = "from = \"banks.csv\"\ndeclines = { insufficient-funds = \"1%\" }";
    let text = SMALL.replace("count = 4\nconcentration = { zipf = 1.0 }", group);
    let path = folder.path().join("scenario.toml");
    fs::write(&path, &text).expect("a file");
    let loaded =
        load(&path, &LoadOptions::default()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let scenario = &loaded.scenario;
    let bank = |name| {
        let id = scenario.institution_named(name).expect("it is there");
        scenario.institution(id)
    };
    assert_eq!(bank("sbi").station.servers, 12);
    assert_eq!(bank("hdfc").station.servers, 12, "40 % of 30");
    assert_eq!(bank("sbi").reserve, Amount::from_minor(500));
    assert_eq!(bank("sbi").declines[0].rate.parts(), 61_700);
    assert_eq!(bank("hdfc").declines[0].rate.parts(), 10_000);
    assert!((bank("sbi").share - 0.6).abs() < 1e-12);
    let files = loaded.resolved.files();
    assert_eq!(files.len(), 1, "what the file holds is part of what was run");
    assert_eq!(files[0].0, "banks.csv");
}

#[test]
fn measured_services_come_from_values_or_from_a_histogram_log() {
    use hdrhistogram::serialization::V2DeflateSerializer;
    use hdrhistogram::serialization::interval_log::IntervalLogWriterBuilder;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("ms.csv"), "value,weight\n3ms,1\n1ms,2\n3ms,1\n").expect("a file");
    let mut histogram = hdrhistogram::Histogram::<u64>::new(3).expect("a histogram");
    for micros in [100, 100, 100, 900] {
        histogram.record(micros).expect("in range");
    }
    let mut log = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    IntervalLogWriterBuilder::new()
        .begin_log_with(&mut log, &mut serializer)
        .expect("a log")
        .write_histogram(
            &histogram,
            std::time::Duration::ZERO,
            std::time::Duration::from_secs(1),
            None,
        )
        .expect("a row");
    fs::write(folder.path().join("us.hlog"), log).expect("a file");
    let text = SMALL
        .replace("service = \"4ms\"", "service = { empirical = { file = \"ms.csv\" } }")
        .replace("service = \"100ms\"", "service = { empirical = { file = \"us.hlog\" } }");
    let path = folder.path().join("scenario.toml");
    fs::write(&path, &text).expect("a file");
    let scenario = load(&path, &LoadOptions::default()).expect("no mistakes").scenario;
    let service = |name| {
        let id = scenario.institution_named(name).expect("it is there");
        let Dist::Empirical(knots) = &scenario.institution(id).station.service else { panic!() };
        knots.iter().map(|knot| (knot.value, knot.cumulative)).collect::<Vec<_>>()
    };
    assert_eq!(service("netsunion"), [(1_000_000, 0.5), (3_000_000, 1.0)]);
    assert_eq!(service("banks-01"), [(100_000, 0.75), (900_000, 1.0)]);
}

#[test]
fn a_child_changes_its_parent_and_its_mistakes_name_the_right_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    put("parent.toml", SMALL);
    put("child.toml", "extends = \"parent.toml\"\nname = \"child\"\n[groups.banks]\ncount = 6\n");
    put("grandchild.toml", "extends = \"child.toml\"\n[consumers.urban]\nticket = \"5.00\"\n");
    let loaded = load(&folder.path().join("grandchild.toml"), &LoadOptions::default());
    let scenario = loaded.expect("no mistakes").scenario;
    assert_eq!(scenario.name, "child");
    assert_eq!(scenario.institutions.iter().filter(|one| one.group.is_some()).count(), 6);
    assert_eq!(scenario.consumers[0].ticket, Dist::Constant(500));
    put("parent.toml", &SMALL.replace("servers = 30", "servers = 0"));
    let told = load(&folder.path().join("child.toml"), &LoadOptions::default());
    let told = told.expect_err("servers").plain();
    assert!(told.contains("parent.toml:20:23"), "{told}");
}

#[test]
fn weights_of_a_child_replace_its_parents_whole_and_an_override_changes_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    let modes = "modes = { static = 0.8, dynamic = 0.2 }";
    put("parent.toml", &SMALL.replace("[policies", &format!("{modes}\n\n[policies")));
    put("child.toml", "extends = \"parent.toml\"\n[merchants.shops]\nmodes = { tap = 1 }\n");
    let weights = |sets: &[&str]| {
        let sets = sets.iter().map(ToString::to_string).collect();
        let options = LoadOptions { sets, ..LoadOptions::default() };
        let loaded = load(&folder.path().join("child.toml"), &options).expect("no mistakes");
        loaded.scenario.merchants[0].modes.weights
    };
    assert_eq!(weights(&[]).map(f64::to_bits), [0.0, 0.0, 0.0, 1.0].map(f64::to_bits));
    let one = weights(&["merchants.shops.modes.static=3.0"]);
    assert_eq!(one.map(f64::to_bits), [3.0, 0.0, 0.0, 1.0].map(f64::to_bits));
}

#[test]
fn fees_above_the_payment_are_lawful_and_warned_of() {
    let fee = "\n[[fees]]\nkind = \"merchant-discount\"\npayer = \"merchant\"\n\
               earner = \"acquirer\"\nrate = \"38bp\"\n";
    assert_eq!(loaded(&format!("{SMALL}{fee}")).warnings, Vec::<String>::new());
    let warnings = loaded(&format!("{SMALL}{fee}floor = \"500.00\"\n")).warnings;
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(warning.starts_with("test.toml:"), "{warning}");
    assert!(warning.contains("the merchant pays 500.00 in fees on a payment of "), "{warning}");
}

#[test]
fn files_that_cannot_be_read_are_mistakes() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = |path: &Path| match load(path, &LoadOptions::default()) {
        Ok(_) => "no mistake".to_owned(),
        Err(mistakes) => mistakes.plain(),
    };
    assert!(told(&folder.path().join("none.toml")).contains("there is no such file"));
    assert!(told(folder.path()).contains("is not a file"));
}

#[test]
fn the_schema_beside_the_scenarios_is_the_one_in_the_code() {
    let path = shipped("scenario.schema.json");
    let mut text = serde_json::to_string_pretty(&schema()).expect("a schema");
    text.push('\n');
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).expect("the folder can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "stale: UPDATE_GOLDEN=1 cargo test writes scenario.schema.json");
}

#[test]
fn the_schema_accepts_what_the_loader_accepts() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    for text in [annotated_text(), SMALL.to_owned(), loaded(SMALL).resolved_toml(false)] {
        let value: toml::Value = toml::from_str(&text).expect("TOML");
        let value = serde_json::to_value(value).expect("JSON");
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

/// Loads a text that may be anything: it runs, or both renderings of its mistakes come out.
fn survives(text: &str) {
    match load_text("test.toml", text, &LoadOptions::default()) {
        Ok(loaded) => one_second(&loaded.scenario),
        Err(mistakes) => {
            assert!(!mistakes.list.is_empty());
            assert!(!mistakes.plain().is_empty());
            assert!(!mistakes.coloured().is_empty());
        }
    }
}

/// One careless edit.
#[derive(Clone, Debug)]
enum Edit {
    Delete(usize, usize),
    Insert(usize, String),
    Duplicate(usize),
    Swap(usize, usize),
    Number(usize, String),
}

fn edit() -> impl Strategy<Value = Edit> {
    let number = prop::sample::select(vec![
        "nan",
        "-inf",
        "0",
        "-1",
        "1e308",
        "9223372036854775807",
        "-9223372036854775808",
        "0.0",
        "\"\"",
        "[]",
        "{}",
        "true",
        "99999999999999999999",
        "\"9e999999h\"",
        "\"0x\"",
        "1e-320",
    ]);
    prop_oneof![
        (any::<usize>(), 1..40usize).prop_map(|(at, length)| Edit::Delete(at, length)),
        (any::<usize>(), "[\\[\\]{}=.\",#a-z0-9\n\t\r\\\\é€\u{202e}\u{0}]{1,8}")
            .prop_map(|(at, text)| Edit::Insert(at, text)),
        any::<usize>().prop_map(Edit::Duplicate),
        (any::<usize>(), any::<usize>()).prop_map(|(one, other)| Edit::Swap(one, other)),
        (any::<usize>(), number).prop_map(|(at, text)| Edit::Number(at, text.to_owned())),
    ]
}

fn edited(text: &str, edit: &Edit) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let count = lines.len().max(1);
    match edit {
        Edit::Delete(at, length) => {
            let chars: Vec<char> = text.chars().collect();
            let start = at % chars.len().max(1);
            let end = (start + length).min(chars.len());
            return chars[..start].iter().chain(&chars[end..]).collect();
        }
        Edit::Insert(at, inserted) => {
            let mut chars: Vec<char> = text.chars().collect();
            let start = at % (chars.len() + 1);
            chars.splice(start..start, inserted.chars());
            return chars.into_iter().collect();
        }
        Edit::Duplicate(at) => {
            let line = lines[at % count].clone();
            lines.insert(at % count, line);
        }
        Edit::Swap(one, other) => lines.swap(one % count, other % count),
        Edit::Number(at, value) => {
            let line = &mut lines[at % count];
            if let Some((key, _)) = line.split_once('=') {
                *line = format!("{key}= {value}\n");
            }
        }
    }
    lines.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn an_edited_scenario_never_panics(edits in prop::collection::vec(edit(), 1..4)) {
        let text = edits.iter().fold(annotated_text(), |text, edit| edited(&text, edit));
        survives(&text);
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_file_of_values_never_panics(
        csv in "(value|name|share|weight|,|\n|\"|[0-9.]{1,4}|ms|%|-){0,30}",
        payload in "[A-Za-z0-9+/=]{0,120}",
        cookie in prop::sample::select(vec!["HISTFAAA", "HISTEwAA", ""]),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let log = format!("0.0,1.0,1.0,{cookie}{payload}\n");
        fs::write(folder.path().join("x.csv"), csv).expect("a file");
        fs::write(folder.path().join("x.hlog"), log).expect("a file");
        let text = SMALL
            .replace("count = 4\nconcentration = { zipf = 1.0 }", "from = \"x.csv\"")
            .replace("service = \"4ms\"", "service = { empirical = { file = \"x.csv\" } }")
            .replace("service = \"100ms\"", "service = { empirical = { file = \"x.hlog\" } }");
        let path = folder.path().join("scenario.toml");
        fs::write(&path, text).expect("a file");
        if let Err(mistakes) = load(&path, &LoadOptions::default()) {
            prop_assert!(!mistakes.coloured().is_empty());
        }
    }

    #[test]
    fn any_override_never_panics(set in "[a-z.\"=\\[\\]{}0-9 #\n-]{0,40}") {
        let sets = vec![set, "groups.banks.count=-0".to_owned()];
        let options = LoadOptions { sets, seed: None };
        if let Err(mistakes) = load_text("test.toml", SMALL, &options) {
            prop_assert!(!mistakes.coloured().is_empty());
        }
    }
}

#[test]
fn hostile_texts_never_panic() {
    let deep =
        |open: &str, close: &str| format!("a = {}{}", open.repeat(9_999), close.repeat(9_999));
    survives(&deep("[", "]"));
    survives(&deep("{a=", "}"));
    survives(&format!("{}b = 1", "a.".repeat(9_999)));
    survives(&format!("[{}b]", "a.".repeat(9_999)));
    survives(&"[[a]]\n".repeat(9_999));
    let keys: Vec<String> = (0..3_000).map(|index| format!("key{index} = 1")).collect();
    survives(&keys.join("\n"));
    survives("\u{feff}name = \"x\"");
    survives("name = \"\\u0000\"\r\nepoch = 1979-05-27\r\n");
}
