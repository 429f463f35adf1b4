//! The effect lands after the caller has given the attempt up.
//!
//! # In production
//!
//! The participant accepts the request into a queue of its own and works it off when it can; a question in between
//! finds nothing.
//!
//! # Choices
//!
//! Which attempt has its effect late, and how late. Values: `late-effect` at `response`.
//!
//! # Healing
//!
//! The effect lands within the window that the contract names.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "late-effect",
    family: Family::Downstream,
    title: "the effect lands after the caller has given the attempt up",
    points: &[Point { site: "response", value: "late-effect" }],
    survived: true,
    witness: "the effect lands after the attempt was answered or has timed out",
    source: include_str!("late_effect.rs"),
};
