//! The `sagasim` command.

mod cli;
mod commands;
mod interrupt;
mod log;
mod progress;
mod terminal;

use std::cell::RefCell;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser as _;
use sagasim::{Error, Session};

use crate::cli::{Cli, Command};
use crate::commands::Context;
use crate::terminal::{Terminal, complain, say};

/// The exit code of a call that cannot be understood.
const USAGE: u8 = 64;
/// The exit code of our own bugs.
const INTERNAL: u8 = 4;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Neither a closed pipe nor a full disk changes what the call was.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let code = catch_unwind(AssertUnwindSafe(|| run(&cli))).unwrap_or_else(|_| {
        complain("this is a bug in sagasim; the lines above say where");
        INTERNAL
    });
    ExitCode::from(code)
}

fn run(cli: &Cli) -> u8 {
    let done = log::start(cli.looks.verbose).and_then(|()| {
        interrupt::listen();
        let terminal = Terminal::new(cli.looks);
        let progress = progress::Bar::new(terminal.progress);
        let session = Session { stop: &interrupt::STOP, progress: &progress };
        let out = RefCell::new(Box::new(std::io::stdout().lock()) as Box<dyn Write>);
        dispatch(&cli.command, &Context { terminal, out, session })
    });
    done.unwrap_or_else(|error: Error| {
        match &error {
            Error::Files(lines) => lines.iter().for_each(|line| say(line)),
            _ => complain(&error.to_string()),
        }
        error.exit_code()
    })
}

fn dispatch(command: &Command, cx: &Context<'_>) -> Result<u8, Error> {
    match command {
        Command::Check(args) => commands::check::run(args, cx, sagasim::check),
        Command::Replay(args) => commands::replay::run(args, cx, sagasim::replay),
        Command::Shrink(args) => commands::shrink::run(args, cx, sagasim::shrink),
        Command::Mutants(args) => commands::mutants::run(args, cx, sagasim::mutants),
        Command::Merge(args) => commands::merge::run(args, cx, sagasim::merge),
        Command::Selfcheck(args) => commands::selfcheck::run(args, cx, sagasim::selfcheck),
        Command::New(args) => commands::new::run(args, cx, &commands::new::exercise()),
        Command::List(args) => commands::list::run(args, cx),
        Command::Completions(args) => commands::completions::run(*args, cx),
        Command::Man(args) => commands::man::run(args, cx),
    }
}
