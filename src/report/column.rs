//! Columns: one list a file, from which the table, its description and its tests are made.

use std::cmp::Ordering;
use std::io::{self, Write};

use csv::{ByteRecord, Terminator, WriterBuilder};

use crate::measure::outcome::RunOutcome;
use crate::measure::results::Results;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// A whole number.
    Integer,
    /// A decimal number, written with the fewest digits that name it exactly.
    Number,
}

/// A column's description.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its header.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Its unit; empty where there is none.
    pub unit: &'static str,
    /// Whether a cell may be empty, which means unknown.
    pub optional: bool,
    /// What it says.
    pub description: &'static str,
}

/// Which part of a run a table covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// From the epoch to the end, warm-up and drain included.
    Run,
    /// What arose from warm-up to horizon, followed to its end.
    Counted,
    /// What went on from warm-up to horizon.
    Between,
    /// Each metric has its own, which its definition states.
    Metric,
    /// A whole file of obligations.
    File,
}

impl Base {
    /// In one word or two, for a column's description.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Run => "whole run",
            Self::Counted => "counted",
            Self::Between => "warm-up to horizon",
            Self::Metric => "base as defined",
            Self::File => "whole file",
        }
    }

    /// In one sentence, for a table's description.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Run => {
                "Covers the whole run, counted or not: from the epoch to the end, warm-up and \
                 drain included."
            }
            Self::Counted => {
                "Covers counted payments: those whose intention arose from warm-up (inclusive) to \
                 horizon (exclusive), each followed to its end."
            }
            Self::Between => {
                "Covers what went on from warm-up (inclusive) to horizon (exclusive), whoever \
                 caused it."
            }
            Self::Metric => {
                "Covers counted payments (warm-up to horizon), but for settlement, liquidity and \
                 in_flight_max, which cover the whole run, and utilisation, which covers warm-up \
                 to horizon."
            }
            Self::File => "Covers every obligation of the file, under each regime.",
        }
    }
}

/// One value of one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Words.
    Text(&'a str),
    /// A count, a time or an amount.
    Whole(u128),
    /// A position.
    Signed(i128),
    /// A ratio or a mean.
    Number(f64),
    /// Unknown.
    Empty,
}

/// A column of rows of type `T`: what it is and how to read it off a row.
pub(super) struct Column<T> {
    /// Its description.
    pub(super) field: Field,
    get: for<'a> fn(&'a T) -> Cell<'a>,
}

/// A table's description.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// File name.
    pub file: &'static str,
    /// What one row is.
    pub title: &'static str,
    /// Which part of a run it covers.
    pub base: Base,
    /// Columns that name a row, in sorting order; empty where rows may repeat.
    pub key: Vec<&'static str>,
    /// All columns, in order.
    pub fields: Vec<Field>,
}

/// A file of rows.
pub(super) trait Table: Sync {
    /// What it holds.
    fn sheet(&self) -> Sheet;

    /// Writes header and rows, and says how many rows there were.
    fn write(&self, results: &Results, out: &mut dyn Write) -> io::Result<u64>;
}

/// A table with a policy and a replication before each row.
pub(super) struct RunTable<T: 'static> {
    /// File name.
    pub(super) file: &'static str,
    /// What one row is.
    pub(super) title: &'static str,
    /// Which part of a run it covers.
    pub(super) base: Base,
    /// Key columns after policy and replication: rows are sorted by them.
    pub(super) key: &'static [&'static str],
    /// Whether the key names at most one row of a run.
    pub(super) unique: bool,
    /// Columns after policy and replication.
    pub(super) columns: &'static [Column<T>],
    /// Where a run keeps these rows.
    pub(super) rows: fn(&RunOutcome) -> &[T],
}

/// The columns that start every table of runs.
pub(super) const RUN_FIELDS: [Field; 2] = [
    Field {
        name: "policy",
        kind: Kind::Text,
        unit: "",
        optional: false,
        description: "The policy that was run",
    },
    Field {
        name: "replication",
        kind: Kind::Integer,
        unit: "",
        optional: false,
        description: "The replication, counted from 0",
    },
];

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident($($unit:ident)?) => $kind:ident, $optional:literal;)*) => {$(
        $(#[$doc])*
        pub(super) const fn $name(
            name: &'static str,
            $($unit: &'static str,)?
            description: &'static str,
            get: for<'a> fn(&'a T) -> Cell<'a>,
        ) -> Self {
            let unit = constructors!(@unit $($unit)?);
            let kind = Kind::$kind;
            Self { field: Field { name, kind, unit, optional: $optional, description }, get }
        }
    )*};
    (@unit $unit:ident) => { $unit };
    (@unit) => { "" };
}

impl<T> Column<T> {
    constructors! {
        /// A column of words.
        text() => Text, false;
        /// A column of words, some unknown.
        maybe_text() => Text, true;
        /// A column of whole numbers in `unit`.
        whole(unit) => Integer, false;
        /// A column of whole numbers in `unit`, some unknown.
        maybe_whole(unit) => Integer, true;
        /// A column of decimal numbers in `unit`.
        number(unit) => Number, false;
        /// A column of decimal numbers in `unit`, some unknown.
        maybe_number(unit) => Number, true;
    }

