//! What a change is about, so that the next change of the same thing can be found.

use super::Words;
use crate::change::Change;
use crate::model::{ItemIx, StepIx};

impl Words<'_> {
    /// The thing that a change is a change of: `order-1/router/bill-router`, `saga of order-1`, `case 2`.
    #[must_use]
    pub fn thing(&self, change: &Change) -> String {
        match *change {
            Change::Quote { order, .. }
            | Change::Price { order, .. }
            | Change::Published { order, .. }
            | Change::Approval { order, .. } => format!("quote of {}", self.order(order)),
            Change::Order { order, .. } | Change::Created { order, .. } => self.order(order),
            Change::Saga { order, .. } | Change::Saved { order, .. } | Change::Timeout { order, .. } => {
                format!("saga of {}", self.order(order))
            }
            Change::Item { order, item, .. }
            | Change::Told { order, item, .. }
            | Change::Command { order, item, .. }
            | Change::Act { order, item, .. }
            | Change::Reconciled { order, item, .. } => self.item(order, item),
            Change::Breaker { step, .. } => format!("circuit breaker of {}", self.system_of(step)),
            Change::Step { order, step, .. } => self.step_thing(order, step),
            Change::Compensation { order, undo, .. } => self.step_thing(order, undo),
            Change::Sent { call, .. } | Change::Answered { call, .. } | Change::Resolved { call, .. } => {
                self.step_thing(call.order, call.step)
            }
            Change::Effect { effect } => match self.ledger.effects.get(effect.ix()) {
                Some(effect) => self.step_thing(effect.call.order, effect.call.step),
                None => String::new(),
            },
            Change::Charge { order, charge, .. } => {
                let charge = self.model().charges.get(charge.ix());
                let owner = self.item(order, charge.map_or(ItemIx::ORDER, |charge| charge.item));
                format!("charge {} of {owner}", charge.map_or("", |charge| charge.id.as_str()))
            }
            Change::Product { order, item, .. } => format!("product of {}", self.item(order, item)),
            Change::Row { event, .. } | Change::Delivery { event, .. } | Change::Replayed { event, .. } => {
                self.event(event)
            }
            Change::ReadModel { consumer, order, item, .. } => {
                format!("{} about {}", self.consumer(consumer), self.item(order, item))
            }
            Change::Case { case, .. } => super::change::case_name(case),
            Change::Dashboard { order, item, .. } => format!("dashboard of {}", self.item(order, item)),
        }
    }

    fn step_thing(&self, order: u16, step: StepIx) -> String {
        format!("{}/{}", self.owner(order, step), self.step(step))
    }
}
