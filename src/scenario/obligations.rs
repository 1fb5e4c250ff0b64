//! Obligations from files: who takes part, within which limits, and who owes whom when.
//!
//! All files are CSV with a header; columns may come in any order, and lines that start with `#`
//! are comments.
//!
//! | File | Columns |
//! | --- | --- |
//! | participants | `id`, `opening_minor`, `credit_limit_minor` |
//! | limits | `debtor`, `creditor`, `limit_minor` |
//! | obligations | `time`, `debtor`, `creditor`, `amount_minor`, and `priority` if wanted |
//!
//! Obligations stand in order of time and are read one by one, twice: first [`check`] looks for
//! every mistake, then [`Obligations`] streams them. Neither holds more than one row.
//!
//! Invariant: ids are dense and in order of name; amounts are above zero; no row is skipped.
//! Never: a row held in memory.

mod names;
mod time;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::mistake::nearest;
pub use super::rows::RowMistake;
use super::rows::{Columns, Rows};
use crate::units::{Account, Amount, Due, Duration, Instant, InstitutionId, Obligation};
use names::NameTable;
use time::Clock;
pub use time::of_day;

/// A longer list of mistakes is not read; nor is the file, from there on.
pub const MISTAKES_MAX: usize = 100;
/// As many participants as there are ids.
const PARTICIPANTS_MAX: usize = 65_536;
/// The most minor units of one amount, as in scenarios.
const LARGEST_MINOR: u64 = 1_000_000_000_000_000_000;

const PARTICIPANTS: Columns =
    Columns { names: &["id", "opening_minor", "credit_limit_minor"], required: 3 };
const LIMITS: Columns = Columns { names: &["debtor", "creditor", "limit_minor"], required: 3 };
const OBLIGATIONS: Columns =
    Columns { names: &["time", "debtor", "creditor", "amount_minor", "priority"], required: 4 };

/// Who takes part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participants {
    /// Names, in order: a name's place is its id.
    pub names: Vec<String>,
    /// Opening balances and credit limits, by id.
    pub accounts: Vec<Account>,
    table: NameTable,
}

impl Participants {
    /// The id of a name.
    pub fn id(&self, name: &[u8]) -> Option<InstitutionId> {
        self.table.find(name, &self.names)
    }

    /// The name of an id.
    pub fn name(&self, id: InstitutionId) -> &str {
        &self.names[id.index()]
    }
}

