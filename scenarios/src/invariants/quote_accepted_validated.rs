//! `quote-accepted-validated`: only a quote that passed validation is accepted.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, QuoteState, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "quote-accepted-validated",
    family: Family::Aud,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "a quote is accepted only after it passed its validation",
    seed: "17.1",
    guard: "each quote that is accepted",
    causes: &[],
    effect: "an order is made of a quote that cannot be fulfilled",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(QuoteAcceptedValidated),
};

/// See the catalogue entry.
pub struct QuoteAcceptedValidated;

impl Invariant<Scenario> for QuoteAcceptedValidated {
    as_entered!(kind::QUOTE);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let Change::Quote { order, version, after: QuoteState::Accepted, validated, .. } = *change else { return };
        judge.require(validated, subject::of_order(order), version.into());
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("Version {} of the quote of {order} was accepted without having passed validation.", violation.detail)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn only_a_valid_quote_is_accepted() {
        let accepted = |validated| {
            let (before, after) = (QuoteState::Approved, QuoteState::Accepted);
            Do::Tell(Change::Quote { order: 0, version: 1, before, after, validated, approved_version: 1 })
        };
        check(ENTRY.id, &[accepted(false)], &[accepted(true)]);
    }
}
