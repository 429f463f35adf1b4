//! `billing-references-item-and-snapshot`: a charge names its order item and has the accepted amount.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::{facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::{ItemIx, Model};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "billing-references-item-and-snapshot",
    family: Family::Aud,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "a charge is for an item of its order and has the amount of the accepted snapshot",
    seed: "17.1",
    guard: "each charge that is activated as it was asked for",
    causes: &[],
    effect: "a customer is charged another amount than the one that was accepted",
    applies: |model| match model.steps.iter().any(|step| step.charge.is_some()) {
        true => Ok(()),
        false => Err("steps: none of them activates a charge".into()),
    },
    story,
    definition: subject::written,
    new: |_: &Model| Box::new(BillingReferencesItemAndSnapshot),
};

/// See the catalogue entry.
pub struct BillingReferencesItemAndSnapshot;

impl Invariant<Scenario> for BillingReferencesItemAndSnapshot {
    as_entered!(kind::EFFECT);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let Change::Effect { effect } = *change else { return };
        let row = *judge.ledger.effect(effect);
        let model = &judge.model.model;
        if row.wrong || row.partial || facts::is_manual(&row) {
            return;
        }
        let Some(charge) = facts::charged(model, &row) else { return };
        let snapshot = &model.charges[charge.ix()];
        let holds = snapshot.item != ItemIx::ORDER
            && facts::has_item(judge.ledger, row.call.order, snapshot.item)
            && row.amount == snapshot.amount;
        let subject = subject::of_step(model, row.call.order, row.call.step);
        judge.require(holds, subject, row.amount as u64);
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let model = &scenario.model;
    let name = subject::name(scenario, violation);
    match subject::unpack(violation.subject).step.and_then(|step| model.step(step).charge) {
        Some(charge) => format!(
            "{name} charged {} where {} was accepted.",
            subject::amount(model, charge, violation.detail as i64),
            subject::amount(model, charge, model.charges[charge.ix()].amount)
        ),
        None => format!("{name} charged what no snapshot names."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::ledger::Effect;

    #[test]
    fn a_charge_has_the_accepted_amount() {
        let charged = |amount| Do::Effect(Effect { amount, ..effect(BILL) });
        check(ENTRY.id, &[charged(9_990)], &[charged(8_990)]);
        is_silent(ENTRY.id, &[Do::Effect(Effect { amount: 1, wrong: true, ..effect(BILL) })]);
    }
}
