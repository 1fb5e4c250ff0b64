//! The JSON files and their schemas.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::column::{Field, Kind, Sheet};
use super::dir::Written;
use super::view::{LawView, SummaryView, Timing};
use super::{ReportInput, TIMING_FILE};
use crate::measure::results::Results;

/// The JSON schema of one kind of file: `manifest`, `summary`, `invariants`, `datapackage`,
/// `timing`, or `settle`, the manifest of `hutong settle`.
pub fn schema(name: &str) -> Option<&'static str> {
    Some(match name {
        "manifest" => include_str!("schemas/manifest.schema.json"),
        "summary" => include_str!("schemas/summary.schema.json"),
        "invariants" => include_str!("schemas/invariants.schema.json"),
        "datapackage" => include_str!("schemas/datapackage.schema.json"),
        "timing" => include_str!("schemas/timing.schema.json"),
        "settle" => include_str!("schemas/settle.schema.json"),
        _ => return None,
    })
}

/// Writes a value indented, with a line end.
pub(super) fn write<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}

/// `manifest.json`.
#[derive(Serialize)]
pub(super) struct Manifest {
    schema: &'static str,
    status: &'static str,
    ok: bool,
    engine: Engine,
    generator: String,
    scenario: Source,
    hash: String,
    seed: u64,
    replications: u32,
    policies: Vec<String>,
    reproduce: String,
    files: Vec<Written>,
    not_digested: [&'static str; 1],
}

#[derive(Serialize)]
struct Engine {
    version: String,
    digest: String,
}

#[derive(Serialize)]
struct Source {
    name: String,
    file: String,
    resolved_blake3: String,
}

/// The manifest over these files.
pub(super) fn manifest(
    input: &ReportInput<'_>,
    summary: &SummaryView,
    files: Vec<Written>,
) -> Manifest {
    let (scenario, engine) = (&summary.scenario, &summary.engine);
    Manifest {
        schema: "hutong.manifest/1",
        status: summary.status,
        ok: summary.ok,
        engine: Engine { version: engine.version.clone(), digest: engine.digest.clone() },
        generator: engine.generator.clone(),
        scenario: Source {
            name: scenario.name.clone(),
            file: scenario.file.clone(),
            resolved_blake3: blake3::hash(input.resolved.as_bytes()).to_hex().to_string(),
        },
        hash: scenario.hash.clone(),
        seed: scenario.seed,
        replications: scenario.replications,
        policies: summary.policies.iter().map(|policy| policy.policy.clone()).collect(),
        reproduce: summary.reproduce.clone(),
        files,
        not_digested: [TIMING_FILE],
    }
}

/// `invariants.json`.
#[derive(Serialize)]
pub(super) struct Invariants<'a> {
    schema: &'static str,
    ok: bool,
    laws: &'a [LawView],
    runs: Vec<RunLaws<'a>>,
}

#[derive(Serialize)]
struct RunLaws<'a> {
    policy: &'a str,
    replication: u32,
    ok: bool,
    checked: u64,
    broken: Vec<&'a str>,
}

/// Every law over all complete runs, and each run's broken ones. Not ok when nothing was audited.
pub(super) fn invariants<'a>(summary: &'a SummaryView, results: &'a Results) -> Invariants<'a> {
    let run =
        |(run, findings): (&'a crate::measure::outcome::RunOutcome, &'a crate::audit::Findings)| {
            let broken = findings.laws.iter().filter(|finding| finding.offence.is_some());
            RunLaws {
                policy: &run.policy,
                replication: run.replication,
                ok: findings.lawful(),
                checked: findings.laws.iter().map(|finding| finding.checked).sum(),
                broken: broken.map(|finding| finding.law).collect(),
            }
        };
    let runs: Vec<RunLaws<'a>> = results.audited().map(run).collect();
    let ok = !runs.is_empty() && runs.iter().all(|run| run.ok);
    Invariants { schema: "hutong.invariants/1", ok, laws: &summary.invariants, runs }
}

/// `timing.json`.
#[derive(Serialize)]
pub(super) struct TimingFile<'a> {
    schema: &'static str,
    #[serde(flatten)]
    timing: &'a Timing,
}

/// The record of this timing.
pub(super) fn timing(timing: &Timing) -> TimingFile<'_> {
    TimingFile { schema: "hutong.timing/1", timing }
}

/// `datapackage.json`: a Frictionless description of these tables.
pub(super) fn datapackage(scenario: &str, sheets: &[Sheet]) -> Value {
    json!({
        "profile": "tabular-data-package",
        "name": scenario,
        "title": format!("hutong report of {scenario}"),
        "resources": sheets.iter().map(resource).collect::<Vec<Value>>(),
    })
}

fn resource(sheet: &Sheet) -> Value {
    let mut schema = Map::new();
    let described = sheet.fields.iter().map(|field| describe(field, sheet));
    schema.insert("fields".into(), described.collect());
    schema.insert("missingValues".into(), json!([""]));
    if !sheet.key.is_empty() {
        schema.insert("primaryKey".into(), json!(sheet.key));
    }
    json!({
        "profile": "tabular-data-resource",
        "name": sheet.file.trim_end_matches(".csv"),
        "path": sheet.file,
        "title": sheet.title,
        "description": sheet.base.sentence(),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": { "delimiter": ",", "lineTerminator": "\n", "header": true },
        "schema": schema,
    })
}

/// A column; where it is no part of the key, its description ends in the base of its values.
fn describe(field: &Field, sheet: &Sheet) -> Value {
    let names = ["policy", "replication", "run_id", "currency"];
    let told = field.description;
    let description = if names.contains(&field.name) || sheet.key.contains(&field.name) {
        told.to_owned()
    } else {
        format!("{told} [{}]", sheet.base.word())
    };
    let kind = match field.kind {
        Kind::Text => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
    };
    let mut described = Map::new();
    described.insert("name".into(), field.name.into());
    described.insert("type".into(), kind.into());
    described.insert("description".into(), description.into());
    if !field.unit.is_empty() {
        described.insert("unit".into(), field.unit.into());
    }
    described.insert("constraints".into(), json!({ "required": !field.optional }));
    Value::Object(described)
}
