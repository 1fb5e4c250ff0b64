//! `metrics.csv`: every metric of the dictionary, for each replication of each policy.

use std::io::{self, Write};

use super::column::{Base, Cell, Column, CsvFile, RUN_FIELDS, Sheet};
use crate::measure::results::Results;
use crate::measure::summary::{RunMetric, per_run};
use crate::scenario::Scenario;

pub(super) const FILE: &str = "metrics.csv";

const COLUMNS: &[Column<RunMetric>] = &[
    Column::text("metric", "Its name: hutong explain METRIC tells what it is", |r| {
        (&r.name).into()
    }),
    Column::text("unit", "Its unit: 1, us, minor, 1/s, minor/s or bp", |r| r.unit.into()),
    Column::maybe_number("value", "", "Its value in that unit; empty where unknown", |r| {
        r.value.into()
    }),
];

/// What `metrics.csv` holds.
pub(super) fn sheet() -> Sheet {
    let run = RUN_FIELDS.map(|field| field.name);
    let own = COLUMNS.iter().map(|column| column.field);
    Sheet {
        file: FILE,
        title: "Metrics: one row a metric, policy and replication",
        base: Base::Metric,
        key: [&run[..], &["metric"]].concat(),
        fields: RUN_FIELDS.into_iter().chain(own).collect(),
    }
}

/// Writes header and rows, and says how many rows there were.
pub(super) fn write(
    scenario: &Scenario,
    results: &Results,
    out: &mut dyn Write,
) -> io::Result<u64> {
    let mut file = CsvFile::new(&sheet().fields, out)?;
    let mut rows = per_run(results, scenario);
    rows.sort_by(|a, b| {
        (&a.policy, a.replication, &a.name).cmp(&(&b.policy, b.replication, &b.name))
    });
    for row in &rows {
        let start = [Cell::Text(&row.policy), Cell::from(row.replication)];
        file.row(start.into_iter().chain(COLUMNS.iter().map(|column| column.read(row))))?;
    }
    file.finish()
}
