//! Events that the saga emits, and who reacts to them.

use super::keys::KeyTemplate;
use super::keyword::keywords;
use super::scalars::{Duration, OperationRef};
use super::span::{Span, Spanned};
use super::words::NextAction;

/// A type of event that the saga emits.
#[derive(Clone, Debug)]
pub struct Emission {
    /// Where it is written.
    pub span: Span,
    /// The event's type, such as `OrderItemStateChanged`.
    pub kind: Spanned<String>,
    /// The version of its payload.
    pub version: Option<Spanned<u32>>,
    /// The aggregate whose change it tells.
    pub of: Option<Spanned<Aggregate>>,
    /// What keeps its order.
    pub partition_key: Option<Spanned<KeyTemplate>>,
    /// When it is emitted.
    pub when: Option<Spanned<EmitWhen>>,
    /// The step whose transaction writes it, for `when: step-completed`.
    pub step: Option<Spanned<String>>,
}

keywords! {
    /// What an event tells a change of.
    "aggregate" Aggregate {
        /// A quote.
        Quote = "quote",
        /// An order.
        Order = "order",
        /// An order item.
        Item = "item",
        /// A product instance.
        Product = "product",
        /// A charge.
        Charge = "charge",
        /// A saga instance.
        Saga = "saga",
        /// A step of it.
        Step = "step",
    }
}

keywords! {
    /// When an event is emitted.
    "emission rule" EmitWhen {
        /// With every change of the aggregate's state.
        EveryTransition = "every-transition",
        /// In the transaction that completes the step named in `step`.
        StepCompleted = "step-completed",
        /// In the transaction that records a compensation whose customer impact names it.
        OnNotify = "on-notify",
    }
}

/// A consumer: a read model, or a caller of an operation.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// Where it is written.
    pub span: Span,
    /// Its id, unique in the saga.
    pub id: Spanned<String>,
    /// The types of event it subscribes to.
    pub events: Vec<Spanned<String>>,
    /// A CEL filter.
    pub filter: Option<Spanned<String>>,
    /// The operation it calls.
    pub call: Option<Spanned<OperationRef>>,
    /// The read model it keeps.
    pub read_model: Option<Spanned<String>>,
    /// The idempotency key of its call.
    pub key: Option<Spanned<KeyTemplate>>,
    /// Whether it remembers what it has handled.
    pub inbox: Option<Spanned<InboxUse>>,
    /// What it does with a payload version that it does not know.
    pub on_newer_version: Option<Spanned<NextAction>>,
    /// What it does when its work fails for good.
    pub on_failure: Option<Spanned<NextAction>>,
    /// The retry policy of its call, by id.
    pub retry: Option<Spanned<String>>,
    /// How long one attempt of its call waits.
    pub attempt_timeout: Option<Spanned<Duration>>,
    /// How soon an event must have been handled.
    pub within: Option<Spanned<Duration>>,
}

keywords! {
    /// Whether a consumer has an inbox.
    "inbox use" InboxUse {
        /// The platform's inbox.
        Default = "default",
        /// None: it handles what it gets.
        None = "none",
    }
}
