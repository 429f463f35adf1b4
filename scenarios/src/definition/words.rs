//! The words that several parts of a definition share: what happens next, failures, states, roles of a step.

use super::keyword::{Keyword, keywords};
use super::reader::{Scalar, Takes};

keywords! {
    /// What happens next. One vocabulary for every place that decides; each place allows some of these.
    "action" NextAction {
        /// The step or item counts as done.
        Complete = "COMPLETE",
        /// The step goes on; a further answer is awaited.
        Progress = "PROGRESS",
        /// The same request is sent again under the same key.
        RetrySameKey = "RETRY_SAME_KEY",
        /// The same request is sent again under a new key: a known bad practice.
        RetryNewKey = "RETRY_NEW_KEY",
        /// The step or command is refused.
        Reject = "REJECT",
        /// The item fails; its completed steps are compensated.
        FailItem = "FAIL_ITEM",
        /// The whole order is rejected before anything was done.
        RejectOrder = "REJECT_ORDER",
        /// The whole saga is compensated.
        Compensate = "COMPENSATE",
        /// The item's steps are compensated, in reverse dependency order.
        CompensateItem = "COMPENSATE_ITEM",
        /// The step is undone and done again under the next revision.
        RedoStep = "REDO_STEP",
        /// The item can no longer be undone: a return is opened for it.
        ReturnOrder = "RETURN_ORDER",
        /// The item waits until a person or an event releases it.
        HoldItem = "HOLD_ITEM",
        /// The message is put aside and kept.
        Park = "PARK",
        /// The message is dropped: a known bad practice.
        Drop = "DROP",
        /// The message is taken as it is.
        Apply = "APPLY",
        /// A case is opened for the people who run the saga.
        OpenFalloutCase = "OPEN_FALLOUT_CASE",
        /// A case is opened for the people who repair records.
        OpenRepairCase = "OPEN_REPAIR_CASE",
        /// A step in flight is resolved first, then the command is decided.
        ResolveThenDecide = "RESOLVE_THEN_DECIDE",
        /// The command is decided at once, whatever is in flight: a known bad practice.
        DecideAtOnce = "DECIDE_AT_ONCE",
        /// A repeated command is answered with what the first one made.
        ReturnExisting = "RETURN_EXISTING",
        /// A repeated command makes another one: a known bad practice.
        CreateAnother = "CREATE_ANOTHER",
        /// A derived copy is built again from its source.
        Rebuild = "REBUILD",
        /// The read model's row is repaired.
        RepairReadModel = "REPAIR_READ_MODEL",
        /// The charge is stopped and what was charged is credited.
        StopAndCredit = "STOP_AND_CREDIT",
        /// The hold is released.
        Release = "RELEASE",
        /// The difference is ignored: a known bad practice.
        Ignore = "IGNORE",
    }
}

keywords! {
    /// A failure that a call may end with.
    "failure" Failure {
        /// The request never left the caller.
        NotSent = "NOT_SENT",
        /// No answer within the attempt's timeout: the request was sent, its effect is unknown.
        Timeout = "TIMEOUT",
        /// The participant failed inside; its effect is unknown.
        Http500 = "HTTP_500",
        /// A gateway in between failed.
        Http502 = "HTTP_502",
        /// The participant is not available.
        Http503 = "HTTP_503",
        /// A gateway in between waited too long.
        Http504 = "HTTP_504",
        /// Too many requests.
        RateLimit = "RATE_LIMIT",
        /// The request is malformed or incomplete.
        ValidationError = "VALIDATION_ERROR",
        /// The request is well-formed and refused for a business reason.
        BusinessRejection = "BUSINESS_REJECTION",
        /// The caller may not do this.
        Unauthorized = "UNAUTHORIZED",
    }
}

/// An entry of a retry policy's lists: one failure, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureMatch {
    /// This failure.
    One(Failure),
    /// Every failure (`ANY`).
    Any,
}

impl FailureMatch {
    /// True when the entry covers the failure.
    #[must_use]
    pub fn covers(self, failure: Failure) -> bool {
        match self {
            FailureMatch::One(one) => one == failure,
            FailureMatch::Any => true,
        }
    }

    /// The word as it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            FailureMatch::One(one) => one.word(),
            FailureMatch::Any => "ANY",
        }
    }
}

