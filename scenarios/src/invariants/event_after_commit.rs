//! `event-after-commit`: each event tells a committed change, and each change is told.

use sim_core::{Duration, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::{Debt, Debts, cell};
use super::{bounds, subject};
use crate::change::{Change, RowPhase, kind};
use crate::definition::{Family, Severity};
use crate::ledger::Ledger;
use crate::model::{ItemIx, Model};
use crate::scenario::Scenario;
use crate::workload::ORDERS_MAX;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "event-after-commit",
    family: Family::Lost,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "each event tells a committed change, and each change that must be told has its event",
    seed: "9.2",
    guard: "each outbox row that is written, and each transition that must be told",
    causes: &[],
    effect: "others act on what never happened, or never learn what did",
    applies: |model| match model.emissions.is_empty() {
        true => Err("emits: nothing".to_owned()),
        false => Ok(()),
    },
    story,
    definition: subject::plumbing,
    new: |model: &Model| Box::new(EventAfterCommit { within: bounds::within(model, None, bounds::READ_MODEL) }),
};

/// By order: events that were asked for, less those that were written.
const BALANCE: usize = 0;
const DEBTS: Debts = Debts { at: ORDERS_MAX, columns: 1 };

/// See the catalogue entry.
pub struct EventAfterCommit {
    /// How soon an event must follow that was not written with its change.
    within: Duration,
}

impl EventAfterCommit {
    fn balance(&self, judge: &mut Judge<'_, Scenario>, order: u16, more: i64) {
        let Some(i) = cell(order, 0, 1) else { return };
        let balance = (judge.state[BALANCE + i] as i64).saturating_add(more);
        judge.state[BALANCE + i] = balance as u64;
        if balance <= 0 {
            DEBTS.meet(judge, order, 0);
        }
    }
}

impl Invariant<Scenario> for EventAfterCommit {
    as_entered!(kind::ROW_WRITTEN | kind::TOLD);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        DEBTS.at + DEBTS.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Row { event, phase: RowPhase::Written, committed } if event.source == 0 => {
                judge.require(committed, subject::of_item(event.order, ItemIx(event.item)), 0);
                if committed {
                    self.balance(judge, event.order, -1);
                }
            }
            Change::Told { order, asked, .. } if asked > 0 => {
                judge.judged();
                self.balance(judge, order, asked.into());
                if cell(order, 0, 1).is_some_and(|i| judge.state[BALANCE + i] as i64 > 0) {
                    let debt = Debt { subject: subject::of_order(order), bound: self.within.into(), needs: 0 };
                    DEBTS.open(judge, order, 0, debt);
                }
            }
            _ => {}
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    match violation.due {
        None => format!("An event of {order} was written although the change that it tells was not committed."),
        _ => format!("A change of {order} was committed without the event that must tell it."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::message::BusinessEvent;

    #[test]
    fn events_and_changes_belong_together() {
        let row =
            |committed| Do::Tell(Change::Row { event: BusinessEvent::default(), phase: RowPhase::Written, committed });
        let told = Do::Tell(Change::Told { order: 0, item: ROUTER, written: 0, asked: 1 });
        check(ENTRY.id, &[row(false)], &[row(true)]);
        check(ENTRY.id, &[told, Do::Finish], &[row(true), told, Do::Finish]);
        check(ENTRY.id, &[row(true), told, told, Do::Finish], &[told, row(true), Do::Finish]);
    }
}
