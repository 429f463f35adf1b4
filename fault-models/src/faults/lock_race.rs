//! Another transaction commits between load and save.
//!
//! # In production
//!
//! Two instances of the service work on one order: a command and an answer, two answers, a timer and an answer.
//!
//! # Choices
//!
//! Between which load and save others come. Values: `others` at `interleave`.
//!
//! # Healing
//!
//! The loser of the race loads again.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "lock-race",
    family: Family::Database,
    title: "another transaction commits between load and save",
    points: &[Point { site: "interleave", value: "others" }],
    survived: true,
    witness: "the version has changed between load and save",
    source: include_str!("lock_race.rs"),
};
