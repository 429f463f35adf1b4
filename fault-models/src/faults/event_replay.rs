//! An operator has the events of an order handed out once more.
//!
//! # In production
//!
//! A read model is rebuilt, a consumer was down for too long, an incident is cleaned up: somebody replays a topic, and
//! consumers meet events that they handled hours ago.
//!
//! # Choices
//!
//! After which item of which order came to its end. Values: `events` at `replay`.
//!
//! # Healing
//!
//! Nobody replays anything from then on; what was begun is carried out.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "event-replay",
    family: Family::Broker,
    title: "an operator replays the events of an order",
    points: &[Point { site: "replay", value: "events" }],
    survived: true,
    witness: "the operator acts before the run is over",
    source: include_str!("event_replay.rs"),
};
