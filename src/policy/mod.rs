//! Policy: decisions as pure functions. Arguments in, verdict out.
//!
//! Invariant: the same arguments give the same verdict.
//! Never: state of its own, the calendar, a random draw.

pub mod fee;
pub mod routing;
pub mod screening;
pub mod settlement;
pub mod verification;
