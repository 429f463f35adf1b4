//! `legal-transition`: nothing changes its state but as its machine allows.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::machines::{Machines, Thing};
use super::subject;
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "legal-transition",
    family: Family::Iso,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "quotes, orders, items, products, charges, sagas and steps change state only as their machines allow",
    seed: "3.1, 17.1",
    guard: "each change of a state",
    causes: &[],
    effect: "an order jumps into a state that its rules forbid, such as from completed back to in progress",
    applies: |_| Ok(()),
    story,
    definition: subject::written,
    new: |_: &Model| Box::new(LegalTransition { machines: Machines::bundled() }),
};

const KINDS: u64 = kind::QUOTE | kind::ORDER | kind::ITEM | kind::SAGA | kind::STEP | kind::CHARGE | kind::PRODUCT;

/// See the catalogue entry.
pub struct LegalTransition {
    machines: Machines,
}

impl Invariant<Scenario> for LegalTransition {
    as_entered!(KINDS);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        let (thing, before, after, subject) = match *change {
            Change::Quote { order, before, after, .. } => {
                (Thing::Quote, before as u8, after as u8, subject::of_order(order))
            }
            Change::Order { order, before, after } => {
                (Thing::Order, before as u8, after as u8, subject::of_order(order))
            }
            Change::Item { order, item, before, after, .. } => {
                (Thing::Item, before as u8, after as u8, subject::of_item(order, item))
            }
            Change::Saga { order, before, after } => (Thing::Saga, before as u8, after as u8, subject::of_order(order)),
            Change::Step { order, step, before, after, .. } => {
                (Thing::Step, before as u8, after as u8, subject::of_step(model, order, step))
            }
            Change::Charge { order, charge, before, after } => {
                let subject = subject::of_item(order, model.charges[charge.ix()].item);
                (Thing::Charge, before as u8, after as u8, subject)
            }
            Change::Product { order, item, before, after } => {
                (Thing::Product, before, after, subject::of_item(order, item))
            }
            _ => return,
        };
        let detail = u64::from(after) | u64::from(before) << 8 | (thing as u64) << 16;
        judge.require(self.machines.allow(thing, before, after), subject, detail);
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let thing = Thing::ALL[(violation.detail >> 16) as usize % Thing::ALL.len()];
    let state = |number: u64| thing.states().get(number as usize & 0xFF).copied().unwrap_or("no state");
    format!(
        "The {} of {} went from {} to {}, which its state machine forbids.",
        thing.name(),
        subject::name(scenario, violation),
        state(violation.detail >> 8),
        state(violation.detail)
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::change::{ChargeState, QuoteState, SagaState, Why};
    use crate::definition::{OrderState, StepState};

    #[test]
    fn machines_decide_what_may_follow() {
        let item = |before, after| Do::Tell(Change::Item { order: 0, item: ROUTER, before, after, by_machine: true });
        let order = |before, after| Do::Tell(Change::Order { order: 0, before, after });
        let saga = |before, after| Do::Tell(Change::Saga { order: 0, before, after });
        let charge = |before, after| Do::Tell(Change::Charge { order: 0, charge: HARDWARE, before, after });
        let product = |before, after| Do::Tell(Change::Product { order: 0, item: ROUTER, before, after });
        let quote = |before, after| {
            Do::Tell(Change::Quote { order: 0, version: 1, before, after, validated: true, approved_version: 1 })
        };
        let step = |before, after| {
            let (revision, attempt, why) = (0, 1, Why::Replied);
            Do::Tell(Change::Step { order: 0, step: SHIP, before, after, revision, attempt, why })
        };
        for (wrong, right) in [
            (item(OrderState::Completed, OrderState::InProgress), item(OrderState::InProgress, OrderState::Completed)),
            (item(OrderState::Cancelled, OrderState::Completed), item(OrderState::Pending, OrderState::InProgress)),
            (order(OrderState::Completed, OrderState::Failed), order(OrderState::InProgress, OrderState::Partial)),
            (saga(SagaState::ManuallyClosed, SagaState::Executing), saga(SagaState::Fallout, SagaState::Executing)),
            (charge(ChargeState::Credited, ChargeState::Active), charge(ChargeState::Active, ChargeState::Credited)),
            (product(5, 2), product(2, 5)),
            (quote(QuoteState::Accepted, QuoteState::InProgress), quote(QuoteState::Approved, QuoteState::Accepted)),
            (step(StepState::Completed, StepState::Failed), step(StepState::Sent, StepState::Unknown)),
        ] {
            check(ENTRY.id, &[wrong], &[right]);
        }
    }
}
