//! Kernel: time, order, chance and stations. It knows no payment.
//!
//! Invariant: events come in the order (instant, microstep, rank, receiver, sender, counter), and
//! every draw is a pure function of its key.
//! Never: money, payments, files, a wall clock, an ambient random number.

pub mod alias;
pub mod arrivals;
pub mod calendar;
pub mod chance;
pub mod dist;
mod law;
mod order;
pub mod race;
pub mod sampler;
pub mod station;
mod tiers;