/// Reads the participants.
///
/// # Errors
/// Every mistake, up to [`MISTAKES_MAX`].
pub fn participants(path: &Path) -> Result<Participants, Vec<RowMistake>> {
    let mut rows = open(path, &PARTICIPANTS, false).map_err(|mistake| vec![mistake])?;
    let mut found: Vec<(String, Account)> = Vec::new();
    let mut mistakes = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    while mistakes.len() < MISTAKES_MAX {
        let read = match rows.advance() {
            None => break,
            Some(read) => read.map_err(|mistake| vec![mistake]),
        };
        match read.and_then(|()| participant(&rows)) {
            Ok(one) if !known.insert(one.0.clone()) => {
                let message = format!("`id` is \"{}\": this participant is there twice", one.0);
                mistakes.push(rows.wrong("settle::twice", 0, message));
            }
            Ok(one) => found.push(one),
            Err(wrong) => mistakes.extend(wrong),
        }
    }
    mistakes.truncate(MISTAKES_MAX);
    if found.len() > PARTICIPANTS_MAX {
        let message = format!("more than {PARTICIPANTS_MAX} participants");
        mistakes.push(rows.whole_line("settle::bad-row", message));
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let (names, accounts): (Vec<String>, Vec<Account>) = found.into_iter().unzip();
    let table = NameTable::new(&names);
    Ok(Participants { names, accounts, table })
}

/// The value, or nothing once the mistake is noted: a row tells all that is wrong with it.
fn noted<T>(read: Result<T, RowMistake>, wrong: &mut Vec<RowMistake>) -> Option<T> {
    read.map_err(|mistake| wrong.push(mistake)).ok()
}

fn participant<R: Read>(rows: &Rows<R>) -> Result<(String, Account), Vec<RowMistake>> {
    let bad = |column, message| rows.wrong("settle::bad-row", column, message);
    let mut wrong = Vec::new();
    let name = std::str::from_utf8(rows.field(0));
    let name = name.map_err(|_| bad(0, "`id` is no UTF-8 text".to_owned())).and_then(|name| {
        let named = !name.is_empty() && !name.chars().any(char::is_control);
        let unnamed = || bad(0, "`id` is empty or holds control characters".to_owned());
        named.then(|| name.to_owned()).ok_or_else(unnamed)
    });
    let name = noted(name, &mut wrong);
    let text = String::from_utf8_lossy(rows.field(1)).into_owned();
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let size = whole(digits.as_bytes(), "opening_minor").map_err(|message| bad(1, message));
    let signed = |size| if text.starts_with('-') { -i128::from(size) } else { i128::from(size) };
    let opening = noted(size, &mut wrong).map(signed);
    let limit = whole(rows.field(2), "credit_limit_minor").map_err(|message| bad(2, message));
    let limit = noted(limit, &mut wrong);
    if let (Some(opening), Some(limit)) = (opening, limit)
        && opening < -i128::from(limit)
    {
        let message = format!("`opening_minor` is {opening}: below the credit limit of {limit}");
        wrong.push(bad(1, message));
    }
    match (name, opening, limit) {
        (Some(name), Some(opening), Some(limit)) if wrong.is_empty() => {
            Ok((name, Account { opening, credit_limit: Amount::from_minor(limit) }))
        }
        _ => Err(wrong),
    }
}

/// Reads bilateral limits: debtor, creditor and amount.
///
/// # Errors
/// Every mistake, up to [`MISTAKES_MAX`].
pub fn limits(
    path: &Path,
    participants: &Participants,
) -> Result<Vec<Obligation>, Vec<RowMistake>> {
    let mut rows = open(path, &LIMITS, false).map_err(|mistake| vec![mistake])?;
    let mut known = std::collections::BTreeSet::new();
    let (mut found, mut mistakes) = (Vec::new(), Vec::new());
    while mistakes.len() < MISTAKES_MAX {
        let Some(read) = rows.advance() else { break };
        let read = read.map_err(|mistake| vec![mistake]).and_then(|()| {
            let mut wrong = Vec::new();
            let pair = pair(&rows, participants, ([0, 1], &mut wrong));
            let amount = whole(rows.field(2), "limit_minor");
            let amount = amount.map_err(|said| rows.wrong("settle::bad-row", 2, said));
            let amount = noted(amount, &mut wrong);
            if pair.is_some_and(|pair| !known.insert(pair)) {
                let message = "this pair has a limit already".to_owned();
                wrong.push(rows.wrong("settle::twice", 0, message));
            }
            match (pair, amount) {
                (Some((debtor_agent, creditor_agent)), Some(amount)) if wrong.is_empty() => {
                    let amount = Amount::from_minor(amount);
                    Ok(Obligation { debtor_agent, creditor_agent, amount })
                }
                _ => Err(wrong),
            }
        });
        match read {
            Ok(limit) => found.push(limit),
            Err(wrong) => mistakes.extend(wrong),
        }
    }
    mistakes.truncate(MISTAKES_MAX);
    if mistakes.is_empty() { Ok(found) } else { Err(mistakes) }
}

/// A length of time such as `15m` or `1h 30m`.
///
/// # Errors
/// What was expected.
pub fn length(text: &str) -> Result<Duration, String> {
    super::quantity::time(text)
}

/// What a first look at a file of obligations tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many there are.
    pub rows: u64,
    /// When the first arrives.
    pub first: Instant,
    /// When the last arrives.
    pub last: Instant,
    /// BLAKE3 digest of the file, hexadecimal.
    pub blake3: String,
}

/// Reads a whole file of obligations, looking for mistakes.
///
/// # Errors
/// Every mistake, up to [`MISTAKES_MAX`].
pub fn check(path: &Path, participants: &Participants) -> Result<Extent, Vec<RowMistake>> {
    let opened = Obligations::start(path, participants, true);
    let mut obligations = opened.map_err(|mistake| vec![mistake])?;
    let (mut extent, mut mistakes) = (Extent::default(), Vec::new());
    while let Some(read) = obligations.advance() {
        match read {
            Ok(due) => {
                if extent.rows == 0 {
                    extent.first = due.at;
                }
                extent.rows += 1;
                extent.last = due.at;
            }
            Err(wrong) => {
                let is_final = wrong.iter().any(|mistake| mistake.code == "io");
                mistakes.extend(wrong);
                if is_final || mistakes.len() >= MISTAKES_MAX {
                    break;
                }
            }
        }
    }
    mistakes.truncate(MISTAKES_MAX);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let digest = obligations.rows.into_source().digest.expect("it was asked for");
    extent.blake3 = digest.finalize().to_hex().to_string();
    Ok(extent)
}

/// Obligations of a file, one by one.
pub struct Obligations<'a> {
    rows: Rows<Digested<File>>,
    participants: &'a Participants,
    clock: Option<Clock>,
    read: u32,
    latest: Instant,
}

impl<'a> Obligations<'a> {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// The file cannot be read, or its header is not one of obligations.
    pub fn open(path: &Path, participants: &'a Participants) -> Result<Self, RowMistake> {
        Self::start(path, participants, false)
    }

    fn start(
        path: &Path,
        participants: &'a Participants,
        digests: bool,
    ) -> Result<Self, RowMistake> {
        let rows = open(path, &OBLIGATIONS, digests)?;
        Ok(Self { rows, participants, clock: None, read: 0, latest: Instant::EPOCH })
    }

    /// The next obligation, numbered from 0, or all that is wrong with its row; `None` at the end.
    /// After a mistake, reading may go on.
    pub fn advance(&mut self) -> Option<Result<Due, Vec<RowMistake>>> {
        let read = self.rows.advance()?.map_err(|mistake| vec![mistake]);
        Some(read.and_then(|()| self.due()))
    }

