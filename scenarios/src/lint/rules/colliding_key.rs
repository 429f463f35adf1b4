//! # What
//! Two requests that are not the same have one idempotency key.
//!
//! # Why
//! A system takes the second of them for a repetition of the first: it refuses it, or answers as if it had done what it was not even
//! asked for. No fault is needed, two orders are, or two charges of one item.
//!
//! # Example
//! `key: "FEASIBILITY:${plan.version}"`: all orders have it.
//!
//! # Instead
//! `key: "${item.id}:FEASIBILITY:${plan.version}"`: the item, or the order, is named.
//!
//! # Seed
//! 11.1

use crate::definition::{Diagnostic, KeyTemplate, Level, SagaFile, Spanned, Step};
use crate::lint::Rule;

/// See the docs of this file.
pub const RULE: Rule = Rule {
    code: "SG0503",
    slug: "colliding-key",
    level: Level::Error,
    about: "A key tells its request from those of other orders and of other steps.",
    check,
};

fn check(file: &SagaFile, found: &mut Vec<Diagnostic>) {
    let saga = &file.saga;
    let mut of_all = |what: &str, id: &str, key: &Spanned<KeyTemplate>| {
        if key.value.names_no_order() {
            let message = format!("{what} \"{id}\" has the same key in every order: {}", key.value);
            found
                .push(RULE.at(key.span, message).with_help("name what it is about, such as ${item.id} or ${order.id}"));
        }
    };
    for step in saga.steps.iter().filter(|step| step.call.is_some()) {
        step.key.iter().for_each(|key| of_all("step", &step.id.value, key));
    }
    for named in saga.compensations.iter().filter(|named| named.value.call.is_some()) {
        named.value.key.iter().for_each(|key| of_all("compensation", &named.id.value, key));
    }
    for (i, step) in saga.steps.iter().enumerate() {
        let Some(key) = step.key.as_ref().filter(|key| !key.value.names_no_order()) else { continue };
        if let Some(other) = saga.steps[..i].iter().find(|other| collide(key, step, other)) {
            let (one, other) = (&other.id.value, &step.id.value);
            let message = format!("\"{one}\" and \"{other}\" have one key for two requests: {}", key.value);
            found.push(RULE.at(key.span, message).with_help("add what tells them apart, such as the name of the step"));
        }
    }
}

/// Whether two steps call the same operation under keys that do not tell them apart.
fn collide(key: &Spanned<KeyTemplate>, step: &Step, other: &Step) -> bool {
    let call = |step: &Step| step.call.as_ref().map(|call| call.value.clone());
    call(step).is_some()
        && call(step) == call(other)
        && other.key.as_ref().is_some_and(|other| other.value == key.value)
        && !key.value.tells_apart(step, other)
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::found;

    #[test]
    fn keys_that_do_not_tell_requests_apart_are_found() {
        for (sets, expected) in [
            (&["saga.steps[ship-router].key=x"][..], "step \"ship-router\" has the same key in every order: x"),
            (&["saga.steps[ship-router].key=SHIP:${plan.version}"], "has the same key in every order"),
            (&["saga.compensations.credit-plan.key=x"], "compensation \"credit-plan\" has the same key in every order"),
            (
                &["saga.steps[bill-router].key=${order.id}:C", "saga.steps[bill-support].key=${order.id}:C"],
                "\"bill-router\" and \"bill-support\" have one key for two requests",
            ),
        ] {
            let found = found("order-fulfilment", sets);
            assert_eq!(found.len(), 1, "{sets:?}: {found:?}");
            assert!(found[0].starts_with("SG0503 ") && found[0].contains(expected), "{sets:?}: {found:?}");
        }
        // Two systems each have keys of their own.
        let sets = ["saga.steps[ship-router].key=${order.id}:C", "saga.steps[bill-router].key=${order.id}:C"];
        assert!(found("order-fulfilment", &sets).is_empty());
    }
}
