//! A participant does something else than it was asked.
//!
//! # In production
//!
//! A wrong article is shipped, a charge is made in another amount. No contract covers it, so a system need not survive
//! it.
//!
//! # Choices
//!
//! Which attempt has the wrong effect. Values: `wrong-effect` at `response`.
//!
//! # Healing
//!
//! A reconcile rule finds it and a person corrects it.

use crate::{Family, Fault, Point};

/// The catalogue entry.
pub const FAULT: Fault = Fault {
    slug: "wrong-effect",
    family: Family::Downstream,
    title: "a participant does something else than it was asked",
    points: &[Point { site: "response", value: "wrong-effect" }],
    survived: false,
    witness: "the effect is not the one that was asked for",
    source: include_str!("wrong_effect.rs"),
};
