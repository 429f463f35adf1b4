//! From a definition to a model: names become dense ids, policies are resolved, predicates are compiled.
//!
//! The loader has already refused what cannot be read. What is refused here is what only shows when things are put
//! together: too much of something, two names with one hash, predicates that do not type-check. All of it is reported,
//! not just the first.

mod contracts;
mod extent;
mod items;
mod keys;
mod policies;
mod steps;
#[cfg(test)]
mod tests;
mod watches;

use std::collections::BTreeMap;

use sim_core::Duration;

use super::{ChargeIx, ItemIx, Model, OpIx, Plumbing, RetryIx, StepIx, StepSet, UnknownIx, names};
use crate::definition::{
    Definition, Diagnostic, LockMode, Locking, Participants, Platform, Saga, SagaFile, Scenario, Span, Spanned,
};
use crate::nodes;
use crate::nodes::oms::UNKNOWN_FIELDS;
use crate::predicate::fields::FIELDS;
use crate::predicate::{Field, FieldId, Predicate, Read, Scope, Vocabulary};

/// The most forward steps of one saga.
pub const STEPS_MAX: usize = 250;
/// The most undo steps: one for each step and compensation of it.
pub const UNDOS_MAX: usize = 1_000;
/// The most items of one order; a workload holds them as a mask.
pub const ITEMS_MAX: usize = 60;
/// The most systems, consumers and relays together; each is a part that crashes by itself.
pub const PARTS_MAX: usize = 200;
/// The most types of event; a consumer holds them as a mask.
pub const EVENTS_MAX: usize = 64;
/// The most of anything else that is numbered in one byte.
pub const OTHERS_MAX: usize = 250;

/// The virtual epoch where no scenario says otherwise: 2026-01-28T09:00:00Z, in microseconds since 1970.
pub const EPOCH: i64 = 1_769_590_800_000_000;

impl Model {
    /// The model of the first saga of a definition, under its scenario if there is one.
    ///
    /// # Errors
    ///
    /// Everything that keeps the definition from being simulated, with its places.
    pub fn new(definition: &Definition) -> Result<Self, Vec<Diagnostic>> {
        match definition.sagas.first() {
            Some(file) => Self::of(file, definition.scenario.as_ref()),
            None => {
                let message = "no saga file was given".to_string();
                Err(vec![Diagnostic::error("SG0006", "missing-field", Span::NONE, message)])
            }
        }
    }

    /// The model of one saga with the contracts it names.
    ///
    /// # Errors
    ///
    /// As for [`Model::new`].
    pub fn of(file: &SagaFile, scenario: Option<&Scenario>) -> Result<Self, Vec<Diagnostic>> {
        let (saga, participants, platform) = (&file.saga, &*file.participants, &*file.platform);
        let too_large = too_large(saga, participants, platform);
        if !too_large.is_empty() {
            return Err(too_large);
        }
        let vocabulary = Vocabulary::of(saga, participants).map_err(|error| {
            vec![Diagnostic::error("SG0005", "unit-or-type", saga.participants_span(), error.to_string())]
        })?;
        let mut compiler = Compiler::new(saga, participants, vocabulary);
        let mut model = compiler.model(platform);
        model.epoch = scenario.and_then(|scenario| scenario.start.as_ref()).map_or(EPOCH, |start| start.value.0);
        compiler.waits(&mut model);
        model.horizon = model.extent();
        model.vocabulary = compiler.vocabulary;
        compiler.diagnostics.extend(collisions(&model));
        if compiler.diagnostics.is_empty() { Ok(model) } else { Err(compiler.diagnostics) }
    }
}

impl Saga {
    /// Where the participants file is named, else the saga.
    fn participants_span(&self) -> Span {
        self.participants.as_ref().map_or(self.span, |path| path.span)
    }
}

