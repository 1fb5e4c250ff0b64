//! Audit: was it lawful? Rebuilds books, positions and statuses from the facts alone.
//!
//! Invariant: shares no code with what it checks.
//! Never: `ledger`, `policy`, `measure`, or the state of the world.

pub mod findings;

pub use findings::{Finding, Findings, Offence};
