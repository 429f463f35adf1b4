//! Steps.

use super::actions::{CancelAfterPivot, OnDuplicateKey, OnReject, Outcome, Overdue};
use super::code::{MISSING_FIELD, UNIT_OR_TYPE, UNKNOWN_FIELD};
use super::keys::{KeyPath, KeyTemplate};
use super::node::shorten;
use super::reader::{Fields, Place, Read, Reader};
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
    /// What a local step writes in its one transaction; where it is not written, all that belongs to it.
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

/// The word for the rows of the outbox in the `tx` of a local step.
pub const OUTBOX: &str = "Outbox";

impl Step {
    /// Whether it says what it writes in its one transaction, and this is not among it.
    #[must_use]
    pub fn leaves_out_of_tx(&self, what: &str) -> bool {
        !self.tx.is_empty() && !self.tx.iter().any(|written| written.value == what)
    }

    /// True when it is written as a point of no return.
    #[must_use]
    pub fn is_pivot(&self) -> bool {
        self.pivot.as_ref().is_some_and(|pivot| pivot.value)
    }

    /// What a person decides, or does not decide in time, must lead to something that can be done for a step without a call.
    fn check_decision(&self, cx: &mut Reader) {
        use NextAction::{
            Compensate, CompensateItem, Complete, FailItem, HoldItem, OpenFalloutCase, OpenRepairCase, Park, Progress,
            RedoStep, Reject, RejectOrder, ReturnOrder,
        };
        let can_follow = |action: NextAction| {
            matches!(
                action,
                Complete
                    | Progress
                    | Reject
                    | FailItem
                    | RejectOrder
                    | Compensate
                    | CompensateItem
                    | RedoStep
                    | ReturnOrder
                    | HoldItem
                    | Park
                    | OpenFalloutCase
                    | OpenRepairCase
            )
        };
        let of_outcomes = self.outcomes.iter().map(|entry| (format!("outcome \"{}\"", entry.id.value), &entry.value));
        let all = of_outcomes.chain(self.overdue.iter().map(|action| ("overdue".to_owned(), action)));
        for (what, action) in all.filter(|(_, action)| !can_follow(action.value)) {
            let message =
                format!("step \"{}\", {what}: {} cannot follow a person's decision", self.id.value, action.value);
            let help = "write COMPLETE, PROGRESS, FAIL_ITEM, REJECT_ORDER, COMPENSATE, REDO_STEP, HOLD_ITEM or OPEN_FALLOUT_CASE";
            cx.report(UNIT_OR_TYPE.at(action.span, message).with_help(help));
        }
        let decides = |entry: &super::span::Named<Spanned<NextAction>>| entry.value.value != Progress;
        if !self.outcomes.is_empty() && !self.outcomes.iter().any(decides) {
            let message = format!("step \"{}\": no outcome decides it, all put it off", self.id.value);
            cx.report(UNIT_OR_TYPE.at(self.span, message).with_help("write one that leads to COMPLETE"));
        }
        if let Some(entry) = self.outcomes.iter().nth(crate::model::OUTCOMES_MAX) {
            let message = format!(
                "step \"{}\" has more than {} outcomes: a decision cannot come to any more",
                self.id.value,
                crate::model::OUTCOMES_MAX
            );
            cx.report(UNIT_OR_TYPE.at(entry.id.span, message));
        }
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

impl Read for Step {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "step", cx)?;
        if let Some(id) = f.peek("id") {
            f.what = format!("step \"{}\"", shorten(id));
        }
        let id: Option<Spanned<String>> = f.need("id", cx);
        if let Some(id) = &id {
            f.at = id.span;
        }
        let kind: Option<Spanned<StepKind>> = f.need("kind", cx);
        let (Some(id), Some(kind)) = (&id, kind) else {
            cx.unread.extend(id.map(|id| id.value));
            return None;
        };
        let id = id.clone();
        let step = Step {
            span: id.span,
            item: f.get("item", cx),
            after: f.list("after", cx),
            when: f.get("when", cx),
            call: f.get("call", cx),
            key: f.get("key", cx),
            attempt_timeout: f.get("attemptTimeout", cx),
            deadline: f.get("deadline", cx),
            retry: f.get("retry", cx),
            compensation: f.list("compensation", cx),
            pivot: f.get("pivot", cx),
            after_pivot: f.get("afterPivot", cx),
            replay_safe: f.get("replaySafe", cx),
            charge: f.get("charge", cx),
            on_reject: f.next_by_name::<OnReject>("onReject", cx),
            outcomes: f.next_by_name::<Outcome>("outcomes", cx),
            node: f.get("node", cx),
            tx: f.list("tx", cx),
            on_duplicate: f.next::<OnDuplicateKey>("onDuplicate", cx),
            role: f.get("role", cx),
            due: f.get("due", cx),
            overdue: f.next::<Overdue>("overdue", cx),
            binds: f.get("binds", cx),
            until: f.get("until", cx),
            saga: f.get("saga", cx),
            saga_version: f.get("sagaVersion", cx),
            id,
            kind,
        };
        let useless = useless(kind.value);
        check_kind(&f, kind.value, &useless, cx);
        if step.kind.value == StepKind::Human {
            step.check_decision(cx);
        }
        f.close_without(&useless, cx);
        Some(step)
    }
}

