//! A message is held back for hours.
//!
//! # In production
//!
//! A stuck consumer, a network partition, a queue that was switched off for maintenance and nobody switched on again.
//!
//! # Choices
//!
//! Whether a message is held, and for how many hours. Values: `hold` at `send.request`, `send.reply`, `send.query`,
//! `send.query-reply`, `send.command`, `send.command-answer`, `send.publish`, `send.publish-ack`, `send.delivery`,
//! `send.delivery-ack`, `send.consumer-reply`, `send.reconcile`.
//!
//! # Healing
//!
//! The message is released when the run heals, or after some hours.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "hold",
    family: Family::Message,
    title: "a message is held back for hours",
    points: &[
        Point { site: "send.request", value: "hold" },
        Point { site: "send.reply", value: "hold" },
        Point { site: "send.query", value: "hold" },
        Point { site: "send.query-reply", value: "hold" },
        Point { site: "send.command", value: "hold" },
        Point { site: "send.command-answer", value: "hold" },
        Point { site: "send.publish", value: "hold" },
        Point { site: "send.publish-ack", value: "hold" },
        Point { site: "send.delivery", value: "hold" },
        Point { site: "send.delivery-ack", value: "hold" },
        Point { site: "send.consumer-reply", value: "hold" },
        Point { site: "send.reconcile", value: "hold" },
    ],
    survived: true,
    witness: "the message reaches a live handler later than it would have",
    source: include_str!("hold.rs"),
};
