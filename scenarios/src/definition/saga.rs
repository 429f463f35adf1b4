//! The saga file: the designer's policy.

use super::checks::{ApprovedException, CustomInvariant, DashboardState, ReconcileRule};
use super::command::Command;
use super::compensation::Compensation;
use super::events::{Consumer, Emission};
use super::item::Item;
use super::keys::KeyTemplate;
use super::keyword::keywords;
use super::policy::{RetryPolicy, UnknownOutcomePolicy};
use super::scalars::Duration;
use super::span::{NamedList, Span, Spanned};
use super::step::Step;
use super::words::NextAction;

/// One version of a saga.
#[derive(Clone, Debug)]
pub struct Saga {
    /// Where the saga is named.
    pub span: Span,
    /// Its name, such as `order-fulfilment`.
    pub name: Spanned<String>,
    /// A quoted string; ordered by `previous`, never as text.
    pub version: Spanned<String>,
    /// `candidate` when not written.
    pub status: Option<Spanned<Status>>,
    /// The versions before this one.
    pub previous: Vec<PreviousVersion>,
    /// What becomes of instances in flight.
    pub migration: Option<Migration>,
    /// What makes a second start the same instance.
    pub business_key: Option<Spanned<KeyTemplate>>,
    /// Path of the participants file, relative to this one.
    pub participants: Option<Spanned<String>>,
    /// Path of the platform file, relative to this one; without one the plumbing is correct.
    pub platform: Option<Spanned<String>>,
    /// The bound on the whole saga.
    pub timeout: Option<SagaTimeout>,
    /// Who takes the cases.
    pub fallout: Option<Fallout>,
    /// What is locked, and how.
    pub lock: Option<Lock>,
    /// The order items.
    pub items: NamedList<Item>,
    /// Retry policies.
    pub retry: NamedList<RetryPolicy>,
    /// Policies for calls whose outcome is unknown.
    pub unknown_outcome: NamedList<UnknownOutcomePolicy>,
    /// The steps, in the order in which they were written.
    pub steps: Vec<Step>,
    /// What undoes the steps.
    pub compensations: NamedList<Compensation>,
    /// What people may ask of a running instance.
    pub commands: NamedList<Command>,
    /// The events that the saga emits.
    pub emits: Vec<Emission>,
    /// Who reacts to them.
    pub consumers: Vec<Consumer>,
    /// What the reconciler compares.
    pub reconcile: Vec<ReconcileRule>,
    /// Approved reasons for a difference.
    pub exceptions: Vec<ApprovedException>,
    /// The designer's own rules.
    pub invariants: Vec<CustomInvariant>,
    /// The states that operators see.
    pub dashboard: Vec<DashboardState>,
}

impl Saga {
    /// The step with this id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id.value == id)
    }
}

keywords! {
    /// Where a version stands in its life.
    "status" Status {
        /// Being written.
        Draft = "draft",
        /// To be judged.
        Candidate = "candidate",
        /// New orders start on it.
        Active = "active",
        /// Orders in flight finish on it.
        Deprecated = "deprecated",
        /// Nothing runs on it.
        Retired = "retired",
    }
}

/// A version before this one.
#[derive(Clone, Debug)]
pub struct PreviousVersion {
    /// Where it is named.
    pub span: Span,
    /// The version.
    pub version: Spanned<String>,
    /// Its file, relative to this one.
    pub file: Option<Spanned<String>>,
    /// The digest that it had when it was active.
    pub digest: Option<Spanned<String>>,
    /// Recorded runs, to be replayed against this version.
    pub histories: Vec<Spanned<String>>,
}

/// What becomes of instances in flight.
#[derive(Clone, Debug)]
pub struct Migration {
    /// Where it is written.
    pub span: Span,
    /// The rule for all steps not named below.
    pub in_flight: Option<Spanned<InFlight>>,
    /// By version, then by old step.
    pub from: NamedList<NamedList<StepMigration>>,
}

keywords! {
    /// On which version an instance in flight goes on.
    "in-flight rule" InFlight {
        /// On the version on which it started.
        Pinned = "pinned",
        /// On the newest version: a known bad practice.
        Latest = "latest",
    }
}

/// What becomes of an old step.
#[derive(Clone, Debug)]
pub struct StepMigration {
    /// Where it is written.
    pub span: Span,
    /// The step that takes its place; `NONE` when it is gone.
    pub now: Option<Spanned<String>>,
    /// What instances that are in it do.
    pub instances: Option<Spanned<Instances>>,
}

keywords! {
    /// What an instance does that is in a step that changed.
    "instance rule" Instances {
        /// It finishes on the old version.
        FinishOnOld = "FINISH_ON_OLD",
        /// It is compensated.
        Compensate = "COMPENSATE",
        /// It moves to the step that took the old one's place.
        Move = "MOVE",
    }
}

/// The bound on the whole saga.
#[derive(Clone, Debug)]
pub struct SagaTimeout {
    /// Where it is written.
    pub span: Span,
    /// How long an instance may run.
    pub within: Option<Spanned<Duration>>,
    /// The operational signal that is raised.
    pub signal: Option<Spanned<String>>,
    /// What happens then.
    pub then: Option<Spanned<NextAction>>,
}

/// Who takes the cases that the saga cannot settle.
#[derive(Clone, Debug)]
pub struct Fallout {
    /// Where it is written.
    pub span: Span,
    /// The desk.
    pub owner: Option<Spanned<String>>,
    /// How soon a case is taken up.
    pub sla: Option<Spanned<Duration>>,
    /// What the desk may do.
    pub actions: Vec<Spanned<FalloutAction>>,
}

keywords! {
    /// What a person may do with a case.
    "fallout action" FalloutAction {
        /// Send the step again under its key.
        RetryStep = "retryStep",
        /// Say what the outcome was.
        ResolveUnknown = "resolveUnknown",
        /// Close the saga by hand.
        CloseManually = "closeManually",
        /// Go on without the step.
        SkipStep = "skipStep",
        /// Compensate the item.
        CompensateItem = "compensateItem",
        /// Hand events to the consumers again.
        ReplayEvents = "replayEvents",
    }
}

/// What is locked against lost updates.
#[derive(Clone, Debug)]
pub struct Lock {
    /// Where it is written.
    pub span: Span,
    /// The aggregate, such as `ProductOrder`.
    pub aggregate: Option<Spanned<String>>,
    /// How.
    pub mode: Option<Spanned<LockMode>>,
}

keywords! {
    /// How an aggregate is locked.
    "lock mode" LockMode {
        /// By comparing its version on save.
        Optimistic = "optimistic",
        /// By holding its row from load to save.
        Pessimistic = "pessimistic",
        /// Not at all: a known bad practice.
        None = "none",
    }
}
