//! A timer fires too early.
//!
//! # In production
//!
//! The clock of the node that fires it is ahead of the one that set it.
//!
//! # Choices
//!
//! Which timer, and how early. Values: `early` at `timer.saga-timer`, `timer.relay-timer`, `timer.broker-timer`,
//! `timer.consumer-timer`, `timer.cpq-timer`, `timer.reconciler-timer`.
//!
//! # Healing
//!
//! Nothing is left to heal: the timer has fired. Whoever acts on it looks at the time again.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "timer-early",
    family: Family::Time,
    title: "a timer fires too early",
    points: &[
        Point { site: "timer.saga-timer", value: "early" },
        Point { site: "timer.relay-timer", value: "early" },
        Point { site: "timer.broker-timer", value: "early" },
        Point { site: "timer.consumer-timer", value: "early" },
        Point { site: "timer.cpq-timer", value: "early" },
        Point { site: "timer.reconciler-timer", value: "early" },
    ],
    survived: true,
    witness: "the timer fires earlier than it would have",
    source: include_str!("timer_early.rs"),
};
