//! `saga-duration`: how long sagas take.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, SagaState, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry. What is measured stands among the [metrics](crate::metrics); a scenario sets thresholds for it.
pub const ENTRY: Entry = Entry {
    id: "saga-duration",
    family: Family::Term,
    severity: Severity::P2,
    strictness: Strictness::Monitored,
    statement: "no saga takes longer than a threshold",
    seed: "23.1",
    guard: "each saga that comes to an end",
    causes: &[],
    effect: "customers wait longer than they were told",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(SagaDuration),
};

/// See the catalogue entry.
pub struct SagaDuration;

impl Invariant<Scenario> for SagaDuration {
    as_entered!(kind::SAGA);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        if matches!(
            change,
            Change::Saga { after: SagaState::Completed | SagaState::Compensated | SagaState::ManuallyClosed, .. }
        ) {
            judge.judged();
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("The saga of {order} took longer than the threshold.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn an_ended_saga_is_measured() {
        let saga = |after| Do::Tell(Change::Saga { order: 0, before: SagaState::Executing, after });
        holds_for(ENTRY.id, &[saga(SagaState::Completed)]);
        is_silent(ENTRY.id, &[saga(SagaState::UnknownOutcome)]);
    }
}
