//! From nodes to typed values: the small reader that every format uses.
//!
//! A format opens the [`Fields`] of a mapping, asks for each field by name, and closes them; what was not asked for is an unknown field. Mistakes are
//! collected, never thrown, so that one run shows them all. `null` counts as not written.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::actions::ActionPlace;
use super::code::{DUPLICATE_ID, MISSING_FIELD, SYNTAX, TOO_LARGE, UNIT_OR_TYPE, UNKNOWN_FIELD};
use super::diagnostic::Diagnostic;
use super::node::{Entry, Node, NodeKind};
use super::span::{Named, NamedList, Span, Spanned};
use crate::nearest::nearest;

/// The longest text of one value, in bytes; names and predicates stay far below it.
const MAX_SCALAR: usize = 4_096;

/// What the readers have to say.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// All mistakes found, in the order of reading.
    pub diagnostics: Vec<Diagnostic>,
    /// The names of things that are written and could not be read: who refers to one makes no mistake of his own.
    pub unread: BTreeSet<String>,
    /// The formats that were read, with the keys that each was asked for: only while reference pages are made.
    pub formats: Option<Vec<(String, Vec<Asked>)>>,
}

impl Reader {
    /// Adds a mistake.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

/// What can be written for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One scalar: what it is, in a word or two.
    One(&'static str),
    /// A word of a closed vocabulary: what it is called, and the words with what each means.
    Word(&'static str, Vec<(&'static str, &'static str)>),
    /// What comes next, at this place.
    Action(ActionPlace),
    /// A mapping with keys of its own.
    Part,
    /// One or several.
    List(Box<Takes>),
    /// A mapping from names to this.
    ByName(Box<Takes>),
}

/// Whether a key has to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing can be simulated without it.
    Must,
    /// It may be left out.
    May,
    /// When it is left out it is this.
    Default(String),
}

/// A key that a format was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The key.
    pub key: &'static str,
    /// What can be written for it.
    pub takes: Takes,
    /// Whether it has to be there.
    pub need: Need,
}

/// A node together with the name under which it stands and the place of that name.
#[derive(Clone, Copy)]
pub(crate) struct Place<'n> {
    pub node: &'n Node,
    pub name: &'n str,
    pub at: Span,
}

impl<'n> Place<'n> {
    /// A node that is named by nothing but itself.
    pub fn root(node: &'n Node, name: &'n str) -> Self {
        Place { node, name, at: node.span }
    }

    /// Reports that the node has another shape than the expected one.
    pub fn expected(self, what: &str, cx: &mut Reader) {
        let message = format!("expected {what} under \"{}\", found {}", self.name, self.node.what());
        cx.report(SYNTAX.at(self.node.span, message));
    }
}

/// A value that can be read from a node. `None` means that a mistake was reported.
pub(crate) trait Read: Sized {
    /// What can be written for it.
    fn takes() -> Takes {
        Takes::Part
    }

    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self>;
}

/// A value that is one scalar.
pub(crate) trait Scalar: Sized {
    /// What can be written for it.
    fn takes() -> Takes;

    /// Reads the text; an error says what was expected, as the end of a sentence that begins with `field: text`.
    fn parse(text: &str) -> Result<Self, String>;

    /// Whether a text that YAML would read as a number must be quoted.
    const QUOTED: bool = false;
}

impl<T: Scalar> Read for Spanned<T> {
    fn takes() -> Takes {
        T::takes()
    }

    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let NodeKind::Scalar { text, plain } = &place.node.kind else {
            place.expected("a single value", cx);
            return None;
        };
        if text.len() > MAX_SCALAR {
            let message = format!("{}: a text of {} bytes; at most {MAX_SCALAR} are read", place.name, text.len());
            cx.report(TOO_LARGE.at(place.node.span, message));
            return None;
        }
        let parsed = if T::QUOTED && *plain && looks_numeric(text) {
            Err(format!("must be quoted; write \"{text}\""))
        } else {
            T::parse(text)
        };
        match parsed {
            Ok(value) => Some(Spanned::new(value, place.node.span)),
            Err(why) => {
                let message = format!("{}: {} {why}", place.name, super::node::shorten(text));
                cx.report(UNIT_OR_TYPE.at(place.node.span, message));
                None
            }
        }
    }
}

fn looks_numeric(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '_'))
        && text.matches('.').count() < 2
}

/// A list; a single scalar stands for a list of one.
impl<T: Read> Read for Vec<T> {
    fn takes() -> Takes {
        Takes::List(Box::new(T::takes()))
    }

    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        match &place.node.kind {
            NodeKind::List(nodes) => Some(
                nodes.iter().filter_map(|node| T::read(Place { node, name: place.name, at: node.span }, cx)).collect(),
            ),
            NodeKind::Scalar { .. } => Some(T::read(place, cx).into_iter().collect()),
            NodeKind::Map(_) => {
                place.expected("a list", cx);
                None
            }
        }
    }
}

impl<T: Read> Read for NamedList<T> {
    fn takes() -> Takes {
        Takes::ByName(Box::new(T::takes()))
    }

    fn read(place: Place<'_>, cx: &mut Reader) -> Option<Self> {
        let entries = entries(place, cx)?;
        let read = entries.iter().filter_map(|entry| {
            let read = T::read(Place { node: &entry.value, name: &entry.key.value, at: entry.key.span }, cx);
            if read.is_none() {
                cx.unread.insert(entry.key.value.clone());
            }
            let value = read?;
            Some(Named { id: entry.key.clone(), value })
        });
        Some(NamedList(read.collect()))
    }
}

