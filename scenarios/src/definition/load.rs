//! A definition: the sagas given, each with the contracts it names.

use std::sync::Arc;

use super::participants::Participants;
use super::platform::Platform;
use super::saga::Saga;
use super::scenario::Scenario;
use super::set::Set;
use super::source::Sources;
use super::span::FileId;

/// What was loaded: one saga or several, and the scenario if one was given.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The sagas in the order given, then those that they start. Never empty.
    pub sagas: Vec<SagaFile>,
    /// The scenario file, if one was given.
    pub scenario: Option<Scenario>,
    /// All texts.
    pub sources: Sources,
    /// The patches that were applied.
    pub sets: Vec<Set>,
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
    /// The plumbing; shared likewise.
    pub platform: Arc<Platform>,
    /// SHA-256 of the saga's canonical form, in hexadecimal digits.
    pub digest: String,
}
