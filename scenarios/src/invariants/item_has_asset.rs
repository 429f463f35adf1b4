//! `item-has-asset`: a completed item has its product instance.

use sim_core::{Duration, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::facts::Pardon;
use super::state::{Bits, Debt, Debts, orders_of};
use super::{bounds, facts, subject};
use crate::change::{Change, kind};
use crate::definition::{EffectKind, Family, OrderState, Severity, StepState};
use crate::ledger::Ledger;
use crate::model::{ItemIx, Model, StepIx};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "item-has-asset",
    family: Family::Conv,
    severity: Severity::P1,
    strictness: Strictness::Eventually,
    statement: "a completed item has its product instance, or somebody approved that it has none",
    seed: "17.2",
    guard: "each completed item with a step that records a product instance",
    causes: &[],
    effect: "support and later orders do not know what the customer has",
    applies: |model| match (0..model.forward).any(|step| records(model, StepIx(step))) {
        true => Ok(()),
        false => Err("steps: none of them records a product instance".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| Box::new(ItemHasAsset::new(model)),
};

fn records(model: &Model, step: StepIx) -> bool {
    facts::effect_kind(model, step) == Some(EffectKind::Asset) && model.step(step).item != ItemIx::ORDER
}

/// See the catalogue entry.
pub struct ItemHasAsset {
    /// By step that records: how soon, and the systems that are needed.
    steps: Vec<(Duration, u64)>,
    debts: Debts,
    skipped: Bits,
}

impl ItemHasAsset {
    fn new(model: &Model) -> Self {
        let within = bounds::within(model, None, bounds::CONVERGED);
        let of = |step: StepIx| {
            let item = model.items.get(model.step(step).item.ix()).filter(|_| records(model, step));
            let ahead = item.map(|item| bounds::ahead(model, step, &item.complete_after));
            (within + ahead.unwrap_or_default(), facts::needs_of(model, step))
        };
        let steps: Vec<_> = (0..model.forward).map(|step| of(StepIx(step))).collect();
        let skipped = Bits { at: 0, columns: steps.len() };
        let debts = Debts { at: skipped.words(), columns: steps.len() };
        Self { steps, debts, skipped }
    }

    fn completed(&self, judge: &mut Judge<'_, Scenario>, order: u16, item: ItemIx) {
        let model = &judge.model.model;
        for step in model.items[item.ix()].steps.iter().copied().filter(|step| records(model, *step)) {
            if self.skipped.get(judge.state, order, step.ix()) {
                continue;
            }
            let subject = subject::of_step(model, order, step);
            let (within, needs) = self.steps[step.ix()];
            let debt = Debt { subject, bound: within.into(), needs };
            self.debts.open(judge, order, step.ix(), debt);
            if judge.ledger.live(order, step).any(facts::stands) {
                self.debts.meet(judge, order, step.ix());
            }
        }
    }
}

impl Invariant<Scenario> for ItemHasAsset {
    as_entered!(kind::EFFECT | kind::STEP_PAST_BEGUN | kind::ITEM | Pardon::KINDS);

    fn words(&self, _: &Scenario, ledger: &Ledger) -> usize {
        self.debts.at + self.debts.words_for(orders_of(ledger))
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        match *change {
            Change::Item { order, item, after, .. } if item.ix() < model.items.len() => {
                if after == OrderState::Completed {
                    self.completed(judge, order, item);
                } else if facts::is_gone(after) {
                    self.debts.pardon(judge, Pardon { order, item }, item_of);
                }
            }
            Change::Effect { effect } => {
                let row = judge.ledger.effect(effect);
                if facts::stands(row) && facts::is_forward(model, row.call.step) {
                    let call = row.call;
                    self.debts.meet(judge, call.order, call.step.ix());
                }
            }
            Change::Step { order, step, after: StepState::Skipped, .. } if facts::is_forward(model, step) => {
                self.skipped.put(judge.state, order, step.ix(), true);
                self.debts.retire(judge, order, step.ix());
            }
            _ => {
                if let Some(pardon) = Pardon::of(model, change) {
                    self.debts.pardon(judge, pardon, item_of);
                }
            }
        }
    }
}

fn item_of(model: &Model, step: usize) -> ItemIx {
    model.steps[step].item
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let place = subject::unpack(violation.subject);
    let item = subject::item_name(&scenario.model, place.order, place.item.unwrap_or(ItemIx::ORDER));
    let step = subject::name(scenario, violation);
    format!("The {item} was completed, but its product instance was never recorded in time ({step}).")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::Why;

    #[test]
    fn a_completed_item_has_its_product() {
        let item = |item, after| {
            let before = OrderState::InProgress;
            Do::Tell(Change::Item { order: 0, item, before, after, by_machine: true })
        };
        let completed = item(ROUTER, OrderState::Completed);
        let skipped = Do::Tell(Change::Step {
            order: 0,
            step: RECORD,
            before: StepState::Ready,
            after: StepState::Skipped,
            revision: 0,
            attempt: 0,
            why: Why::NotNeeded,
        });
        check(ENTRY.id, &[completed, Do::Finish], &[completed, does(RECORD), Do::Finish]);
        check(ENTRY.id, &[completed, does(SHIP), Do::Finish], &[does(RECORD), completed, Do::Finish]);
        is_silent(ENTRY.id, &[skipped, completed, item(CONNECTIVITY, OrderState::Completed), Do::Finish]);
    }
}
