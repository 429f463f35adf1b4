//! Weaknesses of a saga: what has an effect and was left out, or says too little.

use super::{Remedy, add, add_all};
use crate::definition::{
    AbsentCounts, AppliesTo, Compensation, EffectKind, Failure, FailureMatch, KeyTemplate, Named, Operation,
    OperationRef, RetryPolicy, Saga, SagaFile, Span, Spanned, Step,
};

pub(super) fn path(file: &SagaFile, rest: &str) -> String {
    format!("saga({}).{rest}", file.saga.name.value)
}

pub(super) fn contract<'a>(file: &'a SagaFile, call: Option<&Spanned<OperationRef>>) -> Option<&'a Operation> {
    let call = &call?.value;
    file.participants.operation(&call.system, &call.operation)
}

/// Why a key is none; `None` for one that stays the same.
fn key_trouble(key: Option<&Spanned<KeyTemplate>>) -> Option<(Option<Span>, String)> {
    match key {
        None => Some((None, "it has none".to_owned())),
        Some(key) => {
            let volatile = key.value.volatile().next()?;
            Some((Some(key.span), format!("{volatile} is another one each time")))
        }
    }
}

/// What the steps leave out.
pub fn steps(file: &SagaFile, found: &mut Vec<Remedy>) {
    for step in &file.saga.steps {
        let id = step.id.value.as_str();
        let of_step = |field: &str| path(file, &format!("steps[{id}].{field}"));
        let has_effect = contract(file, step.call.as_ref()).is_some_and(|op| op.effect.value != EffectKind::None);
        if (has_effect || step.node.is_some())
            && let Some((span, why)) = key_trouble(step.key.as_ref())
        {
            let key = stable_key(step);
            let advice = format!("give {id} a key that every attempt shares, such as \"{key}\" ({why})");
            add(found, &of_step("key"), &format!("\"{key}\""), (span.unwrap_or(step.span), advice), Some(id));
        }
        if let Some((undo, advice)) = forgotten_compensation(file, step) {
            add(found, &of_step("compensation"), &undo, (step.span, advice), Some(id));
        }
        if let Some((after, span, advice)) = early_bill(&file.saga, step) {
            add(found, &of_step("after"), &after, (span, advice), Some(id));
        }
    }
}

/// A key that all attempts of a step share.
#[must_use]
pub fn stable_key(step: &Step) -> String {
    match (&step.item, &step.charge) {
        (Some(_), Some(_)) => "${item.id}:${charge.id}:${billing.requestId}".to_owned(),
        (Some(_), None) => format!("${{item.id}}:{}:${{step.revision}}", step.id.value),
        (None, _) => format!("${{order.id}}:{}:${{step.revision}}", step.id.value),
    }
}

/// The compensation that undoes what a step does, if the step names none.
fn forgotten_compensation(file: &SagaFile, step: &Step) -> Option<(String, String)> {
    let call = step.call.as_ref()?;
    contract(file, Some(call))?.creates.as_ref()?;
    if !step.compensation.is_empty() {
        return None;
    }
    let undoes = |compensation: &Compensation| {
        let of = compensation.call.as_ref().filter(|undo| undo.value.system == call.value.system);
        let undone = contract(file, of).and_then(|undo| undo.undoes.as_ref());
        undone.is_some_and(|undone| undone.value == call.value.operation)
    };
    let named = |id: &str| file.saga.steps.iter().any(|step| step.compensation.iter().any(|named| named.value == id));
    let mut fitting = file.saga.compensations.iter().filter(|compensation| undoes(&compensation.value));
    let undo = fitting.find(|compensation| !named(&compensation.id))?;
    let id = &undo.id.value;
    Some((id.clone(), format!("let {} name what undoes it: compensation: {id}", step.id.value)))
}

/// A bill that does not wait for what it is billed on.
fn early_bill(saga: &Saga, step: &Step) -> Option<(String, Span, String)> {
    let (item, charge) = (step.item.as_ref()?, step.charge.as_ref()?);
    let charge = saga.items.get(&item.value)?.charges.get(&charge.value)?;
    let bill_on = charge.bill_on.as_ref()?;
    if comes_after(saga, step, &bill_on.value, saga.steps.len()) {
        return None;
    }
    let mut after: Vec<&str> = step.after.iter().map(|before| before.value.as_str()).collect();
    after.push(&bill_on.value);
    let span = step.after.first().map_or(step.span, |first| first.span);
    let advice = format!("let {} wait for what it is billed on: after: [{}]", step.id.value, bill_on.value);
    Some((format!("[{}]", after.join(", ")), span, advice))
}

/// Whether a step comes after another one, by whatever way; `depth` bounds the search.
pub(super) fn comes_after(saga: &Saga, step: &Step, other: &str, depth: usize) -> bool {
    depth > 0
        && step.after.iter().any(|before| {
            before.value == other
                || saga.step(&before.value).is_some_and(|before| comes_after(saga, before, other, depth - 1))
        })
}