/// What there is too much of. Everything later relies on it that the counts fit their ids.
fn too_large(saga: &Saga, participants: &Participants, platform: &Platform) -> Vec<Diagnostic> {
    let charges = saga.items.iter().map(|item| item.value.charges.len()).sum();
    let undos = saga.steps.iter().map(|step| step.compensation.len()).sum();
    let systems = || participants.systems.iter().map(|system| &system.value);
    let relays = platform.outbox.relays.value.max(1) as usize;
    let parts = participants.systems.len().saturating_add(saga.consumers.len()).saturating_add(relays);
    let operations = || systems().map(|system| system.operations.len());
    let undos_of_one = saga.steps.iter().map(|step| step.compensation.len()).max().unwrap_or(0);
    let pools = systems().map(|system| system.pools.len()).max().unwrap_or(0);
    let reasons = systems().flat_map(|system| &system.operations).map(|operation| operation.value.rejections.len());
    [
        ("forward steps", saga.steps.len(), STEPS_MAX),
        ("compensations of all steps", undos, UNDOS_MAX),
        ("compensations of one step", undos_of_one, 20),
        ("items", saga.items.len(), ITEMS_MAX),
        ("systems, consumers and relays", parts, PARTS_MAX),
        ("types of event", saga.emits.len(), EVENTS_MAX),
        ("charges", charges, OTHERS_MAX),
        ("operations", operations().sum(), 2_000),
        ("operations of one system", operations().max().unwrap_or(0), OTHERS_MAX),
        ("pools of one system", pools, OTHERS_MAX),
        ("rejections of one operation", reasons.max().unwrap_or(0), OTHERS_MAX),
        ("retry policies", saga.retry.len(), OTHERS_MAX),
        ("unknown-outcome policies", saga.unknown_outcome.len(), OTHERS_MAX),
        ("commands", saga.commands.len(), OTHERS_MAX),
        ("reconcile rules", saga.reconcile.len(), OTHERS_MAX),
        ("dashboard states", saga.dashboard.len(), OTHERS_MAX),
        ("invariants", saga.invariants.len(), OTHERS_MAX),
    ]
    .into_iter()
    .filter(|(_, count, most)| count > most)
    .map(|(what, count, most)| {
        Diagnostic::error("SG0007", "too-large", saga.span, format!("{count} {what}, expected at most {most}"))
    })
    .collect()
}

/// Two things whose names have one hash would share their luck, so one of them must be renamed.
fn collisions(model: &Model) -> Vec<Diagnostic> {
    let clash = |(first, second)| {
        let message = format!("{first} and {second} have names with the same hash");
        Diagnostic::error("SG0003", "duplicate-id", Span::NONE, message).with_help("rename one of them")
    };
    names::collisions(model).into_iter().map(clash).collect()
}

/// What the definition's names stand for, and what is wrong so far.
struct Compiler<'d> {
    saga: &'d Saga,
    participants: &'d Participants,
    vocabulary: Vocabulary,
    diagnostics: Vec<Diagnostic>,
    steps: BTreeMap<&'d str, StepIx>,
    operations: BTreeMap<(&'d str, &'d str), OpIx>,
    /// The forward steps before each forward step, itself excluded.
    ancestors: Vec<StepSet>,
}

impl<'d> Compiler<'d> {
    fn new(saga: &'d Saga, participants: &'d Participants, vocabulary: Vocabulary) -> Self {
        let steps = saga.steps.iter().enumerate().map(|(i, step)| (step.id.as_str(), StepIx(i as u16))).collect();
        let operations = participants
            .systems
            .iter()
            .flat_map(|system| system.value.operations.ids().map(|operation| (system.id.as_str(), operation)))
            .enumerate()
            .map(|(i, name)| (name, OpIx(i as u16)))
            .collect();
        let mut compiler =
            Self { saga, participants, vocabulary, diagnostics: Vec::new(), steps, operations, ancestors: Vec::new() };
        compiler.ancestors = compiler.closure();
        compiler
    }

