//! Words for what happens in a run: messages, changes and faults as a business designer would say them.
//!
//! Everything is named through the model, never by a dense id. One function per family of messages or changes, so that
//! a new kind is one more arm in the family it belongs to.

mod change;
mod effect;
mod fault;
mod message;
pub mod states;
mod thing;

use sim_core::PartId;

pub use fault::{Told, fault, told};

use crate::ledger::Ledger;
use crate::message::{BusinessEvent, CallRef};
use crate::model::{ItemIx, Model, StepIx};
use crate::scenario::Scenario;

/// What is needed to put something into words: the names, and what really happened.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// The names.
    pub scenario: &'a Scenario,
    /// The real effects of the run, with its workload.
    pub ledger: &'a Ledger,
}

impl<'a> Words<'a> {
    /// The words of a run.
    #[must_use]
    pub fn new(scenario: &'a Scenario, ledger: &'a Ledger) -> Self {
        Self { scenario, ledger }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'a Model {
        &self.scenario.model
    }

    /// `order-1`
    #[must_use]
    pub fn order(&self, order: u16) -> String {
        format!("order-{}", u32::from(order) + 1)
    }

    /// `order-1/router`, or `order-1` for the order itself.
    #[must_use]
    pub fn item(&self, order: u16, item: ItemIx) -> String {
        match self.model().items.get(item.ix()) {
            Some(item) => format!("{}/{}", self.order(order), item.id),
            None => self.order(order),
        }
    }

    /// `bill-router`
    #[must_use]
    pub fn step(&self, step: StepIx) -> &'a str {
        self.model().steps.get(step.ix()).map_or("an unknown step", |step| step.id.as_str())
    }

    /// `order-1/router`: whatever the step belongs to.
    #[must_use]
    pub fn owner(&self, order: u16, step: StepIx) -> String {
        self.item(order, self.model().steps.get(step.ix()).map_or(ItemIx::ORDER, |step| step.item))
    }

    /// `bill-router`, or `bill-router of order-2` where the run has several orders.
    #[must_use]
    pub fn step_of(&self, order: u16, step: StepIx) -> String {
        if self.is_only_order() {
            self.step(step).to_owned()
        } else {
            format!("{} of {}", self.step(step), self.order(order))
        }
    }

    /// What a person says who decides a human step: `answers "refuse" about credit`.
    #[must_use]
    pub fn decision(&self, order: u16, step: StepIx, outcome: u8) -> String {
        let name = self.step_of(order, step);
        let outcomes = self.model().steps.get(step.ix()).map_or(&[][..], |step| &step.outcomes[..]);
        match outcomes.get(usize::from(outcome)) {
            Some((outcome, _)) => format!("answers \"{outcome}\" about {name}"),
            None => format!("approves {name}"),
        }
    }

    /// `billing.charge`; the step's name where it calls nothing.
    #[must_use]
    pub fn operation(&self, step: StepIx) -> &'a str {
        let call = self.model().steps.get(step.ix()).and_then(|step| step.call);
        call.map_or_else(|| self.step(step), |call| self.model().operation(call).id.as_str())
    }

    /// The system that a step calls: `billing`.
    #[must_use]
    pub fn system_of(&self, step: StepIx) -> &'a str {
        self.operation(step).split('.').next().unwrap_or_default()
    }

    /// `billing.charge for order-1/router/bill-router attempt 1`
    #[must_use]
    pub fn call(&self, call: CallRef) -> String {
        let mut text = format!("{} for {}", self.operation(call.step), self.owner(call.order, call.step));
        text.push('/');
        text.push_str(self.step(call.step));
        if call.revision > 0 && call.step.0 < self.model().undo_end {
            text.push_str(&format!(" revision {}", call.revision));
        }
        text.push_str(&format!(" attempt {}", call.attempt));
        text
    }

    /// `OrderItemStateChanged of order-1/router (completed)`
    #[must_use]
    pub fn event(&self, event: BusinessEvent) -> String {
        let about = self.item(event.order, ItemIx(event.item));
        match self.model().emissions.get(usize::from(event.emission)) {
            Some(emission) => {
                format!("{} of {about} ({})", emission.kind, states::of_aggregate(emission.of, event.state))
            }
            None => format!("the event of {} about {about}", self.source(event.source)),
        }
    }

    /// The emitter of an event: `oms`, `billing`.
    #[must_use]
    pub fn source(&self, source: u8) -> &'a str {
        let system = usize::from(source).checked_sub(1).and_then(|system| self.model().systems.get(system));
        system.map_or("oms", |system| system.id.as_str())
    }

    /// A consumer's name.
    #[must_use]
    pub fn consumer(&self, consumer: u8) -> &'a str {
        self.model().consumers.get(usize::from(consumer)).map_or("a consumer", |consumer| consumer.id.as_str())
    }

    /// Who a part is to a designer: `oms`, `billing`, `crm`, `person`.
    #[must_use]
    pub fn who(&self, part: PartId) -> &'a str {
        let parts = &self.model().parts;
        let system = parts.systems.iter().position(|p| *p == part).and_then(|i| self.model().systems.get(i));
        let consumer = parts.consumers.iter().position(|p| *p == part).and_then(|i| self.model().consumers.get(i));
        match part {
            _ if part == parts.outside => "person",
            _ if part == parts.cpq => "cpq",
            _ if part == parts.broker => "broker",
            _ if part == parts.reconciler => "reconciler",
            _ if parts.oms_relays.contains(&part) => "relay",
            _ => system.map(|s| s.id.as_str()).or(consumer.map(|c| c.id.as_str())).unwrap_or("oms"),
        }
    }

    /// Who a part is to an engineer: `oms/saga`, `oms/relay-2`, `billing`.
    #[must_use]
    pub fn node(&self, part: PartId) -> String {
        let parts = &self.model().parts;
        let relay = parts.oms_relays.iter().position(|relay| *relay == part);
        match (part, relay) {
            (_, Some(_)) if parts.oms_relays.len() == 1 => "oms/relay".to_owned(),
            (_, Some(relay)) => format!("oms/relay-{}", relay + 1),
            _ if part == parts.oms_api => "oms/api".to_owned(),
            _ if part == parts.oms_saga => "oms/saga".to_owned(),
            _ => self.who(part).to_owned(),
        }
    }

    /// Whether the run has one order at most, so that it need not be named every time.
    #[must_use]
    pub fn is_only_order(&self) -> bool {
        self.ledger.workload.orders.iter().filter(|order| order.items != 0).count() <= 1
    }

    /// `connectivity, router and support`: the items of an order of the workload.
    #[must_use]
    pub fn items_of(&self, order: u16) -> String {
        let mask = self.ledger.workload.orders.get(usize::from(order)).map_or(u64::MAX, |plan| plan.items);
        let items = self.model().items.iter().enumerate().filter(|(i, _)| mask >> (i % 64) & 1 != 0);
        listed(&items.map(|(_, item)| item.id.as_str()).collect::<Vec<_>>())
    }
}

/// `a, b and c`
fn listed(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
