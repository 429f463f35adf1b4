//! The reconciler: finds drift between the systems and repairs it or opens a case.

use sim_core::Subject;

use super::Cx;
use crate::message::{Channel, Message};
use crate::model::Model;
use crate::workload::Workload;

/// Its own messages and timers.
#[derive(Clone, Copy, Debug)]
pub enum ReconcilerMessage {
    /// An order.
    Pass {
        /// The order.
        order: u16,
    },
}

impl ReconcilerMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::ReconcilerTimer
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        match *self {
            Self::Pass { order } => Subject::new(model.names, order.into()),
        }
    }
}

/// The reconciler: finds drift between the systems and repairs it or opens a case.
#[derive(Clone, Debug, Default)]
pub struct Reconciler {}

impl Reconciler {
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
/// Called by the OMS, in its transaction, when an item came into a final state: the reconciler is told.
pub fn item_is_done(cx: &mut Cx<'_>, order: u16, item: crate::model::ItemIx, state: crate::definition::OrderState) {
    let _ = (cx, order, item, state);
}

/// Called by the OMS when the reconciler asks it something.
pub fn answer_for_oms(oms: &super::oms::Oms, cx: &mut Cx<'_>, question: ReconcilerMessage) {
    let _ = (oms, cx, question);
}
