//! Remedies: single changes to a definition or a contract that may be what a failure calls for.
//!
//! Each known weakness that a definition has, a value of a contract that is not the correct one or something with an
//! effect that was left out, gives one patch that takes it away. Whether a failure is gone with it is not guessed: the
//! reduced run is done again against the patched definition. To add a weakness, add it to the part that owns it:
//! `contracts` for participants and platform, `policies` and `weak` for what the saga says and should not, `left_out` for
//! what it does not say, `deadlines` for what makes it late.

mod contracts;
mod deadlines;
mod left_out;
mod policies;
mod weak;

use crate::definition::{SagaFile, Set, Span};

pub use policies::stable_key;

/// A change that may help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The change: one value, or the few that only make sense together.
    pub sets: Vec<Set>,
    /// The place to change.
    pub span: Span,
    /// What to write there, as half a sentence: `write mark: after-publish, not before-publish`.
    pub advice: String,
    /// The step, compensation or operation that it is about; `None` for what all of them share.
    pub about: Option<String>,
}

/// All remedies that a saga and its contracts give rise to; none for one that follows every rule.
#[must_use]
pub fn remedies(file: &SagaFile) -> Vec<Remedy> {
    let mut found = Vec::new();
    policies::steps(file, &mut found);
    policies::compensations(file, &mut found);
    policies::policies(file, &mut found);
    contracts::participants(file, &mut found);
    contracts::platform(file, &mut found);
    left_out::left_out(file, &mut found);
    weak::weak(file, &mut found);
    deadlines::deadlines(file, &mut found);
    found
}

/// Adds a remedy, if its path is one.
fn add(found: &mut Vec<Remedy>, path: &str, value: &str, (span, advice): (Span, String), about: Option<&str>) {
    add_all(found, &[(path.to_owned(), value.to_owned())], (span, advice), about);
}

