//! `sagasim check`: lint, explore, judge.

use std::path::PathBuf;

use reports::{CheckReport, Style};
use sagasim::{CheckOptions, Error, Session, files};

use super::Context;
use crate::cli::{CheckArgs, FormatName, OutFile};

/// Checks, writes the report wherever it is wanted, and returns the exit code of the verdict.
///
/// # Errors
///
/// If there is nothing to report, or a report cannot be written. Standard output gets its report in any case.
pub fn run(
    args: &CheckArgs,
    cx: &Context<'_>,
    check: impl FnOnce(&CheckOptions, &Session<'_>) -> Result<CheckReport, Error>,
) -> Result<u8, Error> {
    let options = args.options();
    if !args.out.is_empty() {
        spare(&sagasim::inputs_of(&options), &args.out)?;
    }
    let report = check(&options, &cx.session)?;
    cx.session.progress.end();
    write(&report, (args.format, &args.out), cx)
}

/// Refuses to write a report over what the call reads.
///
/// # Errors
///
/// [`Error::Usage`] with the first such path.
pub fn spare(inputs: &[PathBuf], out: &[OutFile]) -> Result<(), Error> {
    out.iter().try_for_each(|out| sagasim::refuse_to_overwrite(inputs, &out.path))
}

/// Writes a report wherever it is wanted, and returns the exit code of its verdict.
///
/// # Errors
///
/// If it cannot be written. Standard output gets it in any case.
pub fn write(report: &CheckReport, (format, out): (FormatName, &[OutFile]), cx: &Context<'_>) -> Result<u8, Error> {
    let written: Vec<_> = out
        .iter()
        .map(|out| files::write(&out.path, (out.format.0.render)(report, &Style::plain()).as_bytes()))
        .collect();
    cx.print(&(format.0.render)(report, &cx.terminal.style))?;
    for result in written {
        result?;
    }
    Ok(report.exit_code)
}
