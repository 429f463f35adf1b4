//! The saga domain: definitions, nodes, invariants and the bundled catalogue.

pub mod applicability;
pub mod campaign;
pub mod catalog;
pub mod catalogue;
pub mod change;
pub mod definition;
pub mod facts;
pub mod invariants;
pub mod ledger;
pub mod message;
pub mod metrics;
pub mod model;
pub mod money;
pub mod nearest;
pub mod nodes;
pub mod orders;
pub mod predicate;
pub mod remedy;
pub mod replay;
pub mod scenario;
pub mod sites;
pub mod story;
pub mod symbols;
pub mod trace;
pub mod workload;
