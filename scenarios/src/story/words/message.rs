//! Messages as noun phrases: `the answer of billing.charge for order-1/router/bill-router attempt 1`.

use super::{Words, states};
use crate::definition::Scope;
use crate::message::{Answer, BusinessEvent, CallRef, Message, Operation};
use crate::model::{ItemIx, StepIx};
use crate::nodes::broker::BrokerMessage;
use crate::nodes::consumer::ConsumerMessage;
use crate::nodes::cpq::CpqMessage;
use crate::nodes::oms::{OmsMessage, Wait};
use crate::nodes::outside::OutsideMessage;
use crate::nodes::reconciler::ReconcilerMessage;
use crate::nodes::relay::RelayMessage;

/// What those are told who gave a system up.
const RETURNED: &str = "word that a system is back which was given up for dead";

impl Words<'_> {
    /// A message as a noun phrase.
    #[must_use]
    pub fn message(&self, message: &Message) -> String {
        match message {
            Message::Idle => "nothing".to_owned(),
            Message::Request { .. }
            | Message::Reply { .. }
            | Message::Callback { .. }
            | Message::Query { .. }
            | Message::QueryReply { .. } => self.call_message(message),
            Message::Publish { .. } | Message::Published { .. } | Message::Deliver { .. } | Message::Ack { .. } => {
                self.event_message(message)
            }
            Message::Convert { .. }
            | Message::Converted { .. }
            | Message::Command { .. }
            | Message::CommandAnswer { .. }
            | Message::Case { .. }
            | Message::Operate { .. } => self.person_message(message),
            Message::Oms(message) => self.oms_message(message),
            Message::Relay(message) => self.relay_message(message),
            Message::Broker(message) => self.broker_message(message),
            Message::Consumer(message) => self.consumer_message(message),
            Message::Cpq(message) => self.quote_message(message),
            Message::Outside(message) => self.outside_message(message),
            Message::Participant(_) => "work that was taken on".to_owned(),
            Message::Reconciler(ReconcilerMessage::Returned) => RETURNED.to_owned(),
            Message::Reconciler(_) => "the reconciler's comparison".to_owned(),
        }
    }

    fn call_message(&self, message: &Message) -> String {
        match *message {
            Message::Request { call, .. } => format!("the request {}", self.call(call)),
            Message::Reply { call, .. } => format!("the answer of {}", self.call(call)),
            Message::Callback { call, copy: 0, .. } => format!("the callback of {}", self.call(call)),
            Message::Callback { call, .. } => format!("the repeated callback of {}", self.call(call)),
            Message::Query { call, .. } => format!("the question what became of {}", self.call(call)),
            Message::QueryReply { call, .. } => {
                format!("the answer to the question what became of {}", self.call(call))
            }
            _ => String::new(),
        }
    }

    fn event_message(&self, message: &Message) -> String {
        match *message {
            Message::Publish { event, .. } => format!("the publication of {}", self.event(event)),
            Message::Published { event, .. } => format!("the broker's receipt for {}", self.event(event)),
            Message::Deliver { event, consumer, .. } => {
                format!("the delivery of {} to {}", self.event(event), self.consumer(consumer))
            }
            Message::Ack { event, consumer, handled, .. } => {
                let what = if handled { "receipt for" } else { "refusal of" };
                format!("the {what} {} from {}", self.event(event), self.consumer(consumer))
            }
            _ => String::new(),
        }
    }

    fn person_message(&self, message: &Message) -> String {
        match *message {
            Message::Convert { order, .. } => format!("the conversion of the quote of {}", self.order(order)),
            Message::Converted { order, decision, .. } => {
                let decision = states::decision(decision);
                format!("the answer to the conversion of the quote of {} ({decision})", self.order(order))
            }
            Message::Command { placement, .. } => format!("the command {}", self.command_of(placement)),
            Message::CommandAnswer { placement, decision, .. } => {
                let decision = states::decision(decision);
                format!("the answer to the command {} ({decision})", self.command_of(placement))
            }
            Message::Case { order, step, .. } => format!("the case about {}", self.step_in(order, step)),
            Message::Operate { order, step, action: Operation::Decide, outcome, .. } => {
                format!("the word of a person who {}", self.decision(order, step, outcome))
            }
            Message::Operate { order, step, action, case, .. } => {
                format!(
                    "the word of a person who {}, about {}",
                    states::operation(action, case),
                    self.step_in(order, step)
                )
            }
            _ => String::new(),
        }
    }

    fn oms_message(&self, message: &OmsMessage) -> String {
        match *message {
            OmsMessage::Save { call, input, .. } => {
                let about = self.step_in(call.order, call.step);
                match input & 0xF {
                    1 => format!("the transaction on the answer for {about}"),
                    2 => format!("the transaction on the callback for {about}"),
                    3 => format!("the transaction on what became of {about}"),
                    4 => format!("the transaction on the timer of {about}"),
                    6 => format!("the transaction on an early answer for {about}"),
                    7 => format!("the transaction on a person's word about {about}"),
                    5 => format!("the transaction on the timeout of {}", self.order(call.order)),
                    8 => format!("the transaction that makes {}", self.order(call.order)),
                    10 => format!("the transaction of the repair service on {about}"),
                    _ => format!("the transaction on a command for {}", self.order(call.order)),
                }
            }
            OmsMessage::Due { call, wait, .. } => {
                format!("{} of {}", awaited(wait), self.step_in(call.order, call.step))
            }
            OmsMessage::SagaDue { order } => format!("the timeout of the saga of {}", self.order(order)),
            OmsMessage::Requeue { call } => {
                format!("the repair service's turn at {}", self.step_in(call.order, call.step))
            }
            OmsMessage::MarkSent { call } => format!("the note that {} was sent", self.step_in(call.order, call.step)),
            OmsMessage::Offer { call, .. } => format!("the early answer of {}", self.call(call)),
        }
    }

    fn relay_message(&self, message: &RelayMessage) -> String {
        match *message {
            RelayMessage::Poll { source, .. } => format!("the look into the outbox of {}", self.source(source)),
            RelayMessage::Retry { source, row, .. } => {
                format!("the wait for the broker's receipt for event {} of {}", u32::from(row) + 1, self.source(source))
            }
            RelayMessage::Repair { source, row, .. } => {
                format!("the repair of event {} of {}", u32::from(row) + 1, self.source(source))
            }
            RelayMessage::Write { source, new, .. } => {
                let told = BusinessEvent {
                    source,
                    emission: new.emission,
                    order: new.order,
                    item: new.item,
                    ..told(new.state)
                };
                format!("{}, written after its change", self.event(told))
            }
        }
    }

    fn broker_message(&self, message: &BrokerMessage) -> String {
        match *message {
            BrokerMessage::Redeliver { consumer, .. } => format!("another delivery to {}", self.consumer(consumer)),
            BrokerMessage::Resubmit { consumer, .. } => {
                format!("a dead letter that a person hands to {} again", self.consumer(consumer))
            }
            BrokerMessage::Subscribe { consumer, .. } => format!("the return of {}", self.consumer(consumer)),
            BrokerMessage::Fetch { consumer, order, version, .. } => {
                format!("{}'s request for version {version} of {}", self.consumer(consumer), self.order(order))
            }
            BrokerMessage::Replay { order, .. } => format!("the replay of the events of {}", self.order(order)),
        }
    }

    fn consumer_message(&self, message: &ConsumerMessage) -> String {
        match *message {
            ConsumerMessage::Work { consumer, number, .. } => {
                format!("the rest of the work of {} on event {}", self.consumer(consumer), u32::from(number) + 1)
            }
            ConsumerMessage::Call { consumer, number, .. } => {
                format!("the timer of the call of {} for event {}", self.consumer(consumer), u32::from(number) + 1)
            }
            ConsumerMessage::Missing { consumer, number, .. } => {
                format!("the wait of {} for what comes before event {}", self.consumer(consumer), u32::from(number) + 1)
            }
        }
    }

    fn quote_message(&self, message: &CpqMessage) -> String {
        match *message {
            CpqMessage::Arrival { order } => format!("a customer's wish for {}", self.order(order)),
            CpqMessage::Due { order, .. } => format!("what the quote of {} waits for", self.order(order)),
            CpqMessage::Ask { order, version, .. } => {
                format!("the question whether version {version} of the quote of {} is approved", self.order(order))
            }
            CpqMessage::Decided { order, version, .. } => {
                format!("the approval of version {version} of the quote of {}", self.order(order))
            }
            CpqMessage::Carry { order } => {
                format!("the transaction that follows the decision about the quote of {}", self.order(order))
            }
        }
    }

    fn outside_message(&self, message: &OutsideMessage) -> String {
        match *message {
            OutsideMessage::Give { placement, .. } => {
                format!("the time for the command {}", self.command_of(placement))
            }
            OutsideMessage::Returned => RETURNED.to_owned(),
            OutsideMessage::Decide { order, .. } => format!("the decision about the quote of {}", self.order(order)),
            OutsideMessage::Look { order, step, .. } => {
                format!("a look at the case about {}", self.step_in(order, step))
            }
            OutsideMessage::Correct { order, step } => {
                format!("a record that is made by hand for {}", self.step_in(order, step))
            }
            OutsideMessage::Replay { order, .. } => {
                format!("the replay of the events of {}", self.order(order))
            }
            OutsideMessage::Repeat { order, step, .. } => {
                format!("another try at the case about {}", self.step_in(order, step))
            }
        }
    }

    /// `order-1/router/bill-router`
    #[must_use]
    pub fn step_in(&self, order: u16, step: StepIx) -> String {
        format!("{}/{}", self.owner(order, step), self.step(step))
    }

    /// `cancelItem for order-1/router`: a command of the workload.
    #[must_use]
    pub fn command_of(&self, placement: u16) -> String {
        match self.ledger.workload.commands.get(usize::from(placement)) {
            Some(plan) => {
                format!("{} for {}", self.command(placement), self.commanded(placement, plan.order, plan.item))
            }
            None => format!("number {}", u32::from(placement) + 1),
        }
    }

    /// What a command is about, which was given at this item: `order-1/router`, or `order-1` of a command about orders.
    #[must_use]
    pub fn commanded(&self, placement: u16, order: u16, item: ItemIx) -> String {
        let plan = self.ledger.workload.commands.get(usize::from(placement));
        let command = plan.and_then(|plan| self.model().commands.get(plan.command.ix()));
        let whole = command.is_some_and(|command| command.scope == Scope::Order);
        self.item(order, if whole { ItemIx::ORDER } else { item })
    }

    /// `cancelItem`
    #[must_use]
    pub fn command(&self, placement: u16) -> &str {
        let plan = self.ledger.workload.commands.get(usize::from(placement));
        let command = plan.and_then(|plan| self.model().commands.get(plan.command.ix()));
        command.map_or("a command", |command| command.id.as_str())
    }

    /// What an answer says, after the participant's name.
    #[must_use]
    pub fn answer(&self, call: CallRef, answer: Answer) -> String {
        let step = self.step_of(call.order, call.step);
        match answer {
            Answer::Succeeded => format!("answers that {step} is done"),
            Answer::Accepted => format!("takes {step} on and will call back"),
            Answer::Failed(failure) => format!("answers {failure} to {step}"),
            Answer::Rejected(reason) => {
                let op = self.model().steps.get(call.step.ix()).and_then(|step| step.call);
                let reasons = op.map(|op| &self.model().operation(op).rejections);
                match reasons.and_then(|reasons| reasons.get(usize::from(reason))) {
                    Some(reason) => format!("refuses {step}: {reason}"),
                    None => format!("refuses {step} for a business reason"),
                }
            }
        }
    }
}

const fn awaited(wait: Wait) -> &'static str {
    match wait {
        Wait::Nothing => "a timer",
        Wait::Answer => "the end of the wait for the answer",
        Wait::Retry => "the time of the next attempt",
        Wait::Question => "the time to ask what became",
        Wait::Finding => "the end of the wait for what became",
        Wait::Later => "the deadline",
    }
}

fn told(state: u8) -> BusinessEvent {
    BusinessEvent { state, ..BusinessEvent::default() }
}
