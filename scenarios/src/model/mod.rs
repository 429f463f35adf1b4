//! The model: a definition with its names turned into dense ids and its policies resolved. Nothing in it changes
//! during a run, and nothing in it needs a look-up by name.
//!
//! Where a definition leaves out something that has an effect (a key, a timeout, a policy), the model says so with
//! `None`, and the nodes simulate the worst case.

mod compile;
mod dashboard;
mod ids;
mod key;
mod names;
mod operation;
mod platform;
mod policy;
mod step;
mod step_set;

use crate::definition::{FileId, Period, Span};

pub use compile::{EPOCH, EVENTS_MAX, ITEMS_MAX, OTHERS_MAX, PARTS_MAX, STEPS_MAX, UNDOS_MAX};
pub use dashboard::{Dashboard, DashboardState, View};
pub use ids::*;
pub use key::{Key, KeyField, KeyScope};
pub use names::{Layout, Names};
pub use operation::*;
pub use platform::Plumbing;
pub use policy::*;
pub use step::*;
pub use step_set::StepSet;

use sim_core::Duration;

/// Everything that a run needs to know of a definition and its contracts.
#[derive(Debug)]
pub struct Model {
    /// The saga's name.
    pub saga: String,
    /// The definition's version.
    pub version: String,
    /// The hash of the saga's name, part of every subject.
    pub names: u64,
    /// The order items, in the order of the definition.
    pub items: Vec<Item>,
    /// All charges of all items.
    pub charges: Vec<Charge>,
    /// Forward steps, then undo steps (one for each step and compensation of it), then the calls of consumers.
    pub steps: Vec<Step>,
    /// How many forward steps there are.
    pub forward: u16,
    /// Where the undo steps end and the calls of consumers begin.
    pub undo_end: u16,
    /// The systems that are called.
    pub systems: Vec<System>,
    /// The operations of all systems.
    pub operations: Vec<Operation>,
    /// Retry policies.
    pub retries: Vec<Retry>,
    /// Policies for unknown outcomes.
    pub unknowns: Vec<Unknown>,
    /// The commands that people may give.
    pub commands: Vec<Command>,
    /// What events the saga emits.
    pub emissions: Vec<Emission>,
    /// Who reacts to them.
    pub consumers: Vec<Consumer>,
    /// The reconciler's rules.
    pub rules: Vec<Rule>,
    /// The states that operators see.
    pub dashboard: Dashboard,
    /// The rules of the designer's own.
    pub custom: Vec<CustomRule>,
    /// How long an instance may take, and what then.
    pub timeout: Option<SagaTimeout>,
    /// Who takes cases, and how soon.
    pub fallout: Fallout,
    /// The plumbing.
    pub plumbing: Plumbing,
    /// The ids of the parts.
    pub parts: Parts,
    /// Whether a repeated start of a saga finds the instance that exists: the definition has a business key.
    pub business_key: Option<Key>,
    /// The virtual epoch in microseconds since 1970 on the UTC calendar.
    pub epoch: i64,
    /// The extent of a saga in virtual time, for budgets: the sum of its timeouts and deadlines.
    pub horizon: Duration,
    /// The words that predicates compare with: text by symbol.
    pub vocabulary: crate::predicate::Vocabulary,
}

/// The ids of the parts, in the order in which they are declared.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Customers and the people who take cases: outside the systems, never crashes.
    pub outside: sim_core::PartId,
    /// Quotes and their conversion.
    pub cpq: sim_core::PartId,
    /// Commands and order creation.
    pub oms_api: sim_core::PartId,
    /// The saga engine.
    pub oms_saga: sim_core::PartId,
    /// The relays of the OMS's outbox.
    pub oms_relays: Vec<sim_core::PartId>,
    /// The broker.
    pub broker: sim_core::PartId,
    /// The reconciler.
    pub reconciler: sim_core::PartId,
    /// By system.
    pub systems: Vec<sim_core::PartId>,
    /// By consumer.
    pub consumers: Vec<sim_core::PartId>,
}

/// An order item.
#[derive(Debug)]
pub struct Item {
    /// Its name in the definition.
    pub id: String,
    /// What is offered under it; the empty text where nothing is written.
    pub offering: String,
    /// The hash of saga and item.
    pub names: u64,
    /// Where it is written.
    pub span: Span,
    /// Its forward steps.
    pub steps: Vec<StepIx>,
    /// The claim: it is complete after these.
    pub complete_after: Vec<StepIx>,
    /// Items that must stand for it to stand.
    pub relies_on: Vec<ItemIx>,
    /// Items that rely on it.
    pub relied_on_by: Vec<ItemIx>,
    /// Items of which it is the bundle parent: it completes with them.
    pub bundles: Vec<ItemIx>,
    /// Its charges.
    pub charges: Vec<ChargeIx>,
    /// The pivot, if it has one.
    pub pivot: Option<StepIx>,
    /// Values that each trait may have, as symbols of the vocabulary.
    pub traits: Vec<Vec<u32>>,
}

/// A charge of an item.
#[derive(Debug)]
pub struct Charge {
    /// Its name.
    pub id: String,
    /// Where it is written.
    pub span: Span,
    /// Its item.
    pub item: ItemIx,
    /// Whether it recurs.
    pub recurring: bool,
    /// How often.
    pub period: Option<Period>,
    /// The amount in minor units; the accepted snapshot of generated orders.
    pub amount: i64,
    /// ISO 4217, as its three letters.
    pub currency: [u8; 3],
    /// The claim: it is billed when this step has had its effect.
    pub bill_on: Option<StepIx>,
    /// How soon after that, and after the trial.
    pub latest: Option<Duration>,
    /// How long nothing is charged after that.
    pub trial: Duration,
    /// The step that activates it.
    pub step: Option<StepIx>,
}

