//! `saga-transition-locked`: no update is lost: what is written back was read in the version that stands there.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "saga-transition-locked",
    family: Family::Iso,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "an order is written back only over the version that was read",
    seed: "15.3, 20.1",
    guard: "each order that is written back",
    causes: &[],
    effect: "one change silently undoes another: a cancellation or a completion is lost",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(SagaTransitionLocked),
};

/// See the catalogue entry.
pub struct SagaTransitionLocked;

impl Invariant<Scenario> for SagaTransitionLocked {
    as_entered!(kind::SAVED);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let Change::Saved { order, read, current } = *change else { return };
        judge.require(read == current, subject::of_order(order), u64::from(read) << 16 | u64::from(current));
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    let (read, current) = (violation.detail >> 16, violation.detail & 0xFFFF);
    format!("{order} was read in version {read} and written back over version {current}: what came between is lost.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn nothing_is_written_over_unread() {
        let saved = |read| Do::Tell(Change::Saved { order: 0, read, current: 8 });
        check(ENTRY.id, &[saved(7)], &[saved(8)]);
    }
}
