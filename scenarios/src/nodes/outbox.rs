//! The outbox of a node that emits events: rows in the store, and what its relays know of them.
//!
//! Used by the OMS and by every system that emits events; the relay logic is in [`relay`](super::relay).

/// The rows of one emitter.
#[derive(Clone, Debug, Default)]
pub struct Outbox {}
