//! The long suites: one binary that plain `cargo test` skips.
//!
//! `cargo test --release --test heavy` runs them all, as `.ci/run` does. A suite belongs here when
//! it needs more than a few seconds; its short form stays in `tests/it`. No test is ever ignored.
//!
//! One line a suite, with the promise it keeps.
