//! The broker: partitioned topics, consumer groups, at-least-once delivery.

use sim_core::Subject;

use super::Cx;
use crate::message::{Channel, Message};
use crate::model::Model;
use crate::workload::Workload;

/// Its own messages and timers.
#[derive(Clone, Copy, Debug)]
pub enum BrokerMessage {
    /// An order.
    Redeliver {
        /// The order.
        order: u16,
    },
}

impl BrokerMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::BrokerTimer
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        match *self {
            Self::Redeliver { order } => Subject::new(model.names, order.into()),
        }
    }
}

/// The broker: partitioned topics, consumer groups, at-least-once delivery.
#[derive(Clone, Debug, Default)]
pub struct Broker {}

impl Broker {
    /// Brings it to its initial state.
    pub fn reset(&mut self, model: &Model, workload: &Workload) {
        let _ = (model, workload);
    }

    /// Handles one input.
    pub fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        let _ = (cx, message);
    }

    /// Drops the volatile state.
    pub fn crash(&mut self) -> bool {
        false
    }

    /// Recovers from the durable state.
    pub fn restart(&mut self, cx: &mut Cx<'_>) {
        let _ = cx;
    }
}
