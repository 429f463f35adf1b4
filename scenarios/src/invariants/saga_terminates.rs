//! `saga-terminates`: each saga comes to an end, or to a person.

use sim_core::{Duration, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::{Debt, Debts};
use super::{bounds, facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Family, OrderState, Severity};
use crate::model::{ItemIx, Model};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "saga-terminates",
    family: Family::Term,
    severity: Severity::P1,
    strictness: Strictness::Eventually,
    statement: "each saga is completed, compensated, closed, or handed to a person",
    seed: "15.3",
    guard: "each order that is created, and each saga that starts again",
    causes: &[],
    effect: "an order hangs for ever: the customer waits, and nobody is told",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |model: &Model| {
        let timeout = model.timeout.as_ref().map(|timeout| timeout.within);
        let within = bounds::within(model, timeout, model.horizon) + model.horizon;
        Box::new(SagaTerminates { within, needs: facts::needs_of_item(model, ItemIx::ORDER) })
    },
};

const DEBTS: Debts = Debts { at: 0, columns: 1 };

/// See the catalogue entry.
pub struct SagaTerminates {
    within: Duration,
    needs: u64,
}

impl Invariant<Scenario> for SagaTerminates {
    as_entered!(kind::CREATED | kind::SAGA | kind::ORDER);

    fn words(&self, _: &Scenario) -> usize {
        DEBTS.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let (order, runs) = match *change {
            Change::Created { order, .. } => (order, true),
            Change::Saga { order, after, .. } => (order, !facts::is_terminal(after)),
            Change::Order { order, after: OrderState::Rejected, .. } => (order, false),
            _ => return,
        };
        if runs {
            let debt = Debt { subject: subject::of_order(order), within: self.within, needs: self.needs };
            DEBTS.open(judge, order, 0, debt);
        } else {
            DEBTS.meet(judge, order, 0);
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("The saga of {order} neither ended nor was handed to a person.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::SagaState;

    #[test]
    fn a_saga_ends() {
        let created = Do::Tell(Change::Created { order: 0, instances: 1, version: 1 });
        let saga = |before, after| Do::Tell(Change::Saga { order: 0, before, after });
        let ends = saga(SagaState::Executing, SagaState::Completed);
        let goes_on = saga(SagaState::Completed, SagaState::Compensating);
        let rejected =
            Do::Tell(Change::Order { order: 0, before: OrderState::Acknowledged, after: OrderState::Rejected });
        check(ENTRY.id, &[created, Do::Finish], &[created, ends, Do::Finish]);
        check(ENTRY.id, &[created, ends, goes_on, Do::Finish], &[created, rejected, Do::Finish]);
        let late = [created, Do::Heal, Do::At(Duration::days(100)), ends, Do::Finish];
        check(ENTRY.id, &late, &[created, Do::Heal, Do::At(Duration::days(20)), ends, Do::Finish]);
    }
}
