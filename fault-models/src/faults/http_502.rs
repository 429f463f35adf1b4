//! A participant answers HTTP 502.
//!
//! # In production
//!
//! A gateway lost its connection to the participant, which may have done its work.
//!
//! # Choices
//!
//! Which attempt is answered so, and whether the effect has happened: only where the contract says that it may.
//! Values: `http-502-before-effect`, `http-502-after-effect` at `response`.
//!
//! # Healing
//!
//! The retry of the caller, after a question where its policy asks for one.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "http-502",
    family: Family::Downstream,
    title: "a participant answers HTTP 502",
    points: &[
        Point { site: "response", value: "http-502-before-effect" },
        Point { site: "response", value: "http-502-after-effect" },
    ],
    survived: true,
    witness: "the caller gets this answer",
    source: include_str!("http_502.rs"),
};
