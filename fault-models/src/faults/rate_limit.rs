//! A participant refuses a request because there are too many.
//!
//! # In production
//!
//! A quota of a supplier, a limiter in front of a system, a neighbour who uses it up.
//!
//! # Choices
//!
//! Which attempt is refused. Values: `rate-limit` at `response`.
//!
//! # Healing
//!
//! The retry of the caller after its backoff.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "rate-limit",
    family: Family::Downstream,
    title: "a participant refuses a request because there are too many",
    points: &[Point { site: "response", value: "rate-limit" }],
    survived: true,
    witness: "the caller gets this answer",
    source: include_str!("rate_limit.rs"),
};
