//! `unknown-not-failed`: an outcome that nobody knows is not taken for a failure, nor for a success.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::Bits;
use super::{cause, facts, subject};
use crate::change::{Change, Why, kind};
use crate::definition::{EffectKind, Family, Severity, StepState};
use crate::ledger::Ledger;
use crate::message::{CallRef, Finding};
use crate::model::{Model, StepIx};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "unknown-not-failed",
    family: Family::Unk,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "a step whose outcome is unknown is neither failed nor completed before its outcome was found out",
    seed: "13",
    guard: "each outcome that is settled, and each step with a lasting effect that fails from sent or unknown",
    causes: cause::LEAVES_UNKNOWN,
    effect: "what happened is treated as if it had not: it stays, unpaid or unreleased, or is done again",
    applies: |model| match (0..model.undo_end).any(|step| judges(model, StepIx(step))) {
        true => Ok(()),
        false => Err("steps: none of them has a lasting effect".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| Box::new(UnknownNotFailed { resolved: Bits { at: 0, columns: model.row_count() } }),
};

/// A message cannot be undone: giving it up does no harm.
fn judges(model: &Model, step: StepIx) -> bool {
    !matches!(facts::effect_kind(model, step), None | Some(EffectKind::Message))
}

/// What the detail of a violation says.
pub(super) const FALSE_SUCCESS: u64 = 0;
const FALSE_FAILURE: u64 = 1;
const UNRESOLVED: u64 = 2;

/// See the catalogue entry.
pub struct UnknownNotFailed {
    /// Steps whose outcome was found not to be there, since they were last sent.
    resolved: Bits,
}

impl Invariant<Scenario> for UnknownNotFailed {
    as_entered!(kind::STEP_PAST_BEGUN | kind::SENT | kind::RESOLVED);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        self.resolved.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        match *change {
            Change::Sent { call, .. } => self.resolved.put(judge.state, call.order, call.step.ix(), false),
            Change::Resolved { call, as_done, finding, .. }
                if matches!(finding, Finding::Confirmed | Finding::Absent) && judges(model, call.step) =>
            {
                let subject = subject::of_step(model, call.order, call.step);
                self.resolved.put(judge.state, call.order, call.step.ix(), !as_done);
                let done = facts::is_done(judge.ledger, call.order, call.step, call.revision);
                if as_done {
                    let there = done || was_settled(model, judge.ledger, call);
                    judge.require(there, subject, FALSE_SUCCESS);
                } else {
                    judge.require(!done, subject, FALSE_FAILURE);
                }
            }
            Change::Step { order, step, before, after, revision, why, .. }
                if matches!(before, StepState::Sent | StepState::Unknown)
                    && matches!(after, StepState::Failed | StepState::Skipped | StepState::Rejected)
                    && is_about_the_unknown(before, why)
                    && judges(model, step) =>
            {
                let subject = subject::of_step(model, order, step);
                let nobody_knows = matches!(why, Why::TimedOut | Why::StoreError);
                if nobody_knows && !self.resolved.get(judge.state, order, step.ix()) {
                    judge.require(false, subject, UNRESOLVED);
                } else {
                    let done = facts::is_done(judge.ledger, order, step, revision);
                    judge.require(!done, subject, FALSE_FAILURE);
                }
            }
            _ => {}
        }
    }
}

/// Whether a step that ends so does it because of an unknown outcome: not because a person says so, and not because a
/// system answered that it failed; that answer may follow the effect, but it was an answer.
fn is_about_the_unknown(before: StepState, why: Why) -> bool {
    match why {
        Why::Person | Why::Refused => false,
        Why::Failed => before == StepState::Unknown,
        _ => true,
    }
}

/// Whether what a call was to do holds although it stands in no row of its own: an effect was undone meanwhile, or
/// there was nothing to undo.
fn was_settled(model: &Model, ledger: &Ledger, call: CallRef) -> bool {
    match model.step(call.step).undoes {
        Some(undone) => !facts::is_done(ledger, call.order, undone, call.revision),
        None => facts::ever(ledger, call.order, call.step),
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let name = subject::name(scenario, violation);
    match violation.detail {
        FALSE_SUCCESS => format!("{name} was taken for done, but the system never did it."),
        FALSE_FAILURE => format!("{name} was taken for failed, but the system had done it."),
        _ => format!("Nobody knew whether {name} had happened, and it was taken for failed without asking."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn an_unknown_outcome_is_found_out() {
        let failed = |before, why| {
            Do::Tell(Change::Step {
                order: 0,
                step: BILL,
                before,
                after: StepState::Failed,
                revision: 0,
                attempt: 1,
                why,
            })
        };
        let resolved =
            |as_done, finding| Do::Tell(Change::Resolved { call: call(BILL), as_done, finding, asked: true });
        let absent = resolved(false, Finding::Absent);
        check(
            ENTRY.id,
            &[failed(StepState::Sent, Why::TimedOut)],
            &[absent, failed(StepState::Unknown, Why::TimedOut)],
        );
        check(ENTRY.id, &[failed(StepState::Unknown, Why::StoreError)], &[failed(StepState::Unknown, Why::Replied)]);
        check(ENTRY.id, &[does(BILL), absent], &[does(BILL), resolved(true, Finding::Confirmed)]);
        check(ENTRY.id, &[resolved(true, Finding::Confirmed)], &[absent]);
        check(
            ENTRY.id,
            &[does(BILL), failed(StepState::Sent, Why::GivenUp)],
            &[does(BILL), Do::Undo(CREDIT, 0), failed(StepState::Unknown, Why::GivenUp)],
        );
        is_silent(ENTRY.id, &[does(BILL), failed(StepState::Unknown, Why::Person)]);
        is_silent(ENTRY.id, &[does(BILL), failed(StepState::Sent, Why::Failed)]);
    }
}
