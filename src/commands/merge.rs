//! `sagasim merge`: many shards, one verdict.

use reports::CheckReport;
use sagasim::{Error, MergeOptions};

use super::{Context, check};
use crate::cli::MergeArgs;

/// Merges, writes the report wherever it is wanted, and returns the exit code of the verdict.
///
/// # Errors
///
/// If these are not all shards of one check, or a report cannot be written.
pub fn run(
    args: &MergeArgs,
    cx: &Context<'_>,
    merge: impl FnOnce(&MergeOptions) -> Result<CheckReport, Error>,
) -> Result<u8, Error> {
    check::spare(&args.results, &args.out)?;
    let report = merge(&args.options())?;
    check::write(&report, (args.format, &args.out), cx)
}
