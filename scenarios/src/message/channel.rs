//! The ways on which messages travel.

use super::Message;
use crate::model::Model;

/// The classes of messages, each with sites of its own: how they travel and how their handlers fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Channel {
    /// Inputs of the run itself; nothing happens to them.
    Input,
    /// Calls of participants.
    Request,
    /// Their answers and callbacks.
    Reply,
    /// Questions about outcomes.
    Query,
    /// Their answers.
    QueryReply,
    /// Conversions and commands.
    Command,
    /// Their answers.
    CommandAnswer,
    /// From relay to broker.
    Publish,
    /// From broker to relay: marking is the relay's commit.
    PublishAck,
    /// From broker to consumer.
    Delivery,
    /// From consumer to broker.
    DeliveryAck,
    /// The answer to the remote effect of a consumer.
    ConsumerReply,
    /// Work that the saga engine saves.
    SagaSave,
    /// Timers of the saga engine.
    SagaTimer,
    /// Polls of the relay.
    RelayTimer,
    /// Timers of the broker.
    BrokerTimer,
    /// Timers of consumers.
    ConsumerTimer,
    /// Work that a participant does later.
    ParticipantWork,
    /// Timers of CPQ.
    CpqTimer,
    /// The reconciler's passes.
    ReconcilerTimer,
    /// Between the reconciler and the systems it asks.
    Reconcile,
    /// Between people and systems: they notice when nobody answers.
    Person,
    /// Decisions about quotes, on their way to CPQ.
    Approval,
}

/// How many channels there are.
pub const CHANNELS: usize = Channel::Approval as usize + 1;

impl Message {
    /// How it travels.
    #[must_use]
    pub fn channel(&self, model: &Model) -> Channel {
        match self {
            Self::Idle => Channel::Input,
            Self::Request { .. } => Channel::Request,
            Self::Reply { call, .. } if call.step.0 >= model.undo_end => Channel::ConsumerReply,
            Self::Reply { .. } | Self::Callback { .. } => Channel::Reply,
            Self::Query { person: true, .. } | Self::Case { .. } | Self::Operate { .. } => Channel::Person,
            Self::Query { .. } => Channel::Query,
            Self::QueryReply { .. } => Channel::QueryReply,
            Self::Publish { .. } => Channel::Publish,
            Self::Published { .. } => Channel::PublishAck,
            Self::Deliver { .. } => Channel::Delivery,
            Self::Ack { .. } => Channel::DeliveryAck,
            Self::Convert { .. } | Self::Command { .. } => Channel::Command,
            Self::Converted { .. } | Self::CommandAnswer { .. } => Channel::CommandAnswer,
            Self::Oms(message) => message.channel(),
            Self::Relay(message) => message.channel(),
            Self::Broker(message) => message.channel(),
            Self::Consumer(message) => message.channel(),
            Self::Participant(message) => message.channel(),
            Self::Cpq(message) => message.channel(),
            Self::Outside(message) => message.channel(),
            Self::Reconciler(message) => message.channel(),
        }
    }
}
