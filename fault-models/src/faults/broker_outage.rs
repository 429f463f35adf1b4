//! The broker is down.
//!
//! # In production
//!
//! A lost quorum, a full disk, an upgrade that went wrong.
//!
//! # Choices
//!
//! At which publication it begins, and how long it lasts. Values: `outage` at `handle.publish`.
//!
//! # Healing
//!
//! The broker comes back after its outage, or when the run heals, with all that it had acknowledged.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "broker-outage",
    family: Family::Broker,
    title: "the broker is down",
    points: &[Point { site: "handle.publish", value: "outage" }],
    survived: true,
    witness: "the broker is down and its volatile state is lost",
    source: include_str!("broker_outage.rs"),
};
