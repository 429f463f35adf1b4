//! `monotonic`: what was accepted, completed or invoiced does not go back without a record of the correction.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::Numbers;
use super::subject;
use crate::change::{Change, ChargeState, QuoteState, kind};
use crate::definition::{EffectKind, Family, OrderState, Severity};
use crate::ledger::Ledger;
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "monotonic",
    family: Family::Iso,
    severity: Severity::P0,
    strictness: Strictness::Always,
    statement: "accepted quotes, completed items and orders, and invoices never go back; they are corrected, not rewritten",
    seed: "3.3",
    guard: "each quote, item and order that is accepted or completed, each later change of it, and each undo of a charge or an asset",
    causes: &[],
    effect: "what the business has promised or booked disappears without a trace",
    applies: |_| Ok(()),
    story,
    definition: subject::contract,
    new: |_: &Model| Box::new(Monotonic),
};

/// By order: the accepted version of the quote, plus one.
const ACCEPTED: Numbers = Numbers { at: 0, columns: 1 };

const QUOTE: u64 = 0;
const ITEM: u64 = 1;
const ORDER: u64 = 2;
const CHARGE: u64 = 3;
const DELETED: u64 = 4;

/// See the catalogue entry.
pub struct Monotonic;

impl Invariant<Scenario> for Monotonic {
    as_entered!(kind::QUOTE | kind::ITEM | kind::ORDER | kind::CHARGE | kind::EFFECT);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        ACCEPTED.words()
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Quote { order, version, before, after, .. } => {
                let accepted = ACCEPTED.get(judge.state, order, 0);
                let is_new = before != QuoteState::Accepted && after == QuoteState::Accepted && accepted == 0;
                if is_new {
                    judge.judged();
                    ACCEPTED.put(judge.state, order, 0, u16::from(version) + 1);
                } else if accepted != 0 || before == QuoteState::Accepted {
                    judge.require(after == QuoteState::Accepted, subject::of_order(order), QUOTE);
                }
            }
            Change::Item { order, item, before, after, .. } if touches_completed(before, after) => {
                judge.require(after == OrderState::Completed, subject::of_item(order, item), ITEM);
            }
            Change::Order { order, before, after } if touches_completed(before, after) => {
                judge.require(after == OrderState::Completed, subject::of_order(order), ORDER);
            }
            Change::Charge { order, charge, before, after } if before != ChargeState::Requested => {
                let back = match before {
                    ChargeState::Active => after == ChargeState::Requested,
                    ChargeState::Stopped | ChargeState::Credited => {
                        matches!(after, ChargeState::Requested | ChargeState::Active)
                    }
                    _ => false,
                };
                let item = judge.model.model.charges[charge.ix()].item;
                judge.require(!back, subject::of_item(order, item), CHARGE);
            }
            Change::Effect { effect } => {
                let row = *judge.ledger.effect(effect);
                let Some(undone) = row.undoes else { return };
                let kept = matches!(judge.ledger.effect(undone).kind, EffectKind::Financial | EffectKind::Asset);
                if kept {
                    let model = &judge.model.model;
                    let deletes = model.operation(row.operation).deletes;
                    let subject = subject::of_step(model, row.call.order, row.call.step);
                    judge.require(!deletes, subject, DELETED);
                }
            }
            _ => {}
        }
    }
}

/// Whether something completes, or was completed before.
fn touches_completed(before: OrderState, after: OrderState) -> bool {
    before == OrderState::Completed || after == OrderState::Completed
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let name = subject::name(scenario, violation);
    match violation.detail {
        QUOTE => format!("The quote of {name} was accepted and then became something else again."),
        ITEM | ORDER => format!("The completed {name} went back."),
        CHARGE => format!("A charge of {name} went back to an earlier state without an adjustment."),
        _ => format!("{name} deleted a record that the books must keep, instead of adjusting it."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn what_is_settled_stays() {
        let quote = |version, before, after| {
            Do::Tell(Change::Quote { order: 0, version, before, after, validated: true, approved_version: 0 })
        };
        let accepted = quote(1, QuoteState::Approved, QuoteState::Accepted);
        check(
            ENTRY.id,
            &[accepted, quote(2, QuoteState::InProgress, QuoteState::InProgress)],
            &[accepted, quote(1, QuoteState::Accepted, QuoteState::Accepted)],
        );
        let charge = |before, after| Do::Tell(Change::Charge { order: 0, charge: HARDWARE, before, after });
        check(
            ENTRY.id,
            &[charge(ChargeState::Credited, ChargeState::Active)],
            &[charge(ChargeState::Active, ChargeState::Credited)],
        );
        let item = |after| {
            let before = OrderState::Completed;
            Do::Tell(Change::Item { order: 0, item: ROUTER, before, after, by_machine: true })
        };
        check(ENTRY.id, &[item(OrderState::InProgress)], &[does(BILL), Do::Undo(CREDIT, 0)]);
        let order = |after| Do::Tell(Change::Order { order: 0, before: OrderState::Completed, after });
        check(ENTRY.id, &[order(OrderState::Cancelled)], &[order(OrderState::Completed)]);
    }
}
