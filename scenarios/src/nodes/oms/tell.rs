//! What is told of a change: events in the outbox, dashboard states, and the answer to CPQ.

use sim_core::hash::mix;

use super::{Cx, Oms};
use crate::change::Change;
use crate::definition::{Aggregate, EmitWhen, OrderState, StepState};
use crate::message::{Decision, Message};
use crate::model::{EmissionIx, ItemIx, StepIx, View};
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
        let dashboard = &cx.model.model.dashboard;
        if dashboard.states.is_empty() {
            return;
        }
        for (i, view) in dashboard.views.iter().enumerate() {
            let item = ItemIx(i as u8);
            let row = self.item(order, item);
            if !row.present {
                continue;
            }
            let states = view.decided_by.as_deref().map(|steps| self.states_of(order, item, steps));
            if states == Some(row.counted_for.0) {
                debug_assert_eq!(row.dashboard, self.count_shown(cx, (order, item), view), "an item as it was");
                continue;
            }
            let (holding, first) = self.count_shown(cx, (order, item), view);
            let row = self.item_mut(order, item);
            row.counted_for.0 = states.unwrap_or(0);
            if row.dashboard != (holding, first) {
                row.dashboard = (holding, first);
                cx.change(Change::Dashboard { order, item, holding, state: first });
            }
        }
    }

    /// How many dashboard states hold for an item, and the first of them.
    fn count_shown(&self, cx: &Cx<'_>, (order, item): (u16, ItemIx), view: &View) -> (u8, u8) {
        let dashboard = &cx.model.model.dashboard;
        let now = Value::Name(cx.model.symbols.order[self.item(order, item).state as usize]);
        let mut shown = (0, u8::MAX);
        for &i in &view.states {
            let state = &dashboard.states[usize::from(i)];
            let may = state.item_state.is_none_or(|of| of.equals(now));
            if may && state.when.as_ref().is_some_and(|when| self.holds(cx, (order, item), when)) {
                shown = (shown.0 + 1, shown.1.min(i));
            }
        }
        shown
    }

    /// The states of an item and of some steps in one word; never 0.
    fn states_of(&self, order: u16, item: ItemIx, steps: &[StepIx]) -> u64 {
        let of_item = 1 + self.item(order, item).state as u64;
        steps.iter().fold(of_item, |states, &step| mix(states, self.row(order, step).state as u64)).max(1)
    }

    /// Answers CPQ, which asked for the order.
    pub(super) fn answer_conversion(&mut self, cx: &mut Cx<'_>, order: u16, decision: Decision) {
        let attempt = self.head(order).conversion;
        cx.confirm(cx.model.model.parts.cpq, Message::Converted { order, decision, attempt });
    }
}
