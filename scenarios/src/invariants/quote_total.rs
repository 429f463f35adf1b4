//! `quote-total`: a quote's total is the sum of its lines.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "quote-total",
    family: Family::Aud,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "a quote's total is the sum of its lines",
    seed: "3.1",
    guard: "each price that is stored with a quote",
    causes: &[],
    effect: "the customer accepts a total that nobody can explain",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(QuoteTotal),
};

/// See the catalogue entry.
pub struct QuoteTotal;

impl Invariant<Scenario> for QuoteTotal {
    as_entered!(kind::PRICE);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let Change::Price { order, version, lines, total, .. } = *change else { return };
        judge.require(lines == total, subject::of_order(order), version.into());
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("Version {} of the quote of {order} has a total that is not the sum of its lines.", violation.detail)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::QuoteState;

    #[test]
    fn the_total_is_the_sum() {
        let price = |lines| {
            let state = QuoteState::InProgress;
            Do::Tell(Change::Price { order: 0, version: 1, state, lines, total: 100, traced: true })
        };
        check(ENTRY.id, &[price(99)], &[price(100)]);
    }
}
