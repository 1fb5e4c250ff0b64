//! `metrics`: every figure of a report, with its unit and its good direction.

use serde_json::{Value, json};

use super::exit::Exit;
use super::output::Output;
use super::table::table;
use crate::experiment::seam::{self, Metric};

/// Carries out `hutong metrics`.
pub fn metrics(out: &mut Output) -> Exit {
    let all = seam::metrics();
    let row = |metric: &Metric| vec![metric.name.into(), metric.unit.into(), metric.better.into()];
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    out.data(&table(&["metric", "unit", "better"], &[], &rows));
    let entry = |metric: &Metric| {
        json!({
            "name": metric.name, "unit": metric.unit, "better": metric.better,
            "definition": metric.definition,
        })
    };
    let entries: Vec<Value> = all.iter().map(entry).collect();
    out.document("hutong.metrics/1", Exit::Ok, json!({ "metrics": entries }));
    out.note("next: hutong explain METRIC");
    Exit::Ok
}