    /// This column's value in a row.
    pub(super) fn read<'a>(&self, row: &'a T) -> Cell<'a> {
        (self.get)(row)
    }
}

impl Cell<'_> {
    /// The text of the cell, appended.
    pub(super) fn write_to(&self, text: &mut Vec<u8>) {
        let written = match self {
            Self::Text(words) => write!(text, "{words}"),
            Self::Whole(whole) => write!(text, "{whole}"),
            Self::Signed(whole) => write!(text, "{whole}"),
            Self::Number(number) if number.is_finite() => write!(text, "{number}"),
            Self::Number(_) | Self::Empty => Ok(()),
        };
        written.expect("a vector takes every byte");
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            (Self::Signed(a), Self::Signed(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Empty, Self::Empty) => Ordering::Equal,
            (Self::Empty, _) => Ordering::Less,
            (_, Self::Empty) => Ordering::Greater,
            _ => unreachable!("one column holds one kind of cell"),
        }
    }
}

macro_rules! cell_from {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for Cell<'_> {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

cell_from!(u8 => Whole, u32 => Whole, u64 => Whole, u128 => Whole, i128 => Signed, f64 => Number);

impl<'a> From<&'a str> for Cell<'a> {
    fn from(words: &'a str) -> Self {
        Self::Text(words)
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(words: &'a String) -> Self {
        Self::Text(words)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A CSV file under construction: LF, comma, minimal quotes.
pub(super) struct CsvFile<W: Write> {
    out: csv::Writer<W>,
    record: ByteRecord,
    text: Vec<u8>,
    rows: u64,
}

impl<W: Write> CsvFile<W> {
    /// A file without a header: a part of a larger one.
    pub(super) fn headless(out: W) -> Self {
        let out = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(out);
        Self { out, record: ByteRecord::new(), text: Vec::new(), rows: 0 }
    }

    /// A file that starts with these headers.
    pub(super) fn new(fields: &[Field], out: W) -> io::Result<Self> {
        let mut file = Self::headless(out);
        file.out.write_record(fields.iter().map(|field| field.name)).map_err(io::Error::from)?;
        Ok(file)
    }

    /// Appends one row.
    pub(super) fn row<'c>(&mut self, cells: impl Iterator<Item = Cell<'c>>) -> io::Result<()> {
        self.record.clear();
        for cell in cells {
            self.text.clear();
            cell.write_to(&mut self.text);
            self.record.push_field(&self.text);
        }
        self.rows += 1;
        self.out.write_byte_record(&self.record).map_err(io::Error::from)
    }

    /// Flushes, and says how many rows were written.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.out.flush()?;
        Ok(self.rows)
    }

    /// Flushes, and gives the destination back.
    pub(super) fn into_inner(self) -> io::Result<W> {
        self.out.into_inner().map_err(|error| io::Error::other(error.error().to_string()))
    }
}

/// The complete runs in order of policy and replication.
pub(super) fn sorted_runs(results: &Results) -> Vec<&RunOutcome> {
    let mut runs: Vec<&RunOutcome> = results.complete().map(|(outcome, _)| outcome).collect();
    runs.sort_by(|a, b| (&a.policy, a.replication).cmp(&(&b.policy, b.replication)));
    runs
}

/// Puts rows in order of their key columns.
pub(super) fn sort_by_key<T>(rows: &mut [&T], columns: &[Column<T>], key: &[&str]) {
    let named = |name: &&str| {
        columns.iter().find(|column| column.field.name == *name).expect("a key names a column")
    };
    let keys: Vec<&Column<T>> = key.iter().map(named).collect();
    rows.sort_by(|a, b| {
        let orders = keys.iter().map(|column| column.read(a).order(&column.read(b)));
        orders.fold(Ordering::Equal, Ordering::then)
    });
}

impl<T: Sync> Table for RunTable<T> {
    fn sheet(&self) -> Sheet {
        let run = RUN_FIELDS.map(|field| field.name);
        let key = if self.unique { [&run, self.key].concat() } else { Vec::new() };
        let own = self.columns.iter().map(|column| column.field);
        let fields = RUN_FIELDS.into_iter().chain(own).collect();
        Sheet { file: self.file, title: self.title, base: self.base, key, fields }
    }

    fn write(&self, results: &Results, out: &mut dyn Write) -> io::Result<u64> {
        let mut file = CsvFile::new(&self.sheet().fields, out)?;
        for run in sorted_runs(results) {
            let mut rows: Vec<&T> = (self.rows)(run).iter().collect();
            sort_by_key(&mut rows, self.columns, self.key);
            for row in rows {
                let start = [Cell::Text(&run.policy), Cell::from(run.replication)];
                file.row(start.into_iter().chain(self.columns.iter().map(|c| c.read(row))))?;
            }
        }
        file.finish()
    }
}
