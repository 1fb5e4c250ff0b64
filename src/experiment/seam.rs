//! SEAM: stand-ins for rooms that are built elsewhere. Deleted when they are joined.
//!
//! Each item says what takes its place. Nothing outside this file knows that it is a stand-in.

#![allow(
    missing_docs,
    clippy::unnecessary_wraps,
    clippy::needless_pass_by_value,
    clippy::unnecessary_box_returns,
    reason = "seam"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use crate::audit::{Finding, Findings};
use crate::kernel::dist::Dist;
use crate::measure::outcome::{RunOutcome, Tally};
use crate::measure::results::Results;
use crate::model::fact::{Fact, Observer};
use crate::model::{Model, RunEnd, RunOptions, Watch};
use crate::scenario::{
    Currency, Epoch, HumanTimes, Link, LinkTable, Policy, RuleMatrix, Scenario, Settlement,
};
use crate::units::{Duration, Instant, InstitutionId, PolicyId};

// ---- scenario::load ------------------------------------------------------------------------

/// → `scenario::LoadOptions`.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// `key.path=value`, in order; the last wins.
    pub sets: Vec<String>,
    /// Replaces the scenario's seed.
    pub seed: Option<u64>,
}

/// → `scenario::Loaded`.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub scenario: Scenario,
    pub resolved: Resolved,
}

/// → `scenario::Resolved`.
#[derive(Clone, Debug)]
pub struct Resolved(String);

impl Resolved {
    /// Files read by the loader, with digests.
    pub fn files(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

impl Loaded {
    pub fn resolved_toml(&self, origins: bool) -> String {
        let head = if origins { "# origins\n" } else { "" };
        format!("{head}{}", self.resolved.0)
    }
}

/// → one of `scenario::Mistakes`.
#[derive(Clone, Debug)]
pub struct Mistake {
    pub code: &'static str,
    pub message: String,
    pub help: Option<String>,
}

/// → `scenario::Mistakes`: all of them, and how they look to people.
#[derive(Clone, Debug)]
pub struct Mistakes {
    pub list: Vec<Mistake>,
    name: String,
}

impl Mistakes {
    pub fn plain(&self) -> String {
        let Mistake { code, message, .. } = &self.list[0];
        format!("error[{code}]: {message}\n  --> {}:1:1\n\n1 mistake\n", self.name)
    }

    pub fn coloured(&self) -> String {
        self.plain()
    }

    pub fn location(&self, _mistake: &Mistake) -> Option<String> {
        Some(format!("{}:1:1", self.name))
    }
}

/// → `scenario::load`.
pub fn load(path: &Path, options: &LoadOptions) -> Result<Loaded, Box<Mistakes>> {
    let name = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => load_text(&name, &text, options),
        Err(error) => Err(mistakes(&name, &error.to_string())),
    }
}

/// → `scenario::load_text`.
pub fn load_text(name: &str, text: &str, options: &LoadOptions) -> Result<Loaded, Box<Mistakes>> {
    let mut table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| mistakes(name, error.message()))?;
    let seed = options.seed.map(|seed| format!("seed={seed}"));
    for set in options.sets.iter().chain(&seed) {
        let parsed: toml::Table = set.parse().map_err(|_| mistakes(name, "bad --set"))?;
        merge(&mut table, parsed);
    }
    let scenario = scenario_of(&table).map_err(|error| mistakes(name, &error))?;
    Ok(Loaded { scenario, resolved: Resolved(toml::to_string(&table).expect("it was parsed")) })
}

fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

fn mistakes(name: &str, message: &str) -> Box<Mistakes> {
    let mistake = Mistake { code: "scenario::syntax", message: message.to_owned(), help: None };
    Box::new(Mistakes { list: vec![mistake], name: name.to_owned() })
}

fn scenario_of(table: &toml::Table) -> Result<Scenario, String> {
    let text = |key: &str| table.get(key).and_then(|value| value.as_str());
    let experiment = table.get("experiment").and_then(|value| value.as_table());
    let mut policies: Vec<Policy> = (table.get("policies").and_then(|value| value.as_table()))
        .ok_or("no `policies`")?
        .keys()
        .map(|name| Policy { name: name.clone(), connect: Vec::new() })
        .collect();
    policies.sort_by(|a, b| a.name.cmp(&b.name));
    let compared: Vec<String> = match experiment.and_then(|table| table.get("policies")) {
        Some(list) => {
            let list = list.as_array().ok_or("`policies` is no list")?;
            list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        }
        None => policies.iter().map(|policy| policy.name.clone()).collect(),
    };
    let mut ids = Vec::new();
    for name in compared {
        let place = policies.iter().position(|policy| policy.name == name);
        ids.push(PolicyId::new(place.ok_or_else(|| format!("policy `{name}` is not defined"))?));
    }
    let number = |table: &toml::Table, key: &str| table.get(key).and_then(toml::Value::as_integer);
    let replications = experiment.and_then(|table| number(table, "replications")).unwrap_or(1);
    Ok(Scenario {
        name: text("name").ok_or("no `name`")?.to_owned(),
        horizon: length(text("horizon").ok_or("no `horizon`")?)?,
        seed: u64::try_from(number(table, "seed").unwrap_or(1)).map_err(|_| "bad `seed`")?,
        replications: u32::try_from(replications).map_err(|_| "bad `replications`")?,
        policies,
        compared: ids,
        ..blank()
    })
}

