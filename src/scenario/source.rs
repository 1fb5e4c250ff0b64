//! Texts that a scenario was read from, and places in them.

use std::ops::Range;
use std::path::PathBuf;

/// Which text: an index into `Sources`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(u32);

impl SourceId {
    pub(super) const fn raw(self) -> u64 {
        self.0 as u64
    }

    pub(super) fn from_raw(raw: u64) -> Self {
        Self(u32::try_from(raw).unwrap_or(0))
    }
}

/// A stretch of one text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which text.
    pub source: SourceId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Place {
    /// The bytes of the text that are meant.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// One text with the name that mistakes give it.
#[derive(Clone, Debug)]
pub struct Source {
    /// A path as the user would type it, or `--set`, or `default`.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// The folder that its relative paths start from.
    pub folder: PathBuf,
}

/// Every text read for one scenario; the first holds the built-in defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
    files: Vec<(String, String)>,
}

impl Sources {
    /// The source of the built-in defaults, always the first one.
    pub const DEFAULTS: SourceId = SourceId(0);

    /// Keeps a text and returns its id.
    pub fn add(&mut self, name: &str, text: String, folder: PathBuf) -> SourceId {
        let id = u32::try_from(self.all.len()).expect("fewer texts than 2^32");
        self.all.push(Source { name: name.to_owned(), text, folder });
        SourceId(id)
    }

    /// Remembers that a file of values was read, by a digest of its bytes.
    pub(super) fn note_file(&mut self, name: &str, bytes: &[u8]) {
        let digest = blake3::hash(bytes).to_hex().to_string();
        let entry = (name.to_owned(), digest);
        if !self.files.contains(&entry) {
            self.files.push(entry);
        }
    }

    /// Every file of values that was read, with its digest, in order of name.
    pub fn digests(&self) -> Vec<(String, String)> {
        let mut files = self.files.clone();
        files.sort();
        files
    }

    /// The text with this id.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.all[id.0 as usize]
    }

    /// Line and column, both from 1, of the start of a place.
    pub fn line_column(&self, place: Place) -> (usize, usize) {
        let before = self.text_before(place);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
        (line, column)
    }

    /// `file:line` of a place, or the bare name of a text that has no lines to speak of.
    pub fn describe(&self, place: Place) -> String {
        let source = self.get(place.source);
        if place.source == Self::DEFAULTS || source.name.starts_with("--") {
            return source.name.clone();
        }
        format!("{}:{}", source.name, self.line_column(place).0)
    }

    /// The comment that ends the line on which a value stands, without its `#`.
    pub fn comment_after(&self, place: Place) -> Option<&str> {
        let rest = self.get(place.source).text.get(place.end..)?;
        let rest = rest.lines().next()?;
        let (between, comment) = rest.split_once('#')?;
        let only_closes = between.chars().all(|c| matches!(c, ' ' | '\t' | ',' | ']' | '}'));
        only_closes.then(|| comment.trim())
    }

    fn text_before(&self, place: Place) -> &str {
        let text = &self.get(place.source).text;
        text.get(..place.start).unwrap_or(text)
    }
}

/// The bytes of a line, counted from 1, without its end.
pub(super) fn line_range(text: &str, line: u64) -> Range<usize> {
    let skipped = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(skipped).map(str::len).sum();
    let length = text[start..].lines().next().map_or(0, str::len);
    start..start + length
}
