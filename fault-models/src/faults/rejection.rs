//! A participant, or a person who is asked to decide, refuses for a business reason.
//!
//! # In production
//!
//! Out of stock, address not served, account blocked, credit not granted: an answer, not a failure, and retrying does not change it.
//!
//! # Choices
//!
//! Which attempt is refused, and for which of the reasons that the contract names. Values: `business-rejection`,
//! `reason-1`, `reason-2`, `reason-3`, `reason-4`, `reason-5`, `reason-6`, `reason-7` at `response`. Which human step is decided
//! otherwise than usual, the first of its `outcomes` that completes it, and how. Values: `outcome-1`, `outcome-2`, `outcome-3`,
//! `outcome-4`, `outcome-5`, `outcome-6`, `outcome-7`, `outcome-8` at `decision`.
//!
//! # Healing
//!
//! What the step says about rejections, or about this outcome.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "rejection",
    family: Family::Downstream,
    title: "a participant or a person refuses for a business reason",
    points: &[
        Point { site: "response", value: "business-rejection" },
        Point { site: "response", value: "reason-1" },
        Point { site: "response", value: "reason-2" },
        Point { site: "response", value: "reason-3" },
        Point { site: "response", value: "reason-4" },
        Point { site: "response", value: "reason-5" },
        Point { site: "response", value: "reason-6" },
        Point { site: "response", value: "reason-7" },
        Point { site: "decision", value: "outcome-1" },
        Point { site: "decision", value: "outcome-2" },
        Point { site: "decision", value: "outcome-3" },
        Point { site: "decision", value: "outcome-4" },
        Point { site: "decision", value: "outcome-5" },
        Point { site: "decision", value: "outcome-6" },
        Point { site: "decision", value: "outcome-7" },
        Point { site: "decision", value: "outcome-8" },
    ],
    survived: true,
    witness: "the caller gets this answer",
    source: include_str!("rejection.rs"),
};
