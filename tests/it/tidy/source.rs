//! A source file as the tidy rules see it: raw, and as code alone.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of the package.
pub(crate) struct Source {
    /// Path from the package's root, with forward slashes.
    pub(crate) path: String,
    /// The text as it stands.
    pub(crate) raw: String,
    /// The text with comments and literals blanked; every line keeps its number.
    pub(crate) code: String,
}

impl Source {
    /// A file with this path and text.
    pub(crate) fn new(path: &str, raw: &str) -> Self {
        let mut source = Self { path: path.to_owned(), raw: raw.to_owned(), code: raw.to_owned() };
        if source.is("rs") {
            source.code = blank(raw);
        }
        source
    }

    /// Whether its name ends so, as in `is("toml")`.
    pub(crate) fn is(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, end)| end == extension)
    }

    /// The room it belongs to: `units`, `kernel`, …, or the file's own name beside them.
    pub(crate) fn room(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        inside.split('/').next().map(|room| room.trim_end_matches(".rs"))
    }

    /// The module path, without the crate: `["kernel", "dist"]`.
    pub(crate) fn module(&self) -> Vec<String> {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path).trim_end_matches(".rs");
        let names = inside.split('/').filter(|name| !matches!(*name, "mod" | "lib" | "main"));
        names.map(str::to_owned).collect()
    }
}

/// Every text file of the package below `folder`, in order of path.
pub(crate) fn below(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    walk(&root.join(folder), &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).expect("found below the root").to_string_lossy();
        // A file that is not text has no lines to check.
        let raw = fs::read_to_string(&path).ok()?;
        Some(Source::new(&name.replace('\\', "/"), &raw))
    };
    paths.into_iter().filter_map(read).collect()
}

/// What a build, a run or an editor leaves behind.
const NOT_OURS: [&str; 5] = ["target", ".git", "artifacts", "Cargo.lock", "reports"];

fn walk(path: &Path, found: &mut Vec<PathBuf>) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if NOT_OURS.contains(&name.as_ref()) {
        return;
    }
    if path.is_file() {
        found.push(path.to_owned());
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        walk(&entry.path(), found);
    }
}

/// Replaces comments, strings and character literals by blanks.
fn blank(raw: &str) -> String {
    let chars: Vec<char> = raw.chars().collect();
    let mut code = String::with_capacity(raw.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Where the comment or literal that starts at `at` ends; `at` itself when none does.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = |ahead: usize| chars.get(at + ahead).copied().unwrap_or(' ');
    let after_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match (chars[at], next(1)) {
        ('/', '/') => position(chars, at, |c| c == '\n'),
        ('/', '*') => block_comment_end(chars, at),
        ('"', _) => string_end(chars, at + 1),
        ('r', '"' | '#') if !after_word => raw_string_end(chars, at),
        // `'\n'` and `'x'` are literals, `'a` is a lifetime.
        ('\'', '\\') => position(chars, at + 3, |c| c == '\'') + 1,
        ('\'', _) if next(2) == '\'' => at + 3,
        _ => at,
    }
}

fn position(chars: &[char], from: usize, wanted: impl Fn(char) -> bool) -> usize {
    let rest = chars.get(from..).unwrap_or_default();
    from + rest.iter().position(|c| wanted(*c)).unwrap_or(rest.len())
}

fn block_comment_end(chars: &[char], from: usize) -> usize {
    let mut depth = 0_u32;
    let mut at = from;
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') if depth == 1 => return at + 2,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    chars.len()
}

fn string_end(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn raw_string_end(chars: &[char], from: usize) -> usize {
    let open = position(chars, from + 1, |c| c != '#');
    if chars.get(open) != Some(&'"') {
        // `r#type` is a name.
        return from;
    }
    let hashes = open - from - 1;
    let mut at = open + 1;
    loop {
        at = position(chars, at, |c| c == '"') + 1;
        let closing = chars.get(at..at + hashes).unwrap_or_default();
        if at > chars.len() || (closing.len() == hashes && closing.iter().all(|c| *c == '#')) {
            return (at + hashes).min(chars.len());
        }
    }
}

/// A name, `::`, or one other character of code.
#[derive(Clone, Copy)]
pub(crate) struct Token<'a> {
    /// Counted from 1.
    pub(crate) line: usize,
    /// As written.
    pub(crate) text: &'a str,
}

/// The code's tokens, without blanks.
pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let name = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let length = match name.unwrap_or(rest.len()) {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                name => name,
            };
            found.push(Token { line: number + 1, text: &rest[..length] });
            rest = rest[length..].trim_start();
        }
    }
    found
}
