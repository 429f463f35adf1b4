//! `sagasim mutants`: is each planted bug caught?

use reports::MutantsReport;
use reports::formats::{json, terminal};
use sagasim::{Error, MutantsOptions, Session};

use super::Context;
use crate::cli::{MutantsArgs, Short};

/// Plants the bugs, prints the table, and returns 1 if one survived or the reference is not clean.
///
/// # Errors
///
/// If a defect cannot be read, or the report cannot be written.
pub fn run(
    args: &MutantsArgs,
    cx: &Context<'_>,
    mutants: impl FnOnce(&MutantsOptions, &Session<'_>) -> Result<MutantsReport, Error>,
) -> Result<u8, Error> {
    let report = mutants(&args.options(), &cx.session)?;
    cx.session.progress.end();
    cx.print(&match args.format {
        Short::Human => terminal::mutants(&report, &cx.terminal.style),
        Short::Json => json::document(&report),
    })?;
    Ok(report.exit_code())
}
