//! A copy of a message arrives days later.
//!
//! # In production
//!
//! A person sends a failed batch again, a dead-letter queue is drained, a consumer group is set back, a mobile client
//! comes online with its old queue.
//!
//! # Choices
//!
//! Whether a message is followed by a copy of itself some days later. Values: `late-duplicate` at `send.request`,
//! `send.reply`, `send.delivery`, `send.command`.
//!
//! # Healing
//!
//! Nothing is left to heal: the copy has arrived. It comes within a week, so that a window of dedup or of an inbox
//! that is shorter than that is too short.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "late-duplicate",
    family: Family::Message,
    title: "a copy of a message arrives days later",
    points: &[
        Point { site: "send.request", value: "late-duplicate" },
        Point { site: "send.reply", value: "late-duplicate" },
        Point { site: "send.delivery", value: "late-duplicate" },
        Point { site: "send.command", value: "late-duplicate" },
    ],
    survived: true,
    witness: "the second copy reaches a live handler",
    source: include_str!("late_duplicate.rs"),
};
