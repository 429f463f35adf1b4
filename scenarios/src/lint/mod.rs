//! Static rules: what a definition says, or leaves out, that will do harm; found without a run.
//!
//! What cannot be run at all is refused when it is loaded ([`LOAD_RULES`](crate::definition::LOAD_RULES)). What is found here is simulated all
//! the same, as its worst case: a rule says what to write, and a run that fails for it shows why.
//!
//! To add a rule: a file in `rules/` with its `RULE`, its docs and its test; its `mod` line and its place in [`RULES`].

mod rules;

use crate::definition::{Diagnostic, Level, SagaFile, Span};

pub use rules::RULES;

/// A static rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its stable code.
    pub code: &'static str,
    /// Its slug.
    pub slug: &'static str,
    /// How much a breach weighs.
    pub level: Level,
    /// What it asks for, in one sentence.
    pub about: &'static str,
    /// Finds the breaches in a saga and its contracts.
    pub check: fn(&SagaFile, &mut Vec<Diagnostic>),
}

impl Rule {
    /// A breach of the rule.
    fn at(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { level: self.level, ..Diagnostic::error(self.code, self.slug, span, message.into()) }
    }
}

/// All breaches of all rules in a saga and its contracts, by file and place.
#[must_use]
pub fn lint(file: &SagaFile) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in RULES {
        (rule.check)(file, &mut found);
    }
    found.sort_by_key(|diagnostic| (diagnostic.primary.file, diagnostic.primary.start, diagnostic.code));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{Definition, Set};

    /// The codes and messages of a bundled saga under patches.
    pub fn found(name: &str, sets: &[&str]) -> Vec<String> {
        let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).expect("a patch")).collect();
        let definition = Definition::bundled(name, &sets).expect("it loads");
        lint(definition.first()).into_iter().map(|found| format!("{} {}", found.code, found.message)).collect()
    }

    #[test]
    fn what_is_bundled_follows_every_rule() {
        for name in crate::catalog::names() {
            assert_eq!(found(name, &[]), [""; 0], "{name}");
        }
    }

    #[test]
    fn codes_and_slugs_are_told_apart_and_in_order() {
        let codes: Vec<_> = RULES.iter().map(|rule| rule.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        let load = crate::definition::LOAD_RULES.iter().map(|rule| rule.slug);
        let mut slugs: Vec<_> = RULES.iter().map(|rule| rule.slug).chain(load).collect();
        slugs.sort_unstable();
        assert!(slugs.is_sorted_by(|a, b| a < b), "{slugs:?}");
    }
}
