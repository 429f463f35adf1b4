//! One JSON document: the serialised model.

use serde::Serialize;

use crate::model::CheckReport;
use crate::style::Style;

/// A check as JSON; looks do not apply.
#[must_use]
pub fn check(report: &CheckReport, _: &Style) -> String {
    document(report)
}

/// Any part of the model as an indented JSON document with its last line break.
///
/// # Panics
///
/// Never for the types of [`model`](crate::model): their maps have text keys, and writing to memory does not fail.
#[must_use]
pub fn document<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("the model has text keys only");
    text.push('\n');
    text
}
