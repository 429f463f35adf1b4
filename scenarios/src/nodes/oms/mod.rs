//! The OMS: orders and items, the saga engine, the outbox.
//!
//! Every input is worked on in two events: *load* remembers the version of the aggregate that it read, *save* checks it
//! and applies the input. What comes between them is a choice; without it optimistic locking would never be exercised.
//!
//! ```text
//! reply, timer, question answered, command -> load -> save -> apply -> steps sent, events written
//! ```
//!
//! `api` takes orders and commands, `call` sends requests and takes answers, `breaker` holds them back, `unknown` finds out what happened, `undo`
//! compensates, `redo` does a step again, `early` publishes before the commit where the contract says so, `case` hands over to people, `advance` starts what is ready and derives the states of items and orders, `tell` writes what others learn of it.

pub(super) mod advance;
mod api;
mod breaker;
mod call;
mod case;
#[cfg(test)]
mod decision_tests;
mod early;
#[cfg(test)]
mod end_tests;
pub(super) mod facts;
mod redo;
#[cfg(test)]
mod redo_tests;
mod state;
mod tell;
#[cfg(test)]
mod tests;
mod transaction;
mod undo;
mod unknown;

use sim_core::hash::mix;
use sim_core::{Duration, Subject, TimerId};

use super::outbox::Outbox;
use super::{Cx, relay};
use crate::change::Change;
use crate::definition::{OrderState, StepState, Sweeper};
use crate::message::{CallRef, Channel, Message};
use crate::model::{ItemIx, Model, StepIx};
use crate::workload::Workload;

use breaker::Breaker;
pub use facts::{OrderFacts, UNKNOWN_FIELDS, item_id};
pub use state::{Head, ItemRow, Redo, Row, Undoing, Wait};
use transaction::Transactions;

/// The OMS's own messages and timers.
#[derive(Clone, Copy, Debug, Hash)]
pub enum OmsMessage {
    /// The save of a transaction that was loaded.
    Save {
        /// The slot of the transaction.
        slot: u8,
        /// What the input was about, so that this save is the same one in another run.
        call: CallRef,
        /// The kind of input and its poll or copy.
        input: u16,
        /// How often it was loaded again.
        tries: u8,
    },
    /// What a step waits for is due.
    Due {
        /// The step with its attempt.
        call: CallRef,
        /// What it waited for.
        wait: Wait,
        /// The number of the question.
        poll: u8,
    },
    /// The saga's timeout.
    SagaDue {
        /// The order.
        order: u16,
    },
    /// The repair service takes up a step that it found running after a restart.
    Requeue {
        /// The step with its attempt at that time.
        call: CallRef,
    },
    /// Saves that a request was sent, where the engine does so afterwards.
    MarkSent {
        /// The call.
        call: CallRef,
    },
    /// A reply that nobody waited for is offered again.
    Offer {
        /// The call.
        call: CallRef,
        /// How often it was offered.
        times: u8,
        /// The record.
        record: u32,
    },
}

impl OmsMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Save { .. } => Channel::SagaSave,
            Self::Due { .. } | Self::SagaDue { .. } | Self::Requeue { .. } => Channel::SagaTimer,
            Self::MarkSent { .. } | Self::Offer { .. } => Channel::Input,
        }
    }

    /// Whether a save of this kind of input saves what a call was answered: by its reply, a callback, or when it was asked about.
    #[must_use]
    pub const fn saves_answer(input: u16) -> bool {
        matches!(input & 0xF, 1..=3)
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        let of = |call: CallRef, salt: u64, more: u64| {
            let Subject { names, counters } = call.subject(model);
            Subject::new(mix(names, salt), counters ^ more << 36)
        };
        match *self {
            Self::Save { call, input, tries, .. } => of(call, 0x5A7E + u64::from(input), tries.into()),
            Self::Due { call, wait, poll } => of(call, 0xD0E + wait as u64, poll.into()),
            Self::SagaDue { order } => Subject::new(mix(model.names, 0x5A6A), order.into()),
            Self::Requeue { call } => of(call, 0x4E0E, 0),
            Self::MarkSent { call } => of(call, 0x3A4C, 0),
            Self::Offer { call, times, .. } => of(call, 0x0FFE, times.into()),
        }
    }
}

