//! Kernel: time, order, chance and stations. It knows no payment.
//!
//! Invariant: events come in the order (instant, microstep, rank, receiver, sender, counter), and
//! every draw is a pure function of its key.
//! Never: money, payments, files, a wall clock, an ambient random number.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "packed keys, halves of draws and table entries: each cast is of a value that fits"
)]

pub mod alias;
pub mod arrivals;
pub mod calendar;
pub mod chance;
pub mod dist;
mod free_times;
mod law;
mod order;
pub mod outages;
pub mod race;
pub mod sampler;
pub mod shares;
pub mod station;
mod tiers;
