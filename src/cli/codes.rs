//! Codes: what each diagnostic means and what to do about it. In order of name.

/// Every code with its text.
pub const CODES: &[(&str, &str)] = &[
    (
        "bench::absent",
        "This build carries no benchmark.\n\
         Build the program from its sources with the benchmark included.",
    ),
    (
        "io",
        "A file could not be read or written.\n\
         The message names the file and what the operating system said. Exit code 5.",
    ),
    (
        "run::broken-law",
        "A run broke a law: books do not balance, or a payment was lost.\n\
         This is a bug in the engine, never a property of the scenario. The message names the law, \
         the first offending fact and the command that shows it again. Exit code 70.",
    ),
    (
        "run::failed",
        "A run ended early: it panicked, or its replay log turned out to be malformed.\n\
         The other runs are not affected, and the report is marked as failed. The message ends \
         with the command that repeats this run alone. Exit code 1.",
    ),
    (
        "usage",
        "The command line was not understood.\n\
         `hutong COMMAND --help` lists what a command takes. Exit code 2.",
    ),
];
