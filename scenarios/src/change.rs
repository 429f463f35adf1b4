//! State changes as setters report them: what the fingerprint chains and the invariants judge.

pub mod kind;
mod state;
mod words;

pub use self::state::*;

use crate::definition::{OrderState, StepState};
use crate::message::{BusinessEvent, CallRef, Decision, Finding};
use crate::model::{ChargeIx, EffectIx, ItemIx, StepIx};

/// A state change.
#[derive(Clone, Copy, Debug, Hash)]
#[repr(u8)]
pub enum Change {
    /// A quote.
    Quote {
        /// The order it becomes.
        order: u16,
        /// Its version.
        version: u8,
        /// From.
        before: QuoteState,
        /// To.
        after: QuoteState,
        /// Whether it passed validation.
        validated: bool,
        /// The version that its approval names, 0 without one.
        approved_version: u8,
    },
    /// A quote's price or snapshot.
    Price {
        /// The order it becomes.
        order: u16,
        /// The quote's version.
        version: u8,
        /// The quote's state.
        state: QuoteState,
        /// The sum of its lines, in minor units.
        lines: i64,
        /// Its total, in minor units.
        total: i64,
        /// Whether a price trace was stored with it.
        traced: bool,
    },
    /// A price list was published while a quote was in this state.
    Published {
        /// The order it becomes.
        order: u16,
        /// The quote's version.
        version: u8,
        /// The quote's state.
        state: QuoteState,
        /// Whether the quote's price follows the new list.
        touched: bool,
    },
    /// An approval decision.
    Approval {
        /// The order the quote becomes.
        order: u16,
        /// The quote's version when the decision was applied.
        version: u8,
        /// The version that the decision names, 0 for none.
        decided: u8,
    },
    /// An order.
    Order {
        /// Which.
        order: u16,
        /// From.
        before: OrderState,
        /// To.
        after: OrderState,
    },
    /// An order was made; a second one of the same quote has another instance number.
    Created {
        /// Which.
        order: u16,
        /// How many orders of this quote there are now.
        instances: u8,
        /// The quote's accepted version.
        version: u8,
    },
    /// An order item.
    Item {
        /// The order.
        order: u16,
        /// Which.
        item: ItemIx,
        /// From.
        before: OrderState,
        /// To.
        after: OrderState,
        /// Whether the domain's state machine took it there; false: something wrote the state directly.
        by_machine: bool,
    },
    /// A saga instance.
    Saga {
        /// The order.
        order: u16,
        /// From.
        before: SagaState,
        /// To.
        after: SagaState,
    },
    /// A step.
    Step {
        /// The order.
        order: u16,
        /// Which.
        step: StepIx,
        /// From.
        before: StepState,
        /// To.
        after: StepState,
        /// How often it was redone.
        revision: u16,
        /// The attempt.
        attempt: u8,
        /// Why.
        why: Why,
    },
    /// An aggregate was written back.
    Saved {
        /// The order.
        order: u16,
        /// The version that was read.
        read: u16,
        /// The version that stood there.
        current: u16,
    },
    /// A request left.
    Sent {
        /// The call.
        call: CallRef,
        /// Its key.
        key: u64,
    },
    /// A participant answered: what it did under the key.
    Answered {
        /// The call.
        call: CallRef,
        /// The key.
        key: u64,
        /// A digest of the payload under the key.
        payload: u32,
        /// The record, 0 for none.
        record: u32,
        /// Whether it was an answer to a repetition.
        repeated: bool,
        /// Whether the key was known with another payload, and the request was refused.
        refused: bool,
    },
    /// A row was added to the ledger of real effects.
    Effect {
        /// Which.
        effect: EffectIx,
    },
    /// An outcome that was unknown was settled.
    Resolved {
        /// The call.
        call: CallRef,
        /// As what.
        as_done: bool,
        /// What the participant said.
        finding: Finding,
        /// Whether a participant was asked at all.
        asked: bool,
    },
    /// An outbox row.
    Row {
        /// The event.
        event: BusinessEvent,
        /// What happened to it.
        phase: RowPhase,
        /// Whether the change it tells was committed.
        committed: bool,
    },
    /// A transition that should have been told in an event, and how many events tell it.
    Told {
        /// The order.
        order: u16,
        /// The item.
        item: ItemIx,
        /// Events written in the same transaction.
        written: u8,
        /// Events that the definition asks for.
        asked: u8,
    },
    /// A consumer handled an event.
    Delivery {
        /// The event.
        event: BusinessEvent,
        /// The consumer.
        consumer: u8,
        /// What it did.
        phase: DeliveryPhase,
        /// The version of the aggregate that it had before.
        before: u16,
    },
    /// A read model's row.
    ReadModel {
        /// The consumer.
        consumer: u8,
        /// The type of the event: it tells of what the row is.
        emission: u8,
        /// The order.
        order: u16,
        /// The item.
        item: ItemIx,
        /// The state it shows now.
        state: u8,
        /// The version it shows now.
        version: u16,
        /// The version it showed before.
        before: u16,
    },
    /// A command was decided.
    Command {
        /// Index into the workload.
        placement: u16,
        /// The order.
        order: u16,
        /// The item.
        item: ItemIx,
        /// The decision.
        decision: Decision,
        /// The version that it named, and the one that stood there.
        expected: u16,
        /// The version that stood there.
        current: u16,
        /// How often a command of this key was carried out.
        times: u8,
    },
    /// A case.
    Case {
        /// The order.
        order: u16,
        /// The step; [`StepIx`] of any step of the item where it is about the item.
        step: StepIx,
        /// Its number.
        case: u16,
        /// What it is about.
        reason: CaseReason,
        /// What happened to it.
        phase: CasePhase,
        /// Whether a reason code and an audit row were stored with it.
        audited: bool,
        /// Whether the person may do this, and a second one approved where money is moved.
        authorised: bool,
    },
    /// The saga's timeout passed.
    Timeout {
        /// The order.
        order: u16,
        /// Whether a signal was raised.
        signalled: bool,
    },
    /// The reconciler compared.
    Reconciled {
        /// The order.
        order: u16,
        /// The item.
        item: ItemIx,
        /// The rule.
        rule: u8,
        /// What it found.
        found: Mismatch,
        /// Severity 0 to 3, 255 without one.
        severity: u8,
        /// Whether a repair was made or a case opened.
        acted: bool,
    },
    /// How many dashboard states hold for an item.
    Dashboard {
        /// The order.
        order: u16,
        /// The item.
        item: ItemIx,
        /// How many.
        holding: u8,
        /// The first of them, 255 for none.
        state: u8,
    },
    /// A compensation began.
    Compensation {
        /// The order.
        order: u16,
        /// The undo step.
        undo: StepIx,
        /// The step it undoes, as the running engine names it.
        undoes: Option<StepIx>,
        /// Whether it left an audit record.
        audited: bool,
    },
    /// A charge, in billing's own books.
    Charge {
        /// The order.
        order: u16,
        /// Which.
        charge: ChargeIx,
        /// From.
        before: ChargeState,
        /// To.
        after: ChargeState,
    },
    /// A product instance, in the asset system's own books.
    Product {
        /// The order.
        order: u16,
        /// The item.
        item: ItemIx,
        /// From (index into the product machine).
        before: u8,
        /// To.
        after: u8,
    },
    /// An event was handed to consumers once more, on purpose.
    Replayed {
        /// The event, under the id that it has now.
        event: BusinessEvent,
        /// The number that it had when it was told first.
        of: u16,
    },
    /// The circuit breaker of a system acts.
    Breaker {
        /// The order whose call it was.
        order: u16,
        /// Its step.
        step: StepIx,
        /// What it does.
        phase: BreakerPhase,
        /// The failures in a row.
        failures: u8,
    },
    /// A person did something that no case asked for.
    Act {
        /// The order.
        order: u16,
        /// The item; [`ItemIx::ORDER`]: the order itself.
        item: ItemIx,
        /// What.
        act: Act,
        /// Whether a reason code and an audit row were stored with it.
        audited: bool,
        /// Whether the person may do this.
        authorised: bool,
    },
}
