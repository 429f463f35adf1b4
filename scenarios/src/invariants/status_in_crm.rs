//! `status-in-crm`: the state of an item appears in the read models that follow it.

use sim_core::{Bound, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::{Debt, Debts, Numbers, item_column, orders_of};
use super::{bounds, facts, subject};
use crate::change::{Change, kind};
use crate::definition::{Aggregate, EmitWhen, Family, Severity, Span};
use crate::ledger::Ledger;
use crate::model::{ItemIx, Model};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "status-in-crm",
    family: Family::Conv,
    severity: Severity::P2,
    strictness: Strictness::Eventually,
    statement: "the state of an order and of its items appears in the read models that follow it",
    seed: "17.2",
    guard: "each change of a state that a read model follows",
    causes: &[],
    effect: "support and customers look at a state that is long past",
    applies: |model| match (StatusInCrm::new(model).followers.is_empty(), facts::moves_items(model)) {
        (false, true) => Ok(()),
        (true, _) => Err("consumers: no read model follows the state of orders or items".into()),
        (_, false) => {
            Err("steps: none of them belongs to an item, so that no item and no order changes its state".into())
        }
    },
    story,
    definition,
    new: |model: &Model| Box::new(StatusInCrm::new(model)),
};

/// A read model that follows items, orders, or both.
struct Follower {
    consumer: u8,
    items: bool,
    orders: bool,
    bound: Bound,
}

/// See the catalogue entry.
pub struct StatusInCrm {
    followers: Vec<Follower>,
    /// By follower, and in it by item, the order itself last.
    debts: Debts,
    /// By item, the order itself last: its state, plus one.
    states: Numbers,
    /// The same as `debts`: the state that the read model shows, plus one.
    shown: Numbers,
    columns: usize,
}

impl StatusInCrm {
    fn new(model: &Model) -> Self {
        let follows = |events: u64, of: Aggregate| {
            let told =
                |emission: &crate::model::Emission| emission.of == of && emission.when == EmitWhen::EveryTransition;
            model.emissions.iter().enumerate().any(|(i, emission)| events >> i & 1 != 0 && told(emission))
        };
        let read_models = model.consumers.iter().enumerate().filter(|(_, c)| c.step.is_none() && c.filter.is_none());
        let followers: Vec<_> = read_models
            .map(|(i, consumer)| Follower {
                consumer: i as u8,
                items: follows(consumer.events, Aggregate::Item),
                orders: follows(consumer.events, Aggregate::Order),
                bound: bounds::promised(model, consumer.within, bounds::READ_MODEL),
            })
            .filter(|follower| follower.items || follower.orders)
            .collect();
        let columns = model.items.len() + 1;
        let states = Numbers { at: 0, columns };
        let shown = Numbers { at: states.words(), columns: columns * followers.len() };
        let debts = Debts { at: shown.at + shown.words(), columns: shown.columns };
        Self { followers, debts, states, shown, columns }
    }

    fn changed(&self, judge: &mut Judge<'_, Scenario>, order: u16, item: ItemIx, state: u8) {
        let column = item_column(&judge.model.model, item);
        self.states.put(judge.state, order, column, u16::from(state) + 1);
        for (i, follower) in self.followers.iter().enumerate() {
            let follows = if item == ItemIx::ORDER { follower.orders } else { follower.items };
            let cell = i * self.columns + column;
            if !follows {
                continue;
            }
            if self.shown.get(judge.state, order, cell) == u16::from(state) + 1 {
                self.debts.meet(judge, order, cell);
            } else {
                let subject = subject::with_extra(subject::of_item(order, item), follower.consumer, 0);
                self.debts.open(judge, order, cell, Debt { subject, bound: follower.bound, needs: 0 });
            }
        }
    }
}

impl Invariant<Scenario> for StatusInCrm {
    as_entered!(kind::ITEM | kind::ORDER | kind::READ_MODEL);

    fn words(&self, _: &Scenario, ledger: &Ledger) -> usize {
        self.debts.at + self.debts.words_for(orders_of(ledger))
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Item { order, item, before, after, .. } if before != after => {
                self.changed(judge, order, item, after as u8);
            }
            Change::Order { order, before, after } if before != after => {
                self.changed(judge, order, ItemIx::ORDER, after as u8);
            }
            Change::ReadModel { consumer, emission, order, item, state, .. } => {
                let model = &judge.model.model;
                // A row about something else of the item says nothing of its state.
                let of = model.emissions.get(usize::from(emission)).map(|emission| emission.of);
                let item = match of {
                    Some(Aggregate::Item) => item,
                    Some(Aggregate::Order) => ItemIx::ORDER,
                    _ => return,
                };
                let Some(i) = self.followers.iter().position(|follower| follower.consumer == consumer) else { return };
                let column = item_column(&judge.model.model, item);
                let cell = i * self.columns + column;
                self.shown.put(judge.state, order, cell, u16::from(state) + 1);
                if self.states.get(judge.state, order, column) == u16::from(state) + 1 {
                    self.debts.meet(judge, order, cell);
                }
            }
            _ => {}
        }
    }
}

fn consumer<'a>(scenario: &'a Scenario, violation: &Violation) -> Option<&'a crate::model::Consumer> {
    scenario.model.consumers.get(usize::from(subject::unpack(violation.subject).extra.0))
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let reader = consumer(scenario, violation).map_or("a read model", |consumer| consumer.id.as_str());
    format!("The state of {} never appeared in {reader}, or too late.", subject::name(scenario, violation))
}

fn definition(scenario: &Scenario, violation: &Violation) -> Option<Span> {
    consumer(scenario, violation).map(|consumer| consumer.span).filter(|span| Model::is_written(*span))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::definition::OrderState;
    use sim_core::Duration;

    #[test]
    fn a_read_model_catches_up() {
        let item = |before, after| Do::Tell(Change::Item { order: 0, item: ROUTER, before, after, by_machine: true });
        let shows = |state: OrderState| {
            let (version, before) = (2, 1);
            Do::Tell(Change::ReadModel {
                consumer: CRM,
                emission: STATE_CHANGED,
                order: 0,
                item: ROUTER,
                state: state as u8,
                version,
                before,
            })
        };
        let started = item(OrderState::Acknowledged, OrderState::InProgress);
        let completed = item(OrderState::InProgress, OrderState::Completed);
        let (shows_start, shows_end) = (shows(OrderState::InProgress), shows(OrderState::Completed));
        check(ENTRY.id, &[started, Do::Finish], &[started, shows_start, Do::Finish]);
        check(
            ENTRY.id,
            &[started, shows_start, completed, shows_start, Do::Finish],
            &[started, completed, shows_start, shows_end, Do::Finish],
        );
        let shown_after = |mins| [started, Do::At(Duration::mins(mins)), shows_start, Do::Finish];
        check(ENTRY.id, &shown_after(11), &shown_after(10));
        let late = [started, Do::Heal, Do::At(Duration::days(30)), shows_start, Do::Finish];
        check(ENTRY.id, &late, &[started, Do::Heal, Do::At(Duration::mins(50)), shows_start, Do::Finish]);
    }
}
