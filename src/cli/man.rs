//! `man`: the manual page, of the program and of every command.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use serde_json::json;

use super::args::Cli;
use super::exit::Exit;
use super::output::{Output, Problem};

/// Carries out `hutong man`.
pub fn man(out: &mut Output) -> Exit {
    let mut page = Vec::new();
    if let Err(error) = render(&mut page) {
        out.problem(Problem::new("io", error.to_string()));
        return out.fail(Exit::Io);
    }
    let page = String::from_utf8_lossy(&page);
    out.data(&page);
    out.document("hutong.man/1", Exit::Ok, json!({ "roff": page }));
    Exit::Ok
}

/// One page: the program first, then each command as a section of its own.
fn render(page: &mut Vec<u8>) -> io::Result<()> {
    let mut program = Cli::command();
    program.build();
    Man::new(program.clone()).render(page)?;
    for command in program.get_subcommands() {
        section(command, page)?;
    }
    Ok(())
}

fn section(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_name().to_uppercase();
    page.extend_from_slice(format!(".SH \"COMMAND {name}\"\n").as_bytes());
    let own = command.clone().mut_args(|arg| {
        let everywhere = arg.is_global_set();
        arg.hide(everywhere)
    });
    let man = Man::new(own);
    man.render_description_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_options_section(page)
}
