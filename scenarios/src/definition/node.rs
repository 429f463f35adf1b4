//! The neutral tree: YAML as written, every node with its place.
//!
//! Scalars keep their text: what `120.00` or `1` means is decided by the reader that knows which type is expected, never by YAML. One tree serves
//! loading, `--set`, the digest and messages. Input is hostile: size, depth, aliases and nodes are bounded before anything is built.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};

use super::code::{SYNTAX, TOO_LARGE};
use super::diagnostic::Diagnostic;
use super::span::{FileId, Span, Spanned};
use super::yaml_words;

/// The longest text that is read, in bytes.
pub const MAX_BYTES: usize = 64 << 20;
/// The deepest nesting that is read.
const MAX_DEPTH: usize = 48;
/// The most text in all scalars of one file, in bytes.
const MAX_TEXT: usize = 4 << 20;
/// The most nodes of one file, aliases expanded.
const MAX_NODES: usize = 250_000;

/// A node of a file.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it is written.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    /// Text; `plain` when it was written without quotes.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order written; keys may repeat until the reader has complained.
    Map(Vec<Entry>),
}

/// An entry of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub key: Spanned<String>,
    pub value: Node,
}

impl Node {
    /// True for `null`, `~` and nothing at all.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { text, plain: true } if is_null_word(text))
    }

    /// What the node is called in a message.
    pub fn what(&self) -> String {
        match &self.kind {
            NodeKind::Scalar { .. } if self.is_null() => "nothing".to_owned(),
            NodeKind::Scalar { text, .. } => format!("\"{}\"", shorten(text)),
            NodeKind::List(_) => "a list".to_owned(),
            NodeKind::Map(_) => "a mapping".to_owned(),
        }
    }

    /// The value of a mapping's key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            NodeKind::Map(entries) => entries.iter().find(|entry| entry.key.value == key).map(|entry| &entry.value),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// True for the words that YAML reads as null.
pub(crate) fn is_null_word(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// At most 60 characters of a text, on one line.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        short.push_str("...");
    }
    short
}

/// Reads a text as one tree.
///
/// # Errors
///
/// SG0001 when it is not YAML, SG0007 when it is too long, too deep or its aliases expand too far.
pub(crate) fn parse(file: FileId, text: &str) -> Result<Node, Box<Diagnostic>> {
    let whole = Span::start(file);
    if text.len() > MAX_BYTES {
        return Err(Box::new(TOO_LARGE.at(whole, format!("file over {} MiB", MAX_BYTES >> 20))));
    }
    if let Some(at) = text.char_indices().find(|&(_, c)| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
    {
        let span = span_at(file, text, at.0);
        let message = format!("control character U+{:04X}: not a text file", at.1 as u32);
        return Err(Box::new(SYNTAX.at(span, message)));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, max_nodes: MAX_NODES, max_total_scalar_bytes: MAX_TEXT, max_documents: 1 },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    };
    let raw: Raw = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| Box::new(syntax_error(file, text, &error)))?;
    Ok(Tree { file, text }.node(raw))
}

/// The place of a byte of a text.
pub(crate) fn span_at(file: FileId, text: &str, at: usize) -> Span {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let column = before[line_start..].chars().count() + 1;
    let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
    Span { file, start: narrow(at), end: narrow(end), line: narrow(line), column: narrow(column) }
}

/// Texts are at most 64 MiB, so that every offset fits.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// What the YAML library says, in our words and with our codes.
fn syntax_error(file: FileId, text: &str, error: &serde_saphyr::Error) -> Diagnostic {
    let mut span = Span::start(file);
    if let Some(location) = error.location() {
        span = place(file, &location);
        if location.span().byte_offset().is_none() {
            let at = byte_at(text, span.line as usize, span.column as usize);
            span = span_at(file, text, at);
        }
    }
    let full = error.to_string();
    let said = full.split(" at line ").next().unwrap_or(&full);
    let breach = said.strip_prefix("budget breached: ").map(|rest| rest.split([' ', '{']).next().unwrap_or(rest));
    match breach {
        Some("Documents") => SYNTAX.at(span, "expected one document, found a second one after \"---\""),
        Some("Nodes") if !text.contains('*') => TOO_LARGE.at(span, format!("more than {MAX_NODES} values")),
        Some("ScalarBytes") => TOO_LARGE.at(span, format!("texts over {} MiB", MAX_TEXT >> 20)),
        Some("Depth") => TOO_LARGE.at(span, format!("nested too deep: more than {MAX_DEPTH} levels")),
        Some(_) => TOO_LARGE.at(span, "aliases expand too far"),
        None if said.contains("recursion limit") => TOO_LARGE.at(span, "nested too deep"),
        None if said.contains("alias") && said.contains("limit") => TOO_LARGE.at(span, "aliases expand too far"),
        None => in_words(file, text, span, said),
    }
}

