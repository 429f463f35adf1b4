//! What names refer to (SG0004): every name in a saga that stands for something else must have it.

use std::collections::BTreeSet;

use super::code::{MISSING_FIELD, UNKNOWN_REFERENCE};
use super::events::EmitWhen;
use super::keys::{KeyPath, KeyTemplate};
use super::participants::Participants;
use super::reader::Reader;
use super::saga::Saga;
use super::scalars::OperationRef;
use super::scenario::{At, Scenario};
use super::span::{Span, Spanned};
use super::step::Step;
use super::{Compensation, CustomerImpact};
use crate::nearest::nearest;

/// So many names are compared with a misspelt one, and only for the first mistakes: a hostile file has thousands of each.
const CANDIDATES: usize = 2_000;

/// Reports every name in the saga that stands for nothing.
pub(crate) fn check_saga(saga: &Saga, participants: Option<&Participants>, cx: &mut Reader) {
    let check = Check::new(saga, participants);
    check.items(cx);
    for step in &saga.steps {
        check.step(step, cx);
    }
    for policy in &saga.retry {
        let given = policy.value.unknown_outcome_policy.iter();
        names("unknownOutcomePolicy", "unknown-outcome policy", given, &saga.unknown_outcome.ids().collect(), cx);
    }
    for compensation in &saga.compensations {
        check.compensation(&compensation.value, cx);
    }
    for command in &saga.commands {
        names("step", "step", command.value.step.iter(), &check.steps, cx);
        check.key(command.value.key.as_ref(), cx);
    }
    check.events(cx);
    check.records(cx);
}

/// Names that other places refer to, as sets: a hostile file has thousands of each.
type Names<'d> = BTreeSet<&'d str>;

struct Check<'d> {
    saga: &'d Saga,
    participants: Option<&'d Participants>,
    steps: Names<'d>,
    items: Names<'d>,
    retry: Names<'d>,
    compensations: Names<'d>,
    rules: Names<'d>,
    events: Names<'d>,
    /// What keys may call the records that the steps create.
    records: BTreeSet<String>,
}

/// Reports each given name that is not among the known ones.
fn names<'n>(
    field: &str,
    what: &str,
    given: impl Iterator<Item = &'n Spanned<String>>,
    known: &Names<'_>,
    cx: &mut Reader,
) {
    for name in given.filter(|name| !known.contains(name.value.as_str())) {
        if cx.unread.contains(&name.value) {
            continue;
        }
        report(field, what, name, known.iter().copied(), cx);
    }
}

impl<'d> Check<'d> {
    fn new(saga: &'d Saga, participants: Option<&'d Participants>) -> Self {
        let created = saga.steps.iter().filter_map(|step| {
            let call = step.call.as_ref()?;
            participants?.operation(&call.system, &call.operation)?.creates.as_ref()
        });
        Check {
            saga,
            participants,
            steps: saga.steps.iter().map(|step| step.id.value.as_str()).collect(),
            items: saga.items.ids().collect(),
            retry: saga.retry.ids().collect(),
            compensations: saga.compensations.ids().collect(),
            rules: saga.reconcile.iter().map(|rule| rule.id.value.as_str()).collect(),
            events: saga.emits.iter().map(|emission| emission.kind.value.as_str()).collect(),
            records: created.map(|list| singular(&list.value)).collect(),
        }
    }

    fn items(&self, cx: &mut Reader) {
        for item in &self.saga.items {
            names("completeAfter", "step", item.value.complete_after.iter().flatten(), &self.steps, cx);
            names("reliesOn", "item", item.value.relies_on.iter(), &self.items, cx);
            names("bundles", "item", item.value.bundles.iter(), &self.items, cx);
            for charge in &item.value.charges {
                names("billOn", "step", charge.value.bill_on.iter(), &self.steps, cx);
            }
        }
    }

    fn step(&self, step: &'d Step, cx: &mut Reader) {
        names("item", "item", step.item.iter(), &self.items, cx);
        names("after", "step", step.after.iter(), &self.steps, cx);
        names("retry", "retry policy", step.retry.iter(), &self.retry, cx);
        names("compensation", "compensation", step.compensation.iter(), &self.compensations, cx);
        self.operation("call", step.call.as_ref(), cx);
        self.key(step.key.as_ref(), cx);
        self.key(step.until.as_ref(), cx);
        self.charge(step, cx);
        self.rejections(step, cx);
    }

    fn charge(&self, step: &'d Step, cx: &mut Reader) {
        let Some(charge) = &step.charge else { return };
        match step.item.as_ref().map(|item| self.saga.items.get(&item.value)) {
            Some(Some(item)) => {
                names("charge", "charge of its item", [charge].into_iter(), &item.charges.ids().collect(), cx);
            }
            Some(None) => {}
            None => {
                let message = format!("step \"{}\" has a charge and no \"item\"", step.id.value);
                cx.report(MISSING_FIELD.at(step.span, message));
            }
        }
    }

