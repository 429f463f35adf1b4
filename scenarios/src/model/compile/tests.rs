//! The bundled catalogue compiled, and patches of it.

use super::*;
use crate::definition::{NextAction, Set};
use crate::message::CallRef;
use crate::model::{KeyField, KeyScope, Names};
use crate::sites::RESPONSES;

/// The bundled saga with patches; a path that does not name its file is one of the saga.
fn definition(saga: &str, patches: &[(&str, &str)]) -> Definition {
    let set = |&(path, value): &(&str, &str)| {
        let whole = if path.starts_with("p") { path.to_string() } else { format!("saga.{path}") };
        Set { path: whole, value: value.to_string() }
    };
    let sets: Vec<Set> = patches.iter().map(set).collect();
    Definition::bundled(saga, &sets).unwrap_or_else(|error| panic!("{saga} {patches:?}: {:?}", error.diagnostics))
}

fn model(patches: &[(&str, &str)]) -> Model {
    Model::new(&definition("order-fulfilment", patches)).unwrap_or_else(|error| panic!("{patches:?}: {error:?}"))
}

fn step<'m>(model: &'m Model, id: &str) -> &'m super::super::Step {
    model.step(model.find_step(id).unwrap_or_else(|| panic!("no step {id}")))
}

fn responses(model: &Model, operation: &str) -> Vec<&'static str> {
    let found = model.operations.iter().find(|o| o.id == operation);
    let mask = found.unwrap_or_else(|| panic!("no operation {operation}")).responses;
    RESPONSES.iter().enumerate().filter(|(i, _)| mask & 1 << i != 0).map(|(_, name)| *name).collect()
}

#[test]
fn the_exercise_has_its_steps_items_and_parts() {
    let model = model(&[]);
    assert_eq!((model.forward, model.undo_end, model.steps.len()), (12, 23, 25));
    assert_eq!((model.items.len(), model.charges.len(), model.consumers.len()), (3, 3, 6));
    assert_eq!((model.retries.len(), model.unknowns.len(), model.commands.len()), (3, 1, 1));
    assert_eq!(model.parts.consumers.len(), 6);
    assert_eq!(model.parts.systems.len(), model.systems.len());
    assert!(model.systems.iter().zip(&model.parts.systems).all(|(system, part)| system.part == *part));
    assert_eq!(model.epoch, EPOCH);
    assert!(model.horizon > Duration::days(14), "{}", model.horizon);
}

#[test]
fn every_bundled_saga_compiles_and_its_texts_can_be_read_back() {
    for saga in ["order-fulfilment", "quote-to-order", "tmf622-order"] {
        let model = Model::new(&definition(saga, &[])).unwrap_or_else(|error| panic!("{saga}: {error:?}"));
        let names = Names::new(&model);
        for ix in 0..model.steps.len() {
            let call = CallRef { order: 2, step: StepIx(ix as u16), revision: 1, attempt: 3 };
            let text = names.text(call.subject(&model));
            assert!(text.starts_with(&model.describe_call(call)), "{text}");
            assert_eq!(names.parse(&text), Some(call.subject(&model)), "{text}");
        }
    }
}

#[test]
fn steps_know_what_is_before_and_behind_them() {
    let model = model(&[]);
    let id = |steps: &[StepIx]| steps.iter().map(|ix| model.step(*ix).id.as_str()).collect::<Vec<_>>();
    let provision = step(&model, "provision-connectivity");
    assert_eq!(id(&provision.after), ["check-feasibility"]);
    assert_eq!(id(&provision.dependents), ["create-asset-connectivity", "bill-connectivity", "activate-support"]);
    assert_eq!(id(&step(&model, "bill-connectivity").undo), ["stop-access", "credit-access"]);
    assert_eq!(id(&model.items[2].complete_after), ["activate-support"]);
    assert_eq!(id(model.items[1].pivot.as_slice()), ["ship-router"]);
    assert_eq!((&model.items[2].relies_on[..], &model.items[0].relied_on_by[..]), (&[ItemIx(0)][..], &[ItemIx(2)][..]));
    let charge = &model.charges[1];
    assert_eq!((charge.amount, &charge.currency, charge.recurring), (8_990, b"EUR", false));
    assert_eq!(id(charge.step.as_slice()), ["bill-router"]);
    assert_eq!(id(charge.bill_on.as_slice()), ["ship-router"]);
    let ship = step(&model, "ship-router");
    assert_eq!((ship.pivot, ship.after_pivot), (true, Some(NextAction::ReturnOrder)));
    assert_eq!(ship.on_reject, [(0, NextAction::FailItem)]);
    assert_eq!(ship.on_reject_other, Some(NextAction::FailItem));
}

