//! `single-effect`: a business effect happens once, however often it is asked for.

use sim_core::{Invariant, Judge, Strictness, Violation, World};

use super::entry::{Entry, as_entered};
use super::state::{Numbers, orders_of};
use super::{facts, subject};
use crate::change::{Change, Why, kind};
use crate::definition::{EffectKind, Family, Severity};
use crate::ledger::{Effect, Ledger};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "single-effect",
    family: Family::One,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "no order, no step of it and no charge of an item has two live effects at one time",
    seed: "18",
    guard: "each order that is made, and each whole effect that is not an undo",
    causes: &[],
    effect: "a customer is charged twice, gets two of what was ordered once, or is told the same thing twice",
    applies: |_| Ok(()),
    story,
    definition: subject::contract,
    new: |model: &Model| Box::new(SingleEffect { redone: Numbers { at: 0, columns: model.steps.len() } }),
};

/// Marks a violation about a second order.
const SECOND_ORDER: u64 = u64::MAX;

/// See the catalogue entry.
pub struct SingleEffect {
    /// By step: the revision to which a person or a policy raised it last. Only that makes another message of it; a new
    /// key for the same work does not, and anything else that is done again has to be undone first.
    redone: Numbers,
}

/// Whether two rows serve one intent: the same step, or the same charge. What is told again because the step was redone is
/// another message; of a consumer's call the revision is the number of its event.
fn are_one_intent(model: &Model, (first, second): (&Effect, &Effect), redone: u16) -> bool {
    let (a, b) = (first.call, second.call);
    let charge = facts::charged(model, first);
    let same_step = a.step == b.step
        && match facts::is_consumer(model, a.step) {
            true => a.revision == b.revision,
            false if first.kind == EffectKind::Message => {
                a.revision.max(b.revision) < redone || a.revision.min(b.revision) >= redone
            }
            false => true,
        };
    a.order == b.order && (same_step || (charge.is_some() && charge == facts::charged(model, second)))
}

fn counts(effect: &Effect) -> bool {
    facts::is_original(effect) && !effect.partial && !facts::is_manual(effect)
}

impl Invariant<Scenario> for SingleEffect {
    as_entered!(kind::EFFECT | kind::CREATED | kind::STEP_PAST_BEGUN);

