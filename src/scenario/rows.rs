//! Rows of CSV files: lines that are counted alike in every kind of file, columns by name, and
//! mistakes with their place.

use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::mistake::nearest;

/// One mistake in a file of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowMistake {
    /// Stable code, such as `settle::bad-row`.
    pub code: &'static str,
    /// The file, as named by the user.
    pub file: String,
    /// Line, from 1; none where the file cannot be read.
    pub line: Option<usize>,
    /// Column in bytes, from 1; none where the whole line is meant.
    pub column: Option<usize>,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// Columns that a file has, in the order in which its reader asks for them.
pub(super) struct Columns {
    /// Names; the first `required` must be there.
    pub(super) names: &'static [&'static str],
    pub(super) required: usize,
}

/// Rows of one file with a header, read one by one.
pub(super) struct Rows<R> {
    file: String,
    reader: Reader<Plain<R>>,
    record: ByteRecord,
    places: Vec<Option<usize>>,
}

impl<R: Read> Rows<R> {
    /// Reads the header.
    pub(super) fn open(file: &str, source: R, columns: &Columns) -> Result<Self, RowMistake> {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .comment(Some(b'#'))
            .buffer_capacity(1 << 16)
            .from_reader(Plain::new(source));
        let mut rows =
            Self { file: file.to_owned(), reader, record: ByteRecord::new(), places: Vec::new() };
        let expected = columns.names.join(",");
        match rows.reader.read_byte_record(&mut rows.record) {
            Ok(true) => rows.place(columns)?,
            Ok(false) => {
                let message = format!("no header: expected `{expected}`");
                return Err(rows.whole_line("settle::bad-header", message));
            }
            Err(error) => return Err(rows.whole_line("settle::bad-header", said(&error))),
        }
        Ok(rows)
    }

    fn place(&mut self, columns: &Columns) -> Result<(), RowMistake> {
        let code = "settle::bad-header";
        let mut places = vec![None; columns.names.len()];
        for at in 0..self.record.len() {
            let name = self.text(at);
            let name = name.trim();
            let Some(column) = columns.names.iter().position(|known| *known == name) else {
                let known = columns.names.join(", ");
                let message = match nearest(name, columns.names.iter().copied()) {
                    Some(near) => format!("unknown column `{name}`; did you mean `{near}`?"),
                    None => format!("unknown column `{name}`: expected {known}"),
                };
                return Err(self.wrong_at(code, at, message));
            };
            if places[column].replace(at).is_some() {
                let message = format!("the column `{name}` is there twice");
                return Err(self.wrong_at(code, at, message));
            }
        }
        if let Some(column) = places[..columns.required].iter().position(Option::is_none) {
            let message = format!("the column `{}` is missing", columns.names[column]);
            return Err(self.whole_line(code, message));
        }
        self.places = places;
        Ok(())
    }

    /// Reads the next row; `None` at the end. After a mistake, reading may go on.
    pub(super) fn advance(&mut self) -> Option<Result<(), RowMistake>> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Some(Ok(())),
            Ok(false) => None,
            Err(error) => {
                let code = match error.kind() {
                    csv::ErrorKind::Io(_) => "io",
                    _ => "settle::bad-row",
                };
                Some(Err(self.whole_line(code, said(&error))))
            }
        }
    }

    /// The bytes of a column; empty where the file lacks it.
    pub(super) fn field(&self, column: usize) -> &[u8] {
        let place = self.places[column];
        place.and_then(|at| self.record.get(at)).unwrap_or_default().trim_ascii()
    }

    /// A mistake in a column.
    pub(super) fn wrong(&self, code: &'static str, column: usize, message: String) -> RowMistake {
        self.wrong_at(code, self.places[column].unwrap_or(0), message)
    }

    /// A mistake of the whole line.
    pub(super) fn whole_line(&self, code: &'static str, message: String) -> RowMistake {
        let line = usize::try_from(line_of(&self.reader)).ok();
        RowMistake { code, file: self.file.clone(), line, column: None, message }
    }

    fn wrong_at(&self, code: &'static str, at: usize, message: String) -> RowMistake {
        // Exact where no field before it is quoted.
        let column = self.record.range(at).map(|range| range.start + at + 1);
        RowMistake { column, ..self.whole_line(code, message) }
    }

    fn text(&self, at: usize) -> String {
        String::from_utf8_lossy(self.record.get(at).unwrap_or_default()).into_owned()
    }

    /// The source, once everything is read.
    pub(super) fn into_source(self) -> R {
        self.reader.into_inner().inner
    }
}

/// The line on which the record just read ends: every record ends in a line feed (see [`Plain`]).
pub(super) fn line_of<R: Read>(reader: &Reader<R>) -> u64 {
    reader.position().line().saturating_sub(1).max(1)
}

/// What the CSV reader found wrong, without the position that the caller adds.
pub(super) fn said(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        csv::ErrorKind::Utf8 { .. } => "this row is no UTF-8 text".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("this row has {len} fields: expected {expected_len}, as in the header")
        }
        _ => "this row is no CSV".to_owned(),
    }
}

/// Bytes without carriage returns, and with a line feed after the last line: so that every kind of
/// file has lines that are counted alike.
pub(super) struct Plain<R> {
    inner: R,
    ended: bool,
}

impl<R> Plain<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, ended: false }
    }
}

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !into.is_empty() {
            let got = self.inner.read(into)?;
            if got == 0 {
                self.ended = true;
                into[0] = b'\n';
                return Ok(1);
            }
            if !into[..got].contains(&b'\r') {
                return Ok(got);
            }
            let mut kept = 0;
            for from in 0..got {
                if into[from] != b'\r' {
                    into[kept] = into[from];
                    kept += 1;
                }
            }
            if kept > 0 {
                return Ok(kept);
            }
        }
        Ok(0)
    }
}
