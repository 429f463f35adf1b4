//! `sagasim completions`: for the shell.

use clap::CommandFactory as _;
use sagasim::Error;

use super::Context;
use crate::cli::{Cli, CompletionsArgs};

/// Prints the script.
///
/// # Errors
///
/// If it cannot be written.
pub fn run(args: CompletionsArgs, cx: &Context<'_>) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "sagasim", &mut script);
    cx.print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
