//! The saga domain: definitions, nodes, invariants and the bundled catalogue.

pub mod definition;
pub mod money;
mod nearest;
pub mod predicate;
