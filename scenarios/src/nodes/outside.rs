//! Customers, who give commands, and the people who take cases.

use sim_core::Subject;

use super::Cx;
use crate::message::{Channel, Message};
use crate::model::Model;
use crate::workload::Workload;

/// Its own messages and timers.
#[derive(Clone, Copy, Debug)]
pub enum OutsideMessage {
    /// An order.
    Act {
        /// The order.
        order: u16,
    },
}

impl OutsideMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::Person
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        match *self {
            Self::Act { order } => Subject::new(model.names, order.into()),
        }
    }
}

/// Customers, who give commands, and the people who take cases.
#[derive(Clone, Debug, Default)]
pub struct Outside {}

impl Outside {
    /// Brings it to its initial state.
    pub fn reset(&mut self, model: &Model, workload: &Workload) {
        let _ = (model, workload);
    }

    /// Handles one input.
    pub fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        let _ = (cx, message);
    }

    /// Sees the changes of an event, to give the commands that are placed at them.
    pub fn observe(&mut self, cx: &mut Cx<'_>, changes: &[crate::change::Change]) {
        let _ = (cx, changes);
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
