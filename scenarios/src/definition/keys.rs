//! Idempotency keys as templates: text and `${path}` parts.

use std::fmt;

use super::reader::{Scalar, Takes};
use super::step::Step;
use crate::nearest::nearest;

/// A key as written: `${item.id}:SHIP:${plan.version}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyTemplate {
    /// The parts in order.
    pub parts: Vec<KeyPart>,
}

/// A part of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyPart {
    /// Fixed text.
    Text(String),
    /// What stands in `${...}`.
    Path(KeyPath),
}

/// What a key may be made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyPath {
    /// `order.id`
    OrderId,
    /// `item.id`
    ItemId,
    /// `charge.id`
    ChargeId,
    /// `charge.trialEnd`: the date on which the trial of the charge ends.
    ChargeTrialEnd,
    /// `quote.id`
    QuoteId,
    /// `quote.version`
    QuoteVersion,
    /// `plan.version`: the version of the order's execution plan.
    PlanVersion,
    /// `step.id`
    StepId,
    /// `step.revision`: how often the step was redone.
    StepRevision,
    /// `<name>.requestId`: allocated and stored before the first send.
    RequestId(String),
    /// `event.source`
    EventSource,
    /// `event.id`
    EventId,
    /// `<record>.<field>` of the record that an earlier step created, such as `reservation.id`.
    Record {
        /// The record, in the singular of its list.
        record: String,
        /// Its field.
        field: String,
    },
    /// `step.attempt`: volatile.
    StepAttempt,
    /// `message.id`: volatile.
    MessageId,
    /// `clock.now`: volatile.
    ClockNow,
    /// `random`: volatile.
    Random,
}

/// The paths that need no name of the definition's own.
const PATHS: [(&str, KeyPath, &str); 15] = [
    ("order.id", KeyPath::OrderId, "The order."),
    ("item.id", KeyPath::ItemId, "The item; of a step or command about the whole order, the order."),
    (
        "charge.id",
        KeyPath::ChargeId,
        "The charge that the step names in `charge`; the same fixed text for every step that names none.",
    ),
    ("charge.trialEnd", KeyPath::ChargeTrialEnd, "The date on which the trial of that charge ends."),
    ("quote.id", KeyPath::QuoteId, "The quote that became the order."),
    ("quote.version", KeyPath::QuoteVersion, "Its accepted version."),
    ("plan.version", KeyPath::PlanVersion, "The version of the plan of the order."),
    ("step.id", KeyPath::StepId, "The step; of a compensation, the step that it undoes."),
    ("step.revision", KeyPath::StepRevision, "How often the step was redone."),
    ("event.source", KeyPath::EventSource, "Of a consumer's key: the node that emitted the event."),
    ("event.id", KeyPath::EventId, "Of a consumer's key: the event."),
    (
        "step.attempt",
        KeyPath::StepAttempt,
        "The attempt. It differs between two sends of one request, so nothing recognises the second.",
    ),
    ("message.id", KeyPath::MessageId, "The message. It differs between two sends of one request."),
    ("clock.now", KeyPath::ClockNow, "The time. It differs between two sends of one request."),
    ("random", KeyPath::Random, "A random number. It differs between two sends of one request."),
];

/// What can stand in `${...}` of a key, for reference pages: the path and what it is.
#[must_use]
pub fn key_paths() -> Vec<(&'static str, &'static str)> {
    let fixed = PATHS.iter().map(|(path, _, about)| (*path, *about));
    fixed.chain(OPEN_PATHS).collect()
}

/// The paths that hold a name of the definition's own.
const OPEN_PATHS: [(&str, &str); 2] = [
    (
        "NAME.requestId",
        "An id that is made and stored before the first send: the same in every attempt, another one for each request. The name is free.",
    ),
    (
        "RECORD.FIELD",
        "A field of the record that an earlier step made, or of a compensation its own step: the singular of the list that its \
         operation creates, such as `reservation.id`.",
    ),
];

/// First words that belong to fixed paths only: after them a record's name cannot be meant.
const RESERVED: [&str; 9] = ["order", "item", "charge", "quote", "plan", "step", "event", "message", "clock"];

