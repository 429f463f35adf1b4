//! The relay crashes after it has marked a row.
//!
//! # In production
//!
//! The same crashes, a moment later: the row is marked, what the relay knew of the next rows is gone.
//!
//! # Choices
//!
//! After which mark the relay dies, and how long it is down. Values: `crash-after-commit` at `handle.publish-ack`.
//!
//! # Healing
//!
//! The relay restarts and reads the rows again.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "relay-crash-after-mark",
    family: Family::Process,
    title: "the relay crashes after it has marked a row",
    points: &[Point { site: "handle.publish-ack", value: "crash-after-commit" }],
    survived: true,
    witness: "volatile state is lost",
    source: include_str!("relay_crash_after_mark.rs"),
};
