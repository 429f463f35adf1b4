//! The states that changes lead from and to, and why.

/// A saga's state: the first that applies over its items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SagaState {
    /// Not started.
    #[default]
    Pending,
    /// Steps are running.
    Executing,
    /// An outcome is unknown.
    UnknownOutcome,
    /// Something is being undone.
    Compensating,
    /// Everything that stands is done.
    Completed,
    /// Everything was undone.
    Compensated,
    /// A person has to act.
    Fallout,
    /// A person closed it.
    ManuallyClosed,
}

/// A quote's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum QuoteState {
    /// Being written.
    #[default]
    InProgress,
    /// Waiting for approval.
    Pending,
    /// Approved.
    Approved,
    /// Refused.
    Rejected,
    /// Withdrawn or expired.
    Cancelled,
    /// Accepted by the customer.
    Accepted,
}

/// A charge's state, as billing keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ChargeState {
    /// Asked for.
    #[default]
    Requested,
    /// Running.
    Active,
    /// No further period is charged.
    Stopped,
    /// What was charged is credited.
    Credited,
    /// Refused.
    Rejected,
}

/// Why a step changed its state, for stories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Why {
    /// Its time had come.
    #[default]
    Ready,
    /// It was sent.
    Sent,
    /// It was sent again.
    Resent,
    /// The participant answered.
    Replied,
    /// Nobody answered in time.
    TimedOut,
    /// The participant failed.
    Failed,
    /// The participant refused.
    Refused,
    /// A question was answered: the effect is there.
    Confirmed,
    /// A question was answered: the effect is not there.
    FoundAbsent,
    /// Its item was cancelled.
    Cancelled,
    /// Its item or the saga failed.
    ItemFailed,
    /// Its guard is false.
    NotNeeded,
    /// Its undo runs, or is done.
    Undone,
    /// Its undo failed.
    UndoFailed,
    /// A person acted.
    Person,
    /// The store did not confirm the commit.
    StoreError,
    /// It is redone.
    Redone,
    /// A success came after it was given up.
    LateSuccess,
    /// Its deadline passed.
    DeadlinePassed,
    /// An outcome was given up without being resolved.
    GivenUp,
    /// The definition says that it counts as done.
    Policy,
}

/// What a case is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CaseReason {
    /// The attempts are used up.
    #[default]
    RetriesExhausted,
    /// An outcome stayed unknown.
    Unresolved,
    /// The participant refused for a reason that a person must look at.
    Rejection,
    /// A compensation failed.
    CompensationFailed,
    /// The saga took too long.
    SagaTimeout,
    /// A reply that nobody waits for.
    UnmatchedReply,
    /// A human step is overdue.
    Overdue,
    /// The reconciler found a difference.
    Mismatch,
    /// The reconciler found a record too many, which somebody made by hand.
    Surplus,
    /// A message could not be handled.
    DeadLetter,
    /// A command that came too late.
    Return,
    /// A person is asked to decide.
    Decision,
}

/// The life of a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CasePhase {
    /// Opened.
    #[default]
    Opened,
    /// A person took it up.
    Taken,
    /// Closed.
    Closed,
    /// Closed with an approved exception: what is wrong stays so, knowingly.
    Excepted,
}

/// The way of an outbox row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RowPhase {
    /// Written, in the same transaction as its change.
    #[default]
    Written,
    /// The broker took it in.
    Accepted,
    /// Marked as published.
    Marked,
    /// Put aside because it cannot be published.
    Parked,
    /// The broker dropped it: a repetition, or nobody subscribed.
    Dropped,
}

/// The way of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DeliveryPhase {
    /// Handled: applied, or its effect is done.
    #[default]
    Handled,
    /// Recognised as a repetition, or as nothing to act on.
    Ignored,
    /// Put aside.
    Parked,
    /// Given up.
    DeadLettered,
}

/// What the reconciler found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Mismatch {
    /// Everything as it must be.
    #[default]
    None,
    /// Fewer records than there must be.
    Missing,
    /// More.
    Duplicate,
    /// A record whose subject does not call for it.
    Orphan,
}

/// What a person does beside cases and commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Act {
    /// Has the events of the order handed out once more.
    #[default]
    ReplaysEvents,
    /// Makes a record at a system by hand, past the OMS.
    CorrectsRecord,
}

/// What a circuit breaker does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BreakerPhase {
    /// It opens: calls are held back.
    #[default]
    Opens,
    /// It holds a call back.
    HoldsBack,
    /// It lets one call through to see.
    Tries,
    /// It closes.
    Closes,
}
