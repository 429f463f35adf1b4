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
    let call = ["check", &file, "--exhaustive", "0", "--format", "json", "--failures", &failures];
    let output = run(&[&call[..], runs, arguments].concat());
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

#[test]
fn what_a_file_asks_for_in_vain_is_said() {
    let (_, report, _) = check("goals: { faultCells: none }\n", &[]);
    let notices = report["notices"].to_string();
    assert!(notices.contains("goals of tight change nothing"), "{notices}");
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
