//! Patches from the command line and from defects: `--set PATH=VALUE`.
//!
//! A path begins with the kind of file (`saga`, `participants`, `platform`, `scenario`), goes on with `.key` into mappings and `[id]` into lists of things
//! with an id. `saga(order-fulfilment)` picks one of several sagas. VALUE is YAML; `null` removes what the path names.

use std::fmt;

use thiserror::Error;

use super::code::{SYNTAX, UNKNOWN_REFERENCE};
use super::diagnostic::Diagnostic;
use super::node::{Entry, Node, NodeKind};
use super::span::{Span, Spanned};
use crate::nearest::nearest;

/// A patch: a path and the YAML that is put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// The path as written.
    pub path: String,
    /// The value as written; `null` removes.
    pub value: String,
}

/// What is wrong with the text of a patch.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SetError {
    /// There is no `=`.
    #[error("--set {0}: expected PATH=VALUE")]
    NoValue(String),
    /// The path does not begin with a kind of file.
    #[error("--set {0}: expected a path that begins with saga, participants, platform or scenario")]
    Kind(String),
    /// The path cannot be split into its parts.
    #[error("--set {0}: expected .key or [id] at \"{1}\"")]
    Segment(String, String),
}

impl Set {
    /// Reads `PATH=VALUE`.
    ///
    /// # Errors
    ///
    /// When there is no `=`, or the path is not one.
    pub fn parse(text: &str) -> Result<Set, SetError> {
        let (path, value) = text.split_once('=').ok_or_else(|| SetError::NoValue(text.to_owned()))?;
        Set::new(path.trim(), value)
    }

    /// A patch from its path and the YAML that it puts there.
    ///
    /// # Errors
    ///
    /// When the path is not one.
    pub fn new(path: &str, value: &str) -> Result<Set, SetError> {
        Path::parse(path)?;
        Ok(Set { path: path.to_owned(), value: value.to_owned() })
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.value)
    }
}

/// The kinds of file that a patch may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileKind {
    Saga,
    Participants,
    Platform,
    Scenario,
}

/// A patch's path in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub kind: FileKind,
    /// The saga's name in parentheses.
    pub of: Option<String>,
    pub segments: Vec<Segment>,
}

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Key(String),
    Id(String),
}

impl Segment {
    fn name(&self) -> &str {
        match self {
            Segment::Key(name) | Segment::Id(name) => name,
        }
    }
}

impl Path {
    pub fn parse(text: &str) -> Result<Path, SetError> {
        let kinds = [
            ("saga", FileKind::Saga),
            ("participants", FileKind::Participants),
            ("platform", FileKind::Platform),
            ("scenario", FileKind::Scenario),
        ];
        let head_end = text.find(['.', '[', '(']).unwrap_or(text.len());
        let (head, mut rest) = text.split_at(head_end);
        let (_, kind) =
            kinds.into_iter().find(|(word, _)| *word == head).ok_or_else(|| SetError::Kind(text.to_owned()))?;
        let bad = |rest: &str| SetError::Segment(text.to_owned(), rest.to_owned());
        let mut of = None;
        if let Some(inner) = rest.strip_prefix('(') {
            let (name, after) = inner.split_once(')').ok_or_else(|| bad(rest))?;
            of = Some(name.to_owned());
            rest = after;
        }
        let mut segments = Vec::new();
        while !rest.is_empty() {
            let (segment, after) = if let Some(inner) = rest.strip_prefix('[') {
                let (id, after) = inner.split_once(']').ok_or_else(|| bad(rest))?;
                (Segment::Id(id.to_owned()), after)
            } else {
                let inner = rest.strip_prefix('.').ok_or_else(|| bad(rest))?;
                let (key, after) = inner.split_at(inner.find(['.', '[']).unwrap_or(inner.len()));
                (Segment::Key(key.to_owned()), after)
            };
            if segment.name().is_empty() {
                return Err(bad(rest));
            }
            segments.push(segment);
            rest = after;
        }
        if segments.is_empty() {
            return Err(bad(rest));
        }
        Ok(Path { kind, of, segments })
    }
}

/// Mappings whose keys are names of the definition's own, so that a new key on the way to something is a misspelling.
const NAMED: [&str; 8] =
    ["items", "charges", "retry", "unknownOutcome", "compensations", "commands", "operations", "from"];

/// The fields by which a thing in a list is named.
const ID_FIELDS: [&str; 4] = ["id", "type", "state", "version"];

