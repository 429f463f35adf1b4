//! Weaknesses of contracts: values that are not the correct ones.

use super::{Remedy, add};
use crate::definition::{
    AmountOf, CallbackId, Constraint, Dedup, DedupBy, DedupRecord, Duration, History, OnDuplicate, OnKeyConflict,
    Operation, SagaFile, Span, Spanned, WhenAbsent,
};

/// A key that is remembered for so long outlasts what is sent again.
const LONG_ENOUGH: Duration = Duration::from_secs(30 * 86_400);

/// A value of an operation's contract: its key, its place, what is written, and what is correct.
type Value = (&'static str, Span, String, String);

/// What is not correct in the contracts of the operations that the saga calls.
pub fn participants(file: &SagaFile, found: &mut Vec<Remedy>) {
    let mut called: Vec<_> = file.saga.steps.iter().filter_map(|step| step.call.as_ref()).collect();
    called.extend(file.saga.compensations.iter().filter_map(|compensation| compensation.value.call.as_ref()));
    called.extend(file.saga.consumers.iter().filter_map(|consumer| consumer.call.as_ref()));
    let mut seen = Vec::new();
    for call in called {
        let name = call.value.to_string();
        if seen.contains(&name) {
            continue;
        }
        let (system, operation) = (&call.value.system, &call.value.operation);
        if let Some(contract) = file.participants.operation(system, operation) {
            for (key, span, written, correct) in values(contract) {
                let path = format!("participants.{system}.operations.{operation}.{key}");
                let word = key.rsplit('.').next().unwrap_or(key);
                let advice = format!("write {word}: {correct}, not {written}");
                let span = if span.is_none() { contract.span } else { span };
                add(found, &path, &correct, (span, advice), Some(&name));
            }
        }
        seen.push(name);
    }
}

fn values(contract: &Operation) -> Vec<Value> {
    let mut values = Vec::new();
    let mut expect = |key, is: (Span, String), correct: String| {
        if is.1 != correct {
            values.push((key, is.0, is.1, correct));
        }
    };
    fn is<T: ToString>(value: &Spanned<T>) -> (Span, String) {
        (value.span, value.value.to_string())
    }
    let Dedup { by, constraint, window, on_key_conflict, on_duplicate, record } = &contract.dedup;
    expect("dedup.by", is(by), DedupBy::Key.to_string());
    expect("dedup.constraint", is(constraint), Constraint::Unique.to_string());
    if let Some(window) = window.as_ref().filter(|window| window.value < LONG_ENOUGH) {
        expect("dedup.window", is(window), LONG_ENOUGH.to_string());
    }
    expect("dedup.record", is(record), DedupRecord::SameTransaction.to_string());
    expect("dedup.onKeyConflict", is(on_key_conflict), OnKeyConflict::Reject.to_string());
    expect("dedup.onDuplicate", is(on_duplicate), OnDuplicate::ReturnOriginal.to_string());
    expect("amount", is(&contract.amount), AmountOf::Recorded.to_string());
    expect("assignsIdBeforeDedup", is(&contract.assigns_id_before_dedup), false.to_string());
    expect("partialEffect", is(&contract.partial_effect), false.to_string());
    expect("queryLag", is(&contract.query_lag), Duration::ZERO.to_string());
    if contract.undoes.is_some() || contract.updates.is_some() {
        expect("whenAbsent", is(&contract.when_absent), WhenAbsent::SucceedAndBlock.to_string());
        expect("history", is(&contract.history), History::Preserved.to_string());
    }
    if let Some(callbacks) = &contract.callbacks {
        expect("callbacks.id", is(&callbacks.id), CallbackId::Stable.to_string());
    }
    values
}

/// What is not correct in the plumbing.
pub fn platform(file: &SagaFile, found: &mut Vec<Remedy>) {
    let mut weaknesses = file.platform.weaknesses();
    // Two relays that share a lease are no weakness: a word that is wrong is tried first.
    weaknesses.sort_by_key(|weakness| weakness.correct.starts_with(|c: char| c.is_ascii_digit()));
    for weakness in weaknesses {
        let word = weakness.path.rsplit('.').next().unwrap_or(&weakness.path);
        let advice = format!("write {word}: {}, not {}", weakness.correct, weakness.written);
        add(found, &weakness.path, &weakness.correct, (weakness.span, advice), None);
    }
}
