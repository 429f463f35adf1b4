//! The defect file: a patch that plants a known bug.

use super::keyword::keywords;
use super::set::Set;
use super::span::{Span, Spanned};

/// A planted bug.
#[derive(Clone, Debug)]
pub struct Defect {
    /// Where it is written.
    pub span: Span,
    /// Its id.
    pub id: Spanned<String>,
    /// The practice that it models.
    pub models: Spanned<String>,
    /// Where it was seen.
    pub seen: Vec<Spanned<String>>,
    /// What must catch it first.
    pub family: Spanned<Family>,
    /// The bundled scenario that it patches.
    pub scenario: Spanned<String>,
    /// The patches.
    pub set: Vec<Spanned<Set>>,
    /// The fewest faults that expose it, by slug.
    pub needs: Vec<Spanned<String>>,
    /// The size of the smallest failure.
    pub optimum: Option<Optimum>,
}

/// The size of the smallest failure.
#[derive(Clone, Debug)]
pub struct Optimum {
    /// Where it is written.
    pub span: Span,
    /// Faults in it.
    pub faults: Spanned<u32>,
    /// Orders in it.
    pub orders: Spanned<u32>,
}

keywords! {
    /// A family of invariants.
    "family" Family {
        /// One effect per key.
        One = "ONE",
        /// Every committed event is delivered.
        Lost = "LOST",
        /// Order per aggregate.
        Ord = "ORD",
        /// What must come true comes true.
        Conv = "CONV",
        /// Compensation is correct.
        Comp = "COMP",
        /// Sagas end.
        Term = "TERM",
        /// No lost update, no dirty read.
        Iso = "ISO",
        /// Unknown outcomes are resolved within their SLA.
        Unk = "UNK",
        /// Old versions replay.
        Ver = "VER",
        /// Approval and audit.
        Aud = "AUD",
    }
}
