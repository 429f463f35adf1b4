//! `undo-once`: no effect is undone twice.

use sim_core::{Invariant, Judge, Strictness, Violation, World};

use super::cause;
use super::entry::{Entry, as_entered};
use super::{facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::{EffectIx, Model};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "undo-once",
    family: Family::Comp,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "what was done is undone at most once",
    seed: "14.1",
    guard: "each effect that undoes another",
    causes: cause::FAILS_OR_CANCELS,
    effect: "stock is released twice or a customer is credited twice",
    applies: |model| match facts::calls(model, |operation| operation.undoes.is_some()) {
        true => Ok(()),
        false => Err("steps: none of them, and no compensation, undoes anything".into()),
    },
    story,
    definition: subject::contract,
    new: |_: &Model| Box::new(UndoOnce),
};

/// See the catalogue entry.
pub struct UndoOnce;

impl Invariant<Scenario> for UndoOnce {
    as_entered!(kind::EFFECT);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let Change::Effect { effect } = *change else { return };
        let row = judge.ledger.effect(effect);
        let Some(undone) = row.undoes else { return };
        let (call, partial) = (row.call, row.partial);
        let first = judge.ledger.effect(undone).undone_by.unwrap_or(effect);
        let holds = first == effect || partial || judge.ledger.effect(first).partial;
        let subject = subject::of_step(&judge.model.model, call.order, call.step);
        judge.require(holds, subject, undone.0.into());
    }

    fn check_all(&self, world: &World<Scenario>, _: &Scenario) -> Option<bool> {
        let rows = &world.ledger.effects;
        let whole_undos_of =
            |ix: usize| rows.iter().filter(|row| row.undoes == Some(EffectIx(ix as u32)) && !row.partial).count();
        Some((0..rows.len()).all(|ix| whole_undos_of(ix) <= 1))
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let model = &scenario.model;
    let place = subject::unpack(violation.subject);
    let undone = place.step.and_then(|step| model.step(step).undoes);
    let what = undone.map_or_else(|| "an effect".to_owned(), |step| format!("what {} had done", model.step(step).id));
    format!("{} undid {what} although it was undone already.", subject::name(scenario, violation))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn an_effect_is_undone_once() {
        check(
            ENTRY.id,
            &[does(RESERVE), Do::Undo(RELEASE, 0), Do::Undo(RELEASE, 0)],
            &[does(RESERVE), Do::Undo(RELEASE, 0), does(RESERVE), Do::Undo(RELEASE, 2)],
        );
    }
}
