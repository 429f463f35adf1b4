//! The codes of the messages about files that cannot be run (SG00xx, SG01xx).

use super::diagnostic::Diagnostic;
use super::span::Span;

/// A rule whose breach means that a file cannot be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadRule {
    /// Its stable code.
    pub code: &'static str,
    /// Its slug.
    pub slug: &'static str,
    /// What it asks for, in one sentence.
    pub about: &'static str,
}

impl LoadRule {
    /// A breach of the rule.
    #[must_use]
    pub fn at(self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(self.code, self.slug, span, message.into())
    }
}

macro_rules! load_rules {
    ($( $name:ident $code:literal $slug:literal $about:literal )+) => {
        $( #[doc = $about] pub const $name: LoadRule = LoadRule { code: $code, slug: $slug, about: $about }; )+

        /// All rules of this kind, by code.
        pub const LOAD_RULES: &[LoadRule] = &[$( $name ),+];
    };
}

load_rules! {
    SYNTAX "SG0001" "syntax" "A file is YAML of the expected shape."
    UNKNOWN_FIELD "SG0002" "unknown-field" "Every field is one that the format has."
    DUPLICATE_ID "SG0003" "duplicate-id" "An id, and a key of a mapping, stands for one thing."
    UNKNOWN_REFERENCE "SG0004" "unknown-reference" "What a name refers to exists."
    UNIT_OR_TYPE "SG0005" "unit-or-type" "A value has the expected type and unit."
    MISSING_FIELD "SG0006" "missing-field" "What nothing can be simulated without is written."
    TOO_LARGE "SG0007" "too-large" "A file is not too long, not nested too deep, and its aliases do not expand too far."
    IMPOSSIBLE_GOAL "SG0008" "impossible-goal" "What a goal asks for can come to pass."
    CYCLE "SG0101" "cycle" "No step waits for itself."
    UNREACHABLE_STEP "SG0102" "unreachable-step" "Every step can be reached."
    RECURSIVE_SUBSAGA "SG0104" "recursive-subsaga" "No saga starts itself."
}
