//! One broken property, told so that a designer can act on it.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::text;

/// One distinct cause of failure: an invariant at a saga step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailureReport {
    /// The slug of the broken invariant.
    pub invariant: String,
    /// What it says, in one line.
    pub statement: String,
    /// The section of the reference it comes from; empty for a designer's own.
    pub seed_section: String,
    /// The saga step it broke at, if it belongs to one.
    pub step: Option<String>,
    /// What makes two failures the same: invariant and step.
    pub signature: String,
    /// The scenario it was found in.
    pub scenario: String,
    /// How many random runs failed for this cause.
    pub runs: u64,
    /// How many plans of the exhaustive search did, as far as they are listed.
    pub plans: u64,
    /// The whole line to paste, `sagasim replay ...`.
    pub replay: String,
    /// The repro file written; empty if it could not be written (see [`CheckReport::files`](super::CheckReport::files)).
    pub repro: String,
    /// Faults after shrinking.
    pub faults: u64,
    /// Orders after shrinking.
    pub orders: u64,
    /// Events after shrinking.
    pub events: u64,
    /// The faults of the shrunk run, in time order.
    pub needed: Vec<NeededFault>,
    /// The story, at most 12 lines.
    pub story: Vec<StoryLine>,
    /// The line of the definition or contract to change.
    pub definition: Option<DefinitionLine>,
    /// What may vary without a difference, a phrase each: `the latencies`.
    pub irrelevant: Vec<String>,
    /// What it means for customer and company, a sentence each.
    pub effect: Vec<String>,
    /// What runs with one thing changed showed.
    #[serde(flatten)]
    pub explained: Explained,
}

/// What was found out about a failure; each line of it was seen in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// What comes of leaving out one thing.
    pub without: Vec<WithoutRow>,
    /// What fails in the same way when it happens at the point of a needed fault instead of it.
    pub alternatives: Vec<NeededFault>,
    /// Of something that had to come: why it did not.
    pub liveness: Option<LivenessRow>,
    /// From where on it came whatever chance did.
    pub inevitable: Option<InevitableRow>,
}

/// A run without one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WithoutRow {
    /// What was left out: `fault 1`, `item router of order-1`.
    pub change: String,
    /// Whether nothing breaks without it.
    pub passes: bool,
    /// What breaks instead: the signature of that failure.
    pub breaks: Option<String>,
}

/// Why something that had to come never came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LivenessRow {
    /// `stuck`, `livelock` or `slow`.
    pub class: String,
    /// What it waits for.
    pub reason: String,
    /// Of a livelock: the events that bring each other about, in their order.
    pub cycle: Vec<String>,
    /// How often the cycle was seen in a row.
    pub turns: u64,
}

/// From where on a failure came whatever chance did with the rest of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InevitableRow {
    /// The number of the event; 0: the start of the run.
    pub event: u64,
    /// Virtual time since the start of the run.
    pub at_ms: u64,
    /// What happened there.
    pub text: String,
    /// How often the rest was drawn anew, and failed each time.
    pub samples: u64,
}

/// A fault without which the shrunk run does not fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NeededFault {
    /// From 1; the N of `--without-fault N`.
    pub n: u32,
    /// The choice as it stands in the repro file.
    pub choice: String,
    /// In words.
    pub text: String,
}

/// Where to change what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DefinitionLine {
    /// The file, as in [`DefinitionRow::file`](super::DefinitionRow::file).
    pub file: String,
    /// From 1.
    pub line: u64,
    /// The line as it stands, without its indentation.
    pub text: String,
    /// What to write instead, and why; or that nothing is known to help.
    pub advice: String,
    /// Whether the run breaks nothing with what is written as advised; else this is where what broke is written, which need
    /// not be its cause.
    pub helps: bool,
}

/// A file that a call wrote, or could not write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileRow {
    /// Its path.
    pub path: String,
    /// What it holds: `repro of single-effect at bill-router`.
    pub what: String,
    /// Why it could not be written.
    pub error: Option<String>,
}

/// What a line of a story stands out for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// The normal course of things.
    #[default]
    None,
    /// A fault; its number in [`FailureReport::needed`].
    Fault(u32),
    /// Here the property breaks.
    Violation,
}

/// One line of a story: when, who, what, and what changed. It is serialised as the text of its `Display`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoryLine {
    /// Virtual time since the start of the run.
    pub at_ms: u64,
    /// The node or person: `oms`, `billing`, `customer`.
    pub who: String,
    /// What it did, in domain words.
    pub text: String,
    /// What changed, a phrase each: `charge-2: REQUESTED -> ACTIVE`.
    pub changed: Vec<String>,
    /// Whether a fault or the violation happens here.
    pub mark: Mark,
}

impl fmt::Display for StoryLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}: {}", text::instant(self.at_ms), self.who, self.text)?;
        if !self.changed.is_empty() {
            write!(f, " ({})", self.changed.join("; "))?;
        }
        match self.mark {
            Mark::None => Ok(()),
            Mark::Fault(n) => write!(f, " [fault {n}]"),
            Mark::Violation => write!(f, " [broken here]"),
        }
    }
}

impl Serialize for StoryLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
