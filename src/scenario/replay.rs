//! Replay: a log of real payments, read as a stream and put in order within a stated look-back.
//!
//! The log is a CSV file with a header; columns may come in any order, and lines that start with
//! `#` are comments.
//!
//! | Column | What |
//! |---|---|
//! | `time` | seconds since the scenario's epoch (`12.345678`), or an instant in RFC 3339 |
//! | `payer` | any text; the same text is the same person |
//! | `wallet` | name of the wallet that the payer used |
//! | `merchant` | name of a class of merchants, unless the row gives a `code` |
//! | `code` | the payment code of a consumer-presented row, else the collection code scanned |
//! | `mode` | `static`, `dynamic`, `consumer-presented` or `tap` |
//! | `funding` | `balance`, `bank` (see [`banks`]) or `bank:NAME` |
//! | `amount` | decimal in major units of the scenario's currency |
//!
//! Invariant: rows come out in order of time, equal times in the file's order; no more rows are
//! held than the look-back spans.
//! Never: a row that is skipped. The first one that does not fit ends the log with file and line.

mod fields;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;

use csv::{Reader, ReaderBuilder, StringRecord};

use self::fields::{Columns, Fields};
use super::rows::{Plain, line_of, said};
use super::{Mode, Replay, Role, Scenario, Weighted};
use crate::units::{Amount, Duration, Instant, InstitutionId, MerchantClassId};

/// One payment of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReplayRow {
    /// When the payer wanted to pay.
    pub at: Instant,
    /// Which person: 53 bits of a hash of the text, so that any reader of numbers can hold it.
    pub payer: u64,
    /// The wallet used; it has the role of one.
    pub wallet: InstitutionId,
    /// Where.
    pub shop: ReplayShop,
    /// How the code was presented.
    pub mode: Mode,
    /// Where the money came from.
    pub funding: ReplayFunding,
    /// How much; never zero.
    pub amount: Amount,
}

/// Where a replayed payment was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplayShop {
    /// At a merchant of this class.
    Class(MerchantClassId),
    /// Anywhere, with a code of this issuer; `None`: no issuer claims the code, or two do.
    Code(Option<InstitutionId>),
}

/// Where the money of a replayed payment came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplayFunding {
    /// The wallet balance.
    Balance,
    /// The payer's bank; which one is up to the model (see [`banks`]).
    Bank,
    /// An account at this bank.
    BankAt(InstitutionId),
}

/// At which banks payers of a log hold their accounts where a row says `bank` alone: those of the
/// first class of consumers that states any, with its weights; else every bank, all alike.
pub fn banks(scenario: &Scenario) -> Vec<Weighted> {
    let stated = scenario.consumers.iter().find(|class| !class.banks.is_empty());
    if let Some(class) = stated {
        return class.banks.clone();
    }
    let institutions = scenario.institutions.iter().enumerate();
    let banks = institutions.filter(|(_, institution)| institution.roles.has(Role::Bank));
    let alike = |index| Weighted { institution: InstitutionId::new(index), weight: 1.0 };
    banks.map(|(index, _)| alike(index)).collect()
}

/// The most minor units that a log moves in all: sums of them stay within 64 bits.
const MOST_MINOR: u64 = 1_000_000_000_000_000_000;

/// Rows that are read before a run, so that mistakes show early.
const ROWS_CHECKED: usize = 1_000;

/// Reads the header and the first rows.
///
/// # Errors
/// As [`open`] and the rows themselves.
pub fn check(replay: &Replay, scenario: &Scenario) -> Result<(), String> {
    open(replay, scenario)?.take(ROWS_CHECKED).try_for_each(|row| row.map(|_| ()))
}

/// How many rows of a log there are, and what becomes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Before the warm-up ends: played back, not counted.
    pub early: u64,
    /// From warm-up to horizon: played back and counted.
    pub counted: u64,
    /// From the horizon to the end of the drain: played back, not counted.
    pub late: u64,
    /// After the drain: not played back.
    pub dropped: u64,
}

impl Survey {
    /// Rows that are played back.
    pub const fn played(self) -> u64 {
        self.early + self.counted + self.late
    }
}

/// Reads a whole log and counts its rows.
///
/// # Errors
/// As [`open`] and the rows themselves.
pub fn survey(replay: &Replay, scenario: &Scenario) -> Result<Survey, String> {
    let mut rows = open(replay, scenario)?;
    let end = std::mem::replace(&mut rows.end, Instant::NEVER);
    let mut survey = Survey::default();
    for row in rows {
        let at = row?.at;
        let count = if at < Instant::EPOCH + scenario.warm_up {
            &mut survey.early
        } else if at < Instant::EPOCH + scenario.horizon {
            &mut survey.counted
        } else if at < end {
            &mut survey.late
        } else {
            &mut survey.dropped
        };
        *count += 1;
    }
    Ok(survey)
}

