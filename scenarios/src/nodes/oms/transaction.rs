//! Load and save: one transaction in two events, with optimistic locking between them.

use sim_core::{Duration, Latency, ReplyTo};

use super::state::{Head, ItemRow, Row, Wait};
use super::{Cx, Oms, OmsMessage};
use crate::change::{Change, Why};
use crate::definition::{Locking, Save, Start, StepState, UnmatchedReply};
use crate::message::{CallRef, Message};
use crate::model::StepIx;

/// The transactions by slot. A slot is free again when its transaction is over, and keeps its buffers.
#[derive(Debug, Default)]
pub(super) struct Transactions(Vec<Transaction>);

impl std::ops::Deref for Transactions {
    type Target = Vec<Transaction>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl std::ops::DerefMut for Transactions {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// What a free slot still holds, and how many free slots there are, makes no difference.
impl std::hash::Hash for Transactions {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for (slot, transaction) in self.iter().enumerate().filter(|(_, transaction)| transaction.live) {
            (slot, transaction).hash(state);
        }
        self.iter().filter(|transaction| transaction.live).count().hash(state);
    }
}

impl Clone for Transactions {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }

    fn clone_from(&mut self, from: &Self) {
        if self.len() < from.len() {
            self.resize_with(from.len(), Transaction::default);
        }
        for (slot, transaction) in self.iter_mut().enumerate() {
            match from.get(slot) {
                Some(from) if from.live => transaction.clone_from(from),
                _ => transaction.live = false,
            }
        }
    }
}

/// A transaction between its load and its save. Volatile.
#[derive(Debug, Default, Hash)]
pub struct Transaction {
    pub(super) live: bool,
    pub(super) part: u8,
    input: Message,
    from: ReplyTo,
    order: u16,
    /// The version that was read.
    read: u16,
    /// Whether there was nothing yet to be read.
    absent: bool,
    /// The number taken when it began: commits may come in another order.
    serial: u32,
    raced: bool,
    /// What was read, kept only where the engine saves without looking at the version.
    head: Head,
    rows: Vec<Row>,
    items: Vec<ItemRow>,
}

impl Clone for Transaction {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.live = from.live;
        self.part = from.part;
        self.input = from.input;
        self.from = from.from;
        self.order = from.order;
        self.read = from.read;
        self.absent = from.absent;
        self.serial = from.serial;
        self.raced = from.raced;
        self.head = from.head;
        self.rows.clone_from(&from.rows);
        self.items.clone_from(&from.items);
    }
}

/// What comes between load and save when others do.
const TRANSACTION: Latency = Latency::Percentiles { p50: Duration::secs(1), p99: Duration::secs(5) };
/// How soon a transaction is loaded again after it lost the race.
const RELOAD: Duration = Duration::millis(5);

impl Oms {
    /// The first half of a transaction: reads the aggregate.
    pub(super) fn load(&mut self, cx: &mut Cx<'_>, input: Message) {
        let Some((call, kind)) = self.about(cx, &input) else { return };
        if usize::from(call.order) >= self.heads.len() {
            return;
        }
        let slot = self.free_slot();
        let serial = self.outbox.next_serial();
        let unlocked = cx.model.model.plumbing.locking == Locking::None;
        let (rows, items) = (self.row_count, self.item_count);
        let order = usize::from(call.order);
        let head = self.heads[order];
        let transaction = &mut self.transactions[usize::from(slot)];
        transaction.live = true;
        transaction.part = cx.part().part;
        transaction.input = input;
        transaction.from = cx.sender();
        transaction.order = call.order;
        transaction.read = head.version;
        transaction.absent = head.instances == 0;
        transaction.serial = serial;
        if unlocked {
            transaction.head = head;
            transaction.rows.clear();
            transaction.rows.extend_from_slice(&self.rows[order * rows..(order + 1) * rows]);
            transaction.items.clear();
            transaction.items.extend_from_slice(&self.items[order * items..(order + 1) * items]);
        }
        let save = OmsMessage::Save { slot, call, input: kind, tries: 0 };
        let subject = cx.here(save.subject(&cx.model.model));
        let site = cx.model.sites.interleave;
        let others = cx.choose(site, subject, u32::MAX);
        self.transactions[usize::from(slot)].raced = others != 0;
        let delay = if others == 0 { Duration::ZERO } else { cx.span(site, subject, TRANSACTION) };
        self.tell_early(cx, (call.order, &input), serial);
        cx.continue_after(delay, Message::Oms(save));
    }

