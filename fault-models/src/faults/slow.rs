//! A participant answers after the caller has given the attempt up.
//!
//! # In production
//!
//! A slow query, a cold cache, a queue in front of the system.
//!
//! # Choices
//!
//! Which attempt is answered late. Values: `slow` at `response`.
//!
//! # Healing
//!
//! The answer arrives; it must not count twice.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "slow",
    family: Family::Downstream,
    title: "a participant answers after the caller has given the attempt up",
    points: &[Point { site: "response", value: "slow" }],
    survived: true,
    witness: "the answer arrives after the timeout of the attempt",
    source: include_str!("slow.rs"),
};
