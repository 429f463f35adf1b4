//! Typed looks at a JSON tree that know their path, and the reader's own state.

use std::collections::{BTreeMap, BTreeSet};

use super::json::Json;
use super::{OrderError, OrderWarning};

/// Names that only describe or link: leaving them out changes nothing.
const DESCRIPTIVE: [&str; 6] = ["@type", "@baseType", "@schemaLocation", "@referredType", "href", "description"];

/// `parent.key`, or the key alone at the top.
pub(super) fn child_path(parent: &str, key: &str) -> String {
    if parent.is_empty() { key.to_string() } else { format!("{parent}.{key}") }
}

/// Foreign text for a message: at most forty characters, controls escaped.
pub(super) fn shorten(text: &str) -> String {
    let mut shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() {
        shown.push_str("...");
    }
    shown
}

/// Places that one warning names before it only counts them.
const PLACES_SHOWN: usize = 3;
/// Warnings of one payload; a hostile one could cause a million.
const WARNINGS_MAX: usize = 64;

/// What the reader gathers on its way.
pub(super) struct Reader {
    file: String,
    warnings: Vec<OrderWarning>,
    /// How often each message was given.
    given: BTreeMap<String, usize>,
    /// Paths, without positions, of what the simulation does not know.
    ignored: BTreeSet<String>,
}

impl Reader {
    pub fn new(file: &str) -> Self {
        Reader { file: file.to_string(), warnings: Vec::new(), given: BTreeMap::new(), ignored: BTreeSet::new() }
    }

    /// Adds a warning. The same message is shown at its first places and counted at the others.
    pub fn warn(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let message = message.into();
        let count = self.given.entry(message.clone()).or_insert(0);
        *count += 1;
        if *count <= PLACES_SHOWN && self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(OrderWarning { path: path.into(), message });
        }
    }

    /// The warnings, with what is not simulated named once at the end.
    pub fn into_warnings(mut self) -> Vec<OrderWarning> {
        let mut shown = 0;
        for (message, count) in &self.given {
            let mut places = self.warnings.iter_mut().filter(|warning| warning.message == *message);
            shown += places.by_ref().take(PLACES_SHOWN - 1).count();
            if let Some(last) = places.next() {
                shown += count + 1 - PLACES_SHOWN;
                if *count > PLACES_SHOWN {
                    last.message.push_str(&format!(" (and so at {} more places)", count - PLACES_SHOWN));
                }
            }
        }
        let left_out = self.given.values().sum::<usize>() - shown;
        if left_out > 0 {
            self.warnings.push(OrderWarning {
                path: String::new(),
                message: format!("{left_out} further warnings are left out"),
            });
        }
        if !self.ignored.is_empty() {
            let names: Vec<String> = self.ignored.into_iter().collect();
            let message = format!("not simulated: {}", names.join(", "));
            self.warnings.push(OrderWarning { path: String::new(), message });
        }
        self.warnings
    }

    pub fn error(&self, path: &str, expected: impl Into<String>, found: impl Into<String>) -> OrderError {
        let path = if path.is_empty() { "the top level".to_string() } else { path.to_string() };
        OrderError::Value { file: self.file.clone(), path, expected: expected.into(), found: found.into() }
    }

    /// Remembers the fields of `object` that nobody reads. `group` is its path without positions.
    pub fn ignore_others(&mut self, object: &Object<'_>, group: &str, read: &[&str]) {
        for (key, value) in object.fields {
            let known = read.contains(&key.as_str()) || DESCRIPTIVE.contains(&key.as_str());
            let empty = match value {
                Json::Null => true,
                Json::List(list) => list.is_empty(),
                Json::Object(fields) => fields.is_empty(),
                _ => false,
            };
            // A hostile payload may hold a million names; the message cannot.
            if !known && !empty && self.ignored.len() < 64 {
                self.ignored.insert(child_path(group, &shorten(key)));
            }
        }
    }
}

/// An object and its path.
pub(super) struct Object<'a> {
    pub path: String,
    fields: &'a BTreeMap<String, Json>,
}

impl<'a> Object<'a> {
    pub fn of(json: &'a Json, path: String, reader: &Reader) -> Result<Self, OrderError> {
        match json {
            Json::Object(fields) => Ok(Object { path, fields }),
            other => Err(reader.error(&path, "an object", describe(other))),
        }
    }

    pub fn path_of(&self, key: &str) -> String {
        child_path(&self.path, key)
    }

    /// The value of a field; `null` is the same as no field.
    pub fn get(&self, key: &str) -> Option<&'a Json> {
        self.fields.get(key).filter(|value| !matches!(value, Json::Null))
    }

    fn wrong(&self, key: &str, expected: &str, reader: &Reader) -> OrderError {
        let found = self.get(key).map_or("nothing".to_string(), describe);
        reader.error(&self.path_of(key), expected, found)
    }

    pub fn text(&self, key: &str, reader: &Reader) -> Result<Option<&'a str>, OrderError> {
        match self.get(key) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "a text", reader)),
        }
    }

    /// A text that must be there and not be empty.
    pub fn some_text(&self, key: &str, reader: &Reader) -> Result<&'a str, OrderError> {
        match self.text(key, reader)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(self.wrong(key, "a text that is not empty", reader)),
        }
    }

    /// A whole number from `min` up, such as a quantity.
    pub fn count(&self, key: &str, min: u32, reader: &Reader) -> Result<Option<u32>, OrderError> {
        let number = match self.get(key) {
            None => return Ok(None),
            Some(Json::Number(text)) => crate::money::scaled_decimal(text, 0).ok(),
            Some(_) => None,
        };
        match number.and_then(|number| u32::try_from(number).ok()) {
            Some(number) if number >= min => Ok(Some(number)),
            _ => Err(self.wrong(key, &format!("a whole number from {min} up"), reader)),
        }
    }

    /// The text of a number.
    pub fn number(&self, key: &str, reader: &Reader) -> Result<Option<&'a str>, OrderError> {
        match self.get(key) {
            None => Ok(None),
            Some(Json::Number(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "a number", reader)),
        }
    }

    pub fn object(&self, key: &str, reader: &Reader) -> Result<Option<Object<'a>>, OrderError> {
        self.get(key).map(|json| Object::of(json, self.path_of(key), reader)).transpose()
    }

    /// The objects of a list; a list that is not there is empty.
    pub fn objects(&self, key: &str, reader: &Reader) -> Result<Vec<Object<'a>>, OrderError> {
        let path = self.path_of(key);
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Json::List(list)) => {
                let entries = list.iter().enumerate();
                entries.map(|(index, json)| Object::of(json, format!("{path}[{index}]"), reader)).collect()
            }
            Some(_) => Err(self.wrong(key, "a list of objects", reader)),
        }
    }
}

/// A value in a message.
pub(super) fn describe(json: &Json) -> String {
    match json {
        Json::Null => "null".to_string(),
        Json::Bool(value) => value.to_string(),
        Json::Number(text) => shorten(text),
        Json::Text(text) => format!("\"{}\"", shorten(text)),
        Json::List(_) => "a list".to_string(),
        Json::Object(_) => "an object".to_string(),
    }
}
