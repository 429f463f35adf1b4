//! What a failure says to change: what was left out, at its place, though something else broke; and where nothing is known to
//! help, that this is so.

use serde_json::Value;

use crate::cli::{run, text};

/// The report of the exercise under a patch.
fn report(set: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let failures = folder.path().display().to_string();
    let call = ["check", "--scenario", "order-fulfilment", "--format", "json", "--failures", &failures];
    let output = run(&[&call[..], &["--runs", "1000", "--exhaustive", "0", "--set", set]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

/// The first failure of the exercise under a patch.
fn first_failure(set: &str) -> Value {
    report(set)["failures"][0].clone()
}

#[test]
fn a_broken_rule_is_simulated_and_a_run_that_shows_it_is_named() {
    for (set, exit_code, code, shown) in [
        ("saga.timeout=null", 2, "SG0209", Value::Null),
        ("saga.steps[provision-connectivity].deadline=null", 1, "SG0201", "saga-terminates".into()),
    ] {
        let report = report(set);
        let findings = report["lint"]["findings"].as_array().expect("a list");
        assert_eq!((&report["exit_code"], findings.len()), (&exit_code.into(), 1), "{set}: {findings:?}");
        assert_eq!((&findings[0]["code"], &findings[0]["demonstrated_by"]), (&code.into(), &shown), "{set}");
        assert_eq!(report["random"]["runs"], 1000, "{set}");
    }
}

#[test]
fn what_was_left_out_is_named_and_not_what_broke_for_want_of_it() {
    for (set, broke, line, advice) in [
        (
            "saga.steps[ship-router].attemptTimeout=null",
            "bill-router",
            "- id: ship-router",
            "write attemptTimeout: 30s under ship-router, which has no attemptTimeout; with it, this run breaks nothing",
        ),
        (
            "saga.fallout.owner=null",
            "bill-router",
            "fallout: { ",
            "write owner: order-desk under fallout, which has no owner; with it, this run breaks nothing",
        ),
    ] {
        let failure = first_failure(set);
        assert_eq!(failure["step"], broke, "{set}: {failure}");
        let definition = &failure["definition"];
        assert!(definition["text"].as_str().is_some_and(|text| text.starts_with(line)), "{set}: {definition}");
        assert_eq!((&definition["advice"], &definition["helps"]), (&advice.into(), &true.into()), "{set}");
    }
}

#[test]
fn what_is_written_and_wrong_is_named_with_what_is_right() {
    for (set, advice) in [
        (
            "saga.commands.cancelItem.ifInFlight=DECIDE_AT_ONCE",
            "write ifInFlight: RESOLVE_THEN_DECIDE, not DECIDE_AT_ONCE",
        ),
        ("participants.billing.operations.charge.dedup.window=1h", "write window: 30d, not 1h"),
        (
            "saga.compensations.credit-access.call=billing.stop",
            "let credit-access call billing.credit, which undoes what bill-connectivity does, not billing.stop",
        ),
        ("saga.steps[reserve-router].onReject.OUT_OF_STOCK=COMPLETE", "write OUT_OF_STOCK: FAIL_ITEM, not COMPLETE"),
        ("saga.consumers[notify].onFailure=DROP", "write onFailure: PARK, not DROP"),
        ("saga.lock.mode=none", "guard the order against writes that cross: lock: { mode: optimistic }, not none"),
        (
            "saga.steps[bill-router].key=x",
            "give bill-router a key of its own, such as \"${item.id}:${charge.id}:${billing.requestId}\" (every order has the same)",
        ),
    ] {
        let failure = first_failure(set);
        let definition = &failure["definition"];
        let expected = format!("{advice}; with it, this run breaks nothing");
        assert_eq!((&definition["advice"], &definition["helps"]), (&expected.into(), &true.into()), "{set}: {failure}");
    }
}

#[test]
fn where_nothing_is_known_to_help_it_is_said() {
    let failure = first_failure("saga.reconcile[oms-billing].of=null");
    let definition = &failure["definition"];
    assert_eq!(definition["helps"], false, "{definition}");
    assert!(definition["advice"].as_str().is_some_and(|advice| advice.contains("no single change")), "{definition}");
}
