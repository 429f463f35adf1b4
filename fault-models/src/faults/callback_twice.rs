//! A callback arrives twice.
//!
//! # In production
//!
//! A supplier repeats its notification until it is acknowledged, and the acknowledgement was slow.
//!
//! # Choices
//!
//! Which callback is repeated. Only where the contract allows several. Values: `callback-twice` at `response`.
//!
//! # Healing
//!
//! Nothing is left to heal: the copy has arrived.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "callback-twice",
    family: Family::Downstream,
    title: "a callback arrives twice",
    points: &[Point { site: "response", value: "callback-twice" }],
    survived: true,
    witness: "the second callback is sent",
    source: include_str!("callback_twice.rs"),
};
