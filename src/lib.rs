//! hutong (互通, "interconnect"): a multi-wallet clearing simulator.

pub mod units;

pub mod kernel;
pub mod ledger;

pub mod scenario;

pub mod policy;

pub mod model;

pub mod audit;
pub mod measure;

pub mod experiment;
pub mod report;

pub mod cli;

pub mod manual;
