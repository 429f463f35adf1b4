//! `saga-terminates`: each saga comes to an end and its order with it, or to a person.

use sim_core::{Duration, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::{Debt, Debts, cell};
use super::{bounds, facts, subject};
use crate::change::{Change, SagaState, kind};
use crate::definition::{Family, OrderState, Severity};
use crate::ledger::Ledger;
use crate::model::{Item, ItemIx, Model};
use crate::scenario::Scenario;
use crate::workload::ORDERS_MAX;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "saga-terminates",
    family: Family::Term,
    severity: Severity::P1,
    strictness: Strictness::Eventually,
    statement: "each saga is completed or compensated and its order ends with it, or it is closed or handed to a person",
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
        // An item of which no step is a part of this saga is completed by another one.
        let completes = |item: &Item| !item.complete_after.is_empty() || !item.bundles.is_empty();
        let ends_order = !model.items.is_empty() && model.items.iter().all(completes);
        Box::new(SagaTerminates { within, needs: facts::needs_of_item(model, ItemIx::ORDER), ends_order })
    },
};

const DEBTS: Debts = Debts { at: 0, columns: 1 };
/// In the word of an order, after the debts: that its saga is over, that it was closed or is with a person, that the
/// order itself changes no more, and that it was created at all: a saga that ends before that has no order to end.
const OVER: u64 = 1;
const HANDED_OVER: u64 = 2;
const FINAL: u64 = 4;
const CREATED: u64 = 8;

/// See the catalogue entry.
pub struct SagaTerminates {
    within: Duration,
    needs: u64,
    /// Whether the order comes to its end with the saga.
    ends_order: bool,
}

impl SagaTerminates {
    /// Notes what became of an order's saga or of the order; whether that is an end.
    fn note(&self, judge: &mut Judge<'_, Scenario>, order: u16, (clear, set): (u64, u64)) -> bool {
        let Some(i) = cell(order, 0, 1) else { return false };
        let word = &mut judge.state[DEBTS.words() + i];
        *word = *word & !clear | set;
        *word & HANDED_OVER != 0
            || *word & OVER != 0 && (*word & FINAL != 0 || *word & CREATED == 0 || !self.ends_order)
    }
}

impl Invariant<Scenario> for SagaTerminates {
    as_entered!(kind::CREATED | kind::SAGA | kind::ORDER);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        DEBTS.words() + ORDERS_MAX
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let (order, what) = match *change {
            Change::Created { order, .. } => (order, (0, CREATED)),
            Change::Saga { order, after: SagaState::Fallout | SagaState::ManuallyClosed, .. } => {
                (order, (OVER, HANDED_OVER))
            }
            Change::Saga { order, after, .. } if facts::is_terminal(after) => (order, (HANDED_OVER, OVER)),
            Change::Saga { order, .. } => (order, (OVER | HANDED_OVER, 0)),
            // Nothing was begun.
            Change::Order { order, after: OrderState::Rejected, .. } => (order, (0, OVER | FINAL)),
            Change::Order { order, after, .. } if after.is_final() => (order, (0, FINAL)),
            _ => return,
        };
        if self.note(judge, order, what) {
            DEBTS.meet(judge, order, 0);
        } else {
            let debt = Debt { subject: subject::of_order(order), bound: self.within.into(), needs: self.needs };
            DEBTS.open(judge, order, 0, debt);
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("The saga of {order}, or the order itself, neither ended nor was handed to a person.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    #[test]
    fn a_saga_ends() {
        let created = Do::Tell(Change::Created { order: 0, instances: 1, version: 1 });
        let saga = |before, after| Do::Tell(Change::Saga { order: 0, before, after });
        let ends = saga(SagaState::Executing, SagaState::Completed);
        let goes_on = saga(SagaState::Completed, SagaState::Compensating);
        let rejected =
            Do::Tell(Change::Order { order: 0, before: OrderState::Acknowledged, after: OrderState::Rejected });
        let order = |after| Do::Tell(Change::Order { order: 0, before: OrderState::InProgress, after });
        let completed = order(OrderState::Completed);
        check(ENTRY.id, &[created, Do::Finish], &[created, ends, completed, Do::Finish]);
        check(ENTRY.id, &[created, ends, Do::Finish], &[created, completed, ends, Do::Finish]);
        check(ENTRY.id, &[created, ends, completed, goes_on, Do::Finish], &[created, rejected, Do::Finish]);
        check(
            ENTRY.id,
            &[created, ends, order(OrderState::Held), Do::Finish],
            &[created, saga(SagaState::Executing, SagaState::Fallout), order(OrderState::Held), Do::Finish],
        );
        // A saga that ends before it made an order has none to end.
        let begins = saga(SagaState::Pending, SagaState::Executing);
        check(ENTRY.id, &[begins, created, ends, Do::Finish], &[begins, ends, Do::Finish]);
        let late = [created, Do::Heal, Do::At(Duration::days(100)), completed, ends, Do::Finish];
        check(ENTRY.id, &late, &[created, Do::Heal, Do::At(Duration::days(20)), completed, ends, Do::Finish]);
    }
}
