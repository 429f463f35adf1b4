//! From files to a definition.
//!
//! Files become trees; the patches of `--set` change the trees; the trees give the digests and become structs; then names and orders are checked. All
//! mistakes of all files are collected.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::code::{MISSING_FIELD, SYNTAX, TOO_LARGE, UNKNOWN_REFERENCE};
use super::diagnostic::Invalid;
use super::digest::{canonical, digest};
use super::files::{Files, beside, normal};
use super::node::{self, MAX_BYTES, Node, NodeKind};
use super::participants::Participants;
use super::platform::Platform;
use super::reader::{Place, Read, Reader};
use super::saga::Saga;
use super::scenario::Scenario;
use super::set::{self, FileKind, Set};
use super::source::Sources;
use super::span::{FileId, Span, Spanned};
use super::{order, references};

/// So many mistakes are shown; of the rest only the number.
pub(crate) const SHOWN: usize = 20;

/// So many sagas are followed through `saga` and `previous`.
const MAX_SAGAS: usize = 32;

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
        let file = candidates.iter().find(|file| texts.iter().any(|(known, _)| known == *file));
        let given = file.cloned().unwrap_or_else(|| candidates[1].clone());
        Loader::new(Files::Memory(&texts)).run(&[given], sets)
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

/// A file as a tree.
struct Tree {
    path: String,
    file: FileId,
    node: Node,
}

/// A saga's tree, with the keys of its contracts among the loader's trees.
struct SagaTree {
    tree: Tree,
    participants: Option<String>,
    platform: Option<String>,
    is_previous: bool,
}

/// The key of the correct platform, which stands in no file.
const CORRECT: &str = "";

struct Loader<'f> {
    files: Files<'f>,
    sources: Sources,
    cx: Reader,
    sagas: Vec<SagaTree>,
    scenario: Option<Tree>,
    participants: BTreeMap<String, Tree>,
    platforms: BTreeMap<String, Tree>,
}

impl<'f> Loader<'f> {
    fn new(files: Files<'f>) -> Self {
        Loader {
            files,
            sources: Sources::default(),
            cx: Reader::default(),
            sagas: Vec::new(),
            scenario: None,
            participants: BTreeMap::new(),
            platforms: BTreeMap::new(),
        }
    }

    fn run(mut self, given: &[String], sets: &[Set]) -> Result<Definition, Invalid> {
        for path in given {
            self.open_given(path);
        }
        let patches: Vec<Patch> = sets.iter().filter_map(|set| self.patch(set)).collect();
        self.open_scenario_saga(&patches);
        self.apply(&patches, FileKind::Saga);
        self.follow();
        self.apply(&patches, FileKind::Participants);
        self.apply(&patches, FileKind::Platform);
        self.finish(given, sets)
    }

