//! `show`: a scenario with every default filled in, and where each value comes from.

use serde_json::json;

use super::args::ShowArgs;
use super::exit::Exit;
use super::load;
use super::output::Output;

/// Carries out `hutong show`.
pub fn show(mut args: ShowArgs, out: &mut Output) -> Exit {
    load::settle_seed(&mut args.changes, out);
    let loaded = match load::load_one(&args.file, &load::options(&args.changes), out) {
        Ok(loaded) => loaded,
        Err(exit) => return out.fail(exit),
    };
    let text = loaded.resolved_toml(args.origin);
    out.data(&text);
    out.document("hutong.show/1", Exit::Ok, json!({ "resolved": text }));
    Exit::Ok
}
