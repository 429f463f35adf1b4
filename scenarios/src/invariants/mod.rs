//! What must hold always, and what must come to hold.

use sim_core::Invariant;

use crate::model::Model;
use crate::scenario::Scenario;

/// All invariants, in the order of their catalogue.
#[must_use]
pub fn all(model: &Model) -> Vec<Box<dyn Invariant<Scenario>>> {
    let _ = model;
    Vec::new()
}
