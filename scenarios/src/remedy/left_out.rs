//! What was left out of a saga and has an effect: each with a value that fits, taken from the rest of the definition
//! where it has one.
//!
//! Whether a value helps is not decided here: the reduced run is done again with it.

use super::policies::comes_after;
use super::{Remedy, add};
use crate::definition::{
    Compensation, EffectKind, Failure, Keyword as _, NamedList, Operation, OperationRef, Reply, RetryPolicy, SagaFile,
    Span, Spanned, Step, StepKind,
};

/// A part of a saga that leaves something out.
struct Owner<'a> {
    /// What it is called in advice.
    name: &'a str,
    /// Its path, as in `--set`.
    path: String,
    span: Span,
    /// Whether a failure at a step of that name is near.
    about: bool,
}

impl Owner<'_> {
    /// A field with a value for it, if it was left out.
    fn lacks(&self, found: &mut Vec<Remedy>, is_absent: bool, field: &str, value: &str) {
        if is_absent {
            let advice = format!("write {field}: {value} under {}, which has no {field}", self.name);
            let path = format!("{}.{field}", self.path);
            add(found, &path, value, (self.span, advice), self.about.then_some(self.name));
        }
    }
}

fn contract<'a>(file: &'a SagaFile, call: Option<&Spanned<OperationRef>>) -> Option<&'a Operation> {
    let call = &call?.value;
    file.participants.operation(&call.system, &call.operation)
}

/// All that was left out of a saga.
pub fn left_out(file: &SagaFile, found: &mut Vec<Remedy>) {
    let at = |rest: &str| format!("saga({}).{rest}", file.saga.name.value);
    for step in file.saga.steps.iter().filter(|step| step.call.is_some()) {
        let id = step.id.value.as_str();
        let owner = Owner { name: id, path: at(&format!("steps[{id}]")), span: step.span, about: true };
        of_step(file, (&owner, step), found);
    }
    for named in &file.saga.compensations {
        let id = named.id.as_str();
        let span = named.value.span;
        let owner = Owner { name: id, path: at(&format!("compensations.{id}")), span, about: true };
        of_compensation(file, (&owner, &named.value), found);
    }
    policies(file, &at, found);
    rules(file, &at, found);
    events(file, &at, found);
}

fn of_step(file: &SagaFile, (owner, step): (&Owner<'_>, &Step), found: &mut Vec<Remedy>) {
    let contract = contract(file, step.call.as_ref());
    let others = || file.saga.steps.iter().filter(|other| other.call.is_some() && other.id.value != step.id.value);
    let same_call =
        |other: &&Step| other.call.as_ref().map(|call| &call.value) == step.call.as_ref().map(|call| &call.value);
    let timeout = others().filter(same_call).find_map(|other| other.attempt_timeout.as_ref());
    let timeout = timeout.map_or_else(|| "30s".to_owned(), |timeout| timeout.value.to_string());
    owner.lacks(found, step.attempt_timeout.is_none(), "attemptTimeout", &timeout);
    let calls_back = contract.is_some_and(|contract| contract.reply.value == Reply::Callback);
    owner.lacks(found, calls_back && step.deadline.is_none(), "deadline", "7d");
    let alike = |other: &&Step| has_effect(file, other) == has_effect(file, step);
    let retry = others().filter(alike).find_map(|other| other.retry.as_ref()).map(|retry| retry.value.as_str());
    if let Some(retry) = retry.or_else(|| first(&file.saga.retry)) {
        owner.lacks(found, step.retry.is_none(), "retry", retry);
    }
    let creates = contract.is_some_and(|contract| contract.creates.is_some());
    for item in items_around(file, step) {
        owner.lacks(found, creates && step.item.is_none(), "item", item);
    }
    let is_final = creates && step.kind.value == StepKind::Shipping && step.compensation.is_empty();
    owner.lacks(found, is_final && step.pivot.is_none(), "pivot", "true");
    if let Some(charge) = charge_nobody_bills(file, step) {
        owner.lacks(found, true, "charge", charge);
    }
    relied_on(file, (owner, step), found);
}

fn has_effect(file: &SagaFile, step: &Step) -> bool {
    contract(file, step.call.as_ref()).is_some_and(|contract| contract.effect.value != EffectKind::None)
}

/// The first charge of the item of a billing step without one that no step bills.
fn charge_nobody_bills<'a>(file: &'a SagaFile, step: &Step) -> Option<&'a str> {
    let item = &step.item.as_ref().filter(|_| step.kind.value == StepKind::Billing && step.charge.is_none())?.value;
    let bills = |other: &Step, charge: &str| {
        let (of, billed) = (other.item.as_ref(), other.charge.as_ref());
        of.is_some_and(|of| of.value == *item) && billed.is_some_and(|billed| billed.value == charge)
    };
    let charges = file.saga.items.get(item)?.charges.ids();
    charges.into_iter().find(|charge| !file.saga.steps.iter().any(|other| bills(other, charge)))
}

