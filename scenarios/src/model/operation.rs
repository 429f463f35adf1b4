//! Systems and their operations: the contracts, resolved.

use sim_core::{Duration, PartId};

use super::{Failures, OpIx, SystemIx};
use crate::definition::{
    AmountOf, CallbackId, Constraint, DedupBy, DedupRecord, EffectKind, OnDuplicate, OnKeyConflict, Span, WhenAbsent,
};
use crate::predicate::ListId;

/// A system that is called.
#[derive(Debug)]
pub struct System {
    /// Its name.
    pub id: String,
    /// The hash of its name.
    pub names: u64,
    /// The part that answers for it.
    pub part: PartId,
    /// The requests it takes per time.
    pub rate: Option<(u32, Duration)>,
    /// The sizes of its pools.
    pub pools: Vec<u32>,
    /// Its operations.
    pub operations: Vec<OpIx>,
    /// Its index among the emitters of events; `None`: it emits none.
    pub emits: bool,
}

/// The contract of an operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name with its system's: `billing.charge`.
    pub id: String,
    /// The hash of that name.
    pub names: u64,
    /// Where it is written.
    pub span: Span,
    /// Its system.
    pub system: SystemIx,
    /// What it does to the world.
    pub effect: EffectKind,
    /// Whether it adds a record that lasts.
    pub creates: bool,
    /// The list of that record (`charges`).
    pub list: Option<String>,
    /// The list of the record that it creates, or that it changes or undoes, as predicates know it.
    pub records: Option<ListId>,
    /// The state of the record after it, as a symbol of the vocabulary; `None`: it touches none, or leaves it.
    pub to: Option<u32>,
    /// What it undoes.
    pub undoes: Option<OpIx>,
    /// What it changes without undoing it.
    pub updates: Option<OpIx>,
    /// By what repeated requests are told.
    pub dedup: DedupBy,
    /// Whether the look and the insert are one.
    pub constraint: Constraint,
    /// How long a key is remembered; `None`: for ever.
    pub window: Option<Duration>,
    /// What a known key with another payload gets.
    pub on_key_conflict: OnKeyConflict,
    /// What a repetition gets.
    pub on_duplicate: OnDuplicate,
    /// When the key is recorded.
    pub record: DedupRecord,
    /// Whether it can be asked by key.
    pub by_key: bool,
    /// Whether it can be asked by order item.
    pub by_business_key: bool,
    /// Whether it can be asked by its own id.
    pub by_reference: bool,
    /// How old an answer may be.
    pub query_lag: Duration,
    /// Where it takes the amount from, if it moves money.
    pub amount: AmountOf,
    /// Whether it makes a new id before it looks for a repetition.
    pub assigns_id_before_dedup: bool,
    /// Whether it answers through callbacks.
    pub callback: bool,
    /// How many copies of a callback there may be.
    pub callbacks_max: u32,
    /// Whether copies of a callback carry one id.
    pub callback_id: CallbackId,
    /// Whether a callback may come after the caller gave up.
    pub callback_after_give_up: bool,
    /// Whether it may do a part of its work and fail.
    pub partial_effect: bool,
    /// How long after a request its effect may still happen.
    pub late_effect: Duration,
    /// The failures that may follow the effect.
    pub effect_possible: Failures,
    /// The failures it may end with.
    pub failures: Failures,
    /// The business reasons of a rejection.
    pub rejections: Vec<String>,
    /// Half of the answers come within.
    pub p50: Duration,
    /// All but one in a hundred come within.
    pub p99: Duration,
    /// What an undo does when there is nothing to undo.
    pub when_absent: WhenAbsent,
    /// Whether an undo deletes the record.
    pub deletes: bool,
    /// The pool it takes from: index into its system's.
    pub pool: Option<u8>,
    /// The values of the response site that the contract allows, as a mask.
    pub responses: u32,
}
