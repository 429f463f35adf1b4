//! # What
//! A local step does not write in one transaction what belongs together.
//!
//! # Why
//! What is written after the commit is lost when the process dies between the two: an order of which nobody hears, since its
//! events were no part of it, or one that no saga works on.
//!
//! # Example
//! `tx: [ProductOrder, ProductOrderItem, SagaInstance]` in a saga that emits events.
//!
//! # Instead
//! `tx: [ProductOrder, ProductOrderItem, SagaInstance, Outbox]`
//!
//! # Seed
//! 9

use crate::definition::{Diagnostic, Level, OUTBOX, SagaFile, Step};
use crate::lint::Rule;

/// See the docs of this file.
pub const RULE: Rule = Rule {
    code: "SG0601",
    slug: "split-transaction",
    level: Level::Error,
    about: "What belongs together is committed together: an order, its items, its saga and its events.",
    check,
};

/// What the step that makes the order has to write, and what comes of it when it does not.
const PARTS: [(&str, &str); 3] = [
    ("ProductOrder", "a crash leaves a saga without an order"),
    ("ProductOrderItem", "a crash leaves an order without its items"),
    ("SagaInstance", "a crash leaves an order that no saga works on"),
];

fn check(file: &SagaFile, found: &mut Vec<Diagnostic>) {
    let makes_order = |step: &Step| step.item.is_none() && step.on_duplicate.is_some();
    let maker = file.saga.steps.iter().position(makes_order);
    for (i, step) in file.saga.steps.iter().enumerate() {
        let mut report = |what: &str, then: &str| {
            let at = step.tx.first().map_or(step.span, |first| first.span);
            let message = format!("step \"{}\": its tx has no {what}: {then}", step.id.value);
            found.push(RULE.at(at, message).with_help(format!("write {what} in tx")));
        };
        if !file.saga.emits.is_empty() && step.leaves_out_of_tx(OUTBOX) {
            report(OUTBOX, "what it tells is written after the commit, and a crash between the two loses it");
        }
        if maker == Some(i) {
            for (what, then) in PARTS.iter().filter(|(what, _)| step.leaves_out_of_tx(what)) {
                report(what, then);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::found;

    #[test]
    fn a_transaction_in_pieces_is_found() {
        for (tx, expected) in [
            ("[]", &[][..]),
            ("[ProductOrder, ProductOrderItem, SagaInstance, Outbox]", &[]),
            ("[ProductOrder, ProductOrderItem, SagaInstance]", &["no Outbox"]),
            ("[ProductOrder, ProductOrderItem, Outbox]", &["no SagaInstance"]),
            ("[SagaInstance]", &["no Outbox", "no ProductOrder:", "no ProductOrderItem"]),
        ] {
            let found = found("order-fulfilment", &[&format!("saga.steps[create-order].tx={tx}")]);
            assert_eq!(found.len(), expected.len(), "{tx}: {found:?}");
            for expected in expected {
                let is_it = |found: &&String| found.starts_with("SG0601 ") && found.contains(expected);
                assert!(found.iter().any(|found| is_it(&found)), "{tx}: {found:?}");
            }
        }
    }
}