    /// What an input is about: a call, or the order alone, and the kind of input. `None`: nothing to be saved.
    fn about(&self, cx: &Cx<'_>, input: &Message) -> Option<(CallRef, u16)> {
        let of_order = |order| CallRef { order, ..CallRef::default() };
        Some(match *input {
            Message::Reply { call, .. } => (call, 1),
            Message::Callback { call, id, copy, .. } => (call, 2 | (id as u16 & 0xF) << 4 | u16::from(copy & 0xF) << 8),
            Message::QueryReply { call, poll, .. } => (call, 3 | u16::from(poll & 0xF) << 4),
            Message::Oms(OmsMessage::Due { call, wait, poll }) => {
                (call, 4 | (wait as u16) << 4 | u16::from(poll >> 4) << 8 | u16::from(poll & 0xF) << 12)
            }
            Message::Oms(OmsMessage::SagaDue { order }) => (of_order(order), 5),
            Message::Oms(OmsMessage::Offer { call, times, .. }) => (call, 6 | u16::from(times) << 4),
            Message::Operate { order, step, case, action, attempt, .. } => {
                (CallRef { order, step, revision: case, attempt }, 7 | (action as u16) << 4)
            }
            Message::Oms(OmsMessage::Requeue { call }) => (call, 10),
            Message::Convert { order, attempt, .. } => (CallRef { attempt, ..of_order(order) }, 8),
            Message::Command { placement, attempt, .. } => {
                let plan = cx.ledger.workload.commands.get(usize::from(placement))?;
                (CallRef { revision: placement, attempt, ..of_order(plan.order) }, 9)
            }
            _ => return None,
        })
    }

    fn free_slot(&mut self) -> u8 {
        if let Some(slot) = self.transactions.iter().position(|t| !t.live) {
            return slot as u8;
        }
        assert!(self.transactions.len() < 255, "more than 255 transactions are open at once");
        self.transactions.push(Transaction::default());
        (self.transactions.len() - 1) as u8
    }

    /// The second half: checks the version, applies the input, writes the aggregate back.
    pub(super) fn save(&mut self, cx: &mut Cx<'_>, slot: u8, tries: u8) {
        let Some(transaction) = self.transactions.get(usize::from(slot)) else { return };
        if !transaction.live {
            return;
        }
        let Transaction { order, read, absent, input, from, serial, .. } = *transaction;
        self.serial = serial;
        let current = self.head(order).version;
        // Who looked and found nothing inserts; without a key on the business there is nothing that the insert meets.
        let only_looks = cx.model.model.plumbing.start != Start::UniqueBusinessKey;
        let unaware = match input {
            Message::Convert { version, attempt, .. } if absent && current != read && only_looks => {
                Some((version, attempt))
            }
            _ => None,
        };
        if current != read {
            if transaction.raced && tries == 0 {
                cx.effective(cx.model.sites.interleave, 1);
            }
            // A row that was not there when it was looked for is inserted, not written back; its key finds the other one.
            if unaware.is_none() && (cx.model.model.plumbing.locking == Locking::Optimistic || absent) {
                self.reload(cx, slot, tries);
                return;
            }
            if !absent {
                self.overwrite(slot);
            }
        }
        self.transactions[usize::from(slot)].live = false;
        self.told = (0, 0);
        let (applied, read) = match unaware {
            Some(conversion) => (self.begin(cx, order, conversion), current),
            None => (self.apply(cx, order, &input, from), read),
        };
        // What was read is written back over what others saved, also where the input itself changes nothing.
        if applied || current != read {
            cx.change(Change::Saved { order, read, current });
            self.head_mut(order).version = current.wrapping_add(1);
        }
        if applied {
            self.after_apply(cx, order);
        }
    }

    /// Another transaction was faster: reads again and decides anew.
    fn reload(&mut self, cx: &mut Cx<'_>, slot: u8, tries: u8) {
        let order = self.transactions[usize::from(slot)].order;
        let version = self.head(order).version;
        let transaction = &mut self.transactions[usize::from(slot)];
        transaction.read = version;
        let input = transaction.input;
        if let Some((call, kind)) = self.about(cx, &input) {
            let save = OmsMessage::Save { slot, call, input: kind, tries: tries.saturating_add(1) };
            cx.continue_after(RELOAD, Message::Oms(save));
        }
    }

