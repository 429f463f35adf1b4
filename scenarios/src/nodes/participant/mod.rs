//! A downstream system: what its operations do, under its contract.
//!
//! Every request takes the same way; the contract decides which of the steps are one transaction and which are several,
//! and each weakness is a step left out or taken apart.
//!
//! ```text
//! request -> rate -> look for the key -> response drawn -> [gap] -> effect -> [gap] -> key recorded -> answer
//!                        |                    |                       |
//!                        repetition           refused, failed,        record, ledger row, pool, books, event
//!                                             late: later
//! ```
//!
//! `request` admits and answers, `effect` has the effects, `later` does what was taken on for later (late effects,
//! callbacks), `query` answers questions, `books` keeps the states of charges and products, `facts` compares records
//! for the reconciler.

mod books;
mod effect;
pub mod facts;
mod later;
mod query;
mod record;
mod request;
mod response;
#[cfg(test)]
mod tests;

use sim_core::hash::mix;
use sim_core::{ReplyTo, Subject, Time};

use super::outbox::{NewEvent, Outbox};
use super::{Cx, relay};
use crate::definition::{Aggregate, EmitWhen};
use crate::message::{CallRef, Channel, Message};
use crate::model::{ItemIx, Model, OpIx, SystemIx};
use crate::nodes::reconciler::record_changed;
use crate::workload::Workload;

pub use record::{Entry, Identity, Outcome, Record, RecordState, Standing, Tombstone};
pub use response::Response;

use later::Task;

/// Its own messages and timers.
#[derive(Clone, Copy, Debug, Hash)]
pub enum ParticipantMessage {
    /// The next part of the work on a request that is open.
    Work {
        /// The request.
        call: CallRef,
        /// Which copy of it.
        copy: u8,
        /// Its place among the open requests.
        slot: u16,
        /// What comes next.
        stage: Stage,
    },
    /// A person makes a record by hand.
    ByHand {
        /// What it is made for; its attempt is 0, for nobody called.
        call: CallRef,
    },
    /// Something that was taken on is due.
    Due {
        /// The request.
        call: CallRef,
        /// Which copy of it, or of its callback.
        copy: u8,
        /// Its place among what was taken on.
        task: u16,
        /// How many callbacks went before.
        stage: u8,
        /// Whether a callback is due; else a late effect.
        callback: bool,
    },
}

/// The next part of the work on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Stage {
    /// The look found nothing; the insert follows.
    Insert,
    /// The key is recorded; the effect follows.
    Effect,
    /// The effect happened; the key is recorded.
    Record,
    /// Everything is done; the answer follows.
    Answer,
}

impl ParticipantMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::ByHand { .. } => Channel::Person,
            Self::Work { .. } | Self::Due { .. } => Channel::ParticipantWork,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        let (call, salt, copy) = match *self {
            Self::ByHand { call } => (call, 0xBA4D, 0),
            Self::Work { call, copy, stage, .. } => (call, stage as u64, copy),
            Self::Due { call, copy, stage, callback, .. } => {
                (call, 8 + u64::from(stage) * 2 + u64::from(callback), copy)
            }
        };
        let Subject { names, counters } = call.subject(model);
        Subject::new(mix(names, 0x0B_0000 + salt), counters | u64::from(copy) << 40)
    }
}

/// A request as the system works on it.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) struct Request {
    call: CallRef,
    key: u64,
    target: u64,
    copy: u8,
    response: Response,
    /// Who asked: callbacks go there.
    from: sim_core::PartId,
}

/// A request that is worked on in several parts. Volatile.
#[derive(Clone, Copy, Debug, Hash)]
struct Open {
    live: bool,
    request: Request,
    to: Option<ReplyTo>,
    outcome: Outcome,
    entry: u32,
}

/// That a record changed otherwise than by a first and undisturbed request.
#[derive(Clone, Copy, Debug, Hash)]
struct Notice {
    order: u16,
    item: ItemIx,
    operation: OpIx,
    /// The request's attempt, and its copy.
    attempt: u16,
}

impl Notice {
    fn give(self, cx: &mut Cx<'_>) {
        record_changed(cx, (self.order, self.item), self.operation, self.attempt);
    }
}

