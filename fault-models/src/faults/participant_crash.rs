//! A participant crashes.
//!
//! # In production
//!
//! The system behind the call restarts: the caller cannot tell whether it had already done what it was asked.
//!
//! # Choices
//!
//! At which request, before or after its commit, and for how long. Values: `crash-before-commit`, `crash-after-commit`
//! at `handle.request`.
//!
//! # Healing
//!
//! The participant restarts after its downtime; its records are as it committed them.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "participant-crash",
    family: Family::Process,
    title: "a participant crashes",
    points: &[
        Point { site: "handle.request", value: "crash-before-commit" },
        Point { site: "handle.request", value: "crash-after-commit" },
    ],
    survived: true,
    witness: "the request, or the answer, is lost",
    source: include_str!("participant_crash.rs"),
};
