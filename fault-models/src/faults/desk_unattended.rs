//! Nobody takes up a case for so long that its saga runs into its timeout.
//!
//! # In production
//!
//! The team that owns the work list is on holiday, reorganised, or looks at another list; a case is routed to a queue
//! that nobody reads.
//!
//! # Choices
//!
//! Which case is left lying, from which look on. Values: `unattended` at `desk`.
//!
//! # Healing
//!
//! Somebody looks at the case at once.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "desk-unattended",
    family: Family::Time,
    title: "nobody takes up a case until its saga has timed out",
    points: &[Point { site: "desk", value: "unattended" }],
    survived: true,
    witness: "something happens before the case is looked at that would have come after it",
    source: include_str!("desk_unattended.rs"),
};
