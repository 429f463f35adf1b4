//! CPQ crashes.
//!
//! # In production
//!
//! CPQ restarts while a conversion is on its way: it does not know whether the order was made.
//!
//! # Choices
//!
//! At which answer, before or after its commit, and for how long. Values: `crash-before-commit`, `crash-after-commit`
//! at `handle.command-answer`.
//!
//! # Healing
//!
//! CPQ restarts and sends the conversion again under the same key.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "cpq-crash",
    family: Family::Process,
    title: "CPQ crashes",
    points: &[
        Point { site: "handle.command-answer", value: "crash-before-commit" },
        Point { site: "handle.command-answer", value: "crash-after-commit" },
    ],
    survived: true,
    witness: "the answer to a conversion is lost and the process is down",
    source: include_str!("cpq_crash.rs"),
};
