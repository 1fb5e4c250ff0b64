//! Audit: was it lawful? Rebuilds books, positions and statuses from the facts alone.
//!
//! Every law is a sum, or an automaton of one entity or one attempt. What an attempt leaves in
//! many books is followed by sums in which each pair of institutions has a weight of its own: a
//! sum vanishes only where every pair's items do, and nothing need be looked up.
//!
//! Invariant: shares no code with what it checks.
//! Never: `ledger`, `policy`, `measure`, or the state of the world.

#![expect(
    clippy::inline_always,
    reason = "the teller of a fact knows its kind and parts: rules fold where it is told"
)]

mod answer;
mod auditor;
mod books;
mod case;
mod demand;
mod entries;
mod fees;
pub mod findings;
mod house;
mod law;
mod limits;
mod marks;
mod money;
mod obligations;
mod outages;
mod payment;
mod recovery;
mod routes;
mod schedule;
mod settlement;

pub use auditor::Auditor;
pub use findings::{Finding, Findings, Offence};
pub use obligations::ObligationAuditor;
