//! Idempotency keys as templates: text and `${path}` parts.

/// A key as written: `${item.id}:SHIP:${plan.version}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyTemplate {
    /// The parts in order.
    pub parts: Vec<KeyPart>,
}

/// A part of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyPart {
    /// Fixed text.
    Text(String),
    /// What stands in `${...}`.
    Path(KeyPath),
}

/// What a key may be made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyPath {
    /// `order.id`
    OrderId,
    /// `item.id`
    ItemId,
    /// `charge.id`
    ChargeId,
    /// `charge.trialEnd`: the date on which the trial of the charge ends.
    ChargeTrialEnd,
    /// `quote.id`
    QuoteId,
    /// `quote.version`
    QuoteVersion,
    /// `plan.version`: the version of the order's execution plan.
    PlanVersion,
    /// `step.id`
    StepId,
    /// `step.revision`: how often the step was redone.
    StepRevision,
    /// `<name>.requestId`: allocated and stored before the first send.
    RequestId(String),
    /// `event.source`
    EventSource,
    /// `event.id`
    EventId,
    /// `<record>.<field>` of the record that an earlier step created, such as `reservation.id`.
    Record {
        /// The record, in the singular of its list.
        record: String,
        /// Its field.
        field: String,
    },
    /// `step.attempt`: volatile.
    StepAttempt,
    /// `message.id`: volatile.
    MessageId,
    /// `clock.now`: volatile.
    ClockNow,
    /// `random`: volatile.
    Random,
}
