//! The broker forgets acknowledgements and delivers again.
//!
//! # In production
//!
//! Offsets are committed in batches: after a rebalance or a restart the last batch comes again.
//!
//! # Choices
//!
//! At which acknowledgement it happens. Values: `crash-before-commit` at `handle.delivery-ack`.
//!
//! # Healing
//!
//! The consumers acknowledge again.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "broker-redelivery",
    family: Family::Broker,
    title: "the broker forgets acknowledgements and delivers again",
    points: &[Point { site: "handle.delivery-ack", value: "crash-before-commit" }],
    survived: true,
    witness: "the acknowledgement is lost and the broker restarts",
    source: include_str!("broker_redelivery.rs"),
};
