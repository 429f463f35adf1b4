//! A participant does not answer and has done its work.
//!
//! # In production
//!
//! The work took longer than the patience of a gateway, and was done all the same: the double charge of every
//! post-mortem.
//!
//! # Choices
//!
//! Which attempt is not answered. Values: `timeout-after-effect` at `response`.
//!
//! # Healing
//!
//! The timeout of the caller, and its question under the same key.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "downstream-timeout-after-effect",
    family: Family::Downstream,
    title: "a participant does not answer and has done its work",
    points: &[Point { site: "response", value: "timeout-after-effect" }],
    survived: true,
    witness: "the effect is there and the caller gets no answer",
    source: include_str!("downstream_timeout_after_effect.rs"),
};
