//! `accepted-snapshot-immutable`: what the customer accepted does not change any more.

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
    id: "accepted-snapshot-immutable",
    family: Family::Aud,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "the snapshot of an accepted quote is never changed",
    seed: "17.1",
    guard: "each quote that is accepted with its snapshot, and each price that is stored with it afterwards",
    causes: &[],
    effect: "the customer is held to something that was never accepted",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(AcceptedSnapshotImmutable),
};

/// Words per order: what is known of the quote, and its total.
const WORDS: usize = 2;
/// The accepted version stands in the low byte; these bits say what is known.
const ACCEPTED: u64 = 1 << 8;
const PRICED: u64 = 1 << 9;

/// See the catalogue entry.
pub struct AcceptedSnapshotImmutable;

impl Invariant<Scenario> for AcceptedSnapshotImmutable {
    as_entered!(kind::QUOTE | kind::PRICE);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        ORDERS_MAX * WORDS
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Quote { order, version, after: QuoteState::Accepted, .. } => {
                let Some(i) = cell(order, 0, WORDS) else { return };
                let same = judge.state[i] & 0xFF == u64::from(version);
                let known = if same { judge.state[i] & PRICED } else { 0 };
                if known != 0 {
                    judge.judged();
                }
                judge.state[i] = u64::from(version) | ACCEPTED | known;
            }
            Change::Price { order, version, total, .. } => {
                let Some(i) = cell(order, 0, WORDS) else { return };
                let known = judge.state[i];
                if known & ACCEPTED == 0 || (known & 0xFF == u64::from(version) && known & PRICED == 0) {
                    judge.state[i] = u64::from(version) | known & ACCEPTED | PRICED;
                    judge.state[i + 1] = total as u64;
                } else {
                    let same = known & 0xFF == u64::from(version) && judge.state[i + 1] == total as u64;
                    judge.require(same, subject::of_order(order), version.into());
                }
            }
            _ => {}
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("The snapshot of the quote of {order} was changed after the customer had accepted it.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn an_accepted_snapshot_stays() {
        let price = |state, version, total| {
            Do::Tell(Change::Price { order: 0, version, state, lines: total, total, traced: true })
        };
        let accepted = Do::Tell(Change::Quote {
            order: 0,
            version: 2,
            before: QuoteState::Approved,
            after: QuoteState::Accepted,
            validated: true,
            approved_version: 2,
        });
        let drafts = [price(QuoteState::InProgress, 1, 90), price(QuoteState::InProgress, 2, 100), accepted];
        let then = |line| [&drafts[..], &[line]].concat();
        check(ENTRY.id, &then(price(QuoteState::Accepted, 2, 120)), &then(price(QuoteState::Accepted, 2, 100)));
        check(
            ENTRY.id,
            &then(price(QuoteState::InProgress, 3, 100)),
            &[accepted, price(QuoteState::Accepted, 2, 100), price(QuoteState::Accepted, 2, 100)],
        );
    }
}