/// What the item of a step relies on, where the step waits for none of it.
fn relied_on(file: &SagaFile, (owner, step): (&Owner<'_>, &Step), found: &mut Vec<Remedy>) {
    let item = step.item.as_ref().and_then(|item| file.saga.items.get(&item.value));
    let needed = item.iter().flat_map(|item| &item.relies_on).filter_map(|of| file.saga.items.get(&of.value));
    for claim in needed.filter_map(|needed| needed.complete_after.as_ref()).flatten() {
        if !comes_after(&file.saga, step, &claim.value, file.saga.steps.len()) {
            let after: Vec<&str> = step.after.iter().chain([claim]).map(|before| before.value.as_str()).collect();
            let value = format!("[{}]", after.join(", "));
            let advice = format!("let {} wait for what its item relies on: after: {value}", owner.name);
            let span = step.after.first().map_or(step.span, |first| first.span);
            add(found, &format!("{}.after", owner.path), &value, (span, advice), Some(owner.name));
        }
    }
}

/// The items that a step may be for: those of its neighbours.
fn items_around<'a>(file: &'a SagaFile, step: &Step) -> Vec<&'a str> {
    let follows = |first: &Step, then: &Step| then.after.iter().any(|before| before.value == first.id.value);
    let around = file.saga.steps.iter().filter(|other| follows(other, step) || follows(step, other));
    let mut items: Vec<&str> = around.filter_map(|other| other.item.as_ref()).map(|item| item.value.as_str()).collect();
    items.sort_unstable();
    items.dedup();
    items
}

