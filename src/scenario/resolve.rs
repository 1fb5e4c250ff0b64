//! The resolved scenario: every key with its value, in order of key, and where each came from.

use std::fmt::Write as _;

use super::source::{Place, Sources};
use super::tree::{Node, Table, Value};

/// Every key with its value and its origin.
#[derive(Clone, Debug)]
pub struct Resolved {
    tree: Node,
    sources: Sources,
}

impl Resolved {
    pub(super) fn new(tree: Node, sources: Sources) -> Self {
        Self { tree, sources }
    }

    /// The scenario as TOML, loadable as it is. With `origins`, each line ends in where its value
    /// came from and in the comment that stood there.
    pub fn toml(&self, origins: bool) -> String {
        let mut printer = Printer { sources: &self.sources, origins, out: String::new() };
        if let Some(table) = self.tree.table() {
            printer.section(&mut Vec::new(), table);
        }
        printer.out
    }

    /// Every section as text, by path; those that hold named entries, entry by entry.
    pub fn sections(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if let Some(table) = self.tree.table() {
            sections_of(table, &mut Vec::new(), &mut found);
        }
        found
    }

    /// The files read, apart from the scenario itself, with a digest of their contents: the
    /// resolved text speaks of them only by name.
    pub fn files(&self) -> Vec<(String, String)> {
        self.sources.digests()
    }
}

fn sections_of(table: &Table, path: &mut Vec<String>, found: &mut Vec<(String, String)>) {
    for (key, entry) in table {
        let whole = join(path, key);
        match entry.node.table() {
            Some(inner) if SPLIT.contains(&whole.as_str()) => {
                path.push(key.clone());
                sections_of(inner, path, found);
                path.pop();
            }
            _ => found.push((whole, inline(&entry.node))),
        }
    }
}

struct Printer<'a> {
    sources: &'a Sources,
    origins: bool,
    out: String,
}

/// Sections whose entries get a header of their own, by depth of the section's path.
const SPLIT: [&str; 6] =
    ["institutions", "groups", "consumers", "merchants", "policies", "demand.background"];

impl Printer<'_> {
    fn section(&mut self, path: &mut Vec<String>, table: &Table) {
        let (split, plain): (Vec<_>, Vec<_>) = table.iter().partition(|(key, entry)| {
            let whole = join(path, key);
            let top = path.is_empty();
            let named = SPLIT.contains(&whole.as_str()) || SPLIT.contains(&path.join(".").as_str());
            entry.node.table().is_some() && (top || named)
        });
        if !path.is_empty() && (!plain.is_empty() || split.is_empty()) {
            let name: Vec<String> = path.iter().map(|key| quoted(key)).collect();
            let _ = write!(self.out, "\n[{}]\n", name.join("."));
        }
        for (key, entry) in plain {
            self.line(&quoted(key), &entry.node);
        }
        for (key, entry) in split {
            if let Some(inner) = entry.node.table() {
                path.push(key.clone());
                self.section(path, inner);
                path.pop();
            }
        }
    }

    /// One leaf, or a table as dotted keys.
    fn line(&mut self, key: &str, node: &Node) {
        match &node.value {
            Value::Table(table) if !table.is_empty() => {
                for (inner, entry) in table {
                    self.line(&format!("{key}.{}", quoted(inner)), &entry.node);
                }
            }
            Value::Array(items) if items.iter().any(|item| item.table().is_some()) => {
                let _ = write!(self.out, "{key} = [");
                let mark = self.origin(node.place);
                self.out.push_str(&mark);
                self.out.push('\n');
                for item in items {
                    let mark = self.origin(item.place);
                    let _ = writeln!(self.out, "  {},{mark}", inline(item));
                }
                self.out.push_str("]\n");
            }
            _ => {
                let mark = self.origin(node.place);
                let _ = writeln!(self.out, "{key} = {}{mark}", inline(node));
            }
        }
    }

    fn origin(&self, place: Place) -> String {
        if !self.origins {
            return String::new();
        }
        let origin = self.sources.describe(place);
        let supplied = place == super::de::SUPPLIED;
        match self.sources.comment_after(place).filter(|_| !supplied) {
            Some(comment) if !comment.is_empty() => format!(" # {origin}; {comment}"),
            _ => format!(" # {origin}"),
        }
    }
}

fn join(path: &[String], key: &str) -> String {
    match path {
        [] => key.to_owned(),
        _ => format!("{}.{key}", path.join(".")),
    }
}

fn inline(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => basic_string(text),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(flag) => flag.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) if table.is_empty() => "{}".to_owned(),
        Value::Table(table) => {
            let pair = |(key, entry): (&String, &super::tree::Entry)| {
                format!("{} = {}", quoted(key), inline(&entry.node))
            };
            let pairs: Vec<String> = table.iter().map(pair).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { basic_string(key) }
}

/// A TOML basic string.
fn basic_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