    fn due(&mut self) -> Result<Due, Vec<RowMistake>> {
        let rows = &self.rows;
        let bad = |column, message| rows.wrong("settle::bad-row", column, message);
        let mut wrong = Vec::new();
        let time = rows.field(0);
        let clock = match self.clock {
            Some(clock) => Ok(clock),
            None => Clock::of(time).map(|clock| *self.clock.insert(clock)),
        };
        let at = clock.and_then(|clock| clock.read(time)).map_err(|message| bad(0, message));
        let at = noted(at, &mut wrong);
        let pair = pair(rows, self.participants, ([1, 2], &mut wrong));
        let amount = whole(rows.field(3), "amount_minor").and_then(|amount| match amount {
            0 => Err("`amount_minor` is 0: expected an amount above zero".to_owned()),
            some => Ok(some),
        });
        let amount = noted(amount.map_err(|message| bad(3, message)), &mut wrong);
        let priority = match rows.field(4) {
            b"" => Some(0),
            text => whole(text, "priority").ok().and_then(|value| u8::try_from(value).ok()),
        };
        let expected = || bad(4, "`priority`: expected 0 to 255".to_owned());
        let priority = noted(priority.ok_or_else(expected), &mut wrong);
        if at.is_some_and(|at| at < self.latest) {
            let message = "this row is earlier than the one before it: sort the file by `time`";
            wrong.push(rows.wrong("settle::order", 0, message.to_owned()));
        }
        let read = (at, pair, amount, priority);
        let (Some(at), Some((debtor_agent, creditor_agent)), Some(amount), Some(priority)) = read
        else {
            return Err(wrong);
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let amount = Amount::from_minor(amount);
        let obligation = Obligation { debtor_agent, creditor_agent, amount };
        let due = Due { number: self.read, priority, at, obligation };
        self.latest = at;
        let more = "more than 4,294,967,295 obligations".to_owned();
        let next = self.read.checked_add(1);
        self.read = next.ok_or_else(|| vec![rows.whole_line("settle::bad-row", more)])?;
        Ok(due)
    }
}

/// The debtor and creditor of a row; what is wrong with them is noted.
fn pair<R: Read>(
    rows: &Rows<R>,
    participants: &Participants,
    (columns, wrong): ([usize; 2], &mut Vec<RowMistake>),
) -> Option<(InstitutionId, InstitutionId)> {
    let id = |column: usize| {
        let name = rows.field(column);
        participants.id(name).ok_or_else(|| {
            let name = String::from_utf8_lossy(name).into_owned();
            let known = participants.names.iter().map(String::as_str);
            let hint = nearest(&name, known)
                .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let message = format!("no participant is called `{name}`{hint}");
            rows.wrong("settle::unknown-participant", column, message)
        })
    };
    let [debtor, creditor] = columns.map(|column| noted(id(column), wrong));
    let pair = debtor.zip(creditor);
    if pair.is_some_and(|(debtor, creditor)| debtor == creditor) {
        let message = "debtor and creditor are the same".to_owned();
        wrong.push(rows.wrong("settle::bad-row", columns[1], message));
        return None;
    }
    pair
}

/// A whole number of minor units that is not negative.
fn whole(text: &[u8], column: &str) -> Result<u64, String> {
    let mut value = 0_u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        value = match value.checked_mul(10).and_then(|ten| ten.checked_add(digit.into())) {
            Some(next) if digit < 10 && next <= LARGEST_MINOR => next,
            Some(_) if digit < 10 => return Err(format!("`{column}`: expected a smaller number")),
            _ => return Err(not_whole(text, column)),
        };
    }
    if text.is_empty() { Err(not_whole(text, column)) } else { Ok(value) }
}

fn not_whole(text: &[u8], column: &str) -> String {
    let text = String::from_utf8_lossy(text);
    format!("`{column}` is \"{text}\": expected a whole number of minor units such as \"2000\"")
}

fn open(path: &Path, columns: &Columns, digests: bool) -> Result<Rows<Digested<File>>, RowMistake> {
    let file = path.display().to_string();
    let opened = File::open(path).and_then(|opened| {
        let folder = opened.metadata()?.is_dir();
        if folder { Err(io::Error::from(io::ErrorKind::IsADirectory)) } else { Ok(opened) }
    });
    match opened {
        Ok(opened) => {
            let digest = digests.then(blake3::Hasher::new);
            Rows::open(&file, Digested { source: opened, digest }, columns)
        }
        Err(error) => {
            let message = format!("cannot read: {error}");
            Err(RowMistake { code: "io", file, line: None, column: None, message })
        }
    }
}

/// Digests what is read, where that is asked for.
struct Digested<R> {
    source: R,
    digest: Option<blake3::Hasher>,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.source.read(into)?;
        if let Some(digest) = &mut self.digest {
            digest.update(&into[..got]);
        }
        Ok(got)
    }
}
