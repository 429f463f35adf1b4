//! `sagasim replay`: one failure again, as a story.

use reports::formats::{json, terminal};
use reports::{Detail, ReplayReport, Style};
use sagasim::{Error, ReplayOptions, Session};

use super::{Context, step};
use crate::cli::{ReplayArgs, Short};

/// Replays, prints the story, and returns the exit code of its status.
///
/// # Errors
///
/// If the token or file is not one of ours, or the report cannot be written; if steps are to be walked and this is no
/// terminal.
pub fn run(
    args: &ReplayArgs,
    cx: &Context<'_>,
    replay: impl FnOnce(&ReplayOptions, &Session<'_>) -> Result<ReplayReport, Error>,
) -> Result<u8, Error> {
    if args.step {
        step::require_terminal()?;
    }
    let report = replay(&args.options(), &cx.session)?;
    cx.session.progress.end();
    if args.step {
        step::walk(&report, args.until, cx)?;
    }
    cx.print(&match args.format {
        // What was walked through need not be printed below it.
        Short::Human if args.step => terminal::replay(&report, &Style { detail: Detail::Quiet, ..cx.terminal.style }),
        Short::Human => terminal::replay(&report, &cx.terminal.style),
        Short::Json => json::document(&report),
    })?;
    Ok(report.status.exit_code())
}
