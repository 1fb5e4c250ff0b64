//! Reuse: whether a folder already holds, complete and untouched, what a run would write.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde_json::Value;

use super::args::Emit;
use crate::report::SummaryView;

/// What an earlier run of identical inputs left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its summary, as it was written.
    pub view: SummaryView,
    /// Its summary for machines.
    pub json: Value,
    /// Names of its files.
    pub files: Vec<String>,
}

impl Kept {
    /// Whether what is asked for besides the report's own files is among them.
    pub fn emitted(&self, emit: Emit) -> bool {
        let stem = match emit {
            Emit::Payments => "payments.",
            Emit::Events => "events.",
        };
        self.files.iter().any(|file| file.starts_with(stem))
    }
}

/// Reads a folder whose manifest is complete and whose files all match their digests. Anything
/// else is no report at all, and is run again.
pub fn kept(folder: &Path) -> Option<Kept> {
    let manifest: Value = read_json(&folder.join("manifest.json"))?;
    if manifest.get("status")?.as_str()? != "complete" {
        return None;
    }
    let mut files = Vec::new();
    for file in manifest.get("files")?.as_array()? {
        let name = file.get("name")?.as_str()?;
        let digest = digest(&folder.join(name)).ok()?;
        if file.get("blake3")?.as_str()? != digest.to_hex().as_str() {
            return None;
        }
        files.push(name.to_owned());
    }
    let text = fs::read(folder.join("summary.json")).ok()?;
    let view: SummaryView = serde_json::from_slice(&text).ok()?;
    // A broken law is told again, with the offending event, by running again.
    if !view.invariants.iter().all(|law| law.ok) {
        return None;
    }
    let json = serde_json::from_slice(&text).ok()?;
    Some(Kept { view, json, files })
}

/// Names of the files that a manifest lists.
pub fn names(manifest: &Value) -> Vec<String> {
    let files = manifest.get("files").and_then(Value::as_array);
    let name = |file: &Value| Some(file.get("name")?.as_str()?.to_owned());
    files.into_iter().flatten().filter_map(name).collect()
}

/// A file that is no JSON is as good as none.
pub fn read_json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Digest of a file's bytes, read in pieces.
///
/// # Errors
/// When it cannot be read.
pub fn digest(path: &Path) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize())
}
