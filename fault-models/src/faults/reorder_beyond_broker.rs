//! The broker delivers the messages of one partition out of order.
//!
//! # In production
//!
//! A consumer with several worker threads per partition, a retry topic beside the main one, a partition count that was
//! changed under load. The contract of the broker excludes it, so a system need not survive it.
//!
//! # Choices
//!
//! Whether a delivery lets the next ones of its partition pass. Values: `reorder` at `send.delivery`.
//!
//! # Healing
//!
//! The message arrives within seconds.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "reorder-beyond-broker",
    family: Family::Broker,
    title: "the broker delivers the messages of one partition out of order",
    points: &[Point { site: "send.delivery", value: "reorder" }],
    survived: false,
    witness: "the message reaches a live handler later than it would have",
    source: include_str!("reorder_beyond_broker.rs"),
};
