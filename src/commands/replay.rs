//! `sagasim replay`: one failure again, as a story.

use reports::ReplayReport;
use reports::formats::{json, terminal};
use sagasim::{Error, ReplayOptions, Session};

use super::Context;
use crate::cli::{ReplayArgs, Short};

/// Replays, prints the story, and returns the exit code of its status.
///
/// # Errors
///
/// If the token or file is not one of ours, or the report cannot be written.
pub fn run(
    args: &ReplayArgs,
    cx: &Context<'_>,
    replay: impl FnOnce(&ReplayOptions, &Session<'_>) -> Result<ReplayReport, Error>,
) -> Result<u8, Error> {
    let report = replay(&args.options(), &cx.session)?;
    cx.session.progress.end();
    cx.print(&match args.format {
        Short::Human => terminal::replay(&report, &cx.terminal.style),
        Short::Json => json::document(&report),
    })?;
    Ok(report.status.exit_code())
}
