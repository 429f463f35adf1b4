//! `item-state-by-domain-command`: an item changes its state through its own machine only.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "item-state-by-domain-command",
    family: Family::Aud,
    severity: Severity::P1,
    strictness: Strictness::Always,
    statement: "an item changes its state only through its own state machine, never by a write from outside",
    seed: "16.3",
    guard: "each item that changes its state",
    causes: &[],
    effect: "the state of an order says something that its rules never decided",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(ItemStateByDomainCommand),
};

/// See the catalogue entry.
pub struct ItemStateByDomainCommand;

impl Invariant<Scenario> for ItemStateByDomainCommand {
    as_entered!(kind::ITEM);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let Change::Item { order, item, by_machine, .. } = *change else { return };
        judge.require(by_machine, subject::of_item(order, item), 0);
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    let item = subject::unpack(violation.subject).item;
    match item.and_then(|item| scenario.model.items.get(item.ix())) {
        Some(item) => format!("The state of item {} of {order} was written past its state machine.", item.id),
        None => format!("The state of {order} was written past its state machine."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::definition::OrderState;

    #[test]
    fn the_machine_decides() {
        let changed = |by_machine| {
            let (before, after) = (OrderState::InProgress, OrderState::Completed);
            Do::Tell(Change::Item { order: 0, item: ROUTER, before, after, by_machine })
        };
        check(ENTRY.id, &[changed(false)], &[changed(true)]);
    }
}
