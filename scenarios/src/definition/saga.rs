//! The saga file: the designer's policy.

use super::actions::AfterTimeout;
use super::checks::{ApprovedException, CustomInvariant, DashboardState, ReconcileRule};
use super::command::Command;
use super::compensation::Compensation;
use super::events::{Consumer, Emission};
use super::item::Item;
use super::keys::KeyTemplate;
use super::keyword::keywords;
use super::policy::{RetryPolicy, UnknownOutcomePolicy};
use super::reader::{Fields, Place, Read, Reader, report_repeated};
use super::scalars::{Duration, Version};
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

impl Read for Saga {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "saga", cx)?;
        let name: Option<Spanned<String>> = f.need("saga", cx);
        if let Some(name) = &name {
            f.at = name.span;
            f.what = format!("saga \"{}\"", name.value);
        }
        let version: Option<Spanned<Version>> = f.need("version", cx);
        let saga = Saga {
            span: f.at,
            status: f.get("status", cx),
            previous: f.list("previous", cx),
            migration: f.get("migration", cx),
            business_key: f.get("businessKey", cx),
            participants: f.get("participants", cx),
            platform: f.get("platform", cx),
            timeout: f.get("timeout", cx),
            fallout: f.get("fallout", cx),
            lock: f.get("lock", cx),
            items: f.list("items", cx),
            retry: f.list("retry", cx),
            unknown_outcome: f.list("unknownOutcome", cx),
            steps: f.need("steps", cx).unwrap_or_default(),
            compensations: f.list("compensations", cx),
            commands: f.list("commands", cx),
            emits: f.list("emits", cx),
            consumers: f.list("consumers", cx),
            reconcile: f.list("reconcile", cx),
            exceptions: f.list("exceptions", cx),
            invariants: f.list("invariants", cx),
            dashboard: f.list("dashboard", cx),
            name: name?,
            version: version?.map(|version| version.0),
        };
        f.close(cx);
        report_repeated(saga.steps.iter().map(|step| &step.id), "step id", cx);
        report_repeated(saga.consumers.iter().map(|consumer| &consumer.id), "consumer id", cx);
        report_repeated(saga.reconcile.iter().map(|rule| &rule.id), "reconcile rule", cx);
        report_repeated(saga.exceptions.iter().map(|exception| &exception.id), "exception", cx);
        report_repeated(saga.invariants.iter().map(|invariant| &invariant.id), "invariant", cx);
        report_repeated(saga.emits.iter().map(|emission| &emission.kind), "event type", cx);
        Some(saga)
    }
}

impl Read for PreviousVersion {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "a previous version", cx)?;
        let version: Option<Spanned<Version>> = f.need("version", cx);
        let file = f.get("file", cx);
        let digest = f.get("digest", cx);
        let histories = f.list("histories", cx);
        f.close(cx);
        let version = version?.map(|version| version.0);
        Some(PreviousVersion { span: version.span, version, file, digest, histories })
    }
}

impl Read for Migration {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "migration", cx)?;
        let migration = Migration { span: place.at, in_flight: f.get("inFlight", cx), from: f.list("from", cx) };
        f.close(cx);
        Some(migration)
    }
}

impl Read for StepMigration {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("migration of \"{}\"", place.name), cx)?;
        let migration = StepMigration { span: place.at, now: f.get("now", cx), instances: f.get("instances", cx) };
        f.close(cx);
        Some(migration)
    }
}

impl Read for SagaTimeout {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "timeout", cx)?;
        let timeout = SagaTimeout {
            span: place.at,
            within: f.get("within", cx),
            signal: f.get("signal", cx),
            then: f.next::<AfterTimeout>("then", cx),
        };
        f.close(cx);
        Some(timeout)
    }
}

impl Read for Fallout {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "fallout", cx)?;
        let fallout = Fallout {
            span: place.at,
            owner: f.get("owner", cx),
            sla: f.get("sla", cx),
            actions: f.list("actions", cx),
        };
        f.close(cx);
        Some(fallout)
    }
}

impl Read for Lock {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "lock", cx)?;
        let lock = Lock { span: place.at, aggregate: f.get("aggregate", cx), mode: f.get("mode", cx) };
        f.close(cx);
        Some(lock)
    }
}
