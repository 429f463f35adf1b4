//! A participant refuses the caller.
//!
//! # In production
//!
//! A rotated secret, an expired token, a role that was taken away.
//!
//! # Choices
//!
//! Which attempt is refused. Values: `unauthorized` at `response`.
//!
//! # Healing
//!
//! What the retry policy says about it; a person must act.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "unauthorized",
    family: Family::Downstream,
    title: "a participant refuses the caller",
    points: &[Point { site: "response", value: "unauthorized" }],
    survived: true,
    witness: "the caller gets this answer",
    source: include_str!("unauthorized.rs"),
};
