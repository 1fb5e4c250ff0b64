//! Loading: from file names and changes to checked scenarios, with every mistake at once.

use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::args::{Changes, Seed};
use super::exit::Exit;
use super::output::{Output, Problem};
use crate::experiment::seam::{self, LoadOptions, Loaded, Mistake, Source};

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
    let source = source(file).map_err(|error| {
        let help = "hutong init NAME starts a scenario";
        let name = file.display().to_string();
        let problem = Problem::new("io", format!("cannot read: {error}")).in_file(name);
        out.problem(if error.kind() == io::ErrorKind::NotFound {
            problem.with_help(help)
        } else {
            problem
        });
        Exit::Io
    })?;
    let loaded = seam::load(&source, options, out.color()).map_err(|mistakes| {
        let count = mistakes.all.len();
        let first = mistakes.all.first().map(|first| first.code.clone()).unwrap_or_default();
        let plural = if count == 1 { "" } else { "s" };
        let problems = mistakes.all.into_iter().map(problem).collect();
        let tail = format!("{count} error{plural}. Details: hutong explain {first}");
        out.problems_as(problems, &format!("{}\n{tail}", mistakes.rendered.trim_end()));
        Exit::InvalidInput
    })?;
    for warning in &loaded.warnings {
        out.note(&format!("warning: {}: {warning}", file.display()));
    }
    Ok(loaded)
}

fn problem(mistake: Mistake) -> Problem {
    let Mistake { code, message, file, line, column, help } = mistake;
    Problem { code, message, file: Some(file), line, column, help }
}

/// `-` is standard input; a file must be there and open.
fn source(file: &Path) -> io::Result<Source> {
    if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text)?;
        return Ok(Source::Stdin(text));
    }
    if fs::metadata(file)?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
    }
    File::open(file)?;
    Ok(Source::File(file.to_owned()))
}

/// The options as settings of the scenario, so that `show --origin` can tell them apart. They come
/// after the settings that were asked for by name: the flag wins.
pub fn options(changes: &Changes) -> LoadOptions {
    let mut sets = changes.set.clone();
    if let Some(Seed::Fixed(seed)) = changes.seed {
        sets.push(format!("seed={seed}"));
    }
    if let Some(replications) = changes.replications {
        sets.push(format!("experiment.replications={replications}"));
    }
    if !changes.policy.is_empty() {
        let names: Vec<String> = changes.policy.iter().map(|name| quoted(name)).collect();
        sets.push(format!("experiment.policies=[{}]", names.join(", ")));
    }
    LoadOptions { sets }
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
