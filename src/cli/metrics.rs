//! `metrics`: every figure of a report, with its unit and its good direction.

use serde_json::{Value, json};

use super::exit::Exit;
use super::output::Output;
use super::table::table;
use crate::measure::dictionary::{self, MetricEntry};

/// Carries out `hutong metrics`.
pub fn metrics(out: &mut Output) -> Exit {
    let all = dictionary::dictionary();
    let row = |metric: &MetricEntry| {
        let MetricEntry { pattern, unit, direction, .. } = *metric;
        vec![pattern.to_owned(), unit.to_owned(), direction.name().to_owned()]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    out.data(&table(&["metric", "unit", "better"], &[], &rows));
    let entry = |metric: &MetricEntry| {
        json!({
            "name": metric.pattern, "unit": metric.unit, "better": metric.direction.name(),
            "definition": metric.definition, "formula": metric.formula,
        })
    };
    let entries: Vec<Value> = all.iter().map(entry).collect();
    out.document("hutong.metrics/1", Exit::Ok, json!({ "metrics": entries }));
    out.note("next: hutong explain METRIC");
    Exit::Ok
}
