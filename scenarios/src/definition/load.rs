//! From files to a definition.
//!
//! Files become trees (`loader`); the patches of `--set` change the trees (`set`); the trees give the digests and become structs (`assemble`); then names
//! and orders are checked (`references`, `order`). All mistakes of all files are collected.

use std::path::PathBuf;
use std::sync::Arc;

use super::code::{SYNTAX, UNKNOWN_REFERENCE};
use super::diagnostic::{Diagnostic, Invalid};
use super::files::{Files, normal};
use super::loader::Loader;
use super::node;
use super::participants::Participants;
use super::platform::Platform;
use super::reader::{Place, Read, Reader};
use super::saga::Saga;
use super::scenario::Scenario;
use super::set::Set;
use super::source::Sources;
use super::span::{FileId, Span};
use crate::nearest::nearest;

/// So many mistakes are shown; of the rest only the number.
pub(crate) const SHOWN: usize = 20;

/// What was loaded: one saga or several, and the scenario if one was given.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The sagas in the order given, then those that they start. Never empty.
    pub sagas: Vec<SagaFile>,
    /// The versions that the sagas name as previous, as far as their files are there; patches do not touch them.
    pub previous: Vec<SagaFile>,
    /// The scenario file, if one was given.
    pub scenario: Option<Scenario>,
    /// All texts.
    pub sources: Sources,
    /// The patches that were applied.
    pub sets: Vec<Set>,
    /// SHA-256 over the canonical forms of all files, in hexadecimal digits.
    pub digest: String,
    /// The canonical texts, patches applied: what a repro file embeds.
    pub embedded: Embedded,
}

/// A saga with the contracts it names.
#[derive(Clone, Debug)]
pub struct SagaFile {
    /// Its file.
    pub file: FileId,
    /// The saga.
    pub saga: Saga,
    /// The contracts of the systems that it calls; shared by the sagas that name the same file.
    pub participants: Arc<Participants>,
    /// Their file.
    pub participants_file: FileId,
    /// The plumbing; shared likewise.
    pub platform: Arc<Platform>,
    /// Its file; none when the saga names none.
    pub platform_file: FileId,
    /// SHA-256 of the saga's canonical form, in hexadecimal digits.
    pub digest: String,
}

/// A definition as texts in memory, as a repro file carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Embedded {
    /// The names of the files that were given; the others are reached from them.
    pub given: Vec<String>,
    /// Names and texts.
    pub texts: Vec<(String, String)>,
}

impl Definition {
    /// Loads sagas, or a scenario that names one, from files.
    ///
    /// # Errors
    ///
    /// All mistakes that keep the definition from being run (SG00xx, SG01xx).
    pub fn load(files: &[PathBuf], sets: &[Set]) -> Result<Definition, Invalid> {
        let given: Vec<String> = files.iter().map(|path| normal(path)).collect();
        Loader::new(Files::Disk).run(&given, sets)
    }

    /// Loads a saga or scenario of the bundled catalogue by its name.
    ///
    /// # Errors
    ///
    /// When there is none of that name, or a patch breaks it.
    pub fn bundled(name: &str, sets: &[Set]) -> Result<Definition, Invalid> {
        let texts = crate::catalog::texts();
        let candidates = [format!("{name}.scenario.yaml"), format!("{name}.saga.yaml")];
        match candidates.iter().find(|file| crate::catalog::get(file).is_some()) {
            Some(file) => Loader::new(Files::Memory(&texts)).run(std::slice::from_ref(file), sets),
            None => Err(Invalid::new(vec![unknown_name(name)], Sources::default())),
        }
    }

    /// Loads a definition from texts in memory.
    ///
    /// # Errors
    ///
    /// As [`Definition::load`].
    pub fn from_sources(embedded: &Embedded, sets: &[Set]) -> Result<Definition, Invalid> {
        let given: Vec<String> = embedded.given.iter().map(|name| normal(name.as_ref())).collect();
        Loader::new(Files::Memory(&embedded.texts)).run(&given, sets)
    }

    /// The saga that was given first.
    #[must_use]
    pub fn first(&self) -> &SagaFile {
        &self.sagas[0]
    }
}

/// Says that the catalogue has nothing of this name, and what it has.
fn unknown_name(name: &str) -> Diagnostic {
    let known: Vec<&str> = crate::catalog::names().collect();
    let message = format!("\"{}\" names no bundled saga or scenario", node::shorten(name));
    match nearest(name, known.iter().copied()) {
        Some(near) => UNKNOWN_REFERENCE.at(Span::NONE, format!("{message}; nearest: \"{near}\"")),
        None => UNKNOWN_REFERENCE.at(Span::NONE, message).with_help(format!("there are: {}", known.join(", "))),
    }
}

/// The keys with which the files begin that have a name of their own.
const HEADS: [&str; 4] = ["saga", "scenario", "profile", "defect"];

/// Says that a file is one of another kind, where that shows: of its keys nothing would be known.
fn of_another_kind(node: &node::Node, what: &str) -> Option<Diagnostic> {
    let node::NodeKind::Map(entries) = &node.kind else { return None };
    let head = entries.iter().find(|entry| HEADS.contains(&entry.key.value.as_str()))?;
    if !HEADS.contains(&what) || entries.iter().any(|entry| entry.key.value == what) {
        return None;
    }
    let message = format!("expected a {what} file, with \"{what}\"; this is a {} file", head.key.value);
    let help = format!("`sagasim list files` says what stands in a {what} file");
    Some(SYNTAX.at(head.key.span, message).with_help(help))
}

/// Reads one file that stands alone.
pub(crate) fn read_alone<T: Read>(name: &str, text: &str, what: &str) -> Result<T, Invalid> {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    let mut cx = Reader::default();
    let read = match node::parse(file, text) {
        Ok(node) => match of_another_kind(&node, what) {
            Some(diagnostic) => {
                cx.report(diagnostic);
                None
            }
            None => T::read(Place::root(&node, what), &mut cx),
        },
        Err(diagnostic) => {
            cx.report(*diagnostic);
            None
        }
    };
    match read {
        Some(read) if cx.diagnostics.is_empty() => Ok(read),
        _ => Err(Invalid::new(cx.diagnostics, sources)),
    }
}
