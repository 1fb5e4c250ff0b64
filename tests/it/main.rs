//! tests

mod audit;
mod audit_world;
