//! The `sagasim` command and the crates beneath it from outside; one binary, so that it links once.

mod advice;
mod allocations;
mod cli;
mod deadlines;
mod defects;
mod determinism;
mod edits;
mod exactness;
mod generated;
mod golden;
mod merge;
mod orders;
mod outcomes;
mod outputs;
mod own;
mod persistent;
mod readme;
mod reference;
mod repeat;
mod replay;
mod scenario_file;
mod tokens;
