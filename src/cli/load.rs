//! Loading: from file names and changes to checked scenarios, with every mistake at once.

use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::args::{Changes, Seed};
use super::exit::Exit;
use super::output::{Output, Problem};
use crate::scenario::{self, LoadOptions, Loaded, Mistake, Mistakes};

/// Loads every file and reports what is wrong with any of them.
///
/// # Errors
/// The gravest exit of all files, when one of them could not be loaded.
pub fn load_all(
    files: &[PathBuf],
    changes: &Changes,
    out: &mut Output,
) -> Result<Vec<Loaded>, Exit> {
    let options = options(changes);
    let (mut loaded, mut exit) = (Vec::new(), Exit::Ok);
    for file in files {
        match load_one(file, &options, out) {
            Ok(one) => loaded.push(one),
            Err(worse) => exit = exit.max(worse),
        }
    }
    if exit == Exit::Ok { Ok(loaded) } else { Err(exit) }
}

/// Loads one file under these options and reports what is wrong with it.
///
/// # Errors
/// `Io` when it cannot be read, `InvalidInput` when it is rejected.
pub fn load_one(file: &Path, options: &LoadOptions, out: &mut Output) -> Result<Loaded, Exit> {
    let loaded = read(file, options).map_err(|error| {
        let problem = Problem::new("io", format!("cannot read: {error}"));
        let problem = problem.in_file(file.display().to_string());
        let missing = error.kind() == io::ErrorKind::NotFound;
        let help = "hutong init NAME starts a scenario";
        out.problem(if missing { problem.with_help(help) } else { problem });
        Exit::Io
    })?;
    loaded.map_err(|mistakes| refuse(&mistakes, out))
}

/// Reports every mistake of one file.
fn refuse(mistakes: &Mistakes, out: &mut Output) -> Exit {
    let rendered = if out.color() { mistakes.coloured() } else { mistakes.plain() };
    let first = mistakes.list.first().map_or("", |first| first.code);
    let problems = mistakes.list.iter().map(|mistake| problem(mistakes, mistake)).collect();
    out.problems_as(problems, &format!("{}\nDetails: hutong explain {first}", rendered.trim_end()));
    let unreadable = mistakes.list.iter().all(|mistake| mistake.code == "scenario::cannot-read");
    if unreadable { Exit::Io } else { Exit::InvalidInput }
}

/// A mistake for machines. Its place is `file:line:column`, and only the file may hold colons.
fn problem(mistakes: &Mistakes, mistake: &Mistake) -> Problem {
    let place = mistakes.location(mistake).unwrap_or_default();
    let mut parts = place.rsplitn(3, ':');
    let (column, line) = (parts.next(), parts.next());
    let number = |part: Option<&str>| part.and_then(|digits| digits.parse().ok());
    Problem {
        code: mistake.code.to_owned(),
        message: mistake.message.clone(),
        file: parts.next().map(str::to_owned),
        line: number(line),
        column: number(column),
        label: mistake
            .primary
            .as_ref()
            .map(|(_, label)| label.clone())
            .filter(|label| !label.is_empty()),
        help: mistake.help.clone(),
    }
}

/// `-` is standard input; a file must be there and open.
fn read(file: &Path, options: &LoadOptions) -> io::Result<Result<Loaded, Mistakes>> {
    if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text)?;
        return Ok(scenario::load_text("<stdin>", &text, options));
    }
    if fs::metadata(file)?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
    }
    File::open(file)?;
    Ok(scenario::load(file, options))
}

/// The options as settings of the scenario, so that `show --origin` can tell them apart. They come
/// after the settings that were asked for by name: the flag wins.
pub fn options(changes: &Changes) -> LoadOptions {
    let mut sets = changes.set.clone();
    if let Some(replications) = changes.replications {
        sets.push(format!("experiment.replications={replications}"));
    }
    if !changes.policy.is_empty() {
        let names: Vec<String> = changes.policy.iter().map(|name| quoted(name)).collect();
        sets.push(format!("experiment.policies=[{}]", names.join(", ")));
    }
    let seed = match changes.seed {
        Some(Seed::Fixed(seed)) => Some(seed),
        Some(Seed::Random) | None => None,
    };
    LoadOptions { sets, seed }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Draws the seed when a random one is asked for, and says which.
pub fn settle_seed(changes: &mut Changes, out: &Output) {
    if changes.seed == Some(Seed::Random) {
        // The standard library's hash keys come from the operating system. TOML integers end at
        // 2^63 − 1, and a short seed is easier to type again.
        let seed = RandomState::new().build_hasher().finish() >> 32;
        changes.seed = Some(Seed::Fixed(seed));
        out.note(&format!("seed {seed} (random; --seed {seed} repeats it)"));
    }
}