/// The parts of the OMS, as numbered within the node.
const API: u8 = 0;
const SAGA: u8 = 1;

/// How long a worker of the repair service takes until it comes to what was put in its queue.
const SWEEP: Duration = Duration::mins(5);

/// The OMS.
#[derive(Debug, Default, Hash)]
pub struct Oms {
    /// The orders.
    pub heads: Vec<Head>,
    /// Their items, order by order.
    pub items: Vec<ItemRow>,
    /// Their steps, order by order.
    pub rows: Vec<Row>,
    /// What is to be told.
    pub outbox: Outbox,
    /// Commands that were carried out, by placement: how often.
    commands: Vec<u8>,
    /// The numbers of rows and items of an order.
    row_count: usize,
    item_count: usize,
    // Volatile from here on.
    /// By system.
    breakers: Vec<Breaker>,
    timers: Vec<TimerId>,
    transactions: Transactions,
    /// Events written and asked for in the running transaction.
    told: (u8, u8),
    serial: u32,
    /// Whether what the running transaction tells is no part of it.
    apart: bool,
}

impl Clone for Oms {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.heads.clone_from(&from.heads);
        self.items.clone_from(&from.items);
        self.rows.clone_from(&from.rows);
        self.outbox.clone_from(&from.outbox);
        self.commands.clone_from(&from.commands);
        self.row_count = from.row_count;
        self.item_count = from.item_count;
        self.breakers.clone_from(&from.breakers);
        self.timers.clone_from(&from.timers);
        self.transactions.clone_from(&from.transactions);
        self.told = from.told;
        self.serial = from.serial;
        self.apart = from.apart;
    }
}

impl Oms {
    /// Where an item stands, and whether a person approved that the step about it is not done.
    #[must_use]
    pub fn standing(&self, order: u16, item: ItemIx, step: Option<StepIx>) -> (OrderState, bool) {
        let order = usize::from(order);
        let state =
            self.items.get(order * self.item_count + item.ix()).map_or(OrderState::Acknowledged, |row| row.state);
        let row = step.and_then(|step| self.rows.get(order * self.row_count + step.ix()));
        (state, row.is_some_and(|row| row.excepted))
    }

    /// Brings it to its initial state.
    pub fn reset(&mut self, model: &Model, workload: &Workload) {
        let orders = workload.orders.len();
        self.row_count = model.row_count();
        self.item_count = model.item_count();
        self.heads.clear();
        self.heads.resize(orders, Head::default());
        self.items.clear();
        self.items.resize(orders * self.item_count, ItemRow::default());
        self.rows.clear();
        self.rows.resize(orders * self.row_count, Row::default());
        self.breakers.clear();
        self.breakers.resize(model.systems.len(), Breaker::default());
        self.timers.clear();
        self.timers.resize(orders * self.row_count, TimerId::NONE);
        self.commands.clear();
        self.commands.resize(workload.commands.len(), 0);
        self.outbox.reset(0, model.parts.oms_relays.len(), orders);
        self.told = (0, 0);
        self.serial = 0;
        self.apart = false;
        for transaction in self.transactions.iter_mut() {
            transaction.live = false;
        }
    }

