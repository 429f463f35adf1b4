//! The catalogue entry of an invariant: all that is said about it outside of judging.

use sim_core::{Invariant, Strictness, Violation};

use super::Cause;
use crate::definition::{Family, Severity, Span};
use crate::model::Model;
use crate::scenario::Scenario;

/// What the catalogue says of an invariant.
pub struct Entry {
    /// The slug.
    pub id: &'static str,
    /// The family of defects that it catches.
    pub family: Family,
    /// How bad a breach is.
    pub severity: Severity,
    /// How it is judged.
    pub strictness: Strictness,
    /// What must hold, in one line of business words.
    pub statement: &'static str,
    /// The section of the domain reference that asks for it.
    pub seed: &'static str,
    /// What counts as judged.
    pub guard: &'static str,
    /// What brings its guard about, any of these; empty where every order does.
    pub causes: &'static [Cause],
    /// What a breach means for the business.
    pub effect: &'static str,
    /// Whether it can have something to judge; else the line that rules it out.
    pub applies: fn(&Model) -> Result<(), String>,
    /// One or two sentences that tell a breach in the words of the domain.
    pub story: fn(&Scenario, &Violation) -> String,
    /// Where the definition or contract would have to change.
    pub definition: fn(&Scenario, &Violation) -> Option<Span>,
    /// Makes it, with the tables that it needs of a model.
    pub new: fn(&Model) -> Box<dyn Invariant<Scenario>>,
}

/// The three methods of an invariant that its entry answers, and the kinds of change that it watches.
macro_rules! as_entered {
    ($watches:expr) => {
        fn id(&self) -> &'static str {
            ENTRY.id
        }

        fn strictness(&self) -> sim_core::Strictness {
            ENTRY.strictness
        }

        fn watches(&self) -> u64 {
            $watches
        }
    };
}

pub(super) use as_entered;
