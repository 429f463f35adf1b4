//! A timer fires twice.
//!
//! # In production
//!
//! A scheduler crashes between firing a timer and removing it, or two of them read the same row.
//!
//! # Choices
//!
//! Which timer, and when it fires again. Values: `twice` at `timer.saga-timer`, `timer.relay-timer`,
//! `timer.broker-timer`, `timer.consumer-timer`, `timer.cpq-timer`, `timer.reconciler-timer`.
//!
//! # Healing
//!
//! Nothing is left to heal: the timer has fired. Whoever acts on it looks at the state again.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "timer-twice",
    family: Family::Time,
    title: "a timer fires twice",
    points: &[
        Point { site: "timer.saga-timer", value: "twice" },
        Point { site: "timer.relay-timer", value: "twice" },
        Point { site: "timer.broker-timer", value: "twice" },
        Point { site: "timer.consumer-timer", value: "twice" },
        Point { site: "timer.cpq-timer", value: "twice" },
        Point { site: "timer.reconciler-timer", value: "twice" },
    ],
    survived: true,
    witness: "the timer fires a second time",
    source: include_str!("timer_twice.rs"),
};
