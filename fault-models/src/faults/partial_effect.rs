//! A participant does a part of its work and fails.
//!
//! # In production
//!
//! Several resources are created one after another without a transaction around them.
//!
//! # Choices
//!
//! Which attempt stops half-way. Only where the contract says that it may. Values: `partial-effect` at `response`.
//!
//! # Healing
//!
//! The repetition completes the part, or the compensation removes it.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "partial-effect",
    family: Family::Downstream,
    title: "a participant does a part of its work and fails",
    points: &[Point { site: "response", value: "partial-effect" }],
    survived: true,
    witness: "a part of the effect is there",
    source: include_str!("partial_effect.rs"),
};