/// A message of the library that is not about its budget.
fn in_words(file: FileId, text: &str, span: Span, said: &str) -> Diagnostic {
    let Some((message, help)) = yaml_words::told(said) else { return SYNTAX.at(span, shorten(said)) };
    let tab = said.contains("tab").then(|| yaml_words::tab_in_indentation(text, span.start as usize)).flatten();
    SYNTAX.at(tab.map_or(span, |tab| span_at(file, text, tab)), message).with_help(help)
}

/// The byte at which a character of a line begins; lines and columns count from 1.
fn byte_at(text: &str, line: usize, column: usize) -> usize {
    let start = match line {
        0 | 1 => 0,
        _ => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1),
    };
    let rest = &text[start..];
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}

/// A place of the YAML library as ours.
fn place(file: FileId, location: &serde_saphyr::Location) -> Span {
    let span = location.span();
    let start = span.byte_offset().unwrap_or(0);
    let narrow = |offset: u64| u32::try_from(offset).unwrap_or(u32::MAX);
    Span {
        file,
        start: narrow(start),
        end: narrow(start + span.byte_len().unwrap_or(0)),
        line: narrow(location.line()).max(1),
        column: narrow(location.column()).max(1),
    }
}

/// A node as the YAML library hands it over; its text is still in the source.
enum RawKind {
    /// A string with its value.
    Text(String),
    /// A number, a boolean or null: the source has its text.
    Plain,
    List(Vec<Raw>),
    Map(Vec<(serde_saphyr::Spanned<String>, Raw)>),
}

type Raw = serde_saphyr::Spanned<RawKind>;

struct RawVisitor;

impl<'de> Deserialize<'de> for RawKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping, a list or a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<RawKind, E> {
        Ok(RawKind::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<RawKind, E> {
        Ok(RawKind::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<RawKind, E> {
        Ok(RawKind::Plain)
    }

    fn visit_i128<E>(self, _: i128) -> Result<RawKind, E> {
        Ok(RawKind::Plain)
    }

    fn visit_u128<E>(self, _: u128) -> Result<RawKind, E> {
        Ok(RawKind::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<RawKind, E> {
        Ok(RawKind::Plain)
    }

    fn visit_unit<E>(self) -> Result<RawKind, E> {
        Ok(RawKind::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<RawKind, E> {
        Ok(RawKind::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawKind, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element()? {
            nodes.push(node);
        }
        Ok(RawKind::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawKind, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(RawKind::Map(entries))
    }
}

/// Turns the library's nodes into ours.
struct Tree<'a> {
    file: FileId,
    text: &'a str,
}

impl Tree<'_> {
    fn node(&self, raw: Raw) -> Node {
        let span = place(self.file, &raw.referenced);
        let kind = match raw.value {
            RawKind::List(nodes) => NodeKind::List(nodes.into_iter().map(|node| self.node(node)).collect()),
            RawKind::Map(entries) => NodeKind::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| Entry {
                        key: Spanned::new(key.value, place(self.file, &key.referenced)),
                        value: self.node(value),
                    })
                    .collect(),
            ),
            RawKind::Plain => NodeKind::Scalar { text: self.slice(&raw.defined).to_owned(), plain: true },
            RawKind::Text(text) => {
                // The library rewrites infinities; a plain scalar on one line is its source text.
                let source = self.slice(&raw.defined);
                let plain = !source.starts_with(['"', '\'']);
                let text = if plain && !source.contains('\n') { source.to_owned() } else { text };
                NodeKind::Scalar { text, plain }
            }
        };
        Node { span, kind }
    }

    /// The source text at a place; empty for what has none.
    fn slice(&self, location: &serde_saphyr::Location) -> &str {
        let span = place(self.file, location);
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}
