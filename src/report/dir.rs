//! The folder of one report, `<out>/<scenario>/<run-hash>/`: written file by file, then sealed.
//!
//! Invariant: each file appears whole or not at all, and `manifest.json` only after all others.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::{NamedTempFile, TempPath};
use thiserror::Error;

use super::{TIMING_FILE, events, json, payments};

pub(super) const MANIFEST: &str = "manifest.json";
/// Digits of the run hash that name the folder.
const HASH_DIGITS: usize = 12;
/// Files that an earlier report of the same run may hold, and this one may not.
const ON_REQUEST: [&str; 2] = [payments::FILE, events::FILE];

/// Why a report was not written.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A name that could lead out of the output folder.
    #[error("cannot name a report folder after the {what} `{name}`: use a-z, 0-9 and -")]
    Name {
        /// What is named.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The folder lies elsewhere, over a symbolic link.
    #[error("`{path}` leads out of the output folder `{out}`: remove the symbolic link")]
    Outside {
        /// The report's folder.
        path: PathBuf,
        /// The output folder.
        out: PathBuf,
    },
    /// The system refused.
    #[error("cannot {what} `{path}`: {source}\nhelp: {hint}")]
    Io {
        /// What was attempted.
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// What to do about it.
        hint: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// A file of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Its name within the folder.
    pub name: String,
    /// Rows of a table, lines of an event log; none for other files.
    pub rows: Option<u64>,
    /// Length.
    pub bytes: u64,
    /// BLAKE3 digest, hexadecimal.
    pub blake3: String,
}

/// The folder of one report, open for writing.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    written: BTreeMap<String, Written>,
}

impl RunDir {
    /// Creates or reopens the folder. A manifest that is there is removed: from here until
    /// `seal`, the report is not complete.
    ///
    /// # Errors
    /// When a name could lead out of `out`, or the folder cannot be made.
    pub fn open(out: &Path, scenario: &str, hash: &str) -> Result<Self, ReportError> {
        let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if scenario.is_empty() || !scenario.chars().all(named) {
            return Err(ReportError::Name { what: "scenario", name: scenario.to_owned() });
        }
        let lower = |c: char| c.is_ascii_hexdigit() && !c.is_ascii_uppercase();
        if hash.len() < HASH_DIGITS || !hash.chars().all(lower) {
            return Err(ReportError::Name { what: "run hash", name: hash.to_owned() });
        }
        let place = out.join(scenario);
        create(&place)?;
        inside(&place, out)?;
        let path = place.join(&hash[..HASH_DIGITS]);
        create(&path)?;
        inside(&path, out)?;
        remove(&path.join(MANIFEST))?;
        Ok(Self { path, written: BTreeMap::new() })
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether this file was written since the folder was opened.
    pub fn holds(&self, name: &str) -> bool {
        self.written.contains_key(name)
    }

    /// A nameless file for rows that stream during a run; it vanishes when dropped.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn part(&self) -> Result<NamedTempFile, ReportError> {
        temporary(&self.path).map_err(|source| failed("create a file in", &self.path, source))
    }

    /// Joins the parts of all runs, in plan order, into `payments.csv`.
    ///
    /// # Errors
    /// When a part cannot be read or the file cannot be written.
    pub fn join_payments(&mut self, parts: Vec<TempPath>) -> Result<(), ReportError> {
        self.join(payments::FILE, payments::header().as_bytes(), parts)
    }

    /// Joins the parts of all runs, in plan order, into `events.ndjson`.
    ///
    /// # Errors
    /// When a part cannot be read or the file cannot be written.
    pub fn join_events(&mut self, parts: Vec<TempPath>) -> Result<(), ReportError> {
        self.join(events::FILE, b"", parts)
    }

    /// Joins parts, in order, behind a head.
    pub(super) fn join(
        &mut self,
        name: &str,
        head: &[u8],
        parts: Vec<TempPath>,
    ) -> Result<(), ReportError> {
        self.write(name, |out| {
            out.write_all(head)?;
            let mut rows = 0;
            for part in parts {
                rows += append(&part, out)?;
            }
            Ok(Some(rows))
        })
    }

