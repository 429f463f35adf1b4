//! `--set`.

use super::*;

fn bundled(sets: &[&str]) -> Result<Definition, Invalid> {
    let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).expect("a well-formed patch")).collect();
    Definition::bundled("order-fulfilment", &sets)
}

#[test]
fn they_reach_every_kind_of_file() {
    let definition = bundled(&[
        "saga.steps[bill-router].key=${item.id}:${charge.id}:${step.attempt}",
        "saga(order-fulfilment).compensations.release-router.appliesTo=[COMPLETED]",
        "saga.steps[bill-router].after=[reserve-router]",
        "saga.steps[reserve-router].compensation=null",
        "saga.consumers[analytics]=null",
        "saga.retry.standard.retryOn[RATE_LIMIT]=null",
        "participants.billing.operations.charge.dedup.by=none",
        "participants.mail.operations.send.callbacks.max=2",
        "platform.outbox.mark=before-publish",
    ])
    .unwrap_or_else(|invalid| panic!("{invalid}"));
    let SagaFile { saga, participants, platform, .. } = definition.first();
    let bill = saga.step("bill-router").expect("the step");
    let volatile = bill.key.as_ref().map(|key| key.volatile().count());
    assert_eq!((volatile, bill.after[0].value.as_str()), (Some(1), "reserve-router"));
    assert!(saga.step("reserve-router").is_some_and(|step| step.compensation.is_empty()));
    assert!(saga.consumers.iter().all(|consumer| consumer.id.value != "analytics"));
    assert_eq!(saga.retry.get("standard").map(|policy| policy.retry_on.len()), Some(4));
    let charge = participants.operation("billing", "charge").expect("the operation");
    assert_eq!(charge.dedup.by.value, DedupBy::None);
    let callbacks = participants.operation("mail", "send").and_then(|send| send.callbacks.as_ref());
    assert_eq!(callbacks.map(|callbacks| callbacks.max.value), Some(2));
    assert_eq!(platform.outbox.mark.value, Mark::BeforePublish);
    assert_eq!(definition.sources.slice(platform.outbox.mark.span), "before-publish");
}

#[test]
fn what_they_name_must_be_there() {
    for (set, expected) in [
        ("saga.steps[bil-router].key=x", "\"bil-router\" names nothing here; nearest: \"bill-router\""),
        ("saga.steps[bill-router].kee=x", "unknown field \"kee\"; did you mean \"key\"?"),
        ("saga.compensations.release-routr.key=x", "nearest: \"release-router\""),
        ("participants.biling.operations.charge.dedup.by=none", "nearest: \"billing\""),
        ("participants.billing.operations.chrge.dedup.by=none", "nearest: \"charge\""),
        ("platform.outbox.mark=never-ever", "mark: never-ever is no outbox.mark"),
        ("platform.outbx.mark=never", "did you mean \"outbox\"?"),
        ("saga.steps[bill-router].pivot=null", "\"pivot\" names nothing here"),
        ("saga(other).version=x", "no such file to change"),
        (
            "saga.steps.key=x",
            "\"key\" needs a mapping, found a list; what stands in a list is named by its id, as [id]",
        ),
        ("saga.steps.bill-router.key=x", "found a list; what has that name in a list is written [bill-router]"),
        ("saga.timeout[x]=y", "\"x\" needs a list, found a mapping"),
        ("saga.steps[bill-router].after=[", "SG0001"),
        ("scenario.faults=none", "no such file to change"),
    ] {
        let invalid = bundled(&[set]).expect_err(set);
        let line = invalid.to_string();
        assert!(line.contains(expected) && line.starts_with("--set "), "{set}: {line}");
    }
}

#[test]
fn their_text_is_checked_at_once() {
    for (text, expected) in [
        ("saga.version", "expected PATH=VALUE"),
        ("sagas.version=1", "begins with saga, participants, platform or scenario"),
        ("saga=1", "expected .key or [id]"),
        ("saga.steps[x=1", "expected .key or [id] at \"[x\""),
        ("saga..x=1", "expected .key or [id] at \"..x\""),
        ("saga.steps[x]key=1", "expected .key or [id] at \"key\""),
    ] {
        let error = Set::parse(text).expect_err(text);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_saga_without_a_platform_file_takes_them_too() {
    let definition = loaded(&saga(STEPS), &["platform.saga.timers.firedBy=every-node"]);
    assert_eq!(definition.first().platform.saga.timers.fired_by.value, FiredBy::EveryNode);
    let again = Definition::from_sources(&definition.embedded, &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
    assert_eq!(again.first().platform.saga.timers.fired_by.value, FiredBy::EveryNode);
}
