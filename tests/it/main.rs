//! tests

mod cli;
mod experiment;
