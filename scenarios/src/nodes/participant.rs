//! A downstream system: what its operations do, under its contract.

use sim_core::Subject;

use super::Cx;
use crate::message::{Channel, Message};
use crate::model::Model;
use crate::workload::Workload;

/// Its own messages and timers.
#[derive(Clone, Copy, Debug)]
pub enum ParticipantMessage {
    /// An order.
    Later {
        /// The order.
        order: u16,
    },
}

impl ParticipantMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::ParticipantWork
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        match *self {
            Self::Later { order } => Subject::new(model.names, order.into()),
        }
    }
}

/// A downstream system: what its operations do, under its contract.
#[derive(Clone, Debug, Default)]
pub struct Participant {}

impl Participant {
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
