//! Deterministic discrete-event simulation: virtual time, nodes, keyed choices, faults, invariants and replay.
//!
//! The engine knows no business. It owns virtual time, the event queue, the life cycle of nodes, every
//! nondeterministic decision and the fingerprint; a [`Domain`] gives it messages, nodes, a ledger of real effects and
//! invariants. One thread runs one simulation; equal inputs give equal runs, on every machine.
//!
//! `examples/two_nodes.rs` is a whole simulation to copy: a client and a shop, lost messages, and one invariant.
//!
//! Architecture invariants: no event allocates, formats or hashes a name; every decision goes through [`Choices`];
//! a handler call is one local transaction and is never rolled back; state that can be lost belongs to a part.

pub mod campaign;
pub mod choices;
mod context;
pub mod determinism;
mod domain;
pub mod explore;
mod flow;
pub mod hash;
mod invariant;
mod queue;
mod run;
mod time;
mod world;

pub use choices::{
    Asked, Choice, Choices, KINDS_MAX, KindId, Latency, Point, Settings, Site, SiteId, SiteValue, Sites, Subject,
    VALUES_MAX, Which,
};
pub use context::{Context, ReplyTo};
pub use domain::{
    Class, Domain, EventRecord, Extents, HANDLE_FATES, Node, Observer, PartId, PartSpec, SEND_FATES, TIE_FATES,
    TIMER_FATES,
};
pub use invariant::{
    Bound, Invariant, Invariants, Judge, Moment, Obligation, ObligationId, Promise, Standing, Strictness, Verdicts,
    Violation,
};
pub use queue::{Queue, TimerId};
pub use run::{End, Limits, Outcome, advance, resume, run};
pub use time::{Duration, Time};
pub use world::{Event, World};
