//! The loader takes any text: it answers with a scenario or with mistakes, and never panics. A
//! scenario that it accepts runs for a second of tiny demand, and every law holds.
//!
//! Runs on stable Rust. `fuzz/run` sets the flags that instrument the code and gathers the seeds.

#![no_main]

#[path = "../../tests/it/support_second.rs"]
mod second;

use std::hint::black_box;

use hutong::scenario::{LoadOptions, load_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let options = LoadOptions::default();
    match load_text("fuzz.toml", text, &options) {
        Ok(loaded) => second::one_second(&loaded.scenario),
        Err(mistakes) => drop(black_box(mistakes.plain())),
    }
});
