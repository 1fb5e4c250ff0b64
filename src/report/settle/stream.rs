//! `settled.csv`: what became of each obligation, streamed.
//!
//! By far the largest table: rows are put together from bytes, without a formatter.

use std::io::{self, Write};

use crate::measure::settlement::Fate;
use crate::report::column::{Base, Field, Kind, Sheet};

pub(super) const FILE: &str = "settled.csv";

const fn field(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    description: &'static str,
) -> Field {
    Field { name, kind, unit, optional: false, description }
}

const fn maybe(field: Field) -> Field {
    Field { optional: true, ..field }
}

const FIELDS: [Field; 10] = [
    field("regime", Kind::Text, "", "The regime"),
    field("row", Kind::Integer, "", "Which obligation of the file, counted from 1"),
    field("debtor", Kind::Text, "", "Who owes"),
    field("creditor", Kind::Text, "", "Who is owed"),
    field("amount_minor", Kind::Integer, "minor units", "How much is meant: all, or a part"),
    field("arrived_us", Kind::Integer, "us", "Arrival, since midnight of the first day"),
    maybe(field("settled_us", Kind::Integer, "us", "Discharge, since the same midnight")),
    maybe(field("delay_us", Kind::Integer, "us", "From arrival to discharge")),
    maybe(field("method", Kind::Text, "", "gross, offset or net")),
    field("status", Kind::Text, "", "settled, part (more of it follows), refused or unsettled"),
];

/// What `settled.csv` holds. Within a regime, rows are in order of discharge; what was not
/// discharged by the close stands at the end, in order of arrival.
pub(super) fn sheet() -> Sheet {
    Sheet {
        file: FILE,
        title: "Obligations: one row each, or one a part where it was split, in order of discharge",
        key: Vec::new(),
        base: Base::File,
        fields: FIELDS.to_vec(),
    }
}

pub(super) fn header() -> String {
    FIELDS.map(|field| field.name).join(",") + "\n"
}

/// Writes one regime's rows as they come about.
pub struct SettledWriter<W> {
    out: W,
    row: Vec<u8>,
    regime: &'static str,
    /// Names as they stand in a CSV file.
    names: Vec<Vec<u8>>,
    error: Option<io::Error>,
}

impl<W: Write> SettledWriter<W> {
    /// A writer of this regime's rows.
    pub fn new(regime: &'static str, names: &[String], out: W) -> Self {
        let names = names.iter().map(|name| quoted(name)).collect();
        Self { out, row: Vec::new(), regime, names, error: None }
    }

    /// One more row. An error shows in [`SettledWriter::finish`].
    pub fn record(&mut self, fate: &Fate) {
        if self.error.is_some() {
            return;
        }
        let obligation = &fate.due.obligation;
        let arrived_us = fate.due.at.nanos() / 1_000;
        self.row.clear();
        text(&mut self.row, self.regime.as_bytes());
        whole(&mut self.row, u64::from(fate.due.number) + 1);
        text(&mut self.row, &self.names[obligation.debtor_agent.index()]);
        text(&mut self.row, &self.names[obligation.creditor_agent.index()]);
        whole(&mut self.row, obligation.amount.minor());
        whole(&mut self.row, arrived_us);
        match fate.discharged {
            Some((at, method)) => {
                whole(&mut self.row, at.nanos() / 1_000);
                whole(&mut self.row, at.nanos() / 1_000 - arrived_us);
                text(&mut self.row, method.as_bytes());
            }
            None => self.row.extend_from_slice(b",,,"),
        }
        self.row.extend_from_slice(fate.status.name().as_bytes());
        self.row.push(b'\n');
        self.error = self.out.write_all(&self.row).err();
    }

    /// Ends the file and gives the destination back.
    ///
    /// # Errors
    /// The first error met while writing.
    pub fn finish(mut self) -> io::Result<W> {
        self.error.map_or(Ok(()), Err)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn text(row: &mut Vec<u8>, text: &[u8]) {
    row.extend_from_slice(text);
    row.push(b',');
}

fn whole(row: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(value % 10).expect("a digit");
        value /= 10;
        if value == 0 {
            break;
        }
    }
    text(row, &digits[at..]);
}

/// A name as a CSV field.
fn quoted(name: &str) -> Vec<u8> {
    if name.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", name.replace('"', "\"\"")).into_bytes();
    }
    name.as_bytes().to_vec()
}
