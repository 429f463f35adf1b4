//! The OMS crashes after it has committed.
//!
//! # In production
//!
//! The same crashes, a moment later: the row is there, the request that follows from it was not sent or its answer has
//! nobody who waits for it.
//!
//! # Choices
//!
//! After which transaction the OMS dies, and how long it is down. Values: `crash-after-commit` at `handle.saga-save`,
//! `handle.command`.
//!
//! # Healing
//!
//! The process restarts after its downtime and takes up what its store says.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "oms-crash-after-commit",
    family: Family::Process,
    title: "the OMS crashes after it has committed",
    points: &[
        Point { site: "handle.saga-save", value: "crash-after-commit" },
        Point { site: "handle.command", value: "crash-after-commit" },
    ],
    survived: true,
    witness: "volatile state, or a message that was about to leave, is lost",
    source: include_str!("oms_crash_after_commit.rs"),
};
