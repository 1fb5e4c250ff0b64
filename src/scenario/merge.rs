//! One tree from several: parents by `extends`, and overrides by `--set`.

use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, nearest};
use super::schema::schema_at;
use super::source::{Place, SourceId, Sources};
use super::tree::{Entry, Node, Table, Value, node_of, tree_of};
use super::walk::{branches_of, dotted, takes};

/// Keys whose tables are one value: a child's replaces its parent's whole.
const WHOLE: [&str; 10] = [
    "service",
    "jitter",
    "ticket",
    "show",
    "scan",
    "tap",
    "type_amount",
    "authenticate",
    "concentration",
    "regime",
];

/// Keys of which one shuts out the others in the same table.
const RIVALS: [(&[&str], &[&str]); 4] = [
    (&["per_day"], &["rate"]),
    (&["mean", "cv"], &["median", "sigma"]),
    (&["zipf"], &["top", "hhi"]),
    (&["count"], &["from"]),
];

/// Tables whose keys are names that the user chose.
const NAMED: [&[&str]; 7] = [
    &["institutions"],
    &["groups"],
    &["consumers"],
    &["merchants"],
    &["policies"],
    &["profiles"],
    &["demand", "background"],
];

/// Shares and weights that only together mean something: a child's replace its parent's whole, but
/// an override may change one of them.
const WEIGHTS: [&str; 6] = ["modes", "prefers", "funding", "banks", "debtors", "creditors"];

/// The child over its parent: tables merge, everything else replaces.
pub(super) fn merge(parent: Node, child: Node) -> Node {
    over(parent, child, &mut Vec::new())
}

fn over(parent: Node, child: Node, path: &mut Vec<String>) -> Node {
    let (mut below, above) = match (parent.value, child.value) {
        (Value::Table(below), Value::Table(above)) => (below, above),
        (_, value) => return Node { value, place: child.place },
    };
    for (key, entry) in above {
        drop_rivals(&mut below, &key);
        // A name that the user chose means nothing, whatever it reads like.
        let named = NAMED.iter().any(|section| section.iter().eq(path.iter()));
        let whole = WHOLE.contains(&key.as_str()) || WEIGHTS.contains(&key.as_str());
        let node = match below.remove(&key) {
            Some(old) if named || !whole => {
                path.push(key.clone());
                let node = over(old.node, entry.node, path);
                path.pop();
                node
            }
            _ => entry.node,
        };
        below.insert(key, Entry { key: entry.key, node });
    }
    Node { value: Value::Table(below), place: child.place }
}

fn drop_rivals(table: &mut Table, key: &str) {
    for (left, right) in RIVALS {
        let rivals = match (left.contains(&key), right.contains(&key)) {
            (true, _) => right,
            (_, true) => left,
            _ => continue,
        };
        table.retain(|name, _| !rivals.contains(&name.as_str()));
    }
}

/// Parses a file's text; a text with syntax errors yields them, at most three.
pub(super) fn parse(text: &str, source: SourceId) -> Result<Node, Vec<Mistake>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(tree_of(&table, source));
    }
    let mut mistakes: Vec<Mistake> = Vec::new();
    let mut lines = Vec::new();
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let line = text.get(..span.start).map_or(0, |before| before.matches('\n').count());
        if lines.contains(&line) || lines.len() == MOST_SYNTAX {
            continue;
        }
        lines.push(line);
        let place = Place { source, start: span.start, end: span.end };
        let mistake = Mistake::at("scenario::syntax", place, first_line(error.message()));
        let Some(open) = unclosed(text, span.start) else {
            mistakes.push(mistake);
            continue;
        };
        // Whatever follows is read as a part of it, so only the first error means anything.
        let opening = Place { source, start: open, end: open + 1 };
        mistakes.push(mistake.also(opening, "opened here: is it closed?"));
        break;
    }
    Err(mistakes)
}

/// Where the bracket was opened in which an error stands, unless it is closed properly on the line
/// of the error.
fn unclosed(text: &str, error: usize) -> Option<usize> {
    let (mut open, mut quote, mut comment) = (Vec::new(), None, false);
    for (at, byte) in text.bytes().enumerate() {
        if at >= error && (open.is_empty() || byte == b'\n') {
            break;
        }
        match (byte, quote) {
            (b'\n', _) => (quote, comment) = (None, false),
            (byte, Some(closing)) if byte == closing => quote = None,
            _ if comment || quote.is_some() => {}
            (b'"' | b'\'', None) => quote = Some(byte),
            (b'#', None) => comment = true,
            (b'[' | b'{', None) => open.push((at, byte)),
            (b']' | b'}', None) => {
                let (opened, with) = open.pop()?;
                // `]` and `}` each follow their opening by two.
                if with + 2 != byte && at >= error {
                    return Some(opened);
                }
            }
            _ => {}
        }
    }
    open.last().map(|(at, _)| *at)
}

/// One slip of the pen makes many syntax errors; the first few are worth reading.
const MOST_SYNTAX: usize = 3;

fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or("this is not TOML");
    format!("not TOML: {line}")
}

/// Puts the value of `key.path=value` into the tree.
pub(super) fn apply_set(
    root: &mut Node,
    text: &str,
    sources: &mut Sources,
) -> Result<(), Box<Mistake>> {
    apply_named(root, "--set", text, sources)
}

