//! Outside the systems: customers, who give commands, and the people who approve quotes and take cases.
//!
//! This node is the director of a run: it is shown every change and never crashes. `customers` places the commands of
//! the workload, `desk` takes cases, `operator` replays events and corrects records. The first two repeat what nobody answered, under the same key, and both stop at some time,
//! so that a run comes to its end.

mod customers;
mod desk;
mod operator;
#[cfg(test)]
mod tests;

use sim_core::hash::mix;
use sim_core::{Duration, Latency, Subject};

use super::Cx;
use super::cpq::CpqMessage;
use crate::change::{Change, SagaState};
use crate::definition::{OrderState, StepState};
use crate::message::{Channel, Message};
use crate::model::{ItemIx, Model, StepIx};
use crate::workload::{CommandPlan, Workload};

use customers::Customers;
use desk::Desk;
use operator::Operator;
pub(crate) use operator::{is_compared, names as replay_names};

/// Its own timers. Nothing happens to them: people are no part of the system under test.
#[derive(Clone, Copy, Debug, Hash)]
pub enum OutsideMessage {
    /// A customer gives a command, for the first time or again.
    Give {
        /// Which: index into the workload's commands.
        placement: u16,
        /// The attempt, from 1.
        attempt: u8,
    },
    /// The person who was asked has decided about a quote.
    Decide {
        /// The order it becomes.
        order: u16,
        /// The version that the person was shown.
        version: u8,
        /// Which question is answered.
        asked: u8,
    },
    /// A person takes up a case, or has another look at it.
    Look {
        /// The order.
        order: u16,
        /// The step.
        step: StepIx,
        /// The number of the case.
        case: u16,
        /// How often it was looked at before.
        round: u8,
    },
    /// An operator replays the events of an order.
    Replay {
        /// The order.
        order: u16,
        /// The item that came to its end before; 255: the saga.
        item: ItemIx,
    },
    /// Somebody makes a record of a step once more, by hand.
    Correct {
        /// The order.
        order: u16,
        /// The step whose operation makes such records.
        step: StepIx,
    },
    /// A person who acted on a case has seen nothing come of it.
    Repeat {
        /// The order.
        order: u16,
        /// The step.
        step: StepIx,
        /// The number of the case.
        case: u16,
        /// How often the person acted on it.
        sent: u8,
    },
    /// A system that was given up for dead is back.
    Returned,
}

/// The salts of its subjects.
pub(crate) const GIVE: u64 = 0x07_01;
pub(crate) const DECIDE: u64 = 0x07_02;
pub(crate) const LOOK: u64 = 0x07_03;
pub(crate) const REPEAT: u64 = 0x07_04;
pub(crate) const CORRECT: u64 = 0x07_06;
pub(crate) const DECISION: u64 = 0x07_07;
pub(crate) const RETURNED: u64 = 0x07_08;

impl OutsideMessage {
    /// How it travels.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::Input
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self, model: &Model) -> Subject {
        match *self {
            Self::Give { placement, attempt } => {
                Subject::new(mix(model.names, GIVE), u64::from(placement) | u64::from(attempt) << 16)
            }
            Self::Decide { order, version, asked } => Subject::new(
                mix(model.names, DECIDE),
                u64::from(order) | u64::from(version) << 16 | u64::from(asked) << 32,
            ),
            Self::Correct { order, step } => Subject::new(mix(model.step(step).names, CORRECT), order.into()),
            Self::Returned => Subject::new(mix(model.names, RETURNED), 0),
            Self::Replay { order, item } => operator::subject(model, order, item),
            Self::Look { order, step, case, round } => Subject::new(
                mix(model.step(step).names, LOOK),
                u64::from(order) | u64::from(case) << 16 | u64::from(round) << 32,
            ),
            Self::Repeat { order, step, case, sent } => Subject::new(
                mix(model.step(step).names, REPEAT),
                u64::from(order) | u64::from(case) << 16 | u64::from(sent) << 32,
            ),
        }
    }
}

/// What the decision of a human step is about, by how often it was decided before.
pub(crate) fn decision(model: &Model, order: u16, step: StepIx, before: u16) -> Subject {
    Subject::new(mix(model.step(step).names, DECISION), u64::from(order) | u64::from(before) << 16)
}

/// How long the person takes who approves a quote: the customer is waiting for it.
const APPROVAL: Latency = Latency::Percentiles { p50: Duration::secs(2), p99: Duration::secs(20) };

/// Customers, who give commands, and the people who approve quotes and take cases.
#[derive(Debug, Default, Hash)]
pub struct Outside {
    customers: Customers,
    desk: Desk,
    operator: Operator,
    /// By order: the last question about its quote that somebody took up.
    asked: Vec<u8>,
    /// By order and step: the state that operators see.
    steps: Vec<StepState>,
    /// How many steps an order has.
    rows: usize,
}

