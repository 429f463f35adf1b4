//! `never-overcharged`: what is charged, less what is credited, never exceeds what was accepted.

use sim_core::{Invariant, Judge, Strictness, Violation, World};

use super::entry::{Entry, as_entered};
use super::state::cell;
use super::{facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::ledger::{Effect, Ledger};
use crate::model::{ChargeIx, Model};
use crate::scenario::Scenario;
use crate::workload::ORDERS_MAX;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "never-overcharged",
    family: Family::One,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "live charges less credits never exceed the accepted amount of a charge",
    seed: "18",
    guard: "each charge and each credit",
    causes: &[],
    effect: "a customer pays more than was agreed",
    applies: |model| match model.steps.iter().any(|step| step.charge.is_some()) {
        true => Ok(()),
        false => Err("steps: none of them activates a charge".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| Box::new(NeverOvercharged { charges: model.charges.len() }),
};

/// See the catalogue entry.
pub struct NeverOvercharged {
    charges: usize,
}

/// The charge that a row adds to or takes from; errors of the system itself are the reconciler's matter.
fn counted(model: &Model, ledger: &Ledger, row: &Effect) -> Option<ChargeIx> {
    let own = !row.wrong && !facts::is_manual(row);
    let not_own = |undone: &Effect| undone.wrong || facts::is_manual(undone);
    let undone = row.undoes.is_some_and(|undone| not_own(ledger.effect(undone)));
    if own && !undone { facts::charge_of(model, ledger, row) } else { None }
}

impl Invariant<Scenario> for NeverOvercharged {
    as_entered!(kind::EFFECT);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        ORDERS_MAX * self.charges
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let Change::Effect { effect } = *change else { return };
        let model = &judge.model.model;
        let row = *judge.ledger.effect(effect);
        let Some(charge) = counted(model, judge.ledger, &row) else { return };
        let Some(i) = cell(row.call.order, charge.ix(), self.charges) else { return };
        let net = (judge.state[i] as i64).saturating_add(row.amount);
        judge.state[i] = net as u64;
        let subject = subject::of_step(model, row.call.order, row.call.step);
        judge.require(net <= model.charges[charge.ix()].amount, subject, net as u64);
    }

    fn check_all(&self, world: &World<Scenario>, scenario: &Scenario) -> Option<bool> {
        let model = &scenario.model;
        let rows = &world.ledger.effects;
        let net_of = |order: u16, charge: ChargeIx, until: usize| {
            let rows = rows[..until].iter().filter(|row| row.call.order == order);
            let own = rows.filter(|row| counted(model, &world.ledger, row) == Some(charge));
            own.fold(0, |net: i64, row| net.saturating_add(row.amount))
        };
        let holds = (0..rows.len()).all(|i| {
            counted(model, &world.ledger, &rows[i])
                .is_none_or(|charge| net_of(rows[i].call.order, charge, i + 1) <= model.charges[charge.ix()].amount)
        });
        Some(holds)
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let model = &scenario.model;
    let place = subject::unpack(violation.subject);
    let charge = place.step.and_then(|step| model.step(step).charge);
    match charge {
        Some(charge) => format!(
            "{} is charged {} of {} where {} was accepted.",
            subject::item_name(model, place.order, model.charges[charge.ix()].item),
            subject::amount(model, charge, violation.detail as i64),
            model.charges[charge.ix()].id,
            subject::amount(model, charge, model.charges[charge.ix()].amount)
        ),
        None => format!("{} is charged more than was accepted.", subject::name(scenario, violation)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn the_net_never_exceeds_the_accepted_amount() {
        check(ENTRY.id, &[does(BILL), does(BILL)], &[does(BILL), Do::Undo(CREDIT, 0), does(BILL), does(BILL_ACCESS)]);
        is_silent(ENTRY.id, &[Do::Effect(Effect { amount: 1_000_000, wrong: true, ..effect(BILL) })]);
    }
}