fn of_compensation(file: &SagaFile, (owner, compensation): (&Owner<'_>, &Compensation), found: &mut Vec<Remedy>) {
    let others = || file.saga.compensations.iter().map(|named| &named.value);
    owner.lacks(found, compensation.attempt_timeout.is_none() && compensation.call.is_some(), "attemptTimeout", "30s");
    let retry = others().find_map(|other| other.retry.as_ref()).map(|retry| retry.value.as_str());
    if let Some(retry) = retry.or_else(|| first(&file.saga.retry)) {
        owner.lacks(found, compensation.retry.is_none() && compensation.call.is_some(), "retry", retry);
    }
    let all = "[ITEM_CANCELLED, ITEM_FAILED, SAGA_FAILED, LATE_SUCCESS]";
    owner.lacks(found, compensation.trigger.is_none(), "trigger", all);
    let kept = compensation.audit.as_ref().is_some_and(|audit| audit.record.is_some() && audit.reason_code.is_some());
    owner.lacks(found, !kept, "audit", "{ record: CompensationRecorded, reasonCode: required }");
    if compensation.call.is_none() {
        let undone = |step: &&Step| step.compensation.iter().any(|named| named.value == owner.name);
        for call in file.saga.steps.iter().filter(undone).filter_map(|step| step.call.as_ref()) {
            let system = file.participants.systems.get(&call.value.system);
            for operation in system.iter().flat_map(|system| &system.operations) {
                let undoes = operation.value.undoes.as_ref().is_some_and(|of| of.value == call.value.operation);
                owner.lacks(found, undoes, "call", &format!("{}.{}", call.value.system, operation.id.value));
            }
        }
    }
}

fn policies(file: &SagaFile, at: &dyn Fn(&str) -> String, found: &mut Vec<Remedy>) {
    for named in &file.saga.retry {
        let (id, policy): (&str, &RetryPolicy) = (named.id.as_str(), &named.value);
        let owner = Owner { name: id, path: at(&format!("retry.{id}")), span: policy.span, about: false };
        if let Some(unknown) = first(&file.saga.unknown_outcome) {
            let asks = policy.unknown_on.is_empty();
            owner.lacks(found, policy.unknown_outcome_policy.is_none() && !asks, "unknownOutcomePolicy", unknown);
        }
        let named = |failure: Failure| {
            let mut others = policy.no_retry_on.iter().chain(&policy.unknown_on);
            others.any(|other| other.value.covers(failure))
        };
        let again = [Failure::NotSent, Failure::Http502, Failure::Http503, Failure::Http504, Failure::RateLimit];
        let again: Vec<&str> = again.into_iter().filter(|failure| !named(*failure)).map(Failure::word).collect();
        owner.lacks(found, policy.retry_on.is_empty(), "retryOn", &format!("[{}]", again.join(", ")));
    }
    for named in &file.saga.unknown_outcome {
        let (id, policy) = (named.id.as_str(), &named.value);
        let owner = Owner { name: id, path: at(&format!("unknownOutcome.{id}")), span: policy.span, about: false };
        owner.lacks(found, policy.query.is_none(), "query", "byIdempotencyKey");
        owner.lacks(found, policy.schedule.is_empty(), "schedule", "[1m, 5m, 15m, 1h]");
        owner.lacks(found, policy.absent.is_none(), "absent", "RETRY_SAME_KEY");
        owner.lacks(found, policy.absent_counts.is_none(), "absentCounts", "after-late-window");
        if let Some(unresolved) = &policy.unresolved {
            owner.lacks(found, unresolved.then.is_none(), "unresolved.then", "OPEN_FALLOUT_CASE");
        }
    }
}

fn rules(file: &SagaFile, at: &dyn Fn(&str) -> String, found: &mut Vec<Remedy>) {
    let saga = &file.saga;
    let owner = |field: &str, span| Owner { name: "the saga", path: at(field), span, about: false };
    let whole = "{ owner: order-desk, sla: 8h, actions: [retryStep, resolveUnknown, closeManually] }";
    match &saga.fallout {
        None => {
            let advice = format!("say who takes up what went wrong: fallout: {whole}");
            add(found, &at("fallout"), whole, (saga.name.span, advice), None);
        }
        Some(fallout) => {
            let owner = Owner { name: "fallout", ..owner("fallout", fallout.span) };
            owner.lacks(found, fallout.owner.is_none(), "owner", "order-desk");
            owner.lacks(found, fallout.sla.is_none(), "sla", "8h");
            let actions = "[retryStep, resolveUnknown, closeManually]";
            owner.lacks(found, fallout.actions.is_empty(), "actions", actions);
        }
    }
    if let Some(timeout) = &saga.timeout {
        let owner = Owner { name: "timeout", ..owner("timeout", timeout.span) };
        owner.lacks(found, timeout.within.is_none(), "within", "14d");
        owner.lacks(found, timeout.signal.is_none(), "signal", "SAGA_TIMED_OUT");
        owner.lacks(found, timeout.then.is_none(), "then", "OPEN_FALLOUT_CASE");
    }
    for named in &saga.commands {
        let (id, command) = (named.id.as_str(), &named.value);
        let owner = Owner { name: id, path: at(&format!("commands.{id}")), span: command.span, about: false };
        let cancels = id == "cancelItem" || id == "cancelOrder";
        owner.lacks(found, cancels && command.if_in_flight.is_none(), "ifInFlight", "RESOLVE_THEN_DECIDE");
    }
    for rule in &saga.reconcile {
        let id = rule.id.value.as_str();
        let owner = Owner { name: id, path: at(&format!("reconcile[{id}]")), span: rule.span, about: false };
        owner.lacks(found, rule.within.is_none(), "within", "30m");
        owner.lacks(found, rule.repair.is_none(), "repair", "OPEN_REPAIR_CASE");
    }
}

fn events(file: &SagaFile, at: &dyn Fn(&str) -> String, found: &mut Vec<Remedy>) {
    for consumer in &file.saga.consumers {
        let id = consumer.id.value.as_str();
        let owner = Owner { name: id, path: at(&format!("consumers[{id}]")), span: consumer.span, about: true };
        owner.lacks(found, consumer.inbox.is_none(), "inbox", "default");
        owner.lacks(found, consumer.on_failure.is_none(), "onFailure", "PARK");
        if consumer.call.is_some() {
            owner.lacks(found, consumer.key.is_none(), "key", "\"${event.source}:${event.id}\"");
            owner.lacks(found, consumer.attempt_timeout.is_none(), "attemptTimeout", "30s");
        }
    }
}

/// The id that is written first.
fn first<T>(named: &NamedList<T>) -> Option<&str> {
    named.ids().next()
}
