//! From trees to structs: everything is read, then names, orders and what only several files together can break are checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::code::{DUPLICATE_ID, MISSING_FIELD, SYNTAX};
use super::diagnostic::Invalid;
use super::digest::{canonical, digest};
use super::load::{Definition, Embedded, SagaFile};
use super::loader::{Loader, SagaTree, Tree};
use super::node::{Node, NodeKind};
use super::participants::Participants;
use super::reader::{Place, Read, Reader};
use super::saga::Saga;
use super::scenario::Scenario;
use super::set::Set;
use super::source::Sources;
use super::span::{FileId, Span};
use super::{order, references};

/// Contracts by the path of their file; none where they could not be read.
type Contracts<T> = BTreeMap<String, (FileId, Option<Arc<T>>)>;

/// Reads all contract files of one kind.
fn read_all<T: Read>(trees: &BTreeMap<String, Tree>, what: &str, cx: &mut Reader) -> Contracts<T> {
    let read = trees.iter().map(|(path, tree)| {
        let contract = T::read(Place::root(&tree.node, what), cx);
        (path.clone(), (tree.file, contract.map(Arc::new)))
    });
    read.collect()
}

/// The contract under a path, or the default of what could not be read.
fn pick<T: Default>(contracts: &Contracts<T>, path: Option<&String>) -> (FileId, Option<Arc<T>>) {
    path.and_then(|path| contracts.get(path)).cloned().unwrap_or((FileId::NONE, None))
}

impl Loader<'_> {
    /// Turns the trees into structs and checks them.
    pub fn assemble(mut self, given: &[String], sets: &[Set]) -> Result<Definition, Invalid> {
        let participants: Contracts<Participants> = read_all(&self.participants, "participants", &mut self.cx);
        for contract in participants.values().filter_map(|(_, contract)| contract.as_ref()) {
            references::check_participants(contract, &mut self.cx);
        }
        let platforms = read_all(&self.platforms, "platform", &mut self.cx);
        let (mut sagas, mut previous) = (Vec::new(), Vec::new());
        for saga in &self.sagas {
            let (participants_file, systems) = pick(&participants, saga.participants.as_ref());
            let (platform_file, platform) = pick(&platforms, saga.platform.as_ref());
            let Some(read) = read_saga(saga, systems.as_deref(), &mut self.cx) else { continue };
            let list = if saga.is_previous { &mut previous } else { &mut sagas };
            list.push(SagaFile {
                file: saga.tree.file,
                saga: read,
                participants: systems.unwrap_or_default(),
                participants_file,
                platform: platform.unwrap_or_default(),
                platform_file,
                digest: digest([canonical(&saga.tree.node).as_str()]),
            });
        }
        let scenario =
            self.scenario.as_ref().and_then(|tree| Scenario::read(Place::root(&tree.node, "scenario"), &mut self.cx));
        check_given_once(&sagas, &self.sources, &mut self.cx);
        check_together(&sagas, scenario.as_ref(), &mut self.cx);
        if sagas.is_empty() && self.cx.diagnostics.is_empty() {
            self.cx.report(SYNTAX.at(Span::NONE, "no saga was given"));
        }
        if !self.cx.diagnostics.is_empty() {
            return Err(Invalid::new(self.cx.diagnostics, self.sources));
        }
        let embedded = self.embed(given);
        let digest = digest(embedded.texts.iter().map(|(_, text)| text.as_str()));
        Ok(Definition { sagas, previous, scenario, sources: self.sources, sets: sets.to_vec(), digest, embedded })
    }

    /// The canonical texts of all files in a fixed order: as given, then contracts by path. A platform in which nothing is written is left out.
    fn embed(&self, given: &[String]) -> Embedded {
        let contracts = self.participants.values().chain(self.platforms.values());
        let trees = self.scenario.iter().chain(self.sagas.iter().map(|saga| &saga.tree)).chain(contracts);
        let texts = trees
            .filter(|tree| !(tree.file == FileId::NONE && is_empty(&tree.node)))
            .map(|tree| (tree.path.clone(), canonical(&tree.node)));
        Embedded { given: given.to_vec(), texts: texts.collect() }
    }
}

fn is_empty(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Map(entries) if entries.is_empty())
}

/// Reads one saga and checks it against its contracts.
fn read_saga(saga: &SagaTree, systems: Option<&Participants>, cx: &mut Reader) -> Option<Saga> {
    let node = &saga.tree.node;
    let read = Saga::read(Place::root(node, "saga"), cx)?;
    references::check_saga(&read, systems, cx);
    if node.get("participants").is_none_or(Node::is_null) && read.steps.iter().any(|step| step.call.is_some()) {
        let message = format!("saga \"{}\" calls operations and has no \"participants\"", read.name.value);
        cx.report(MISSING_FIELD.at(read.span, message));
    }
    order::check_steps(&read, cx);
    Some(read)
}

/// Reports a version of a saga that stands in two files.
fn check_given_once(sagas: &[SagaFile], sources: &Sources, cx: &mut Reader) {
    for (index, file) in sagas.iter().enumerate() {
        let same = |other: &&SagaFile| other.saga.name == file.saga.name && other.saga.version == file.saga.version;
        if let Some(first) = sagas[..index].iter().find(same) {
            let (name, version) = (&file.saga.name, &file.saga.version);
            let message = format!(
                "saga \"{}\" version {} is also given in {}",
                name.value,
                version.value,
                sources.name(first.file)
            );
            cx.report(DUPLICATE_ID.at(name.span, message).with_secondary(first.saga.name.span, "also here"));
        }
    }
}

/// Checks what only several files together can break.
fn check_together(sagas: &[SagaFile], scenario: Option<&Scenario>, cx: &mut Reader) {
    order::check_starts(sagas, cx);
    let names = || sagas.iter().map(|file| file.saga.name.value.as_str());
    for file in sagas {
        for started in file.saga.steps.iter().filter_map(|step| step.saga.as_ref()) {
            if !names().any(|name| name == started.value) {
                references::report("saga", "saga among the files or beside this one", started, names(), cx);
            }
        }
        references::check_migration(&file.saga, cx);
    }
    if let (Some(scenario), Some(first)) = (scenario, sagas.first()) {
        references::check_scenario(scenario, &first.saga, cx);
    }
}