    /// Everything but the waits, the extent and the vocabulary.
    fn model(&mut self, platform: &Platform) -> Model {
        let (systems, operations) = self.contracts();
        let mut plumbing = Plumbing::new(platform);
        plumbing.relays = plumbing.relays.max(1);
        if self.saga.lock.as_ref().and_then(|lock| lock.mode).is_some_and(|mode| mode.value == LockMode::None) {
            plumbing.locking = Locking::None;
        }
        let parts = nodes::number_parts(plumbing.relays as usize, systems.len(), self.saga.consumers.len());
        let (items, charges) = self.items();
        let retries = self.retries();
        let unknowns = self.unknowns();
        let mut steps = self.forward_steps(&operations);
        let undo = self.undo_steps(&mut steps);
        let (forward, undo_end) = (steps.len() as u16, (steps.len() + undo.len()) as u16);
        steps.extend(undo);
        let (consumers, calls) = self.consumers(undo_end);
        steps.extend(calls);
        let mut model = Model {
            saga: self.saga.name.value.clone(),
            version: self.saga.version.value.clone(),
            names: sim_core::hash::names(&[&self.saga.name]),
            items,
            charges,
            steps,
            forward,
            undo_end,
            systems,
            operations,
            retries,
            unknowns,
            commands: self.commands(),
            emissions: self.emissions(),
            consumers,
            rules: self.rules(),
            dashboard: self.dashboard(),
            custom: self.custom(),
            timeout: self.timeout(),
            fallout: self.fallout(),
            plumbing,
            parts,
            business_key: self.saga.business_key.as_ref().map(|key| self.key(key, &keys::Place::order())),
            epoch: EPOCH,
            horizon: Duration::ZERO,
            vocabulary: Vocabulary::new(),
        };
        for (system, &part) in model.systems.iter_mut().zip(&model.parts.systems) {
            system.part = part;
        }
        model
    }

    fn report(&mut self, code: &'static str, slug: &'static str, span: Span, message: String) {
        self.diagnostics.push(Diagnostic::error(code, slug, span, message));
    }

    fn unknown_name(&mut self, what: &str, name: &Spanned<String>) {
        self.report("SG0004", "unknown-reference", name.span, format!("\"{}\" names no {what}", name.value));
    }

    fn step(&mut self, name: &Spanned<String>) -> Option<StepIx> {
        let found = self.steps.get(name.as_str()).copied();
        if found.is_none() {
            self.unknown_name("step", name);
        }
        found
    }

