//! Of two things that happen at the same moment, the one that came second goes first.
//!
//! # In production
//!
//! Threads, pollers and connections of one process race; which of two events of the same millisecond is handled first is
//! decided by whoever gets the lock.
//!
//! # Choices
//!
//! Which event goes behind all others of its moment. Values: `last` at `tie.request`, `tie.reply`, `tie.query`,
//! `tie.query-reply`, `tie.command`, `tie.command-answer`, `tie.publish`, `tie.publish-ack`, `tie.delivery`,
//! `tie.delivery-ack`, `tie.consumer-reply`, `tie.saga-timer`, `tie.relay-timer`, `tie.broker-timer`,
//! `tie.consumer-timer`, `tie.participant-work`, `tie.cpq-timer`, `tie.reconciler-timer`, `tie.reconcile`,
//! `tie.person`. Between the load and the save of the saga engine `lock-race` decides.
//!
//! # Healing
//!
//! Nothing is left to heal: the event was handled a moment later.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "tie-order",
    family: Family::Time,
    title: "of two things that happen at the same moment, the second goes first",
    points: &[
        Point { site: "tie.request", value: "last" },
        Point { site: "tie.reply", value: "last" },
        Point { site: "tie.query", value: "last" },
        Point { site: "tie.query-reply", value: "last" },
        Point { site: "tie.command", value: "last" },
        Point { site: "tie.command-answer", value: "last" },
        Point { site: "tie.publish", value: "last" },
        Point { site: "tie.publish-ack", value: "last" },
        Point { site: "tie.delivery", value: "last" },
        Point { site: "tie.delivery-ack", value: "last" },
        Point { site: "tie.consumer-reply", value: "last" },
        Point { site: "tie.saga-timer", value: "last" },
        Point { site: "tie.relay-timer", value: "last" },
        Point { site: "tie.broker-timer", value: "last" },
        Point { site: "tie.consumer-timer", value: "last" },
        Point { site: "tie.participant-work", value: "last" },
        Point { site: "tie.cpq-timer", value: "last" },
        Point { site: "tie.reconciler-timer", value: "last" },
        Point { site: "tie.reconcile", value: "last" },
        Point { site: "tie.person", value: "last" },
    ],
    survived: true,
    witness: "another event of the same moment is handled before it",
    source: include_str!("tie_order.rs"),
};
