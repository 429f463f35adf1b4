//! `unknown-age`: how long outcomes stay unknown.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::cause;
use super::entry::{Entry, as_entered};
use super::{facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, Severity, StepState};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry. What is measured stands among the [metrics](crate::metrics); a scenario sets thresholds for it.
pub const ENTRY: Entry = Entry {
    id: "unknown-age",
    family: Family::Unk,
    severity: Severity::P1,
    strictness: Strictness::Monitored,
    statement: "no outcome stays unknown for longer than a threshold",
    seed: "17.3",
    guard: "each outcome that is no longer unknown",
    causes: cause::LEAVES_UNKNOWN,
    effect: "customers wait for an answer that nobody is looking for",
    applies: |model| match facts::can_be_unknown(model) {
        true => Ok(()),
        false => Err("retry: no policy that a step uses has an unknownOutcomePolicy".into()),
    },
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(UnknownAge),
};

/// See the catalogue entry.
pub struct UnknownAge;

impl Invariant<Scenario> for UnknownAge {
    as_entered!(kind::STEP_PAST_BEGUN);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        if matches!(change, Change::Step { before: StepState::Unknown, .. }) {
            judge.judged();
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("An outcome of {order} stayed unknown for longer than the threshold.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::Why;

    #[test]
    fn a_settled_outcome_is_measured() {
        let step = |before| {
            let (after, revision, attempt, why) = (StepState::Completed, 0, 1, Why::Confirmed);
            Do::Tell(Change::Step { order: 0, step: BILL, before, after, revision, attempt, why })
        };
        holds_for(ENTRY.id, &[step(StepState::Unknown)]);
        is_silent(ENTRY.id, &[step(StepState::Sent)]);
    }
}
