//! What nodes send each other, and the timers they set. Small and `Copy`; texts are rendered from tables when read.

mod channel;

use sim_core::hash::mix;
use sim_core::{PartId, Subject, Time};

use crate::model::{Model, StepIx};
use crate::nodes::broker::BrokerMessage;
use crate::nodes::consumer::ConsumerMessage;
use crate::nodes::cpq::CpqMessage;
use crate::nodes::oms::OmsMessage;
use crate::nodes::outside::OutsideMessage;
use crate::nodes::participant::ParticipantMessage;
use crate::nodes::reconciler::ReconcilerMessage;
use crate::nodes::relay::RelayMessage;

pub use channel::{CHANNELS, Channel};

/// Salts the names of a step for the questions about its call.
pub const QUESTION: u64 = 0x9E51;
/// Salts them for its callbacks, each copy of which has a name of its own.
pub const CALLBACK: u64 = 0xCA11;

/// The names of what travels about a call of this step: request and reply, questions and answers, the first callback.
#[must_use]
pub fn names_about(model: &Model, step: StepIx) -> [u64; 3] {
    let names = model.step(step).names;
    [names, mix(names, QUESTION), mix(names, CALLBACK)]
}

/// One attempt of one call: what the caller knows it by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CallRef {
    /// The order, from 0.
    pub order: u16,
    /// The step: forward, undo, or the call of a consumer.
    pub step: StepIx,
    /// How often the step was redone; of a consumer's call: the number of the event at its emitter.
    pub revision: u16,
    /// The attempt, from 1.
    pub attempt: u8,
}

impl CallRef {
    /// Its subject: the step's names, and order, revision and attempt.
    #[must_use]
    pub fn subject(self, model: &Model) -> Subject {
        Subject::new(
            model.step(self.step).names,
            u64::from(self.order) | u64::from(self.revision) << 16 | u64::from(self.attempt) << 32,
        )
    }
}

/// How a call was answered, as the caller sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Done.
    #[default]
    Succeeded,
    /// Taken; the result comes in a callback.
    Accepted,
    /// Failed with this class.
    Failed(crate::definition::Failure),
    /// Refused for a business reason: index into the operation's rejections, 255 for one without a name.
    Rejected(u8),
}

impl Answer {
    /// A reason without a name.
    pub const UNNAMED: u8 = u8::MAX;
}

/// What a participant says of an earlier request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Finding {
    /// Its effect is there.
    #[default]
    Confirmed,
    /// It is not, as far as the participant knows now.
    Absent,
    /// Only a part of it is there.
    Partial,
    /// The participant cannot be asked in this way.
    NotSupported,
    /// The question itself failed.
    Failed,
    /// The participant has taken it on and is still at work on it.
    Pending,
}

/// A business event as it travels: all that consumers need, by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BusinessEvent {
    /// The emitter (0: the OMS, else 1 + system index), and the number of the event at it.
    pub source: u8,
    /// The number of the event at its emitter, from 0.
    pub number: u16,
    /// The order.
    pub order: u16,
    /// The item, 255 for the order itself.
    pub item: u8,
    /// The type: index into the model's emissions; 255 for an event of a participant.
    pub emission: u8,
    /// The state that the aggregate came into.
    pub state: u8,
    /// The aggregate's sequence number, from 1 (seed 19.1).
    pub version: u16,
}

impl BusinessEvent {
    /// Its identity: source and id.
    #[must_use]
    pub const fn id(self) -> u32 {
        (self.source as u32) << 16 | self.number as u32
    }

    /// Its subject.
    #[must_use]
    pub fn subject(self, names: u64, copy: u32) -> Subject {
        Subject::new(names, u64::from(self.id()) | u64::from(copy) << 24)
    }
}

/// What is wrong with an event's payload, in the order of the values of the payload site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// It cannot be serialised: no relay can publish it.
    Unpublishable,
    /// No consumer can handle it until a person has repaired it.
    Unhandleable,
    /// Its version is newer than what consumers know.
    NewerVersion,
}

/// The outcome of a conversion or of a command, as its sender sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Done.
    #[default]
    Accepted,
    /// Done before under the same key; the earlier outcome is returned.
    AlreadyDone,
    /// Refused.
    Refused,
    /// The version that it named is not the current one.
    Stale,
    /// It waits until what is in flight is resolved.
    Deferred,
}

