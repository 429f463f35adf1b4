//! What the filter of a consumer reads of an event.

use sim_core::Time;

use crate::definition::{Aggregate, EmitWhen};
use crate::message::BusinessEvent;
use crate::model::{Emission, ItemIx};
use crate::nodes::oms::facts::item_id;
use crate::predicate::fields::{ENUMERATIONS, EnumerationId, PRODUCT_STATE, QUOTE_STATE};
use crate::predicate::{ColumnId, Facts, Field, FieldId, ListId, Value};
use crate::scenario::Scenario;

/// An event as predicates see it.
pub(super) struct EventFacts<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) event: BusinessEvent,
    pub(super) told: Time,
}

/// What the state in an event is a state of: an event that tells of a completed step carries the step's state, a notice
/// to the customer the item's.
pub(super) fn told_of(emission: &Emission) -> Aggregate {
    match emission.when {
        EmitWhen::EveryTransition => emission.of,
        EmitWhen::StepCompleted => Aggregate::Step,
        EmitWhen::OnNotify => Aggregate::Item,
    }
}

impl EventFacts<'_> {
    fn emission(&self) -> Option<&Emission> {
        self.scenario.model.emissions.get(usize::from(self.event.emission))
    }

    fn state(&self) -> Value {
        let Some(emission) = self.emission() else { return Value::Missing };
        let state = usize::from(self.event.state);
        let symbols = &self.scenario.symbols;
        let table = match told_of(emission) {
            Aggregate::Order | Aggregate::Item => &symbols.order,
            Aggregate::Step => &symbols.step,
            Aggregate::Saga => &symbols.saga,
            Aggregate::Charge => &symbols.charge,
            Aggregate::Quote => return self.word(QUOTE_STATE, state),
            Aggregate::Product => return self.word(PRODUCT_STATE, state),
        };
        table.get(state).map_or(Value::Missing, |symbol| Value::Name(*symbol))
    }

    fn word(&self, set: EnumerationId, state: usize) -> Value {
        ENUMERATIONS[usize::from(set.0)].1.get(state).map_or(Value::Missing, |word| self.text(word))
    }

    fn text(&self, word: &str) -> Value {
        self.scenario.model.vocabulary.name(word).map_or(Value::Missing, Value::Name)
    }
}

impl Facts for EventFacts<'_> {
    fn field(&self, field: FieldId) -> Value {
        let FieldId::Known(field) = field else { return Value::Missing };
        match field {
            Field::EventId => Value::Id(self.event.id().into()),
            Field::EventSource => self.text(source_name(self.scenario, self.event.source)),
            Field::EventType => {
                let symbol = self.scenario.symbols.emissions.get(usize::from(self.event.emission));
                symbol.map_or(Value::Missing, |symbol| Value::Name(*symbol))
            }
            Field::EventVersion => {
                let version = self.emission().and_then(|emission| emission.version);
                version.map_or(Value::Missing, |version| Value::Int(version.into()))
            }
            Field::EventState => self.state(),
            Field::EventTime => Value::Time(self.told.0),
            Field::EventOrderId => Value::Id(u64::from(self.event.order) + 1),
            Field::EventItemId if self.event.item != ItemIx::ORDER.0 => {
                Value::Id(item_id(self.event.order, ItemIx(self.event.item)))
            }
            _ => Value::Missing,
        }
    }

    fn records(&self, _list: ListId) -> usize {
        0
    }

    fn record_field(&self, _list: ListId, _row: usize, _column: ColumnId) -> Value {
        Value::Missing
    }

    fn step_state(&self, _step: u16) -> Value {
        Value::Missing
    }
}

/// The name of an emitter, as it stands in the envelope of its events.
pub(super) fn source_name(scenario: &Scenario, source: u8) -> &str {
    match source {
        0 => "oms",
        system => scenario.model.systems.get(usize::from(system) - 1).map_or("", |system| &system.id),
    }
}
