//! `decision-atomic`: an approval decision is stored together with what it brings about.
//!
//! From outside, a decision that is stored apart from its transition shows when something comes between the two.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::cell;
use super::subject;
use crate::change::{Change, QuoteState, kind};
use crate::definition::{Family, Severity};
use crate::ledger::Ledger;
use crate::model::Model;
use crate::scenario::Scenario;
use crate::workload::ORDERS_MAX;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "decision-atomic",
    family: Family::Aud,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "an approval decision and the transition that it brings about are stored in one transaction",
    seed: "3.1",
    guard: "each transition that a decision on record brings about, and whatever else happens to the quote while it is still to come",
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
    as_entered!(kind::APPROVAL | kind::QUOTE);

    /// By order: the version that was decided about and is still to be approved, plus one.
    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        ORDERS_MAX
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let (order, version, approves) = match *change {
            Change::Approval { order, version, .. } => (order, version, false),
            Change::Quote { order, version, after, .. } => (order, version, after == QuoteState::Approved),
            _ => return,
        };
        let Some(i) = cell(order, 0, 1) else { return };
        let decided = judge.state[i];
        judge.state[i] = 0;
        if decided != 0 {
            let carried_out = approves && decided == u64::from(version) + 1;
            judge.require(carried_out, subject::of_order(order), decided - 1);
        }
        if let Change::Approval { .. } = change {
            judge.state[i] = u64::from(version) + 1;
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!(
        "The decision about version {} of the quote of {order} is on record, and the quote does not have what it brings about.",
        violation.detail
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_decision_is_one_transaction() {
        let decided = Do::Tell(Change::Approval { order: 0, version: 2, decided: 2 });
        let quote = |version, after| {
            let (before, validated, approved_version) = (QuoteState::Pending, true, 2);
            Do::Tell(Change::Quote { order: 0, version, before, after, validated, approved_version })
        };
        let approved = quote(2, QuoteState::Approved);
        check(ENTRY.id, &[decided, decided], &[decided, approved, decided, approved]);
        check(
            ENTRY.id,
            &[decided, quote(3, QuoteState::InProgress)],
            &[decided, approved, quote(2, QuoteState::Accepted)],
        );
        check(ENTRY.id, &[decided, quote(3, QuoteState::Approved)], &[decided, approved]);
    }
}
