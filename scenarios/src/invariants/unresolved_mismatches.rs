//! `unresolved-mismatches`: how many differences are open.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::cause;
use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, Mismatch, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry. What is measured stands among the [metrics](crate::metrics); a scenario sets thresholds for it.
pub const ENTRY: Entry = Entry {
    id: "unresolved-mismatches",
    family: Family::Conv,
    severity: Severity::P1,
    strictness: Strictness::Monitored,
    statement: "no more differences between systems are open than a threshold",
    seed: "17.3",
    guard: "each difference that the reconciler finds",
    causes: cause::LEAVES_A_DIFFERENCE,
    effect: "repairs pile up faster than people work them off",
    applies: |model| match model.rules.is_empty() {
        false => Ok(()),
        true => Err("reconcile: no rules".into()),
    },
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(UnresolvedMismatches),
};

/// See the catalogue entry.
pub struct UnresolvedMismatches;

impl Invariant<Scenario> for UnresolvedMismatches {
    as_entered!(kind::RECONCILED);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        if matches!(change, Change::Reconciled { found, .. } if *found != Mismatch::None) {
            judge.judged();
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("More differences of {order} are open than the threshold.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_difference_is_measured() {
        let found = |found| {
            let (item, rule, severity, acted) = (ROUTER, 0, 0, true);
            Do::Tell(Change::Reconciled { order: 0, item, rule, found, severity, acted })
        };
        holds_for(ENTRY.id, &[found(Mismatch::Missing)]);
        is_silent(ENTRY.id, &[found(Mismatch::None)]);
    }
}
