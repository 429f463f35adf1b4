//! `no-orphan-effect`: each real effect belongs to an order that exists and to an item that it has.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::Bits;
use super::{facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::ledger::Ledger;
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "no-orphan-effect",
    family: Family::One,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "each effect at a downstream system belongs to a committed order and to an item of it",
    seed: "17.1",
    guard: "each real effect that a call had",
    causes: &[],
    effect: "goods, services or charges exist that no order explains",
    applies: |model| match (0..model.undo_end).any(|step| facts::has_effect(model, crate::model::StepIx(step))) {
        true => Ok(()),
        false => Err("steps: none of them calls an operation with an effect".into()),
    },
    story,
    definition: subject::written,
    new: |_: &Model| Box::new(NoOrphanEffect),
};

const CREATED: Bits = Bits { at: 0, columns: 1 };

/// See the catalogue entry.
pub struct NoOrphanEffect;

impl Invariant<Scenario> for NoOrphanEffect {
    as_entered!(kind::CREATED | kind::EFFECT);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        CREATED.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Created { order, .. } => CREATED.put(judge.state, order, 0, true),
            Change::Effect { effect } => {
                let row = *judge.ledger.effect(effect);
                if facts::is_manual(&row) {
                    return;
                }
                let model = &judge.model.model;
                let item = model.step(row.call.step).item;
                let created = CREATED.get(judge.state, row.call.order, 0);
                let holds = created && facts::has_item(judge.ledger, row.call.order, item);
                let subject = subject::of_step(model, row.call.order, row.call.step);
                judge.require(holds, subject, created.into());
            }
            _ => {}
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let name = subject::name(scenario, violation);
    match violation.detail {
        0 => format!("{name} had its effect, but no such order was ever committed."),
        _ => format!("{name} had its effect, but the order does not have the item."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::ledger::Effect;
    use crate::message::CallRef;

    #[test]
    fn an_effect_has_an_order_and_an_item() {
        let created = Do::Tell(Change::Created { order: 0, instances: 1, version: 1 });
        check(ENTRY.id, &[does(RESERVE)], &[created, does(RESERVE), does(PROVISION)]);
    }

    #[test]
    fn an_item_that_was_left_out_gets_nothing() {
        let created = Do::Tell(Change::Created { order: 1, instances: 1, version: 1 });
        let of_second = |step| {
            let call = CallRef { order: 1, ..call(step) };
            Do::Effect(Effect { call, ..effect(step) })
        };
        assert_eq!(run(ENTRY.id, &[created, of_second(PROVISION)]).1.len(), 1);
        holds_for(ENTRY.id, &[created, of_second(RESERVE)]);
    }
}