    /// Handles one input.
    pub fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match message {
            Message::Oms(OmsMessage::Save { slot, tries, .. }) => self.save(cx, slot, tries),
            Message::Oms(OmsMessage::MarkSent { call }) => self.mark_sent(cx, call),
            Message::Relay(_) | Message::Published { .. } => {
                // A row that is written after the commit of its change comes back to the part that changed it.
                let relay = cx.part().part.saturating_sub(2);
                relay::handle(&mut self.outbox, cx, relay, message);
            }
            Message::Reconciler(question) => super::reconciler::answer_for_oms(self, cx, question),
            _ => self.load(cx, message),
        }
    }

    /// Drops the volatile state of a part.
    pub fn crash(&mut self, part: u8) -> bool {
        if part >= 2 {
            return self.outbox.crash_relay(part - 2);
        }
        let mut lost = false;
        for transaction in self.transactions.iter_mut() {
            if transaction.live && transaction.part == part {
                transaction.live = false;
                lost = true;
            }
        }
        if part == SAGA {
            self.breakers.fill(Breaker::default());
        }
        if part == SAGA || part == API {
            lost |= self.rows.iter().any(|row| row.wait != Wait::Nothing);
        }
        lost
    }

    /// Recovers a part from the durable state: timers are armed for what rows wait for.
    pub fn restart(&mut self, cx: &mut Cx<'_>, part: u8) {
        match part {
            API | SAGA => {
                self.take_up_after_crash(cx);
                self.recover(cx);
            }
            relay => relay::restart(&mut self.outbox, cx, relay - 2),
        }
    }

    /// The commit was not confirmed. The correct engine reads the store again and goes on from there.
    pub fn commit_unknown(&mut self, cx: &mut Cx<'_>, message: Message) {
        let part = cx.part().part;
        if matches!(part, API | SAGA)
            && cx.model.model.plumbing.store_error_means == crate::definition::StoreErrorMeans::Failed
        {
            if let Message::Oms(OmsMessage::Save { call, .. }) = message {
                self.store_error(cx, call);
            }
            return;
        }
        match part {
            API | SAGA => self.recover(cx),
            _ => self.restart(cx, part),
        }
    }

    /// What an engine does after a crash that keeps its timeouts in memory, or whose repair service does not claim what
    /// it takes up.
    fn take_up_after_crash(&mut self, cx: &mut Cx<'_>) {
        let plumbing = &cx.model.model.plumbing;
        if !plumbing.timeout_stored {
            for head in &mut self.heads {
                head.timeout = sim_core::Time::NEVER;
            }
        }
        if plumbing.sweeper == Sweeper::RequeuesRunning {
            for order in 0..self.heads.len() as u16 {
                for step in (0..cx.model.model.forward).map(StepIx) {
                    if self.row(order, step).state == StepState::Sent {
                        let call = self.call(order, step);
                        cx.timer(SWEEP, Message::Oms(OmsMessage::Requeue { call }));
                    }
                }
            }
        }
    }

    fn recover(&mut self, cx: &mut Cx<'_>) {
        let unordered = cx.model.model.plumbing.recovery_order == crate::definition::RecoveryOrder::Unordered;
        for order in 0..self.heads.len() as u16 {
            if self.heads[usize::from(order)].timeout != sim_core::Time::NEVER {
                let at = self.heads[usize::from(order)].timeout;
                cx.timer_at(at, Message::Oms(OmsMessage::SagaDue { order }));
            }
            for item in (0..self.item_count as u8).map(ItemIx) {
                let state = self.item(order, item).state;
                if self.item(order, item).present && state.is_final() {
                    // What told the reconciler may have been lost with the crash.
                    super::reconciler::item_is_done(cx, order, item, state);
                }
            }
            for step in 0..self.row_count as u16 {
                let step = if unordered { StepIx(self.row_count as u16 - 1 - step) } else { StepIx(step) };
                let row = *self.row(order, step);
                if row.wait != Wait::Nothing {
                    self.set_timer(cx, order, step, row.due);
                } else if row.state == StepState::Ready {
                    // The request left before the row was saved, and the engine cannot know: it sends again.
                    let call = self.call(order, step);
                    let again = Message::Oms(OmsMessage::Due { call, wait: Wait::Retry, poll: 0 });
                    self.row_mut(order, step).wait = Wait::Retry;
                    cx.timer(Duration::millis(10), again);
                }
            }
        }
        self.outbox.recover(cx);
    }

    /// The row of a step.
    #[must_use]
    pub fn row(&self, order: u16, step: StepIx) -> &Row {
        &self.rows[state::place(order, self.row_count, step)]
    }

    fn row_mut(&mut self, order: u16, step: StepIx) -> &mut Row {
        &mut self.rows[state::place(order, self.row_count, step)]
    }

    /// An item of an order.
    #[must_use]
    pub fn item(&self, order: u16, item: ItemIx) -> &ItemRow {
        &self.items[usize::from(order) * self.item_count + item.ix()]
    }

    /// Whether some items of an order were delivered, and others came to nothing.
    #[must_use]
    pub fn is_partly_delivered(&self, order: u16) -> bool {
        let items = &self.items[usize::from(order) * self.item_count..][..self.item_count];
        let any = |is: fn(OrderState) -> bool| items.iter().any(|item| item.present && is(item.state));
        any(|state| state == OrderState::Completed) && any(OrderState::is_undone)
    }

    fn item_mut(&mut self, order: u16, item: ItemIx) -> &mut ItemRow {
        &mut self.items[usize::from(order) * self.item_count + item.ix()]
    }

    fn head(&self, order: u16) -> &Head {
        &self.heads[usize::from(order)]
    }

    fn head_mut(&mut self, order: u16) -> &mut Head {
        &mut self.heads[usize::from(order)]
    }

    /// The current attempt of a step.
    fn call(&self, order: u16, step: StepIx) -> CallRef {
        let row = self.row(order, step);
        CallRef { order, step, revision: row.revision, attempt: row.attempt }
    }

    /// What a step waits for, and until when.
    fn wait_for(&mut self, cx: &mut Cx<'_>, (order, step): (u16, StepIx), wait: Wait, delay: Duration) {
        let due = cx.now + delay;
        self.stop_waiting(cx, order, step);
        let row = self.row_mut(order, step);
        row.wait = wait;
        row.due = due;
        self.set_timer(cx, order, step, due);
    }

    fn set_timer(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx, due: sim_core::Time) {
        let row = *self.row(order, step);
        let call = self.call(order, step);
        let message = Message::Oms(OmsMessage::Due { call, wait: row.wait, poll: row.polls });
        let place = state::place(order, self.row_count, step);
        // A timer that another part set is still there when that part did not crash.
        cx.cancel(self.timers[place]);
        let timer = cx.timer_at(due, message);
        self.timers[place] = timer;
        if cx.model.model.plumbing.fired_by == crate::definition::FiredBy::EveryNode {
            // The other node of the cluster has the same timer and no claim tells them apart.
            cx.timer_at(due + Duration::millis(3), message);
        }
    }

    /// A step no longer waits; its timer is dropped, unless the engine forgets to.
    fn stop_waiting(&mut self, cx: &mut Cx<'_>, order: u16, step: StepIx) {
        if cx.model.model.plumbing.cancel_on_complete {
            cx.cancel(self.timers[state::place(order, self.row_count, step)]);
        }
        self.row_mut(order, step).wait = Wait::Nothing;
    }

    /// Brings a step into a state.
    fn set_step(&mut self, cx: &mut Cx<'_>, (order, step): (u16, StepIx), after: StepState, why: crate::change::Why) {
        let row = self.row_mut(order, step);
        let before = row.state;
        if before == after {
            return;
        }
        row.state = after;
        let (revision, attempt) = (row.revision, row.attempt);
        cx.change(Change::Step { order, step, before, after, revision, attempt, why });
        self.tell_step(cx, order, step, after);
    }

    /// Writes the state of an item into its row, past the state machine: no rule is asked, and nobody is told.
    fn write_item(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx, after: OrderState) {
        let before = std::mem::replace(&mut self.item_mut(order, item).state, after);
        cx.change(Change::Item { order, item, before, after, by_machine: false });
    }

    /// Brings an item into a state, by the domain's state machine.
    fn set_item(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx, after: OrderState) {
        let now = cx.now;
        let row = self.item_mut(order, item);
        let before = row.state;
        if before == after {
            return;
        }
        row.state = after;
        if after == OrderState::Completed {
            row.completed = now;
        }
        cx.change(Change::Item { order, item, before, after, by_machine: true });
        self.tell_item(cx, order, item, after);
    }
}
