//! A scenario: the model with its nodes, faults and invariants, ready to run. Immutable, shared by all threads.

use sim_core::{
    Class, Domain, Duration, Extents, Invariant, Invariants, Latency, PartId, PartSpec, Sites, Subject, Violation,
    World,
};

use crate::cells;
use crate::change::Change;
use crate::invariants;
use crate::ledger::Ledger;
use crate::message::{CHANNELS, Message};
use crate::model::{Model, StepIx};
use crate::nodes::{self, SimNode};
use crate::replay::Signature;
use crate::sites::SiteTable;
use crate::symbols::Symbols;

/// A model, ready to run.
pub struct Scenario {
    /// The definition with its contracts.
    pub model: Model,
    /// The decision sites.
    pub sites: SiteTable,
    /// The words of predicates.
    pub symbols: Symbols,
    parts: Vec<PartSpec>,
    invariants: Invariants<Self>,
    pub(crate) extents: Extents,
    latencies: [Latency; CHANNELS],
    on_return: [(PartId, Message); 2],
}

impl Scenario {
    /// Puts a model together with the bundled nodes and invariants.
    #[must_use]
    pub fn new(model: Model) -> Self {
        let invariants = invariants::all(&model);
        Self::judged_by(model, invariants)
    }

    /// The same with these invariants.
    pub(crate) fn judged_by(model: Model, invariants: Vec<Box<dyn Invariant<Self>>>) -> Self {
        let parts = nodes::part_specs(&model);
        Self {
            parts,
            invariants: invariants.into(),
            extents: Extents::default(),
            latencies: nodes::latencies(),
            sites: SiteTable::new(),
            symbols: Symbols::new(&model),
            on_return: nodes::on_return(&model),
            model,
        }
    }
}

impl Scenario {
    /// The same without invariants: for tests of single nodes, which look at the changes themselves, and for measuring
    /// what judging costs. Its runs are the same events.
    #[must_use]
    pub fn unjudged(model: Model) -> Self {
        Self::judged_by(model, Vec::new())
    }
}

impl Domain for Scenario {
    type Message = Message;
    type Change = Change;
    type Ledger = Ledger;
    type Node = SimNode;

    fn sites(&self) -> &Sites {
        &self.sites.sites
    }

    fn parts(&self) -> &[PartSpec] {
        &self.parts
    }

    fn invariants(&self) -> &Invariants<Self> {
        &self.invariants
    }

    fn reset(&self, world: &mut World<Self>) {
        world.ledger.effects.clear();
        world.ledger.catalogue.clear();
        nodes::reset(self, world);
    }

    fn class(&self, message: &Message) -> Class {
        self.sites.classes[message.channel(&self.model) as usize]
    }

    fn subject(&self, message: &Message) -> Subject {
        message.subject(&self.model)
    }

    fn latency(&self, message: &Message) -> Latency {
        match message {
            Message::Reply { call, .. } => nodes::operation_latency(&self.model, call.step),
            Message::Callback { .. } => Latency::Fixed(sim_core::Duration::millis(50)),
            _ => self.latencies[message.channel(&self.model) as usize],
        }
    }

    /// A contract says until when the effect of a request may land. What the network and the system take of that time is
    /// theirs together, so a request is held up for a part of it only.
    fn patience(&self, message: &Message) -> Duration {
        let Message::Request { call, .. } = message else { return Duration(u64::MAX) };
        let step = self.model.step(call.step);
        let window = step.call.map_or(Duration::ZERO, |op| self.model.operation(op).late_effect);
        Duration(window.max(step.attempt_timeout.unwrap_or(Duration::ZERO)).0 / 4)
    }

    fn allowed(&self, message: &Message) -> (u32, u32) {
        (u32::MAX, if message.is_for_people() { 1 } else { u32::MAX })
    }

    fn change_kind(&self, change: &Change) -> u8 {
        change.watched_as()
    }

    fn change_words(&self, change: &Change) -> (u64, u64) {
        change.words()
    }

    fn not_sent(&self, message: &Message) -> Option<Message> {
        nodes::not_sent(message)
    }

    fn places(&self) -> usize {
        self.model.steps.len()
    }

    fn place(&self, message: &Message) -> Option<usize> {
        cells::step_of(message).map(StepIx::ix)
    }

    fn cause(&self, violation: &Violation) -> u64 {
        let Signature { invariant, place } = Signature::of(violation);
        u64::from(invariant) << 32 | u64::from(place)
    }

    fn extents(&self) -> &Extents {
        &self.extents
    }

    fn stands_for(&self, part: PartId) -> u64 {
        self.model.parts.systems.iter().position(|system| *system == part).map_or(0, |system| 1 << (system % 64))
    }

    fn on_return(&self) -> &[(PartId, Message)] {
        &self.on_return
    }

    fn director(&self) -> Option<(usize, PartId)> {
        Some((nodes::OUTSIDE, self.model.parts.outside))
    }
}
