//! What the OMS stores: one aggregate per order, with its items and the rows of its saga's steps.

use sim_core::Time;
use sim_core::hash::Unhashed;

use crate::change::SagaState;
use crate::definition::{OrderState, StepState};
use crate::model::StepIx;

/// What the row of a step waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Wait {
    /// Nothing.
    #[default]
    Nothing,
    /// The answer to an attempt.
    Answer,
    /// The time of the next attempt.
    Retry,
    /// The time of the next question.
    Question,
    /// The answer to a question.
    Finding,
    /// A callback, a person, or a date.
    Later,
}

/// Whether a step is done again under another revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Redo {
    /// It is not.
    #[default]
    No,
    /// It will be once its outcome is known.
    Wanted,
    /// It is: until it is done again, what comes after it waits.
    Running,
}

/// The row of a step: forward or undo. All of it is durable; timers are armed from it after a restart.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Row {
    /// Where the step stands.
    pub state: StepState,
    /// What it waits for.
    pub wait: Wait,
    /// The attempt, from 1; 0 before the first.
    pub attempt: u8,
    /// Attempts that count against the budget: a person's retry starts it anew.
    pub spent: u8,
    /// Questions asked about this attempt.
    pub polls: u8,
    /// How many of them were asked before the participant was found at work: the schedule begins anew.
    pub polls_before: u8,
    /// Whether the participant has taken the request and will call back.
    pub accepted: bool,
    /// Whether it was given up while its outcome was unknown, or failed: a success is then late.
    pub given_up: bool,
    /// Whether an attempt failed in a way that its effect may have come before: then it is not known to have failed.
    pub in_doubt: bool,
    /// Whether a person closed the case about it with an approved exception: what is not done stays so.
    pub excepted: bool,
    /// Whether it is done again.
    pub redo: Redo,
    /// Whether its next attempt waits for a step before it that is done again.
    pub held: bool,
    /// How often a person sent it again.
    pub interventions: u8,
    /// How often it was redone.
    pub revision: u16,
    /// The open case about it, 0 for none.
    pub case: u16,
    /// The record that it made.
    pub record: u32,
    /// The key of its last request.
    pub key: u64,
    /// When the first request of this revision left.
    pub started: Time,
    /// When the last request left.
    pub sent: Time,
    /// When what it waits for is due.
    pub due: Time,
    /// When the last question was asked.
    pub asked: Time,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            state: StepState::Pending,
            wait: Wait::Nothing,
            attempt: 0,
            spent: 0,
            polls: 0,
            polls_before: 0,
            accepted: false,
            given_up: false,
            in_doubt: false,
            excepted: false,
            redo: Redo::No,
            held: false,
            interventions: 0,
            revision: 0,
            case: 0,
            record: 0,
            key: 0,
            started: Time::START,
            sent: Time::START,
            due: Time::START,
            asked: Time::START,
        }
    }
}

impl Row {
    /// Whether nothing more happens to it by itself.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(
            self.state,
            StepState::Completed
                | StepState::Rejected
                | StepState::Failed
                | StepState::Skipped
                | StepState::Compensated
                | StepState::CompensationFailed
        )
    }
}

/// Why an item is being undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Undoing {
    /// It is not.
    #[default]
    No,
    /// It is to be undone, which waits for what is in flight: the step that is its point of no return.
    Assessing,
    /// It was cancelled.
    Cancelled,
    /// It failed.
    Failed,
    /// The saga failed.
    SagaFailed,
}

/// An order item.
#[derive(Clone, Copy, Debug, Hash)]
pub struct ItemRow {
    /// Whether the order has it.
    pub present: bool,
    /// Its state.
    pub state: OrderState,
    /// The state it goes back to when a cancellation is denied.
    pub before: OrderState,
    /// Whether it is being undone.
    pub undoing: Undoing,
    /// While that is assessed: why it would be.
    pub assessed: Undoing,
    /// The command that asked for the cancellation, to be answered when it is decided; `u16::MAX` for none.
    pub command: u16,
    /// When it completed.
    pub completed: Time,
    /// The dashboard states that hold, as counted last: count, first.
    pub dashboard: (u8, u8),
    /// The states that they were counted for, 0 before that. It follows from the rest.
    pub counted_for: Unhashed<u64>,
}

impl Default for ItemRow {
    fn default() -> Self {
        Self {
            present: false,
            state: OrderState::Acknowledged,
            before: OrderState::Acknowledged,
            undoing: Undoing::No,
            assessed: Undoing::No,
            command: u16::MAX,
            completed: Time::NEVER,
            dashboard: (1, u8::MAX),
            counted_for: Unhashed(0),
        }
    }
}

/// An order with its saga instance.
#[derive(Clone, Copy, Debug, Hash)]
pub struct Head {
    /// Saga instances started: 0 before the first.
    pub instances: u8,
    /// Orders made of the quote: more than one is a duplicate.
    pub orders: u8,
    /// The attempt of the conversion that is to be answered.
    pub conversion: u8,
    /// The version of the aggregate, raised by every save.
    pub version: u16,
    /// The order's state.
    pub state: OrderState,
    /// The saga's state.
    pub saga: SagaState,
    /// The version of the execution plan.
    pub plan: u16,
    /// The accepted version of the quote.
    pub quote: u8,
    /// Cases opened so far.
    pub cases: u16,
    /// Cases open now.
    pub open_cases: u16,
    /// When it was made.
    pub created: Time,
    /// When its timeout is due; [`Time::NEVER`] without one or once it fired.
    pub timeout: Time,
    /// Whether the whole saga is being undone.
    pub failing: bool,
    /// Whether a person closed it.
    pub closed: bool,
    /// The traits of its items.
    pub traits: u32,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            instances: 0,
            orders: 0,
            conversion: 0,
            version: 0,
            state: OrderState::Acknowledged,
            saga: SagaState::Pending,
            plan: 1,
            quote: 1,
            cases: 0,
            open_cases: 0,
            created: Time::START,
            timeout: Time::NEVER,
            failing: false,
            closed: false,
            traits: 0,
        }
    }
}

/// Where a step's row is.
#[must_use]
pub fn place(order: u16, rows: usize, step: StepIx) -> usize {
    usize::from(order) * rows + step.ix()
}
