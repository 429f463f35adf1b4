//! A participant is dead for good.
//!
//! # In production
//!
//! A supplier stops its interface, a certificate runs out, a system is shut down with nobody told.
//!
//! # Choices
//!
//! At which request it dies. Values: `dead` at `handle.request`.
//!
//! # Healing
//!
//! It comes back when the run heals; in a share of runs it stays dead, and what needs it must become a case.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "dead-downstream",
    family: Family::Downstream,
    title: "a participant is dead for good",
    points: &[Point { site: "handle.request", value: "dead" }],
    survived: true,
    witness: "the participant is down",
    source: include_str!("dead_downstream.rs"),
};