/// Puts a value where a path leads, or removes what is there when the value is null. `at` is the place of the patch.
/// Gives the place of what was there; of what was missing, the place of the thing that lacked it.
pub(crate) fn apply(root: &mut Node, path: &Path, value: &Node, at: Span) -> Result<Span, Box<Diagnostic>> {
    let (last, way) =
        path.segments.split_last().ok_or_else(|| Box::new(SYNTAX.at(at, "the path names a whole file")))?;
    let mut node = root;
    let mut named = path.kind == FileKind::Participants;
    for segment in way {
        node = match segment {
            Segment::Key(key) => enter(node, key, named, at)?,
            Segment::Id(id) => {
                let index = find(node, id, at)?;
                let NodeKind::List(nodes) = &mut node.kind else {
                    unreachable!("an entry was just found in this list")
                };
                &mut nodes[index]
            }
        };
        named = NAMED.contains(&segment.name());
    }
    match last {
        Segment::Key(key) => put_key(node, key, value, at),
        Segment::Id(id) => {
            let index = find(node, id, at)?;
            let mut place = node.span;
            if let NodeKind::List(nodes) = &mut node.kind {
                place = nodes[index].span;
                if value.is_null() {
                    nodes.remove(index);
                } else {
                    nodes[index] = value.clone();
                }
            }
            Ok(place)
        }
    }
}

/// The value of a key, made where it is missing and may be made.
fn enter<'n>(node: &'n mut Node, key: &str, named: bool, at: Span) -> Result<&'n mut Node, Box<Diagnostic>> {
    if node.is_null() {
        node.kind = NodeKind::Map(Vec::new());
    }
    if !matches!(node.kind, NodeKind::Map(_)) {
        return Err(shape(node, "mapping", key, at));
    }
    let NodeKind::Map(entries) = &mut node.kind else { unreachable!("the node was just seen to be a mapping") };
    let index = match entries.iter().position(|entry| entry.key.value == key) {
        Some(index) => index,
        None if named => return Err(unknown(key, entries.iter().map(|entry| entry.key.value.as_str()), at)),
        None => {
            let value = Node { span: at, kind: NodeKind::Map(Vec::new()) };
            entries.push(Entry { key: Spanned::new(key.to_owned(), at), value });
            entries.len() - 1
        }
    };
    Ok(&mut entries[index].value)
}

fn put_key(node: &mut Node, key: &str, value: &Node, at: Span) -> Result<Span, Box<Diagnostic>> {
    let whole = node.span;
    if node.is_null() {
        node.kind = NodeKind::Map(Vec::new());
    }
    let index = match &node.kind {
        NodeKind::Map(entries) => entries.iter().position(|entry| entry.key.value == key),
        _ => return Err(shape(node, "mapping", key, at)),
    };
    let NodeKind::Map(entries) = &mut node.kind else { unreachable!("the node was just seen to be a mapping") };
    match (index, value.is_null()) {
        (Some(index), true) => {
            entries.remove(index);
            Ok(whole)
        }
        (Some(index), false) => {
            let place = entries[index].key.span;
            entries[index].value = value.clone();
            Ok(place)
        }
        (None, true) => Err(unknown(key, entries.iter().map(|entry| entry.key.value.as_str()), at)),
        (None, false) => {
            entries.push(Entry { key: Spanned::new(key.to_owned(), at), value: value.clone() });
            Ok(whole)
        }
    }
}

/// The name of a thing in a list.
fn id_of(node: &Node) -> Option<&str> {
    node.text().or_else(|| ID_FIELDS.iter().find_map(|field| node.get(field)?.text()))
}

fn find(node: &Node, id: &str, at: Span) -> Result<usize, Box<Diagnostic>> {
    let NodeKind::List(nodes) = &node.kind else {
        return Err(shape(node, "list", id, at));
    };
    let found = nodes.iter().position(|node| id_of(node) == Some(id));
    found.ok_or_else(|| unknown(id, nodes.iter().filter_map(id_of), at))
}

/// What is there cannot be entered by this kind of name. A thing of a list that has an id is the likely one meant.
fn shape(node: &Node, expected: &str, name: &str, at: Span) -> Box<Diagnostic> {
    let hint = match &node.kind {
        NodeKind::List(nodes) if nodes.iter().any(|node| id_of(node) == Some(name)) => {
            format!("; what has that name in a list is written [{name}]")
        }
        NodeKind::List(_) => "; what stands in a list is named by its id, as [id]".to_owned(),
        _ => String::new(),
    };
    Box::new(SYNTAX.at(at, format!("\"{name}\" needs a {expected}, found {}{hint}", node.what())))
}

fn unknown<'n>(name: &str, candidates: impl Iterator<Item = &'n str>, at: Span) -> Box<Diagnostic> {
    let message = match nearest(name, candidates.take(2_000)) {
        Some(near) => format!("\"{name}\" names nothing here; nearest: \"{near}\""),
        None => format!("\"{name}\" names nothing here"),
    };
    Box::new(UNKNOWN_REFERENCE.at(at, message))
}
