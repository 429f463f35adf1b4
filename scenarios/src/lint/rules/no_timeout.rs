//! # What
//! A call has no bound: nobody decides what happens when its answer never comes.
//!
//! # Why
//! Answers get lost. Without a timeout the step waits for ever, its order hangs, and nobody is told.
//!
//! # Example
//! `call: billing.charge` with neither `attemptTimeout` nor `deadline`.
//!
//! # Instead
//! `attemptTimeout: 30s`, well above what the contract says it takes; `deadline: 7d` beside it where the result comes in a callback.
//!
//! # Seed
//! 26; seen in conductor#3864, camunda#13190.

use crate::definition::{Diagnostic, Level, OperationRef, Reply, SagaFile, Span, Spanned};
use crate::lint::Rule;

/// See the docs of this file.
pub const RULE: Rule = Rule {
    code: "SG0201",
    slug: "no-timeout",
    level: Level::Error,
    about: "Every call is bounded: its answer may never come.",
    check,
};

fn check(file: &SagaFile, found: &mut Vec<Diagnostic>) {
    let mut report = |span: Span, message: String, help: &str| found.push(RULE.at(span, message).with_help(help));
    let unbounded = |what: &str, id: &str, call: &Spanned<OperationRef>, fields: &str| {
        format!("{what} \"{id}\" calls {} without {fields}: when no answer comes it waits for ever", call.value)
    };
    for step in &file.saga.steps {
        let (Some(call), id) = (&step.call, &step.id.value) else { continue };
        let contract = file.participants.operation(&call.value.system, &call.value.operation);
        let calls_back = contract.is_some_and(|contract| contract.reply.value == Reply::Callback);
        if step.attempt_timeout.is_none() && step.deadline.is_none() {
            let message = unbounded("step", id, call, "attemptTimeout or deadline");
            report(step.span, message, "write attemptTimeout: 30s, well above the latency of its contract");
        } else if calls_back && step.deadline.is_none() {
            let message = format!(
                "step \"{id}\" has no deadline, and {} answers by callback: when none comes it waits for ever",
                call.value
            );
            report(step.span, message, "write deadline: 7d, or how long the work may take at most");
        }
    }
    for named in &file.saga.compensations {
        if let (Some(call), None) = (&named.value.call, &named.value.attempt_timeout) {
            let message = unbounded("compensation", &named.id.value, call, "attemptTimeout");
            report(named.value.span, message, "write attemptTimeout: 30s");
        }
    }
    for consumer in &file.saga.consumers {
        if let (Some(call), None) = (&consumer.call, &consumer.attempt_timeout) {
            let message = unbounded("consumer", &consumer.id.value, call, "attemptTimeout");
            report(consumer.span, message, "write attemptTimeout: 30s");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::found;

    #[test]
    fn a_call_without_a_bound_is_found() {
        let timeout = |path: &str| format!("saga.{path}.attemptTimeout=null");
        for (sets, expected) in [
            (
                vec![timeout("steps[ship-router]"), "saga.steps[ship-router].deadline=null".to_owned()],
                "step \"ship-router\" calls logistics.ship without attemptTimeout or deadline",
            ),
            (
                vec!["saga.steps[provision-connectivity].deadline=null".to_owned()],
                "step \"provision-connectivity\" has no deadline, and provisioning.activate answers by callback",
            ),
            (vec![timeout("compensations.release-router")], "compensation \"release-router\" calls inventory.release"),
            (vec![timeout("consumers[notify]")], "consumer \"notify\" calls mail.send without attemptTimeout"),
        ] {
            let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
            let found = found("order-fulfilment", &sets);
            assert_eq!(found.len(), 1, "{sets:?}: {found:?}");
            assert!(found[0].starts_with("SG0201 ") && found[0].contains(expected), "{sets:?}: {found:?}");
        }
        // One of the two bounds a call that is answered at once.
        assert!(found("order-fulfilment", &[&timeout("steps[ship-router]")]).is_empty());
        assert!(found("order-fulfilment", &["saga.steps[ship-router].deadline=null"]).is_empty());
    }
}
