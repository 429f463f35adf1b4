//! A participant does not answer and has done nothing.
//!
//! # In production
//!
//! The request is stuck in a queue of the participant and thrown away there.
//!
//! # Choices
//!
//! Which attempt is not answered. Values: `timeout-before-effect` at `response`.
//!
//! # Healing
//!
//! The timeout of the caller, and its question under the same key.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "downstream-timeout-before-effect",
    family: Family::Downstream,
    title: "a participant does not answer and has done nothing",
    points: &[Point { site: "response", value: "timeout-before-effect" }],
    survived: true,
    witness: "the caller gets no answer",
    source: include_str!("downstream_timeout_before_effect.rs"),
};
