//! What may come next at each place that decides: of the one vocabulary of [`NextAction`] those that the simulation acts upon there.
//!
//! A place that something new can follow at gets the action in its list here, and the node that owns the place acts on it.

use std::marker::PhantomData;

use super::keyword::Keyword as _;
use super::reader::{Fields, Reader, Scalar, Takes};
use super::span::{Named, NamedList, Spanned};
use super::words::NextAction::{self, *};
use crate::nearest::nearest;

/// A place that says what comes next, for reference pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionPlace {
    /// The key, as [`file_keys`](super::file_keys) names it.
    pub path: &'static str,
    /// What decides there.
    pub about: &'static str,
    /// What may stand there.
    pub actions: &'static [NextAction],
}

/// A place as a type: what is read there is one of its actions.
pub(crate) trait Decides {
    const PLACE: ActionPlace;
}

/// What can follow an answer of a task or a decision of a person.
const AFTER_AN_ANSWER: &[NextAction] = &[
    Progress,
    RetrySameKey,
    RetryNewKey,
    Complete,
    RedoStep,
    FailItem,
    Reject,
    CompensateItem,
    RejectOrder,
    Compensate,
    HoldItem,
    OpenFalloutCase,
    OpenRepairCase,
    ReturnOrder,
    Park,
    Ignore,
    Drop,
];

/// What can follow a step that did not end well: the same, but that there is no progress to wait for.
const AFTER_A_STEP: &[NextAction] = {
    let [Progress, rest @ ..] = AFTER_AN_ANSWER else { panic!("progress comes first") };
    rest
};

/// What can follow when the attempts are used up: not another one, which would be the next to be one too many.
const AFTER_THE_ATTEMPTS: &[NextAction] = {
    let [RetrySameKey, RetryNewKey, rest @ ..] = AFTER_A_STEP else { panic!("what sends again comes first") };
    rest
};

/// What can follow where a person has not decided in time: as what a person decides, for there is no call to send again.
const AFTER_A_PERSON: &[NextAction] = &[
    OpenFalloutCase,
    Progress,
    Complete,
    FailItem,
    Reject,
    CompensateItem,
    RejectOrder,
    Compensate,
    RedoStep,
    HoldItem,
    OpenRepairCase,
    ReturnOrder,
    Park,
];

/// What can follow a message that a consumer does not handle.
const AFTER_A_MESSAGE: &[NextAction] = &[Park, HoldItem, OpenFalloutCase, OpenRepairCase, Reject, Ignore, Drop];