    fn words(&self, _: &Scenario, ledger: &Ledger) -> usize {
        self.redone.words_for(orders_of(ledger))
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Created { order, instances, .. } => {
                judge.require(instances <= 1, subject::of_order(order), SECOND_ORDER);
            }
            Change::Step { order, step, why: Why::Redone, revision, .. } => {
                self.redone.put(judge.state, order, step.ix(), revision);
            }
            Change::Effect { effect } => {
                let model = &judge.model.model;
                let row = *judge.ledger.effect(effect);
                if !counts(&row) {
                    return;
                }
                let redone = self.redone.get(judge.state, row.call.order, row.call.step.ix());
                let other = facts::of_order(judge.ledger, row.call.order).find(|(ix, e)| {
                    *ix != effect && counts(e) && e.is_live() && are_one_intent(model, (e, &row), redone)
                });
                let subject = subject::of_step(model, row.call.order, row.call.step);
                let detail = other.map_or(0, |(ix, _)| u64::from(ix.0) | u64::from(effect.0) << 32);
                judge.require(other.is_none(), subject, detail);
            }
            _ => {}
        }
    }

    fn check_all(&self, world: &World<Scenario>, scenario: &Scenario) -> Option<bool> {
        // Without redone steps, which the ledger does not tell.
        let redone = self.redone.columns > 0 && world.ledger.effects.iter().any(|row| row.call.revision > 0);
        if redone {
            return None;
        }
        let rows = &world.ledger.effects;
        let overlap = |a: usize, b: usize| rows[a].undone_by.is_none_or(|undo| undo.ix() > b);
        let broken = (0..rows.len()).any(|b| {
            (0..b).any(|a| {
                counts(&rows[a])
                    && counts(&rows[b])
                    && are_one_intent(&scenario.model, (&rows[a], &rows[b]), 0)
                    && overlap(a, b)
            })
        });
        Some(!broken)
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let order = subject::unpack(violation.subject).order;
    if violation.detail == SECOND_ORDER {
        return format!("A second order was made of the quote of {}.", subject::order_name(order));
    }
    let model = &scenario.model;
    let place = subject::unpack(violation.subject);
    let name = subject::name(scenario, violation);
    let Some(step) = place.step else {
        return format!("{name} had its effect a second time while the first one still stands.");
    };
    let item = subject::item_name(model, order, model.step(step).item);
    match (facts::effect_kind(model, step), model.step(step).charge) {
        (Some(EffectKind::Financial), Some(charge)) => {
            let definition = &model.charges[charge.ix()];
            let amount = subject::amount(model, charge, definition.amount);
            format!("{item} is charged {amount} of {} twice by {name}, and both charges stand.", definition.id)
        }
        (Some(EffectKind::Reservation), _) => format!("{name} holds back two for {item}, where one was ordered."),
        (Some(EffectKind::Shipment), _) => format!("{name} sends the goods of {item} to the customer twice."),
        (Some(EffectKind::Service), _) => format!("{name} turns the service of {item} on twice."),
        (Some(EffectKind::Asset), _) => format!("{name} records {item} as two products of the customer."),
        (Some(EffectKind::Message), _) => format!("{name} tells the customer the same thing twice."),
        _ => format!("{name} had its effect a second time while the first one still stands."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::INVARIANTS;
    use super::super::testing::*;
    use super::*;
    use crate::definition::StepState;
    use crate::message::CallRef;
    use crate::workload::OrderPlan;
    use sim_core::Time;

    #[test]
    fn one_intent_has_one_live_effect() {
        let again = |revision| {
            let call = CallRef { revision, attempt: 2, ..call(SHIP) };
            Do::Effect(Effect { call, key: 77, ..effect(SHIP) })
        };
        let told = |revision| {
            let call = CallRef { revision, attempt: 2, ..call(SHIP) };
            Do::Effect(Effect { call, key: 77, kind: EffectKind::Message, ..effect(SHIP) })
        };
        let redone = Do::Tell(Change::Step {
            order: 0,
            step: SHIP,
            before: StepState::Completed,
            after: StepState::Pending,
            revision: 1,
            attempt: 0,
            why: Why::Redone,
        });
        check(ENTRY.id, &[does(SHIP), again(0)], &[does(SHIP)]);
        check(ENTRY.id, &[does(SHIP), redone, again(1)], &[redone, again(1)]);
        let undone = Do::Undo(RELEASE, 0);
        check(ENTRY.id, &[does(RESERVE), does(RESERVE)], &[does(RESERVE), undone, does(RESERVE)]);
        check(ENTRY.id, &[told(0), told(1)], &[told(0), redone, told(1)]);
        check(ENTRY.id, &[redone, told(1), told(2)], &[told(1)]);
    }

    #[test]
    fn a_charge_is_live_once_whatever_its_revision() {
        let again = Do::Effect(Effect { call: CallRef { revision: 1, ..call(BILL) }, ..effect(BILL) });
        check(ENTRY.id, &[does(BILL), again], &[does(BILL), Do::Undo(CREDIT, 0), again]);
    }

    #[test]
    fn two_steps_of_one_charge_have_one_live_effect() {
        let broken = |charge| {
            let mut model = model();
            model.steps[BILL_ACCESS.ix()].charge = charge;
            let scenario = Scenario::new(model);
            let mut world = World::<Scenario>::default();
            world.ledger.workload.orders = vec![OrderPlan { items: 0b111, ..OrderPlan::default() }];
            world.reset(&scenario);
            for step in [BILL, BILL_ACCESS] {
                let effect = world.ledger.add(effect(step));
                world.judge_at(&scenario, Time::START, &[Change::Effect { effect }]);
            }
            let index = INVARIANTS.iter().position(|entry| entry.id == ENTRY.id).expect("it is one of them");
            world.verdicts.violations.iter().filter(|violation| usize::from(violation.invariant) == index).count()
        };
        let own = model().step(BILL_ACCESS).charge;
        assert_eq!((broken(own), broken(Some(HARDWARE))), (0, 1));
    }

    #[test]
    fn a_quote_becomes_one_order() {
        let created = |instances| Do::Tell(Change::Created { order: 0, instances, version: 1 });
        check(ENTRY.id, &[created(1), created(2)], &[created(1)]);
    }
}