    /// The reasons of `onReject` are those that the operation's contract gives, and `other`.
    fn rejections(&self, step: &'d Step, cx: &mut Reader) {
        let Some(call) = &step.call else { return };
        let contract = self.participants.and_then(|all| all.operation(&call.system, &call.operation));
        let Some(contract) = contract else { return };
        let reasons = contract.rejections.iter().map(|reason| reason.value.as_str()).chain(["other"]);
        let given = step.on_reject.iter().map(|reason| &reason.id);
        names("onReject", "rejection of its operation", given, &reasons.collect(), cx);
    }

    fn operation(&self, field: &str, given: Option<&Spanned<OperationRef>>, cx: &mut Reader) {
        let (Some(given), Some(participants)) = (given, self.participants) else { return };
        let is_there = participants.operation(&given.system, &given.operation).is_some();
        if is_there || cx.unread.contains(&given.system) || cx.unread.contains(&given.operation) {
            return;
        }
        if self.is_without_system(&given.system, given.span, cx) {
            return;
        }
        let all: Vec<_> = participants
            .systems
            .iter()
            .flat_map(|system| system.value.operations.ids().map(move |id| format!("{}.{id}", system.id.value)))
            .collect();
        let name = Spanned::new(given.value.to_string(), given.span);
        report(field, "operation", &name, all.iter().map(String::as_str), cx);
    }

    /// Reports a system that the contracts do not have: once for all that is called there.
    fn is_without_system(&self, system: &str, span: Span, cx: &mut Reader) -> bool {
        let Some(participants) = self.participants else { return false };
        let is_absent = participants.systems.get(system).is_none();
        if is_absent {
            report("participants", "system", &Spanned::new(system.to_owned(), span), participants.systems.ids(), cx);
        }
        is_absent
    }

    /// A record in a key is one that a step of this saga creates.
    fn key(&self, key: Option<&Spanned<KeyTemplate>>, cx: &mut Reader) {
        let (Some(key), Some(_)) = (key, self.participants) else { return };
        for path in key.paths() {
            if let KeyPath::Record { record, .. } = path
                && !self.records.contains(record)
            {
                let message = format!("key: \"{path}\" names no record that a step of the saga creates");
                let known: Vec<_> = self.records.iter().take(CANDIDATES).map(String::as_str).collect();
                let diagnostic = UNKNOWN_REFERENCE.at(key.span, message);
                let help = match (nearest(record, known.iter().copied()), known.is_empty()) {
                    (Some(near), _) => format!("nearest: \"{near}\""),
                    (None, false) => format!(
                        "steps create {}; `sagasim list keys` names all that a key can be made of",
                        known.join(", ")
                    ),
                    (None, true) => "`sagasim list keys` names all that a key can be made of".to_owned(),
                };
                cx.report(diagnostic.with_help(help));
            }
        }
    }

    fn compensation(&self, value: &'d Compensation, cx: &mut Reader) {
        self.operation("call", value.call.as_ref(), cx);
        for effect in value.side_effects.iter().flatten() {
            self.operation("sideEffects", Some(effect), cx);
        }
        self.key(value.key.as_ref(), cx);
        names("reconcile", "reconcile rule", value.reconcile.iter(), &self.rules, cx);
        names("retry", "retry policy", value.retry.iter(), &self.retry, cx);
        names("after", "compensation", value.after.iter(), &self.compensations, cx);
        if let Some(Spanned { value: CustomerImpact::Notify(event), span }) = &value.customer_impact {
            let event = Spanned::new(event.clone(), *span);
            names("notify", "event in emits", [&event].into_iter(), &self.events, cx);
        }
    }

    fn events(&self, cx: &mut Reader) {
        for emission in &self.saga.emits {
            names("step", "step", emission.step.iter(), &self.steps, cx);
            let by_step = emission.when.is_some_and(|when| when.value == EmitWhen::StepCompleted);
            if by_step && emission.step.is_none() {
                let message = format!("event \"{}\" is emitted by a step and has no \"step\"", emission.kind.value);
                cx.report(MISSING_FIELD.at(emission.span, message));
            }
        }
        for consumer in &self.saga.consumers {
            names("events", "event in emits", consumer.events.iter(), &self.events, cx);
            self.operation("call", consumer.call.as_ref(), cx);
            names("retry", "retry policy", consumer.retry.iter(), &self.retry, cx);
            self.key(consumer.key.as_ref(), cx);
        }
    }

