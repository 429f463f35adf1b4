//! `compensation-references-original`: an undo names the step that it undoes, and undoes what that step did.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::cause;
use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "compensation-references-original",
    family: Family::Comp,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "a compensation names the step that it undoes, and undoes what that step did for the same order",
    seed: "15.3",
    guard: "each compensation that begins, and each effect that undoes another",
    causes: cause::FAILS_OR_CANCELS,
    effect: "the wrong thing is undone, and what should have been undone stays",
    applies: |model| match model.forward < model.undo_end {
        true => Ok(()),
        false => Err("compensations: none".into()),
    },
    story,
    definition: subject::written,
    new: |_: &Model| Box::new(CompensationReferencesOriginal),
};

/// See the catalogue entry.
pub struct CompensationReferencesOriginal;

impl Invariant<Scenario> for CompensationReferencesOriginal {
    as_entered!(kind::COMPENSATION | kind::EFFECT);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        match *change {
            Change::Compensation { order, undo, undoes, .. } => {
                let original = model.step(undo).undoes;
                let subject = subject::of_step(model, order, undo);
                judge.require(original.is_some() && undoes == original, subject, 0);
            }
            Change::Effect { effect } => {
                let row = judge.ledger.effect(effect);
                let (call, Some(undone), Some(original)) = (row.call, row.undoes, model.step(row.call.step).undoes)
                else {
                    return;
                };
                let first = judge.ledger.effect(undone).call;
                let subject = subject::of_step(model, call.order, call.step);
                judge.require(first.order == call.order && first.step == original, subject, 1);
            }
            _ => {}
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let name = subject::name(scenario, violation);
    match violation.detail {
        0 => format!("The compensation {name} began without naming the step that it undoes."),
        _ => format!("{name} undid what another step or another order had done."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn an_undo_belongs_to_its_step() {
        let began = |undoes| Do::Tell(Change::Compensation { order: 0, undo: RELEASE, undoes, audited: true });
        check(ENTRY.id, &[began(None)], &[began(Some(RESERVE))]);
        check(ENTRY.id, &[began(Some(SHIP))], &[does(RESERVE), Do::Undo(RELEASE, 0)]);
        check(ENTRY.id, &[does(BILL), Do::Undo(RELEASE, 0)], &[does(BILL), Do::Undo(CREDIT, 0)]);
    }
}