/// Opens a log and reads its header.
///
/// # Errors
/// The file cannot be read, or its header is not one of a log; the message names file and line.
pub fn open(replay: &Replay, scenario: &Scenario) -> Result<Rows, String> {
    let file = replay.file.display().to_string();
    let opened = File::open(&replay.file).map_err(|error| format!("{file}: {error}"))?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .comment(Some(b'#'))
        .buffer_capacity(1 << 16)
        .from_reader(Plain::new(opened));
    let mut record = StringRecord::new();
    let header = reader.read_record(&mut record);
    let columns = header.map_err(|error| said(&error)).and_then(|any| {
        if any { Columns::new(&record) } else { Err("no header: the file is empty".to_owned()) }
    });
    let line = line_of(&reader);
    Ok(Rows {
        columns: columns.map_err(|wrong| format!("{file}:{line}: {wrong}"))?,
        fields: Fields::new(scenario),
        file,
        reader,
        record,
        held: BinaryHeap::new(),
        read: 0,
        minor: 0,
        latest: Instant::EPOCH,
        look_back: replay.look_back,
        end: scenario.demand_stops(),
        state: State::Reading,
    })
}

/// The rows of a log, in order of time. Ends at the end of the demand, at the end of the file or
/// after the first row that does not fit.
pub struct Rows {
    file: String,
    reader: Reader<Plain<File>>,
    /// Read into again and again.
    record: StringRecord,
    columns: Columns,
    fields: Fields,
    /// Rows that an earlier one may still follow, with their place in the file.
    held: BinaryHeap<Reverse<(Instant, u64, ReplayRow)>>,
    read: u64,
    /// Sum of all amounts read.
    minor: u64,
    latest: Instant,
    look_back: Duration,
    /// Rows from here on are not played back.
    end: Instant,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    /// Nothing more is read; the rows held are still to come.
    Read,
    Ended,
}

impl Rows {
    /// Rows held at this moment: those that the look-back spans.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Rows read so far.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// Reads one row into those held.
    fn advance(&mut self) -> Result<(), String> {
        if !self.reader.read_record(&mut self.record).map_err(|error| said(&error))? {
            self.state = State::Read;
            return Ok(());
        }
        let row = self.fields.row(&self.columns, &self.record)?;
        if row.at + self.look_back < self.latest {
            let early = seconds(self.latest.since(row.at));
            let expected = seconds(self.look_back);
            return Err(format!(
                "this row is {early} s earlier than one before it: expected at most the look-back \
                 of {expected} s"
            ));
        }
        self.read += 1;
        self.minor = self.minor.saturating_add(row.amount.minor());
        if self.minor > MOST_MINOR {
            return Err(
                "the amounts so far exceed 10^18 minor units: expected less in all".to_owned()
            );
        }
        self.latest = self.latest.max(row.at);
        if row.at < self.end {
            self.held.push(Reverse((row.at, self.read, row)));
        } else if self.end + self.look_back <= row.at {
            // Whatever follows lawfully is not before the end either.
            self.state = State::Read;
        }
        Ok(())
    }

    /// The first of the rows held, once none that is read later can come before it.
    fn due(&mut self) -> Option<ReplayRow> {
        let Reverse((at, ..)) = self.held.peek()?;
        let is_due = self.state == State::Read || *at + self.look_back <= self.latest;
        if is_due { self.held.pop().map(|Reverse((.., row))| row) } else { None }
    }
}

impl Iterator for Rows {
    type Item = Result<ReplayRow, String>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.state != State::Ended {
            if let Some(row) = self.due() {
                return Some(Ok(row));
            }
            if self.state == State::Read {
                self.state = State::Ended;
            } else if let Err(wrong) = self.advance() {
                self.state = State::Ended;
                self.held = BinaryHeap::new();
                return Some(Err(format!("{}:{}: {wrong}", self.file, line_of(&self.reader))));
            }
        }
        None
    }
}

/// A length of time in seconds, without trailing zeros.
fn seconds(length: Duration) -> String {
    let (whole, rest) = (length.nanos() / 1_000_000_000, length.nanos() % 1_000_000_000);
    let text = format!("{whole}.{rest:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
