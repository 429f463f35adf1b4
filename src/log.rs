//! Diagnostics of the engine on standard error, by `-v` or `SAGASIM_LOG`.

use std::io::{self, IsTerminal as _};

use anstream::{AutoStream, ColorChoice};
use sagasim::Error;
use tracing_subscriber::EnvFilter;

/// The variable that says what to log, as in `sim_core=debug`.
const VARIABLE: &str = "SAGASIM_LOG";

/// Begins to log. Lines carry no wall-clock time: they are about virtual time, which is a field of theirs.
///
/// # Errors
///
/// If the variable is set and cannot be read.
pub fn start(verbose: u8) -> Result<(), Error> {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = match std::env::var(VARIABLE) {
        Ok(directives) => {
            EnvFilter::try_new(directives).map_err(|error| Error::Usage(format!("{VARIABLE}: {error}")))?
        }
        Err(_) => EnvFilter::new(level),
    };
    let color = io::stderr().is_terminal() && AutoStream::choice(&io::stderr()) != ColorChoice::Never;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(color)
        .without_time()
        .log_internal_errors(false)
        .init();
    Ok(())
}
