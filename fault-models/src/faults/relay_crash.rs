//! The relay crashes after it has published and before it has marked.
//!
//! # In production
//!
//! The moment for which the outbox pattern says "at least once": the relay dies between the acknowledgement of the
//! broker and the update of the row, or right after it has read the rows.
//!
//! # Choices
//!
//! After which publication the relay dies, and how long it is down. Values: `crash-before-commit` at
//! `handle.publish-ack`; `crash-after-commit` at `handle.relay-timer`.
//!
//! # Healing
//!
//! The relay restarts and publishes again what is not marked.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "relay-crash",
    family: Family::Process,
    title: "the relay crashes after it has published and before it has marked",
    points: &[
        Point { site: "handle.publish-ack", value: "crash-before-commit" },
        Point { site: "handle.relay-timer", value: "crash-after-commit" },
    ],
    survived: true,
    witness: "the row is not marked although the broker has the message, or the publication is lost on its way",
    source: include_str!("relay_crash.rs"),
};
