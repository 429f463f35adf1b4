//! The database rolls a transaction back.
//!
//! # In production
//!
//! Two transactions wait for each other and one is chosen as the victim; serialisation failures look the same.
//!
//! # Choices
//!
//! Which transaction is the victim, and when it is tried again. Values: `deadlock` at `handle.saga-save`,
//! `handle.command`, `handle.request`, `handle.delivery`.
//!
//! # Healing
//!
//! The input is tried again within seconds.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "deadlock",
    family: Family::Database,
    title: "the database rolls a transaction back",
    points: &[
        Point { site: "handle.saga-save", value: "deadlock" },
        Point { site: "handle.command", value: "deadlock" },
        Point { site: "handle.request", value: "deadlock" },
        Point { site: "handle.delivery", value: "deadlock" },
    ],
    survived: true,
    witness: "the same input is handled later than it would have been",
    source: include_str!("deadlock.rs"),
};
