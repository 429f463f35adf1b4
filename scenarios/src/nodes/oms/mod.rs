//! The OMS: orders, items, the saga engine, its outbox.

use sim_core::Subject;

use super::Cx;
use crate::message::{Channel, Message};
use crate::model::Model;
use crate::workload::Workload;

/// Its own messages and timers.
#[derive(Clone, Copy, Debug)]
pub enum OmsMessage {
    /// The save of a transaction that was loaded.
    Save {
        /// The order.
        order: u16,
    },
}

impl OmsMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::SagaSave
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        match *self {
            Self::Save { order } => Subject::new(model.names, order.into()),
        }
    }
}

/// The OMS.
#[derive(Clone, Debug, Default)]
pub struct Oms {}

impl Oms {
    /// Brings it to its initial state.
    pub fn reset(&mut self, model: &Model, workload: &Workload) {
        let _ = (model, workload);
    }

    /// Handles one input.
    pub fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        let _ = (cx, message);
    }

    /// Drops the volatile state of a part.
    pub fn crash(&mut self, part: u8) -> bool {
        let _ = part;
        false
    }

    /// Recovers a part from the durable state.
    pub fn restart(&mut self, cx: &mut Cx<'_>, part: u8) {
        let _ = (cx, part);
    }

    /// The commit was not confirmed: reads the store again.
    pub fn commit_unknown(&mut self, cx: &mut Cx<'_>, message: Message) {
        let _ = (cx, message);
    }
}
