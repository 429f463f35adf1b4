//! The nodes: who simulates what.
//!
//! Every node is a plain struct with a durable and a volatile side; its parts crash apart. To add a node: a file here,
//! a variant of [`SimNode`], its parts in [`part_specs`], its initial state in [`reset`].

pub mod broker;
pub mod consumer;
pub mod cpq;
pub mod oms;
pub mod outbox;
pub mod outside;
pub mod participant;
#[cfg(test)]
mod plumbing_tests;
pub mod reconciler;
pub mod relay;
#[cfg(test)]
mod stub;

use sim_core::{Context, Duration, Latency, Node, PartId, PartSpec, World};

use crate::change::Change;
use crate::definition::Failure;
use crate::message::{Answer, CHANNELS, Channel, Message};
use crate::model::{Model, Parts, StepIx};
use crate::scenario::Scenario;

/// The node indexes in the world.
pub const OUTSIDE: usize = 0;
/// CPQ.
pub const CPQ: usize = 1;
/// The OMS with its API, saga engine and relays.
pub const OMS: usize = 2;
/// The broker.
pub const BROKER: usize = 3;
/// The reconciler.
pub const RECONCILER: usize = 4;
/// The first system; the consumers follow the systems.
pub const SYSTEMS: usize = 5;

/// What a handler sees, in this domain.
pub type Cx<'a> = Context<'a, Scenario>;

/// Any node.
#[derive(Debug, Hash)]
pub enum SimNode {
    /// Customers and people.
    Outside(outside::Outside),
    /// Quotes.
    Cpq(cpq::Cpq),
    /// Orders and sagas.
    Oms(Box<oms::Oms>),
    /// Topics.
    Broker(broker::Broker),
    /// Drift.
    Reconciler(reconciler::Reconciler),
    /// A downstream system.
    Participant(participant::Participant),
    /// A read model or a caller of an operation.
    Consumer(consumer::ConsumerNode),
    /// Stands for any of them in a test of the others.
    #[cfg(test)]
    Stub(stub::Stub),
}

impl Clone for SimNode {
    fn clone(&self) -> Self {
        match self {
            Self::Outside(node) => Self::Outside(node.clone()),
            Self::Cpq(node) => Self::Cpq(node.clone()),
            Self::Oms(node) => Self::Oms(node.clone()),
            Self::Broker(node) => Self::Broker(node.clone()),
            Self::Reconciler(node) => Self::Reconciler(node.clone()),
            Self::Participant(node) => Self::Participant(node.clone()),
            Self::Consumer(node) => Self::Consumer(node.clone()),
            #[cfg(test)]
            Self::Stub(node) => Self::Stub(node.clone()),
        }
    }

    /// Worlds are copied over kept ones of the same model, where the node at each place is of the same kind.
    fn clone_from(&mut self, from: &Self) {
        match (&mut *self, from) {
            (Self::Outside(node), Self::Outside(from)) => node.clone_from(from),
            (Self::Cpq(node), Self::Cpq(from)) => node.clone_from(from),
            (Self::Oms(node), Self::Oms(from)) => node.clone_from(from),
            (Self::Broker(node), Self::Broker(from)) => node.clone_from(from),
            (Self::Reconciler(node), Self::Reconciler(from)) => node.clone_from(from),
            (Self::Participant(node), Self::Participant(from)) => node.clone_from(from),
            (Self::Consumer(node), Self::Consumer(from)) => node.clone_from(from),
            _ => *self = from.clone(),
        }
    }
}

impl Node<Scenario> for SimNode {
    fn handle(&mut self, cx: &mut Cx<'_>, message: Message) {
        match self {
            Self::Outside(node) => node.handle(cx, message),
            Self::Cpq(node) => node.handle(cx, message),
            Self::Oms(node) => node.handle(cx, message),
            Self::Broker(node) => node.handle(cx, message),
            Self::Reconciler(node) => node.handle(cx, message),
            Self::Participant(node) => node.handle(cx, message),
            Self::Consumer(node) => node.handle(cx, message),
            #[cfg(test)]
            Self::Stub(node) => node.handle(cx, message),
        }
    }

    fn crash(&mut self, part: u8) -> bool {
        match self {
            Self::Outside(_) => false,
            Self::Cpq(node) => node.crash(),
            Self::Oms(node) => node.crash(part),
            Self::Broker(node) => node.crash(),
            Self::Reconciler(node) => node.crash(),
            Self::Participant(node) => node.crash(),
            Self::Consumer(node) => node.crash(),
            #[cfg(test)]
            Self::Stub(node) => node.crash(part),
        }
    }

    fn restart(&mut self, cx: &mut Cx<'_>, part: u8) {
        match self {
            Self::Outside(_) => {}
            Self::Cpq(node) => node.restart(cx),
            Self::Oms(node) => node.restart(cx, part),
            Self::Broker(node) => node.restart(cx),
            Self::Reconciler(node) => node.restart(cx),
            Self::Participant(node) => node.restart(cx),
            Self::Consumer(node) => node.restart(cx),
            #[cfg(test)]
            Self::Stub(node) => node.restart(cx, part),
        }
    }

    fn commit_unknown(&mut self, cx: &mut Cx<'_>, message: Message) {
        match self {
            Self::Oms(node) => node.commit_unknown(cx, message),
            _ => {
                let part = cx.part().part;
                self.restart(cx, part);
            }
        }
    }

    fn observe(&mut self, cx: &mut Cx<'_>, changes: &[Change]) {
        if let Self::Outside(node) = self {
            node.observe(cx, changes);
        }
    }
}

impl SimNode {
    /// The OMS, if this is it.
    #[must_use]
    pub fn as_oms(&self) -> Option<&oms::Oms> {
        if let Self::Oms(oms) = self { Some(oms) } else { None }
    }

