//! Consumers: read models and callers of operations, with an inbox.

use sim_core::Subject;

use super::Cx;
use crate::message::{Channel, Message};
use crate::model::Model;
use crate::workload::Workload;

/// Its own messages and timers.
#[derive(Clone, Copy, Debug)]
pub enum ConsumerMessage {
    /// An order.
    Retry {
        /// The order.
        order: u16,
    },
}

impl ConsumerMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::ConsumerTimer
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        match *self {
            Self::Retry { order } => Subject::new(model.names, order.into()),
        }
    }
}

/// Consumers: read models and callers of operations, with an inbox.
#[derive(Clone, Debug, Default)]
pub struct ConsumerNode {}

impl ConsumerNode {
    /// Brings it to its initial state.
    pub fn reset(&mut self, model: &Model, workload: &Workload, index: usize) {
        let _ = (model, workload, index);
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