    /// Writes back what was read, over everything that was saved meanwhile: the lost update of an engine that does not
    /// look at the version.
    fn overwrite(&mut self, slot: u8) {
        let transaction = &self.transactions[usize::from(slot)];
        let order = usize::from(transaction.order);
        let (rows, items) = (self.row_count, self.item_count);
        let version = self.heads[order].version;
        self.heads[order] = Head { version, instances: self.heads[order].instances, ..transaction.head };
        self.rows[order * rows..(order + 1) * rows].copy_from_slice(&transaction.rows);
        self.items[order * items..(order + 1) * items].copy_from_slice(&transaction.items);
    }

    /// Applies an input to the aggregate. False when there was nothing to do.
    pub(super) fn apply(&mut self, cx: &mut Cx<'_>, order: u16, input: &Message, from: ReplyTo) -> bool {
        match *input {
            Message::Convert { version, attempt, .. } => return self.convert(cx, order, (version, attempt)),
            Message::Command { placement, expected, attempt } => {
                return self.command(cx, (placement, expected, attempt), from);
            }
            _ => {}
        }
        if self.head(order).instances == 0 {
            return false;
        }
        match *input {
            Message::Reply { call, answer, record, .. } => self.answered(cx, call, answer, record),
            Message::Callback { call, answer, record, outcome, .. } => {
                self.called_back(cx, call, answer, (record, outcome))
            }
            Message::QueryReply { call, poll, finding, record } => self.found(cx, call, poll, (finding, record)),
            Message::Oms(OmsMessage::Due { call, wait, poll }) => self.due(cx, call, wait, poll),
            Message::Oms(OmsMessage::SagaDue { order }) => self.saga_due(cx, order),
            Message::Oms(OmsMessage::Requeue { call }) => self.run_anew(cx, call),
            Message::Oms(OmsMessage::Offer { call, record, times }) => self.offered(cx, call, record, times),
            Message::Operate { step, case, action, outcome, .. } => {
                self.operate(cx, order, (step, case), (action, outcome))
            }
            _ => false,
        }
    }

    /// A request was sent before its row was saved; now it is saved.
    pub(super) fn mark_sent(&mut self, cx: &mut Cx<'_>, call: CallRef) {
        let row = *self.row(call.order, call.step);
        if row.state == StepState::Ready && row.attempt == call.attempt && row.revision == call.revision {
            self.told = (0, 0);
            let current = self.head(call.order).version;
            cx.change(Change::Saved { order: call.order, read: current, current });
            self.set_step(cx, (call.order, call.step), StepState::Sent, Why::Sent);
            self.await_answer(cx, call.order, call.step);
            self.head_mut(call.order).version = current.wrapping_add(1);
            self.after_apply(cx, call.order);
        }
    }

    /// A success came for a step that nobody had saved as sent.
    pub(super) fn unmatched(&mut self, cx: &mut Cx<'_>, call: CallRef, record: u32, times: u8) -> bool {
        if cx.model.model.plumbing.unmatched_reply == UnmatchedReply::Park && times < 8 {
            let offer = OmsMessage::Offer { call, times: times + 1, record };
            cx.timer(Duration::secs(1).times(1 << times), Message::Oms(offer));
        }
        false
    }

    fn offered(&mut self, cx: &mut Cx<'_>, call: CallRef, record: u32, times: u8) -> bool {
        if self.row(call.order, call.step).state == StepState::Ready {
            return self.unmatched(cx, call, record, times);
        }
        self.answered(cx, call, crate::message::Answer::Succeeded, record)
    }

    /// Whether the engine saves a step only after it sent the request.
    pub(super) fn saves_after_send(cx: &Cx<'_>) -> bool {
        cx.model.model.plumbing.save == Save::AfterSend
    }

    /// The store failed at a commit, and the engine takes that for a failure of the step.
    pub(super) fn store_error(&mut self, cx: &mut Cx<'_>, call: CallRef) {
        let waits = |oms: &Self, step: StepIx| {
            let row = oms.row(call.order, step);
            row.wait != Wait::Nothing && row.state == StepState::Sent
        };
        if self.head(call.order).instances == 0 {
            return;
        }
        self.told = (0, 0);
        let steps: u16 = cx.model.model.forward;
        for step in (0..steps).map(StepIx) {
            if waits(self, step) && self.row(call.order, step).sent == cx.now {
                self.stop_waiting(cx, call.order, step);
                self.row_mut(call.order, step).given_up = true;
                self.set_step(cx, (call.order, step), StepState::Failed, Why::StoreError);
                self.failed_for_good(cx, call.order, step, crate::change::CaseReason::RetriesExhausted);
            }
        }
        self.after_apply(cx, call.order);
        self.recover(cx);
    }
}
