//! A person makes a record at a system by hand, past the OMS.
//!
//! # In production
//!
//! Support sees that something looks wrong and puts it right where it shows: an account is charged, or a product entered, in
//! the system itself. The OMS knows nothing of it, and only reconciliation finds what is there twice then.
//!
//! # Choices
//!
//! After which completed item, and which of its charges and products is made once more; only such as a reconcile rule looks at.
//! Values: `extra-record` at `correction`.
//!
//! # Healing
//!
//! Nobody corrects anything from then on; what was begun is carried out.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "manual-correction",
    family: Family::Downstream,
    title: "a person makes a record at a system by hand",
    points: &[Point { site: "correction", value: "extra-record" }],
    survived: true,
    witness: "the person acts before the run is over",
    source: include_str!("manual_correction.rs"),
};
