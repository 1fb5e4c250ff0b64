//! The tests of every promise that takes seconds: one binary.
//!
//! A file lists the promises of one room; `tests/heavy` holds what takes minutes.

#![allow(clippy::disallowed_methods, reason = "oracles may use the platform's mathematics")]
#![allow(clippy::cast_possible_truncation, reason = "worlds made for tests are small")]

/// Floors, sizes, bans, words, forgotten files.
mod tidy;

/// Route programs: the law of message counts, and refusals that find their way back.
mod routes;

mod audit;
/// No field of any fact is altered unnoticed.
mod audit_fields;
/// Every kind of lie about a real run breaks the law that speaks of it.
mod audit_mutations;
/// Real streams of facts are lawful, in any order of entities.
mod audit_streams;
mod audit_world;

mod report_files;
mod report_page;
mod report_streams;
mod report_summary;
mod report_support;

mod cli;
mod cli_pictures;
mod journey;
mod limits;
mod gate;
mod junit;
mod thresholds;
mod experiment;
mod measure_order;
mod measure_queues;
mod measure_rows;
mod measure_summary;
mod support_facts;
mod support_scenario;

mod mistakes;
mod codes;
mod counters;
mod replay;
mod scenario;
mod scenarios;

/// Settlement of obligations: regimes, offsets, clearing vectors, measures and files.
mod settle_clearing;
mod settle_cli;
mod settle_measures;
mod settle_policy;
mod settle_support;

mod kernel_calendar;
mod kernel_chance;
mod kernel_choice;
mod kernel_sampler;
mod kernel_station;
mod support_world;

/// What each mode does to what is served, to what waits and to what arrives.
mod outages;
/// Facts depend on scenario, policy and replication, and on nothing else.
mod determinism;
/// Answers that do not come: no loss and no time-out creates money or strands a payment.
mod timeouts;
mod support_second;
mod support_swarm;

/// With one wallet and one station the simulator is a textbook queue.
mod theory;
#[path = "../heavy/queueing/mod.rs"]
#[allow(
    dead_code,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the oracles of the long suite, of which the short one uses a part"
)]
mod queueing;
