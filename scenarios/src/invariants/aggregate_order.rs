//! `aggregate-order`: nobody applies an older version over a newer one.

use sim_core::{Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::state::{cell, orders_of};
use super::subject;
use crate::change::{Change, DeliveryPhase, RowPhase, kind};
use crate::definition::{Family, Severity};
use crate::ledger::Ledger;
use crate::model::{ItemIx, Model};
use crate::scenario::Scenario;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "aggregate-order",
    family: Family::Ord,
    severity: Severity::P2,
    strictness: Strictness::Always,
    statement: "the events of one order are published, handed over and applied in the order of its versions",
    seed: "19",
    guard: "each event that is published or handled, and each row of a read model that is written",
    causes: &[],
    effect: "people see and act on a state that was already past",
    applies: |model| match model.emissions.is_empty() {
        true => Err("emits: nothing".to_owned()),
        false => Ok(()),
    },
    story,
    definition: subject::plumbing,
    new: |model: &Model| {
        let way = |at| Way { at, columns: model.consumers.len() + 1 };
        Box::new(AggregateOrder { way: way(0) })
    },
};

/// What went by on a way, by order and column: the versions that were seen, and the newest.
#[derive(Clone, Copy, Debug)]
struct Way {
    at: usize,
    columns: usize,
}

/// Words per cell: the newest version, and one bit for each of the first 128.
const WORDS: usize = 3;
const SEEN: u16 = 128;

impl Way {
    fn words(self, orders: usize) -> usize {
        orders * self.columns * WORDS
    }

    /// Notes that a version came by. Says whether it came by for the first time after a newer one had.
    fn passes(self, state: &mut [u64], order: u16, column: usize, version: u16) -> bool {
        let Some(i) = cell(order, column, self.columns).filter(|_| version < SEEN) else { return false };
        let place = &mut state[self.at + i * WORDS..][..WORDS];
        let bit = 1 << (version % 64);
        let seen = &mut place[1 + usize::from(version / 64)];
        let first = *seen & bit == 0;
        *seen |= bit;
        let late = first && u64::from(version) < place[0];
        place[0] = place[0].max(version.into());
        late
    }
}

/// Stands for the broker where a consumer would stand.
const NOBODY: u8 = u8::MAX;

/// See the catalogue entry.
pub struct AggregateOrder {
    /// Of the events of an order: column 0 is the way into the broker, the others are those into the consumers.
    way: Way,
}

impl Invariant<Scenario> for AggregateOrder {
    as_entered!(kind::READ_MODEL | kind::DELIVERY | kind::ROW_ON_ITS_WAY);

    fn words(&self, _: &Scenario, ledger: &Ledger) -> usize {
        self.way.words(orders_of(ledger))
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        match *change {
            Change::ReadModel { consumer, order, item, version, before, .. } => {
                let subject = subject::with_extra(subject::of_item(order, item), consumer, 0);
                judge.require(version >= before, subject, u64::from(before) << 16 | u64::from(version));
            }
            Change::Delivery { event, consumer, phase, before } => {
                let done = matches!(phase, DeliveryPhase::Handled | DeliveryPhase::Ignored);
                // Calls of a consumer overlap, and their answers come in any order.
                let is_read_model =
                    judge.model.model.consumers.get(usize::from(consumer)).is_some_and(|c| c.step.is_none());
                let late = done
                    && is_read_model
                    && event.source == 0
                    && self.way.passes(judge.state, event.order, usize::from(consumer) + 1, event.version);
                if done {
                    let subject = subject::of_item(event.order, ItemIx(event.item));
                    let subject = subject::with_extra(subject, consumer, 0);
                    let old = phase == DeliveryPhase::Handled && event.version < before;
                    let detail = u64::from(before) << 16 | u64::from(event.version);
                    judge.require(!old && !late, subject, detail);
                }
            }
            Change::Row { event, phase: RowPhase::Parked, .. } if event.source == 0 => {
                // What could not be published comes when it has been repaired; consumers wait for it.
                self.way.passes(judge.state, event.order, 0, event.version);
            }
            Change::Row { event, phase: RowPhase::Accepted, .. } if event.source == 0 => {
                let late = self.way.passes(judge.state, event.order, 0, event.version);
                let subject = subject::of_item(event.order, ItemIx(event.item));
                let subject = subject::with_extra(subject, NOBODY, 0);
                judge.require(!late, subject, event.version.into());
            }
            _ => {}
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let order = subject::order_name(subject::unpack(violation.subject).order);
    let (before, version) = (violation.detail >> 16, violation.detail & 0xFFFF);
    let consumer = subject::unpack(violation.subject).extra.0;
    if consumer == NOBODY {
        return format!("Version {version} of {order} was published for the first time after a newer one.");
    }
    let consumer = usize::from(consumer);
    let consumer = scenario.model.consumers.get(consumer).map_or("a consumer", |consumer| consumer.id.as_str());
    match version < before {
        true => format!("{consumer} had version {before} of {order} and then took version {version}."),
        false => format!("{consumer} got version {version} of {order} for the first time after a newer one."),
    }
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
        let ignored = |version| handled(version, DeliveryPhase::Ignored);
        check(ENTRY.id, &[ignored(5), ignored(4)], &[ignored(4), ignored(5), ignored(4)]);
        let row = |version, phase| {
            let event = BusinessEvent { version, ..BusinessEvent::default() };
            Do::Tell(Change::Row { event, phase, committed: true })
        };
        let accepted = |version| row(version, RowPhase::Accepted);
        check(ENTRY.id, &[accepted(2), accepted(1)], &[accepted(1), accepted(2), accepted(1)]);
        let parked = row(1, RowPhase::Parked);
        check(ENTRY.id, &[accepted(3), accepted(2)], &[parked, accepted(2), accepted(1)]);
    }
}
