//! The broker: a log with one partition for each order, consumer groups, at-least-once delivery.
//!
//! Log, cursors and dead letters are durable. What is in flight is not: after a crash it is delivered again. A consumer
//! that does not answer is asked again with one message only; the rest waits until it answers or subscribes anew.

mod log;

use sim_core::hash::mix;
use sim_core::{Duration, Subject, Time, TimerId};

use self::log::{Log, NONE, Phase};
use super::Cx;
use crate::change::{Change, DeliveryPhase, RowPhase};
use crate::definition::{DuplicateWindow, OnNoSubscriber, PartitionBy, Replay, Resubmit};
use crate::message::{BusinessEvent, Channel, Flaw, Message};
use crate::model::Model;
use crate::workload::Workload;

/// How long a delivery waits for its acknowledgement.
const ACK_WAIT: Duration = Duration::secs(30);
/// How often a consumer that does not answer is asked.
const PROBE: Duration = Duration::mins(2);
/// The first wait before a refused message comes again.
const REFUSED: Duration = Duration::secs(5);
/// The longest.
const REFUSED_MAX: Duration = Duration::mins(1);
/// How long a repeated publication is recognised.
const WINDOW: Duration = Duration::mins(2);
/// How long a person takes to resubmit a dead letter; twice as long each time.
const RESUBMIT: Duration = Duration::hours(1);
/// How often a person does.
const ROUNDS: u8 = 8;
/// Copies with new ids are numbered from here: above all numbers that emitters give.
const COPIES: u16 = 4096;

/// Its own messages and timers.
#[derive(Clone, Copy, Debug, Hash)]
pub enum BrokerMessage {
    /// A delivery was not acknowledged in time, or its wait after a refusal is over.
    Redeliver {
        /// The consumer.
        consumer: u8,
        /// The place in the log.
        entry: u32,
        /// The delivery.
        attempt: u8,
        /// Whether the consumer refused it.
        refused: bool,
    },
    /// A person resubmits a dead letter.
    Resubmit {
        /// The consumer.
        consumer: u8,
        /// The place in the log.
        entry: u32,
        /// How often it was dead before.
        round: u8,
        /// How often this timer was set.
        number: u32,
    },
    /// A consumer is there again.
    Subscribe {
        /// The consumer.
        consumer: u8,
        /// How often it has subscribed.
        number: u16,
    },
    /// A consumer asks for an event that it misses.
    Fetch {
        /// The consumer.
        consumer: u8,
        /// The emitter.
        source: u8,
        /// The order.
        order: u16,
        /// The version that it misses.
        version: u16,
        /// How often it has asked.
        attempt: u8,
    },
    /// An operator has the events of an order handed out once more.
    Replay {
        /// The order.
        order: u16,
        /// Which replay of it.
        number: u16,
    },
}

impl BrokerMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Redeliver { .. } | Self::Resubmit { .. } => Channel::BrokerTimer,
            Self::Subscribe { .. } | Self::Fetch { .. } => Channel::DeliveryAck,
            Self::Replay { .. } => Channel::Person,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        let named = |consumer: u8, salt: u64, counters: u64| {
            Subject::new(mix(model.consumers[usize::from(consumer)].names, 0xB0 + salt), counters)
        };
        match *self {
            Self::Redeliver { consumer, entry, attempt, refused } => {
                named(consumer, refused.into(), u64::from(entry) | u64::from(attempt) << 32)
            }
            Self::Resubmit { consumer, entry, number, .. } => {
                named(consumer, 2, u64::from(entry & 0xFF_FFFF) | u64::from(number) << 24)
            }
            Self::Subscribe { consumer, number } => named(consumer, 3, number.into()),
            Self::Fetch { consumer, source, order, version, attempt } => named(
                consumer,
                4 | u64::from(attempt) << 8,
                u64::from(source) | u64::from(order) << 8 | u64::from(version) << 24,
            ),
            Self::Replay { order, number } => {
                Subject::new(mix(model.names, 0xB5), u64::from(order) | u64::from(number) << 16)
            }
        }
    }
}

/// The broker.
#[derive(Debug, Default, Hash)]
pub struct Broker {
    log: Log,
    /// By consumer, whether it answers.
    live: Vec<bool>,
    /// Timers for resubmission that were set.
    resubmits: u32,
    /// Events that a replay handed out under new ids.
    copies: u16,
}

impl Clone for Broker {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.log.clone_from(&from.log);
        self.live.clone_from(&from.live);
        self.resubmits = from.resubmits;
        self.copies = from.copies;
    }
}

