//! # What
//! A consumer calls the operation of a step.
//!
//! # Why
//! The saga charges, ships or reserves, and what it tells of that makes a consumer charge, ship or reserve once more: for every order,
//! without any fault, and under a key of its own, so that the system cannot tell that it is the same.
//!
//! # Example
//! A step `bill-router` with `call: billing.charge` beside a consumer of `OrderItemStateChanged` with `call: billing.charge`.
//!
//! # Instead
//! One of them: the step, which the saga waits for, retries and undoes, or the consumer. A step with a `when` may leave to
//! the consumer what it does not do itself.
//!
//! # Seed
//! 18

use crate::definition::{Diagnostic, EffectKind, Level, SagaFile, Step};
use crate::lint::Rule;

/// See the docs of this file.
pub const RULE: Rule = Rule {
    code: "SG0608",
    slug: "consumer-repeats-step",
    level: Level::Error,
    about: "A consumer does not do once more what a step does.",
    check,
};

fn check(file: &SagaFile, found: &mut Vec<Diagnostic>) {
    for consumer in &file.saga.consumers {
        let Some(call) = &consumer.call else { continue };
        let contract = file.participants.operation(&call.value.system, &call.value.operation);
        // A question changes nothing, and what is told twice may be two messages.
        let counts = |effect| !matches!(effect, EffectKind::None | EffectKind::Message);
        if !contract.is_some_and(|contract| counts(contract.effect.value)) {
            continue;
        }
        let does = |step: &&Step| step.when.is_none() && step.call.as_ref().is_some_and(|of| of.value == call.value);
        if let Some(step) = file.saga.steps.iter().find(does) {
            let (id, step) = (&consumer.id.value, &step.id.value);
            let message = format!("consumer \"{id}\" calls {}, as step \"{step}\" does: it happens twice", call.value);
            found.push(RULE.at(call.span, message).with_help("leave it to the step, or take the step out"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::found;

    #[test]
    fn a_consumer_that_does_what_a_step_does_is_found() {
        let charges = "saga.consumers[notify].call=billing.charge";
        let expected =
            "SG0608 consumer \"notify\" calls billing.charge, as step \"bill-connectivity\" does: it happens twice";
        assert_eq!(found("order-fulfilment", &[charges]), [expected]);
        // A question, a message, and what no step does.
        for call in ["provisioning.checkFeasibility", "mail.send", "inventory.release"] {
            let set = format!("saga.consumers[notify].call={call}");
            assert!(found("order-fulfilment", &[&set]).is_empty(), "{call}");
        }
    }

    #[test]
    fn a_step_that_is_not_always_done_may_leave_it_to_a_consumer() {
        let ships = "saga.consumers[notify].call=logistics.ship";
        assert_eq!(found("order-fulfilment", &[ships]).len(), 1);
        let when = "saga.steps[ship-router].when='quote.total > money(\"0.00 EUR\")'";
        assert!(found("order-fulfilment", &[ships, when]).is_empty());
    }
}
