//! Loading: from a file to a checked scenario, or to every mistake in it.
//!
//! Four passes: syntax; keys and types against the schema; typed values; meaning. A pass that
//! leaves nothing to read ends the loading, otherwise mistakes of all passes are told together.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::check;
use super::mistake::{Mistake, Mistakes};
use super::raw::ScenarioRaw;
use super::resolve::Resolved;
use super::source::{Place, SourceId, Sources};
use super::tree::{Node, Value};
use super::{Scenario, de, defaults, merge, walk};

/// What the command line adds to a scenario file.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Overrides `key.path=value`, applied in order.
    pub sets: Vec<String>,
    /// Replaces the scenario's seed.
    pub seed: Option<u64>,
}

/// A checked scenario with the tree it was made from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The checked scenario.
    pub scenario: Scenario,
    /// Every key with its value and its origin.
    pub resolved: Resolved,
    /// What is lawful and surely not meant: a sentence each, with file, line and column.
    pub warnings: Vec<String>,
}

impl Loaded {
    /// Every key with its value as TOML, sorted; with `origins`, a comment says where from.
    pub fn resolved_toml(&self, origins: bool) -> String {
        self.resolved.toml(origins)
    }
}

/// Loads a scenario file.
///
/// # Errors
/// Every mistake in the file, its parents, and the files it names.
pub fn load(path: &Path, options: &LoadOptions) -> Result<Loaded, Mistakes> {
    let mut sources = with_defaults();
    let name = path.display().to_string();
    match read_text(path, None) {
        Ok(text) => {
            let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
            finish(sources, (&name, text, folder, canonical(path)), options)
        }
        Err(mistake) => {
            sources.add(&name, String::new(), PathBuf::new());
            Err(Mistakes::new(vec![*mistake], sources))
        }
    }
}

/// Loads a scenario from a text; relative paths start from the current folder.
///
/// # Errors
/// Every mistake in the text and the files it names.
pub fn load_text(name: &str, text: &str, options: &LoadOptions) -> Result<Loaded, Mistakes> {
    let origin = (name, text.to_owned(), PathBuf::new(), PathBuf::from(name));
    finish(with_defaults(), origin, options)
}

fn with_defaults() -> Sources {
    let mut sources = Sources::default();
    sources.add("default", defaults::TEXT.to_owned(), PathBuf::new());
    sources
}

type Origin<'a> = (&'a str, String, PathBuf, PathBuf);

fn finish(
    mut sources: Sources,
    (name, text, folder, path): Origin<'_>,
    options: &LoadOptions,
) -> Result<Loaded, Mistakes> {
    let root = sources.add(name, text, folder);
    let composed = compose(&mut sources, root, path, options);
    match composed.and_then(|(tree, told)| check_tree(tree, told, &mut sources)) {
        Ok((mut scenario, warnings, resolved)) => {
            let text = &sources.get(root).text;
            scenario.question = header_line(text, "Question:");
            scenario.expect = header_line(text, "Expect:");
            let placed = |(place, message): (Place, String)| {
                let (line, column) = sources.line_column(place);
                format!("{}:{line}:{column}: {message}", sources.get(place.source).name)
            };
            let warnings = warnings.into_iter().map(placed).collect();
            let resolved = Resolved::new(resolved, sources);
            Ok(Loaded { scenario, resolved, warnings })
        }
        Err(mistakes) => Err(Mistakes::new(mistakes, sources)),
    }
}

/// First pass: parents, the file itself, overrides, one over the other.
fn compose(
    sources: &mut Sources,
    root: SourceId,
    path: PathBuf,
    options: &LoadOptions,
) -> Result<(Node, Vec<Mistake>), Vec<Mistake>> {
    let mut line = vec![merge::parse(&sources.get(root).text, root)?];
    let mut seen = vec![path];
    let mut child = root;
    while let Some(wanted) = parent_of(&line[line.len() - 1]) {
        child = adopt(sources, &mut line, &mut seen, (child, wanted))?;
    }
    let base = merge::parse(defaults::TEXT, Sources::DEFAULTS)?;
    let mut tree = line.into_iter().rev().fold(base, merge::merge);
    if let Some(table) = tree.table_mut() {
        let extends = table.get("extends").is_some_and(|entry| entry.node.value.is_text());
        if extends {
            table.remove("extends");
        }
    }
    let mut mistakes = Vec::new();
    for set in &options.sets {
        mistakes.extend(merge::apply_set(&mut tree, set, sources).err().map(|mistake| *mistake));
    }
    if let Some(seed) = options.seed {
        // TOML integers end at 2^63 − 1.
        let plain = i64::try_from(seed).is_ok();
        let text = if plain { format!("seed={seed}") } else { format!("seed=\"{seed:#x}\"") };
        let applied = merge::apply_named(&mut tree, "--seed", &text, sources);
        mistakes.extend(applied.err().map(|mistake| *mistake));
    }
    Ok((tree, mistakes))
}

