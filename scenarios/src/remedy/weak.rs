//! What a saga says and should not: actions after which nothing comes or which hide what happened, undos that undo something
//! else, keys that several things share, and locks that are none.

use super::policies::{path, stable_key};
use super::{Remedy, add};
use crate::definition::{
    LockMode,
    NextAction::{self, *},
    SagaFile, Spanned, Step,
};

/// All of it.
pub fn weak(file: &SagaFile, found: &mut Vec<Remedy>) {
    for step in &file.saga.steps {
        of_step(file, step, found);
        shared_key(file, step, found);
    }
    compensations(file, found);
    policies(file, found);
    others(file, found);
    lock(file, found);
}

/// An action that is not the one that is right at its place.
fn action(
    file: &SagaFile,
    found: &mut Vec<Remedy>,
    at: &str,
    (written, weak, right): (Option<&Spanned<NextAction>>, &[NextAction], NextAction),
    about: Option<&str>,
) {
    if let Some(written) = written.filter(|written| weak.contains(&written.value)) {
        let word = at.rsplit('.').next().unwrap_or(at);
        let advice = format!("write {word}: {right}, not {}", written.value);
        add(found, &path(file, at), &right.to_string(), (written.span, advice), about);
    }
}

/// What leads nowhere, or away from what happened.
const NOTHING: &[NextAction] = &[Ignore, Drop];
const NO_END: &[NextAction] = &[Ignore, Drop, Complete, RetryNewKey, RetrySameKey];

fn of_step(file: &SagaFile, step: &Step, found: &mut Vec<Remedy>) {
    let id = step.id.value.as_str();
    let fails = if step.item.is_some() { FailItem } else { OpenFalloutCase };
    for reason in &step.on_reject {
        let at = format!("steps[{id}].onReject.{}", reason.id.value);
        action(file, found, &at, (Some(&reason.value), NO_END, fails), Some(id));
        action(file, found, &at, (Some(&reason.value), NO_END, OpenFalloutCase), Some(id));
    }
    let at = |field: &str| format!("steps[{id}].{field}");
    action(file, found, &at("overdue"), (step.overdue.as_ref(), &[Complete], OpenFalloutCase), Some(id));
    let duplicate = (step.on_duplicate.as_ref(), &[CreateAnother][..], ReturnExisting);
    action(file, found, &at("onDuplicate"), duplicate, Some(id));
    if let Some(after) = &step.after_pivot {
        let undone = (after.cancel.as_ref(), &[CompensateItem, Ignore, Drop][..], ReturnOrder);
        action(file, found, &at("afterPivot.cancel"), undone, Some(id));
    }
}

/// A key that does not tell what it is for: another step that calls the same has the same, or every order has.
fn shared_key(file: &SagaFile, step: &Step, found: &mut Vec<Remedy>) {
    let (Some(key), Some(call)) = (&step.key, &step.call) else { return };
    let is_same = |other: &&Step| {
        other.id.value != step.id.value
            && other.call.as_ref().is_some_and(|other| other.value == call.value)
            && other.key.as_ref().is_some_and(|other| other.value == key.value)
            && !key.value.tells_apart(step, other)
    };
    let why = match file.saga.steps.iter().find(is_same) {
        Some(other) => format!("{} has the same", other.id.value),
        None if key.value.names_no_order() => "every order has the same".to_owned(),
        None => return,
    };
    let id = step.id.value.as_str();
    let own = stable_key(step);
    let advice = format!("give {id} a key of its own, such as \"{own}\" ({why})");
    let at = path(file, &format!("steps[{id}].key"));
    add(found, &at, &format!("\"{own}\""), (key.span, advice), Some(id));
}

fn compensations(file: &SagaFile, found: &mut Vec<Remedy>) {
    for named in &file.saga.compensations {
        let (id, compensation) = (named.id.value.as_str(), &named.value);
        let failed = (compensation.on_failure.as_ref(), &[Ignore][..], OpenFalloutCase);
        action(file, found, &format!("compensations.{id}.onFailure"), failed, Some(id));
        let Some(call) = &compensation.call else { continue };
        for (operation, step) in undoes(file, id) {
            if operation != call.value.to_string() {
                let advice = format!("let {id} call {operation}, which undoes what {step} does, not {}", call.value);
                add(found, &path(file, &format!("compensations.{id}.call")), &operation, (call.span, advice), Some(id));
            }
        }
    }
}

