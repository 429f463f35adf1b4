//! `event-delivered`: no committed event is lost on its way to those who subscribed to it.

use sim_core::{Bound, Invariant, Judge, ObligationId, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::{Numbers, item_column, orders_of};
use super::{bounds, facts, subject};
use crate::change::{Change, DeliveryPhase, RowPhase, kind};
use crate::definition::{Aggregate, Family, Severity, Span};
use crate::ledger::Ledger;
use crate::message::BusinessEvent;
use crate::model::{ItemIx, Model};
use crate::nodes::consumer::acts_on;
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "event-delivered",
    family: Family::Lost,
    severity: Severity::P1,
    strictness: Strictness::Eventually,
    statement: "each committed event reaches each consumer that subscribed to it",
    seed: "9.2",
    guard: "each committed event, once for each subscriber that acts on it",
    causes: &[],
    effect: "other systems never learn what happened to an order",
    applies: |model| match model.consumers.iter().any(|consumer| consumer.events != 0) {
        true => Ok(()),
        false => Err("consumers: none subscribes to an event".into()),
    },
    story,
    definition,
    new: |model: &Model| Box::new(EventDelivered::new(model)),
};

/// How many events it finds at once; others are looked for among all obligations.
const PLACES: usize = 256;

/// See the catalogue entry.
pub struct EventDelivered {
    /// By consumer: how soon, and the systems that its work needs.
    consumers: Vec<(Bound, u64)>,
    /// By consumer, and in it by item, the order itself last: the version that a read model shows. First those that the OMS
    /// tells of, then those that the systems do.
    shown: Numbers,
    items: usize,
    /// By kind of event: whether systems tell of it.
    foreign: u64,
}

impl EventDelivered {
    fn new(model: &Model) -> Self {
        let of = |consumer: &crate::model::Consumer| {
            let needs = consumer.step.map_or(0, |step| facts::needs_of(model, step));
            (bounds::promised(model, consumer.within, bounds::READ_MODEL), needs)
        };
        let items = model.items.len() + 1;
        let shown = Numbers { at: PLACES, columns: 2 * model.consumers.len() * items };
        let told = model.emissions.iter().enumerate();
        let foreign = told.filter(|(_, emission)| matches!(emission.of, Aggregate::Charge | Aggregate::Product));
        let foreign = foreign.fold(0, |mask, (i, _)| mask | 1 << i);
        Self { consumers: model.consumers.iter().map(of).collect(), shown, items, foreign }
    }
}

fn subject_of(event: BusinessEvent, consumer: usize) -> u64 {
    let item = subject::of_item(event.order, ItemIx(event.item));
    subject::of_emitter(subject::with_extra(item, consumer as u8, event.number), event.source)
}

fn place(subject: u64) -> usize {
    let subject::Place { extra: (consumer, number), .. } = subject::unpack(subject);
    (usize::from(number) * 4 + usize::from(consumer)) % PLACES
}

impl EventDelivered {
    fn column(&self, judge: &Judge<'_, Scenario>, (consumer, emission): (u8, u8), item: ItemIx) -> usize {
        let foreign = emission < 64 && self.foreign >> emission & 1 != 0;
        let first = if foreign { self.consumers.len() * self.items } else { 0 };
        first + usize::from(consumer) * self.items + item_column(&judge.model.model, item)
    }

    fn find(judge: &Judge<'_, Scenario>, subject: u64) -> ObligationId {
        let is_it = |id: ObligationId| judge.own_obligation(id).is_some_and(|o| o.subject == subject);
        let id = ObligationId(judge.state[place(subject)]);
        if id.0 == 0 || is_it(id) {
            return id;
        }
        let older = (1..id.0).rev().map(ObligationId).find(|id| is_it(*id));
        older.unwrap_or_default()
    }
}

impl Invariant<Scenario> for EventDelivered {
    as_entered!(kind::ROW_WRITTEN | kind::DELIVERY | kind::READ_MODEL);

