//! The OMS crashes before it commits.
//!
//! # In production
//!
//! Out of memory, a deployment that does not drain, a node that is taken away: the transaction is rolled back.
//!
//! # Choices
//!
//! Before which transaction the OMS dies, and how long it is down. Values: `crash-before-commit` at
//! `handle.saga-save`, `handle.command`.
//!
//! # Healing
//!
//! The process restarts after its downtime and takes up what its store says.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "oms-crash-before-commit",
    family: Family::Process,
    title: "the OMS crashes before it commits",
    points: &[
        Point { site: "handle.saga-save", value: "crash-before-commit" },
        Point { site: "handle.command", value: "crash-before-commit" },
    ],
    survived: true,
    witness: "the input is lost and the process is down",
    source: include_str!("oms_crash_before_commit.rs"),
};
