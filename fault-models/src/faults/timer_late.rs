//! A timer fires too late.
//!
//! # In production
//!
//! The scheduler is behind after a peak, or polls in long intervals; the clock is behind.
//!
//! # Choices
//!
//! Which timer, and how late. Values: `late` at `timer.saga-timer`, `timer.relay-timer`, `timer.broker-timer`,
//! `timer.consumer-timer`, `timer.cpq-timer`, `timer.reconciler-timer`.
//!
//! # Healing
//!
//! Nothing is left to heal: the timer has fired.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "timer-late",
    family: Family::Time,
    title: "a timer fires too late",
    points: &[
        Point { site: "timer.saga-timer", value: "late" },
        Point { site: "timer.relay-timer", value: "late" },
        Point { site: "timer.broker-timer", value: "late" },
        Point { site: "timer.consumer-timer", value: "late" },
        Point { site: "timer.cpq-timer", value: "late" },
        Point { site: "timer.reconciler-timer", value: "late" },
    ],
    survived: true,
    witness: "the timer fires later than it would have",
    source: include_str!("timer_late.rs"),
};
