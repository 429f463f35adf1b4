//! An answer is lost on its way.
//!
//! # In production
//!
//! The connection breaks after the participant has committed, a gateway gives up first, the caller restarts while it
//! waits.
//!
//! # Choices
//!
//! Whether an answer or a callback disappears after the work was done. Values: `lost` at `send.reply`,
//! `send.query-reply`, `send.consumer-reply`.
//!
//! # Healing
//!
//! The timeout of the caller, and its question under the same key.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "response-lost",
    family: Family::Message,
    title: "an answer is lost on its way",
    points: &[
        Point { site: "send.reply", value: "lost" },
        Point { site: "send.query-reply", value: "lost" },
        Point { site: "send.consumer-reply", value: "lost" },
    ],
    survived: true,
    witness: "no other copy arrives",
    source: include_str!("response_lost.rs"),
};