keywords! {
    /// What a step is.
    "step kind" StepKind {
        /// A question without an effect.
        Validation = "validation",
        /// A hold that can be released.
        Reservation = "reservation",
        /// A service is activated.
        Provisioning = "provisioning",
        /// A product instance is recorded.
        Asset = "asset",
        /// A charge is activated.
        Billing = "billing",
        /// Goods leave the house.
        Shipping = "shipping",
        /// The customer is told something.
        Notification = "notification",
        /// Work in the field or at a supplier that reports back through callbacks.
        Task = "task",
        /// One local transaction of a node; no call leaves.
        Local = "local",
        /// Another saga is started and awaited.
        Subsaga = "subsaga",
        /// A person decides.
        Human = "human",
        /// Time passes until a date of the order.
        Wait = "wait",
    }
}

impl StepKind {
    /// True when a step of this kind names an operation in `call`.
    #[must_use]
    pub fn calls(self) -> bool {
        !matches!(self, StepKind::Local | StepKind::Subsaga | StepKind::Human | StepKind::Wait)
    }
}

keywords! {
    /// The state of an order or an order item (TMF622).
    "order state" OrderState {
        /// Received and stored.
        Acknowledged = "acknowledged",
        /// Refused; nothing was done. Final.
        Rejected = "rejected",
        /// Waiting for something outside.
        Pending = "pending",
        /// Held back until a person or an event releases it.
        Held = "held",
        /// Its steps are running.
        InProgress = "inProgress",
        /// Cancelled and undone. Final.
        Cancelled = "cancelled",
        /// Done. Final.
        Completed = "completed",
        /// Not done. Final.
        Failed = "failed",
        /// Done in part. Final.
        Partial = "partial",
        /// A cancellation was asked for and is being decided.
        AssessingCancellation = "assessingCancellation",
        /// A cancellation was granted and is being carried out.
        PendingCancellation = "pendingCancellation",
    }
}

impl OrderState {
    /// Whether an order or item in this state changes no more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Partial) || self.is_undone()
    }

    /// Whether it came to nothing: nothing may stand of it.
    #[must_use]
    pub const fn is_undone(self) -> bool {
        matches!(self, Self::Rejected | Self::Cancelled | Self::Failed)
    }
}

keywords! {
    /// The state of a saga step.
    "step state" StepState {
        /// Its predecessors are not done.
        Pending = "PENDING",
        /// It may start.
        Ready = "READY",
        /// Its request was sent.
        Sent = "SENT",
        /// It is done.
        Completed = "COMPLETED",
        /// It was refused for a business reason.
        Rejected = "REJECTED",
        /// It failed for good.
        Failed = "FAILED",
        /// Whether its effect happened is not known.
        Unknown = "UNKNOWN_OUTCOME",
        /// It is not needed.
        Skipped = "SKIPPED",
        /// Its compensation runs.
        Compensating = "COMPENSATING",
        /// Its compensation is done.
        Compensated = "COMPENSATED",
        /// Its compensation failed for good.
        CompensationFailed = "COMPENSATION_FAILED",
    }
}

keywords! {
    /// How an outcome is asked for.
    "query" QueryBy {
        /// By the key that the request carried.
        IdempotencyKey = "byIdempotencyKey",
        /// By the order item that the request was for.
        BusinessKey = "byBusinessKey",
        /// By the participant's own id; of no use when the answer was lost.
        ExternalReference = "byExternalReference",
    }
}

keywords! {
    /// Whether something must be given.
    "requirement" Requirement {
        /// It must be given; what lacks it is refused.
        Required = "required",
        /// It may be left out.
        Optional = "optional",
    }
}

keywords! {
    /// How bad a mismatch is (seed 22.3).
    "severity" Severity {
        /// Immediate repair.
        P0 = "P0",
        /// Stop or credit, then investigate.
        P1 = "P1",
        /// Repair of a read model.
        P2 = "P2",
        /// Rebuild in a batch.
        P3 = "P3",
    }
}

impl Scalar for FailureMatch {
    fn takes() -> Takes {
        let Takes::Word(what, mut words) = Failure::takes() else { return Takes::One("failure") };
        words.push(("ANY", "Every failure that no list of the policy names."));
        Takes::Word(what, words)
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text == "ANY" { Ok(FailureMatch::Any) } else { Failure::parse(text).map(FailureMatch::One) }
    }
}
