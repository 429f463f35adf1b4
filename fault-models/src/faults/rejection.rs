//! A participant refuses a request for a business reason.
//!
//! # In production
//!
//! Out of stock, address not served, account blocked: an answer, not a failure, and retrying does not change it.
//!
//! # Choices
//!
//! Which attempt is refused, and for which of the reasons that the contract names. Values: `business-rejection`,
//! `reason-1`, `reason-2`, `reason-3`, `reason-4`, `reason-5`, `reason-6`, `reason-7` at `response`.
//!
//! # Healing
//!
//! What the step says about rejections.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "rejection",
    family: Family::Downstream,
    title: "a participant refuses a request for a business reason",
    points: &[
        Point { site: "response", value: "business-rejection" },
        Point { site: "response", value: "reason-1" },
        Point { site: "response", value: "reason-2" },
        Point { site: "response", value: "reason-3" },
        Point { site: "response", value: "reason-4" },
        Point { site: "response", value: "reason-5" },
        Point { site: "response", value: "reason-6" },
        Point { site: "response", value: "reason-7" },
    ],
    survived: true,
    witness: "the caller gets this answer",
    source: include_str!("rejection.rs"),
};
