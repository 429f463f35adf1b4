//! The participants file: what each downstream operation really guarantees. A key that is not written has the correct value.

use super::keyword::keywords;
use super::scalars::{Duration, Rate};
use super::span::{NamedList, Span, Spanned};
use super::words::{Failure, QueryBy};

/// The contracts of all systems that a saga calls.
#[derive(Clone, Debug, Default)]
pub struct Participants {
    /// By name, such as `billing`.
    pub systems: NamedList<System>,
}

impl Participants {
    /// The contract of an operation.
    #[must_use]
    pub fn operation(&self, system: &str, operation: &str) -> Option<&Operation> {
        self.systems.get(system)?.operations.get(operation)
    }
}

/// One system.
#[derive(Clone, Debug)]
pub struct System {
    /// Where it is written.
    pub span: Span,
    /// The requests that it takes per time; no limit when not written.
    pub rate: Option<Spanned<Rate>>,
    /// Shared pools with their sizes, from which operations take one each.
    pub pools: NamedList<Spanned<u32>>,
    /// Its operations.
    pub operations: NamedList<Operation>,
}

/// The contract of one operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Where it is written.
    pub span: Span,
    /// The list to which it adds a record.
    pub creates: Option<Spanned<String>>,
    /// The operation of the same system whose effect it undoes.
    pub undoes: Option<Spanned<String>>,
    /// The operation of the same system whose record it changes without undoing it.
    pub updates: Option<Spanned<String>>,
    /// The state of the record after it.
    pub to: Option<Spanned<String>>,
    /// The fields of the record, beside id, key, state and createdAt.
    pub fields: NamedList<Spanned<FieldType>>,
    /// What the operation does to the world.
    pub effect: Spanned<EffectKind>,
    /// How repeated requests are told.
    pub dedup: Dedup,
    /// How it can be asked for an outcome; empty: not at all.
    pub queryable: Vec<Spanned<QueryBy>>,
    /// How old the answer to a question may be.
    pub query_lag: Spanned<Duration>,
    /// Whether it makes a new id before it looks for a repetition (seed 11.3).
    pub assigns_id_before_dedup: Spanned<bool>,
    /// How it answers.
    pub reply: Spanned<Reply>,
    /// The callbacks that may follow.
    pub callbacks: Option<Callbacks>,
    /// Whether it may do a part of its work and fail.
    pub partial_effect: Spanned<bool>,
    /// How long after the request its effect may still happen.
    pub late_effect: Spanned<Duration>,
    /// The failures that may follow the effect; a part of `failures`.
    pub effect_possible: Vec<Spanned<Failure>>,
    /// The failures with which it may end.
    pub failures: Vec<Spanned<Failure>>,
    /// The business reasons that a rejection may give.
    pub rejections: Vec<Spanned<String>>,
    /// How long it takes.
    pub latency: Latency,
    /// What an undo does when there is nothing to undo.
    pub when_absent: Spanned<WhenAbsent>,
    /// What an undo leaves behind.
    pub history: Spanned<History>,
    /// The pool from which it takes one.
    pub pool: Option<Spanned<String>>,
}

keywords! {
    /// The type of a record's field.
    "field type" FieldType {
        /// An id of something else.
        Id = "id",
        /// An exact amount with its currency.
        Money = "money",
        /// Text.
        Text = "text",
        /// An instant.
        Time = "time",
        /// A whole number.
        Integer = "integer",
        /// True or false.
        Boolean = "boolean",
    }
}

keywords! {
    /// What an operation does to the world.
    "effect" EffectKind {
        /// Nothing that lasts.
        None = "none",
        /// It holds something back.
        Reservation = "reservation",
        /// It turns a service on.
        Service = "service",
        /// It records a product instance.
        Asset = "asset",
        /// It sends goods.
        Shipment = "shipment",
        /// It moves money.
        Financial = "financial",
        /// It tells someone something.
        Message = "message",
    }
}

/// How repeated requests are told.
#[derive(Clone, Debug)]
pub struct Dedup {
    /// By what.
    pub by: Spanned<DedupBy>,
    /// How the record of a key is kept unique.
    pub constraint: Spanned<Constraint>,
    /// How long a key is remembered; for ever when not written.
    pub window: Option<Spanned<Duration>>,
    /// What a known key with another payload gets.
    pub on_key_conflict: Spanned<OnKeyConflict>,
    /// What a repetition gets.
    pub on_duplicate: Spanned<OnDuplicate>,
    /// When the key is recorded.
    pub record: Spanned<DedupRecord>,
}

keywords! {
    /// By what repeated requests are told.
    "dedup rule" DedupBy {
        /// By the idempotency key.
        Key = "key",
        /// By the business key: the order item and the operation.
        BusinessKey = "businessKey",
        /// Not at all.
        None = "none",
    }
}

keywords! {
    /// How the record of a key is kept unique.
    "constraint" Constraint {
        /// By a unique constraint.
        Unique = "unique",
        /// By a look before the insert, in two steps.
        CheckThenInsert = "check-then-insert",
    }
}

keywords! {
    /// What a known key with another payload gets.
    "key conflict rule" OnKeyConflict {
        /// A refusal.
        Reject = "reject",
        /// The first answer, as if the payload were the same.
        ReturnFirst = "return-first",
        /// Another effect.
        Apply = "apply",
    }
}

keywords! {
    /// What a repetition gets.
    "duplicate rule" OnDuplicate {
        /// The first answer again.
        ReturnOriginal = "return-original",
        /// A refusal that the caller cannot tell from a real one.
        Reject = "reject",
        /// An answer made anew, with another reference.
        AnswerAnew = "answer-anew",
    }
}

keywords! {
    /// When the key of a request is recorded.
    "dedup record rule" DedupRecord {
        /// In the transaction of the effect.
        SameTransaction = "same-transaction",
        /// Before the effect: a crash between them loses it.
        BeforeEffect = "before-effect",
        /// After the effect: a crash between them repeats it.
        AfterEffect = "after-effect",
    }
}

keywords! {
    /// How an operation answers.
    "reply" Reply {
        /// At once.
        Sync = "sync",
        /// Through callbacks, after it has accepted the request.
        Callback = "callback",
    }
}

/// The callbacks of an operation.
#[derive(Clone, Debug)]
pub struct Callbacks {
    /// Where it is written.
    pub span: Span,
    /// How many copies of one callback there may be.
    pub max: Spanned<u32>,
    /// Whether copies carry the same id.
    pub id: Spanned<CallbackId>,
    /// Whether one may come after the caller gave up.
    pub after_give_up: Spanned<bool>,
}

keywords! {
    /// Whether copies of a callback carry the same id.
    "callback id" CallbackId {
        /// They do.
        Stable = "stable",
        /// Each has its own.
        PerDelivery = "per-delivery",
    }
}

/// How long an operation takes.
#[derive(Clone, Debug)]
pub struct Latency {
    /// Half of the answers come within.
    pub p50: Spanned<Duration>,
    /// All but one in a hundred come within.
    pub p99: Spanned<Duration>,
}

keywords! {
    /// What an undo does when there is nothing to undo.
    "absence rule" WhenAbsent {
        /// It succeeds, and the original is refused should it still come.
        SucceedAndBlock = "succeed-and-block",
        /// It succeeds; the original may still come.
        Succeed = "succeed",
        /// It is refused.
        Reject = "reject",
    }
}

keywords! {
    /// What an undo leaves behind.
    "history rule" History {
        /// The record, in another state.
        Preserved = "preserved",
        /// Nothing.
        Deleted = "deleted",
    }
}