    /// Writes one file whole: `content` writes the bytes and says how many rows they hold.
    ///
    /// # Errors
    /// When the file cannot be written; an older one of the name then stays as it was.
    pub fn write(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> io::Result<Option<u64>>,
    ) -> Result<(), ReportError> {
        let path = self.path.join(name);
        let fail = |source| failed("write", &path, source);
        let file = temporary(&self.path).map_err(fail)?;
        let mut out =
            Digesting { out: BufWriter::new(file), digest: blake3::Hasher::new(), bytes: 0 };
        let rows = content(&mut out).map_err(fail)?;
        let Digesting { out, digest, bytes } = out;
        let file = out.into_inner().map_err(|error| fail(error.into_error()))?;
        file.as_file().sync_all().map_err(fail)?;
        file.persist(&path).map_err(|error| fail(error.error))?;
        let blake3 = digest.finalize().to_hex().to_string();
        let written = Written { name: name.to_owned(), rows, bytes, blake3 };
        self.written.insert(name.to_owned(), written);
        Ok(())
    }

    /// A folder that was sealed, to replace single files of it.
    pub(super) fn reopen(path: &Path) -> Self {
        Self { path: path.to_owned(), written: BTreeMap::new() }
    }

    /// What was written under this name since the folder was opened.
    pub(super) fn written(&self, name: &str) -> Option<&Written> {
        self.written.get(name)
    }

    /// What it means when a file of this folder cannot be read.
    pub(super) fn unreadable(&self, source: io::Error) -> ReportError {
        failed("read the files of", &self.path, source)
    }

    /// Removes what an earlier report left over, then writes the manifest.
    pub(super) fn seal<T: Serialize>(
        &mut self,
        manifest: impl FnOnce(Vec<Written>) -> T,
    ) -> Result<(), ReportError> {
        for stale in ON_REQUEST.iter().filter(|name| !self.written.contains_key(**name)) {
            remove(&self.path.join(stale))?;
        }
        let files = self.written.values().filter(|file| file.name != TIMING_FILE).cloned();
        let manifest = manifest(files.collect());
        self.write(MANIFEST, |out| json::write(&manifest, out).map(|()| None))?;
        sync_folder(&self.path)
    }
}

/// Counts and digests what passes through.
struct Digesting<W> {
    out: W,
    digest: blake3::Hasher,
    bytes: u64,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.digest.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn append(part: &Path, out: &mut dyn Write) -> io::Result<u64> {
    let mut rows = 0;
    let mut part = BufReader::new(File::open(part)?);
    loop {
        let bytes = part.fill_buf()?;
        if bytes.is_empty() {
            return Ok(rows);
        }
        // Names hold no line ends, so each line is one row.
        rows += bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
        out.write_all(bytes)?;
        let taken = bytes.len();
        part.consume(taken);
    }
}

fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".part-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A report is readable like any other file; the user's mask applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn create(path: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(path).map_err(|source| failed("create the folder", path, source))
}

fn inside(path: &Path, out: &Path) -> Result<(), ReportError> {
    let real = |path: &Path| fs::canonicalize(path).map_err(|e| failed("resolve", path, e));
    if real(path)?.starts_with(real(out)?) {
        return Ok(());
    }
    Err(ReportError::Outside { path: path.to_owned(), out: out.to_owned() })
}

fn remove(path: &Path) -> Result<(), ReportError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(failed("remove", path, source))
        }
        _ => Ok(()),
    }
}

fn sync_folder(path: &Path) -> Result<(), ReportError> {
    if cfg!(unix) {
        let synced = File::open(path).and_then(|folder| folder.sync_all());
        return synced.map_err(|source| failed("sync", path, source));
    }
    Ok(())
}

fn failed(what: &'static str, path: &Path, source: io::Error) -> ReportError {
    let hint = match source.kind() {
        io::ErrorKind::PermissionDenied => "choose another folder with --out",
        io::ErrorKind::StorageFull => "free some space, or choose another folder with --out",
        io::ErrorKind::ReadOnlyFilesystem => "choose a writable folder with --out",
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            "a file is in the way: remove it, or choose another folder with --out"
        }
        _ => "check the folder given with --out",
    };
    ReportError::Io { what, path: path.to_owned(), hint, source }
}
