//! `report`: the page of a folder again, from its files alone.

use serde_json::{Value, json};

use super::args::ReportArgs;
use super::exit::Exit;
use super::output::{Output, Problem};
use crate::report::{RebuildError, rebuild};

/// Carries out `hutong report`.
pub fn report(args: &ReportArgs, out: &mut Output) -> Exit {
    let mut exit = Exit::Ok;
    let mut pages: Vec<Value> = Vec::new();
    for folder in &args.folders {
        match rebuild(folder) {
            Ok(page) => {
                out.tell(&format!("{}\n", page.display()));
                pages.push(json!(page.display().to_string()));
            }
            Err(error) => {
                exit = exit.max(Exit::Io);
                let help = match error {
                    RebuildError::Write(_) => "check that the folder can be written",
                    _ => "hutong run writes it anew; its manifest.json says how",
                };
                out.problem(Problem::new("io", error.to_string()).with_help(help));
            }
        }
    }
    out.document("hutong.report/1", exit, json!({ "pages": pages }));
    exit
}
