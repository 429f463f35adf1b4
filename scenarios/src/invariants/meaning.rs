//! What a breach means for the business in the case at hand: the entry of an invariant speaks of all that it may mean, and
//! what was broken here was about money, or stock, or goods.

use sim_core::Violation;

use super::{INVARIANTS, cancelled_item_has_no_effects, event_delivered, facts, item_billed, late_by, own, reconciled};
use super::{no_effect_before_dependency, unknown_not_failed, unknown_resolved};
use super::{single_effect, subject, undo_once};
use crate::definition::EffectKind::{self, Asset, Financial, Message, Reservation, Service, Shipment};
use crate::scenario::Scenario;

/// What a breach of an invariant means where the step at which it broke has an effect of this kind.
const BY_EFFECT: &[(&str, &[(EffectKind, &str)])] = &[
    (
        single_effect::ENTRY.id,
        &[
            (Financial, "a customer is charged twice for one thing"),
            (Reservation, "stock is held twice for one order"),
            (Service, "a service that was ordered once is turned on twice"),
            (Asset, "what a customer has once is on record twice"),
            (Shipment, "a customer is sent two of what was ordered once"),
            (Message, "a customer is told the same thing twice"),
        ],
    ),
    (
        undo_once::ENTRY.id,
        &[
            (Financial, "a customer is credited twice for one charge"),
            (Reservation, "stock is released twice: one piece too many counts as free"),
        ],
    ),
    (
        cancelled_item_has_no_effects::ENTRY.id,
        &[
            (Financial, "a customer pays for what was cancelled or has failed"),
            (Reservation, "stock is held for what was cancelled or has failed, and nobody else can have it"),
            (Service, "a service runs that was cancelled or has failed, and nobody pays for it"),
            (Asset, "a product is on record that the customer does not have"),
            (Shipment, "goods have left for an order that was cancelled or has failed, and nobody pays for them"),
        ],
    ),
    (
        no_effect_before_dependency::ENTRY.id,
        &[
            (Financial, "a customer is charged for what is not there yet"),
            (Service, "a service is turned on that cannot work yet"),
            (Asset, "a product is on record that the customer does not have yet"),
            (Shipment, "goods are sent that cannot be used yet"),
        ],
    ),
    (
        unknown_not_failed::ENTRY.id,
        &[
            (Financial, "a charge that was made, or may have been, counts as not made: it stays, or is made again"),
            (Reservation, "stock that is held, or may be, counts as free: it stays held, or is held again"),
            (Service, "a service that runs, or may run, counts as off: it runs on unpaid, or is turned on again"),
            (Asset, "a product that is on record, or may be, counts as absent: it stays there, or is recorded again"),
            (
                Shipment,
                "goods that have left, or may have, count as not sent: nobody pays for them, or they are sent again",
            ),
        ],
    ),
    (
        unknown_resolved::ENTRY.id,
        &[
            (Financial, "nobody knows whether a customer was charged"),
            (Reservation, "nobody knows whether stock is held"),
            (Service, "nobody knows whether a service runs"),
            (Asset, "nobody knows whether the product is on record"),
            (Shipment, "nobody knows whether the goods have left"),
            (Message, "nobody knows whether the customer was told"),
        ],
    ),
];

/// What it means where it came about, but later than the definition promises.
const LATE: &[(&str, &str)] = &[
    (item_billed::ENTRY.id, "the bill is late: what the customer has had for long is paid for later than was planned"),
    (event_delivered::ENTRY.id, "other systems learn late what happened to an order"),
    (own::EVENTUALLY.id, "what the designer asked for comes about too late"),
    (reconciled::ENTRY.id, "whether billing and inventory agree with the order is looked at too late"),
];

/// What a breach means for the business.
#[must_use]
pub fn meaning(scenario: &Scenario, violation: &Violation) -> &'static str {
    let entry = &INVARIANTS[usize::from(violation.invariant)];
    of_case(scenario, violation).unwrap_or(entry.effect)
}

fn of_case(scenario: &Scenario, violation: &Violation) -> Option<&'static str> {
    let model = &scenario.model;
    let id = INVARIANTS[usize::from(violation.invariant)].id;
    if late_by(violation).is_some()
        && let Some((_, told)) = LATE.iter().find(|(of, _)| *of == id)
    {
        return Some(told);
    }
    let Some(step) = subject::unpack(violation.subject).step else {
        return (id == single_effect::ENTRY.id).then_some("one acceptance makes two orders, and all of it comes twice");
    };
    if id == unknown_not_failed::ENTRY.id && violation.detail == unknown_not_failed::FALSE_SUCCESS {
        return Some("what never happened counts as done: it is waited for in vain, or charged all the same");
    }
    // What is said of an effect does not hold of its undo, but where undoing is what the invariant is about.
    if model.step(step).is_undo() && id != undo_once::ENTRY.id {
        return None;
    }
    let (_, told) = BY_EFFECT.iter().find(|(of, _)| *of == id)?;
    let kind = facts::effect_kind(model, step)?;
    told.iter().find(|(of, _)| *of == kind).map(|(_, sentence)| *sentence)
}

#[cfg(test)]
mod tests {
    use sim_core::Time;

    use super::*;
    use crate::definition::Definition;
    use crate::model::Model;

    #[test]
    fn a_breach_is_told_by_what_it_is_about() {
        let definition = Definition::bundled("order-fulfilment", &[]).expect("it loads");
        let scenario = Scenario::new(Model::new(&definition).expect("it compiles"));
        let model = &scenario.model;
        let told = |id: &str, step: Option<&str>, detail: u64| {
            let invariant = INVARIANTS.iter().position(|entry| entry.id == id).expect("an invariant") as u16;
            let step = step.map(|id| model.find_step(id).expect("a step"));
            let subject = step.map_or(subject::of_order(0), |step| subject::of_step(model, 0, step));
            meaning(
                &scenario,
                &Violation { invariant, event: 0, time: Time::START, subject, detail, due: None, broken: None },
            )
        };
        for (id, step, detail, words) in [
            ("single-effect", Some("bill-router"), 0, "charged twice for one thing"),
            ("single-effect", Some("reserve-router"), 0, "stock is held twice"),
            ("single-effect", None, 0, "two orders"),
            ("undo-once", Some("release-router"), 0, "stock is released twice"),
            ("undo-once", Some("credit-hardware"), 0, "credited twice"),
            ("cancelled-item-has-no-effects", Some("ship-router"), 0, "goods have left"),
            ("unknown-not-failed", Some("ship-router"), unknown_not_failed::FALSE_SUCCESS, "counts as done"),
            ("unknown-not-failed", Some("ship-router"), 1, "count as not sent"),
            // What nothing more is known of is told in general.
            ("unknown-not-failed", Some("release-router"), 1, "is treated as if it had not"),
            ("legal-transition", Some("ship-router"), 0, "jumps into a state"),
        ] {
            let sentence = told(id, step, detail);
            assert!(sentence.contains(words), "{id} at {step:?}: {sentence}");
        }
    }
}
