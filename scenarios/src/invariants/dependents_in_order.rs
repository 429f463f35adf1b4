//! `dependents-in-order`: no request leaves before the steps that come before it are done, however they are slowed down.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::Bits;
use super::{facts, subject};
use crate::change::{Change, Why, kind};
use crate::definition::{Family, Severity, StepState};
use crate::ledger::Ledger;
use crate::model::{Model, StepIx, StepSet};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "dependents-in-order",
    family: Family::Ord,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "a step is sent only when the steps before it are done, also under rate limits and retries",
    seed: "12.1",
    guard: "each request that leaves for a step with predecessors",
    causes: &[],
    effect: "a system is asked for something that it cannot do yet",
    applies: |model| match model.steps.iter().any(|step| !step.after.is_empty()) {
        true => Ok(()),
        false => Err("steps: none comes after another".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| Box::new(DependentsInOrder { done: Bits { at: 0, columns: model.row_count() } }),
};

/// See the catalogue entry.
pub struct DependentsInOrder {
    /// Steps that are past their work.
    done: Bits,
}

impl Invariant<Scenario> for DependentsInOrder {
    as_entered!(kind::STEP | kind::SENT);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        self.done.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Step { order, step, before, after, why, .. } => {
                // What is undone to be done again is not done.
                let working =
                    matches!(after, StepState::Pending | StepState::Ready | StepState::Sent | StepState::Unknown)
                        || after == StepState::Compensating && why == Why::Redone;
                // What had failed, and a person sends once more, holds nothing back that may have begun since.
                if !facts::is_sent_again_by_hand(before, after, why) {
                    self.done.put(judge.state, order, step.ix(), !working);
                }
            }
            Change::Sent { call, .. } if facts::is_forward(&judge.model.model, call.step) => {
                self.require(judge, (call.order, call.step), call.step, &mut StepSet::default());
            }
            _ => {}
        }
    }
}

impl DependentsInOrder {
    /// The steps that come before one have to be done; in the place of one whose item was not ordered, those before it.
    fn require(&self, judge: &mut Judge<'_, Scenario>, of: (u16, StepIx), next: StepIx, seen: &mut StepSet) {
        let model = &judge.model.model;
        for &before in &model.step(next).after {
            if !seen.insert(before) {
                continue;
            }
            if facts::has_item(judge.ledger, of.0, model.step(before).item) {
                let done = self.done.get(judge.state, of.0, before.ix());
                judge.require(done, subject::of_step(model, of.0, of.1), before.0.into());
            } else {
                self.require(judge, of, before, seen);
            }
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let before = scenario.model.steps.get(violation.detail as usize).map_or("another step", |step| step.id.as_str());
    format!("{} was sent before {before}, which comes before it, was done.", subject::name(scenario, violation))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_request_waits_for_its_predecessors() {
        let reserve = |after| {
            let (before, revision, attempt, why) = (StepState::Sent, 0, 1, Why::Replied);
            Do::Tell(Change::Step { order: 0, step: RESERVE, before, after, revision, attempt, why })
        };
        let ship = Do::Tell(Change::Sent { call: call(SHIP), key: 1 });
        check(ENTRY.id, &[reserve(StepState::Unknown), ship], &[reserve(StepState::Completed), ship]);
        check(ENTRY.id, &[ship], &[reserve(StepState::Skipped), ship]);
        // One that failed is sent once more by a person, crashes, and is sent again: what it had let go may go on.
        let by_hand = |before, why| {
            let (after, revision, attempt) = (StepState::Sent, 0, 2);
            Do::Tell(Change::Step { order: 0, step: RESERVE, before, after, revision, attempt, why })
        };
        let failed = [reserve(StepState::Failed), by_hand(StepState::Failed, Why::Person)];
        let again = [failed[0], failed[1], by_hand(StepState::Sent, Why::Resent), ship];
        check(ENTRY.id, &[reserve(StepState::Failed), by_hand(StepState::Failed, Why::Redone), ship], &again);
    }
}
