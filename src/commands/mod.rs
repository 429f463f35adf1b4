//! One file per command: it turns flags into options, calls the library, prints what it gave, and returns the exit code.

pub mod check;
pub mod completions;
pub mod list;
pub mod man;
pub mod merge;
pub mod mutants;
pub mod new;
pub mod replay;
pub mod selfcheck;
pub mod shrink;
pub mod step;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io::Write;

use sagasim::{Error, Session};

use crate::terminal::{self, Terminal};

/// What every command gets besides its flags.
pub struct Context<'a> {
    /// How output looks.
    pub terminal: Terminal,
    /// Where output goes.
    pub out: RefCell<Box<dyn Write + 'a>>,
    /// What a long call listens to and reports to.
    pub session: Session<'a>,
}

impl Context<'_> {
    /// Prints a whole text.
    ///
    /// # Errors
    ///
    /// If the text cannot be taken; that its reader has gone away is no error.
    pub fn print(&self, text: &str) -> Result<(), Error> {
        terminal::print(&mut **self.out.borrow_mut(), text)
    }
}
