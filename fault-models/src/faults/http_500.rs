//! A participant answers HTTP 500.
//!
//! # In production
//!
//! An unhandled exception in the participant: it may have been thrown before or after the commit.
//!
//! # Choices
//!
//! Which attempt is answered so, and whether the effect has happened: only where the contract says that it may.
//! Values: `http-500-before-effect`, `http-500-after-effect` at `response`.
//!
//! # Healing
//!
//! The retry of the caller, after a question where its policy asks for one.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "http-500",
    family: Family::Downstream,
    title: "a participant answers HTTP 500",
    points: &[
        Point { site: "response", value: "http-500-before-effect" },
        Point { site: "response", value: "http-500-after-effect" },
    ],
    survived: true,
    witness: "the caller gets this answer",
    source: include_str!("http_500.rs"),
};
