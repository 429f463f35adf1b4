//! The result of `sagasim shrink`.

use serde::Serialize;

use super::check::DefinitionRow;
use super::failure::{FailureReport, FileRow};

/// How much there is in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Extent {
    /// Injected faults.
    pub faults: u64,
    /// Orders.
    pub orders: u64,
    /// Items of all orders.
    pub items: u64,
    /// Commands.
    pub commands: u64,
    /// Spans of time that are not nominal.
    pub delays: u64,
    /// Simulated events.
    pub events: u64,
}

impl Extent {
    /// The counts with their names, in the order in which they are told.
    #[must_use]
    pub const fn counts(&self) -> [(&'static str, u64); 6] {
        [
            ("fault", self.faults),
            ("order", self.orders),
            ("item", self.items),
            ("command", self.commands),
            ("delay", self.delays),
            ("event", self.events),
        ]
    }
}

/// A failure, reduced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShrinkReport {
    /// The reduced failure; none if nothing breaks when it is run again.
    pub failure: Option<FailureReport>,
    /// What the failure had in it.
    pub before: Extent,
    /// What is left.
    pub after: Extent,
    /// What was removed, a phrase each: `2 of 3 faults`.
    pub removed: Vec<String>,
    /// How many runs the reduction took.
    pub runs: u64,
    /// Whether it ended by itself; else this is the smallest that was found.
    pub complete: bool,
    /// The repro file, if one was to be written.
    pub file: Option<FileRow>,
    /// The scenario.
    pub scenario: String,
    /// The definitions it ran against.
    pub definitions: Vec<DefinitionRow>,
    /// What to know before reading on, a sentence each.
    pub notices: Vec<String>,
    /// The command that repeats this call, to paste.
    pub repeat: String,
}

impl ShrinkReport {
    /// The exit code of the process: 1 for a property that is broken, as everywhere; 3 where nothing breaks any more.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        if self.failure.is_some() { 1 } else { 3 }
    }
}