    fn step_list<'n>(&mut self, names: impl IntoIterator<Item = &'n Spanned<String>>) -> Vec<StepIx> {
        names.into_iter().filter_map(|name| self.step(name)).collect()
    }

    fn item(&mut self, name: &Spanned<String>) -> Option<ItemIx> {
        let found = self.saga.items.position(name).map(|i| ItemIx(i as u8));
        if found.is_none() {
            self.unknown_name("item", name);
        }
        found
    }

    fn item_of(&mut self, name: Option<&Spanned<String>>) -> ItemIx {
        name.and_then(|name| self.item(name)).unwrap_or(ItemIx::ORDER)
    }

    /// The charge of an item, by the order in which all charges are written.
    fn charge(&mut self, item: ItemIx, name: &Spanned<String>) -> Option<ChargeIx> {
        let mut before = 0;
        for (i, entry) in self.saga.items.iter().enumerate() {
            if i == item.ix() {
                let found = entry.value.charges.position(name).map(|at| ChargeIx((before + at) as u16));
                if found.is_none() {
                    self.unknown_name(&format!("charge of item \"{}\"", entry.id.value), name);
                }
                return found;
            }
            before += entry.value.charges.len();
        }
        None
    }

    fn retry(&mut self, name: Option<&Spanned<String>>) -> Option<RetryIx> {
        let name = name?;
        let found = self.saga.retry.position(name).map(|i| RetryIx(i as u8));
        if found.is_none() {
            self.unknown_name("retry policy", name);
        }
        found
    }

    fn unknown(&mut self, name: Option<&Spanned<String>>) -> Option<UnknownIx> {
        let name = name?;
        let found = self.saga.unknown_outcome.position(name).map(|i| UnknownIx(i as u8));
        if found.is_none() {
            self.unknown_name("unknown-outcome policy", name);
        }
        found
    }

    fn operation(&mut self, name: &Spanned<crate::definition::OperationRef>) -> Option<OpIx> {
        let found = self.operations.get(&(name.system.as_str(), name.operation.as_str())).copied();
        if found.is_none() {
            self.unknown_name("operation", &Spanned::new(name.value.to_string(), name.span));
        }
        found
    }

    /// Compiles a predicate that is put to the OMS, which knows the order and nothing of the records of others.
    fn asked_of_oms(&mut self, field: &str, source: &Spanned<String>, scope: Scope) -> Option<Predicate> {
        let predicate = self.predicate(field, source, scope)?;
        let why = |path: &str| format!("{field}: cannot read {path}, which nothing tells the OMS");
        self.refuse_reads(source, &predicate, (UNKNOWN_FIELDS, false), why);
        Some(predicate)
    }

    /// Refuses a predicate that reads one of these fields, or records where they are not at hand.
    fn refuse_reads(
        &mut self,
        source: &Spanned<String>,
        predicate: &Predicate,
        (unknown, has_records): (&[Field], bool),
        message: impl Fn(&str) -> String,
    ) {
        let path = predicate.reads().find_map(|read| match read {
            Read::Field(FieldId::Known(known)) if unknown.contains(&known) => Some(FIELDS[known as usize].path),
            Read::List(_) if !has_records => Some("the records of a system"),
            _ => None,
        });
        if let Some(path) = path {
            self.diagnostics.push(Diagnostic::error("SG0005", "unit-or-type", source.span, message(path)));
        }
    }

    /// Compiles a predicate; what is wrong with it is reported at its place within the source.
    fn predicate(&mut self, field: &str, source: &Spanned<String>, scope: Scope) -> Option<Predicate> {
        match self.vocabulary.compile(source, scope) {
            Ok(predicate) => Some(predicate),
            Err(error) => {
                let span = within(source, error.offset);
                let message = format!("{field}: {}", error.message);
                let diagnostic = Diagnostic::error("SG0005", "unit-or-type", span, message);
                self.diagnostics.push(match error.help {
                    Some(help) => diagnostic.with_help(help),
                    None => diagnostic,
                });
                None
            }
        }
    }
}

/// The place of the word or literal that begins at a byte of a scalar. Where the text as written is not the value
/// (escapes, several lines), the whole scalar is the place: a byte of the one is no byte of the other.
fn within(source: &Spanned<String>, offset: usize) -> Span {
    let (span, value) = (source.span, source.as_str());
    let quote = match ((span.end - span.start) as usize).checked_sub(value.len()) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return span,
    };
    let Some((before, behind)) = value.split_at_checked(offset) else { return span };
    if span.is_none() || value.contains('\n') {
        return span;
    }
    let start = span.start + (quote + offset) as u32;
    let column = span.column + (quote + before.chars().count()) as u32;
    Span { start, end: start + token(behind) as u32, column, ..span }
}

/// The length of the word or quoted text at the beginning, else of its first character.
fn token(text: &str) -> usize {
    let first = text.chars().next();
    let quoted = first.filter(|c| matches!(c, '"' | '\'')).and_then(|quote| text[1..].find(quote)).map(|at| at + 2);
    let word = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    quoted.unwrap_or(word.max(first.map_or(0, char::len_utf8)))
}

fn value<T: Copy>(field: Option<&Spanned<T>>) -> Option<T> {
    field.map(|field| field.value)
}

fn span(field: crate::definition::Duration) -> Duration {
    Duration(field.micros())
}

fn duration(field: Option<&Spanned<crate::definition::Duration>>) -> Option<Duration> {
    field.map(|field| span(field.value))
}
