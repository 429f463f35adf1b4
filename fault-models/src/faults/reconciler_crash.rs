//! The reconciler crashes.
//!
//! # In production
//!
//! A long batch is the first thing that a deployment kills.
//!
//! # Choices
//!
//! In which pass, before or after its commit, and for how long. Values: `crash-before-commit`, `crash-after-commit` at
//! `handle.reconciler-timer`, `handle.reconcile`.
//!
//! # Healing
//!
//! The reconciler restarts and begins its pass again.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "reconciler-crash",
    family: Family::Process,
    title: "the reconciler crashes",
    points: &[
        Point { site: "handle.reconciler-timer", value: "crash-before-commit" },
        Point { site: "handle.reconcile", value: "crash-before-commit" },
        Point { site: "handle.reconciler-timer", value: "crash-after-commit" },
        Point { site: "handle.reconcile", value: "crash-after-commit" },
    ],
    survived: true,
    witness: "a pass, or an answer to it, is lost",
    source: include_str!("reconciler_crash.rs"),
};
