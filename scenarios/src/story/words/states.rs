//! The names of states and reasons that are not words of definition files.

use crate::change::{CaseReason, ChargeState, Mismatch, QuoteState, SagaState, Why};
use crate::definition::{Aggregate, Keyword, OrderState, StepState};
use crate::message::{Decision, Finding, Operation};
use crate::nodes::reconciler::is_case;

/// A saga's state as the seed writes it.
#[must_use]
pub const fn saga(state: SagaState) -> &'static str {
    match state {
        SagaState::Pending => "PENDING",
        SagaState::Executing => "EXECUTING",
        SagaState::UnknownOutcome => "UNKNOWN_OUTCOME",
        SagaState::Compensating => "COMPENSATING",
        SagaState::Completed => "COMPLETED",
        SagaState::Compensated => "COMPENSATED",
        SagaState::Fallout => "FALLOUT",
        SagaState::ManuallyClosed => "MANUALLY_CLOSED",
    }
}

/// A quote's state as TMF648 writes it.
#[must_use]
pub const fn quote(state: QuoteState) -> &'static str {
    match state {
        QuoteState::InProgress => "inProgress",
        QuoteState::Pending => "pending",
        QuoteState::Approved => "approved",
        QuoteState::Rejected => "rejected",
        QuoteState::Cancelled => "cancelled",
        QuoteState::Accepted => "accepted",
    }
}

/// A charge's state.
#[must_use]
pub const fn charge(state: ChargeState) -> &'static str {
    match state {
        ChargeState::Requested => "REQUESTED",
        ChargeState::Active => "ACTIVE",
        ChargeState::Stopped => "STOPPED",
        ChargeState::Credited => "CREDITED",
        ChargeState::Rejected => "REJECTED",
    }
}

/// A product's state as TMF637 writes it, by its number in the product machine.
#[must_use]
pub fn product(state: u8) -> &'static str {
    const STATES: [&str; 8] =
        ["created", "pendingActive", "active", "suspended", "pendingTerminate", "terminated", "cancelled", "aborted"];
    STATES.get(usize::from(state)).copied().unwrap_or("unknown")
}

/// The state of an aggregate by its number, as an event carries it.
#[must_use]
pub fn of_aggregate(of: Aggregate, state: u8) -> &'static str {
    const SAGA: [SagaState; 8] = [
        SagaState::Pending,
        SagaState::Executing,
        SagaState::UnknownOutcome,
        SagaState::Compensating,
        SagaState::Completed,
        SagaState::Compensated,
        SagaState::Fallout,
        SagaState::ManuallyClosed,
    ];
    const QUOTE: [QuoteState; 6] = [
        QuoteState::InProgress,
        QuoteState::Pending,
        QuoteState::Approved,
        QuoteState::Rejected,
        QuoteState::Cancelled,
        QuoteState::Accepted,
    ];
    const CHARGE: [ChargeState; 5] = [
        ChargeState::Requested,
        ChargeState::Active,
        ChargeState::Stopped,
        ChargeState::Credited,
        ChargeState::Rejected,
    ];
    let state = usize::from(state);
    let known = match of {
        Aggregate::Order | Aggregate::Item => OrderState::ALL.get(state).map(|s| s.word()),
        Aggregate::Step => StepState::ALL.get(state).map(|s| s.word()),
        Aggregate::Saga => SAGA.get(state).map(|s| saga(*s)),
        Aggregate::Quote => QUOTE.get(state).map(|s| quote(*s)),
        Aggregate::Charge => CHARGE.get(state).map(|s| charge(*s)),
        Aggregate::Product => Some(product(state as u8)),
    };
    known.unwrap_or("unknown")
}

/// Why a step changed its state, as the end of a sentence; empty where the change speaks for itself.
#[must_use]
pub const fn why(why: Why) -> &'static str {
    match why {
        Why::Ready | Why::Sent | Why::Replied | Why::Undone => "",
        Why::Resent => "sent again",
        Why::TimedOut => "no answer in time",
        Why::Failed => "the call failed",
        Why::Refused => "refused for a business reason",
        Why::Confirmed => "the participant confirms it",
        Why::FoundAbsent => "the participant has nothing of it",
        Why::Cancelled => "its item was cancelled",
        Why::ItemFailed => "its item failed",
        Why::NotNeeded => "not needed",
        Why::UndoFailed => "undoing it failed",
        Why::Person => "a person acted",
        Why::StoreError => "the store did not confirm the commit",
        Why::Redone => "to be done again",
        Why::LateSuccess => "a success that came after it was given up",
        Why::DeadlinePassed => "its deadline has passed",
        Why::GivenUp => "given up",
        Why::Policy => "the definition counts it as done",
    }
}

/// What a case is about.
#[must_use]
pub const fn case(reason: CaseReason) -> &'static str {
    match reason {
        CaseReason::RetriesExhausted => "the attempts are used up",
        CaseReason::Unresolved => "whether it happened stays unknown",
        CaseReason::Rejection => "the participant refuses",
        CaseReason::CompensationFailed => "undoing failed",
        CaseReason::SagaTimeout => "the saga took too long",
        CaseReason::UnmatchedReply => "an answer came that nobody waited for",
        CaseReason::Overdue => "it is overdue",
        CaseReason::Mismatch => "the systems disagree",
        CaseReason::Surplus => "a system has a record too many",
        CaseReason::DeadLetter => "a message could not be handled",
        CaseReason::Return => "it can no longer be undone, only returned",
        CaseReason::Decision => "a person is to decide",
    }
}

/// What the reconciler found.
#[must_use]
pub const fn mismatch(found: Mismatch) -> &'static str {
    match found {
        Mismatch::None => "everything in order",
        Mismatch::Missing => "a record missing",
        Mismatch::Duplicate => "a record too many",
        Mismatch::Orphan => "a record that nothing calls for",
    }
}

/// What a participant says of an earlier request, after "says that".
#[must_use]
pub const fn finding(finding: Finding) -> &'static str {
    match finding {
        Finding::Confirmed => "it has happened",
        Finding::Absent => "it has nothing of it",
        Finding::Partial => "only a part of it has happened",
        Finding::NotSupported => "it cannot be asked in this way",
        Finding::Failed => "it cannot answer now",
        Finding::Pending => "it is still at work on it",
    }
}

/// The outcome of a command or conversion.
#[must_use]
pub const fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Accepted => "accepted",
        Decision::AlreadyDone => "known already, not done again",
        Decision::Refused => "refused",
        Decision::Stale => "refused, because it names an old version",
        Decision::Deferred => "put off until what is in flight is known",
    }
}

/// What a person asks for about a case of this number. What comes of it is for others to say: a step that went on by itself
/// is not sent again.
#[must_use]
pub const fn operation(action: Operation, case: u16) -> &'static str {
    match action {
        Operation::RetryStep if is_case(case) => "has it compared again",
        Operation::RetryStep => "asks to go on with it",
        Operation::ResolveUnknown => "finds out what happened",
        Operation::Close => "closes the instance",
        Operation::Decide => "decides",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_again_about_a_case_of_the_reconciler() {
        assert_eq!(operation(Operation::RetryStep, 3), "asks to go on with it");
        assert_eq!(operation(Operation::RetryStep, 0x8003), "has it compared again");
    }
}
