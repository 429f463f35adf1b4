//! Compensations and the nine parts that each must say (seed 14.2).

use super::actions::UndoFailed;
use super::keys::KeyTemplate;
use super::keyword::keywords;
use super::node::NodeKind;
use super::reader::{Fields, Place, Read, Reader, Scalar, Takes};
use super::scalars::{Duration, OperationRef};
use super::span::{Span, Spanned};
use super::words::{NextAction, Requirement};

/// What undoes a step. A part that is missing is a finding, so each is an `Option`.
#[derive(Clone, Debug)]
pub struct Compensation {
    /// Where it is written.
    pub span: Span,
    /// The operation it calls.
    pub call: Option<Spanned<OperationRef>>,
    /// Part 1: what starts it.
    pub trigger: Option<Vec<Spanned<Trigger>>>,
    /// The states of the step to which it applies.
    pub applies_to: Option<Vec<Spanned<AppliesTo>>>,
    /// Part 2: who may.
    pub authority: Option<Authority>,
    /// Part 3: the idempotency key.
    pub key: Option<Spanned<KeyTemplate>>,
    /// Part 4: CEL, all must hold.
    pub preconditions: Option<Vec<Spanned<String>>>,
    /// Part 5: the operations whose contract says what they undo.
    pub side_effects: Option<Vec<Spanned<OperationRef>>>,
    /// Part 6: what the customer notices.
    pub customer_impact: Option<Spanned<CustomerImpact>>,
    /// Part 7: what it does to money.
    pub financial_impact: Option<Spanned<FinancialImpact>>,
    /// Part 8: the record that is kept.
    pub audit: Option<Audit>,
    /// Part 9: the reconcile rule that checks it, by id.
    pub reconcile: Option<Spanned<String>>,
    /// Its own retry policy, by id.
    pub retry: Option<Spanned<String>>,
    /// How long one attempt waits for its answer.
    pub attempt_timeout: Option<Spanned<Duration>>,
    /// What happens when it fails for good.
    pub on_failure: Option<Spanned<NextAction>>,
    /// The compensations of the same step that go before it.
    pub after: Vec<Spanned<String>>,
}

keywords! {
    /// What starts a compensation.
    "trigger" Trigger {
        /// The item was cancelled.
        ItemCancelled = "ITEM_CANCELLED",
        /// The item failed.
        ItemFailed = "ITEM_FAILED",
        /// The saga failed.
        SagaFailed = "SAGA_FAILED",
        /// The step is redone: its last revision is undone first.
        StepRedone = "STEP_REDONE",
        /// A success arrived after the step was given up.
        LateSuccess = "LATE_SUCCESS",
    }
}

keywords! {
    /// The states of a step that a compensation undoes.
    "step outcome" AppliesTo {
        /// The step's effect happened.
        Completed = "COMPLETED",
        /// Whether it happened is not known.
        Unknown = "UNKNOWN",
    }
}

/// Who may start a compensation.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Where it is written.
    pub span: Span,
    /// The role.
    pub role: Option<Spanned<String>>,
    /// Whether a second person approves: a role, or `none`.
    pub approval: Option<Spanned<String>>,
}

/// What the customer notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerImpact {
    /// Nothing.
    None,
    /// The event of this name is emitted; a consumer acts on it.
    Notify(String),
}

keywords! {
    /// What a compensation does to money.
    "financial impact" FinancialImpact {
        /// Nothing.
        None = "NONE",
        /// No further period is charged.
        Stop = "STOP",
        /// What was charged is credited.
        Credit = "CREDIT",
    }
}

/// The record that a compensation leaves.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Where it is written.
    pub span: Span,
    /// The name of the record.
    pub record: Option<Spanned<String>>,
    /// Whether it must give a reason.
    pub reason_code: Option<Spanned<Requirement>>,
}

impl Read for Compensation {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("compensation \"{}\"", place.name), cx)?;
        let compensation = Compensation {
            span: place.at,
            call: f.get("call", cx),
            trigger: f.get("trigger", cx),
            applies_to: f.get("appliesTo", cx),
            authority: f.get("authority", cx),
            key: f.get("key", cx),
            preconditions: f.get("preconditions", cx),
            side_effects: f.get("sideEffects", cx),
            customer_impact: f.get::<Impact>("customerImpact", cx).map(|impact| impact.0),
            financial_impact: f.get("financialImpact", cx),
            audit: f.get("audit", cx),
            reconcile: f.get("reconcile", cx),
            retry: f.get("retry", cx),
            attempt_timeout: f.get("attemptTimeout", cx),
            on_failure: f.next::<UndoFailed>("onFailure", cx),
            after: f.list("after", cx),
        };
        f.close(cx);
        Some(compensation)
    }
}

/// A customer impact while it is read: `NONE`, or a mapping that names an event.
struct Impact(Spanned<CustomerImpact>);

impl Read for Impact {
    fn takes() -> Takes {
        CustomerImpact::takes()
    }

    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        if !matches!(place.node.kind, NodeKind::Map(_)) {
            return Read::read(place, cx).map(Impact);
        }
        let mut f = Fields::open(place, "customerImpact", cx)?;
        let event: Option<Spanned<String>> = f.need("notify", cx);
        f.close(cx);
        event.map(|event| Impact(event.map(CustomerImpact::Notify)))
    }
}

impl Scalar for CustomerImpact {
    fn takes() -> Takes {
        Takes::One("NONE, or { notify: EVENT }")
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text == "NONE" {
            Ok(CustomerImpact::None)
        } else {
            Err("is no customer impact; write NONE or { notify: EVENT }".to_owned())
        }
    }
}

impl Read for Authority {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "authority", cx)?;
        let authority = Authority { span: place.at, role: f.get("role", cx), approval: f.get("approval", cx) };
        f.close(cx);
        Some(authority)
    }
}

impl Read for Audit {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "audit", cx)?;
        let audit = Audit { span: place.at, record: f.get("record", cx), reason_code: f.get("reasonCode", cx) };
        f.close(cx);
        Some(audit)
    }
}