    fn records(&self, cx: &mut Reader) {
        let lists: BTreeSet<String> = self.participants.map(record_lists).unwrap_or_default();
        let lists: Names<'_> = lists.iter().map(String::as_str).collect();
        for of in self.saga.reconcile.iter().filter_map(|rule| rule.of.as_ref()).filter(|_| self.participants.is_some())
        {
            if cx.unread.contains(&of.value.system) || self.is_without_system(&of.value.system, of.span, cx) {
                continue;
            }
            let name = Spanned::new(of.value.to_string(), of.span);
            names("of", "record list", [&name].into_iter(), &lists, cx);
        }
        for state in &self.saga.dashboard {
            names("item", "item", state.item.iter(), &self.items, cx);
        }
    }
}

/// All lists of all systems: `billing.charges`.
fn record_lists(participants: &Participants) -> BTreeSet<String> {
    let mut lists = BTreeSet::new();
    for system in &participants.systems {
        let created = system.value.operations.iter().filter_map(|operation| operation.value.creates.as_ref());
        lists.extend(created.map(|list| format!("{}.{}", system.id.value, list.value)));
    }
    lists
}

/// A record's name is its list's without the plural.
#[must_use]
pub fn singular(list: &str) -> String {
    match list.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => list.strip_suffix('s').unwrap_or(list).to_owned(),
    }
}

pub(crate) fn report<'n>(
    field: &str,
    what: &str,
    given: &Spanned<String>,
    candidates: impl Iterator<Item = &'n str>,
    cx: &mut Reader,
) {
    let near = if cx.diagnostics.len() < super::load::SHOWN {
        nearest(&given.value, candidates.take(CANDIDATES))
    } else {
        None
    };
    let name = super::node::shorten(&given.value);
    let message = match near {
        Some(near) => format!("{field}: \"{name}\" names no {what}; nearest: \"{near}\""),
        None => format!("{field}: \"{name}\" names no {what}"),
    };
    cx.report(UNKNOWN_REFERENCE.at(given.span, message));
}

/// Reports every name in the contracts that stands for nothing.
pub(crate) fn check_participants(participants: &Participants, cx: &mut Reader) {
    for system in &participants.systems {
        for operation in &system.value.operations {
            let value = &operation.value;
            for (field, given) in [("undoes", &value.undoes), ("updates", &value.updates)] {
                let operations = &system.value.operations;
                let creates = given.as_ref().and_then(|given| operations.get(&given.value)).map(|other| &other.creates);
                let Some(given) = given else { continue };
                match creates {
                    None => report(field, "operation of its system", given, operations.ids(), cx),
                    Some(None) => {
                        let message = format!("{field}: \"{}\" creates no records", given.value);
                        cx.report(UNKNOWN_REFERENCE.at(given.span, message));
                    }
                    Some(Some(_)) => {}
                }
            }
            if let Some(pool) = value.pool.as_ref().filter(|pool| system.value.pools.get(&pool.value).is_none()) {
                report("pool", "pool of its system", pool, system.value.pools.ids(), cx);
            }
        }
    }
}

/// Reports migrations to steps that are not there.
pub(crate) fn check_migration(saga: &Saga, cx: &mut Reader) {
    for step in saga.migration.iter().flat_map(|migration| &migration.from).flat_map(|version| &version.value) {
        let Some(now) = step.value.now.as_ref().filter(|now| now.value != "NONE") else { continue };
        if saga.step(&now.value).is_none() {
            report("now", "step", now, saga.steps.iter().map(|step| step.id.value.as_str()), cx);
        }
    }
}

/// Reports names in a scenario that the saga does not have.
pub(crate) fn check_scenario(scenario: &Scenario, saga: &Saga, cx: &mut Reader) {
    for command in &scenario.commands {
        if saga.commands.get(&command.id.value).is_none() {
            report("commands", "command of the saga", &command.id, saga.commands.ids(), cx);
        }
        if let Some(item) = command.value.item.as_ref().filter(|item| saga.items.get(&item.value).is_none()) {
            report("item", "item", item, saga.items.ids(), cx);
        }
        if let Some(Spanned { value: At::AfterStep(step), span }) = &command.value.at
            && saga.step(step).is_none()
        {
            let step = Spanned::new(step.clone(), *span);
            report("at", "step", &step, saga.steps.iter().map(|step| step.id.value.as_str()), cx);
        }
    }
    let steps = saga.steps.iter().map(|step| step.id.value.as_str()).chain(saga.compensations.ids());
    let steps: Names<'_> = steps.chain(saga.consumers.iter().map(|consumer| consumer.id.value.as_str())).collect();
    names("goals", "step, compensation or consumer", scenario.goals.cells.iter().map(|cell| &cell.step), &steps, cx);
}