    /// Reads a file as a tree. `named` is where a definition names it; none when it was given.
    fn open(&mut self, path: &str, named: Option<(&str, Span)>) -> Option<Tree> {
        let bytes = match self.files.read(path) {
            Ok(bytes) => bytes,
            Err(why) => {
                self.cx.report(match named {
                    Some((field, span)) => {
                        UNKNOWN_REFERENCE.at(span, format!("{field}: cannot read \"{path}\": {why}"))
                    }
                    None => SYNTAX.at(Span::NONE, format!("cannot read \"{path}\": {why}")),
                });
                return None;
            }
        };
        if bytes.len() > MAX_BYTES {
            let file = self.sources.add(path, "");
            self.cx.report(TOO_LARGE.at(Span::start(file), format!("file over {} MiB", MAX_BYTES >> 20)));
            return None;
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let mut bytes = error.into_bytes();
                let message = format!("not UTF-8 text: byte 0x{:02x}", bytes[valid]);
                bytes.truncate(valid);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let file = self.sources.add(path, "");
                self.cx.report(SYNTAX.at(node::span_at(file, &text, valid), message));
                return None;
            }
        };
        let file = self.sources.add(path, text);
        match node::parse(file, &self.sources.get(file)?.text) {
            Ok(node) => Some(Tree { path: path.to_owned(), file, node }),
            Err(diagnostic) => {
                self.cx.report(*diagnostic);
                None
            }
        }
    }

    /// Reads a file from the command line: a saga or a scenario.
    fn open_given(&mut self, path: &str) {
        let Some(tree) = self.open(path, None) else { return };
        let expected = "expected a mapping that begins with \"saga\" or \"scenario\"";
        let NodeKind::Map(entries) = &tree.node.kind else {
            let message = match tree.node.is_null() {
                true => format!("the file is empty; {expected}"),
                false => format!("{expected}, found {}", tree.node.what()),
            };
            self.cx.report(SYNTAX.at(tree.node.span, message));
            return;
        };
        let has = |key: &str| entries.iter().any(|entry| entry.key.value == key);
        if has("scenario") {
            if let Some(first) = &self.scenario {
                let message = format!("a second scenario; \"{}\" was given before", first.path);
                self.cx.report(SYNTAX.at(tree.node.span, message));
            } else {
                self.scenario = Some(tree);
            }
        } else if has("defect") || has("profile") || entries.iter().all(|entry| entry.value.get("operations").is_some())
        {
            let message = format!("{expected}, found another kind of file; give the saga, which names its contracts");
            self.cx.report(SYNTAX.at(tree.node.span, message));
        } else {
            self.push_saga(tree, false);
        }
    }

    fn push_saga(&mut self, tree: Tree, is_previous: bool) {
        self.sagas.push(SagaTree { tree, participants: None, platform: None, is_previous });
    }

    fn open_scenario_saga(&mut self, patches: &[Patch]) {
        self.apply(patches, FileKind::Scenario);
        let Some(scenario) = &self.scenario else { return };
        let Some(saga) = scenario.node.get("saga") else {
            if self.sagas.is_empty() {
                let message = "the scenario has no \"saga\", and no saga was given";
                self.cx.report(MISSING_FIELD.at(scenario.node.span, message));
            }
            return;
        };
        let (span, path) = (saga.span, beside(&scenario.path, saga.text().unwrap_or_default()));
        if !self.sagas.iter().any(|saga| saga.tree.path == path)
            && let Some(tree) = self.open(&path, Some(("saga", span)))
        {
            self.push_saga(tree, false);
        }
    }

    /// Reads what the sagas name: contracts, the sagas that they start, their previous versions.
    fn follow(&mut self) {
        let mut at = 0;
        while at < self.sagas.len() {
            let saga = &self.sagas[at].tree;
            let path = saga.path.clone();
            let named = |key: &str| Some((saga.node.get(key)?.text()?.to_owned(), saga.node.get(key)?.span));
            let (participants, platform) = (named("participants"), named("platform"));
            let started = if self.sagas[at].is_previous { Vec::new() } else { started_sagas(&saga.node) };
            let previous = if self.sagas[at].is_previous { Vec::new() } else { previous_files(&saga.node) };
            self.sagas[at].participants = participants.and_then(|named| self.contract("participants", &path, named));
            self.sagas[at].platform = match platform {
                Some(named) => self.contract("platform", &path, named),
                None => Some(CORRECT.to_owned()),
            };
            for name in started {
                self.open_started(&path, &name.value);
            }
            for file in previous {
                let file_path = beside(&path, &file.value);
                if self.sagas.len() < MAX_SAGAS
                    && !self.sagas.iter().any(|saga| saga.tree.path == file_path)
                    && let Some(tree) = self.open(&file_path, Some(("file", file.span)))
                {
                    self.push_saga(tree, true);
                }
            }
            at += 1;
        }
    }

    /// A started saga is found among those given, else beside the saga that starts it; that it is nowhere is said later, with its step.
    fn open_started(&mut self, path: &str, name: &str) {
        let known = self.sagas.iter().any(|saga| saga.tree.node.get("saga").and_then(Node::text) == Some(name));
        let file = beside(path, &format!("{name}.saga.yaml"));
        if !known
            && self.sagas.len() < MAX_SAGAS
            && !name.contains(['/', '\\'])
            && self.files.has(&file)
            && let Some(tree) = self.open(&file, None)
        {
            self.push_saga(tree, false);
        }
    }

    /// Reads a contract file once, and gives its key.
    fn contract(&mut self, kind: &str, saga: &str, (path, span): (String, Span)) -> Option<String> {
        let path = beside(saga, &path);
        let known = if kind == "participants" { &self.participants } else { &self.platforms };
        if !known.contains_key(&path) {
            let tree = self.open(&path, Some((kind, span)))?;
            let known = if kind == "participants" { &mut self.participants } else { &mut self.platforms };
            known.insert(path.clone(), tree);
        }
        Some(path)
    }

    /// A patch ready to be applied; its value is a source of its own, so that messages can point into it.
    fn patch(&mut self, set: &Set) -> Option<Patch> {
        let file = self.sources.add(format!("--set {}", set.path), set.value.clone());
        let at = Span::start(file);
        let path = match set::Path::parse(&set.path) {
            Ok(path) => path,
            Err(error) => {
                self.cx.report(SYNTAX.at(at, error.to_string()));
                return None;
            }
        };
        match node::parse(file, &set.value) {
            Ok(value) => Some(Patch { path, value, at }),
            Err(diagnostic) => {
                self.cx.report(*diagnostic);
                None
            }
        }
    }

    /// Applies the patches of one kind to every file of that kind that takes them; one that none takes is a mistake.
    fn apply(&mut self, patches: &[Patch], kind: FileKind) {
        if kind == FileKind::Platform && !self.platforms.contains_key(CORRECT) {
            let node = Node { span: Span::NONE, kind: NodeKind::Map(Vec::new()) };
            self.platforms.insert(CORRECT.to_owned(), Tree { path: CORRECT.to_owned(), file: FileId::NONE, node });
        }
        for patch in patches.iter().filter(|patch| patch.path.kind == kind) {
            let roots: Vec<&mut Node> = match kind {
                FileKind::Saga => {
                    let mine = |node: &Node| match &patch.path.of {
                        Some(name) => node.get("saga").and_then(Node::text) == Some(name),
                        None => true,
                    };
                    self.sagas.iter_mut().map(|saga| &mut saga.tree.node).filter(|node| mine(node)).collect()
                }
                FileKind::Participants => self.participants.values_mut().map(|tree| &mut tree.node).collect(),
                FileKind::Platform => self.platforms.values_mut().map(|tree| &mut tree.node).collect(),
                FileKind::Scenario => self.scenario.iter_mut().map(|tree| &mut tree.node).collect(),
            };
            let outcomes: Vec<_> =
                roots.into_iter().map(|root| set::apply(root, &patch.path, &patch.value, patch.at)).collect();
            if !outcomes.iter().any(Result::is_ok) {
                let nothing = || UNKNOWN_REFERENCE.at(patch.at, "there is no such file to change");
                self.cx.report(outcomes.into_iter().find_map(Result::err).map_or_else(nothing, |error| *error));
            }
        }
    }

    /// Turns the trees into structs and checks them.
    fn finish(mut self, given: &[String], sets: &[Set]) -> Result<Definition, Invalid> {
        let participants: BTreeMap<&String, (FileId, Option<Arc<Participants>>)> = self
            .participants
            .iter()
            .map(|(path, tree)| {
                let read = Participants::read(Place::root(&tree.node, "participants"), &mut self.cx);
                if let Some(read) = &read {
                    references::check_participants(read, &mut self.cx);
                }
                (path, (tree.file, read.map(Arc::new)))
            })
            .collect();
        let platforms: BTreeMap<&String, (FileId, Option<Arc<Platform>>)> = self
            .platforms
            .iter()
            .map(|(path, tree)| {
                let read = match tree.node.is_null() {
                    true => Some(Platform::default()),
                    false => Platform::read(Place::root(&tree.node, "platform"), &mut self.cx),
                };
                (path, (tree.file, read.map(Arc::new)))
            })
            .collect();
        let mut sagas = Vec::new();
        let mut previous = Vec::new();
        for SagaTree { tree, participants: systems, platform, is_previous } in &self.sagas {
            let saga = Saga::read(Place::root(&tree.node, "saga"), &mut self.cx);
            let (participants_file, systems_read) = match systems.as_ref().and_then(|path| participants.get(path)) {
                Some((file, read)) => (*file, read.clone()),
                None => (FileId::NONE, None),
            };
            let platform = platform.as_ref().and_then(|path| platforms.get(path)).cloned();
            let Some(saga) = saga else { continue };
            references::check_saga(&saga, systems_read.as_deref(), &mut self.cx);
            if tree.node.get("participants").is_none_or(Node::is_null)
                && saga.steps.iter().any(|step| step.call.is_some())
            {
                let message = format!("saga \"{}\" calls operations and has no \"participants\"", saga.name.value);
                self.cx.report(MISSING_FIELD.at(saga.span, message));
            }
            order::check_steps(&saga, &mut self.cx);
            let (platform_file, platform) = platform.unwrap_or((FileId::NONE, None));
            let list = if *is_previous { &mut previous } else { &mut sagas };
            list.push(SagaFile {
                file: tree.file,
                saga,
                participants: systems_read.unwrap_or_default(),
                participants_file,
                platform: platform.unwrap_or_default(),
                platform_file,
                digest: digest([canonical(&tree.node).as_str()]),
            });
        }
        let scenario =
            self.scenario.as_ref().and_then(|tree| Scenario::read(Place::root(&tree.node, "scenario"), &mut self.cx));
        check_together(&sagas, scenario.as_ref(), &mut self.cx);
        let embedded = self.embed(given);
        if sagas.is_empty() && self.cx.diagnostics.is_empty() {
            self.cx.report(SYNTAX.at(Span::NONE, "no saga was given"));
        }
        if !self.cx.diagnostics.is_empty() {
            return Err(Invalid::new(self.cx.diagnostics, self.sources));
        }
        let digest = digest(embedded.texts.iter().map(|(_, text)| text.as_str()));
        Ok(Definition { sagas, previous, scenario, sources: self.sources, sets: sets.to_vec(), digest, embedded })
    }

    /// The canonical texts of all files in a fixed order: as given, then contracts by path.
    fn embed(&self, given: &[String]) -> Embedded {
        let contracts = self.participants.values().chain(self.platforms.values());
        let trees = self.scenario.iter().chain(self.sagas.iter().map(|saga| &saga.tree)).chain(contracts);
        let texts =
            trees.filter(|tree| tree.path != CORRECT).map(|tree| (tree.path.clone(), canonical(&tree.node))).collect();
        Embedded { given: given.to_vec(), texts }
    }
}

/// A patch in parts.
struct Patch {
    path: set::Path,
    value: Node,
    at: Span,
}

/// The names under `steps[].saga`.
fn started_sagas(saga: &Node) -> Vec<Spanned<String>> {
    list_of(saga, "steps", "saga")
}

/// The paths under `previous[].file`.
fn previous_files(saga: &Node) -> Vec<Spanned<String>> {
    list_of(saga, "previous", "file")
}

fn list_of(node: &Node, list: &str, field: &str) -> Vec<Spanned<String>> {
    let Some(Node { kind: NodeKind::List(nodes), .. }) = node.get(list) else {
        return Vec::new();
    };
    let scalar = |node: &Node| {
        let value = node.get(field)?;
        Some(Spanned::new(value.text()?.to_owned(), value.span))
    };
    nodes.iter().filter_map(scalar).collect()
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
