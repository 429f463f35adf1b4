//! `customer-told-truth`: customers get the notice that a compensation promises, and none that is not true.

use sim_core::{Duration, Invariant, Judge, Strictness, Violation};

use super::entry::{Entry, as_entered};
use super::event_delivered::parks;
use super::facts::Pardon;
use super::state::{Bits, Debt, Debts};
use super::{bounds, cause, facts, subject};
use crate::change::{Change, DeliveryPhase, RowPhase, kind};
use crate::definition::{Family, OrderState, Severity, Trigger};
use crate::ledger::Ledger;
use crate::model::{ItemIx, Model, StepIx};
use crate::nodes::SimNode;
use crate::scenario::Scenario;
use crate::workload::ORDERS_MAX;

/// The catalogue entry.
pub const ENTRY: Entry = Entry {
    id: "customer-told-truth",
    family: Family::Conv,
    severity: Severity::P2,
    strictness: Strictness::Eventually,
    statement: "a customer whose item is undone gets the notice that its compensation promises, and nobody else does",
    seed: "14.2",
    guard: "each compensation that begins and promises a notice, and each such notice that is sent",
    causes: cause::FAILS_OR_CANCELS,
    effect: "a customer waits for what was cancelled, or is told that something was cancelled which was not",
    applies: |model| match CustomerToldTruth::new(model).notices.iter().any(|notice| !notice.senders.is_empty()) {
        true => Ok(()),
        false => Err("consumers: none sends a notice that a compensation promises".into()),
    },
    story,
    definition: subject::written,
    new: |model: &Model| Box::new(CustomerToldTruth::new(model)),
};

/// What one undo step promises.
struct Notice {
    undo: StepIx,
    emission: u8,
    /// The consumer's calls that send it.
    senders: Vec<StepIx>,
    /// Whether it can only be true of an item that came to nothing: its compensation has no other trigger.
    ends_item: bool,
}

/// See the catalogue entry.
pub struct CustomerToldTruth {
    notices: Vec<Notice>,
    within: Duration,
    /// By item the systems that its notice needs: those that send it, and those that its undo waits for, for it is told when
    /// that is done.
    needs: Vec<u64>,
    debts: Debts,
    /// By item: whether its customer was told, whether by what can only be true of an item that came to nothing, whether
    /// it was undone at all, and whether it stands.
    told: Bits,
    ended: Bits,
    began: Bits,
    stands: Bits,
    /// By number of the event: order and item of the notice, plus a mark.
    events_at: usize,
}

/// How many notices on their way it knows at once.
const PLACES: usize = 64;
const KNOWN: u64 = 1 << 63;

impl CustomerToldTruth {
    fn new(model: &Model) -> Self {
        let notices: Vec<_> = (model.forward..model.undo_end).filter_map(|undo| notice(model, StepIx(undo))).collect();
        let senders = notices.iter().flat_map(|notice| notice.senders.iter());
        let sending = senders.fold(0, |needs, step| needs | facts::needs_of(model, *step));
        let items = model.items.len();
        // Who waits for a dead system in vain is told by those who have the case; where nobody has it, nobody tells him.
        let staffed = model.fallout.owner.is_some();
        let undoing = |item| if staffed { facts::needs_of_undo(model, ItemIx(item as u8)) } else { 0 };
        let needs = (0..items).map(|item| sending | undoing(item)).collect();
        let debts = Debts { at: 0, columns: items };
        let within = bounds::within(model, None, bounds::READ_MODEL);
        let told = Bits { at: debts.words(), columns: items };
        let [ended, began, stands] = [1, 2, 3].map(|i| Bits { at: told.at + i * told.words(), columns: items });
        let events_at = stands.at + stands.words();
        Self { notices, within, needs, debts, told, ended, began, stands, events_at }
    }

    fn slot(&self, number: u16) -> usize {
        self.events_at + usize::from(number) % PLACES
    }
}

fn notice(model: &Model, undo: StepIx) -> Option<Notice> {
    let policy = model.step(undo).compensation.as_ref()?;
    let emission = policy.notify?.0;
    let senders = model.consumers.iter().filter(|consumer| consumer.events >> emission & 1 != 0);
    let ends = 1 << Trigger::ItemCancelled as u8 | 1 << Trigger::ItemFailed as u8 | 1 << Trigger::SagaFailed as u8;
    let senders = senders.filter_map(|consumer| consumer.step).collect();
    Some(Notice { undo, emission, senders, ends_item: policy.triggers & !ends == 0 })
}

impl Invariant<Scenario> for CustomerToldTruth {
    as_entered!(kind::COMPENSATION | kind::ROW_WRITTEN | kind::DELIVERY | kind::EFFECT | kind::ITEM | Pardon::KINDS);

    fn words(&self, _: &Scenario, _: &Ledger) -> usize {
        self.events_at + PLACES
    }

