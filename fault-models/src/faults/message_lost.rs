//! A message between the plumbing's parts is lost on its way.
//!
//! # In production
//!
//! A connection to the broker breaks between send and acknowledgement, an acknowledgement is lost, a command is
//! swallowed by a gateway.
//!
//! # Choices
//!
//! Whether a publication, a delivery, an acknowledgement, a command or a comparison disappears. Values: `lost` at
//! `send.publish`, `send.publish-ack`, `send.delivery`, `send.delivery-ack`, `send.command`, `send.command-answer`,
//! `send.reconcile`.
//!
//! # Healing
//!
//! The sender repeats what was not acknowledged.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "message-lost",
    family: Family::Message,
    title: "a message between the plumbing's parts is lost on its way",
    points: &[
        Point { site: "send.publish", value: "lost" },
        Point { site: "send.publish-ack", value: "lost" },
        Point { site: "send.delivery", value: "lost" },
        Point { site: "send.delivery-ack", value: "lost" },
        Point { site: "send.command", value: "lost" },
        Point { site: "send.command-answer", value: "lost" },
        Point { site: "send.reconcile", value: "lost" },
    ],
    survived: true,
    witness: "no other copy arrives",
    source: include_str!("message_lost.rs"),
};
