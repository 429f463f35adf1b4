//! The vocabulary of a loaded definition, in the order in which things are written.

use super::fields::{self, Type};
use super::vocabulary::{Vocabulary, VocabularyError};
use crate::definition::{Operation, Participants, Saga, System};

impl Vocabulary {
    /// What the predicates of `saga` can speak of: its steps in their order, its items with offerings and traits, its
    /// events, and the record lists of its participants in the order of the operations that create them.
    ///
    /// # Errors
    ///
    /// [`VocabularyError`] when two operations disagree on a record's field, or there is too much of something.
    pub fn of(saga: &Saga, participants: &Participants) -> Result<Self, VocabularyError> {
        let mut vocabulary = Vocabulary::new();
        for step in &saga.steps {
            vocabulary.add_step(&step.id)?;
        }
        vocabulary.add_items(saga)?;
        let emitted = saga.emits.iter().map(|emission| emission.kind.as_str());
        let awaited = saga.consumers.iter().flat_map(|consumer| &consumer.events).map(|event| event.as_str());
        let events: Vec<&str> = emitted.chain(awaited).collect();
        vocabulary.declare(fields::EVENT_TYPE, &events);
        for system in &participants.systems {
            for operation in &system.value.operations {
                if let Some(list) = &operation.value.creates {
                    vocabulary.add_records(&system.id, &system.value, list, &operation.value)?;
                }
            }
        }
        Ok(vocabulary)
    }

    fn add_items(&mut self, saga: &Saga) -> Result<(), VocabularyError> {
        for item in &saga.items {
            self.declare(fields::ITEM_NAME, &[item.id.as_str()]);
            if let Some(offering) = &item.value.offering {
                self.declare(fields::OFFERING, &[offering.as_str()]);
            }
            for entry in &item.value.traits {
                let name = entry.id.as_str();
                let values: Vec<&str> = entry.value.iter().map(|value| value.as_str()).collect();
                match self.traits.iter().find(|(known, _)| known == name).map(|(_, ty)| *ty) {
                    // Items may share a trait; together they say which values it has.
                    Some(Type::Name(set)) => self.declare(set, &values),
                    _ => {
                        let set = self.add_enumeration(&format!("values of the trait {name}"), &values)?;
                        self.add_trait(name, Type::Name(set))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds the list that an operation creates. The states of its records are those of its effect, and every state `to`
    /// which an operation of the system moves a record of the list.
    fn add_records(
        &mut self,
        name: &str,
        system: &System,
        list: &str,
        operation: &Operation,
    ) -> Result<(), VocabularyError> {
        let known = self.list(&format!("{name}.{list}")).map(|id| self.lists()[usize::from(id.0)].columns[2].1);
        let state = match known {
            Some(state) => state,
            None => {
                let by_effect = match Self::state_of_effect(operation.effect.value) {
                    Type::Name(set) => self.members(set).into_iter().map(String::from).collect(),
                    _ => Vec::new(),
                };
                let by_effect: Vec<&str> = by_effect.iter().map(String::as_str).collect();
                Type::Name(self.add_enumeration(&format!("states of {name}.{list}"), &by_effect)?)
            }
        };
        if let Type::Name(set) = state {
            for other in &system.operations {
                let touches = |target: &Option<crate::definition::Spanned<String>>| {
                    let creator = target.as_ref().and_then(|target| system.operations.get(target));
                    creator.is_some_and(|creator| creator.creates.as_ref().is_some_and(|created| created.value == list))
                };
                let creates = other.value.creates.as_ref().is_some_and(|created| created.value == list);
                let moves = creates || touches(&other.value.undoes) || touches(&other.value.updates);
                if let (true, Some(to)) = (moves, &other.value.to) {
                    self.declare(set, &[to.as_str()]);
                }
            }
        }
        let columns: Vec<(&str, Type)> =
            operation.fields.iter().map(|field| (field.id.as_str(), field.value.value.into())).collect();
        self.add_list(name, list, state, &columns)?;
        Ok(())
    }
}