    fn check(&self, judge: &mut Judge<'_, Scenario>, change: &Change) {
        let model = &judge.model.model;
        match *change {
            Change::Compensation { order, undo, .. } => {
                let Some(notice) = self.notices.iter().find(|notice| notice.undo == undo) else { return };
                let item = model.step(undo).item;
                let ahead =
                    self.told.get(judge.state, order, item.ix()) && !self.began.get(judge.state, order, item.ix());
                self.began.put(judge.state, order, item.ix(), true);
                if ahead {
                    // The notice came before what it tells of, which makes it true.
                    judge.judged();
                } else if !notice.senders.is_empty() {
                    let subject = subject::of_step(model, order, undo);
                    let needs = self.needs.get(item.ix()).copied().unwrap_or_default();
                    let debt = Debt { subject, bound: self.within.into(), needs };
                    self.debts.open(judge, order, item.ix(), debt);
                }
            }
            Change::Row { event, phase: RowPhase::Written, .. } => {
                if let Some(notice) = self.notices.iter().find(|notice| notice.emission == event.emission) {
                    let ends = u64::from(notice.ends_item) << 62;
                    let number = u64::from(event.number) << 32;
                    let place = u64::from(event.order) | u64::from(event.item) << 16;
                    judge.state[self.slot(event.number)] = KNOWN | ends | number | place;
                }
            }
            Change::Delivery { event, consumer, phase: DeliveryPhase::Parked, .. } => {
                // People have it, if the definition says so.
                if parks(model, consumer) && self.notices.iter().any(|notice| notice.emission == event.emission) {
                    self.debts.retire(judge, event.order, usize::from(event.item));
                }
            }
            Change::Effect { effect } => {
                let call = judge.ledger.effect(effect).call;
                let sends = self.notices.iter().any(|notice| notice.senders.contains(&call.step));
                let known = judge.state[self.slot(call.revision)];
                if !sends || known & KNOWN == 0 || (known >> 32) as u16 != call.revision {
                    return;
                }
                let (order, item) = (known as u16, usize::from((known >> 16) as u8));
                judge.judged();
                self.debts.meet(judge, order, item);
                self.told.put(judge.state, order, item, true);
                if known >> 62 & 1 != 0 {
                    self.ended.put(judge.state, order, item, true);
                }
            }
            Change::Item { order, item, after, .. } => {
                self.stands.put(judge.state, order, item.ix(), after == OrderState::Completed);
            }
            _ => {
                if let Some(pardon) = Pardon::of(model, change) {
                    self.debts.pardon(judge, pardon, |_, item| ItemIx(item as u8));
                }
            }
        }
    }

    fn finish(&self, judge: &mut Judge<'_, Scenario>, _: &[SimNode]) {
        for order in 0..ORDERS_MAX as u16 {
            for item in 0..judge.model.model.items.len() {
                if self.told.get(judge.state, order, item) {
                    let [stands, ended, began] =
                        [self.stands, self.ended, self.began].map(|bits| bits.get(judge.state, order, item));
                    let untrue = stands && (ended || !began);
                    judge.require(!untrue, subject::of_item(order, ItemIx(item as u8)), 1);
                }
            }
        }
    }
}

fn story(scenario: &Scenario, violation: &Violation) -> String {
    let model = &scenario.model;
    let place = subject::unpack(violation.subject);
    let item = subject::item_name(model, place.order, place.item.unwrap_or(ItemIx::ORDER));
    match violation.due {
        Some(_) => format!("The {item} was undone, but the customer was never told."),
        None => format!("The customer was told that {item} was cancelled, but it was completed."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::ledger::Effect;
    use crate::message::{BusinessEvent, CallRef};

    fn row(item: ItemIx) -> Do {
        let event = BusinessEvent { number: 3, emission: NOTICE, item: item.0, ..BusinessEvent::default() };
        Do::Tell(Change::Row { event, phase: RowPhase::Written, committed: true })
    }

    fn sent(revision: u16) -> Do {
        Do::Effect(Effect { call: CallRef { revision, ..call(NOTIFY) }, ..effect(NOTIFY) })
    }

    #[test]
    fn the_customer_is_told() {
        let began = Do::Tell(Change::Compensation { order: 0, undo: RELEASE, undoes: Some(RESERVE), audited: true });
        let end = Do::Finish;
        check(ENTRY.id, &[began, row(ROUTER), end], &[began, row(ROUTER), sent(3), end]);
        check(ENTRY.id, &[began, row(CONNECTIVITY), sent(3), end], &[row(ROUTER), began, row(ROUTER), sent(3), end]);
        // A notice that came before serves one compensation, and not the next one.
        check(ENTRY.id, &[row(ROUTER), sent(3), began, began, end], &[row(ROUTER), sent(3), began, end]);
    }

    /// A notice is sent once the undo is done, so it is not owed while what that waits for is dead.
    #[test]
    fn a_notice_needs_those_that_send_it_and_those_that_undo() {
        let began = Do::Tell(Change::Compensation { order: 0, undo: RELEASE, undoes: Some(RESERVE), audited: true });
        let (scenario, violations, _) = run(ENTRY.id, &[began, Do::Finish]);
        let systems = &scenario.model.systems;
        let needed = (0..systems.len()).filter(|system| violations[0].detail >> system & 1 != 0);
        let mut needed: Vec<&str> = needed.map(|system| systems[system].id.as_str()).collect();
        needed.sort_unstable();
        assert_eq!(needed, ["asset", "billing", "inventory", "logistics", "mail"]);
    }

    #[test]
    fn what_the_customer_is_told_is_true() {
        let ends = |after| {
            let before = OrderState::InProgress;
            Do::Tell(Change::Item { order: 0, item: ROUTER, before, after, by_machine: true })
        };
        check(
            ENTRY.id,
            &[row(ROUTER), sent(3), ends(OrderState::Completed), Do::Finish],
            &[row(ROUTER), sent(3), ends(OrderState::Cancelled), Do::Finish],
        );
    }
}
