//! Reads the files of a definition as trees, follows what they name, and patches them.

use std::collections::BTreeMap;

use super::code::{MISSING_FIELD, SYNTAX, TOO_LARGE, UNKNOWN_REFERENCE};
use super::diagnostic::Invalid;
use super::files::{Files, beside};
use super::load::Definition;
use super::node::{self, MAX_BYTES, Node, NodeKind};
use super::reader::Reader;
use super::set::{self, FileKind, Set};
use super::source::Sources;
use super::span::{FileId, Span, Spanned};

/// So many sagas are followed through `saga` and `previous`.
const MAX_SAGAS: usize = 32;

/// A file as a tree.
pub(crate) struct Tree {
    pub path: String,
    pub file: FileId,
    pub node: Node,
}

/// A saga's tree, with the keys of its contracts among the loader's trees.
pub(crate) struct SagaTree {
    pub tree: Tree,
    pub participants: Option<String>,
    pub platform: Option<String>,
    pub is_previous: bool,
}

/// The name of the correct platform, which stands in no file; a repro file embeds it under this name when it was patched.
const CORRECT: &str = "default.platform.yaml";

/// The trees of a definition while they are gathered.
pub(crate) struct Loader<'f> {
    files: Files<'f>,
    pub sources: Sources,
    pub cx: Reader,
    pub sagas: Vec<SagaTree>,
    pub scenario: Option<Tree>,
    pub participants: BTreeMap<String, Tree>,
    pub platforms: BTreeMap<String, Tree>,
}

impl<'f> Loader<'f> {
    pub fn new(files: Files<'f>) -> Self {
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

    /// Reads the given files and all that they name.
    pub fn run(mut self, given: &[String], sets: &[Set]) -> Result<Definition, Invalid> {
        for (index, path) in given.iter().enumerate() {
            if !given[..index].contains(path) {
                self.open_given(path);
            }
        }
        let patches: Vec<Patch> = sets.iter().filter_map(|set| self.patch(set)).collect();
        self.open_scenario_saga(&patches);
        self.apply(&patches, FileKind::Saga);
        self.follow();
        self.add_correct_platform();
        self.apply(&patches, FileKind::Participants);
        self.apply(&patches, FileKind::Platform);
        self.assemble(given, sets)
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
        // Of participants and of the platform each part is a mapping; a saga has a name and steps.
        let is_contract = !has("steps") && entries.iter().all(|entry| matches!(entry.value.kind, NodeKind::Map(_)));
        if has("scenario") {
            if let Some(first) = &self.scenario {
                let message = format!("a second scenario; \"{}\" was given before", first.path);
                self.cx.report(SYNTAX.at(tree.node.span, message));
            } else {
                self.scenario = Some(tree);
            }
        } else if has("defect") || has("profile") || is_contract {
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

    /// The platform of the sagas that name none: nothing is written in it, unless it was patched when it was embedded.
    fn add_correct_platform(&mut self) {
        if !self.sagas.iter().any(|saga| saga.platform.as_deref() == Some(CORRECT)) {
            return;
        }
        let embedded = matches!(self.files, Files::Memory(_)) && self.files.has(CORRECT);
        let nothing = Node { span: Span::NONE, kind: NodeKind::Map(Vec::new()) };
        let tree = match embedded {
            true => self.open(CORRECT, None),
            false => Some(Tree { path: CORRECT.to_owned(), file: FileId::NONE, node: nothing }),
        };
        self.platforms.extend(tree.map(|tree| (CORRECT.to_owned(), tree)));
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
            if let Some(replaced) = outcomes.iter().find_map(|outcome| outcome.as_ref().ok()) {
                if let Some(source) = self.sources.0.get_mut(usize::from(patch.at.file.0)) {
                    source.replaces = Some(*replaced).filter(|span| !span.is_none());
                }
            } else {
                let nothing = || UNKNOWN_REFERENCE.at(patch.at, "there is no such file to change");
                self.cx.report(outcomes.into_iter().find_map(Result::err).map_or_else(nothing, |error| *error));
            }
        }
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
