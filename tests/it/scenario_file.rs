//! What a scenario file asks for is what happens: its fault profile, and its limits of metrics.

use std::path::Path;

use crate::cli::{run, text};

/// Checks the exercise under a scenario of these lines; gives the exit code, the report as JSON, and what was said.
fn check(lines: &str, arguments: &[&str]) -> (i32, serde_json::Value, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let here = |name: &str| folder.path().join(name).display().to_string();
    assert!(run(&["new", &here("mine")]).status.success());
    let file = here("mine/tight.scenario.yaml");
    let scenario = format!("scenario: tight\nsaga: ./order-fulfilment.saga.yaml\n{lines}");
    std::fs::write(Path::new(&file), scenario).expect("a scenario");
    let failures = here("failures");
    let runs: &[&str] = if arguments.contains(&"--runs") { &[] } else { &["--runs", "40"] };
    let depth: &[&str] = if arguments.contains(&"--exhaustive") { &[] } else { &["--exhaustive", "0"] };
    let call = ["check", &file, "--format", "json", "--failures", &failures];
    let output = run(&[&call[..], depth, runs, arguments].concat());
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().expect("an exit code"), report, text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn a_limit_that_is_passed_is_a_failure() {
    let (code, report, _) = check("faults: none\nfail: [{ metric: consumer-lag, over: 1ms }]\n", &[]);
    assert_eq!((code, &report["verdict"]), (1, &"fail".into()));
    let row = &report["limits"][0];
    assert_eq!((&row["metric"], &row["over"], &row["broken"]), (&"consumer-lag".into(), &1.into(), &true.into()));
    assert!(row["found"].as_u64() > Some(1), "{row}");
    assert!(report["failures"].as_array().is_some_and(Vec::is_empty));
    assert_eq!(report["scenarios"][0]["verdict"], "fail");
}

#[test]
fn a_limit_that_is_kept_changes_no_verdict() {
    let kept = "faults: none\nfail: [{ metric: consumer-lag, over: 30d }, { metric: saga-stuck, over: 0 }]\n";
    let (code, report, _) = check(kept, &[]);
    let (without, unlimited, _) = check("faults: none\n", &[]);
    assert_eq!((code, &report["verdict"]), (without, &unlimited["verdict"]));
    assert_eq!(report["limits"].as_array().map(Vec::len), Some(2));
    assert_eq!(report["random"]["fingerprint"], unlimited["random"]["fingerprint"]);
}

#[test]
fn a_limit_of_nothing_is_refused_at_its_place() {
    for (lines, said) in [
        ("fail: [{ metric: consumer-leg, over: 5m }]", "consumer-lag"),
        ("fail: [{ metric: consumer-lag, over: 5 }]", "a time, such as 5m"),
        ("fail: [{ metric: saga-stuck, over: 5m }]", "a whole number"),
    ] {
        let (code, _, said_there) = check(lines, &[]);
        assert_eq!(code, 2, "{lines}");
        assert!(said_there.contains(said), "{lines}: {said_there}");
    }
}

#[test]
fn a_scenario_names_its_fault_profile_and_a_call_may_name_another() {
    let injected = |report: &serde_json::Value| {
        let rows = report["faults"].as_array().expect("rows").iter();
        rows.map(|row| row["injected"].as_u64().expect("a count")).sum::<u64>()
    };
    assert_eq!(injected(&check("faults: none\n", &[]).1), 0);
    assert!(injected(&check("faults: none\n", &["--faults", "standard"]).1) > 0);
    assert!(injected(&check("", &[]).1) > 0);
}

const ENOUGH: [&str; 4] = ["--runs", "600", "--exhaustive", "1"];

#[test]
fn a_goal_that_is_met_changes_no_verdict() {
    let goals = "goals:\n  boundaries: all\n  faultCells: 90%\n  faults: { duplicate: 50 }\n  \
                 invariants: { single-effect: 1000 }\n  cells: [{ step: release-router, fault: rate-limit }]\n";
    let (code, report, said) = check(goals, &ENOUGH);
    assert_eq!((code, &report["verdict"]), (0, &"pass".into()), "{said}");
    let rows = report["goals"].as_array().expect("rows");
    let names: Vec<_> = rows.iter().map(|row| row["goal"].as_str().expect("a name")).collect();
    let expected =
        ["faultCells", "boundaries", "faults.duplicate", "invariants.single-effect", "cells.release-router.rate-limit"];
    assert_eq!(names, expected);
    assert!(rows.iter().all(|row| row["met"] == true && row["scenario"] == "tight"), "{rows:?}");
    let coverage = &report["coverage"];
    let cells =
        coverage["reached"].as_u64().expect("a count") + coverage["unreached"].as_array().map_or(0, Vec::len) as u64;
    assert_eq!(rows[0]["reached"], coverage["reached"]);
    assert_eq!(rows[0]["wanted"], (cells * 9).div_ceil(10));
    let (without, free, _) = check("", &ENOUGH);
    assert_eq!((without, &free["random"]["fingerprint"]), (0, &report["random"]["fingerprint"]));
}

#[test]
fn a_goal_that_is_not_met_is_not_enough_evidence() {
    for (goal, said) in [
        ("faults: { duplicate: 1000000 }", "goal faults.duplicate of tight: "),
        ("invariants: { single-effect: 1000000000 }", " of 1000000000 judgements"),
        ("cells: [{ step: ship-router, fault: rate-limit, runs: 90000 }]", " of 90000 runs"),
        ("faultCells: all", " of 414 cells: "),
    ] {
        let (code, report, _) = check(&format!("goals: {{ {goal} }}\n"), &ENOUGH);
        assert_eq!((code, &report["verdict"]), (3, &"not-enough-evidence".into()), "{goal}");
        assert_eq!(
            (&report["goals"][0]["met"], &report["scenarios"][0]["verdict"]),
            (&false.into(), &report["verdict"])
        );
        let owed = report["owed"].as_array().expect("sentences");
        assert!(owed.len() == 1 && owed[0].as_str().is_some_and(|owed| owed.contains(said)), "{goal}: {owed:?}");
    }
}

#[test]
fn what_broke_is_told_before_goals_that_are_not_met() {
    let broken = ["--runs", "200", "--set", "participants.billing.operations.charge.dedup.by=none"];
    let (code, report, _) = check("goals: { faultCells: all }\n", &broken);
    assert_eq!((code, &report["verdict"], &report["goals"][0]["met"]), (1, &"fail".into(), &false.into()));
}

#[test]
fn a_goal_of_nothing_is_refused_at_its_place() {
    for (goal, place, said) in [
        ("faults: { duplicat: 5 }", 20, "did you mean duplicate?"),
        ("invariants: { single-effects: 5 }", 24, "did you mean single-effect?"),
        ("cells: [{ step: ship-ruter, fault: rate-limit }]", 26, "ship-router"),
        ("cells: [{ step: create-order, fault: delay }]", 47, "create-order calls no system"),
        ("cells: [{ step: stop-access, fault: delay }]", 46, "what is complete is not undone"),
        ("faultCells: 120%", 22, "all, none, or a share such as 90%"),
        ("boundries: all", 10, "boundaries"),
    ] {
        let (code, report, told) = check(&format!("goals: {{ {goal} }}\n"), &[]);
        assert_eq!(code, 2, "{goal}");
        let finding = &report["lint"]["findings"][0];
        assert!(finding["file"].as_str().is_some_and(|file| file.ends_with("tight.scenario.yaml")), "{finding}");
        let (words, line) = (finding.to_string(), (finding["line"].as_u64(), finding["column"].as_u64()));
        assert!(words.contains(said) && line == (Some(3), Some(place)), "{goal}: {told}");
    }
}

#[test]
fn a_thousand_runs_bound_what_may_fail() {
    let bound =
        |arguments: &[&str]| check("faults: light\n", arguments).1["random"]["fails_at_most_per_million"].clone();
    assert_eq!(bound(&["--runs", "1500"]), 2_000);
    assert_eq!(bound(&["--runs", "999"]), serde_json::Value::Null);
    assert_eq!(bound(&["--runs", "1000", "--set", "billing.operations.charge.dedup.by=none"]), serde_json::Value::Null);
}

#[test]
fn the_cancellation_of_the_exercise_cancels() {
    let folder = tempfile::tempdir().expect("a folder");
    let failures = folder.path().join("failures").display().to_string();
    let call = ["check", "--scenario", "cancel-after-reservation", "--runs", "1", "--format", "json"];
    let output = run(&[&call[..], &["--failures", &failures]].concat());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    let plans = report["exhaustive"][0]["survived"].as_u64().expect("a count");
    let rows = report["invariants"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["id"] == "cancelled-item-has-no-effects").expect("a row");
    // Where a fault keeps the command away for long, the router is shipped.
    assert!(row["judged"].as_u64() > Some(plans * 9 / 10), "{plans} plans: {row}");
}
