//! A consumer crashes after its commit and before its acknowledgement.
//!
//! # In production
//!
//! The inbox row is there, the broker does not know: it hands the message out again, perhaps to another instance.
//!
//! # Choices
//!
//! After which commit the consumer dies, and how long it is down. Values: `crash-after-commit` at `handle.delivery`,
//! `handle.consumer-reply`.
//!
//! # Healing
//!
//! The consumer restarts and gets the message again.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "consumer-crash-after-commit",
    family: Family::Process,
    title: "a consumer crashes after its commit and before its acknowledgement",
    points: &[
        Point { site: "handle.delivery", value: "crash-after-commit" },
        Point { site: "handle.consumer-reply", value: "crash-after-commit" },
    ],
    survived: true,
    witness: "the acknowledgement, or volatile state, is lost",
    source: include_str!("consumer_crash_after_commit.rs"),
};
