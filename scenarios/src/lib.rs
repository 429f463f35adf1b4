//! The saga domain: definitions, nodes, invariants and the bundled catalogue.

pub mod definition;
