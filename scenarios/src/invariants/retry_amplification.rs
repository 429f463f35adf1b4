//! `retry-amplification`: how many requests one business effect takes.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry. What is measured stands among the [metrics](crate::metrics); a scenario sets thresholds for it.
pub const ENTRY: Entry = Entry {
    id: "retry-amplification",
    family: Family::Term,
    severity: Severity::P2,
    strictness: Strictness::Monitored,
    statement: "no business effect takes more requests than a threshold",
    seed: "12.1",
    guard: "each request that leaves",
    causes: &[],
    effect: "a system that is slow gets more load the slower it is",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(RetryAmplification),
};

/// See the catalogue entry.
pub struct RetryAmplification;

impl Invariant<Scenario> for RetryAmplification {
    as_entered!(kind::SENT);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        if matches!(change, Change::Sent { .. }) {
            judge.judged();
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("An effect of {order} took more requests than the threshold.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_request_is_measured() {
        holds_for(ENTRY.id, &[Do::Tell(Change::Sent { call: call(BILL), key: 1 })]);
        is_silent(ENTRY.id, &[does(BILL)]);
    }
}
