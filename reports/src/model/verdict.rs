//! The one word that a check ends with, and its exit code.

use serde::Serialize;

/// May this version be activated?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing broke, and all that was owed was seen.
    Pass,
    /// A property is broken.
    Fail,
    /// A file cannot be run, or has an error that no run demonstrated.
    Invalid,
    /// Nothing broke, but not all that was owed was seen.
    NotEnoughEvidence,
    /// The simulation itself went wrong; nothing is said about the definition.
    Error,
}

impl Verdict {
    /// The exit code of the process; the only place that knows it.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Invalid => 2,
            Self::NotEnoughEvidence => 3,
            Self::Error => 4,
        }
    }

    /// The word that a CI log is searched for.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Invalid => "INVALID",
            Self::NotEnoughEvidence => "NOT ENOUGH EVIDENCE",
            Self::Error => "ERROR",
        }
    }

    /// The answer to the designer's question.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Pass => "GO: nothing that was tried breaks this version",
            Self::Fail => "NO-GO: do not activate this version",
            Self::Invalid => "NO-GO: the files have errors to correct first",
            Self::NotEnoughEvidence => "neither GO nor NO-GO: nothing broke, but not all that was owed was seen",
            Self::Error => "no answer: the simulation itself went wrong",
        }
    }
}
