//! Steps.

use super::keys::{KeyPath, KeyTemplate};
use super::scalars::{Duration, OperationRef};
use super::span::{NamedList, Span, Spanned};
use super::words::{NextAction, StepKind};

/// A step of a saga. A field that its kind has no use for is a load error.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it is written.
    pub span: Span,
    /// Its id, unique in the saga.
    pub id: Spanned<String>,
    /// What it is.
    pub kind: Spanned<StepKind>,
    /// The item it works for; none: the order.
    pub item: Option<Spanned<String>>,
    /// The steps that must be done before it.
    pub after: Vec<Spanned<String>>,
    /// A CEL guard; when false, the step is skipped.
    pub when: Option<Spanned<String>>,
    /// The operation it calls.
    pub call: Option<Spanned<OperationRef>>,
    /// The idempotency key.
    pub key: Option<Spanned<KeyTemplate>>,
    /// How long one attempt waits for its answer.
    pub attempt_timeout: Option<Spanned<Duration>>,
    /// How long all attempts may take.
    pub deadline: Option<Spanned<Duration>>,
    /// The retry policy, by id.
    pub retry: Option<Spanned<String>>,
    /// What undoes it, by id, in no order of their own (see [`Compensation::after`](super::Compensation)).
    pub compensation: Vec<Spanned<String>>,
    /// True when the item cannot be undone after it.
    pub pivot: Option<Spanned<bool>>,
    /// What a command does that comes after the pivot.
    pub after_pivot: Option<AfterPivot>,
    /// True when doing it twice does no harm.
    pub replay_safe: Option<Spanned<bool>>,
    /// The charge that a billing step activates.
    pub charge: Option<Spanned<String>>,
    /// What each business reason for a rejection leads to; `other` stands for the rest.
    pub on_reject: NamedList<Spanned<NextAction>>,
    /// What each callback of a task or each decision of a person leads to.
    pub outcomes: NamedList<Spanned<NextAction>>,
    /// The node that runs a local step.
    pub node: Option<Spanned<String>>,
    /// What a local step writes in its one transaction.
    pub tx: Vec<Spanned<String>>,
    /// What a local step does when its key was used before.
    pub on_duplicate: Option<Spanned<NextAction>>,
    /// Who decides a human step.
    pub role: Option<Spanned<String>>,
    /// By when.
    pub due: Option<Spanned<Duration>>,
    /// What happens when nobody did.
    pub overdue: Option<Spanned<NextAction>>,
    /// What the decision is bound to, such as `quote.version`.
    pub binds: Option<Spanned<KeyPath>>,
    /// The date that a wait step waits for.
    pub until: Option<Spanned<KeyTemplate>>,
    /// The saga that a subsaga step starts.
    pub saga: Option<Spanned<String>>,
    /// The version of it: a quoted version or `latest-active`.
    pub saga_version: Option<Spanned<String>>,
}

impl Step {
    /// True when it is written as a point of no return.
    #[must_use]
    pub fn is_pivot(&self) -> bool {
        self.pivot.as_ref().is_some_and(|pivot| pivot.value)
    }
}

/// What a command does that comes after the pivot.
#[derive(Clone, Debug)]
pub struct AfterPivot {
    /// Where it is written.
    pub span: Span,
    /// A cancellation.
    pub cancel: Option<Spanned<NextAction>>,
}
