//! Predicates of definitions: `when`, `where`, `for`, `preconditions`, `dashboard.when`, `invariants`.
//!
//! They are written in a part of CEL. A source is scanned (size, nesting, characters), parsed by the `cel` crate,
//! checked against the [`fields`] table and the definition's [`Vocabulary`], and lowered to a [`Predicate`]: a flat tree
//! over dense ids that evaluates without allocating, in bounded time, the same everywhere.
//!
//! ```text
//! source -> scan -> cel parser -> lower (names, types) -> Predicate -> holds(facts)
//! ```
//!
//! What there is: paths, whole numbers, `money("120.00", "EUR")`, `duration("5m")`, names in quotes, `true`, `false`,
//! `== != < <= > >= in && || ! + -`, `step("id").state`, and `exists`, `all`, `size` over one record list at a time.
//! Deliberately absent: floats, regular expressions, nested comprehensions, conditionals, maps, clocks and `null`.
//! A field that is missing compares unequal to everything ([`Value::Missing`]).
//!
//! To add a field: one row in [`fields`], and its answer in the implementations of [`Facts`].

mod duration;
mod eval;
pub mod fields;
mod grammar;
mod lower;
mod of_definition;
mod parse;
mod scan;
#[cfg(test)]
mod tests;
mod value;
mod vocabulary;

use std::fmt;

pub use eval::{Facts, Predicate, Read};
pub use fields::{EnumerationId, Field, Scope, Type};
pub use scan::{NESTING_MAX, SOURCE_MAX};
pub use value::Value;
pub use vocabulary::{ColumnId, FieldId, ListId, RecordList, Vocabulary, VocabularyError};

/// Why a source is no predicate, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredicateError {
    /// Byte within the source, always on a character boundary and at most its length.
    pub offset: usize,
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

impl PredicateError {
    fn new(offset: usize, message: impl Into<String>) -> Self {
        PredicateError { offset, message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for PredicateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

impl std::error::Error for PredicateError {}

impl Vocabulary {
    /// Compiles the predicate `source` as it stands in `scope`.
    ///
    /// # Errors
    ///
    /// [`PredicateError`] with the place and, where it is known, what to write instead.
    pub fn compile(&mut self, source: &str, scope: Scope) -> Result<Predicate, PredicateError> {
        let compiled =
            scan::scan(source).and_then(|()| parse::with_tree(source, |tree| lower::lower(tree, self, scope)));
        compiled.map_err(|mut error| {
            error.offset = source.floor_char_boundary(error.offset.min(source.len()));
            error
        })
    }
}
