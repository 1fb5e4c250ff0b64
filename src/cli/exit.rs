//! Exit codes: public, and the last word of every command.
//!
//! Invariant: every code listed here is one that some command ends with today.

use std::fmt::Write as _;
use std::process::{ExitCode, Termination};

/// How a command ended. In order of severity: where several apply, the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Ran; all laws, thresholds and limits hold.
    #[default]
    Ok,
    /// A threshold or a limit of a regression is breached, or its interval does not exclude it.
    Breached,
    /// Interrupted by Ctrl-C: what was complete is written and marked.
    Interrupted,
    /// The same, by SIGTERM.
    Terminated,
    /// A baseline of another identity, or nothing to compare: never a pass.
    Incomparable,
    /// Anything not listed, such as a run that failed.
    Unexpected,
    /// Cannot read or write.
    Io,
    /// A scenario, a baseline or a file of obligations was rejected.
    InvalidInput,
    /// The command line was not understood.
    Usage,
    /// Books do not balance or a payment was lost: a bug, never just a warning.
    InvariantBroken,
}

impl Exit {
    /// Every way to end, in order of code: the table of the help and of the README.
    pub const ALL: [Self; 10] = [
        Self::Ok,
        Self::Unexpected,
        Self::Usage,
        Self::InvalidInput,
        Self::Incomparable,
        Self::Io,
        Self::InvariantBroken,
        Self::Breached,
        Self::Interrupted,
        Self::Terminated,
    ];
}

/// The table that `--help` ends with.
pub fn table() -> String {
    let mut text = "Exit codes:\n".to_owned();
    for exit in Exit::ALL {
        let _ = writeln!(text, "  {:>3}  {:<21}  {}", exit.code(), exit.name(), exit.when());
    }
    let mut grave: Vec<Exit> = Exit::ALL.into_iter().filter(|exit| *exit != Exit::Ok).collect();
    grave.sort_by(|a, b| b.cmp(a));
    let grave: Vec<String> = grave.iter().map(|exit| exit.code().to_string()).collect();
    let _ = write!(text, "Where several apply: {}.", grave.join(" > "));
    text
}

impl Exit {
    /// The code that the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::InvalidInput => 3,
            Self::Incomparable => 4,
            Self::Io => 5,
            Self::InvariantBroken => 70,
            Self::Breached => 99,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The word in JSON documents and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unexpected => "unexpected",
            Self::Usage => "usage",
            Self::InvalidInput => "invalid-input",
            Self::Incomparable => "incomparable-or-empty",
            Self::Io => "io",
            Self::InvariantBroken => "invariant-broken",
            Self::Breached => "breached",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }

    /// When a command ends so.
    pub const fn when(self) -> &'static str {
        match self {
            Self::Ok => "it ran; every law, threshold and limit holds",
            Self::Unexpected => "anything not listed, such as a run that failed",
            Self::Usage => "the command line was not understood",
            Self::InvalidInput => "a scenario, a baseline or a file of obligations was rejected",
            Self::Incomparable => "the baseline is of something else, or there is nothing to judge",
            Self::Io => "a file could not be read or written",
            Self::InvariantBroken => "a law of the auditor was broken: a bug, never a warning",
            Self::Breached => "a threshold or a limit of a regression is breached",
            Self::Interrupted => "stopped by Ctrl-C; what was complete is written and marked",
            Self::Terminated => "the same, by SIGTERM",
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}