#[test]
fn what_a_claim_leaves_out_follows_from_the_steps() {
    let complete = |patches: &[(&str, &str)], item: usize| {
        let model = model(patches);
        let steps = &model.items[item].complete_after;
        steps.iter().map(|ix| model.step(*ix).id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(complete(&[("items.router.completeAfter", "null")], 1), ["ship-router"]);
    let all_assets = [("items.support.completeAfter", "null"), ("steps[activate-support].kind", "asset")];
    assert_eq!(complete(&all_assets, 2), ["create-asset-support", "bill-support"]);
}

#[test]
fn compensations_of_one_step_run_behind_those_they_go_after() {
    let turned =
        [("compensations.credit-access.after", "null"), ("compensations.stop-access.after", "[credit-access]")];
    let model = model(&turned);
    let undo = &step(&model, "bill-connectivity").undo;
    assert_eq!(undo.iter().map(|ix| model.step(*ix).id.as_str()).collect::<Vec<_>>(), ["credit-access", "stop-access"]);
}

#[test]
fn keys_read_as_they_are_written() {
    let model = model(&[]);
    let check = |id: &str, text: &str| {
        let ix = model.find_step(id).expect("a step of the exercise");
        let key = model.step(ix).key.as_ref().expect("a key");
        let scope = KeyScope { plan_version: 1, quote_version: 2, ..model.key_scope(0, ix) };
        assert_eq!(key.text(&scope), text);
        assert!(!key.volatile);
    };
    check("create-order", "quote-1:v2:conversion-req-1/create-order-0-0");
    check("ship-router", "order-1/router:SHIP:p1");
    check("bill-router", "order-1/router:hardware:billing-req-1/bill-router-0-0");
    check("credit-hardware", "order-1/router:hardware:CREDIT:billing-req-1/credit-hardware (undoes bill-router)-0-0");
    let call = &model.steps[model.row_count()];
    let scope = KeyScope { source: "oms", event: 6, ..KeyScope::default() };
    assert_eq!(call.key.as_ref().map(|key| key.text(&scope)).as_deref(), Some("oms:evt-7"));
}

#[test]
fn a_record_in_a_key_is_that_of_the_nearest_step_before_it() {
    let check = |path: &str, id: &str, creator: &str| {
        let model = model(&[(path, "\"${reservation.id}:X\"")]);
        let key = step(&model, id).key.as_ref().expect("a key");
        assert_eq!(key.fields[0], KeyField::Record(model.find_step(creator).expect("a step")), "{path}");
    };
    check("steps[ship-router].key", "ship-router", "reserve-router");
    check("compensations.release-router.key", "release-router", "reserve-router");
    check("steps[activate-support].key", "activate-support", "reserve-router");
}

#[test]
fn volatile_keys_say_so() {
    for path in ["step.attempt", "message.id", "clock.now", "random"] {
        let key = format!("\"${{item.id}}:${{{path}}}\"");
        let model = model(&[("steps[ship-router].key", &key)]);
        assert!(step(&model, "ship-router").key.as_ref().is_some_and(|key| key.volatile), "{path}");
    }
}

#[test]
fn responses_follow_the_contract() {
    let model = model(&[]);
    let none = [
        "ok",
        "timeout-before-effect",
        "http-500-before-effect",
        "http-502-before-effect",
        "http-503-before-effect",
        "http-504-before-effect",
        "rate-limit",
        "validation-error",
        "business-rejection",
        "slow",
        "reason-1",
    ];
    assert_eq!(responses(&model, "provisioning.checkFeasibility"), none);
    let ship = [
        "ok",
        "timeout-before-effect",
        "timeout-after-effect",
        "http-500-before-effect",
        "http-500-after-effect",
        "http-502-before-effect",
        "http-502-after-effect",
        "http-503-before-effect",
        "http-504-before-effect",
        "http-504-after-effect",
        "rate-limit",
        "validation-error",
        "business-rejection",
        "slow",
        "late-effect",
        "reason-1",
    ];
    assert_eq!(responses(&model, "logistics.ship"), ship);
    let activate = responses(&model, "provisioning.activate");
    assert!(activate.contains(&"callback-twice") && activate.contains(&"callback-late"));
    for operation in &model.operations {
        let all = responses(&model, &operation.id);
        assert!(!all.contains(&"wrong-effect") && !all.contains(&"partial-effect"), "{}", operation.id);
    }
    let weak = super::tests::model(&[
        ("participants.logistics.operations.ship.partialEffect", "true"),
        ("participants.logistics.operations.ship.lateEffect", "null"),
        ("participants.provisioning.operations.activate.callbacks", "{max: 1, afterGiveUp: false}"),
    ]);
    let ship = responses(&weak, "logistics.ship");
    assert!(ship.contains(&"partial-effect") && !ship.contains(&"late-effect"));
    let activate = responses(&weak, "provisioning.activate");
    assert!(!activate.contains(&"callback-twice") && !activate.contains(&"callback-late"));
}

#[test]
fn what_is_missing_stays_missing() {
    let bare = model(&[
        ("steps[ship-router].key", "null"),
        ("steps[ship-router].retry", "null"),
        ("steps[ship-router].attemptTimeout", "null"),
        ("steps[ship-router].deadline", "null"),
        ("steps[reserve-router].compensation", "null"),
        ("unknownOutcome.QUERY_THEN_RECONCILE.absentCounts", "null"),
        ("unknownOutcome.QUERY_THEN_RECONCILE.sla", "null"),
        ("retry.standard.unknownOutcomePolicy", "null"),
        ("commands.cancelItem.states", "null"),
        ("commands.cancelItem.expectedVersion", "null"),
        ("timeout", "null"),
        ("fallout", "null"),
        ("businessKey", "null"),
        ("consumers[notify].inbox", "null"),
    ]);
    let ship = step(&bare, "ship-router");
    assert!(ship.key.is_none() && ship.retry.is_none() && ship.attempt_timeout.is_none() && ship.deadline.is_none());
    assert!(step(&bare, "reserve-router").undo.is_empty());
    let unknown = &bare.unknowns[0];
    assert!(unknown.absent_at_once && unknown.sla.is_none());
    assert!(bare.retries[0].unknown.is_none());
    let cancel = &bare.commands[0];
    assert!(cancel.states == u16::MAX && !cancel.expects_version);
    assert!(bare.timeout.is_none() && bare.fallout.owner.is_none() && bare.business_key.is_none());
    let notify = bare.consumers.iter().find(|consumer| consumer.id == "notify").expect("a consumer of the exercise");
    assert!(!notify.inbox);
}

#[test]
fn any_stands_for_the_failures_that_no_list_names() {
    use crate::definition::Failure;
    let model = model(&[("retry.standard.retryOn", "[ANY]")]);
    let retry = &model.retries[0];
    assert!(retry.retry_on.has(Failure::Http503) && retry.retry_on.has(Failure::NotSent));
    assert!(!retry.retry_on.has(Failure::Timeout) && !retry.retry_on.has(Failure::ValidationError));
    assert!(retry.unknown_on.has(Failure::Timeout));
}

#[test]
fn plumbing_is_that_of_the_platform_and_the_lock() {
    assert_eq!(model(&[]).plumbing.locking, Locking::Optimistic);
    assert_eq!(model(&[("lock.mode", "none")]).plumbing.locking, Locking::None);
    assert_eq!(model(&[("platform.saga.locking", "none")]).plumbing.locking, Locking::None);
    let relays = model(&[("platform.outbox.relays", "3")]);
    assert_eq!((relays.parts.oms_relays.len(), relays.plumbing.relays), (3, 3));
}

#[test]
fn names_do_not_depend_on_the_other_steps() {
    let whole = model(&[]);
    let fewer = model(&[("steps[create-asset-router]", "null")]);
    assert_ne!(whole.find_step("bill-router"), fewer.find_step("bill-router"));
    for id in ["ship-router", "bill-router", "release-router", "credit-plan", "notify"] {
        assert_eq!(step(&whole, id).names, step(&fewer, id).names, "{id}");
    }
}

#[test]
fn names_with_one_hash_are_found() {
    let mut twice = model(&[]);
    assert_eq!(names::collisions(&twice), []);
    twice.consumers[0].names = twice.items[1].names;
    assert_eq!(names::collisions(&twice), [("consumer crm".to_string(), "item router".to_string())]);
}

/// The patched definition is refused, with this text at the place.
fn check_refused(patches: &[(&str, &str)], code: &str, words: &str, at: &str) {
    let definition = definition("order-fulfilment", patches);
    let diagnostics = Model::new(&definition).expect_err("a refusal");
    let found = diagnostics.iter().find(|diagnostic| diagnostic.message.contains(words));
    let found = found.unwrap_or_else(|| panic!("{words} is not in {diagnostics:?}"));
    assert_eq!(found.code, code);
    assert_eq!(definition.sources.slice(found.primary), at, "{found:?}");
}

#[test]
fn predicates_are_refused_at_their_place() {
    let guard = "steps[ship-router].when";
    check_refused(&[(guard, "'item.state == \"done\"'")], "SG0005", "when: ", "\"done\"");
    check_refused(&[("consumers[notify].where", "'event.stat == \"completed\"'")], "SG0005", "where: ", "stat");
    check_refused(&[("reconcile[oms-asset].for", "item.nome == 1")], "SG0005", "for: ", "nome");
    // What nothing tells the OMS would never hold.
    for (field, predicate, path) in [
        (guard, r#"account.value > money("1.00", "EUR")"#, "account.value"),
        ("reconcile[oms-asset].for", r#"quote.expiresAt > order.createdAt"#, "quote.expiresAt"),
        (guard, "size(billing.charges) == 0", "the records of a system"),
    ] {
        check_refused(
            &[(field, &format!("'{predicate}'"))],
            "SG0005",
            &format!("cannot read {path}"),
            &format!("'{predicate}'"),
        );
    }
}

#[test]
fn too_much_is_refused() {
    let many = format!("[{}]", vec!["credit-access"; 21].join(", "));
    check_refused(
        &[("steps[bill-connectivity].compensation", &many)],
        "SG0007",
        "21 compensations",
        "order-fulfilment",
    );
    check_refused(&[("platform.outbox.relays", "4000000000")], "SG0007", "relays", "order-fulfilment");
    let states: Vec<String> = (0..251).map(|i| format!("{{ state: S{i}, when: 'true' }}")).collect();
    let states = format!("[{}]", states.join(", "));
    check_refused(&[("dashboard", &states)], "SG0007", "251 dashboard states", "order-fulfilment");
    let rules: Vec<String> = (0..251).map(|i| format!("{{ id: r{i}, class: always, rule: 'true' }}")).collect();
    let rules = format!("[{}]", rules.join(", "));
    check_refused(&[("invariants", &rules)], "SG0007", "251 invariants", "order-fulfilment");
}
