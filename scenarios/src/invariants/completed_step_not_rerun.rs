//! `completed-step-not-rerun`: a completed step is not sent again, unless the definition says that it may be.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::{Numbers, orders_of};
use super::subject;
use crate::change::{Change, kind};
use crate::definition::{Family, Severity, StepState};
use crate::ledger::Ledger;
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "completed-step-not-rerun",
    family: Family::One,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "a completed step is not run again in the same revision, unless it is replay-safe",
    seed: "15.3",
    guard: "each request that leaves for a step that is not replay-safe",
    causes: &[],
    effect: "work that is done is done again",
    applies: |model| match (0..model.undo_end).any(|step| !model.steps[usize::from(step)].replay_safe) {
        true => Ok(()),
        false => Err("steps: all of them are replay-safe".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| Box::new(CompletedStepNotRerun { done: Numbers { at: 0, columns: model.row_count() } }),
};

/// See the catalogue entry.
pub struct CompletedStepNotRerun {
    /// By step: the revision that completed last, plus one.
    done: Numbers,
}

impl Invariant<Scenario> for CompletedStepNotRerun {
    as_entered!(kind::STEP_PAST_BEGUN | kind::SENT);

    fn words(&self, _: &Scenario, ledger: &Ledger) -> usize {
        self.done.words_for(orders_of(ledger))
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Step { order, step, after: StepState::Completed, revision, .. } => {
                self.done.put(judge.state, order, step.ix(), revision.saturating_add(1));
            }
            Change::Sent { call, .. } if call.step.ix() < self.done.columns => {
                let model = &judge.model.model;
                if !model.step(call.step).replay_safe {
                    let done = self.done.get(judge.state, call.order, call.step.ix());
                    let subject = subject::of_step(model, call.order, call.step);
                    judge.require(done != call.revision.saturating_add(1), subject, call.attempt.into());
                }
            }
            _ => {}
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    format!(
        "{} was sent once more (attempt {}) although it had completed.",
        subject::name(scenario, violation),
        violation.detail
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::Why;
    use crate::message::CallRef;

    #[test]
    fn a_completed_step_stays_done() {
        let sent = |revision| Do::Tell(Change::Sent { call: CallRef { revision, ..call(RESERVE) }, key: 1 });
        let completed = Do::Tell(Change::Step {
            order: 0,
            step: RESERVE,
            before: StepState::Sent,
            after: StepState::Completed,
            revision: 0,
            attempt: 1,
            why: Why::Replied,
        });
        check(ENTRY.id, &[sent(0), completed, sent(0)], &[sent(0), sent(0), completed, sent(1)]);
    }
}
