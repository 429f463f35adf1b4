//! `aggregate-order`: nobody applies an older version over a newer one.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, DeliveryPhase, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "aggregate-order",
    family: Family::Ord,
    severity: Severity::P2,
    strictness: Strictness::Always,
    statement: "a consumer never applies an older version of an order over a newer one",
    seed: "19",
    guard: "each event that is handled, and each row of a read model that is written",
    effect: "people see and act on a state that was already past",
    applies: |_| Ok(()),
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(AggregateOrder),
};

/// See the catalogue entry.
pub struct AggregateOrder;

impl Invariant<Scenario> for AggregateOrder {
    as_entered!(kind::READ_MODEL | kind::DELIVERY);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::ReadModel { consumer, order, item, version, before, .. } => {
                let subject = subject::with_extra(subject::of_item(order, item), consumer, 0);
                judge.require(version >= before, subject, u64::from(before) << 16 | u64::from(version));
            }
            Change::Delivery { event, consumer, phase: DeliveryPhase::Handled, before } => {
                let item = crate::model::ItemIx(event.item);
                let subject = subject::with_extra(subject::of_item(event.order, item), consumer, 0);
                judge.require(event.version >= before, subject, u64::from(before) << 16 | u64::from(event.version));
            }
            _ => {}
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    let (before, version) = (violation.detail >> 16, violation.detail & 0xFFFF);
    let consumer = usize::from(subject::unpack(violation.subject).extra.0);
    let consumer = scenario.model.consumers.get(consumer).map_or("a consumer", |consumer| consumer.id.as_str());
    format!("{consumer} had version {before} of {order} and then applied version {version} over it.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::message::BusinessEvent;

    #[test]
    fn the_newer_version_stays() {
        let shows = |version| {
            Do::Tell(Change::ReadModel {
                consumer: CRM,
                emission: STATE_CHANGED,
                order: 0,
                item: ROUTER,
                state: 0,
                version,
                before: 4,
            })
        };
        let handled = |version, phase| {
            let event = BusinessEvent { version, ..BusinessEvent::default() };
            Do::Tell(Change::Delivery { event, consumer: CRM, phase, before: 4 })
        };
        check(ENTRY.id, &[shows(3)], &[shows(4), shows(6)]);
        check(ENTRY.id, &[handled(3, DeliveryPhase::Handled)], &[handled(5, DeliveryPhase::Handled)]);
        is_silent(ENTRY.id, &[handled(3, DeliveryPhase::Ignored)]);
    }
}
