//! The long suites: one binary that plain `cargo test` skips.
//!
//! `cargo test --release --test heavy` runs them all, as `.ci/run` does. A suite belongs here when
//! it needs more than a few seconds; its short form stays in `tests/it`. No test is ever ignored.
//!
//! One line a suite, with the promise it keeps.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    reason = "oracles count in floats and may use the platform's mathematics"
)]

mod queueing;
/// Five stations in a row are Jackson's tandem.
mod tandem;
/// With one wallet and one station the simulator is M/M/1, M/M/c, M/D/1, M/G/1 and M/M/c/K.
mod theory;
