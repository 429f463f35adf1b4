//! Consumers: read models and callers of operations, with an inbox.
//!
//! ```text
//! delivery -> inbox: known? -> payload sound? -> place in the aggregate: old, gap, next -> filter -> effect -> acknowledgement
//! ```
//!
//! In a correct consumer all of that is one transaction. A consumer with a remote effect commits its inbox row together
//! with a record of the call; the call leaves after that commit, and recovery repeats an unanswered one under its key.
//! Where the contract says otherwise, the halves are two handler calls, and a crash can fall between them.

mod calls;
mod facts;
mod message;
mod position;

use sim_core::hash::mix;
use sim_core::{Duration, Latency, Time};

pub use self::calls::Timed;
pub use self::message::{ConsumerMessage, Stage};

use self::calls::Call;
use self::facts::{EventFacts, told_of};
use self::position::Position;
use super::Cx;
use super::broker::BrokerMessage;
use crate::change::{Change, DeliveryPhase};
use crate::definition::{
    Ack, Aggregate, Claim, ConsumerOrder, InboxCommit, InboxKey, NextAction, OnGap, OrderState, ReadModelGuard,
    ReadModelStates,
};
use crate::message::{BusinessEvent, Channel, Flaw, Message};
use crate::model::{ItemIx, Model};
use crate::workload::Workload;

/// What lies between two halves of one piece of work.
const GAP: Duration = Duration::millis(5);
/// How far a second owner of a partition is behind the first.
const BEHIND: Latency = Latency::Uniform(Duration::millis(50), Duration::secs(5));
/// The first wait before a consumer asks again for what it misses.
const FETCH: Duration = Duration::secs(5);
/// The longest.
const FETCH_MAX: Duration = Duration::mins(5);
/// How often it asks.
const FETCHES: u8 = 10;
/// How long it takes until a consumer knows a newer payload version.
const UPGRADE: Duration = Duration::hours(8);

/// Whether a consumer that subscribed to an event acts on it: its filter holds, or it has none.
#[must_use]
pub fn acts_on(scenario: &crate::scenario::Scenario, consumer: u8, event: BusinessEvent, told: Time) -> bool {
    let filter = scenario.model.consumers[usize::from(consumer)].filter.as_ref();
    filter.is_none_or(|filter| filter.holds(&EventFacts { scenario, event, told }))
}

/// An event as it was handed to the consumer.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Delivered {
    event: BusinessEvent,
    attempt: u8,
    after: u16,
    told: Time,
    flaw: Flaw,
    /// Whether it was acknowledged.
    acked: bool,
}

/// A row of a read model.
#[derive(Clone, Copy, Debug, Default, Hash)]
struct Shown {
    state: u8,
    version: u16,
}

/// An event that was put aside: one before it is missing, or its payload is too new.
#[derive(Clone, Copy, Debug, Hash)]
struct Held {
    of: Delivered,
    asked: u8,
}

/// Where an event stands in its aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Old,
    Next,
    Gap,
}

/// A read model, or a caller of an operation.
#[derive(Debug, Default, Hash)]
pub struct ConsumerNode {
    me: u8,
    position: Position,
    /// By kind of aggregate, where its rows begin; `None`: it is not shown.
    slots: [Option<u32>; 7],
    shown: Vec<Shown>,
    /// Rows of one order: its items and itself.
    width: usize,
    held: Vec<Held>,
    calls: Vec<Call>,
    subscriptions: u16,
    // Volatile from here on.
    /// Whether a second instance owns its partitions, too.
    twins: bool,
    /// Halves of work that are to come.
    pending: Vec<(Stage, Delivered)>,
}

impl Clone for ConsumerNode {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.me = from.me;
        self.position.clone_from(&from.position);
        self.slots = from.slots;
        self.shown.clone_from(&from.shown);
        self.width = from.width;
        self.held.clone_from(&from.held);
        self.calls.clone_from(&from.calls);
        self.subscriptions = from.subscriptions;
        self.twins = from.twins;
        self.pending.clone_from(&from.pending);
    }
}

impl ConsumerNode {
    /// Brings it to its initial state.
    pub fn reset(&mut self, model: &Model, workload: &Workload, index: usize) {
        let orders = workload.orders.len();
        let consumer = &model.consumers[index];
        self.me = index as u8;
        self.position.reset(1 + model.systems.len(), orders);
        self.width = model.items.len() + 1;
        self.slots = [None; 7];
        let mut rows = 0;
        for (i, emission) in model.emissions.iter().enumerate() {
            let slot = &mut self.slots[told_of(emission) as usize];
            if consumer.step.is_none() && consumer.events >> i & 1 != 0 && slot.is_none() {
                *slot = Some(rows);
                rows += (orders * self.width) as u32;
            }
        }
        self.shown.clear();
        self.shown.resize(rows as usize, Shown::default());
        self.held.clear();
        self.calls.clear();
        self.subscriptions = 0;
        self.twins = false;
        self.pending.clear();
    }

