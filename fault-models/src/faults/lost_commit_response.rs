//! The answer to a commit is lost.
//!
//! # In production
//!
//! The database fails over while it answers: the transaction is there, the client got an error.
//!
//! # Choices
//!
//! Which commit is not confirmed. Values: `lost-commit-response` at `handle.saga-save`, `handle.command`,
//! `handle.publish-ack`.
//!
//! # Healing
//!
//! The client reads its store again and goes on from there.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "lost-commit-response",
    family: Family::Database,
    title: "the answer to a commit is lost",
    points: &[
        Point { site: "handle.saga-save", value: "lost-commit-response" },
        Point { site: "handle.command", value: "lost-commit-response" },
        Point { site: "handle.publish-ack", value: "lost-commit-response" },
    ],
    survived: true,
    witness: "messages that were about to leave are lost",
    source: include_str!("lost_commit_response.rs"),
};
