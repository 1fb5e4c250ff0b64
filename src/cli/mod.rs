//! The command line: one file a command, one place that prints, one table of exit codes.
//!
//! Invariant: data on standard output, everything else on standard error.
//! Never: a number that no room below has computed.

pub mod args;
pub mod baseline;
pub mod bench;
pub mod check;
pub mod codes;
pub mod completions;
pub mod exit;
pub mod emission;
pub mod explain;
pub mod filing;
pub mod gate;
pub mod init;
pub mod keys;
pub mod known;
pub mod load;
pub mod man;
pub mod metrics;
pub mod output;
pub mod report;
pub mod reuse;
pub mod route;
pub mod run;
pub mod schema;
pub mod settle;
pub mod show;
pub mod supplied;
pub mod table;
mod told;
pub mod topology;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ColorChoice, CommandFactory, FromArgMatches};

use args::{Cli, Format, Global, Progress, When};
use exit::Exit;
use output::{Output, Problem};

/// Understands the arguments, or says what is wrong with them.
///
/// # Errors
/// The exit of a program that has already said all: help, version, or a usage error.
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, Exit> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // These two shape how a mistake in the others is told, so they are looked for beforehand.
    let color = match asked(&arguments, "--color").as_deref() {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    };
    let json = asked(&arguments, "--format").as_deref() == Some("json");
    let matches = Cli::command().color(color).try_get_matches_from(arguments);
    matches
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| refuse(&error, json))
}

/// The value of a long option, in either spelling.
fn asked(arguments: &[OsString], option: &str) -> Option<String> {
    let mut words = arguments.iter().map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        if word == option {
            return words.next().map(Into::into);
        }
        if let Some(value) = word.strip_prefix(option).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

/// Prints what clap has to say.
fn refuse(error: &clap::Error, json: bool) -> Exit {
    let exit = if error.exit_code() == 0 { Exit::Ok } else { Exit::Usage };
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if exit == Exit::Ok || is_help || !json {
        // A reader who went away has read enough.
        let _ = error.print();
        return exit;
    }
    let mut out = Output::new(&machine());
    out.problem(Problem::new("usage", error.render().to_string().trim_end()));
    out.fail(exit)
}

/// The options of somebody who wants a document and nothing else.
fn machine() -> Global {
    Global {
        quiet: true,
        verbose: 0,
        color: When::Never,
        progress: Progress::None,
        format: Format::Json,
        out: "reports".into(),
        jobs: 0,
    }
}

/// The nearest of these words, if any is near enough to have been meant.
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |other: &&str| strsim::jaro_winkler(word, other) >= 0.8;
    let likeness = |a: &&str, b: &&str| {
        strsim::jaro_winkler(word, a).total_cmp(&strsim::jaro_winkler(word, b))
    };
    words.into_iter().filter(near).max_by(likeness)
}
