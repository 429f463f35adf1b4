//! The result of `sagasim replay`.

use serde::{Deserialize, Serialize};

use super::check::DefinitionRow;
use super::failure::{DefinitionLine, NeededFault, StoryLine};

/// What became of a recorded failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplayStatus {
    /// The same invariant breaks at the same step.
    StillFails,
    /// Nothing breaks.
    Fixed,
    /// Something else breaks.
    DifferentFailure,
    /// Nothing breaks, but the recording no longer fits the files, or a token names a run that never failed under them.
    Stale,
}

impl ReplayStatus {
    /// The exit code of the process; the only place that knows it.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Fixed => 0,
            Self::StillFails | Self::DifferentFailure => 1,
            Self::Stale => 3,
        }
    }

    /// Whether a property is broken.
    #[must_use]
    pub const fn fails(self) -> bool {
        matches!(self, Self::StillFails | Self::DifferentFailure)
    }

    /// In words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::StillFails => "STILL FAILS",
            Self::Fixed => "FIXED",
            Self::DifferentFailure => "DIFFERENT FAILURE",
            Self::Stale => "STALE",
        }
    }
}

/// One run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayReport {
    /// What became of the failure.
    pub status: ReplayStatus,
    /// The invariant that broke in this run.
    pub invariant: Option<String>,
    /// The step it broke at.
    pub step: Option<String>,
    /// The invariant that was recorded; `None` for a token that only names a run.
    pub expected: Option<String>,
    /// The fingerprint of this run, in hexadecimal.
    pub fingerprint: String,
    /// Simulated events.
    pub events: u64,
    /// Recorded choices that this run never came to.
    pub unused_choices: u64,
    /// All choices of the recording, those among them that are not there any more.
    pub recorded_choices: u64,
    /// The story of this run.
    pub story: Vec<StoryLine>,
    /// The faults of this run, numbered as in the recording.
    pub faults: Vec<NeededFault>,
    /// The faults that `--without-fault` took out.
    pub without: Vec<NeededFault>,
    /// The scenario.
    pub scenario: String,
    /// The definitions it ran against.
    pub definitions: Vec<DefinitionRow>,
    /// What to know before reading on, a sentence each: a digest that differs, files taken from the recording.
    pub notices: Vec<String>,
    /// What the broken invariant says; empty if none broke.
    pub statement: String,
    /// The section of the reference it comes from.
    pub seed_section: String,
    /// What it means for customer and company, a sentence each.
    pub effect: Vec<String>,
    /// The line of the definition or contract to change.
    pub definition: Option<DefinitionLine>,
    /// The command that repeats this call, to paste.
    pub repeat: String,
    /// Every event, if `--trace` asked for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<TraceLine>,
}

/// One engine event of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TraceLine {
    /// The number of the event in this run, from 1.
    pub event: u64,
    /// The number of the event that caused it; 0 for what comes from outside.
    pub cause: u64,
    /// Virtual time since the start of the run.
    pub at_ms: u64,
    /// The node, and its part if it has several: `oms/relay`.
    pub node: String,
    /// What it handled.
    pub what: String,
    /// What changed, a phrase each.
    pub changed: Vec<String>,
    /// What each of these is a change of: `order-1/router/bill-router`.
    pub things: Vec<String>,
    /// The fault that acted here, in words.
    pub fault: Option<String>,
}
