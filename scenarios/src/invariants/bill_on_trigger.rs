//! `bill-on-trigger`: nothing is charged before the step has had its effect on which it is to be billed.

use sim_core::{Invariant, Judge, Strictness, Violation, World};

use super::entry::{Entry, as_entered};
use super::state::Bits;
use super::{facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, Severity, StepState};
use crate::ledger::Ledger;
use crate::model::{ChargeIx, Model};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "bill-on-trigger",
    family: Family::Ord,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "a charge starts only after the step that it is billed on has had its effect",
    seed: "28",
    guard: "each charge with a billOn that is activated",
    causes: &[],
    effect: "a customer pays for what was not delivered yet",
    applies: |model| match model.charges.iter().any(|charge| charge.bill_on.is_some()) {
        true => Ok(()),
        false => Err("items: no charge says billOn".into()),
    },
    story,
    definition: |scenario, violation| {
        let charge = &scenario.model.charges.get(violation.detail as usize)?;
        Model::is_written(charge.span).then_some(charge.span)
    },
    new: |model: &Model| Box::new(BillOnTrigger { completed: Bits { at: 0, columns: model.steps.len() } }),
};

/// See the catalogue entry.
pub struct BillOnTrigger {
    /// The steps that completed: a trigger without an effect in the ledger counts when it completes.
    completed: Bits,
}

impl Invariant<Scenario> for BillOnTrigger {
    as_entered!(kind::STEP_PAST_BEGUN | kind::EFFECT);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        self.completed.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        match *change {
            Change::Step { order, step, after: StepState::Completed, .. } => {
                self.completed.put(judge.state, order, step.ix(), true);
            }
            Change::Effect { effect } => {
                let row = *judge.ledger.effect(effect);
                let Some(charge) = facts::charged(model, &row).filter(|_| !facts::is_manual(&row)) else { return };
                let Some(trigger) = model.charges[charge.ix()].bill_on else { return };
                let holds = match facts::has_effect(model, trigger) {
                    true => facts::ever(judge.ledger, row.call.order, trigger),
                    false => self.completed.get(judge.state, row.call.order, trigger.ix()),
                };
                let subject = subject::of_step(model, row.call.order, row.call.step);
                judge.require(holds, subject, charge.0.into());
            }
            _ => {}
        }
    }

    fn check_all(&self, world: &World<Scenario>, scenario: &Scenario) -> Option<bool> {
        let model = &scenario.model;
        let known = model.charges.iter().filter_map(|charge| charge.bill_on);
        if known.into_iter().any(|trigger| !facts::has_effect(model, trigger)) {
            return None;
        }
        let rows = &world.ledger.effects;
        let holds = rows.iter().enumerate().all(|(i, row)| {
            let trigger = facts::charged(model, row).and_then(|charge| model.charges[charge.ix()].bill_on);
            facts::is_manual(row)
                || trigger.is_none_or(|trigger| {
                    let is_trigger = |e: &crate::ledger::Effect| {
                        e.call.order == row.call.order && e.call.step == trigger && e.undoes.is_none() && !e.partial
                    };
                    rows[..i].iter().any(is_trigger)
                })
        });
        Some(holds)
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let model = &scenario.model;
    let charge = &model.charges[violation.detail as usize];
    let trigger = charge.bill_on.map_or("its trigger", |step| model.step(step).id.as_str());
    format!(
        "{} ({}) was charged for {} before {trigger} had happened: the customer pays for what is not there.",
        subject::amount(model, ChargeIx(violation.detail as u16), charge.amount),
        charge.id,
        subject::item_name(model, subject::unpack(violation.subject).order, charge.item)
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::ledger::Effect;

    #[test]
    fn a_charge_follows_its_trigger() {
        check(ENTRY.id, &[does(BILL)], &[does(SHIP), does(BILL)]);
        let half = Do::Effect(Effect { partial: true, ..effect(SHIP) });
        check(ENTRY.id, &[half, does(BILL), does(SHIP)], &[does(PROVISION), does(BILL_ACCESS)]);
    }
}
