//! Queueing theory: exact formulas, worlds that are textbook queues, and the comparison of both.
//!
//! The long suite compares seventeen queues, `tests/it` three of them in seconds.

pub(crate) mod oracle;
pub(crate) mod verdict;
pub(crate) mod world;
