//! Steps: forward steps, the steps that undo them, and the calls of consumers.

use sim_core::Duration;

use super::{ChargeIx, EmissionIx, ItemIx, Key, OpIx, RetryIx, StepIx};
use crate::definition::{NextAction, Span, StepKind};
use crate::predicate::Predicate;

/// How many outcomes a human step may have: each is a value of the decision site.
pub const OUTCOMES_MAX: usize = 8;

/// A step with everything that the saga engine needs to run it.
#[derive(Debug)]
pub struct Step {
    /// Its id in the definition; of an undo step: the compensation's.
    pub id: String,
    /// Its id with what it undoes: `ship-router`, `release-router (undoes reserve-router)`.
    pub label: String,
    /// The hash of saga, item and step (of an undo step: also of what it undoes).
    pub names: u64,
    /// Where it is written.
    pub span: Span,
    /// What it is.
    pub kind: StepKind,
    /// Its item; [`ItemIx::ORDER`] for a step of the order itself.
    pub item: ItemIx,
    /// The forward steps that must be done before it.
    pub after: Vec<StepIx>,
    /// The forward steps that wait for it.
    pub dependents: Vec<StepIx>,
    /// What it calls.
    pub call: Option<OpIx>,
    /// Its idempotency key; without one every attempt has a key of its own.
    pub key: Option<Key>,
    /// How long one attempt waits; without one it waits for ever.
    pub attempt_timeout: Option<Duration>,
    /// How long it may take in all.
    pub deadline: Option<Duration>,
    /// How it is retried; without a policy every failure is final.
    pub retry: Option<RetryIx>,
    /// Its undo steps, in the order in which they run.
    pub undo: Vec<StepIx>,
    /// Of an undo step: what it undoes.
    pub undoes: Option<StepIx>,
    /// Whether it is the item's point of no return.
    pub pivot: bool,
    /// What a cancellation does after the pivot.
    pub after_pivot: Option<NextAction>,
    /// Whether it may run again after it completed.
    pub replay_safe: bool,
    /// The charge it activates.
    pub charge: Option<ChargeIx>,
    /// Whether it runs at all; false: it is skipped.
    pub when: Option<Predicate>,
    /// What follows a rejection: by reason (index into the operation's rejections), then for all others.
    pub on_reject: Vec<(u8, NextAction)>,
    /// What follows any other rejection.
    pub on_reject_other: Option<NextAction>,
    /// What follows each outcome of a task or a human step.
    pub outcomes: Vec<(String, NextAction)>,
    /// Of a human step: how long the person has.
    pub due: Option<Duration>,
    /// Of a human step: what happens when it is overdue.
    pub overdue: Option<NextAction>,
    /// Of a human step: whether the decision is bound to the quote's version.
    pub binds_version: bool,
    /// Of a wait step: how long it waits after it became ready.
    pub wait: Option<Duration>,
    /// Of a local step: what happens when its key was used before.
    pub on_duplicate: Option<NextAction>,
    /// Of a local step: whether what it tells is no part of its transaction, and is written after the commit.
    pub tells_apart: bool,
    /// Of an undo step.
    pub compensation: Option<CompensationPolicy>,
}

/// What a compensation's nine parts say, as far as they have a behaviour.
#[derive(Debug)]
pub struct CompensationPolicy {
    /// Its name, hashed with the saga's.
    pub names: u64,
    /// Which triggers start it, as a mask over [`Trigger`](crate::definition::Trigger) in its declared order.
    pub triggers: u8,
    /// Whether it applies to a completed step.
    pub completed: bool,
    /// Whether it applies to a step with an unknown outcome.
    pub unknown: bool,
    /// Who approves it: none needed, or a person.
    pub needs_approval: bool,
    /// Must hold before it runs.
    pub preconditions: Vec<Predicate>,
    /// The event that tells the customer.
    pub notify: Option<EmissionIx>,
    /// What happens when it fails.
    pub on_failure: Option<NextAction>,
    /// Whether it leaves an audit record with a reason code.
    pub audited: bool,
}

impl Step {
    /// Whether it undoes another step.
    #[must_use]
    pub fn is_undo(&self) -> bool {
        self.undoes.is_some()
    }

    /// Of a human step: the outcome by which it is decided when nothing special is the matter, the first that completes it;
    /// where none does, the first that ends it. `None` where no outcomes are written.
    #[must_use]
    pub fn usual_outcome(&self) -> Option<u8> {
        let all = || self.outcomes.iter().map(|(_, then)| *then);
        let completes = all().position(|then| then == NextAction::Complete);
        let ends = || all().position(|then| then != NextAction::Progress);
        let first = completes.or_else(ends).or((!self.outcomes.is_empty()).then_some(0))?;
        u8::try_from(first).ok()
    }

    /// Of a human step: the other outcomes, as a mask of the values of the decision site.
    #[must_use]
    pub fn other_outcomes(&self) -> u32 {
        if self.kind != StepKind::Human {
            return 0;
        }
        let usual = self.usual_outcome().map(usize::from);
        let others = (0..self.outcomes.len()).take(OUTCOMES_MAX).filter(|outcome| Some(*outcome) != usual);
        others.fold(0, |mask, outcome| mask | 2 << outcome)
    }
}
