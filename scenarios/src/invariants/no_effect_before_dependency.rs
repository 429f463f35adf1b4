//! `no-effect-before-dependency`: a step has its effect only after what it depends on has had its own.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::Bits;
use super::{facts, subject};
use crate::change::{Change, Why, kind};
use crate::definition::{Family, Severity, StepState};
use crate::ledger::Ledger;
use crate::model::{Model, StepIx};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "no-effect-before-dependency",
    family: Family::Ord,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "a step has its effect only after the steps, and the items, that it depends on have had theirs",
    seed: "28",
    guard: "each effect of a step with a dependency that has an effect of its own",
    causes: &[],
    effect: "something is shipped, activated or charged that cannot work yet",
    applies: |model| match Dependencies::new(model).of.iter().any(|of| !of.is_empty()) {
        true => Ok(()),
        false => Err("steps: none depends on a step with an effect".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| Box::new(Dependencies::new(model)),
};

/// See the catalogue entry.
pub struct Dependencies {
    /// By forward step: the steps with an effect that must have come before it, and whether that is a claim.
    of: Vec<Vec<(StepIx, bool)>>,
    /// Steps that are not needed, and steps that ended without an effect: only claims insist on these.
    skipped: Bits,
    ended: Bits,
}

impl Dependencies {
    /// Mechanism (`after`) and claim (`reliesOn`) together: an item that relies on another is complete only after it.
    fn new(model: &Model) -> Self {
        let after = |step| model.step(StepIx(step)).after.iter().map(|before| (*before, false)).collect();
        let mut of: Vec<Vec<(StepIx, bool)>> = (0..model.forward).map(after).collect();
        for item in &model.items {
            let relied = item.relies_on.iter().flat_map(|item| model.items[item.ix()].complete_after.iter());
            let relied: Vec<_> = relied.map(|step| (*step, true)).collect();
            for claim in item.complete_after.iter().filter(|step| facts::is_forward(model, **step)) {
                of[claim.ix()].extend(&relied);
            }
        }
        for (step, of) in of.iter_mut().enumerate() {
            of.retain(|(before, _)| facts::has_effect(model, *before) && before.ix() != step);
            of.sort_unstable_by_key(|(before, claim)| (*before, !claim));
            of.dedup_by_key(|(before, _)| *before);
        }
        let skipped = Bits { at: 0, columns: usize::from(model.forward) };
        Self { of, skipped, ended: Bits { at: skipped.words(), ..skipped } }
    }
}

impl Invariant<Scenario> for Dependencies {
    as_entered!(kind::STEP | kind::EFFECT);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        self.ended.at + self.ended.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Step { order, step, before, after, why, .. } if step.ix() < self.of.len() => {
                let skipped = after == StepState::Skipped && why == Why::NotNeeded;
                // What was undone without having happened is over as well.
                let ended = matches!(
                    after,
                    StepState::Skipped
                        | StepState::Failed
                        | StepState::Rejected
                        | StepState::Compensated
                        | StepState::CompensationFailed
                );
                self.skipped.put(judge.state, order, step.ix(), skipped);
                // What had failed, and a person sends once more, holds nothing back that may have begun since.
                if !facts::is_sent_again_by_hand(before, after, why) {
                    self.ended.put(judge.state, order, step.ix(), ended);
                }
            }
            Change::Effect { effect } => {
                let row = *judge.ledger.effect(effect);
                let model = &judge.model.model;
                if !facts::is_forward(model, row.call.step) || facts::is_manual(&row) || !facts::is_original(&row) {
                    return;
                }
                let order = row.call.order;
                for (before, is_claim) in &self.of[row.call.step.ix()] {
                    let excused = if *is_claim { self.skipped } else { self.ended };
                    let owed = facts::has_item(judge.ledger, order, model.step(*before).item)
                        && !excused.get(judge.state, order, before.ix());
                    if owed {
                        let subject = subject::of_step(model, order, row.call.step);
                        judge.require(facts::ever(judge.ledger, order, *before), subject, before.0.into());
                    }
                }
            }
            _ => {}
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let before = scenario.model.steps.get(violation.detail as usize).map_or("another step", |step| step.id.as_str());
    format!("{} had its effect before {before}, on which it depends, had happened.", subject::name(scenario, violation))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn an_effect_waits_for_what_it_depends_on() {
        check(ENTRY.id, &[does(SHIP)], &[does(RESERVE), does(SHIP)]);
        check(ENTRY.id, &[does(ACTIVATE)], &[does(PROVISION), does(ACTIVATE)]);
    }

    #[test]
    fn a_step_that_was_skipped_is_not_waited_for() {
        let skipped = Change::Step {
            order: 0,
            step: RESERVE,
            before: StepState::Pending,
            after: StepState::Skipped,
            revision: 0,
            attempt: 0,
            why: Why::NotNeeded,
        };
        is_silent(ENTRY.id, &[Do::Tell(skipped), does(SHIP)]);
    }

    /// What it had let go when it failed may go on while a person has it done once more; the engine's own repetition holds it back.
    #[test]
    fn a_step_that_failed_and_is_sent_again_by_hand_is_not_waited_for() {
        let step = |before, after, why| {
            Do::Tell(Change::Step { order: 0, step: RESERVE, before, after, revision: 0, attempt: 1, why })
        };
        let fails = step(StepState::Sent, StepState::Failed, Why::GivenUp);
        let by_hand = step(StepState::Failed, StepState::Sent, Why::Person);
        let crashed = step(StepState::Sent, StepState::Sent, Why::Resent);
        is_silent(ENTRY.id, &[fails, by_hand, crashed, does(SHIP)]);
        check(
            ENTRY.id,
            &[fails, step(StepState::Failed, StepState::Sent, Why::Redone), does(SHIP)],
            &[does(RESERVE), does(SHIP)],
        );
    }
}
