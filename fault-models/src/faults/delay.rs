//! A message is delayed beyond the patience of those who wait.
//!
//! # In production
//!
//! A congested link, a full garbage collection at a proxy, a queue that drains slowly after a peak.
//!
//! # Choices
//!
//! Whether a message is delayed, and for how many minutes. Values: `delay` at `send.request`, `send.reply`,
//! `send.query`, `send.query-reply`, `send.command`, `send.command-answer`, `send.publish`, `send.publish-ack`,
//! `send.delivery`, `send.delivery-ack`, `send.consumer-reply`, `send.reconcile`.
//!
//! # Healing
//!
//! The message arrives; whoever waited has long timed out.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "delay",
    family: Family::Message,
    title: "a message is delayed beyond the patience of those who wait",
    points: &[
        Point { site: "send.request", value: "delay" },
        Point { site: "send.reply", value: "delay" },
        Point { site: "send.query", value: "delay" },
        Point { site: "send.query-reply", value: "delay" },
        Point { site: "send.command", value: "delay" },
        Point { site: "send.command-answer", value: "delay" },
        Point { site: "send.publish", value: "delay" },
        Point { site: "send.publish-ack", value: "delay" },
        Point { site: "send.delivery", value: "delay" },
        Point { site: "send.delivery-ack", value: "delay" },
        Point { site: "send.consumer-reply", value: "delay" },
        Point { site: "send.reconcile", value: "delay" },
    ],
    survived: true,
    witness: "the message reaches a live handler later than it would have",
    source: include_str!("delay.rs"),
};
