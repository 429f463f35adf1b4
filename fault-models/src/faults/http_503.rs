//! A participant answers HTTP 503.
//!
//! # In production
//!
//! The participant is overloaded or restarts. Most send it before they do anything; some do not.
//!
//! # Choices
//!
//! Which attempt is answered so, and whether the effect has happened: only where the contract says that it may.
//! Values: `http-503-before-effect`, `http-503-after-effect` at `response`.
//!
//! # Healing
//!
//! The retry of the caller, after a question where its policy asks for one.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "http-503",
    family: Family::Downstream,
    title: "a participant answers HTTP 503",
    points: &[
        Point { site: "response", value: "http-503-before-effect" },
        Point { site: "response", value: "http-503-after-effect" },
    ],
    survived: true,
    witness: "the caller gets this answer",
    source: include_str!("http_503.rs"),
};