fn parent_of(tree: &Node) -> Option<(String, Place)> {
    let node = tree.get("extends")?;
    match &node.value {
        Value::Text(file) => Some((file.clone(), node.place)),
        _ => None,
    }
}

fn adopt(
    sources: &mut Sources,
    line: &mut Vec<Node>,
    seen: &mut Vec<PathBuf>,
    (child, (file, place)): (SourceId, (String, Place)),
) -> Result<SourceId, Vec<Mistake>> {
    let path = sources.get(child).folder.join(&file);
    let text = read_text(&path, Some(place)).map_err(|mistake| vec![*mistake])?;
    let identity = canonical(&path);
    if seen.contains(&identity) {
        let message = format!("\"{file}\" extends itself in the end");
        let mistake = Mistake::at("scenario::extends-cycle", place, message)
            .label("this file is already among the parents")
            .help("remove `extends` from one of the files");
        return Err(vec![mistake]);
    }
    seen.push(identity);
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let source = sources.add(&path.display().to_string(), text, folder);
    line.push(merge::parse(&sources.get(source).text, source)?);
    Ok(source)
}

/// Second to fourth pass.
fn check_tree(
    mut tree: Node,
    mut mistakes: Vec<Mistake>,
    sources: &mut Sources,
) -> Result<(Scenario, check::Warnings, Node), Vec<Mistake>> {
    let walk = walk::walk(&mut tree);
    mistakes.extend(walk.mistakes);
    if !walk.readable {
        return Err(mistakes);
    }
    defaults::fill(&mut tree);
    let raw: ScenarioRaw = match de::read(&tree) {
        Ok(raw) => raw,
        Err(wrong) => {
            let place = wrong.place.unwrap_or(tree.place);
            mistakes.push(Mistake::at("scenario::malformed", place, wrong.message));
            return Err(mistakes);
        }
    };
    match check::check(&raw, &tree, sources) {
        Ok((scenario, warnings)) if mistakes.is_empty() => Ok((scenario, warnings, tree)),
        Ok(_) => Err(mistakes),
        Err(more) => {
            mistakes.extend(more);
            Err(mistakes)
        }
    }
}

/// The text after `# Question:` at the head of a file, with the lines that continue it.
fn header_line(text: &str, word: &str) -> String {
    let comments = text.lines().take_while(|line| line.is_empty() || line.starts_with('#'));
    let mut found: Option<String> = None;
    for line in comments {
        let line = line.trim_start_matches('#');
        match &mut found {
            None => found = line.trim_start().strip_prefix(word).map(|rest| rest.trim().to_owned()),
            Some(said) if line.starts_with("  ") => {
                said.push(' ');
                said.push_str(line.trim());
            }
            Some(_) => break,
        }
    }
    found.unwrap_or_default()
}

/// The largest file that is read as a scenario or as a list of values.
const LARGEST_FILE: u64 = 64 << 20;

/// Reads a text file; `place` is where its name was written.
pub(super) fn read_text(path: &Path, place: Option<Place>) -> Result<String, Box<Mistake>> {
    let bytes = read_bytes(path, place)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        let message = format!("{} is not UTF-8 text", path.display());
        of_file("scenario::not-utf8", place, message)
            .help(format!("line {line} holds bytes that are no text: save the file as UTF-8"))
            .into()
    })
}

/// Reads a whole file of bounded size; `place` is where its name was written.
pub(super) fn read_bytes(path: &Path, place: Option<Place>) -> Result<Vec<u8>, Box<Mistake>> {
    let shown = path.display();
    let cannot = |message: String| of_file("scenario::cannot-read", place, message);
    let why = |error: &io::Error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        kind => kind.to_string(),
    };
    let about = fs::metadata(path)
        .map_err(|error| cannot(format!("cannot read {shown}: {}", why(&error))))?;
    if !about.is_file() {
        let message = format!("{shown} is not a file");
        return Err(cannot(message).help("name a file inside it").into());
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path);
    let read = file.and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes));
    read.map_err(|error| cannot(format!("cannot read {shown}: {}", why(&error))))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(cannot(format!("{shown} is larger than 64 MiB")).into());
    }
    Ok(bytes)
}

fn of_file(code: &'static str, place: Option<Place>, message: String) -> Mistake {
    match place {
        Some(place) => Mistake::at(code, place, message),
        None => Mistake::nowhere(code, message),
    }
}

fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}
