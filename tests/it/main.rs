//! tests

mod mistakes;
mod scenario;