    /// Handles one input.
    pub fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match message {
            Message::Deliver { event, attempt, after, told, flaw, .. } => {
                let acked = cx.model.model.plumbing.ack == Ack::BeforeCommit;
                let of = Delivered { event, attempt, after, told, flaw, acked };
                if acked {
                    self.ack_now(cx, of, true);
                    self.later(cx, Stage::Take, of, GAP);
                } else {
                    self.take(cx, of);
                }
            }
            Message::Reply { call, answer, .. } | Message::Callback { call, answer, .. } => {
                self.answered(cx, call, answer);
            }
            Message::Consumer(ConsumerMessage::Work { stage, source, number, attempt, .. }) => {
                self.second_half(cx, stage, (source, number, attempt));
            }
            Message::Consumer(ConsumerMessage::Call { source, number, attempt, what, .. }) => {
                self.call_due(cx, (source, number), attempt, what);
            }
            Message::Consumer(ConsumerMessage::Missing { source, number, asked, upgrade, .. }) => {
                self.missing(cx, (source, number), asked, upgrade);
            }
            _ => {}
        }
        self.release(cx);
    }

    /// Drops the volatile state.
    pub fn crash(&mut self) -> bool {
        let knew = self.crash_calls() || !self.pending.is_empty();
        self.pending.clear();
        self.twins = false;
        knew
    }

    /// Recovers from the durable state: it subscribes anew, asks for what it misses, and repeats its open calls.
    pub fn restart(&mut self, cx: &mut Cx<'_>) {
        self.subscriptions += 1;
        let subscribe = BrokerMessage::Subscribe { consumer: self.me, number: self.subscriptions };
        cx.send(cx.model.model.parts.broker, Message::Broker(subscribe));
        self.twins = cx.model.model.plumbing.claim == Claim::None;
        self.restart_calls(cx);
        for ix in 0..self.held.len() {
            self.ask(cx, ix);
        }
    }

    /// What a read model shows of an aggregate of this kind: its state, and the version that it had then.
    #[must_use]
    pub fn shows(&self, of: Aggregate, order: u16, item: ItemIx) -> Option<(u8, u16)> {
        let shown = self.shown.get(self.row(of, order, item)?)?;
        (shown.version > 0).then_some((shown.state, shown.version))
    }

    fn row(&self, of: Aggregate, order: u16, item: ItemIx) -> Option<usize> {
        let item = item.ix().min(self.width - 1);
        self.slots[of as usize].map(|slot| slot as usize + usize::from(order) * self.width + item)
    }

    fn ack_now(&self, cx: &mut Cx<'_>, of: Delivered, handled: bool) {
        let ack = Message::Ack { event: of.event, consumer: self.me, handled, attempt: of.attempt };
        cx.confirm(cx.model.model.parts.broker, ack);
    }

    fn ack(&self, cx: &mut Cx<'_>, of: Delivered, handled: bool) {
        if !of.acked {
            self.ack_now(cx, of, handled);
        }
    }

    /// Leaves a half of the work to a later call of the handler, with nothing in the store that would remind of it.
    fn later(&mut self, cx: &mut Cx<'_>, stage: Stage, of: Delivered, delay: Duration) {
        self.pending.push((stage, of));
        let BusinessEvent { source, number, .. } = of.event;
        let (consumer, attempt, copy) = (self.me, of.attempt, cx.copy());
        let work = ConsumerMessage::Work { consumer, stage, source, number, attempt, copy };
        cx.continue_after(delay, Message::Consumer(work));
    }

    fn second_half(&mut self, cx: &mut Cx<'_>, stage: Stage, (source, number, attempt): (u8, u16, u8)) {
        let found = self.pending.iter().position(|(half, of)| {
            *half == stage && of.event.source == source && of.event.number == number && of.attempt == attempt
        });
        let Some(at) = found else { return };
        let (_, of) = self.pending.swap_remove(at);
        let step = cx.model.model.consumers[usize::from(self.me)].step;
        match (stage, step) {
            (Stage::Take, _) => self.take(cx, of),
            (Stage::Remember, _) => {
                self.remember(cx, of);
                self.ack(cx, of, true);
            }
            (Stage::Effect | Stage::Second, Some(step)) => self.make_call(cx, step, of, false),
            (Stage::Effect, None) => {
                self.apply(cx, of);
                self.ack(cx, of, true);
            }
            (Stage::Second, None) => self.apply(cx, of),
        }
    }

    /// Works on an event.
    fn take(&mut self, cx: &mut Cx<'_>, of: Delivered) {
        let model = &cx.model.model;
        let consumer = &model.consumers[usize::from(self.me)];
        let by_id = model.plumbing.inbox_key == InboxKey::Id;
        let known = consumer.inbox && self.position.remembers(of.event, by_id, cx.now, model.plumbing.inbox_window);
        if known {
            self.ignore(cx, of);
            return;
        }
        if self.held.iter().any(|held| held.of.event.id() == of.event.id()) {
            self.ack(cx, of, true);
            return;
        }
        if of.flaw == Flaw::Unhandleable {
            if of.attempt == 0 {
                cx.effective(cx.model.sites.payload, of.flaw as u8);
            }
            self.ack(cx, of, false);
            return;
        }
        if of.flaw == Flaw::NewerVersion && self.is_too_new(cx, of) {
            return;
        }
        match self.place(cx, of) {
            Place::Old => {
                self.remember(cx, of);
                self.ignore(cx, of);
                return;
            }
            Place::Gap => {
                self.hold(cx, of);
                return;
            }
            Place::Next => {}
        }
        let facts = EventFacts { scenario: cx.model, event: of.event, told: of.told };
        if consumer.filter.as_ref().is_some_and(|filter| !filter.holds(&facts)) {
            self.remember(cx, of);
            self.ignore(cx, of);
            return;
        }
        if self.twins {
            let site = cx.model.sites.classes[Channel::ConsumerTimer as usize].spans;
            let subject = of.event.subject(mix(consumer.names, 0x2ED), of.attempt.into());
            let behind = cx.span(site, subject, BEHIND);
            self.later(cx, Stage::Second, Delivered { acked: true, ..of }, behind);
        }
        self.commit(cx, of);
    }

    /// Recognised as a repetition, or as nothing to act on.
    fn ignore(&self, cx: &mut Cx<'_>, of: Delivered) {
        let before = self.position.of(of.event).0;
        cx.change(Change::Delivery { event: of.event, consumer: self.me, phase: DeliveryPhase::Ignored, before });
        self.ack(cx, of, true);
    }

    /// What the consumer does with a payload version that it does not know; says whether it is done with the event.
    fn is_too_new(&mut self, cx: &mut Cx<'_>, of: Delivered) -> bool {
        cx.effective(cx.model.sites.payload, of.flaw as u8);
        match cx.model.model.consumers[usize::from(self.me)].on_newer_version {
            Some(NextAction::Apply | NextAction::Complete | NextAction::Progress) => false,
            None | Some(NextAction::Drop | NextAction::Ignore | NextAction::Reject) => {
                self.remember(cx, of);
                self.ignore(cx, of);
                true
            }
            Some(_) => {
                self.hold(cx, of);
                true
            }
        }
    }

    /// Where an event stands in its aggregate. A caller without an inbox has no position and handles what it gets; in a
    /// read model the guard of its rows tells old from new.
    fn place(&self, cx: &Cx<'_>, of: Delivered) -> Place {
        let plumbing = &cx.model.model.plumbing;
        let consumer = &cx.model.model.consumers[usize::from(self.me)];
        if consumer.step.is_some() && !consumer.inbox {
            return Place::Next;
        }
        let (version, told) = self.position.of(of.event);
        let purged = self.position.is_purged(of.event, cx.now, plumbing.inbox_window);
        match plumbing.consumer_order {
            _ if purged => Place::Next,
            ConsumerOrder::AggregateVersion if version < of.after && plumbing.on_gap == OnGap::PauseAndRecover => {
                Place::Gap
            }
            ConsumerOrder::AggregateVersion if consumer.step.is_some() && of.event.version <= version => Place::Old,
            ConsumerOrder::Timestamp if of.told < told => Place::Old,
            _ => Place::Next,
        }
    }

    /// Has the effect and writes the inbox row, in the order of the contract.
    fn commit(&mut self, cx: &mut Cx<'_>, of: Delivered) {
        let consumer = &cx.model.model.consumers[usize::from(self.me)];
        let commit = cx.model.model.plumbing.inbox_commit;
        match (consumer.step, consumer.inbox, commit) {
            (_, true, InboxCommit::BeforeEffect) => {
                self.remember(cx, of);
                self.later(cx, Stage::Effect, of, GAP);
            }
            (None, true, InboxCommit::AfterEffect) => {
                self.apply(cx, of);
                self.later(cx, Stage::Remember, of, GAP);
            }
            (None, _, _) => {
                self.apply(cx, of);
                self.remember(cx, of);
                self.ack(cx, of, true);
            }
            (Some(step), true, InboxCommit::SameTransaction) => {
                self.make_call(cx, step, of, true);
                self.remember(cx, of);
                self.ack(cx, of, true);
            }
            (Some(step), _, _) => self.make_call(cx, step, of, false),
        }
    }

    fn remember(&mut self, cx: &Cx<'_>, of: Delivered) {
        let plumbing = &cx.model.model.plumbing;
        if cx.model.model.consumers[usize::from(self.me)].inbox {
            self.position.remember(of.event, plumbing.inbox_key == InboxKey::Id, cx.now);
        }
        self.position.advance(of.event, of.told, cx.now);
    }

    /// Writes the row of a read model.
    fn apply(&mut self, cx: &mut Cx<'_>, of: Delivered) {
        let model = &cx.model.model;
        let BusinessEvent { order, item, emission, version, .. } = of.event;
        let (consumer, item) = (self.me, ItemIx(item));
        let told = model.emissions.get(usize::from(emission)).map(told_of);
        let Some(row) = told.and_then(|told| self.row(told, order, item)) else { return };
        let before = self.shown[row].version;
        if model.plumbing.read_model_guard == ReadModelGuard::AggregateVersion && before >= version {
            cx.change(Change::Delivery { event: of.event, consumer, phase: DeliveryPhase::Ignored, before });
            return;
        }
        if model.plumbing.read_model_states == ReadModelStates::FirstRelease
            && told.is_some_and(|told| is_later(told, of.event.state))
        {
            cx.change(Change::Delivery { event: of.event, consumer, phase: DeliveryPhase::Handled, before });
            return;
        }
        // What is newer than the consumer knows is misread.
        let state = if of.flaw == Flaw::NewerVersion { 0 } else { of.event.state };
        self.shown[row] = Shown { state, version };
        cx.change(Change::ReadModel { consumer, emission, order, item, state, version, before });
        cx.change(Change::Delivery { event: of.event, consumer, phase: DeliveryPhase::Handled, before });
    }

    /// Puts an event aside until what is before it has come, or the consumer knows its payload.
    fn hold(&mut self, cx: &mut Cx<'_>, of: Delivered) {
        let before = self.position.of(of.event).0;
        cx.change(Change::Delivery { event: of.event, consumer: self.me, phase: DeliveryPhase::Parked, before });
        self.ack(cx, of, true);
        self.held.push(Held { of: Delivered { acked: true, ..of }, asked: 0 });
        self.ask(cx, self.held.len() - 1);
    }

    /// Asks for what is before an event that was put aside, and sets the timer that asks again.
    fn ask(&mut self, cx: &mut Cx<'_>, ix: usize) {
        let held = &mut self.held[ix];
        let asked = held.asked;
        held.asked = held.asked.saturating_add(1);
        let BusinessEvent { source, number, order, .. } = held.of.event;
        let (consumer, version) = (self.me, held.of.after);
        let upgrade = held.of.flaw == Flaw::NewerVersion;
        if !upgrade {
            let fetch = BrokerMessage::Fetch { consumer, source, order, version, attempt: asked };
            cx.send(cx.model.model.parts.broker, Message::Broker(fetch));
        }
        if upgrade || asked < FETCHES {
            let wait = if upgrade { UPGRADE } else { FETCH.times(1 << asked.min(8)).min(FETCH_MAX) };
            let missing = ConsumerMessage::Missing { consumer, source, number, asked, upgrade };
            cx.timer(wait, Message::Consumer(missing));
        }
    }

    fn missing(&mut self, cx: &mut Cx<'_>, (source, number): (u8, u16), asked: u8, upgrade: bool) {
        let found = self.held.iter().position(|held| {
            held.of.event.source == source && held.of.event.number == number && held.asked == asked.saturating_add(1)
        });
        let Some(ix) = found else { return };
        let of = &mut self.held[ix].of;
        if upgrade {
            of.flaw = Flaw::None;
        }
        if of.after > self.position.of(of.event).0 {
            self.ask(cx, ix);
        }
    }

    /// Takes up what was put aside and has its place now.
    fn release(&mut self, cx: &mut Cx<'_>) {
        loop {
            let ready = self.held.iter().position(|held| {
                let of = held.of;
                of.flaw != Flaw::NewerVersion && of.after <= self.position.of(of.event).0
            });
            let Some(ix) = ready else { return };
            let held = self.held.remove(ix);
            self.take(cx, held.of);
        }
    }
}

/// Whether a state of an order or an item came with a later release than the first: parts, and what lies between.
fn is_later(of: Aggregate, state: u8) -> bool {
    let later = [
        OrderState::Pending,
        OrderState::Held,
        OrderState::Partial,
        OrderState::AssessingCancellation,
        OrderState::PendingCancellation,
    ];
    matches!(of, Aggregate::Order | Aggregate::Item) && later.iter().any(|known| *known as u8 == state)
}