/// The entries of a mapping whose keys are all different.
fn entries<'n>(place: Place<'n>, cx: &mut Reader) -> Option<&'n [Entry]> {
    let NodeKind::Map(entries) = &place.node.kind else {
        place.expected("a mapping", cx);
        return None;
    };
    if let Some(entry) = entries.iter().find(|entry| entry.key.value.len() > MAX_SCALAR) {
        let message = format!("a key of {} bytes; at most {MAX_SCALAR} are read", entry.key.value.len());
        cx.report(TOO_LARGE.at(entry.key.span, message));
        return None;
    }
    report_repeated(entries.iter().map(|entry| &entry.key), "key", cx);
    Some(entries)
}

/// Reports each id that was seen before.
pub(crate) fn report_repeated<'n>(ids: impl Iterator<Item = &'n Spanned<String>>, what: &str, cx: &mut Reader) {
    let mut seen = std::collections::BTreeMap::new();
    for id in ids {
        if let Some(first) = seen.insert(id.value.as_str(), id.span) {
            let message = format!("{what} \"{}\" is also defined at line {}", id.value, first.line);
            cx.report(DUPLICATE_ID.at(id.span, message).with_secondary(first, "first defined here"));
        }
    }
}

/// The fields of a mapping, while they are asked for.
pub(crate) struct Fields<'n> {
    /// What the mapping is called in messages, such as `step "ship-router"`.
    pub what: String,
    /// Where the thing is named.
    pub at: Span,
    entries: &'n [Entry],
    known: Vec<&'static str>,
    asked: Vec<Asked>,
}

impl<'n> Fields<'n> {
    /// Opens a mapping; anything else is reported.
    pub fn open(place: Place<'n>, what: impl Into<String>, cx: &mut Reader) -> Option<Self> {
        let entries = entries(place, cx)?;
        Some(Fields { what: what.into(), at: place.at, entries, known: Vec::new(), asked: Vec::new() })
    }

    /// A field that is a mapping with keys of its own, or looked at before it is read; none when it is absent or null.
    pub fn place(&mut self, key: &'static str, cx: &mut Reader) -> Option<Place<'n>> {
        self.ask(key, cx, || (Takes::Part, Need::May));
        self.written(key)
    }

    /// A field as a node; none when it is absent or null.
    pub fn written(&self, key: &str) -> Option<Place<'n>> {
        let entry = self.entries.iter().find(|entry| entry.key.value == key)?;
        (!entry.value.is_null()).then_some(Place { node: &entry.value, name: &entry.key.value, at: entry.key.span })
    }

    /// Notes that there is such a key.
    fn ask(&mut self, key: &'static str, cx: &Reader, what: impl FnOnce() -> (Takes, Need)) {
        if !self.known.contains(&key) {
            self.known.push(key);
            if cx.formats.is_some() {
                let (takes, need) = what();
                self.asked.push(Asked { key, takes, need });
            }
        }
    }

    /// The text of a field, to name the thing before it is read.
    pub fn peek(&self, key: &str) -> Option<&'n str> {
        self.entries.iter().find(|entry| entry.key.value == key).and_then(|entry| entry.value.text())
    }

    /// A field that may be absent.
    pub fn get<T: Read>(&mut self, key: &'static str, cx: &mut Reader) -> Option<T> {
        self.ask(key, cx, || (T::takes(), Need::May));
        T::read(self.written(key)?, cx)
    }

    /// A list or mapping that is empty when absent.
    pub fn list<T: Read + Default>(&mut self, key: &'static str, cx: &mut Reader) -> T {
        self.get(key, cx).unwrap_or_default()
    }

    /// A field without which nothing can be simulated.
    pub fn need<T: Read>(&mut self, key: &'static str, cx: &mut Reader) -> Option<T> {
        self.ask(key, cx, || (T::takes(), Need::Must));
        match self.written(key) {
            Some(place) => T::read(place, cx),
            None => {
                cx.report(MISSING_FIELD.at(self.at, format!("{} has no \"{key}\"", self.what)));
                None
            }
        }
    }

    /// A field with a default, which stands where the thing is named.
    pub fn or<T: Scalar + Display>(&mut self, key: &'static str, default: T, cx: &mut Reader) -> Spanned<T> {
        self.ask(key, cx, || (T::takes(), Need::Default(default.to_string())));
        let at = self.at;
        self.get(key, cx).unwrap_or(Spanned::new(default, at))
    }

    /// Reports every field that was never asked for, beside those that this mapping may have: `useless` are those that
    /// its kind has no use for.
    pub fn close_without(self, useless: &[&str], cx: &mut Reader) {
        for entry in self.entries {
            let key = entry.key.value.as_str();
            if !self.known.contains(&key) {
                let useful = self.known.iter().copied().filter(|known| !useless.contains(known));
                let message = match nearest(key, useful.clone()) {
                    Some(near) => format!("unknown field \"{}\"; did you mean \"{near}\"?", super::node::shorten(key)),
                    None => format!("unknown field \"{}\" of {}", super::node::shorten(key), self.what),
                };
                let known = format!("{} may have: {}", self.what, useful.collect::<Vec<_>>().join(", "));
                cx.report(UNKNOWN_FIELD.at(entry.key.span, message).with_help(known));
            }
        }
        if let Some(formats) = &mut cx.formats {
            let name = self.what.split(" \"").next().unwrap_or_default();
            formats.push((name.to_owned(), self.asked));
        }
    }

    /// Reports every field that was never asked for.
    pub fn close(self, cx: &mut Reader) {
        self.close_without(&[], cx);
    }
}
