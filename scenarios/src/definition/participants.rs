//! The participants file: what each downstream operation really guarantees. A key that is not written has the correct value.

use super::code::{MISSING_FIELD, UNIT_OR_TYPE};
use super::keyword::{Keyword as _, keywords};
use super::reader::{Fields, Place, Read, Reader};
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
    /// Where it takes the amount from, if it moves money.
    pub amount: Spanned<AmountOf>,
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
    /// Where an operation that moves money takes the amount from.
    "amount" AmountOf {
        /// From what is on record: of a charge the accepted snapshot, of a credit the charge.
        Recorded = "recorded",
        /// From the price list of today.
        Catalogue = "catalogue",
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

impl Read for Participants {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        Some(Participants { systems: NamedList::read(place, cx)? })
    }
}

impl Read for System {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("system \"{}\"", place.name), cx)?;
        let rate = f.place("limits", cx).and_then(|limits| {
            let mut f = Fields::open(limits, "limits", cx)?;
            let rate = f.get("rate", cx);
            f.close(cx);
            rate
        });
        let system = System {
            span: place.at,
            rate,
            pools: f.list("pools", cx),
            operations: f.need("operations", cx).unwrap_or_default(),
        };
        f.close(cx);
        Some(system)
    }
}

impl Read for Operation {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, format!("operation \"{}\"", place.name), cx)?;
        // Of a kind that there is not it is said where it is read.
        let says_none = f.peek("effect").is_none_or(|effect| effect == EffectKind::None.word());
        let operation = Operation {
            span: place.at,
            creates: f.get("creates", cx),
            undoes: f.get("undoes", cx),
            updates: f.get("updates", cx),
            to: f.get("to", cx),
            fields: f.list("fields", cx),
            effect: f.or("effect", EffectKind::None, cx),
            dedup: read_dedup(&mut f, cx),
            queryable: f.get("queryable", cx).unwrap_or_else(|| vec![Spanned::new(QueryBy::IdempotencyKey, place.at)]),
            query_lag: f.or("queryLag", Duration::ZERO, cx),
            amount: f.or("amount", AmountOf::Recorded, cx),
            assigns_id_before_dedup: f.or("assignsIdBeforeDedup", false, cx),
            reply: f.or("reply", Reply::Sync, cx),
            callbacks: f.get("callbacks", cx),
            partial_effect: f.or("partialEffect", false, cx),
            late_effect: read_late_effect(&mut f, cx),
            effect_possible: f.list("effectPossible", cx),
            failures: f.list("failures", cx),
            rejections: f.list("rejections", cx),
            latency: read_latency(&mut f, cx),
            when_absent: f.or("whenAbsent", WhenAbsent::SucceedAndBlock, cx),
            history: f.or("history", History::Preserved, cx),
            pool: f.get("pool", cx),
        };
        f.close(cx);
        operation.check(place.name, says_none, cx);
        Some(operation)
    }
}

impl Operation {
    /// Reports what contradicts itself: several roles, an effect without its kind, effects after failures that cannot happen.
    fn check(&self, name: &str, says_none: bool, cx: &mut Reader) {
        let roles = [&self.creates, &self.undoes, &self.updates];
        if let [first, second, ..] = roles.into_iter().flatten().collect::<Vec<_>>()[..] {
            let message = format!("operation \"{name}\" has two of creates, undoes and updates; keep one");
            cx.report(UNIT_OR_TYPE.at(second.span, message).with_secondary(first.span, "the other one"));
        }
        if self.creates.is_some() && self.effect.value == EffectKind::None && says_none {
            let message = format!("operation \"{name}\" creates records and has no \"effect\"");
            cx.report(
                MISSING_FIELD.at(self.span, message).with_help("write what it does, such as effect: reservation"),
            );
        }
        for possible in &self.effect_possible {
            if !self.failures.contains(possible) {
                let message = format!("effectPossible: {} is not among the failures of \"{name}\"", possible.value);
                cx.report(UNIT_OR_TYPE.at(possible.span, message).with_help("add it to failures"));
            }
        }
    }
}

fn read_dedup(parent: &mut Fields<'_>, cx: &mut Reader) -> Dedup {
    let at = parent.at;
    let opened = parent.place("dedup", cx).and_then(|place| Fields::open(place, "dedup", cx));
    let Some(mut f) = opened else {
        return Dedup::correct(at);
    };
    let dedup = Dedup {
        by: f.or("by", DedupBy::Key, cx),
        constraint: f.or("constraint", Constraint::Unique, cx),
        window: f.get("window", cx),
        on_key_conflict: f.or("onKeyConflict", OnKeyConflict::Reject, cx),
        on_duplicate: f.or("onDuplicate", OnDuplicate::ReturnOriginal, cx),
        record: f.or("record", DedupRecord::SameTransaction, cx),
    };
    f.close(cx);
    dedup
}

impl Dedup {
    /// What a participant does that gives no cause for concern.
    #[must_use]
    pub fn correct(at: Span) -> Self {
        Dedup {
            by: Spanned::new(DedupBy::Key, at),
            constraint: Spanned::new(Constraint::Unique, at),
            window: None,
            on_key_conflict: Spanned::new(OnKeyConflict::Reject, at),
            on_duplicate: Spanned::new(OnDuplicate::ReturnOriginal, at),
            record: Spanned::new(DedupRecord::SameTransaction, at),
        }
    }
}

fn read_late_effect(parent: &mut Fields<'_>, cx: &mut Reader) -> Spanned<Duration> {
    let at = parent.at;
    let opened = parent.place("lateEffect", cx).and_then(|place| Fields::open(place, "lateEffect", cx));
    let Some(mut f) = opened else {
        return Spanned::new(Duration::ZERO, at);
    };
    let delay = f.need("maxDelay", cx);
    f.close(cx);
    delay.unwrap_or(Spanned::new(Duration::ZERO, at))
}

fn read_latency(parent: &mut Fields<'_>, cx: &mut Reader) -> Latency {
    let correct = |at| Latency {
        p50: Spanned::new(Duration::from_millis(200), at),
        p99: Spanned::new(Duration::from_secs(2), at),
    };
    let at = parent.at;
    let opened = parent.place("latency", cx).and_then(|place| Fields::open(place, "latency", cx));
    let Some(mut f) = opened else {
        return correct(at);
    };
    let p50: Option<Spanned<Duration>> = f.need("p50", cx);
    let p99: Option<Spanned<Duration>> = f.need("p99", cx);
    f.close(cx);
    let (Some(p50), Some(p99)) = (p50, p99) else {
        return correct(at);
    };
    if p99.value < p50.value {
        cx.report(UNIT_OR_TYPE.at(p99.span, format!("p99: {} is less than p50: {}", p99.value, p50.value)));
    }
    Latency { p50, p99 }
}

impl Read for Callbacks {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "callbacks", cx)?;
        let callbacks = Callbacks {
            span: place.at,
            max: f.or("max", 1, cx),
            id: f.or("id", CallbackId::Stable, cx),
            after_give_up: f.or("afterGiveUp", true, cx),
        };
        f.close(cx);
        Some(callbacks)
    }
}
