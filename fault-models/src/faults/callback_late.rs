//! A callback arrives after the caller has given up.
//!
//! # In production
//!
//! A supplier reports the end of its work when it gets round to it.
//!
//! # Choices
//!
//! Which callback is late. Only where the contract allows it. Values: `callback-late` at `response`.
//!
//! # Healing
//!
//! The callback arrives; the saga must decide about a success that it no longer expects.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "callback-late",
    family: Family::Downstream,
    title: "a callback arrives after the caller has given up",
    points: &[Point { site: "response", value: "callback-late" }],
    survived: true,
    witness: "the callback is sent after the attempt has timed out",
    source: include_str!("callback_late.rs"),
};
