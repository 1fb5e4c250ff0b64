//! Measure: what happened, in rows. Recorders listen to facts and end as one `RunOutcome`.
//!
//! Invariant: rows hold whole numbers with the unit in the name; "unknown" is `None`, never zero.
//! Never: the ledger, the world, a file format.

pub mod outcome;
pub mod results;
