//! Rebuilding: `report.html` again from the files of a folder, without running anything.
//!
//! Invariant: with the engine that wrote the folder, not one byte of it changes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use thiserror::Error;

use super::dir::{MANIFEST, ReportError, RunDir};
use super::page;

/// Why a page was not rebuilt.
#[derive(Debug, Error)]
pub enum RebuildError {
    /// There is no manifest, so there is no whole report.
    #[error("`{0}` holds no complete report: its manifest.json is missing or not readable")]
    NoReport(PathBuf),
    /// A file is not as its manifest says.
    #[error("`{0}` was changed since it was written, or is missing")]
    Changed(PathBuf),
    /// A report of another kind or of another engine.
    #[error("cannot make a page of `{path}`: {source}")]
    Page {
        /// The folder.
        path: PathBuf,
        /// What could not be read.
        source: io::Error,
    },
    /// The page could not be written.
    #[error(transparent)]
    Write(#[from] ReportError),
}

/// Writes the page of a folder again and enters it into the manifest. Says where it lies.
///
/// # Errors
/// When the folder holds no whole report, one of its files was changed, or it cannot be written.
pub fn rebuild(folder: &Path) -> Result<PathBuf, RebuildError> {
    let missing = || RebuildError::NoReport(folder.to_owned());
    let text = fs::read(folder.join(MANIFEST)).map_err(|_| missing())?;
    let mut manifest: Value = serde_json::from_slice(&text).map_err(|_| missing())?;
    let files = manifest.get_mut("files").and_then(Value::as_array_mut).ok_or_else(missing)?;
    for file in files.iter() {
        let name = file["name"].as_str().ok_or_else(missing)?;
        // The page itself is about to be replaced; all else must be what was written.
        if name != page::FILE {
            unchanged(&folder.join(name), file["blake3"].as_str())?;
        }
    }
    let page = page::page(folder)
        .map_err(|source| RebuildError::Page { path: folder.to_owned(), source })?;
    let mut dir = RunDir::reopen(folder);
    dir.write(page::FILE, |out| out.write_all(page.as_bytes()).map(|()| None))?;
    let entry = json!(dir.written(page::FILE));
    if files.contains(&entry) {
        return Ok(folder.join(page::FILE));
    }
    // Another engine wrote the folder: its page gives way to this one's.
    files.retain(|file| file["name"] != page::FILE);
    files.push(entry);
    files.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    dir.write(MANIFEST, |out| super::json::write(&manifest, out).map(|()| None))?;
    Ok(folder.join(page::FILE))
}

fn unchanged(path: &Path, digest: Option<&str>) -> Result<(), RebuildError> {
    let mut hasher = blake3::Hasher::new();
    let read = File::open(path).and_then(|file| hasher.update_reader(file).map(|_| ()));
    let same = read.is_ok() && digest == Some(hasher.finalize().to_hex().as_str());
    if same { Ok(()) } else { Err(RebuildError::Changed(path.to_owned())) }
}
