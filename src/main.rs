//! The `sagasim` command.
fn main() {}
