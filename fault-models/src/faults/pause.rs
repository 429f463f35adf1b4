//! A process stands still.
//!
//! # In production
//!
//! A garbage collection, a virtual machine that is moved, a throttled container: to the others it looks dead, and it
//! is not.
//!
//! # Choices
//!
//! Before which input it stops, and for how long. Values: `pause` at `handle.saga-save`, `handle.request`,
//! `handle.delivery`.
//!
//! # Healing
//!
//! It goes on, with everything it had in hand.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "pause",
    family: Family::Process,
    title: "a process stands still",
    points: &[
        Point { site: "handle.saga-save", value: "pause" },
        Point { site: "handle.request", value: "pause" },
        Point { site: "handle.delivery", value: "pause" },
    ],
    survived: true,
    witness: "an input is handled later than it would have been",
    source: include_str!("pause.rs"),
};
