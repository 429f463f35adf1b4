//! `sagasim man`: the manual pages, from the same text as the help.

use clap::CommandFactory as _;
use clap_mangen::Man;
use sagasim::Error;

use super::Context;
use crate::cli::{Cli, ManArgs};

/// Prints a page.
///
/// # Errors
///
/// If there is no such command, or the page cannot be written.
pub fn run(args: &ManArgs, cx: &Context<'_>) -> Result<u8, Error> {
    let mut command = Cli::command();
    command.build();
    if let Some(name) = &args.command {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| Error::Usage(format!("there is no command {name:?}")))?;
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(|error| Error::Internal(error.to_string()))?;
    cx.print(&String::from_utf8_lossy(&page))?;
    Ok(0)
}