impl Clone for Outside {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, from: &Self) {
        self.customers.clone_from(&from.customers);
        self.desk.clone_from(&from.desk);
        self.operator.clone_from(&from.operator);
        self.asked.clone_from(&from.asked);
        self.steps.clone_from(&from.steps);
        self.rows = from.rows;
    }
}

impl Outside {
    /// The commands of customers that were given at their places.
    pub fn given(&self) -> impl Iterator<Item = &CommandPlan> {
        self.customers.given()
    }

    /// Brings it to its initial state.
    pub fn reset(&mut self, model: &Model, workload: &Workload) {
        let orders = workload.orders.len();
        self.rows = model.row_count();
        self.customers.reset(workload);
        self.desk.reset(orders, self.rows);
        self.operator.reset(orders);
        self.asked.clear();
        self.asked.resize(orders, 0);
        self.steps.clear();
        self.steps.resize(orders * self.rows, StepState::Pending);
    }

    /// Handles one input.
    pub fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match message {
            Message::Outside(OutsideMessage::Give { placement, attempt }) => {
                self.customers.give(cx, placement, attempt);
            }
            Message::CommandAnswer { placement, decision, version, attempt } => {
                self.customers.answered(cx, placement, attempt, (decision, version));
            }
            Message::Cpq(CpqMessage::Ask { order, version, asked }) => self.asked(cx, order, version, asked),
            Message::Outside(OutsideMessage::Decide { order, version, asked }) => {
                cx.send(cx.model.model.parts.cpq, Message::Cpq(CpqMessage::Decided { order, version, asked }));
            }
            Message::Case { order, step, case } => {
                let from = cx.sender().part();
                self.desk.told(cx, (order, step, case), from);
            }
            Message::Outside(OutsideMessage::Look { order, step, case, round }) => {
                let state = self.state(order, step);
                self.desk.look(cx, (order, step, case), round, state);
            }
            Message::Outside(OutsideMessage::Correct { order, step }) => Operator::correct(cx, order, step),
            Message::Outside(OutsideMessage::Replay { order, item }) => Operator::replay(cx, order, item),
            Message::Outside(OutsideMessage::Repeat { order, step, case, sent }) => {
                self.desk.repeat(cx, (order, step, case), sent);
            }
            Message::Outside(OutsideMessage::Returned) => self.desk.returned(cx),
            _ => {}
        }
    }

    /// Sees the changes of an event: commands are given where they are placed, and what people keep track of is noted.
    pub fn observe(&mut self, cx: &mut Cx<'_>, changes: &[Change]) {
        for change in changes {
            match *change {
                Change::Step { order, step, after, .. } => {
                    if let Some(place) = self.place(order, step) {
                        self.steps[place] = after;
                    }
                    self.customers.reached(cx, order, step, after);
                    self.desk.moved(cx, order, step, after);
                }
                Change::Saved { order, current, .. } => self.customers.saved(order, current.wrapping_add(1)),
                Change::Created { order, .. } => self.customers.created(cx, order),
                Change::Item { order, item, before, after, .. } if after.is_final() => {
                    self.operator.ended(cx, order, item);
                    if after == OrderState::Completed && before != after {
                        Operator::completed(cx, order, item);
                    }
                }
                Change::Saga { order, after, .. } if is_over(after) => self.operator.ended(cx, order, ItemIx::ORDER),
                Change::Case { order, step, case, reason, phase, .. } => {
                    self.desk.filed(cx, (order, step, case), reason, phase);
                }
                _ => {}
            }
        }
    }

    /// A question about a quote comes once, however many copies of it come.
    fn asked(&mut self, cx: &mut Cx<'_>, order: u16, version: u8, asked: u8) {
        let last = &mut self.asked[usize::from(order)];
        if asked <= *last {
            return;
        }
        *last = asked;
        let decide = OutsideMessage::Decide { order, version, asked };
        let delay = human_delay(cx, decide.subject(&cx.model.model), APPROVAL);
        cx.timer(delay, Message::Outside(decide));
    }

    fn place(&self, order: u16, step: StepIx) -> Option<usize> {
        (step.ix() < self.rows).then_some(usize::from(order) * self.rows + step.ix())
    }

    fn state(&self, order: u16, step: StepIx) -> StepState {
        self.place(order, step).map_or(StepState::Pending, |place| self.steps[place])
    }
}

/// Whether nothing more comes of a saga.
fn is_over(state: SagaState) -> bool {
    matches!(state, SagaState::Completed | SagaState::Compensated | SagaState::ManuallyClosed)
}

/// How long a person takes; drawn as what lies between people and systems is drawn.
fn human_delay(cx: &mut Cx<'_>, subject: Subject, latency: Latency) -> Duration {
    let site = cx.model.sites.classes[Channel::Person as usize].spans;
    cx.span(site, subject, latency)
}
