//! `sagasim check`: lint, explore, judge.

use std::path::{Path, PathBuf};

use reports::{CheckReport, Style};
use sagasim::files::{self, FileError};
use sagasim::{CheckOptions, Error, Session};

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
    let code = write(&report, (args.format, &args.out), cx)?;
    match &args.corpus {
        Some(corpus) => kept(&report, corpus).map(|()| code),
        None => Ok(code),
    }
}

/// Whether what a guided campaign found was kept: the next call begins without it otherwise.
fn kept(report: &CheckReport, corpus: &Path) -> Result<(), Error> {
    let lost = report.files.iter().filter(|file| Path::new(&file.path).starts_with(corpus));
    let lost = lost.filter_map(|file| Some((file.path.clone().into(), file.error.clone()?))).next();
    lost.map_or(Ok(()), |(path, why)| Err(FileError::Write { path, why }.into()))
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
