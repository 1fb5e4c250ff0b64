//! Exit codes: public, and the last word of every command.

use std::process::{ExitCode, Termination};

/// How a command ended. In order of severity: where several apply, the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Ran; all invariants hold.
    #[default]
    Ok,
    /// One or more thresholds or limits breached.
    Breached,
    /// Another scenario, seed set or engine; or no data selected.
    Incomparable,
    /// Interrupted by Ctrl-C: what was complete is written and marked.
    Interrupted,
    /// The same, by SIGTERM.
    Terminated,
    /// Anything not listed, such as a run that failed.
    Unexpected,
    /// Cannot read or write.
    Io,
    /// A scenario was rejected.
    InvalidInput,
    /// The command line was not understood.
    Usage,
    /// Books do not balance or a payment was lost: a bug, never just a warning.
    InvariantBroken,
}

/// The table that `--help` ends with.
pub const TABLE: &str = "\
Exit codes:
    0  ok                ran, all invariants hold
    1  unexpected        anything not listed; a run failed
    2  usage             the command line was not understood
    3  invalid-input     a scenario was rejected
    4  incomparable      another scenario, seed set or engine, or no data
    5  io                cannot read or write
   70  invariant-broken  books do not balance, or a payment was lost
   99  breached          a threshold or a limit was breached
  101  panic             a bug outside a run; please report it
  130  interrupted       by Ctrl-C; what was complete is written and marked
  143  terminated        the same, by SIGTERM
Where several apply: 70 > 3 > 5 > 4 > 99.";

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
            Self::Incomparable => "incomparable",
            Self::Io => "io",
            Self::InvariantBroken => "invariant-broken",
            Self::Breached => "breached",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}
