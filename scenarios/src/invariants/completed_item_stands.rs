//! `completed-item-stands`: what a completed item consists of was done, and is not taken away again.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::Bits;
use super::{facts, subject};
use crate::change::{CasePhase, Change, Why, kind};
use crate::definition::{Family, OrderState, Severity, StepState};
use crate::ledger::Ledger;
use crate::model::{ItemIx, Model, StepIx};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "completed-item-stands",
    family: Family::Comp,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "what a completed item consists of was really done, and is not undone while the item is completed",
    seed: "3.3",
    guard: "each step that completes an item, when the item completes and when its effect is undone",
    causes: &[],
    effect: "a customer is told that a service runs or goods were sent, and has neither",
    applies: |model| match model
        .items
        .iter()
        .flat_map(|item| &item.complete_after)
        .any(|s| facts::has_effect(model, *s))
    {
        true => Ok(()),
        false => Err("items: none is complete after a step with an effect".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| {
        let completed = Bits { at: 0, columns: model.items.len() };
        let excused = Bits { at: completed.words(), columns: usize::from(model.forward) };
        Box::new(CompletedItemStands { completed, excused })
    },
};

const NEVER_DONE: u64 = 0;
const UNDONE: u64 = 1;

/// See the catalogue entry.
pub struct CompletedItemStands {
    completed: Bits,
    /// Steps that are not needed, are being redone, or are covered by an approved exception.
    excused: Bits,
}

impl CompletedItemStands {
    fn completes(&self, judge: &mut Judge<'_, Scenario>, order: u16, item: ItemIx) {
        let model = &judge.model.model;
        for step in model.items[item.ix()].complete_after.iter().copied() {
            let owed = facts::is_forward(model, step)
                && facts::has_effect(model, step)
                && !self.excused.get(judge.state, order, step.ix());
            if owed {
                let stands = facts::of_order(judge.ledger, order).any(|(_, e)| e.call.step == step && facts::stands(e));
                judge.require(stands, subject::of_item_step(order, item, step), NEVER_DONE);
            }
        }
    }

    fn undone(&self, judge: &mut Judge<'_, Scenario>, order: u16, step: StepIx) {
        let model = &judge.model.model;
        let item = model.step(step).item;
        let is_claim = model.items.get(item.ix()).is_some_and(|item| item.complete_after.contains(&step));
        if is_claim && !self.excused.get(judge.state, order, step.ix()) {
            let completed = self.completed.get(judge.state, order, item.ix());
            judge.require(!completed, subject::of_item_step(order, item, step), UNDONE);
        }
    }
}

impl Invariant<Scenario> for CompletedItemStands {
    as_entered!(kind::ITEM | kind::STEP_PAST_BEGUN | kind::EFFECT | kind::CASE);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        self.excused.at + self.excused.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Item { order, item, after, .. } if item.ix() < self.completed.columns => {
                self.completed.put(judge.state, order, item.ix(), after == OrderState::Completed);
                if after == OrderState::Completed {
                    self.completes(judge, order, item);
                }
            }
            Change::Step { order, step, after, why, .. } if step.ix() < self.excused.columns => {
                let excused = after == StepState::Skipped && why == Why::NotNeeded || why == Why::Redone;
                if excused || after == StepState::Completed {
                    self.excused.put(judge.state, order, step.ix(), excused);
                }
            }
            Change::Case { order, step, phase: CasePhase::Excepted, .. } => {
                self.excused.put(judge.state, order, step.ix(), true);
            }
            Change::Effect { effect } => {
                let row = *judge.ledger.effect(effect);
                if let Some(undone) = row.undoes.filter(|_| !facts::is_manual(&row)) {
                    let undone = judge.ledger.effect(undone);
                    if !facts::is_manual(undone) {
                        let call = undone.call;
                        self.undone(judge, call.order, call.step);
                    }
                }
            }
            _ => {}
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let model = &scenario.model;
    let place = subject::unpack(violation.subject);
    let item = subject::item_name(model, place.order, place.item.unwrap_or(ItemIx::ORDER));
    let step = place.step.map_or("a step", |step| model.step(step).id.as_str());
    match violation.detail {
        NEVER_DONE => format!("The {item} was completed, but {step} had never happened, or was undone."),
        _ => format!("The {item} is completed, and what {step} had done was undone all the same."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_completed_item_was_done_and_stays() {
        let item = |after| {
            let (item, before) = (CONNECTIVITY, OrderState::InProgress);
            Do::Tell(Change::Item { order: 0, item, before, after, by_machine: true })
        };
        let step = |after, why| {
            let (before, revision, attempt) = (StepState::Pending, 1, 0);
            Do::Tell(Change::Step { order: 0, step: PROVISION, before, after, revision, attempt, why })
        };
        let completed = item(OrderState::Completed);
        let undone = Do::Undo(DISCONNECT, 0);
        let redone = step(StepState::Pending, Why::Redone);
        check(ENTRY.id, &[completed], &[does(PROVISION), completed]);
        check(ENTRY.id, &[does(PROVISION), undone, completed], &[does(PROVISION), item(OrderState::Failed), undone]);
        check(ENTRY.id, &[does(PROVISION), completed, undone], &[does(PROVISION), completed, redone, undone]);
        is_silent(ENTRY.id, &[step(StepState::Skipped, Why::NotNeeded), completed]);
    }
}
