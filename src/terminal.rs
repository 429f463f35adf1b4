//! Where output goes and how it looks there.

use std::io::{self, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};
use reports::text::clean;
use reports::{Detail, Style};
use sagasim::Error;
use sagasim::files::{FileError, words};

use crate::cli::Looks;

/// Wider lines are hard to read.
const WIDTH_MAX: usize = 140;
/// Narrower ones cannot hold a table.
const WIDTH_MIN: usize = 60;

/// Standard output, whose looks depend on whether a person or a pipe is at its end.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// How reports look on standard output.
    pub style: Style,
    /// Whether progress may be shown on standard error.
    pub progress: bool,
}

impl Terminal {
    /// Decides from the flags, the environment (`NO_COLOR` and its kind) and what standard output is.
    pub fn new(looks: Looks) -> Self {
        let detail = match (looks.quiet, looks.verbose) {
            (true, _) => Detail::Quiet,
            (false, 0) => Detail::Normal,
            (false, _) => Detail::Verbose,
        };
        let size = if io::stdout().is_terminal() { terminal_size::terminal_size() } else { None };
        let width = size.map_or(Style::plain().width, |(width, _)| usize::from(width.0).clamp(WIDTH_MIN, WIDTH_MAX));
        let color = !looks.plain && AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        Self {
            style: Style { color, unicode: !looks.plain, width, detail },
            progress: !looks.plain && !looks.quiet && looks.verbose == 0,
        }
    }
}

/// Writes a whole text. A reader that has gone away is no error: it has what it wanted.
///
/// # Errors
///
/// If the text cannot be taken, such as by a full disk behind a redirection.
pub fn print(out: &mut dyn Write, text: &str) -> Result<(), Error> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::File(FileError::Write { path: "standard output".into(), why: words(&error) }))
        }
        _ => Ok(()),
    }
}

/// Says a line on standard error that says itself what it is; if that is closed, nobody is there to be told.
pub fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{}", clean(line));
}

/// Says on standard error what went wrong; if that is closed too, nobody is there to be told.
pub fn complain(what: &str) {
    let red = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
    let _ = writeln!(anstream::stderr(), "{red}error{red:#}: {}", clean(what));
}
