//! # What
//! A call that has an effect carries no idempotency key.
//!
//! # Why
//! Calls are repeated: by a retry, by a person, by whoever recovers from a crash. The called system can tell a repetition from
//! something new by the key alone; without one a charge, or a credit, is made again.
//!
//! # Example
//! `call: billing.credit` under `compensations:` without `key`.
//!
//! # Instead
//! `key: "${item.id}:${charge.id}:CREDIT:${billing.requestId}"`: the same in each attempt, another one where something new is meant.
//!
//! # Seed
//! 11.1, 26; seen in akash-network/console#3449.

use crate::definition::{Diagnostic, EffectKind, Level, OperationRef, SagaFile, Span, Spanned};
use crate::lint::Rule;
use crate::remedy::stable_key;

/// See the docs of this file.
pub const RULE: Rule = Rule {
    code: "SG0501",
    slug: "missing-key",
    level: Level::Error,
    about: "Every call with an effect carries a key by which a repetition is told.",
    check,
};

fn check(file: &SagaFile, found: &mut Vec<Diagnostic>) {
    let saga = &file.saga;
    let mut keyless = |what: &str, id: &str, call: &Spanned<OperationRef>, (span, key): (Span, &str)| {
        let contract = file.participants.operation(&call.value.system, &call.value.operation);
        if contract.is_some_and(|contract| contract.effect.value != EffectKind::None) {
            let message = format!("{what} \"{id}\" calls {} without a key: a repetition cannot be told", call.value);
            found.push(RULE.at(span, message).with_help(format!("write key: \"{key}\"")));
        }
    };
    for step in saga.steps.iter().filter(|step| step.key.is_none()) {
        let key = stable_key(step);
        step.call.iter().for_each(|call| keyless("step", &step.id.value, call, (step.span, &key)));
    }
    for named in saga.compensations.iter().filter(|named| named.value.key.is_none()) {
        let id = &named.id.value;
        let key = format!("${{item.id}}:{id}:${{plan.version}}");
        named.value.call.iter().for_each(|call| keyless("compensation", id, call, (named.value.span, &key)));
    }
    for consumer in saga.consumers.iter().filter(|consumer| consumer.key.is_none()) {
        let id = &consumer.id.value;
        consumer.call.iter().for_each(|call| {
            keyless("consumer", id, call, (consumer.span, "${event.source}:${event.id}"));
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::found;

    #[test]
    fn a_call_with_an_effect_and_without_a_key_is_found() {
        for (place, expected) in [
            ("steps[bill-router]", "step \"bill-router\" calls billing.charge without a key"),
            ("compensations.credit-access", "compensation \"credit-access\" calls billing.credit without a key"),
            ("consumers[notify]", "consumer \"notify\" calls mail.send without a key"),
        ] {
            let found = found("order-fulfilment", &[&format!("saga.{place}.key=null")]);
            assert_eq!(found.len(), 1, "{place}: {found:?}");
            assert!(found[0].starts_with("SG0501 ") && found[0].contains(expected), "{place}: {found:?}");
        }
        // Asking again does no harm.
        assert!(found("order-fulfilment", &["saga.steps[check-feasibility].key=null"]).is_empty());
    }
}
