//! `decision-atomic`: an approval decision is stored together with what it brings about.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "decision-atomic",
    family: Family::Aud,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "an approval decision and the transition that it brings about are stored in one transaction",
    seed: "3.1",
    guard: "each approval decision that is applied",
    causes: &[],
    effect: "a quote is approved without a decision on record, or decided without effect",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(DecisionAtomic),
};

/// See the catalogue entry.
pub struct DecisionAtomic;

impl Invariant<Scenario> for DecisionAtomic {
    as_entered!(kind::APPROVAL);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let Change::Approval { order, version, atomic, .. } = *change else { return };
        judge.require(atomic, subject::of_order(order), version.into());
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!(
        "The decision about version {} of the quote of {order} was stored apart from its outcome.",
        violation.detail
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_decision_is_one_transaction() {
        let decided = |atomic| Do::Tell(Change::Approval { order: 0, version: 2, decided: 2, atomic });
        check(ENTRY.id, &[decided(false)], &[decided(true)]);
    }
}