/// The fields that only some kinds of step have a use for.
const FIELDS_OF_KINDS: [(&str, &[StepKind]); 12] = [
    ("charge", &[StepKind::Billing]),
    ("outcomes", &[StepKind::Task, StepKind::Human]),
    ("node", &[StepKind::Local]),
    ("tx", &[StepKind::Local]),
    ("onDuplicate", &[StepKind::Local]),
    ("role", &[StepKind::Human]),
    ("due", &[StepKind::Human]),
    ("overdue", &[StepKind::Human]),
    ("binds", &[StepKind::Human]),
    ("until", &[StepKind::Wait]),
    ("saga", &[StepKind::Subsaga]),
    ("sagaVersion", &[StepKind::Subsaga]),
];

/// The fields that a step without a call has no use for.
const FIELDS_OF_CALLS: [&str; 3] = ["call", "attemptTimeout", "onReject"];

/// The field that a step of a kind cannot do without.
fn needed(kind: StepKind) -> Option<&'static str> {
    match kind {
        StepKind::Local => None,
        StepKind::Subsaga => Some("saga"),
        StepKind::Human => Some("role"),
        StepKind::Wait => Some("until"),
        _ => Some("call"),
    }
}

/// The fields that a step of a kind has no use for.
fn useless(kind: StepKind) -> Vec<&'static str> {
    let others = FIELDS_OF_KINDS.iter().filter(|(_, kinds)| !kinds.contains(&kind)).map(|(key, _)| *key);
    let calls = FIELDS_OF_CALLS.into_iter().filter(|_| !kind.calls());
    others.chain(calls).collect()
}

/// What a kind of step has beside what all steps have: the field that it needs, and those that it may have.
#[must_use]
pub fn fields_of_kind(kind: StepKind) -> (Option<&'static str>, Vec<&'static str>) {
    let (needed, useless) = (needed(kind), useless(kind));
    let particular = FIELDS_OF_CALLS.into_iter().chain(FIELDS_OF_KINDS.iter().map(|(key, _)| *key));
    (needed, particular.filter(|key| Some(*key) != needed && !useless.contains(key)).collect())
}

/// Reports the field that the kind cannot do without, and those that it has no use for.
fn check_kind(f: &Fields<'_>, kind: StepKind, useless: &[&'static str], cx: &mut Reader) {
    if let Some(key) = needed(kind).filter(|key| f.written(key).is_none()) {
        cx.report(MISSING_FIELD.at(f.at, format!("{} is of kind {kind} and has no \"{key}\"", f.what)));
    }
    for place in useless.iter().filter_map(|key| f.written(key)) {
        let message = format!("{} is of kind {kind} and has no use for \"{}\"", f.what, place.name);
        cx.report(UNKNOWN_FIELD.at(place.at, message));
    }
}

impl Read for AfterPivot {
    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let mut f = Fields::open(place, "afterPivot", cx)?;
        let after = AfterPivot { span: place.at, cancel: f.next::<CancelAfterPivot>("cancel", cx) };
        f.close(cx);
        Some(after)
    }
}
