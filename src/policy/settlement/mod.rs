//! Settlement regimes: how obligations are discharged with the money that there is.
//!
//! Each regime is made of pure functions over obligations and positions. [`SettlementAgent`] holds
//! a regime's queues for a caller that feeds it in order of time: a file of obligations today, the
//! settlement bank of a simulated world at its cut-offs.
//!
//! | Regime | Rule | Follows |
//! | --- | --- | --- |
//! | `gross-fifo` | one by one in order of arrival; the head of a queue binds | CPSS (1997), *Real-time gross settlement systems* |
//! | `gross-bypass` | in order of arrival; what has no cover is passed over | Leinonen and Soramäki (1999), Bank of Finland DP 16/99 |
//! | `gross-priority` | most urgent first, then in order of arrival; the head binds | CPSS (1997), queuing arrangements |
//! | `gross-size` | smallest first; the head binds | Leinonen and Soramäki (1999) |
//! | `gross-reorder` | in order of arrival; a head without cover gives way to the largest that has cover | CPSS (1997), queuing arrangements |
//! | `net-bilateral` | at a cut-off, each pair's net debit, where it has cover | CPSS (1990), *Interbank netting schemes* |
//! | `net-multilateral` | at a cut-off, all net positions or none | CPSS (1990) |
//! | `net-continuous` | at frequent cut-offs, the largest set of queue prefixes that has cover; the rest rolls on | CPSS (2005), *New developments in large-value payment systems* |
//! | `hybrid-bilateral` | as `gross-bypass`, and up to ten obligations each way between two | CPSS (2005), bilateral offsetting |
//! | `hybrid-multilateral` | as `gross-bypass`, and a greedy multilateral set | Güntzer, Jungnickel and Leclerc (1998), EJOR 106 |
//! | `hybrid-cycles` | as `gross-fifo`, and cycles of queue heads | CPSS (2005), multilateral offsetting |
//! | `hybrid-gridlock` | as `gross-fifo`, and the largest set of queue prefixes | Bech and Soramäki (2001), Bank of Finland DP 9/2001 |
//! | `instant` | at once on the prefunded position, or refused | CPMI (2016), *Fast payments* |
//!
//! Invariant: no balance falls below its credit limit, in any regime, between any two steps.
//! Never: a clock; a queue that is not in the caller's hands.

mod agent;
mod clearing;
pub mod gridlock;
pub mod net;
pub mod offset;
mod optimum;
mod positions;
mod queue;
mod regime;
mod waiting;

pub use agent::{Options, Outcome, SettlementAgent};
pub use clearing::{Claim, Cleared, Clearing, Costs, clear};
pub use optimum::{OPTIMUM_MAX, optimum};
pub use positions::{Limit, Positions};
pub use queue::{Key, Queue};
pub use regime::{Discipline, Method, Regime, Review};
