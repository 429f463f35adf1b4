//! What is told of a change: events in the outbox, dashboard states, and the answer to CPQ.

use super::{Cx, Oms};
use crate::change::Change;
use crate::definition::{Aggregate, EmitWhen, OrderState, StepState};
use crate::message::{Decision, Message};
use crate::model::{EmissionIx, ItemIx, StepIx};
use crate::nodes::outbox::NewEvent;
use crate::predicate::Value;

impl Oms {
    /// Writes the events that tell a transition of an item.
    pub(super) fn tell_item(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx, after: OrderState) {
        self.tell_all(cx, order, (Aggregate::Item, item, None), after as u8);
        if after.is_final() && after != OrderState::Completed {
            super::super::reconciler::item_is_done(cx, order, item, after);
        }
    }

    /// Writes the events that tell a transition of a step.
    pub(super) fn tell_step(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, after: StepState) {
        let item = cx.model.model.step(step).item;
        self.tell_all(cx, order, (Aggregate::Step, item, Some(step)), after as u8);
    }

    pub(super) fn tell_all(
        &mut self,
        cx: &mut Cx<'_>,
        order: u16,
        (of, item, step): (Aggregate, ItemIx, Option<StepIx>),
        state: u8,
    ) {
        let model = &cx.model.model;
        for (i, emission) in model.emissions.iter().enumerate() {
            let asked = match emission.when {
                EmitWhen::EveryTransition => emission.of == of,
                EmitWhen::StepCompleted => {
                    of == Aggregate::Step && emission.step == step && state == StepState::Completed as u8
                }
                EmitWhen::OnNotify => false,
            };
            if asked {
                self.tell(cx, order, item, (EmissionIx(i as u8), state));
            }
        }
    }

    /// Writes one event in the running transaction.
    pub(super) fn tell(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx, (emission, state): (EmissionIx, u8)) {
        self.told.1 += 1;
        let event = NewEvent { order, item: item.0, emission: emission.0, state };
        if self.apart {
            self.outbox.append_later(cx, event, self.serial);
            return;
        }
        self.told.0 += u8::from(self.outbox.append(cx, event, self.serial, true));
    }

    /// Counts the dashboard states that hold for each item, and reports what changed.
    pub(super) fn show_dashboard(&mut self, cx: &mut Cx<'_>, order: u16) {
        let model = &cx.model.model;
        if model.dashboard.is_empty() {
            return;
        }
        for item in (0..self.item_count as u8).map(ItemIx) {
            if !self.item(order, item).present {
                continue;
            }
            let now = Value::Name(cx.model.symbols.order[self.item(order, item).state as usize]);
            let mut holding = 0;
            let mut first = u8::MAX;
            for (i, state) in model.dashboard.iter().enumerate() {
                let about = state.item.is_none_or(|of| of == item) && state.item_state.is_none_or(|of| of.equals(now));
                if about && state.when.as_ref().is_some_and(|when| self.holds(cx, (order, item), when)) {
                    holding += 1;
                    first = first.min(i as u8);
                }
            }
            if self.item(order, item).dashboard != (holding, first) {
                self.item_mut(order, item).dashboard = (holding, first);
                cx.change(Change::Dashboard { order, item, holding, state: first });
            }
        }
    }

    /// Answers CPQ, which asked for the order.
    pub(super) fn answer_conversion(&mut self, cx: &mut Cx<'_>, order: u16, decision: Decision) {
        let attempt = self.head(order).conversion;
        cx.confirm(cx.model.model.parts.cpq, Message::Converted { order, decision, attempt });
    }
}
