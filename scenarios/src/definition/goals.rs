//! The goals of a scenario: what must have been tried, and how often, for a verdict to have evidence enough.

use std::fmt;

use fault_models::FAULTS;

use super::code::UNKNOWN_REFERENCE;
use super::reader::{Fields, Place, Read, Reader, Scalar, Takes};
use super::span::{NamedList, Span, Spanned};
use crate::invariants::INVARIANTS;
use crate::nearest::nearest;

/// What must have been tried; nothing more than in any check where not written.
#[derive(Clone, Debug, Default)]
pub struct Goals {
    /// How much of the cells of step and fault kind must be reached.
    pub fault_cells: Option<Spanned<Share>>,
    /// At how much of the boundaries commands must be given.
    pub boundaries: Option<Spanned<Share>>,
    /// How often a fault kind must have had an effect.
    pub faults: NamedList<Spanned<AtLeast>>,
    /// How often an invariant must have been judged.
    pub invariants: NamedList<Spanned<AtLeast>>,
    /// Single cells.
    pub cells: Vec<CellGoal>,
}

/// A share of something, in per cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(pub u8);

impl Share {
    /// How many of so many it is, rounded up.
    #[must_use]
    pub fn of(self, all: u64) -> u64 {
        (all * u64::from(self.0)).div_ceil(100)
    }
}

impl Scalar for Share {
    fn takes() -> Takes {
        Takes::One("all, none, or a share such as 90%")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').and_then(|number| number.parse().ok()).filter(|n| (1..=100).contains(n));
        match (text, percent) {
            ("all", _) => Ok(Self(100)),
            ("none", _) => Ok(Self(0)),
            (_, Some(percent)) => Ok(Self(percent)),
            _ => Err("is no goal; write all, none, or a share such as 90%".to_owned()),
        }
    }
}

/// A count that must be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtLeast(pub u64);

impl fmt::Display for AtLeast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Scalar for AtLeast {
    fn takes() -> Takes {
        Takes::One("whole number from 1 on")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let count = text.parse().ok().filter(|count| *count > 0);
        count.map(Self).ok_or_else(|| "is no goal; write a whole number from 1 on".to_owned())
    }
}

/// A fault kind that must meet the calls of a step.
#[derive(Clone, Debug)]
pub struct CellGoal {
    /// Where it is written.
    pub span: Span,
    /// The step: a forward step, a compensation or a consumer.
    pub step: Spanned<String>,
    /// The fault kind.
    pub fault: Spanned<String>,
    /// In how many runs; 1 where not written.
    pub runs: Spanned<AtLeast>,
}

impl Read for Goals {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "goals", cx)?;
        let goals = Self {
            fault_cells: f.get("faultCells", cx),
            boundaries: f.get("boundaries", cx),
            faults: f.list("faults", cx),
            invariants: f.list("invariants", cx),
            cells: f.list("cells", cx),
        };
        f.close(cx);
        goals.faults.iter().for_each(|goal| known_fault(&goal.id, cx));
        for goal in &goals.invariants {
            known(("invariant", "invariants"), &goal.id, INVARIANTS.iter().map(|entry| entry.id), cx);
        }
        Some(goals)
    }
}

impl Read for CellGoal {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "a cell of the goals", cx)?;
        let (step, fault): (_, Option<Spanned<String>>) = (f.need("step", cx), f.need("fault", cx));
        let runs = f.or("runs", AtLeast(1), cx);
        f.close(cx);
        if let Some(fault) = &fault {
            known_fault(fault, cx);
        }
        Some(Self { span: place.at, step: step?, fault: fault?, runs })
    }
}

fn known_fault(name: &Spanned<String>, cx: &mut Reader) {
    known(("fault", "faults"), name, FAULTS.iter().map(|fault| fault.slug), cx);
}

/// Reports a name that is not in a catalogue.
fn known<'n>(
    (what, list): (&str, &str),
    name: &Spanned<String>,
    catalogue: impl Iterator<Item = &'n str> + Clone,
    cx: &mut Reader,
) {
    let given = name.value.as_str();
    if catalogue.clone().any(|known| known == given) {
        return;
    }
    let help = match nearest(given, catalogue) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("`sagasim list {list}` names them"),
    };
    let message = format!("goals: there is no {what} \"{}\"", super::node::shorten(given));
    cx.report(UNKNOWN_REFERENCE.at(name.span, message).with_help(help));
}