/// Adds a remedy of several values that only make sense together, if their paths are paths.
fn add_all(found: &mut Vec<Remedy>, values: &[(String, String)], (span, advice): (Span, String), about: Option<&str>) {
    let sets: Result<Vec<Set>, _> = values.iter().map(|(path, value)| Set::new(path, value)).collect();
    if let Ok(sets) = sets {
        found.push(Remedy { sets, span, advice, about: about.map(str::to_owned) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;

    /// The remedies of the exercise under a patch.
    fn of(set: &str) -> Vec<String> {
        let set = Set::parse(set).expect("a patch");
        let definition = Definition::bundled("order-fulfilment", &[set]).expect("it loads");
        let sets = |remedy: Remedy| remedy.sets.iter().map(Set::to_string).collect::<Vec<_>>().join(" and ");
        remedies(definition.first()).into_iter().map(sets).collect()
    }

    #[test]
    fn what_follows_every_rule_needs_none() {
        for name in ["order-fulfilment", "quote-to-order"] {
            let definition = Definition::bundled(name, &[]).expect("it loads");
            assert_eq!(remedies(definition.first()), [], "{name}");
        }
    }

    /// A rule that is broken, and the failure that shows its harm, ask for the same key.
    #[test]
    fn a_rule_about_a_missing_key_proposes_the_key_of_the_remedy() {
        for step in ["ship-router", "bill-router"] {
            let set = Set::parse(&format!("saga.steps[{step}].key=null")).expect("a patch");
            let definition = Definition::bundled("order-fulfilment", &[set]).expect("it loads");
            let help = crate::lint::lint(definition.first()).remove(0).help.expect("what to write");
            let key = help.strip_prefix("write key: ").expect("a key");
            let found = remedies(definition.first());
            assert!(found.iter().any(|remedy| remedy.advice.contains(key)), "{help}: {found:?}");
        }
    }

    #[test]
    fn a_key_that_two_charges_share_is_one_of_neither() {
        let key = |step: &str| format!("saga.steps[{step}].key=${{order.id}}:CHARGE");
        let sets = ["bill-router", "bill-support"].map(|step| Set::parse(&key(step)).expect("a patch"));
        let definition = Definition::bundled("order-fulfilment", &sets).expect("it loads");
        let found: Vec<_> = remedies(definition.first()).into_iter().map(|remedy| remedy.advice).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("(bill-support has the same)"), "{found:?}");
        // Another text, or a path that differs, is a key of its own.
        assert_eq!(of(&key("bill-router")), Vec::<String>::new());
    }

    #[test]
    fn words_that_are_wrong_are_tried_before_numbers_that_may_be_right() {
        let sets = ["platform.outbox.relays=2", "platform.consumer.order=timestamp"];
        let sets = sets.map(|set| Set::parse(set).expect("a patch"));
        let definition = Definition::bundled("order-fulfilment", &sets).expect("it loads");
        let found = remedies(definition.first()).into_iter().flat_map(|remedy| remedy.sets);
        let found: Vec<_> = found.map(|set| set.path).collect();
        assert_eq!(found, ["platform.consumer.order", "platform.outbox.relays"]);
    }

    #[test]
    fn a_weakness_has_the_patch_that_takes_it_away() {
        for (weakness, remedy) in [
            ("saga.steps[bill-router].key=null", "saga.steps[bill-router].key="),
            ("saga.steps[bill-router].key=${item.id}:${step.attempt}", "saga.steps[bill-router].key="),
            (
                "saga.steps[bill-router].after=[reserve-router]",
                "saga.steps[bill-router].after=[reserve-router, ship-router]",
            ),
            (
                "saga.steps[bill-router].after=[ship-router, provision-connectivity]",
                "saga.steps[bill-router].after=[ship-router]",
            ),
            ("saga.steps[ship-router].attemptTimeout=50ms", "saga.steps[ship-router].attemptTimeout=42s"),
            ("saga.steps[reserve-router].compensation=null", "saga.steps[reserve-router].compensation=release-router"),
            (
                "saga.compensations.release-router.appliesTo=[COMPLETED]",
                "saga.compensations.release-router.appliesTo=[COMPLETED, UNKNOWN]",
            ),
            (
                "saga.unknownOutcome.QUERY_THEN_RECONCILE.absentCounts=at-once",
                "saga.unknownOutcome.QUERY_THEN_RECONCILE.absentCounts=after-late-window",
            ),
            ("saga.retry.standard.fallback=null", "saga.retry.standard.fallback=OPEN_FALLOUT_CASE"),
            (
                "saga.retry.standard={maxAttempts: 1, noRetryOn: [TIMEOUT, VALIDATION_ERROR], unknownOn: [HTTP_500]}",
                "saga.retry.standard.noRetryOn=[VALIDATION_ERROR] and saga.retry.standard.unknownOn=[HTTP_500, TIMEOUT] and \
                 saga.retry.standard.unknownOutcomePolicy=QUERY_THEN_RECONCILE",
            ),
            (
                "saga.unknownOutcome.QUERY_THEN_RECONCILE.unresolved.then=COMPENSATE",
                "saga.unknownOutcome.QUERY_THEN_RECONCILE.unresolved.then=OPEN_FALLOUT_CASE",
            ),
            (
                "participants.billing.operations.charge.dedup={by: none}",
                "participants.billing.operations.charge.dedup.by=key",
            ),
            ("platform.outbox.mark=before-publish", "platform.outbox.mark=after-publish"),
            ("platform.saga.timers.firedBy=every-node", "platform.saga.timers.firedBy=one"),
            ("saga.fallout=null", "saga.fallout={ owner: "),
            ("saga.timeout.signal=null", "saga.timeout.signal=SAGA_TIMED_OUT"),
            ("saga.retry.standard.retryOn=null", "saga.retry.standard.retryOn=[NOT_SENT, HTTP_502, "),
            ("saga.retry.undo.unknownOutcomePolicy=null", "saga.retry.undo.unknownOutcomePolicy=QUERY_THEN_RECONCILE"),
            (
                "saga.unknownOutcome.QUERY_THEN_RECONCILE.absent=null",
                "saga.unknownOutcome.QUERY_THEN_RECONCILE.absent=RETRY_SAME_KEY",
            ),
            ("saga.steps[ship-router].attemptTimeout=null", "saga.steps[ship-router].attemptTimeout=30s"),
            ("saga.steps[bill-router].retry=null", "saga.steps[bill-router].retry=standard"),
            ("saga.steps[check-feasibility].retry=null", "saga.steps[check-feasibility].retry=standard"),
            ("saga.steps[create-asset-router].item=null", "saga.steps[create-asset-router].item=router"),
            ("saga.steps[ship-router].pivot=null", "saga.steps[ship-router].pivot=true"),
            ("saga.steps[bill-router].charge=null", "saga.steps[bill-router].charge=hardware"),
            ("saga.steps[activate-support].after=null", "saga.steps[activate-support].after=[provision-connectivity]"),
            ("saga.compensations.release-router.call=null", "saga.compensations.release-router.call=inventory.release"),
            ("saga.compensations.release-router.retry=null", "saga.compensations.release-router.retry=undo"),
            ("saga.commands.cancelItem.ifInFlight=null", "saga.commands.cancelItem.ifInFlight=RESOLVE_THEN_DECIDE"),
            ("saga.consumers[notify].attemptTimeout=null", "saga.consumers[notify].attemptTimeout=30s"),
            ("saga.reconcile[oms-billing].repair=null", "saga.reconcile[oms-billing].repair=OPEN_REPAIR_CASE"),
            ("saga.reconcile[oms-billing].repair=IGNORE", "saga.reconcile[oms-billing].repair=OPEN_REPAIR_CASE"),
            ("saga.commands.cancelItem.ifInFlight=DECIDE_AT_ONCE", "saga.commands.cancelItem.ifInFlight=RESOLVE_THEN_"),
            (
                "participants.billing.operations.charge.dedup.window=1h",
                "participants.billing.operations.charge.dedup.window=30d",
            ),
            (
                "saga.compensations.credit-access.call=billing.stop",
                "saga.compensations.credit-access.call=billing.credit",
            ),
            (
                "saga.steps[reserve-router].onReject.OUT_OF_STOCK=COMPLETE",
                "saga.steps[reserve-router].onReject.OUT_OF_STOCK=",
            ),
            ("saga.consumers[notify].onFailure=DROP", "saga.consumers[notify].onFailure=PARK"),
            ("saga.lock.mode=none", "saga.lock.mode=optimistic"),
            ("saga.retry.standard.fallback=COMPLETE", "saga.retry.standard.fallback=OPEN_FALLOUT_CASE"),
            (
                "saga.unknownOutcome.QUERY_THEN_RECONCILE.unresolved.then=DROP",
                "saga.unknownOutcome.QUERY_THEN_RECONCILE.unresolved.then=OPEN_FALLOUT_CASE",
            ),
            ("saga.steps[bill-router].key=x", "saga.steps[bill-router].key="),
        ] {
            let found: Vec<_> = of(weakness).iter().map(|set| set.replace("saga(order-fulfilment)", "saga")).collect();
            assert!(found.iter().any(|set| set.starts_with(remedy)), "{weakness}: {found:?}");
        }
    }
}