impl KeyPath {
    /// True when the path differs between two sends of one request (SG0502).
    #[must_use]
    pub fn is_volatile(&self) -> bool {
        matches!(self, KeyPath::StepAttempt | KeyPath::MessageId | KeyPath::ClockNow | KeyPath::Random)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyPath::RequestId(name) => write!(f, "{name}.requestId"),
            KeyPath::Record { record, field } => write!(f, "{record}.{field}"),
            fixed => f.write_str(PATHS.iter().find(|(_, path, _)| path == fixed).map_or("", |(text, ..)| *text)),
        }
    }
}

impl Scalar for KeyPath {
    fn takes() -> Takes {
        Takes::One("path of a key")
    }

    fn parse(text: &str) -> Result<Self, String> {
        if let Some((_, path, _)) = PATHS.iter().find(|(name, ..)| *name == text) {
            return Ok(path.clone());
        }
        let unknown = || {
            let near = nearest(text, PATHS.iter().map(|(name, ..)| *name));
            let hint = near.map_or(String::new(), |near| format!("; did you mean \"{near}\"?"));
            format!("is no path of a key{hint}")
        };
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric())
        };
        match text.split_once('.') {
            Some((name, "requestId")) if is_name(name) => Ok(KeyPath::RequestId(name.to_owned())),
            Some((record, field)) if is_name(record) && is_name(field) && !RESERVED.contains(&record) => {
                Ok(KeyPath::Record { record: record.to_owned(), field: field.to_owned() })
            }
            _ => Err(unknown()),
        }
    }
}

impl KeyTemplate {
    /// The paths of the key in order.
    pub fn paths(&self) -> impl Iterator<Item = &KeyPath> {
        self.parts.iter().filter_map(|part| match part {
            KeyPart::Path(path) => Some(path),
            KeyPart::Text(_) => None,
        })
    }

    /// Whether requests of all orders have it: it names none, nor anything that belongs to one.
    #[must_use]
    pub fn names_no_order(&self) -> bool {
        self.paths().all(|path| {
            matches!(path, KeyPath::ChargeId | KeyPath::QuoteVersion | KeyPath::PlanVersion | KeyPath::StepId)
                || matches!(path, KeyPath::StepRevision | KeyPath::ChargeTrialEnd)
        })
    }

    /// Whether it gives two steps of an order two keys.
    #[must_use]
    pub fn tells_apart(&self, one: &Step, other: &Step) -> bool {
        let charge = |step: &Step| step.charge.as_ref().map(|charge| charge.value.clone());
        self.paths().any(|path| match path {
            KeyPath::ItemId => one.item.as_ref().map(|item| &item.value) != other.item.as_ref().map(|item| &item.value),
            KeyPath::ChargeId | KeyPath::ChargeTrialEnd => charge(one) != charge(other),
            KeyPath::StepId | KeyPath::RequestId(_) | KeyPath::Record { .. } => true,
            _ => path.is_volatile(),
        })
    }

    /// The paths that differ between two sends of one request.
    pub fn volatile(&self) -> impl Iterator<Item = &KeyPath> {
        self.paths().filter(|path| path.is_volatile())
    }
}

impl fmt::Display for KeyTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                KeyPart::Text(text) => f.write_str(text)?,
                KeyPart::Path(path) => write!(f, "${{{path}}}")?,
            }
        }
        Ok(())
    }
}

impl Scalar for KeyTemplate {
    fn takes() -> Takes {
        Takes::One("key")
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            if at > 0 {
                parts.push(KeyPart::Text(rest[..at].to_owned()));
            }
            let inner = &rest[at + 2..];
            let end = inner.find('}').ok_or("has \"${\" without \"}\"")?;
            let path = KeyPath::parse(&inner[..end]).map_err(|why| format!(": \"{}\" {why}", &inner[..end]))?;
            parts.push(KeyPart::Path(path));
            rest = &inner[end + 1..];
        }
        if !rest.is_empty() {
            parts.push(KeyPart::Text(rest.to_owned()));
        }
        if parts.is_empty() {
            return Err("is empty; expected a key such as ${item.id}:SHIP:${plan.version}".to_owned());
        }
        Ok(KeyTemplate { parts })
    }
}
