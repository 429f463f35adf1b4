//! A request is lost.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "request-lost",
    family: Family::Message,
    title: "a request is lost on its way",
    points: &[Point { site: "send.request", value: "lost" }, Point { site: "send.query", value: "lost" }],
    survived: true,
    witness: "no other copy arrives",
    in_production: "a connection breaks, a proxy drops the request, a queue is purged",
    healing: "the caller's timeout",
};
