//! `accepted-untouched-by-price-change`: a new price list reaches drafts, and nothing that was submitted.

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
    id: "accepted-untouched-by-price-change",
    family: Family::Aud,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "a change of prices touches drafts only, never a quote that was submitted, approved or accepted",
    seed: "4.2, 20.3",
    guard: "each price that is published or stored while a quote is no draft any more",
    causes: &[],
    effect: "what was approved and what is sold differ in price",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(AcceptedUntouchedByPriceChange),
};

/// Words per order: the version plus one, and its total.
const WORDS: usize = 2;

/// See the catalogue entry.
pub struct AcceptedUntouchedByPriceChange;

impl Invariant<Scenario> for AcceptedUntouchedByPriceChange {
    as_entered!(kind::PRICE | kind::PUBLISHED);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        ORDERS_MAX * WORDS
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Published { order, version, state, touched } if state != QuoteState::InProgress => {
                judge.require(!touched, subject::of_order(order), version.into());
            }
            Change::Price { order, version, state, total, .. } => {
                let Some(i) = cell(order, 0, WORDS) else { return };
                let known = judge.state[i] == u64::from(version) + 1;
                if known && state != QuoteState::InProgress {
                    judge.require(judge.state[i + 1] == total as u64, subject::of_order(order), version.into());
                }
                judge.state[i] = u64::from(version) + 1;
                judge.state[i + 1] = total as u64;
            }
            _ => {}
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("A new price reached version {} of the quote of {order}, which was no draft any more.", violation.detail)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_price_change_reaches_drafts_only() {
        let price =
            |state, total| Do::Tell(Change::Price { order: 0, version: 1, state, lines: total, total, traced: true });
        let published = |state, touched| Do::Tell(Change::Published { order: 0, version: 1, state, touched });
        check(
            ENTRY.id,
            &[price(QuoteState::InProgress, 100), price(QuoteState::Pending, 110)],
            &[price(QuoteState::InProgress, 100), price(QuoteState::Pending, 100)],
        );
        check(
            ENTRY.id,
            &[published(QuoteState::Accepted, true)],
            &[published(QuoteState::InProgress, true), published(QuoteState::Accepted, false)],
        );
    }
}