/// What a command does.
#[derive(Debug)]
pub struct Command {
    /// Its name in the definition: `cancelItem`.
    pub id: String,
    /// The hash of saga and command.
    pub names: u64,
    /// Where it is written.
    pub span: Span,
    /// What it is about.
    pub scope: crate::definition::Scope,
    /// The step, where it is about one.
    pub step: Option<StepIx>,
    /// Its idempotency key; without one every request is a new one.
    pub key: Option<Key>,
    /// Whether it must name the version it saw; else it is applied to whatever is there.
    pub expects_version: bool,
    /// The item states in which it is allowed, as a mask over [`OrderState`].
    pub states: u16,
    /// What happens when the pivot is in flight.
    pub if_in_flight: Option<crate::definition::NextAction>,
    /// What it does.
    pub then: Option<crate::definition::NextAction>,
    /// What happens in other states.
    pub otherwise: Option<crate::definition::NextAction>,
}

/// A type of event.
#[derive(Debug)]
pub struct Emission {
    /// Its type.
    pub kind: String,
    /// Where it is written.
    pub span: Span,
    /// The version of its payload; without one consumers cannot tell.
    pub version: Option<u32>,
    /// Whose change it tells.
    pub of: crate::definition::Aggregate,
    /// When.
    pub when: crate::definition::EmitWhen,
    /// The step, for `step-completed`.
    pub step: Option<StepIx>,
    /// Whether its partition key names the aggregate; else its order is not kept.
    pub keeps_order: bool,
}

/// Who reacts to events.
#[derive(Debug)]
pub struct Consumer {
    /// Its id.
    pub id: String,
    /// The hash of saga and consumer.
    pub names: u64,
    /// Where it is written.
    pub span: Span,
    /// The emissions it subscribes to, as a mask.
    pub events: u64,
    /// Which of them it acts on.
    pub filter: Option<crate::predicate::Predicate>,
    /// The call it makes: an index beyond the undo steps. `None`: it keeps a read model.
    pub step: Option<StepIx>,
    /// Whether it remembers what it handled.
    pub inbox: bool,
    /// What it does with a newer payload version.
    pub on_newer_version: Option<crate::definition::NextAction>,
    /// What it does when its work fails for good.
    pub on_failure: Option<crate::definition::NextAction>,
    /// How soon an event must be handled.
    pub within: Option<Duration>,
}

/// A rule of the reconciler.
#[derive(Debug)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// The hash of saga and rule.
    pub names: u64,
    /// Where it is written.
    pub span: Span,
    /// The items it is about; `None`: all completed ones.
    pub subject: Option<crate::predicate::Predicate>,
    /// How soon the records must be there; `None`: never judged, which is a finding.
    pub within: Option<Duration>,
    /// How often the reconciler looks.
    pub every: Duration,
    /// How many records there must be.
    pub exactly: u32,
    /// The operation whose records are compared.
    pub operation: Option<OpIx>,
    /// Which records match.
    pub matching: Option<crate::predicate::Predicate>,
    /// Severity 0 to 3 of a missing, a duplicate and an orphan record; a severity by account value counts as its worst.
    pub severity: [Option<u8>; 3],
    /// What is done.
    pub repair: Option<crate::definition::NextAction>,
}

/// A rule of the designer's own.
#[derive(Debug)]
pub struct CustomRule {
    /// Its id.
    pub id: String,
    /// Where it is written.
    pub span: Span,
    /// Whether it must hold always, else in the end.
    pub always: bool,
    /// What must hold.
    pub rule: crate::predicate::Predicate,
    /// The items for which it must hold.
    pub subject: Option<crate::predicate::Predicate>,
    /// How soon, of an eventual rule.
    pub within: Option<Duration>,
}

impl Model {
    /// How many items an order has.
    #[must_use]
    pub fn item_count(&self) -> usize {
        self.items.len()
    }

    /// How many steps of an order have a row: forward and undo steps.
    #[must_use]
    pub fn row_count(&self) -> usize {
        usize::from(self.undo_end)
    }

    /// A step by its id.
    #[must_use]
    pub fn step(&self, ix: StepIx) -> &Step {
        &self.steps[usize::from(ix.0)]
    }

    /// An operation by its id.
    #[must_use]
    pub fn operation(&self, ix: OpIx) -> &Operation {
        &self.operations[usize::from(ix.0)]
    }

    /// What a key of a step is filled in from, as far as it follows from the step; versions, revision, attempt and the
    /// like are left at zero.
    #[must_use]
    pub fn key_scope(&self, order: u16, step: StepIx) -> KeyScope<'_> {
        let step = self.step(step);
        let item = self.items.get(step.item.ix()).map_or("", |item| item.id.as_str());
        KeyScope { order, item, step: &step.label, ..KeyScope::default() }
    }

    /// The step of this name.
    #[must_use]
    pub fn find_step(&self, id: &str) -> Option<StepIx> {
        self.steps.iter().position(|s| s.id == id).map(|i| StepIx(i as u16))
    }

    /// Whether a span stands in a file at all.
    #[must_use]
    pub fn is_written(span: Span) -> bool {
        span.file != FileId::NONE
    }
}
