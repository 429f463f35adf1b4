//! Events that the saga emits, and who reacts to them.

use super::actions::{ConsumerFailed, NewerVersion};
use super::keys::KeyTemplate;
use super::keyword::keywords;
use super::reader::{Fields, Place, Read, Reader};
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

impl Read for Emission {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "an emitted event", cx)?;
        let kind: Option<Spanned<String>> = f.need("type", cx);
        if let Some(kind) = &kind {
            f.at = kind.span;
            f.what = format!("event \"{}\"", kind.value);
        }
        let emission = Emission {
            span: f.at,
            version: f.get("version", cx),
            of: f.get("of", cx),
            partition_key: f.get("partitionKey", cx),
            when: f.get("when", cx),
            step: f.get("step", cx),
            kind: kind?,
        };
        f.close(cx);
        Some(emission)
    }
}

impl Read for Consumer {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "consumer", cx)?;
        let id: Option<Spanned<String>> = f.need("id", cx);
        if let Some(id) = &id {
            f.at = id.span;
            f.what = format!("consumer \"{}\"", id.value);
        }
        let consumer = Consumer {
            span: f.at,
            events: f.list("events", cx),
            filter: f.get("where", cx),
            call: f.get("call", cx),
            read_model: f.get("readModel", cx),
            key: f.get("key", cx),
            inbox: f.get("inbox", cx),
            on_newer_version: f.next::<NewerVersion>("onNewerVersion", cx),
            on_failure: f.next::<ConsumerFailed>("onFailure", cx),
            retry: f.get("retry", cx),
            attempt_timeout: f.get("attemptTimeout", cx),
            within: f.get("within", cx),
            id: id?,
        };
        f.close(cx);
        Some(consumer)
    }
}