fn length(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.len().saturating_sub(1));
    let number: u64 = number.parse().map_err(|_| format!("bad length `{text}`"))?;
    let unit = BTreeMap::from([("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)]).remove(unit);
    Ok(Duration::from_secs(number * unit.ok_or_else(|| format!("bad length `{text}`"))?))
}

/// A scenario without a world, for tests of the pool too.
pub fn blank() -> Scenario {
    let none = Dist::Constant(0);
    let (show, scan, tap) = (none.clone(), none.clone(), none.clone());
    Scenario {
        name: "blank".to_owned(),
        question: String::new(),
        expect: String::new(),
        epoch: Epoch {
            text: "2025-01-01T00:00:00Z".to_owned(),
            unix_seconds: 1_735_689_600,
            time_of_day: Duration::ZERO,
        },
        horizon: Duration::from_secs(1),
        warm_up: Duration::ZERO,
        drain: Duration::ZERO,
        seed: 1,
        currency: Currency { code: "CNY".to_owned(), exponent: 2 },
        scale: 1.0,
        institutions: Vec::new(),
        links: LinkTable {
            kinds: vec![Link { floor: Duration::from_millis(1), jitter: none.clone() }],
            of: Vec::new(),
        },
        consumers: Vec::new(),
        merchants: Vec::new(),
        background: Vec::new(),
        replay: None,
        human: HumanTimes { show, scan, tap, type_amount: none.clone(), authenticate: none },
        policies: vec![Policy { name: "only".to_owned(), connect: Vec::new() }],
        rules: RuleMatrix::default(),
        fees: Vec::new(),
        settlement: Settlement { bank: InstitutionId::new(0) },
        compared: vec![PolicyId::new(0)],
        replications: 1,
        window: Duration::from_secs(1),
        calibration: Vec::new(),
    }
}

/// → `scenario::schema()` and the schemas of the reports; names as `hutong schema` lists them.
pub fn schemas() -> Vec<(&'static str, String)> {
    let scenario = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"seed":{"description":"Seed of every draw.","type":"integer"}}}"#;
    vec![("scenario", scenario.to_owned())]
}

// ---- model ---------------------------------------------------------------------------------

/// → `Model::load`.
pub fn load_of(model: &Model) -> Vec<crate::model::StationLoad> {
    model.load()
}

/// → `measure::MetricEntry`, `measure::Direction`.
#[derive(Clone, Copy, Debug)]
pub struct MetricEntry {
    pub pattern: &'static str,
    pub unit: &'static str,
    pub direction: Direction,
    pub definition: &'static str,
    pub formula: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub struct Direction;

impl Direction {
    pub const fn name(self) -> &'static str {
        "lower"
    }
}

/// → `measure::dictionary`.
pub const fn dictionary() -> &'static [MetricEntry] {
    &[MetricEntry {
        pattern: "latency.system.{route}.p50",
        unit: "us",
        direction: Direction,
        definition: "First institution receives to result leaves the last.",
        formula: "the 0.5 quantile",
    }]
}

/// → `measure::dictionary::entry_of`.
pub fn entry_of(name: &str) -> Option<&'static MetricEntry> {
    dictionary().iter().find(|_| name == "latency.system.one_hub.p50")
}

// ---- report --------------------------------------------------------------------------------

/// → what `report` needs to write one file's folder.
#[derive(Debug)]
pub struct Filing<'a> {
    /// `--out`, and the folder below it for this hash.
    pub out: &'a Path,
    pub folder: &'a Path,
    /// The scenario's file, as named by the user.
    pub file: &'a str,
    /// A command line that makes this report again.
    pub command: &'a str,
    pub scenario: &'a Scenario,
    pub resolved: &'a str,
    pub results: &'a Results,
    pub hash: &'a str,
    /// `complete`, `interrupted` or `failed`.
    pub status: &'static str,
    pub timing: Timing,
}

/// The facts of this build and this machine: for `timing.json` only.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    pub wall: std::time::Duration,
    pub threads: usize,
    pub git: Option<&'static str>,
    pub rustc: Option<&'static str>,
}

/// What is written besides the report's own files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Emission {
    pub payments: bool,
    pub events: bool,
}

/// → the listener of one run that writes `payments.csv` and `events.ndjson`.
pub fn emitter(
    _folder: &Path,
    _planned: &crate::experiment::plan::PlannedRun,
    _emission: Emission,
) -> Result<crate::experiment::run::Silent, String> {
    Ok(crate::experiment::run::Silent)
}

/// → what `report` says it wrote.
#[derive(Clone, Debug)]
pub struct Filed {
    /// Names inside the folder.
    pub files: Vec<String>,
    /// `summary.md`, for people.
    pub summary: String,
}

/// → `report::write`: writes every file under a temporary name, then `manifest.json` last.
pub fn write_report(filing: &Filing<'_>) -> io::Result<Filed> {
    fs::create_dir_all(filing.folder)?;
    let complete = filing.results.complete().count();
    let name = &filing.scenario.name;
    let summary = format!("{name}: {complete} of {} runs complete\n", filing.results.runs.len());
    let json = serde_json::json!({ "schema": "hutong.summary/1", "complete": complete });
    let files =
        [("summary.md", summary.clone()), ("summary.json", format!("{json:#}\n"))].map(|file| {
            fs::write(filing.folder.join(file.0), &file.1).map(|()| {
                let digest = blake3::hash(file.1.as_bytes()).to_hex().to_string();
                serde_json::json!({ "name": file.0, "bytes": file.1.len(), "blake3": digest })
            })
        });
    let files = files.into_iter().collect::<io::Result<Vec<_>>>()?;
    let manifest = serde_json::json!({
        "schema": "hutong.manifest/1", "status": filing.status, "hash": filing.hash,
        "files": files,
    });
    fs::write(filing.folder.join("manifest.json"), format!("{manifest:#}\n"))?;
    let files = ["summary.md", "summary.json", "manifest.json"].map(str::to_owned).into();
    Ok(Filed { files, summary })
}