/// Everything that can happen.
#[derive(Clone, Copy, Debug, Default, Hash)]
pub enum Message {
    /// Nothing; carried by restarts.
    #[default]
    Idle,
    /// A call of an operation.
    Request {
        /// Which attempt of which call.
        call: CallRef,
        /// The idempotency key.
        key: u64,
        /// Of an undo: the key of what it undoes.
        target: u64,
    },
    /// Its answer.
    Reply {
        /// Which attempt of which call.
        call: CallRef,
        /// The answer.
        answer: Answer,
        /// The record it made, 0 for none.
        record: u32,
        /// The key that the request carried, so that an answer can be matched.
        key: u64,
    },
    /// The result of an accepted call, later.
    Callback {
        /// Which attempt of which call.
        call: CallRef,
        /// The answer.
        answer: Answer,
        /// The record it made.
        record: u32,
        /// The callback's id: equal for copies of one callback where the contract says so.
        id: u32,
        /// Index of the outcome, of a task with several; 255 for none.
        outcome: u8,
        /// Which copy of the callback this is, from 0.
        copy: u8,
    },
    /// A question about an earlier request.
    Query {
        /// The last attempt of the call.
        call: CallRef,
        /// The key of the request.
        key: u64,
        /// The number of the question, from 1.
        poll: u8,
        /// Whether a person asks, who gets an answer by whatever way.
        person: bool,
    },
    /// What the participant says.
    QueryReply {
        /// The last attempt of the call.
        call: CallRef,
        /// The number of the question.
        poll: u8,
        /// The answer.
        finding: Finding,
        /// The record, if it is there.
        record: u32,
    },
    /// A relay hands an event to the broker.
    Publish {
        /// The event.
        event: BusinessEvent,
        /// How often it was handed over before.
        attempt: u8,
        /// When it happened, as its emitter's clock tells.
        told: Time,
        /// What is wrong with its payload.
        flaw: Flaw,
    },
    /// The broker has it.
    Published {
        /// The event.
        event: BusinessEvent,
        /// The attempt.
        attempt: u8,
    },
    /// The broker hands an event to a consumer.
    Deliver {
        /// The event.
        event: BusinessEvent,
        /// The consumer.
        consumer: u8,
        /// How often it was handed over before.
        attempt: u8,
        /// The version before it that concerns the consumer: the broker knows those between as of other types.
        after: u16,
        /// When it happened, as its emitter's clock tells.
        told: Time,
        /// What is wrong with its payload.
        flaw: Flaw,
    },
    /// The consumer has handled it.
    Ack {
        /// The event.
        event: BusinessEvent,
        /// The consumer.
        consumer: u8,
        /// Whether it was handled; else it is to come again.
        handled: bool,
        /// The attempt.
        attempt: u8,
    },
    /// CPQ asks for an order to be made of an accepted quote.
    Convert {
        /// The order-to-be.
        order: u16,
        /// The accepted version of the quote.
        version: u8,
        /// The attempt, from 1.
        attempt: u8,
    },
    /// What came of it.
    Converted {
        /// The order.
        order: u16,
        /// The outcome.
        decision: Decision,
        /// The attempt that is answered.
        attempt: u8,
    },
    /// A person gives a command: an index into the run's workload.
    Command {
        /// Which one.
        placement: u16,
        /// The version of the order that the person saw.
        expected: u16,
        /// The attempt, from 1.
        attempt: u8,
    },
    /// What came of it.
    CommandAnswer {
        /// Which one.
        placement: u16,
        /// The outcome.
        decision: Decision,
        /// The current version, for another try.
        version: u16,
        /// The attempt that is answered.
        attempt: u8,
    },
    /// A case is opened for a person.
    Case {
        /// The order.
        order: u16,
        /// The step it is about; its item is the step's.
        step: StepIx,
        /// The number of the case at its emitter.
        case: u16,
    },
    /// A person acts on a case.
    Operate {
        /// The order.
        order: u16,
        /// The step.
        step: StepIx,
        /// The case.
        case: u16,
        /// What the person does.
        action: Operation,
        /// Of a decision: which of the step's outcomes; `u8::MAX` where none are written.
        outcome: u8,
        /// How often the person did so before without seeing anything come of it.
        attempt: u8,
    },
    /// Of the OMS alone.
    Oms(OmsMessage),
    /// Of relays alone.
    Relay(RelayMessage),
    /// Of the broker alone.
    Broker(BrokerMessage),
    /// Of consumers alone.
    Consumer(ConsumerMessage),
    /// Of participants alone.
    Participant(ParticipantMessage),
    /// Of CPQ alone.
    Cpq(CpqMessage),
    /// Of customers and people alone.
    Outside(OutsideMessage),
    /// Of the reconciler, and between it and others.
    Reconciler(ReconcilerMessage),
}

