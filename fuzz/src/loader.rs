//! The loader takes any text: it answers with a scenario or with mistakes, and never panics.
//!
//! Runs on stable Rust. `fuzz/run` sets the flags that instrument the code and gathers the seeds.

#![no_main]

use std::hint::black_box;

use hutong::scenario::{LoadOptions, load_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let options = LoadOptions::default();
    let _ = black_box(load_text("fuzz.toml", text, &options).map_err(|mistakes| mistakes.plain()));
});