/// The operations that undo what the steps do which name a compensation, unless another compensation of theirs calls them;
/// with the step. None where the compensation has one of its own already, and it is the only one to call it.
fn undoes(file: &SagaFile, compensation: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let side_effects = file.saga.compensations.get(compensation).and_then(|own| own.side_effects.as_ref());
    let called = |id: &str| file.saga.compensations.get(id).and_then(|other| other.call.as_ref()).map(|c| &c.value);
    for step in &file.saga.steps {
        let Some(call) = step.call.as_ref().filter(|_| step.compensation.iter().any(|c| c.value == compensation))
        else {
            continue;
        };
        let Some(system) = file.participants.systems.get(&call.value.system) else { continue };
        let touches = |operation: &crate::definition::Operation| {
            let touched = operation.undoes.as_ref().or(operation.updates.as_ref());
            touched.is_some_and(|touched| touched.value == call.value.operation)
        };
        let others: Vec<_> = step.compensation.iter().filter(|c| c.value != compensation).collect();
        let taken = |name: &str| others.iter().any(|other| called(&other.value).is_some_and(|c| c.to_string() == name));
        let own = called(compensation).map(ToString::to_string).unwrap_or_default();
        let names = system.operations.iter().filter(|operation| touches(&operation.value));
        let names: Vec<_> = names.map(|operation| format!("{}.{}", call.value.system, operation.id.value)).collect();
        // Of two that call the same, the one is wrong that says it sets something else going.
        let says_so = side_effects.is_none_or(|effects| effects.iter().any(|effect| effect.value.to_string() == own));
        if names.contains(&own) && (!taken(&own) || says_so) {
            continue;
        }
        all.extend(names.into_iter().filter(|name| !taken(name)).map(|name| (name, step.id.value.clone())));
    }
    all
}

fn policies(file: &SagaFile, found: &mut Vec<Remedy>) {
    for named in &file.saga.retry {
        let at = format!("retry.{}.fallback", named.id.value);
        action(file, found, &at, (named.value.fallback.as_ref(), NO_END, OpenFalloutCase), None);
    }
    for named in &file.saga.unknown_outcome {
        let policy = &named.value;
        let at = |field: &str| format!("unknownOutcome.{}.{field}", named.id.value);
        let unresolved = policy.unresolved.as_ref().and_then(|unresolved| unresolved.then.as_ref());
        // What was not found out is known to nobody, so there is nothing yet to undo or to fail.
        let wrong = [NO_END, &[Compensate, CompensateItem]].concat();
        action(file, found, &at("unresolved.then"), (unresolved, &wrong, OpenFalloutCase), None);
        let wrong = &[RetryNewKey, RetrySameKey, FailItem, Reject, Ignore, Drop][..];
        action(file, found, &at("confirmed"), (policy.confirmed.as_ref(), wrong, Complete), None);
        let wrong = &[RetryNewKey, Complete, Ignore, Drop][..];
        action(file, found, &at("absent"), (policy.absent.as_ref(), wrong, RetrySameKey), None);
        action(file, found, &at("lateSuccess"), (policy.late_success.as_ref(), NOTHING, Compensate), None);
    }
    if let Some(timeout) = &file.saga.timeout {
        action(file, found, "timeout.then", (timeout.then.as_ref(), NOTHING, OpenFalloutCase), None);
    }
}

fn others(file: &SagaFile, found: &mut Vec<Remedy>) {
    for named in &file.saga.commands {
        let at = format!("commands.{}.ifInFlight", named.id.value);
        let at_once = (named.value.if_in_flight.as_ref(), &[DecideAtOnce][..], ResolveThenDecide);
        action(file, found, &at, at_once, None);
    }
    for consumer in &file.saga.consumers {
        let id = consumer.id.value.as_str();
        let at = |field: &str| format!("consumers[{id}].{field}");
        let lost = &[Ignore, Drop, Reject][..];
        action(file, found, &at("onFailure"), (consumer.on_failure.as_ref(), lost, Park), Some(id));
        let unread = &[Ignore, Drop, Reject, Apply][..];
        action(file, found, &at("onNewerVersion"), (consumer.on_newer_version.as_ref(), unread, Park), Some(id));
    }
    for rule in &file.saga.reconcile {
        let at = format!("reconcile[{}].repair", rule.id.value);
        action(file, found, &at, (rule.repair.as_ref(), NOTHING, OpenRepairCase), None);
    }
}

fn lock(file: &SagaFile, found: &mut Vec<Remedy>) {
    let mode = file.saga.lock.as_ref().and_then(|lock| lock.mode.as_ref());
    if let Some(mode) = mode.filter(|mode| mode.value == LockMode::None) {
        let advice = "guard the order against writes that cross: lock: { mode: optimistic }, not none";
        add(found, &path(file, "lock.mode"), "optimistic", (mode.span, advice.to_owned()), None);
    }
}
