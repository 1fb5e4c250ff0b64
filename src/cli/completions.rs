//! `completions`: what a shell needs to complete our words.

use clap::CommandFactory;
use serde_json::json;

use super::args::{Cli, CompletionsArgs};
use super::exit::Exit;
use super::output::Output;

/// Carries out `hutong completions`.
pub fn completions(args: &CompletionsArgs, out: &mut Output) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "hutong", &mut script);
    let script = String::from_utf8_lossy(&script);
    out.data(&script);
    let body = json!({ "shell": args.shell.to_string(), "script": script });
    out.document("hutong.completions/1", Exit::Ok, body);
    Exit::Ok
}
