//! A budget of attempts that is used up: found by the check of every scenario, whatever the budget is and without luck.

use scenarios::catalog;
use scenarios::definition::Defect;
use serde_json::Value;

use crate::cli::{run, text};

/// Checks a scenario with a planted bug by plans alone, and gives the exit code and the report.
fn check(folder: &std::path::Path, defect: &str) -> (Option<i32>, Vec<String>, Value) {
    let (name, source) = catalog::DEFECTS.iter().find(|(name, _)| *name == format!("{defect}.yaml")).expect("a bug");
    let defect = Defect::load(name, source).expect("a bundled defect");
    let set: Vec<String> = defect.set.iter().flat_map(|set| ["--set".to_owned(), set.value.to_string()]).collect();
    let failures = folder.display().to_string();
    let mut call = vec!["check", "--scenario", &defect.scenario.value, "--runs", "1", "--format", "json"];
    call.extend(["--failures", &failures]);
    call.extend(set.iter().map(String::as_str));
    let output = run(&call);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&output.stderr)));
    (output.status.code(), set, report)
}

#[test]
fn a_fault_that_every_attempt_meets_breaks_what_a_single_one_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, set, report) = check(folder.path(), "two-attempts-to-verify");
    assert_eq!(code, Some(1));
    assert_eq!(report["exhaustive"][0]["breaking"], Value::Array(Vec::new()));
    let persistent = &report["persistent"];
    let breaking = persistent["breaking"].as_array().expect("sets");
    let count = |field: &str| persistent[field].as_u64().unwrap_or_else(|| panic!("{field} of {persistent}"));
    let broken = count("plans_run") - count("survived");
    assert!(count("survived") > 100 && broken > 0, "{persistent}");
    // Two attempts are all that there are, so no set has more.
    assert!(
        !breaking.is_empty() && breaking.iter().all(|set| set.as_array().is_some_and(|set| set.len() == 2)),
        "{breaking:?}"
    );
    let failure = &report["failures"][0];
    assert_eq!(failure["invariant"], "saga-terminates");
    assert_eq!(failure["plans"].as_u64(), Some(broken));

    // The token names the faults as it does those of any plan.
    let token = failure["replay"].as_str().and_then(|line| line.split_whitespace().nth(2)).expect("a token");
    assert!(token.contains(".exhaustive."), "{token}");
    let mut call = vec!["replay", token, "--scenario", "quote-to-order"];
    call.extend(set.iter().map(String::as_str));
    let again = run(&call);
    assert_eq!(again.status.code(), Some(1), "{}", text(&again.stdout));
    assert!(text(&again.stdout).contains("saga-terminates"), "{}", text(&again.stdout));
}
