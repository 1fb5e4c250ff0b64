//! The files of a folder as rows: all that a page knows of a run.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use csv::StringRecord;

use crate::report::view::SummaryView;

/// Colours of policies: after the last one they begin again.
pub(super) const STYLES: usize = 6;

/// A report's folder, its summary read.
pub(super) struct Folder {
    path: PathBuf,
    /// `summary.json`.
    pub(super) view: SummaryView,
    /// `scenario.resolved.toml`.
    pub(super) resolved: String,
}

/// A table's rows.
pub(super) struct Rows {
    columns: BTreeMap<String, usize>,
    records: Vec<StringRecord>,
}

/// One row; a column that is not there reads as unknown.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    columns: &'a BTreeMap<String, usize>,
    record: &'a StringRecord,
}

impl Folder {
    /// Reads summary and scenario.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let view = serde_json::from_slice(&fs::read(path.join("summary.json"))?)?;
        let resolved = fs::read_to_string(path.join("scenario.resolved.toml"))?;
        Ok(Self { path: path.to_owned(), view, resolved })
    }

    /// The rows of a table.
    pub(super) fn rows(&self, name: &str) -> io::Result<Rows> {
        let mut reader = csv::Reader::from_path(self.path.join(name))?;
        let columns = reader.headers()?.iter().map(str::to_owned).zip(0..).collect();
        let records = reader.records().collect::<Result<_, _>>()?;
        Ok(Rows { columns, records })
    }

    /// A file as text.
    pub(super) fn text(&self, name: &str) -> io::Result<String> {
        fs::read_to_string(self.path.join(name))
    }

    /// The policies that have a complete run, in the order compared.
    pub(super) fn policies(&self) -> Vec<&str> {
        let complete = self.view.policies.iter().filter(|policy| policy.replications > 0);
        complete.map(|policy| policy.policy.as_str()).collect()
    }

    /// Complete replications of a policy, at least 1: what sums are divided by.
    pub(super) fn runs(&self, policy: &str) -> f64 {
        let found = self.view.policies.iter().find(|one| one.policy == policy);
        f64::from(found.map_or(1, |one| one.replications.max(1)))
    }

    /// A policy's colour, the same in every chart.
    pub(super) fn style(&self, policy: &str) -> usize {
        let place = self.view.policies.iter().position(|one| one.policy == policy);
        place.unwrap_or(0) % STYLES
    }

    /// An amount in words.
    pub(super) fn money(&self, minor: f64) -> String {
        let scenario = &self.view.scenario;
        let major = minor / libm::pow(10.0, f64::from(scenario.currency_exponent));
        format!("{} {}", crate::report::number::thousands(major), scenario.currency)
    }
}

impl Rows {
    /// All rows, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        let columns = &self.columns;
        self.records.iter().map(move |record| Row { columns, record })
    }

    /// The rows of one policy.
    pub(super) fn of<'a>(&'a self, policy: &'a str) -> impl Iterator<Item = Row<'a>> {
        self.iter().filter(move |row| row.text("policy") == policy)
    }
}

impl<'a> Row<'a> {
    /// A cell as it stands.
    pub(super) fn text(self, column: &str) -> &'a str {
        self.columns.get(column).and_then(|at| self.record.get(*at)).unwrap_or("")
    }

    /// A cell as a number; none when it is empty.
    pub(super) fn number(self, column: &str) -> Option<f64> {
        self.text(column).parse().ok().filter(|value: &f64| value.is_finite())
    }

    /// A number that is always there.
    pub(super) fn value(self, column: &str) -> f64 {
        self.number(column).unwrap_or(0.0)
    }

    /// An instant or a length of time.
    pub(super) fn micros(self, column: &str) -> u64 {
        self.text(column).parse().unwrap_or(0)
    }
}
