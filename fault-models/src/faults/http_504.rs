//! A participant answers HTTP 504.
//!
//! # In production
//!
//! A gateway waited too long for the participant, which may have done its work.
//!
//! # Choices
//!
//! Which attempt is answered so, and whether the effect has happened: only where the contract says that it may.
//! Values: `http-504-before-effect`, `http-504-after-effect` at `response`.
//!
//! # Healing
//!
//! The retry of the caller, after a question where its policy asks for one.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "http-504",
    family: Family::Downstream,
    title: "a participant answers HTTP 504",
    points: &[
        Point { site: "response", value: "http-504-before-effect" },
        Point { site: "response", value: "http-504-after-effect" },
    ],
    survived: true,
    witness: "the caller gets this answer",
    source: include_str!("http_504.rs"),
};
