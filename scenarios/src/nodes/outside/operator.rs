//! The operator: somebody who has the events of an order handed out once more, after an item of it or its saga came to
//! an end, or makes a record in a downstream system by hand. The former is allowed where the definition names
//! `replayEvents` among what its desk may do; each act leaves a reason and an audit record where the contract asks for them.

use sim_core::hash::mix;
use sim_core::{Duration, Latency, Subject};

use super::{OutsideMessage, human_delay};
use crate::change::{Act, Change};
use crate::definition::{EffectKind, FinancialCorrections, Requirement};
use crate::message::{CallRef, Message};
use crate::model::{ItemIx, Model, StepIx};
use crate::nodes::Cx;
use crate::nodes::broker::BrokerMessage;
use crate::nodes::participant::ParticipantMessage;
use crate::nodes::reconciler::is_undone_when_twice;

/// How long after the end of an item its events are replayed: while others of the order may still be at work.
const LATER: Latency = Latency::Percentiles { p50: Duration::mins(30), p99: Duration::hours(6) };
/// How long after an item was completed somebody makes one of its records by hand: when it was compared for the first
/// time, mostly, and is no longer in anybody's mind.
const MUCH_LATER: Latency = Latency::Percentiles { p50: Duration::hours(2), p99: Duration::hours(12) };
/// The value of the site at which somebody replays.
const EVENTS: u8 = 1;
/// The value of the site at which somebody makes a record by hand.
const EXTRA_RECORD: u8 = 1;
/// The salt of what a replay is about.
const REPLAY: u64 = 0x07_05;

/// What the operator has seen.
#[derive(Debug, Default, Hash)]
pub(super) struct Operator {
    /// By order, a mask of the items that came to their end; the highest bit stands for the saga.
    ended: Vec<u64>,
}

impl Clone for Operator {
    fn clone(&self) -> Self {
        Self { ended: self.ended.clone() }
    }

    fn clone_from(&mut self, from: &Self) {
        self.ended.clone_from(&from.ended);
    }
}

impl Operator {
    pub fn reset(&mut self, orders: usize) {
        self.ended.clear();
        self.ended.resize(orders, 0);
    }

    /// An item, or the saga, came to its end: the operator may replay the events of the order, once for each.
    pub fn ended(&mut self, cx: &mut Cx<'_>, order: u16, item: ItemIx) {
        if !cx.model.model.fallout.replay_events {
            return;
        }
        let Some(ended) = self.ended.get_mut(usize::from(order)) else { return };
        let bit = 1 << item.0.min(63);
        if *ended & bit != 0 {
            return;
        }
        *ended |= bit;
        let replay = OutsideMessage::Replay { order, item };
        let subject = replay.subject(&cx.model.model);
        if cx.choose(cx.model.sites.replay, subject, u32::MAX) == EVENTS {
            let delay = human_delay(cx, subject, LATER);
            cx.timer(delay, Message::Outside(replay));
        }
    }

    /// An item was completed: somebody may make one of its records once more by hand, where a rule would find that.
    pub fn completed(cx: &mut Cx<'_>, order: u16, item: ItemIx) {
        let model = &cx.model.model;
        let Some(item) = model.items.get(item.ix()) else { return };
        for step in item.steps.iter().copied().filter(|step| is_compared(model, *step)) {
            let correct = OutsideMessage::Correct { order, step };
            let subject = correct.subject(model);
            if cx.choose(cx.model.sites.correction, subject, u32::MAX) == EXTRA_RECORD {
                let delay = human_delay(cx, subject, MUCH_LATER);
                cx.timer(delay, Message::Outside(correct));
            }
        }
    }

    /// Somebody makes a record by hand.
    pub fn correct(cx: &mut Cx<'_>, order: u16, step: StepIx) {
        let model = &cx.model.model;
        let Some(operation) = model.step(step).call.map(|op| model.operation(op)) else { return };
        let money = operation.effect == EffectKind::Financial;
        let audited = model.plumbing.reason_code == Requirement::Required;
        let authorised = !money || model.plumbing.financial_corrections == FinancialCorrections::TwoPerson;
        let item = model.step(step).item;
        cx.change(Change::Act { order, item, act: Act::CorrectsRecord, audited, authorised });
        let call = CallRef { order, step, revision: 0, attempt: 0 };
        let by_hand = Message::Participant(ParticipantMessage::ByHand { call });
        cx.disturb();
        cx.send(model.systems[operation.system.ix()].part, by_hand);
        cx.effective(cx.model.sites.correction, EXTRA_RECORD);
    }

    /// The operator acts.
    pub fn replay(cx: &mut Cx<'_>, order: u16, item: ItemIx) {
        let model = &cx.model.model;
        let audited = model.plumbing.reason_code == Requirement::Required;
        let authorised = model.fallout.replay_events;
        cx.change(Change::Act { order, item, act: Act::ReplaysEvents, audited, authorised });
        let replay = BrokerMessage::Replay { order, number: item.0.into() };
        cx.disturb();
        cx.send(model.parts.broker, Message::Broker(replay));
        cx.effective(cx.model.sites.replay, EVENTS);
    }
}

/// Whether a step makes charges or products that a reconcile rule looks at.
pub(crate) fn is_compared(model: &Model, step: StepIx) -> bool {
    model.step(step).call.is_some_and(|op| {
        let operation = model.operation(op);
        let kept = matches!(operation.effect, EffectKind::Financial | EffectKind::Asset);
        operation.creates && kept && is_undone_when_twice(model, step)
    })
}

/// What a replay is about: the item or, of the saga, the order.
pub(crate) fn subject(model: &Model, order: u16, item: ItemIx) -> Subject {
    Subject::new(names(model, item), order.into())
}

/// The names of what a replay is about.
pub(crate) fn names(model: &Model, item: ItemIx) -> u64 {
    mix(model.items.get(item.ix()).map_or(model.names, |item| item.names), REPLAY)
}