/// A downstream system.
#[derive(Debug, Default, Hash)]
pub struct Participant {
    system: SystemIx,
    /// What it has on record, in the order in which it was made.
    records: Vec<Record>,
    /// The requests that it carried out or refused.
    entries: Vec<Entry>,
    /// Undone before they were done: what they name is kept out.
    tombstones: Vec<Tombstone>,
    /// What was taken on for later.
    tasks: Vec<Task>,
    /// What is left in each pool.
    stock: Vec<u32>,
    /// The number given last.
    number: u32,
    /// What it tells of its charges and products.
    outbox: Outbox,
    /// What the reconciler was told last, which may have died with the transaction.
    noticed: Option<Notice>,
    // Volatile from here on.
    open: Vec<Open>,
    window: Time,
    taken: u32,
}

impl Clone for Participant {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.system = from.system;
        self.records.clone_from(&from.records);
        self.entries.clone_from(&from.entries);
        self.tombstones.clone_from(&from.tombstones);
        self.tasks.clone_from(&from.tasks);
        self.stock.clone_from(&from.stock);
        self.number = from.number;
        self.outbox.clone_from(&from.outbox);
        self.noticed = from.noticed;
        self.open.clone_from(&from.open);
        self.window = from.window;
        self.taken = from.taken;
    }
}

impl Participant {
    /// Brings it to its initial state.
    pub fn reset(&mut self, model: &Model, workload: &Workload, index: usize) {
        self.system = SystemIx(index as u8);
        self.records.clear();
        self.entries.clear();
        self.tombstones.clear();
        self.tasks.clear();
        self.stock.clear();
        self.stock.extend_from_slice(&model.systems[index].pools);
        self.number = 0;
        let relays = usize::from(model.systems[index].emits);
        self.outbox.reset(1 + index as u8, relays, workload.orders.len());
        self.noticed = None;
        self.open.clear();
        self.window = Time::START;
        self.taken = 0;
    }

    /// What it has on record, in the order in which it was made; what was deleted is marked as gone.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// What is left in each pool.
    #[must_use]
    pub fn stock(&self) -> &[u32] {
        &self.stock
    }

    /// Handles one input.
    pub fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match message {
            Message::Request { call, key, target } => self.take(cx, call, key, target),
            Message::Query { call, key, poll, person } => self.answer(cx, call, key, (poll, person)),
            Message::Participant(ParticipantMessage::ByHand { call }) => self.make_by_hand(cx, call),
            Message::Participant(ParticipantMessage::Work { slot, stage, .. }) => self.go_on(cx, slot, stage),
            Message::Participant(ParticipantMessage::Due { task, stage, .. }) => self.due(cx, task, stage),
            Message::Relay(_) | Message::Published { .. } => relay::handle(&mut self.outbox, cx, 0, message),
            Message::Reconciler(question) => self.compare(cx, question),
            _ => {}
        }
    }

    /// Tells a state that a charge or product came into, by the events that the definition names for that.
    fn tell(&mut self, cx: &mut Cx<'_>, (order, item): (u16, ItemIx), (of, state): (Aggregate, u8)) {
        if !cx.model.model.systems[self.system.ix()].emits {
            return;
        }
        for (i, emission) in cx.model.model.emissions.iter().enumerate() {
            if emission.of == of && emission.when == EmitWhen::EveryTransition {
                self.outbox.append_now(cx, NewEvent { order, item: item.0, emission: i as u8, state });
            }
        }
    }

    /// Drops the volatile state: requests that are open, and the count of requests.
    pub fn crash(&mut self) -> bool {
        let lost = self.open.iter().any(|open| open.live);
        self.open.clear();
        self.taken = 0;
        self.outbox.crash_relay(0) || lost
    }

    /// Recovers from the durable state: what was taken on is still done.
    pub fn restart(&mut self, cx: &mut Cx<'_>) {
        self.outbox.recover(cx);
        relay::restart(&mut self.outbox, cx, 0);
        self.rearm(cx);
        if let Some(notice) = self.noticed.take() {
            notice.give(cx);
        }
    }
}
