//! A request is lost on its way.
//!
//! # In production
//!
//! A connection breaks, a proxy drops the request, a pod is gone before its load balancer knows.
//!
//! # Choices
//!
//! Whether a request or a question disappears. Values: `lost` at `send.request`, `send.query`.
//!
//! # Healing
//!
//! The timeout of the caller.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "request-lost",
    family: Family::Message,
    title: "a request is lost on its way",
    points: &[Point { site: "send.request", value: "lost" }, Point { site: "send.query", value: "lost" }],
    survived: true,
    witness: "no other copy arrives",
    source: include_str!("request_lost.rs"),
};
