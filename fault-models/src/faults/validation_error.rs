//! A participant refuses a request as malformed.
//!
//! # In production
//!
//! A field that one side has made mandatory, a value that the other does not know yet.
//!
//! # Choices
//!
//! Which attempt is refused. Values: `validation-error` at `response`.
//!
//! # Healing
//!
//! What the retry policy says about it; sending it again does not help.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "validation-error",
    family: Family::Downstream,
    title: "a participant refuses a request as malformed",
    points: &[Point { site: "response", value: "validation-error" }],
    survived: true,
    witness: "the caller gets this answer",
    source: include_str!("validation_error.rs"),
};
