//! A consumer crashes after its side effect and before its inbox commit.
//!
//! # In production
//!
//! The mail is sent, the charge is made, and the process dies before it has written down that it was.
//!
//! # Choices
//!
//! At which delivery or answer the consumer dies, and how long it is down. Values: `crash-before-commit` at
//! `handle.consumer-reply`, `handle.delivery`.
//!
//! # Healing
//!
//! The consumer restarts, repeats an unanswered call under its key, and gets the message again.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "consumer-crash",
    family: Family::Process,
    title: "a consumer crashes after its side effect and before its inbox commit",
    points: &[
        Point { site: "handle.consumer-reply", value: "crash-before-commit" },
        Point { site: "handle.delivery", value: "crash-before-commit" },
    ],
    survived: true,
    witness: "the answer to its call, or the delivery, is lost and the process is down",
    source: include_str!("consumer_crash.rs"),
};
