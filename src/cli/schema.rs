//! `schema`: the JSON schemas of what is read and written.

use serde_json::{Value, json};

use super::args::SchemaArgs;
use super::exit::Exit;
use super::nearest;
use super::output::{Output, Problem};
use crate::{report, scenario};

/// Carries out `hutong schema`.
pub fn schema(args: &SchemaArgs, out: &mut Output) -> Exit {
    let schemas = schemas();
    let names: Vec<&str> = schemas.iter().map(|(name, _)| *name).collect();
    let Some(wanted) = &args.name else {
        out.data(&format!("{}\n", names.join("\n")));
        out.document("hutong.schemas/1", Exit::Ok, json!({ "schemas": names }));
        return Exit::Ok;
    };
    let Some((_, text)) = schemas.iter().find(|(name, _)| name == wanted) else {
        let problem = Problem::new("usage", format!("there is no schema `{wanted}`"));
        let help = match nearest(wanted, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of: {}", names.join(", ")),
        };
        out.problem(problem.with_help(help));
        return out.fail(Exit::Usage);
    };
    out.data(&format!("{}\n", text.trim_end()));
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    out.document("hutong.schema/1", Exit::Ok, json!({ "name": wanted, "document": value }));
    Exit::Ok
}

/// Every schema by name: what is read, then what is written.
pub fn schemas() -> Vec<(&'static str, String)> {
    let read = format!("{:#}\n", scenario::schema());
    let written = ["manifest", "summary", "invariants", "datapackage", "timing", "settle"];
    let written = written.into_iter().filter_map(|name| Some((name, report::schema(name)?)));
    [("scenario", read)]
        .into_iter()
        .chain(written.map(|(name, text)| (name, text.to_owned())))
        .collect()
}
