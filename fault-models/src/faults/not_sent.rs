//! A request does not leave the caller.
//!
//! # In production
//!
//! No connection in the pool, the name does not resolve, the connection is refused: nothing has happened at the other
//! side.
//!
//! # Choices
//!
//! Whether a request leaves at all. Values: `not-sent` at `send.request`.
//!
//! # Healing
//!
//! The retry of the caller.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "not-sent",
    family: Family::Message,
    title: "a request does not leave the caller",
    points: &[Point { site: "send.request", value: "not-sent" }],
    survived: true,
    witness: "the caller learns at once that nothing was sent",
    source: include_str!("not_sent.rs"),
};
