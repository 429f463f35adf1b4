//! `price-trace-with-snapshot`: how a price came about is stored together with it.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "price-trace-with-snapshot",
    family: Family::Aud,
    severity: Severity::P2,
    strictness: Strictness::Always,
    statement: "how a price came about is stored in the same transaction as the price",
    seed: "3.1",
    guard: "each price that is stored with a quote",
    causes: &[],
    effect: "a price cannot be explained when it is disputed",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(PriceTraceWithSnapshot),
};

/// See the catalogue entry.
pub struct PriceTraceWithSnapshot;

impl Invariant<Scenario> for PriceTraceWithSnapshot {
    as_entered!(kind::PRICE);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let Change::Price { order, version, traced, .. } = *change else { return };
        judge.require(traced, subject::of_order(order), version.into());
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("The price of version {} of the quote of {order} was stored without its trace.", violation.detail)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::QuoteState;

    #[test]
    fn a_price_has_its_trace() {
        let price = |traced| {
            let state = QuoteState::InProgress;
            Do::Tell(Change::Price { order: 0, version: 1, state, lines: 100, total: 100, traced })
        };
        check(ENTRY.id, &[price(false)], &[price(true)]);
    }
}