impl Broker {
    /// Brings it to its initial state.
    pub fn reset(&mut self, model: &Model, workload: &Workload) {
        self.log.reset(1 + model.systems.len(), workload.orders.len(), model.consumers.len());
        self.live.clear();
        self.live.resize(model.consumers.len(), true);
        self.resubmits = 0;
        self.copies = 0;
    }

    /// Handles one input.
    pub fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match message {
            Message::Publish { event, attempt, told, flaw } => {
                self.publish(cx, event, (told, flaw));
                cx.reply(Message::Published { event, attempt });
            }
            Message::Ack { event, consumer, handled, attempt } => self.ack(cx, consumer, event, (attempt, handled)),
            Message::Broker(BrokerMessage::Redeliver { consumer, entry, attempt, refused }) => {
                self.redeliver(cx, consumer, entry, (attempt, refused));
            }
            Message::Broker(BrokerMessage::Resubmit { consumer, entry, round, .. }) => {
                self.resubmit(cx, consumer, entry, round);
            }
            Message::Broker(BrokerMessage::Subscribe { consumer, .. }) => self.answers(cx, consumer, true),
            Message::Broker(BrokerMessage::Fetch { consumer, source, order, version, .. }) => {
                self.fetch(cx, consumer, (source, order, version));
            }
            Message::Broker(BrokerMessage::Replay { order, .. }) => self.replay(cx, order),
            _ => {}
        }
    }

    /// Drops the volatile state.
    pub fn crash(&mut self) -> bool {
        let consumers = 0..self.live.len() as u8;
        let log = &self.log;
        (0..log.entries.len() as u32).any(|at| consumers.clone().any(|c| log.delivery(at, c).phase.is_open()))
    }

    /// Recovers from the durable state: all that was not acknowledged is delivered again.
    pub fn restart(&mut self, cx: &mut Cx<'_>) {
        self.live.fill(true);
        for at in 0..self.log.entries.len() as u32 {
            for consumer in 0..self.live.len() as u8 {
                match self.log.delivery(at, consumer).phase {
                    phase if phase.is_open() => self.deliver(cx, consumer, at, false),
                    Phase::Dead => self.arm_resubmit(cx, consumer, at),
                    _ => {}
                }
            }
        }
    }

    fn subscribed(model: &Model, consumer: u8, emission: u8) -> bool {
        emission < 64 && model.consumers[usize::from(consumer)].events & 1 << emission != 0
    }

    /// Takes a publication in.
    fn publish(&mut self, cx: &mut Cx<'_>, event: BusinessEvent, carried: (Time, Flaw)) {
        if let Some(first) = self.log.find(event)
            && self.repeated(cx, first)
        {
            cx.change(Change::Row { event, phase: RowPhase::Dropped, committed: true });
            return;
        }
        let model = &cx.model.model;
        let dropping = model.plumbing.on_no_subscriber == OnNoSubscriber::Drop;
        let wanted = |consumer: u8| {
            Self::subscribed(model, consumer, event.emission) && (self.live[usize::from(consumer)] || !dropping)
        };
        if dropping && !(0..self.live.len() as u8).any(wanted) {
            cx.change(Change::Row { event, phase: RowPhase::Dropped, committed: true });
            return;
        }
        cx.change(Change::Row { event, phase: RowPhase::Accepted, committed: true });
        self.append(cx, event, carried, dropping);
    }

    /// Whether a publication counts as a repetition that is dropped.
    fn repeated(&mut self, cx: &Cx<'_>, first: u32) -> bool {
        let seen = &mut self.log.entries[first as usize].seen;
        let within = cx.now < *seen + WINDOW;
        match cx.model.model.plumbing.duplicate_window {
            DuplicateWindow::None => false,
            DuplicateWindow::Fixed => {
                if !within {
                    *seen = cx.now;
                }
                within
            }
            DuplicateWindow::Sliding => {
                *seen = cx.now;
                within
            }
        }
    }

    fn append(&mut self, cx: &mut Cx<'_>, event: BusinessEvent, carried: (Time, Flaw), live_only: bool) {
        let model = &cx.model.model;
        let keeps_order = model.emissions.get(usize::from(event.emission)).is_none_or(|emission| emission.keeps_order);
        let keyed = keeps_order && model.plumbing.partition_by == PartitionBy::Aggregate;
        let at = self.log.push(event, carried, cx.now, keyed);
        for consumer in 0..self.live.len() as u8 {
            let there = !live_only || self.live[usize::from(consumer)];
            if !there || !Self::subscribed(&cx.model.model, consumer, event.emission) {
                continue;
            }
            let from = self.log.tries(at, consumer);
            let delivery = self.log.delivery_mut(at, consumer);
            delivery.phase = Phase::Waiting;
            delivery.from = from;
            let cursor = self.log.cursor(consumer, event.order);
            if keyed && *cursor != NONE {
                continue;
            }
            if keyed {
                *cursor = at;
            }
            self.start(cx, consumer, at);
        }
    }

    fn start(&mut self, cx: &mut Cx<'_>, consumer: u8, at: u32) {
        if self.live[usize::from(consumer)] {
            self.deliver(cx, consumer, at, true);
        } else {
            self.log.delivery_mut(at, consumer).phase = Phase::Stalled;
        }
    }

    /// Hands an entry to a consumer; `counts`: towards the dead-letter queue.
    fn deliver(&mut self, cx: &mut Cx<'_>, consumer: u8, at: u32, counts: bool) {
        let model = &cx.model.model;
        let entry = *self.log.entry(at);
        if self.expired(cx, at) {
            self.log.delivery_mut(at, consumer).phase = Phase::Absent;
            self.advance(cx, consumer, at);
            return;
        }
        let after = self.log.after(at, |emission| Self::subscribed(model, consumer, emission));
        let attempt = self.log.next_try(at, consumer);
        let redeliver = BrokerMessage::Redeliver { consumer, entry: at, attempt, refused: false };
        let wait = if self.live[usize::from(consumer)] { ACK_WAIT } else { PROBE };
        cx.cancel(self.log.delivery(at, consumer).timer);
        let timer = cx.timer(wait, Message::Broker(redeliver));
        let delivery = self.log.delivery_mut(at, consumer);
        delivery.phase = Phase::Flight;
        delivery.attempt = attempt;
        delivery.counted = delivery.counted.saturating_add(counts.into());
        delivery.timer = timer;
        let flaw = if delivery.repaired { Flaw::None } else { entry.flaw };
        let message = Message::Deliver { event: entry.event, consumer, attempt, after, told: entry.told, flaw };
        cx.send(cx.model.model.parts.consumers[usize::from(consumer)], message);
    }

    /// Whether an entry is older than what is kept.
    fn expired(&self, cx: &Cx<'_>, at: u32) -> bool {
        cx.now > self.log.entry(at).at + cx.model.model.plumbing.retention
    }

    /// Goes on in the partition after an entry that is settled.
    fn advance(&mut self, cx: &mut Cx<'_>, consumer: u8, at: u32) {
        let order = self.log.entry(at).event.order;
        if *self.log.cursor(consumer, order) != at {
            return;
        }
        let mut next = self.log.following(at, consumer);
        while next != NONE && self.expired(cx, next) {
            self.log.delivery_mut(next, consumer).phase = Phase::Absent;
            next = self.log.following(next, consumer);
        }
        *self.log.cursor(consumer, order) = next;
        if next != NONE {
            self.start(cx, consumer, next);
        }
    }

    /// A consumer answers: what waited for it comes.
    fn answers(&mut self, cx: &mut Cx<'_>, consumer: u8, anew: bool) {
        let Some(live) = self.live.get_mut(usize::from(consumer)) else { return };
        if std::mem::replace(live, true) && !anew {
            return;
        }
        for at in 0..self.log.entries.len() as u32 {
            let phase = self.log.delivery(at, consumer).phase;
            if phase == Phase::Stalled || anew && phase == Phase::Flight {
                self.deliver(cx, consumer, at, false);
            }
        }
    }

    fn ack(&mut self, cx: &mut Cx<'_>, consumer: u8, event: BusinessEvent, (attempt, handled): (u8, bool)) {
        let mut at = self.log.find(event).unwrap_or(NONE);
        while at != NONE {
            let delivery = self.log.delivery(at, consumer);
            if delivery.phase.is_open() && (delivery.from..=delivery.attempt).contains(&attempt) {
                break;
            }
            at = self.log.entry(at).copy;
        }
        if at != NONE {
            let delivery = self.log.delivery_mut(at, consumer);
            let timer = std::mem::take(&mut delivery.timer);
            cx.cancel(timer);
            if handled {
                delivery.phase = Phase::Done;
                self.advance(cx, consumer, at);
            } else {
                self.refused(cx, consumer, at);
            }
        }
        self.answers(cx, consumer, false);
    }

    /// The consumer cannot handle an entry: it comes again, or goes to the dead-letter queue.
    fn refused(&mut self, cx: &mut Cx<'_>, consumer: u8, at: u32) {
        let after = u8::try_from(cx.model.model.plumbing.dead_letter_after).unwrap_or(u8::MAX).max(1);
        let delivery = self.log.delivery_mut(at, consumer);
        if delivery.counted < after {
            delivery.phase = Phase::Refused;
            let attempt = delivery.attempt;
            let wait = REFUSED.times(1 << delivery.counted.min(8)).min(REFUSED_MAX);
            let redeliver = BrokerMessage::Redeliver { consumer, entry: at, attempt, refused: true };
            self.log.delivery_mut(at, consumer).timer = cx.timer(wait, Message::Broker(redeliver));
            return;
        }
        delivery.phase = Phase::Dead;
        let event = self.log.entry(at).event;
        cx.change(Change::Delivery { event, consumer, phase: DeliveryPhase::DeadLettered, before: 0 });
        self.arm_resubmit(cx, consumer, at);
        if cx.model.model.plumbing.resubmit == Resubmit::AtEnd {
            self.advance(cx, consumer, at);
        }
    }

    fn arm_resubmit(&mut self, cx: &mut Cx<'_>, consumer: u8, at: u32) {
        let round = self.log.delivery(at, consumer).rounds;
        if round < ROUNDS {
            self.resubmits += 1;
            let resubmit = BrokerMessage::Resubmit { consumer, entry: at, round, number: self.resubmits };
            cx.timer(RESUBMIT.times(1 << round.min(3)), Message::Broker(resubmit));
        }
    }

    /// A person resubmits a dead letter, repaired. In order, its partition has waited for it; else it comes after what
    /// was delivered meanwhile.
    fn resubmit(&mut self, cx: &mut Cx<'_>, consumer: u8, at: u32, round: u8) {
        let delivery = self.log.delivery_mut(at, consumer);
        if delivery.phase != Phase::Dead || delivery.rounds != round {
            return;
        }
        delivery.rounds += 1;
        delivery.repaired = true;
        delivery.counted = 0;
        self.start(cx, consumer, at);
    }

    /// No acknowledgement came. The consumer counts as gone, and this entry is the one by which it is found again.
    fn redeliver(&mut self, cx: &mut Cx<'_>, consumer: u8, at: u32, (attempt, refused): (u8, bool)) {
        let delivery = self.log.delivery_mut(at, consumer);
        let waits = if refused { Phase::Refused } else { Phase::Flight };
        if delivery.phase != waits || delivery.attempt != attempt {
            return;
        }
        delivery.timer = TimerId::NONE;
        if refused {
            self.start(cx, consumer, at);
            return;
        }
        let live = &mut self.live[usize::from(consumer)];
        let was_live = std::mem::replace(live, false);
        if was_live || self.is_probe(consumer, at) {
            self.deliver(cx, consumer, at, false);
        } else {
            self.log.delivery_mut(at, consumer).phase = Phase::Stalled;
        }
    }

    /// Whether no other delivery to the consumer is in flight.
    fn is_probe(&self, consumer: u8, at: u32) -> bool {
        let mut others = (0..self.log.entries.len() as u32).filter(|&other| other != at);
        !others.any(|other| self.log.delivery(other, consumer).phase == Phase::Flight)
    }

    /// Delivers an event once more to a consumer that misses it, if it is here and does not come anyway.
    fn fetch(&mut self, cx: &mut Cx<'_>, consumer: u8, (source, order, version): (u8, u16, u16)) {
        if let Some(at) = self.log.version(source, order, version)
            && self.log.delivery(at, consumer).phase == Phase::Done
        {
            self.deliver(cx, consumer, at, false);
        }
    }

    /// Hands the events of an order out once more, in the order in which they came.
    fn replay(&mut self, cx: &mut Cx<'_>, order: u16) {
        for at in 0..self.log.entries.len() {
            let entry = self.log.entries[at];
            let original = entry.first as usize == at && entry.event.number < COPIES;
            if entry.event.order == order && original {
                let event = self.copied(cx, entry.event);
                cx.change(Change::Replayed { event, of: entry.event.number });
                self.append(cx, event, (entry.told, Flaw::None), false);
            }
        }
    }

    /// The event under which a replay hands another one out: itself, or a new one.
    fn copied(&mut self, cx: &Cx<'_>, event: BusinessEvent) -> BusinessEvent {
        let replay = cx.model.model.plumbing.replay;
        if replay == Replay::SameId {
            return event;
        }
        let number = COPIES.saturating_add(self.copies);
        self.copies = self.copies.saturating_add(1);
        let version = match replay {
            Replay::NewEvent => self.log.newest(event).saturating_add(1),
            Replay::SameId | Replay::NewId => event.version,
        };
        BusinessEvent { number, version, ..event }
    }
}
