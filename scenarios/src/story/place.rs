//! What a change or a message is about: order, item and step.

use super::words::Words;
use crate::change::Change;
use crate::message::{BusinessEvent, CallRef, Message};
use crate::model::{ItemIx, StepIx};
use crate::nodes::broker::BrokerMessage;
use crate::nodes::cpq::CpqMessage;
use crate::nodes::oms::OmsMessage;
use crate::nodes::outside::OutsideMessage;

/// What something is about, as far as it is about anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The order, from 0.
    pub order: Option<u16>,
    /// The item.
    pub item: Option<ItemIx>,
    /// The step.
    pub step: Option<StepIx>,
    /// The emitter of the event (0: the OMS) and its number there.
    pub event: Option<(u8, u16)>,
}

impl Place {
    fn of_order(order: u16) -> Self {
        Self { order: Some(order), ..Self::default() }
    }

    fn of_item(order: u16, item: ItemIx) -> Self {
        Self { item: (item != ItemIx::ORDER).then_some(item), ..Self::of_order(order) }
    }

    /// A step of an order.
    #[must_use]
    pub fn of_step(words: &Words<'_>, order: u16, step: StepIx) -> Self {
        let item = words.model().steps.get(step.ix()).map_or(ItemIx::ORDER, |step| step.item);
        Self { step: Some(step), ..Self::of_item(order, item) }
    }

    fn of_call(words: &Words<'_>, call: CallRef) -> Self {
        Self::of_step(words, call.order, call.step)
    }

    /// A business event.
    #[must_use]
    pub fn of_event(event: BusinessEvent) -> Self {
        Self { event: Some((event.source, event.number)), ..Self::of_item(event.order, ItemIx(event.item)) }
    }

    fn of_command(words: &Words<'_>, placement: u16) -> Self {
        let plan = words.ledger.workload.commands.get(usize::from(placement));
        plan.map_or_else(Self::default, |plan| Self::of_item(plan.order, plan.item))
    }

    /// A change.
    #[must_use]
    pub fn of_change(words: &Words<'_>, change: &Change) -> Self {
        match *change {
            Change::Quote { order, .. }
            | Change::Price { order, .. }
            | Change::Published { order, .. }
            | Change::Approval { order, .. }
            | Change::Order { order, .. }
            | Change::Created { order, .. }
            | Change::Saga { order, .. }
            | Change::Saved { order, .. }
            | Change::Timeout { order, .. } => Self::of_order(order),
            Change::Item { order, item, .. }
            | Change::Told { order, item, .. }
            | Change::ReadModel { order, item, .. }
            | Change::Reconciled { order, item, .. }
            | Change::Dashboard { order, item, .. }
            | Change::Product { order, item, .. }
            | Change::Act { order, item, .. }
            | Change::Command { order, item, .. } => Self::of_item(order, item),
            Change::Step { order, step, .. }
            | Change::Case { order, step, .. }
            | Change::Breaker { order, step, .. } => Self::of_step(words, order, step),
            Change::Compensation { order, undo, .. } => Self::of_step(words, order, undo),
            Change::Sent { call, .. } | Change::Answered { call, .. } | Change::Resolved { call, .. } => {
                Self::of_call(words, call)
            }
            Change::Effect { effect } => {
                let effect = words.ledger.effects.get(effect.ix());
                effect.map_or_else(Self::default, |effect| Self::of_call(words, effect.call))
            }
            Change::Charge { order, charge, .. } => {
                let item = words.model().charges.get(charge.ix()).map_or(ItemIx::ORDER, |charge| charge.item);
                Self::of_item(order, item)
            }
            Change::Row { event, .. } | Change::Delivery { event, .. } | Change::Replayed { event, .. } => {
                Self::of_event(event)
            }
        }
    }

    /// A message.
    #[must_use]
    pub fn of_message(words: &Words<'_>, message: &Message) -> Self {
        match *message {
            Message::Request { call, .. }
            | Message::Reply { call, .. }
            | Message::Callback { call, .. }
            | Message::Query { call, .. }
            | Message::QueryReply { call, .. } => Self::of_call(words, call),
            Message::Publish { event, .. }
            | Message::Published { event, .. }
            | Message::Deliver { event, .. }
            | Message::Ack { event, .. } => Self::of_event(event),
            Message::Convert { order, .. }
            | Message::Converted { order, .. }
            | Message::Oms(OmsMessage::SagaDue { order })
            | Message::Cpq(
                CpqMessage::Arrival { order }
                | CpqMessage::Due { order, .. }
                | CpqMessage::Carry { order }
                | CpqMessage::Ask { order, .. }
                | CpqMessage::Decided { order, .. },
            )
            | Message::Broker(BrokerMessage::Replay { order, .. })
            | Message::Outside(OutsideMessage::Decide { order, .. } | OutsideMessage::Replay { order, .. }) => {
                Self::of_order(order)
            }
            Message::Command { placement, .. }
            | Message::CommandAnswer { placement, .. }
            | Message::Outside(OutsideMessage::Give { placement, .. }) => Self::of_command(words, placement),
            Message::Case { order, step, .. }
            | Message::Operate { order, step, .. }
            | Message::Outside(
                OutsideMessage::Look { order, step, .. }
                | OutsideMessage::Repeat { order, step, .. }
                | OutsideMessage::Correct { order, step },
            ) => Self::of_step(words, order, step),
            Message::Oms(
                OmsMessage::Save { call, .. }
                | OmsMessage::Due { call, .. }
                | OmsMessage::MarkSent { call }
                | OmsMessage::Offer { call, .. },
            ) => Self::of_call(words, call),
            _ => Self::default(),
        }
    }
}
