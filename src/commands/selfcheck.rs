//! `sagasim selfcheck`: is sagasim itself deterministic?

use reports::SelfcheckReport;
use reports::formats::{json, terminal};
use sagasim::{Error, SelfcheckOptions, Session};

use super::Context;
use crate::cli::{SelfcheckArgs, Short};

/// Compares runs with themselves, prints what was compared, and returns 4 if one was not always the same.
///
/// # Errors
///
/// If there is no such saga, or the report cannot be written.
pub fn run(
    args: &SelfcheckArgs,
    cx: &Context<'_>,
    selfcheck: impl FnOnce(&SelfcheckOptions, &Session<'_>) -> Result<SelfcheckReport, Error>,
) -> Result<u8, Error> {
    let report = selfcheck(&args.options(), &cx.session)?;
    cx.session.progress.end();
    cx.print(&match args.format {
        Short::Human => terminal::selfcheck(&report, &cx.terminal.style),
        Short::Json => json::document(&report),
    })?;
    Ok(report.exit_code)
}
