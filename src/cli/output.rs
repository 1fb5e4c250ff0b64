//! Output: data on standard output, everything else on standard error.
//!
//! Invariant: with `--format json` exactly one document is printed, also on failure.
//! Never: a panic because a reader went away. A closed pipe is quiet and changes no exit code.

use std::io::{self, ErrorKind, Write};

use serde_json::{Value, json};

use super::args::{Format, Global};
use super::exit::Exit;

/// Columns of a page: what a report is set to where there is no terminal.
const PAGE: u16 = 100;

/// One thing that went wrong, for machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// A stable code, such as `scenario::unknown-key` or `io`.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// Which file.
    pub file: Option<String>,
    /// Which line, from 1.
    pub line: Option<usize>,
    /// Which column, from 1.
    pub column: Option<usize>,
    /// The words beside the place, such as what was expected there.
    pub label: Option<String>,
    /// What would help.
    pub help: Option<String>,
}

impl Problem {
    /// A problem without a place.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), ..Self::default() }
    }

    /// The same in this file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// The same with this advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// As an entry of `errors`.
    pub fn json(&self) -> Value {
        json!({
            "code": self.code, "message": self.message, "file": self.file,
            "line": self.line, "column": self.column, "label": self.label,
            "help": self.help,
        })
    }

    /// As people read it.
    pub fn text(&self) -> String {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        let file = self.file.as_ref().map(|file| format!("{file}{line}: ")).unwrap_or_default();
        let help = self.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        format!("error[{}]: {file}{}{help}", self.code, self.message)
    }
}

/// Where a command speaks.
#[derive(Debug)]
pub struct Output {
    format: Format,
    quiet: bool,
    verbose: u8,
    color: bool,
    problems: Vec<Problem>,
    broken: Option<io::Error>,
}

impl Output {
    /// Speaks as the global options say.
    pub fn new(global: &Global) -> Self {
        Self {
            format: global.format,
            quiet: global.quiet,
            verbose: global.verbose,
            color: global.colored(),
            problems: Vec::new(),
            broken: None,
        }
    }

    /// Whether documents are asked for instead of text.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether diagnostics on standard error may be coloured.
    pub fn color(&self) -> bool {
        self.color
    }

    /// Prints text as it is to standard output; nothing when documents are asked for.
    pub fn data(&mut self, text: &str) {
        if !self.is_json() {
            self.write(text);
        }
    }

    /// Prints what a command tells of its work: nothing when quiet or when documents are asked for.
    pub fn tell(&mut self, text: &str) {
        if !self.quiet {
            self.data(text);
        }
    }

    /// Columns of the terminal, or of a page where standard output is none.
    pub fn width(&self) -> usize {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        usize::from(size.map_or(PAGE, |(width, _)| width.0))
    }

    /// Prints the one document of a command that succeeded or failed with `exit`; nothing when
    /// text is asked for. The problems reported so far become its `errors`.
    pub fn document(&mut self, schema: &str, exit: Exit, body: Value) {
        if !self.is_json() {
            return;
        }
        let errors: Vec<Value> = self.problems.drain(..).map(|problem| problem.json()).collect();
        let mut document = json!({
            "schema": schema, "ok": exit == Exit::Ok,
            "exit": { "code": exit.code(), "name": exit.name() }, "errors": errors,
        });
        if let (Value::Object(document), Value::Object(body)) = (&mut document, body) {
            document.extend(body);
        }
        self.write(&format!("{document:#}\n"));
    }

    /// Ends a command that failed before it had anything to show.
    pub fn fail(&mut self, exit: Exit) -> Exit {
        self.document("hutong.error/1", exit, json!({}));
        exit
    }

    /// Reports one problem: at once to people, in the document to machines.
    pub fn problem(&mut self, problem: Problem) {
        let text = problem.text();
        self.problems_as(vec![problem], &text);
    }

    /// Reports problems that have a look of their own.
    pub fn problems_as(&mut self, problems: Vec<Problem>, rendered: &str) {
        if !self.is_json() {
            say(rendered);
        }
        self.problems.extend(problems);
    }

    /// Says something that is no data and no error.
    pub fn note(&self, text: &str) {
        if !self.quiet && !self.is_json() {
            say(text);
        }
    }

    /// Gives an instruction to whoever runs this command, such as a runner of CI: never hushed.
    pub fn command(&self, text: &str) {
        say(text);
    }

    /// Says something only to those who asked for more.
    pub fn detail(&self, text: &str) {
        if self.verbose > 0 {
            say(text);
        }
    }

    /// The command's exit, unless standard output failed for another reason than a closed pipe.
    pub fn close(self, exit: Exit) -> Exit {
        match self.broken {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => {
                say(&format!("error[io]: cannot write to standard output: {error}"));
                exit.max(Exit::Io)
            }
            _ => exit,
        }
    }

    fn write(&mut self, text: &str) {
        if self.broken.is_some() {
            return;
        }
        let mut out = io::stdout().lock();
        self.broken = out.write_all(text.as_bytes()).and_then(|()| out.flush()).err();
    }
}

/// One line or more on standard error. Nobody is left to tell when that is gone.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}