    /// The reconciler, if this is it.
    #[must_use]
    pub fn as_reconciler(&self) -> Option<&reconciler::Reconciler> {
        if let Self::Reconciler(reconciler) = self { Some(reconciler) } else { None }
    }

    /// Customers and people, if this is them.
    #[must_use]
    pub fn as_outside(&self) -> Option<&outside::Outside> {
        if let Self::Outside(outside) = self { Some(outside) } else { None }
    }
}

/// The parts' ids for a model with so many relays, systems and consumers. Fixed parts first.
#[must_use]
pub fn number_parts(relays: usize, systems: usize, consumers: usize) -> Parts {
    let mut next = 0_u8;
    let mut id = || {
        next += 1;
        PartId(next - 1)
    };
    Parts {
        outside: id(),
        cpq: id(),
        oms_api: id(),
        oms_saga: id(),
        broker: id(),
        reconciler: id(),
        oms_relays: (0..relays).map(|_| id()).collect(),
        systems: (0..systems).map(|_| id()).collect(),
        consumers: (0..consumers).map(|_| id()).collect(),
    }
}

/// Where each part lives, in the order of their ids.
#[must_use]
pub fn part_specs(model: &Model) -> Vec<PartSpec> {
    let spec = |node: usize, part: usize| PartSpec { node: node as u8, part: part as u8 };
    let mut specs =
        vec![spec(OUTSIDE, 0), spec(CPQ, 0), spec(OMS, 0), spec(OMS, 1), spec(BROKER, 0), spec(RECONCILER, 0)];
    specs.extend((0..model.parts.oms_relays.len()).map(|i| spec(OMS, 2 + i)));
    specs.extend((0..model.systems.len()).map(|i| spec(SYSTEMS + i, 0)));
    specs.extend((0..model.consumers.len()).map(|i| spec(SYSTEMS + model.systems.len() + i, 0)));
    specs
}

/// How long messages of each channel take; replies take what their operation takes.
#[must_use]
pub fn latencies() -> [Latency; CHANNELS] {
    let mut latencies = [Latency::Percentiles { p50: Duration::millis(20), p99: Duration::millis(150) }; CHANNELS];
    latencies[Channel::Input as usize] = Latency::Fixed(Duration::ZERO);
    latencies[Channel::SagaSave as usize] = Latency::Fixed(Duration::ZERO);
    latencies
}

/// How long an operation takes to answer; one that answers through callbacks takes the request in at once.
#[must_use]
pub fn operation_latency(model: &Model, step: StepIx) -> Latency {
    match model.step(step).call {
        Some(op) if model.operation(op).callback => {
            Latency::Percentiles { p50: Duration::millis(50), p99: Duration::millis(500) }
        }
        Some(op) => Latency::Percentiles { p50: model.operation(op).p50, p99: model.operation(op).p99 },
        None => Latency::Fixed(Duration::ZERO),
    }
}

/// What a caller learns at once when its request could not leave.
#[must_use]
pub fn not_sent(message: &Message) -> Option<Message> {
    match *message {
        Message::Request { call, key, .. } => {
            Some(Message::Reply { call, answer: Answer::Failed(Failure::NotSent), record: 0, key })
        }
        _ => None,
    }
}

/// Who is told that a system which was given up for dead is back, and how: the reconciler, and the people with open cases.
#[must_use]
pub fn on_return(model: &Model) -> [(PartId, Message); 2] {
    [
        (model.parts.reconciler, Message::Reconciler(reconciler::ReconcilerMessage::Returned)),
        (model.parts.outside, Message::Outside(outside::OutsideMessage::Returned)),
    ]
}

/// Brings all nodes to their initial state, in the buffers that they have, and schedules the arrivals.
pub fn reset(scenario: &Scenario, world: &mut World<Scenario>) {
    let model = &scenario.model;
    if world.nodes.len() != SYSTEMS + model.systems.len() + model.consumers.len() {
        world.nodes.clear();
        world.nodes.push(SimNode::Outside(outside::Outside::default()));
        world.nodes.push(SimNode::Cpq(cpq::Cpq::default()));
        world.nodes.push(SimNode::Oms(Box::default()));
        world.nodes.push(SimNode::Broker(broker::Broker::default()));
        world.nodes.push(SimNode::Reconciler(reconciler::Reconciler::default()));
        world.nodes.extend(model.systems.iter().map(|_| SimNode::Participant(participant::Participant::default())));
        world.nodes.extend(model.consumers.iter().map(|_| SimNode::Consumer(consumer::ConsumerNode::default())));
    }
    let workload = &world.ledger.workload;
    for (i, node) in world.nodes.iter_mut().enumerate() {
        match node {
            SimNode::Outside(node) => node.reset(model, workload),
            SimNode::Cpq(node) => node.reset(model, workload),
            SimNode::Oms(node) => node.reset(model, workload),
            SimNode::Broker(node) => node.reset(model, workload),
            SimNode::Reconciler(node) => node.reset(model, workload),
            SimNode::Participant(node) => node.reset(model, workload, i - SYSTEMS),
            SimNode::Consumer(node) => node.reset(model, workload, i - SYSTEMS - model.systems.len()),
            #[cfg(test)]
            SimNode::Stub(_) => {}
        }
    }
    for order in 0..world.ledger.workload.orders.len() {
        let plan = &world.ledger.workload.orders[order];
        if plan.is_absent() {
            continue;
        }
        let at = sim_core::Time::START + plan.arrival;
        world.input(at, model.parts.cpq, Message::Cpq(cpq::CpqMessage::Arrival { order: order as u16 }));
    }
}
