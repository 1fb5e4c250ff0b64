//! `init`: a first scenario from a template.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::InitArgs;
use super::exit::Exit;
use super::nearest;
use super::output::{Output, Problem};

/// Every template: its name, and the shipped scenario it is.
pub const TEMPLATES: &[(&str, &str)] =
    &[("two-wallets", include_str!("../../scenarios/two-wallets.toml"))];

const SCHEMA: &str = "scenario.schema.json";

/// Carries out `hutong init`.
pub fn init(args: &InitArgs, out: &mut Output) -> Exit {
    let Some((template, text)) = TEMPLATES.iter().find(|(name, _)| *name == args.template) else {
        return refuse_template(&args.template, out);
    };
    let path = place(&args.name);
    let Some(name) = scenario_name(&path) else {
        let text = format!("`{}` cannot name a scenario", args.name);
        out.problem(Problem::new("usage", text).with_help("use a-z, 0-9 and -"));
        return out.fail(Exit::Usage);
    };
    let text = text.replacen(&format!("name = \"{template}\""), &format!("name = \"{name}\""), 1);
    let written = create(&path, &text, args.force).and_then(|()| add_schema(&path));
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let problem = Problem::new("io", "exists already").in_file(path.display().to_string());
            out.problem(problem.with_help("--force overwrites it"));
            return out.fail(Exit::Io);
        }
        Err(error) => {
            let problem = Problem::new("io", format!("cannot write: {error}"));
            out.problem(problem.in_file(path.display().to_string()));
            return out.fail(Exit::Io);
        }
    }
    let (shown, lines) = (path.display().to_string(), text.lines().count());
    out.tell(&format!("created {shown} from template {template}  ({lines} lines, commented)\n"));
    out.note(&format!("next: hutong check {shown} && hutong run {shown}"));
    out.document("hutong.init/1", Exit::Ok, json!({ "file": shown, "template": template }));
    Exit::Ok
}

fn refuse_template(wanted: &str, out: &mut Output) -> Exit {
    let names: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
    let help = match nearest(wanted, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of: {}", names.join(", ")),
    };
    let problem = Problem::new("usage", format!("there is no template `{wanted}`"));
    out.problem(problem.with_help(help));
    out.fail(Exit::Usage)
}

/// A bare name goes to `scenarios/`; a path that ends in `.toml` is used as it is.
fn place(name: &str) -> PathBuf {
    let path = PathBuf::from(name);
    if path.extension().is_some_and(|extension| extension == "toml") {
        path
    } else {
        Path::new("scenarios").join(format!("{name}.toml"))
    }
}

/// The file's stem, where it can name a folder of reports too.
fn scenario_name(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?.to_owned();
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ((1..=64).contains(&stem.len()) && stem.bytes().all(fine)).then_some(stem)
}

/// Creates the file and its folder. Asking whether it exists and then writing could lose a file
/// that somebody else creates in between; the operating system does both at once.
fn create(path: &Path, text: &str, force: bool) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    options.open(path)?.write_all(text.as_bytes())
}

/// Puts the schema beside the scenario, for editors, unless one is there.
fn add_schema(scenario: &Path) -> io::Result<()> {
    let Some((_, text)) =
        super::schema::schemas().into_iter().find(|(name, _)| *name == "scenario")
    else {
        return Ok(());
    };
    match create(&scenario.with_file_name(SCHEMA), &text, false) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done,
    }
}