    fn words(&self, _: &Scenario, ledger: &Ledger) -> usize {
        self.shown.at + self.shown.words_for(orders_of(ledger))
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::Row { event, phase: RowPhase::Written, committed: true } if event.emission < 64 => {
                for (i, (bound, needs)) in self.consumers.iter().enumerate() {
                    let subscribed = judge.model.model.consumers[i].events >> event.emission & 1 != 0;
                    if subscribed && acts_on(judge.model, i as u8, event, judge.now) {
                        let subject = subject_of(event, i);
                        // What a system tells comes out of its own outbox.
                        let own = event.source.checked_sub(1).map_or(0, |system| 1 << (system % 64));
                        let id = judge.open(subject, *bound, *needs | own);
                        judge.state[place(subject)] = id.0;
                    }
                }
            }
            Change::ReadModel { consumer, emission, order, item, version, .. } => {
                let column = self.column(judge, (consumer, emission), item);
                let newest = self.shown.get(judge.state, order, column).max(version);
                self.shown.put(judge.state, order, column, newest);
            }
            Change::Delivery { event, consumer, phase, .. } if event.emission < 64 => {
                let id = Self::find(judge, subject_of(event, usize::from(consumer)));
                let column = self.column(judge, (consumer, event.emission), ItemIx(event.item));
                match phase {
                    DeliveryPhase::Handled => judge.meet(id),
                    // What a consumer ignores it must have handled before, or show something newer instead.
                    DeliveryPhase::Ignored if self.shown.get(judge.state, event.order, column) >= event.version => {
                        judge.meet(id);
                    }
                    // A call that failed for good is kept for people, if the definition says so. A read model that puts
                    // something aside only waits for what is before it.
                    DeliveryPhase::Parked if parks(&judge.model.model, consumer) => judge.retire(id),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// Whether a consumer makes calls and keeps those that fail for good.
pub(super) fn parks(model: &Model, consumer: u8) -> bool {
    model.consumers.get(usize::from(consumer)).is_some_and(|c| c.step.is_some() && c.on_failure.is_some())
}

fn consumer(violation: &Violation) -> usize {
    usize::from(subject::unpack(violation.subject).extra.0)
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let place = subject::unpack(violation.subject);
    let consumer = scenario.model.consumers.get(consumer(violation)).map_or("a consumer", |c| c.id.as_str());
    format!(
        "Event {} of {} was committed and never reached {consumer}.",
        u32::from(place.extra.1) + 1,
        subject::name(scenario, violation)
    )
}

fn definition(scenario: &Scenario, violation: &Violation) -> Option<Span> {
    let span = scenario.model.consumers.get(consumer(violation))?.span;
    Model::is_written(span).then_some(span)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use sim_core::Duration;

    fn event(number: u16) -> BusinessEvent {
        BusinessEvent { number, emission: STATE_CHANGED, version: number + 1, ..BusinessEvent::default() }
    }

    fn row(number: u16, phase: RowPhase) -> Do {
        Do::Tell(Change::Row { event: event(number), phase, committed: true })
    }

    fn delivered(number: u16, phase: DeliveryPhase) -> Do {
        Do::Tell(Change::Delivery { event: event(number), consumer: CRM, phase, before: number })
    }

    #[test]
    fn a_committed_event_arrives() {
        let written = row(0, RowPhase::Written);
        let handled = delivered(0, DeliveryPhase::Handled);
        let ignored = delivered(0, DeliveryPhase::Ignored);
        let shows = |version| {
            let (order, item, emission, state, before) = (0, ROUTER, STATE_CHANGED, 0, 0);
            Do::Tell(Change::ReadModel { consumer: CRM, emission, order, item, state, version, before })
        };
        for lost in [
            row(0, RowPhase::Accepted),
            delivered(0, DeliveryPhase::DeadLettered),
            delivered(0, DeliveryPhase::Parked),
            delivered(1, DeliveryPhase::Handled),
            ignored,
        ] {
            check(ENTRY.id, &[written, lost, Do::Finish], &[written, lost, handled, Do::Finish]);
        }
        holds_for(ENTRY.id, &[written, shows(9), ignored, Do::Finish]);
    }

    /// It leaves the outbox of whoever tells it, which is gone when that system is; the OMS is never gone for good.
    #[test]
    fn an_event_of_a_system_needs_that_system() {
        let needs = |source: u8| {
            let event = BusinessEvent { source, ..event(0) };
            let written = Do::Tell(Change::Row { event, phase: RowPhase::Written, committed: true });
            let (_, violations, _) = run(ENTRY.id, &[written, Do::Finish]);
            violations.iter().map(|violation| violation.detail).collect::<Vec<_>>()
        };
        assert_eq!((needs(0), needs(2)), (vec![0], vec![0b10]));
    }

    #[test]
    fn without_a_fault_within_counts_as_it_is_written() {
        let [written, handled] = [row(0, RowPhase::Written), delivered(0, DeliveryPhase::Handled)];
        let after = |mins| [written, Do::At(Duration::mins(mins)), handled, Do::Finish];
        check(ENTRY.id, &after(11), &after(10));
        holds_for(ENTRY.id, &[written, Do::Heal, Do::At(Duration::mins(11)), handled, Do::Finish]);
    }

    #[test]
    fn events_that_share_a_place_are_told_apart() {
        let numbers = || (0..4_u16).map(|i| i * PLACES as u16);
        let written: Vec<_> = numbers().map(|n| row(n, RowPhase::Written)).collect();
        let all = numbers().map(|n| delivered(n, DeliveryPhase::Handled));
        let without_last = all.clone().skip(1);
        let script = |rest: Vec<Do>| [written.clone(), rest, vec![Do::Finish]].concat();
        check(ENTRY.id, &script(without_last.collect()), &script(all.collect()));
    }
}
