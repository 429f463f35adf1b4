//! `event-after-commit`: each event tells a committed change, and each change is told.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, RowPhase, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "event-after-commit",
    family: Family::Lost,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "each event tells a committed change, and each change that must be told has its event in the same transaction",
    seed: "9.2",
    guard: "each outbox row that is written, and each transition that must be told",
    effect: "others act on what never happened, or never learn what did",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(EventAfterCommit),
};

/// See the catalogue entry.
pub struct EventAfterCommit;

impl Invariant<Scenario> for EventAfterCommit {
    as_entered!(kind::ROW | kind::TOLD);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Row { event, phase: RowPhase::Written, committed } => {
                judge.require(committed, subject::of_item(event.order, crate::model::ItemIx(event.item)), 0);
            }
            Change::Told { order, item, written, asked } if asked > 0 => {
                judge.require(written >= asked, subject::of_item(order, item), 1);
            }
            _ => {}
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    match violation.detail {
        0 => format!("An event of {order} was written although the change that it tells was not committed."),
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
        let told = |written| Do::Tell(Change::Told { order: 0, item: ROUTER, written, asked: 1 });
        check(ENTRY.id, &[row(false)], &[row(true)]);
        check(ENTRY.id, &[told(0)], &[told(1)]);
    }
}
