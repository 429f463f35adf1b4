//! What one definition adds to the table: its steps, traits, record lists and names.

use std::collections::BTreeMap;

use super::fields::{
    CHARGE_STATE, ENUMERATIONS, EnumerationId, Field, RECORD_COLUMNS, RECORD_STATE, SHIPMENT_STATE, Type,
};
use crate::definition::EffectKind;

/// A field that [`super::Facts::field`] is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldId {
    /// A field of the table.
    Known(Field),
    /// `item.traits.NAME`, by the order of [`Vocabulary::add_trait`].
    Trait(u16),
    /// `it.NAME`, a column of the record that a reconcile `where` looks at.
    It(ColumnId),
}

/// Dense id of a record list, by the order of [`Vocabulary::add_list`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListId(pub u16);

/// Column of a record: 0 to 3 are [`RECORD_COLUMNS`], then the contract's `fields` in the order they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnId(pub u16);

impl ColumnId {
    /// `id`: identity of the record.
    pub const ID: ColumnId = ColumnId(0);
    /// `key`: idempotency key of the call that made the record.
    pub const KEY: ColumnId = ColumnId(1);
    /// `state`: state of the record.
    pub const STATE: ColumnId = ColumnId(2);
    /// `createdAt`: when the record was made.
    pub const CREATED_AT: ColumnId = ColumnId(3);
}

/// Why a definition's words do not form a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VocabularyError {
    /// Two operations give one column two types, or a contract redefines a column that every record has.
    #[error("record list {list}: field {column} is {first} already, expected the same type, found {second}")]
    ColumnType {
        /// The list, as `system.list`.
        list: String,
        /// The column.
        column: String,
        /// Type given first.
        first: &'static str,
        /// Type given now.
        second: &'static str,
    },
    /// More steps, traits, lists, columns or sets of names than a predicate can number.
    #[error("too many {what}, expected at most 65535")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
    },
}

/// A record list and its columns.
#[derive(Clone, Debug)]
pub struct RecordList {
    /// `system.list`.
    pub path: String,
    /// Name and type of each column, at the index of its [`ColumnId`].
    pub columns: Vec<(String, Type)>,
}

#[derive(Clone, Debug)]
pub(super) struct Enumeration {
    pub title: String,
    pub members: Vec<u32>,
}

/// All words that the predicates of one definition can use, and the symbols that names become.
///
/// A definition is read into it once; after that [`Vocabulary::compile`](Vocabulary::compile) only adds names that
/// stand in predicates (a trait's value, a currency).
#[derive(Clone, Debug)]
pub struct Vocabulary {
    names: Vec<String>,
    symbols: BTreeMap<String, u32>,
    pub(super) enumerations: Vec<Enumeration>,
    pub(super) lists: Vec<RecordList>,
    pub(super) traits: Vec<(String, Type)>,
    pub(super) steps: Vec<String>,
}

impl Default for Vocabulary {
    fn default() -> Self {
        Self::new()
    }
}

impl Vocabulary {
    /// The vocabulary of a definition without steps, traits and participants: the table alone.
    pub fn new() -> Self {
        let mut vocabulary = Vocabulary {
            names: Vec::new(),
            symbols: BTreeMap::new(),
            enumerations: Vec::new(),
            lists: Vec::new(),
            traits: Vec::new(),
            steps: Vec::new(),
        };
        for (title, members) in ENUMERATIONS {
            let members = members.iter().map(|name| vocabulary.intern(name)).collect();
            let title = (*title).to_string();
            vocabulary.enumerations.push(Enumeration { title, members });
        }
        vocabulary
    }

    /// The symbol of a text, new or known; it is the payload of [`super::Value::Name`].
    pub fn intern(&mut self, text: &str) -> u32 {
        if let Some(symbol) = self.symbols.get(text) {
            return *symbol;
        }
        let symbol = u32::try_from(self.names.len()).expect("names come from files far smaller than four billion");
        self.names.push(text.to_string());
        self.symbols.insert(text.to_string(), symbol);
        symbol
    }

    /// The symbol of a text that some predicate or enumeration knows. A text without a symbol equals no name, so
    /// [`super::Value::Missing`] stands for it.
    pub fn name(&self, text: &str) -> Option<u32> {
        self.symbols.get(text).copied()
    }

    /// The text of a symbol of this vocabulary.
    pub fn text(&self, symbol: u32) -> Option<&str> {
        self.names.get(symbol as usize).map(String::as_str)
    }

    /// Adds a step, which `step("name").state` can then name, and gives its number.
    ///
    /// # Errors
    ///
    /// [`VocabularyError::TooMany`].
    pub fn add_step(&mut self, name: &str) -> Result<u16, VocabularyError> {
        let index = dense(self.steps.len(), "steps")?;
        self.steps.push(name.to_string());
        Ok(index)
    }

    /// Adds `item.traits.NAME`; adding it again gives the same number and keeps the first type.
    ///
    /// # Errors
    ///
    /// [`VocabularyError::TooMany`].
    pub fn add_trait(&mut self, name: &str, ty: Type) -> Result<u16, VocabularyError> {
        if let Some(known) = self.traits.iter().position(|(other, _)| other == name) {
            return dense(known, "traits");
        }
        let index = dense(self.traits.len(), "traits")?;
        self.traits.push((name.to_string(), ty));
        Ok(index)
    }

