//! Ctrl-C and SIGTERM: the first asks the call to stop and to report what it has, the second ends the process.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody asked to stop.
pub static STOP: AtomicBool = AtomicBool::new(false);

/// The exit code of a process that a signal ended, as shells have it.
const ENDED: i32 = 130;

/// Listens to signals from now on. Where that is not possible, they do what they always do.
pub fn listen() {
    let handled = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(ENDED);
        }
        let _ = writeln!(std::io::stderr(), "stopping after the runs under way; once more ends at once");
    });
    if let Err(error) = handled {
        tracing::warn!(%error, "cannot listen to signals");
    }
}
