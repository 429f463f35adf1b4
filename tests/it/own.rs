//! The designer's own rules are judged: those that hold are, those that do not are found and told.

use fault_models::{Driver, Profile};
use scenarios::campaign::{Options, Simulation};
use scenarios::definition::{Definition, Set};
use scenarios::invariants::{INVARIANTS, own};
use scenarios::model::Model;
use scenarios::scenario::Scenario;
use scenarios::workload::WorkloadShape;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// Runs the exercise with one rule; says how often the rule was judged, and how its first breach is told.
fn check(class: &str, rule: &str) -> Result<(u64, Option<String>), String> {
    let set = [Set::parse(&format!("saga.invariants=[{{ id: mine, class: {class}, {rule} }}]")).expect("a patch")];
    let definition = Definition::bundled("order-fulfilment", &set).map_err(|invalid| format!("{invalid:?}"))?;
    let model =
        Model::of(&definition.sagas[0], definition.scenario.as_ref()).map_err(|invalid| format!("{invalid:?}"))?;
    let shape = WorkloadShape::new(&model, definition.scenario.as_ref());
    let profile = Profile::bundled("standard").expect("a bundled profile");
    let simulation = Simulation::new(Scenario::new(model), shape, profile, Driver::Swarm);
    let options = Options { seed: 1, first: 0, runs: 120, jobs: 1, driver: Driver::Swarm, fail_fast: false };
    let tally = simulation.campaign(&options, &AtomicBool::new(false), &AtomicU64::new(0));
    let entry = if class == "always" { &own::ALWAYS } else { &own::EVENTUALLY };
    let place = INVARIANTS.iter().position(|known| known.id == entry.id).expect("it is in the catalogue");
    let cause = tally.causes.values().next();
    if let Some(cause) = cause {
        assert_eq!(usize::from(cause.violation.invariant), place, "only the rule may break");
        assert!((entry.definition)(&simulation.scenario, &cause.violation).is_some());
    }
    Ok((tally.judged[place], cause.map(|cause| (entry.story)(&simulation.scenario, &cause.violation))))
}

#[test]
fn a_rule_that_holds_is_judged() {
    for (class, rule) in [
        ("always", r#"rule: 'step("ship-router").state != "COMPLETED" || step("reserve-router").state != "PENDING"'"#),
        ("always", r#"for: 'item.name == "router"', rule: 'size(logistics.shipments) <= 9'"#),
        (
            "eventually",
            r#"for: 'item.state == "completed" && item.charge.amount > money("0.00", "EUR")', rule: 'billing.charges.exists(r, r.orderItemId == item.id && r.amount == item.charge.amount)', within: 2d"#,
        ),
        (
            "eventually",
            r#"for: 'order.state == "completed"', rule: 'order.createdAt <= item.completedAt || item.state != "completed"'"#,
        ),
    ] {
        let (judged, broken) = check(class, rule).expect("a rule");
        assert_eq!(broken, None, "{rule}");
        assert!(judged > 100, "{rule} was judged {judged} times");
    }
}

#[test]
fn a_rule_that_does_not_hold_is_found() {
    for (class, rule, story) in [
        ("always", r#"rule: 'item.state != "completed"'"#, "rule mine does not hold for item"),
        (
            "always",
            r#"for: 'item.name == "router"', rule: '!inventory.reservations.exists(r, r.orderItemId == item.id && r.state == "ACTIVE")'"#,
            "rule mine does not hold for item router",
        ),
        (
            "eventually",
            r#"for: 'item.state == "completed"', rule: 'billing.charges.exists(r, r.orderItemId == item.id && r.amount == money("1.00", "EUR"))'"#,
            "rule mine did not come to hold for item",
        ),
    ] {
        let (_, broken) = check(class, rule).expect("a rule");
        assert!(broken.as_ref().is_some_and(|told| told.contains(story)), "{rule}: {broken:?}");
    }
}

#[test]
fn a_rule_about_what_nothing_reports_is_refused() {
    let refused = check("always", r#"rule: 'quote.total == money("1.00", "EUR")'"#).unwrap_err();
    assert!(refused.contains("cannot read quote.total"), "{refused}");
}

/// What a check of the exercise with two rules says, in one line.
fn said_of(rules: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let (failures, set) = (folder.path().display().to_string(), format!("saga.invariants={rules}"));
    let call = ["check", "--scenario", "order-fulfilment", "--exhaustive", "0", "--runs", "200", "--plain"];
    let output = crate::cli::run(&[&call[..], &["--failures", &failures, "--set", &set]].concat());
    crate::cli::text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_rule_is_an_invariant_of_its_own() {
    let said = said_of(
        r#"[{ id: never-shipped, class: always, for: 'item.name == "router"', rule: 'step("ship-router").state != "COMPLETED"' },
            { id: never-held, class: always, for: 'item.name == "router"', rule: 'item.state != "held"' }]"#,
    );
    for part in ["own-rule-always at never-shipped of router", "own-rule-always at never-held of router"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_rule_that_never_speaks_is_owed() {
    let said = said_of(
        r#"[{ id: idle, class: always, for: 'item.name == "router" && item.charge.amount > money("9999.00", "EUR")', rule: 'true' },
            { id: busy, class: always, rule: 'order.version >= 0' }]"#,
    );
    assert!(said.contains("the rule idle had nothing to judge in order-fulfilment"), "{said}");
    let rows = "Rules of your own judged in runs broken idle 0 0 always, order-fulfilment busy 200 0 always,";
    assert!(said.contains(rows), "{said}");
    assert!(!said.contains("the rule busy"), "{said}");
}

#[test]
fn a_stored_failure_of_a_rule_is_run_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let failures = folder.path().display().to_string();
    let rule = r#"saga.invariants=[{ id: never-shipped, class: always, for: 'item.name == "router"', rule: 'step("ship-router").state != "COMPLETED"' }]"#;
    let check =
        ["check", "--scenario", "order-fulfilment", "--exhaustive", "0", "--runs", "20", "--failures", &failures];
    let run = |arguments: &[&str]| {
        let output = crate::cli::run(arguments);
        (output.status.code(), crate::cli::text(&output.stdout) + &crate::cli::text(&output.stderr))
    };
    let (code, said) = run(&[&check[..], &["--set", rule]].concat());
    assert_eq!(code, Some(1), "{said}");
    let file = std::fs::read_dir(folder.path()).expect("a folder").next().expect("a file").expect("its name").path();
    let file = file.display().to_string();
    let (code, said) = run(&["replay", &file, "--plain"]);
    assert!(code == Some(1) && said.contains("own-rule-always breaks at never-shipped of router"), "{code:?}: {said}");
    let (code, said) = run(&["replay", &file, "--plain", "--set", "saga.invariants=[]"]);
    assert_eq!(code, Some(0), "{said}");
    let (_, said) = run(&[&check[..], &["--set", rule]].concat());
    assert!(said.contains("1 stored failure run first, 1 still failing"), "{said}");
}