macro_rules! places {
    ($( #[doc = $about:literal] $path:literal $name:ident = $actions:expr; )+) => {
        $(
            #[doc = $about]
            pub(crate) struct $name;

            impl Decides for $name {
                const PLACE: ActionPlace = ActionPlace { path: $path, about: $about.trim_ascii(), actions: $actions };
            }
        )+

        /// All places that say what comes next, in the order of the files.
        pub const ACTION_PLACES: &[ActionPlace] = &[$( $name::PLACE ),+];
    };
}

places! {
    /// The saga took longer than `within`.
    "saga.timeout.then" AfterTimeout = &[OpenFalloutCase, Compensate, Ignore, Drop];
    /// The attempts are used up.
    "saga.retry.POLICY.fallback" Fallback = AFTER_THE_ATTEMPTS;
    /// The participant says that the effect is there.
    "saga.unknownOutcome.POLICY.confirmed" Confirmed = AFTER_A_STEP;
    /// The participant says that the effect is not there, and that is final.
    "saga.unknownOutcome.POLICY.absent" Absent = AFTER_A_STEP;
    /// The questions are used up.
    "saga.unknownOutcome.POLICY.unresolved.then" UnresolvedThen = AFTER_A_STEP;
    /// A success came after the step was given up, and its item does not want it any more.
    "saga.unknownOutcome.POLICY.lateSuccess" LateSuccess =
        &[Compensate, CompensateItem, OpenFalloutCase, OpenRepairCase, Ignore, Drop];
    /// The participant refused, for a reason of its contract; `other` stands for the rest.
    "saga.steps[STEP].onReject" OnReject = AFTER_A_STEP;
    /// A callback of a task came, or a person decided, by the name of the outcome; a person's word leads to what `overdue` can lead to.
    "saga.steps[STEP].outcomes" Outcome = AFTER_AN_ANSWER;
    /// Nobody decided by `due`.
    "saga.steps[STEP].overdue" Overdue = AFTER_A_PERSON;
    /// The item is past its point of no return when its cancellation is asked for.
    "saga.steps[STEP].afterPivot.cancel" CancelAfterPivot = &[ReturnOrder, CompensateItem, Reject, Ignore, Drop];
    /// The key of a local step was used before.
    "saga.steps[STEP].onDuplicate" OnDuplicateKey = &[ReturnExisting, CreateAnother];
    /// The undo failed for good.
    "saga.compensations.COMPENSATION.onFailure" UndoFailed = &[OpenFalloutCase, OpenRepairCase, HoldItem, Park, Ignore];
    /// The command is given while the point of no return is in flight.
    "saga.commands.COMMAND.ifInFlight" IfInFlight = &[ResolveThenDecide, DecideAtOnce];
    /// The command is taken; REDO_STEP is for a command about a step, the others are for items and orders.
    "saga.commands.COMMAND.then" CommandThen = &[CompensateItem, Compensate, RedoStep];
    /// The command is given in a state that is not listed.
    "saga.commands.COMMAND.otherwise" CommandOtherwise = &[Reject];
    /// The payload has a version that the consumer does not know.
    "saga.consumers[CONSUMER].onNewerVersion" NewerVersion =
        &[Park, HoldItem, OpenFalloutCase, OpenRepairCase, Apply, Reject, Ignore, Drop];
    /// The consumer's work failed for good.
    "saga.consumers[CONSUMER].onFailure" ConsumerFailed = AFTER_A_MESSAGE;
    /// The reconciler found a difference.
    "saga.reconcile[RULE].repair" Repair =
        &[OpenRepairCase, OpenFalloutCase, StopAndCredit, Release, Rebuild, RepairReadModel, Ignore, Drop];
}

/// An action of one place, while it is read.
struct At<P>(NextAction, PhantomData<P>);

impl<P: Decides> Scalar for At<P> {
    fn takes() -> Takes {
        Takes::Action(P::PLACE)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let words = P::PLACE.actions.iter().map(|action| action.word());
        if let Some(action) = P::PLACE.actions.iter().find(|action| action.word() == text) {
            return Ok(At(*action, PhantomData));
        }
        let all: Vec<_> = words.clone().collect();
        let expected = format!("expected one of {}", all.join(", "));
        Err(match (NextAction::from_word(text), nearest(text, words)) {
            (Some(_), _) => format!("is nothing that can follow here; {expected}"),
            (None, Some(near)) => format!("is no action; did you mean \"{near}\"?"),
            (None, None) => format!("is no action; {expected}"),
        })
    }
}

impl Fields<'_> {
    /// What comes next at a place.
    pub fn next<P: Decides>(&mut self, key: &'static str, cx: &mut Reader) -> Option<Spanned<NextAction>> {
        self.get::<Spanned<At<P>>>(key, cx).map(|action| action.map(|at| at.0))
    }

    /// What comes next at a place, for each of several reasons.
    pub fn next_by_name<P: Decides>(&mut self, key: &'static str, cx: &mut Reader) -> NamedList<Spanned<NextAction>> {
        let read: NamedList<Spanned<At<P>>> = self.list(key, cx);
        let plain = |named: Named<Spanned<At<P>>>| Named { id: named.id, value: named.value.map(|at| at.0) };
        NamedList(read.0.into_iter().map(plain).collect())
    }
}