/// Puts the value of `key.path=value`, which came from the named option, into the tree.
pub(super) fn apply_named(
    root: &mut Node,
    option: &str,
    text: &str,
    sources: &mut Sources,
) -> Result<(), Box<Mistake>> {
    let source = sources.add(option, text.to_owned(), ".".into());
    let whole = Place { source, start: 0, end: text.len() };
    let shape = || {
        Mistake::at("scenario::bad-override", whole, format!("`{text}` is no override"))
            .label("expected key.path=value, such as groups.banks.count=20")
    };
    let (key_text, value_text) = text.split_once('=').ok_or_else(shape)?;
    let path = path_of(key_text, source).ok_or_else(shape)?;
    let mut value = value_of(value_text, key_text.len() + 1, source).ok_or_else(|| {
        let start = key_text.len() + 1;
        let place = Place { source, start, end: text.len() };
        Mistake::at("scenario::bad-override", place, "this value is not TOML").label(
            "expected a number, true, false, a word, \"text\", [a list] or { a = \"table\" }",
        )
    })?;
    keep_decimal(&mut value, &path, value_text);
    put(root, &path, value)
}

/// Money is text, so that no digit of it is lost: a decimal without quotes is kept as it is written
/// where the schema wants text and no decimal number.
fn keep_decimal(value: &mut Node, path: &[Step], text: &str) {
    let plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let text = text.trim();
    let Value::Float(_) = value.value else { return };
    let Some(schema) = schema_at(path.iter().map(|step| step.0.as_str())) else { return };
    let fits = |value: &Value| branches_of(schema).iter().any(|branch| takes(branch, value));
    let as_text = Value::Text(text.to_owned());
    if text.bytes().all(plain) && !fits(&value.value) && fits(&as_text) {
        value.value = as_text;
    }
}

type Step = (String, Place);

fn path_of(key_text: &str, source: SourceId) -> Option<Vec<Step>> {
    let line = format!("{key_text}=0");
    if key_text.contains(['\n', '#', '[']) {
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(&line);
    if !errors.is_empty() {
        return None;
    }
    let mut node = tree_of(&table, source);
    let mut path = Vec::new();
    while let Value::Table(table) = node.value {
        let (key, entry) = table.into_iter().next()?;
        path.push((key, entry.key));
        node = entry.node;
    }
    Some(path)
}

fn value_of(value_text: &str, offset: usize, source: SourceId) -> Option<Node> {
    let word = value_text.trim();
    let offset = offset + (value_text.len() - value_text.trim_start().len());
    let (value, errors) = DeValue::parse_recoverable(word);
    if errors.is_empty() && !word.is_empty() {
        let mut node = node_of(&value, source);
        shift(&mut node, offset);
        return Some(node);
    }
    let bare = !word.starts_with(['[', '{', '"', '\'']) && !word.contains('\n');
    let place = Place { source, start: offset, end: offset + word.len() };
    bare.then(|| Node { value: Value::Text(word.to_owned()), place })
}

/// Moves places from the value's own text into the whole override.
fn shift(node: &mut Node, offset: usize) {
    node.place.start += offset;
    node.place.end += offset;
    match &mut node.value {
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, offset)),
        Value::Table(table) => table.values_mut().for_each(|entry| {
            entry.key.start += offset;
            entry.key.end += offset;
            shift(&mut entry.node, offset);
        }),
        _ => {}
    }
}

fn put(root: &mut Node, path: &[Step], value: Node) -> Result<(), Box<Mistake>> {
    let mut node = root;
    for depth in 0..path.len() {
        let walked: Vec<&str> = path[..depth].iter().map(|step| step.0.as_str()).collect();
        node = step_into(node, &path[depth], &walked, depth + 1 == path.len())?;
    }
    *node = value;
    Ok(())
}

/// The node under one step of an override's path, made where a table may have it.
fn step_into<'a>(
    node: &'a mut Node,
    (key, place): &Step,
    walked: &[&str],
    last: bool,
) -> Result<&'a mut Node, Box<Mistake>> {
    if !matches!(node.value, Value::Array(_) | Value::Table(_)) {
        node.value = Value::Table(Table::new());
        node.place = *place;
    }
    match &mut node.value {
        Value::Array(items) => {
            let count = items.len();
            let item = key.parse().ok().and_then(|index: usize| items.get_mut(index));
            item.ok_or_else(|| no_element(walked, *place, count).into())
        }
        Value::Table(table) => {
            if !last && NAMED.contains(&walked) && !table.contains_key(key) {
                return Err(unknown_name(table, key, *place, walked).into());
            }
            let named = walked.split_last().is_some_and(|(_, section)| NAMED.contains(&section));
            if !named && walked.last().is_some_and(|name| WHOLE.contains(name)) {
                table.retain(|name, _| name == key);
            }
            drop_rivals(table, key);
            let empty = Node { value: Value::Table(Table::new()), place: *place };
            let entry = table.entry(key.clone()).or_insert(Entry { key: *place, node: empty });
            if last {
                entry.key = *place;
            }
            Ok(&mut entry.node)
        }
        _ => Err(no_element(walked, *place, 0).into()),
    }
}

fn no_element(walked: &[&str], place: Place, count: usize) -> Mistake {
    let path: Vec<String> = walked.iter().map(ToString::to_string).collect();
    let message = format!("`{}` has no such element", dotted(&path));
    let label = match count {
        0 => "the list is empty".to_owned(),
        1 => "expected 0, its only element".to_owned(),
        _ => format!("expected a number from 0 to {}", count - 1),
    };
    Mistake::at("scenario::bad-override", place, message).label(label)
}

fn unknown_name(table: &Table, key: &str, place: Place, walked: &[&str]) -> Mistake {
    let section = walked.join(".");
    let message = format!("`{section}` has no `{key}`");
    let mistake = Mistake::at("scenario::unknown-name", place, message);
    if let Some(name) = nearest(key, table.keys().map(String::as_str)) {
        mistake.help(format!("did you mean `{name}`?")).instead(Some(name.to_owned()))
    } else {
        let known: Vec<&str> = table.keys().map(String::as_str).take(12).collect();
        mistake.label(format!("expected one of {}", known.join(", ")))
    }
}