    /// Adds a set of names, to be the type of a trait or of a list's `state`.
    ///
    /// # Errors
    ///
    /// [`VocabularyError::TooMany`].
    pub fn add_enumeration(&mut self, title: &str, members: &[&str]) -> Result<EnumerationId, VocabularyError> {
        let id = EnumerationId(dense(self.enumerations.len(), "sets of names")?);
        let members = members.iter().map(|name| self.intern(name)).collect();
        let title = title.to_string();
        self.enumerations.push(Enumeration { title, members });
        Ok(id)
    }

    /// Adds members to a set of names: the definition's items, offerings and event types.
    pub fn declare(&mut self, enumeration: EnumerationId, members: &[&str]) {
        for name in members {
            let symbol = self.intern(name);
            if let Some(known) = self.enumerations.get_mut(usize::from(enumeration.0))
                && !known.members.contains(&symbol)
            {
                known.members.push(symbol);
            }
        }
    }

    /// The type of a record's `state` by the `effect` of the operation that creates it (4-definition).
    pub fn state_of_effect(effect: EffectKind) -> Type {
        match effect {
            EffectKind::Financial => Type::Name(CHARGE_STATE),
            EffectKind::Shipment => Type::Name(SHIPMENT_STATE),
            _ => Type::Name(RECORD_STATE),
        }
    }

    /// Adds the record list `system.list` with the type of its `state` and its contract's `fields`.
    /// Several operations may create records of one list: their fields are joined.
    ///
    /// # Errors
    ///
    /// [`VocabularyError`] when a column already has another type, or there are too many.
    pub fn add_list(
        &mut self,
        system: &str,
        list: &str,
        state: Type,
        fields: &[(&str, Type)],
    ) -> Result<ListId, VocabularyError> {
        let path = format!("{system}.{list}");
        let index = match self.lists.iter().position(|known| known.path == path) {
            Some(index) => index,
            None => {
                dense(self.lists.len(), "record lists")?;
                let columns = Vec::new();
                self.lists.push(RecordList { path, columns });
                self.lists.len() - 1
            }
        };
        let given = RECORD_COLUMNS.into_iter().zip([Type::Id, Type::Id, state, Type::Time]);
        for (name, ty) in given.chain(fields.iter().copied()) {
            add_column(&mut self.lists[index], name, ty)?;
        }
        Ok(ListId(dense(index, "record lists")?))
    }

    /// The list `system.list`.
    pub fn list(&self, path: &str) -> Option<ListId> {
        let index = self.lists.iter().position(|list| list.path == path)?;
        u16::try_from(index).ok().map(ListId)
    }

    /// The record lists, at the index of their [`ListId`].
    pub fn lists(&self) -> &[RecordList] {
        &self.lists
    }

    /// Members of a set of names, in the order they were declared.
    pub fn members(&self, enumeration: EnumerationId) -> Vec<&str> {
        let Some(known) = self.enumerations.get(usize::from(enumeration.0)) else {
            return Vec::new();
        };
        known.members.iter().filter_map(|symbol| self.text(*symbol)).collect()
    }
}

fn add_column(list: &mut RecordList, name: &str, ty: Type) -> Result<(), VocabularyError> {
    match list.columns.iter().find(|(known, _)| known == name) {
        Some((_, first)) if *first == ty => Ok(()),
        Some((_, first)) => Err(VocabularyError::ColumnType {
            list: list.path.clone(),
            column: name.to_string(),
            first: first.word(),
            second: ty.word(),
        }),
        None => {
            dense(list.columns.len(), "fields of a record")?;
            list.columns.push((name.to_string(), ty));
            Ok(())
        }
    }
}

fn dense(index: usize, what: &'static str) -> Result<u16, VocabularyError> {
    u16::try_from(index).map_err(|_| VocabularyError::TooMany { what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_joined_and_conflicts_are_named() {
        let mut vocabulary = Vocabulary::new();
        let state = Vocabulary::state_of_effect(EffectKind::Financial);
        let first = vocabulary.add_list("billing", "charges", state, &[("amount", Type::Money)]);
        let second = vocabulary.add_list("billing", "charges", state, &[("amount", Type::Money), ("tax", Type::Money)]);
        assert_eq!(first, second);
        assert_eq!(vocabulary.lists()[0].columns.len(), RECORD_COLUMNS.len() + 2);
        for column in ["amount", "state"] {
            let conflict = vocabulary.add_list("billing", "charges", state, &[(column, Type::Int)]);
            assert!(conflict.is_err_and(|error| error.to_string().contains(column)));
        }
    }

    #[test]
    fn names_keep_their_symbols() {
        let mut vocabulary = Vocabulary::new();
        let active = vocabulary.name("ACTIVE").expect("a state of the table");
        assert_eq!(vocabulary.intern("ACTIVE"), active);
        assert_eq!(vocabulary.text(active), Some("ACTIVE"));
        assert_eq!(vocabulary.name("no such state"), None);
        let symbol = vocabulary.intern("yes");
        assert_eq!(vocabulary.name("yes"), Some(symbol));
    }
}