/// What a person does about a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Sends the step again under its key.
    #[default]
    RetryStep,
    /// Settles an unknown outcome by asking until there is an answer.
    ResolveUnknown,
    /// Closes the instance, with an approved exception.
    Close,
    /// Decides a human step, by one of its outcomes.
    Decide,
}

impl Message {
    /// Whether it is people who handle it. Nothing happens to them while they do: they are no part of the systems.
    #[must_use]
    pub fn is_for_people(&self) -> bool {
        matches!(
            self,
            Self::CommandAnswer { .. } | Self::Case { .. } | Self::Outside(_) | Self::Cpq(CpqMessage::Ask { .. })
        )
    }

    /// What it is about: equal for the same message in another run, different for any two messages of one run that
    /// travel on the same channel.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        let named = |salt: u64, counters: u64| Subject::new(mix(model.names, salt), counters);
        match *self {
            Self::Idle => Subject::default(),
            Self::Request { call, .. } | Self::Reply { call, .. } => call.subject(model),
            Self::Callback { call, outcome, copy, .. } => {
                let Subject { names, counters } = call.subject(model);
                Subject::new(mix(names, CALLBACK + u64::from(copy)), counters | u64::from(outcome) << 40)
            }
            Self::Query { call, poll, .. } | Self::QueryReply { call, poll, .. } => {
                let Subject { names, counters } = call.subject(model);
                Subject::new(mix(names, QUESTION), counters | u64::from(poll) << 40)
            }
            Self::Publish { event, attempt, .. } | Self::Published { event, attempt } => {
                event.subject(mix(model.names, 0x9B), attempt.into())
            }
            Self::Deliver { event, consumer, attempt, .. } | Self::Ack { event, consumer, attempt, .. } => {
                event.subject(model.consumers[usize::from(consumer)].names, attempt.into())
            }
            Self::Convert { order, attempt, .. } => named(0xC0, u64::from(order) | u64::from(attempt) << 16),
            Self::Converted { order, attempt, decision } => {
                named(0xC0, u64::from(order) | u64::from(attempt) << 16 | (decision as u64) << 24)
            }
            Self::Command { placement, attempt, .. } | Self::CommandAnswer { placement, attempt, .. } => {
                named(0xC1, u64::from(placement) | u64::from(attempt) << 16)
            }
            Self::Case { order, step, case } => {
                Subject::new(mix(model.step(step).names, 0xCA5E), u64::from(order) | u64::from(case) << 16)
            }
            Self::Operate { order, step, case, action, attempt, .. } => Subject::new(
                mix(model.step(step).names, 0x0932 + action as u64),
                u64::from(order) | u64::from(case) << 16 | u64::from(attempt) << 32,
            ),
            Self::Oms(message) => message.subject(model),
            Self::Relay(message) => message.subject(model),
            Self::Broker(message) => message.subject(model),
            Self::Consumer(message) => message.subject(model),
            Self::Participant(message) => message.subject(model),
            Self::Cpq(message) => message.subject(model),
            Self::Outside(message) => message.subject(model),
            Self::Reconciler(message) => message.subject(model),
        }
    }
}

/// Names a relay of a source: 0 is the OMS with relays of its own, else 1 + the index of the system whose part it shares.
#[must_use]
pub fn relay_part(model: &Model, source: u8, relay: u8) -> PartId {
    match source {
        0 => model.parts.oms_relays[usize::from(relay)],
        system => model.parts.systems[usize::from(system) - 1],
    }
}

const _: () = assert!(size_of::<Message>() <= 32, "a message is a small copy");
