//! The `sagasim` command from outside; one binary, so that it links once.

mod cli;
