//! A message is overtaken by later ones.
//!
//! # In production
//!
//! Two connections of a pool, two worker threads, two routes through the network. Only links that promise no order are
//! meant: what a broker delivers from one partition keeps its order.
//!
//! # Choices
//!
//! Whether a message lets others pass, and for how many seconds. Values: `reorder` at `send.request`, `send.reply`,
//! `send.query`, `send.query-reply`, `send.command`, `send.command-answer`, `send.publish`, `send.publish-ack`,
//! `send.delivery-ack`, `send.consumer-reply`.
//!
//! # Healing
//!
//! The message arrives within seconds.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "reorder",
    family: Family::Message,
    title: "a message is overtaken by later ones",
    points: &[
        Point { site: "send.request", value: "reorder" },
        Point { site: "send.reply", value: "reorder" },
        Point { site: "send.query", value: "reorder" },
        Point { site: "send.query-reply", value: "reorder" },
        Point { site: "send.command", value: "reorder" },
        Point { site: "send.command-answer", value: "reorder" },
        Point { site: "send.publish", value: "reorder" },
        Point { site: "send.publish-ack", value: "reorder" },
        Point { site: "send.delivery-ack", value: "reorder" },
        Point { site: "send.consumer-reply", value: "reorder" },
    ],
    survived: true,
    witness: "the message reaches a live handler later than it would have",
    source: include_str!("reorder.rs"),
};
