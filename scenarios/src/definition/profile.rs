//! The profile file: a mix of faults.

use super::span::{NamedList, Span, Spanned};

/// A mix of faults; a kind that it does not name is off.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Where it is written.
    pub span: Span,
    /// Its name.
    pub name: Spanned<String>,
    /// By the fault kind's slug.
    pub faults: NamedList<FaultWeight>,
    /// Runs without any fault, per cent.
    pub clean_runs: Option<Spanned<u32>>,
}

/// How often one kind of fault happens.
#[derive(Clone, Debug)]
pub struct FaultWeight {
    /// Where it is written.
    pub span: Span,
    /// Its weight among the alternatives at each point.
    pub weight: Spanned<u32>,
    /// The most in one run; no bound when not written.
    pub max: Option<Spanned<u32>>,
}
