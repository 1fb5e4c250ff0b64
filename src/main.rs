//! The front door: understand what is asked, have it done, end with its exit code.

use hutong::cli::args::Command;
use hutong::cli::exit::Exit;
use hutong::cli::output::Output;
use hutong::cli::{
    self, baseline, bench, check, completions, explain, gate, init, man, metrics, report, route,
    run, schema, settle, show, topology,
};

fn main() -> Exit {
    let asked = match cli::read(std::env::args_os()) {
        Ok(asked) => asked,
        Err(exit) => return exit,
    };
    let global = &asked.global;
    let mut out = Output::new(global);
    let exit = match asked.command {
        Command::Run(args) => run::run(args, global, &mut out),
        Command::Report(args) => report::report(&args, &mut out),
        Command::Route(args) => route::route(args, &mut out),
        Command::Topology(args) => topology::topology(args, &mut out),
        Command::Gate(args) => gate::gate(&args, global, &mut out),
        Command::Baseline(args) => baseline::baseline(&args, global, &mut out),
        Command::Check(args) => check::check(args, global, &mut out),
        Command::Show(args) => show::show(args, &mut out),
        Command::Schema(args) => schema::schema(&args, &mut out),
        Command::Init(args) => init::init(&args, &mut out),
        Command::Explain(args) => explain::explain(&args, &mut out),
        Command::Metrics => metrics::metrics(&mut out),
        Command::Settle(args) => settle::settle(&args, global, &mut out),
        Command::Bench(args) => bench::bench(&mut out, args.rounds),
        Command::Completions(args) => completions::completions(&args, &mut out),
        Command::Man => man::man(&mut out),
    };
    out.close(exit)
}
