//! `sagasim shrink`: one failure, reduced.

use reports::ShrinkReport;
use reports::formats::{json, terminal};
use sagasim::{Error, Session, ShrinkOptions};

use super::Context;
use crate::cli::{Short, ShrinkArgs};

/// Reduces, prints what is left, and returns the exit code.
///
/// # Errors
///
/// If the token or file is not one of ours, or the report cannot be written.
pub fn run(
    args: &ShrinkArgs,
    cx: &Context<'_>,
    shrink: impl FnOnce(&ShrinkOptions, &Session<'_>) -> Result<ShrinkReport, Error>,
) -> Result<u8, Error> {
    let report = shrink(&args.options(), &cx.session)?;
    cx.session.progress.end();
    cx.print(&match args.format {
        Short::Human => terminal::shrink(&report, &cx.terminal.style),
        Short::Json => json::document(&report),
    })?;
    Ok(report.exit_code())
}
