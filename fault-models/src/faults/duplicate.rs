//! A message arrives twice.
//!
//! # In production
//!
//! A client library repeats a request whose answer was slow, a proxy retries on a reset connection, a broker hands a
//! message out again because the acknowledgement was late.
//!
//! # Choices
//!
//! Whether a message is followed by a copy of itself, and how much later it comes. Values: `duplicate` at
//! `send.request`, `send.reply`, `send.query-reply`, `send.command`, `send.command-answer`, `send.publish`,
//! `send.delivery`, `send.delivery-ack`, `send.consumer-reply`, `send.approval`.
//!
//! # Healing
//!
//! Nothing is left to heal: the copy has arrived.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "duplicate",
    family: Family::Message,
    title: "a message arrives twice",
    points: &[
        Point { site: "send.request", value: "duplicate" },
        Point { site: "send.reply", value: "duplicate" },
        Point { site: "send.query-reply", value: "duplicate" },
        Point { site: "send.command", value: "duplicate" },
        Point { site: "send.command-answer", value: "duplicate" },
        Point { site: "send.publish", value: "duplicate" },
        Point { site: "send.delivery", value: "duplicate" },
        Point { site: "send.delivery-ack", value: "duplicate" },
        Point { site: "send.consumer-reply", value: "duplicate" },
        Point { site: "send.approval", value: "duplicate" },
    ],
    survived: true,
    witness: "the second copy reaches a live handler",
    source: include_str!("duplicate.rs"),
};
