//! CPQ crashes.
//!
//! # In production
//!
//! CPQ restarts while a conversion is on its way, and does not know whether the order was made; or while it stores what
//! somebody has decided about a quote.
//!
//! # Choices
//!
//! At which answer or decision, before or after its commit, and for how long. Values: `crash-before-commit`,
//! `crash-after-commit` at `handle.command-answer`, `handle.approval`.
//!
//! # Healing
//!
//! CPQ restarts, sends the conversion again under the same key, and asks again for a decision that it does not have.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "cpq-crash",
    family: Family::Process,
    title: "CPQ crashes",
    points: &[
        Point { site: "handle.command-answer", value: "crash-before-commit" },
        Point { site: "handle.command-answer", value: "crash-after-commit" },
        Point { site: "handle.approval", value: "crash-before-commit" },
        Point { site: "handle.approval", value: "crash-after-commit" },
    ],
    survived: true,
    witness: "the answer to a conversion, or a decision, is lost, or the process is down",
    source: include_str!("cpq_crash.rs"),
};
