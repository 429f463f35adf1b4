//! `consumer-lag`: how far consumers are behind.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::subject;
use crate::change::{Change, DeliveryPhase, kind};
use crate::definition::{Family, Severity};
use crate::model::Model;
use crate::scenario::Scenario;

/// The catalogue entry. What is measured stands among the [metrics](crate::metrics); a scenario sets thresholds for it.
pub const ENTRY: Entry = Entry {
    id: "consumer-lag",
    family: Family::Conv,
    severity: Severity::P2,
    strictness: Strictness::Monitored,
    statement: "no consumer is behind by more than a threshold",
    seed: "17.3",
    guard: "each event that a consumer handles",
    causes: &[],
    effect: "what people see is old",
    applies: |model| match model.consumers.is_empty() {
        false => Ok(()),
        true => Err("consumers: none".into()),
    },
    story,
    definition: subject::plumbing,
    new: |_: &Model| Box::new(ConsumerLag),
};

/// See the catalogue entry.
pub struct ConsumerLag;

impl Invariant<Scenario> for ConsumerLag {
    as_entered!(kind::DELIVERY);

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        if matches!(change, Change::Delivery { phase: DeliveryPhase::Handled, .. }) {
            judge.judged();
        }
    }
}

fn story(_: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    format!("A consumer of events of {order} was behind by more than the threshold.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::message::BusinessEvent;

    #[test]
    fn a_handled_event_is_measured() {
        let delivered =
            |phase| Do::Tell(Change::Delivery { event: BusinessEvent::default(), consumer: CRM, phase, before: 0 });
        holds_for(ENTRY.id, &[delivered(DeliveryPhase::Handled)]);
        is_silent(ENTRY.id, &[delivered(DeliveryPhase::Ignored)]);
    }
}