/// What the compensations leave out.
pub fn compensations(file: &SagaFile, found: &mut Vec<Remedy>) {
    for named in &file.saga.compensations {
        let (id, compensation) = (named.id.as_str(), &named.value);
        let of = |field: &str| path(file, &format!("compensations.{id}.{field}"));
        if let Some((span, why)) = key_trouble(compensation.key.as_ref()) {
            let key = format!("${{item.id}}:{id}:${{plan.version}}");
            let advice = format!("give {id} a key that every attempt shares, such as \"{key}\" ({why})");
            add(found, &of("key"), &format!("\"{key}\""), (span.unwrap_or(compensation.span), advice), Some(id));
        }
        let states = compensation.applies_to.as_deref().unwrap_or_default();
        let applies = |to: AppliesTo| states.iter().any(|state| state.value == to);
        if !applies(AppliesTo::Unknown) || !applies(AppliesTo::Completed) {
            let span = states.first().map_or(compensation.span, |first| first.span);
            let missing = if applies(AppliesTo::Completed) { "UNKNOWN" } else { "COMPLETED" };
            let advice = format!("let {id} undo also what is {missing}: appliesTo: [COMPLETED, UNKNOWN]");
            add(found, &of("appliesTo"), "[COMPLETED, UNKNOWN]", (span, advice), Some(id));
        }
        if compensation.on_failure.is_none() {
            let advice = format!("say what comes when {id} fails: onFailure: OPEN_FALLOUT_CASE");
            add(found, &of("onFailure"), "OPEN_FALLOUT_CASE", (compensation.span, advice), Some(id));
        }
    }
}

/// What the policies leave out or get wrong.
pub fn policies(file: &SagaFile, found: &mut Vec<Remedy>) {
    for named in &file.saga.retry {
        let (id, policy) = (named.id.as_str(), &named.value);
        if policy.fallback.is_none() {
            let advice = format!("say what comes when the attempts of {id} are used up: fallback: OPEN_FALLOUT_CASE");
            let path = path(file, &format!("retry.{id}.fallback"));
            add(found, &path, "OPEN_FALLOUT_CASE", (policy.span, advice), None);
        }
        taken_for_failures(file, named, found);
    }
    for named in &file.saga.unknown_outcome {
        let (id, policy) = (named.id.as_str(), &named.value);
        let of = |field: &str| path(file, &format!("unknownOutcome.{id}.{field}"));
        if let Some(counts) = policy.absent_counts.as_ref().filter(|c| c.value != AbsentCounts::AfterLateWindow) {
            let advice = format!(
                "write absentCounts: {}, not {}: until then the effect may still come",
                AbsentCounts::AfterLateWindow,
                counts.value
            );
            add(found, &of("absentCounts"), &AbsentCounts::AfterLateWindow.to_string(), (counts.span, advice), None);
        }
        if policy.unresolved.is_none() {
            let advice = "say what comes when nobody finds out: unresolved: { then: OPEN_FALLOUT_CASE, item: held }";
            let value = "{ then: OPEN_FALLOUT_CASE, item: held }";
            add(found, &of("unresolved"), value, (policy.span, advice.to_owned()), None);
        }
        if policy.late_success.is_none() {
            let advice = "say what becomes of a success that comes too late: lateSuccess: COMPENSATE";
            add(found, &of("lateSuccess"), "COMPENSATE", (policy.span, advice.to_owned()), None);
        }
    }
    if file.saga.timeout.is_none() {
        let advice = "bound the saga: timeout: { within: 14d, signal: SAGA_TIMED_OUT, then: OPEN_FALLOUT_CASE }";
        let value = "{ within: 14d, signal: SAGA_TIMED_OUT, then: OPEN_FALLOUT_CASE }";
        add(found, &path(file, "timeout"), value, (file.saga.name.span, advice.to_owned()), None);
    }
}

/// Failures that may leave an effect behind, of what is called under this policy, and that it takes for failures all the same.
fn taken_for_failures(file: &SagaFile, named: &Named<RetryPolicy>, found: &mut Vec<Remedy>) {
    let (id, policy) = (named.id.as_str(), &named.value);
    let of_steps = file.saga.steps.iter().map(|step| (step.retry.as_ref(), step.call.as_ref()));
    let of_undos = file.saga.compensations.iter().map(|undo| (undo.value.retry.as_ref(), undo.value.call.as_ref()));
    let called = of_steps.chain(of_undos).filter(|(retry, _)| retry.is_some_and(|retry| retry.value == id));
    let called: Vec<&Operation> = called.filter_map(|(_, call)| contract(file, call)).collect();
    let may_leave = |failure: Failure| {
        let possible = |op: &&Operation| op.effect_possible.iter().any(|possible| possible.value == failure);
        called.iter().any(possible)
    };
    let is_wrong = |entry: &&Spanned<FailureMatch>| matches!(entry.value, FailureMatch::One(one) if may_leave(one));
    let Some(first) = policy.no_retry_on.iter().find(is_wrong) else { return };
    let ask = policy.unknown_outcome_policy.as_ref().map(|policy| policy.value.as_str());
    let Some(ask) = ask.or_else(|| file.saga.unknown_outcome.iter().next().map(|named| named.id.as_str())) else {
        return;
    };
    let list = |entries: &mut dyn Iterator<Item = &Spanned<FailureMatch>>| {
        format!("[{}]", entries.map(|entry| entry.value.word()).collect::<Vec<_>>().join(", "))
    };
    let of = |field: &str| path(file, &format!("retry.{id}.{field}"));
    let known = list(&mut policy.no_retry_on.iter().filter(|entry| !is_wrong(entry)));
    let unknown = list(&mut policy.unknown_on.iter().chain(policy.no_retry_on.iter().filter(is_wrong)));
    let advice = format!("write {} under unknownOn, not noRetryOn: it may have had its effect", first.value.word());
    let values = [(of("noRetryOn"), known), (of("unknownOn"), unknown), (of("unknownOutcomePolicy"), ask.to_owned())];
    add_all(found, &values, (first.span, advice), None);
}
