//! A token stands for the run that was printed, which fails as its failure is headed.

use serde_json::Value;

use crate::cli::{run, text};

/// Calls it with `--format json`; gives the exit code and the report.
fn called(arguments: &[&str]) -> (Option<i32>, Value) {
    let output = run(&[arguments, &["--format", "json"]].concat());
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&output.stderr)));
    (output.status.code(), report)
}

/// Events of several emitters are lost about one item, and more of them in one run.
#[test]
fn what_a_token_was_printed_for_breaks_when_it_is_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let failures = folder.path().display().to_string();
    let subject = ["--scenario", "cancel-after-reservation", "--set", "platform.outbox.mark=before-publish"];
    let check = [&["check", "--runs", "5", "--failures", &failures], &subject[..]].concat();
    let (code, report) = called(&check);
    assert_eq!(code, Some(1));
    let found = report["failures"].as_array().expect("failures");
    let mut signatures: Vec<&str> = found.iter().filter_map(|failure| failure["signature"].as_str()).collect();
    let all = signatures.len();
    signatures.sort_unstable();
    signatures.dedup();
    assert!(all > 2 && signatures.len() == all, "each has a heading of its own: {signatures:?}");
    for failure in found {
        let token = failure["replay"].as_str().and_then(|line| line.split_whitespace().nth(2)).expect("a token");
        let (code, again) = called(&[&["replay", token], &subject[..]].concat());
        assert_eq!((code, &again["status"]), (Some(1), &Value::from("still-fails")), "{token}");
        assert_eq!((&again["invariant"], &again["step"]), (&failure["invariant"], &failure["step"]), "{token}");
    }
    let number = |value: &Value| value.as_u64().expect("a number");
    let rows = report["exhaustive"].as_array().expect("rows").iter().chain([&report["persistent"]]);
    let broken: u64 = rows
        .map(|row| {
            number(&row["plans_run"]) + number(&row["plans_covered"])
                - number(&row["survived"])
                - number(&row["unsorted"])
        })
        .sum();
    assert_eq!(found.iter().map(|failure| number(&failure["plans"])).sum::<u64>(), broken);
}

/// A run that is made anew from its number breaks nothing under these files, now or ever.
#[test]
fn a_token_of_a_run_that_never_failed_shows_no_fix() {
    let digest = {
        let (_, report) =
            called(&["check", "--scenario", "cancel-after-reservation", "--runs", "1", "--exhaustive", "0"]);
        let digest = report["definitions"][0]["digest"].as_str().expect("a digest");
        digest.trim_start_matches("sha256:")[..12].to_owned()
    };
    for digest in [&digest, "000000000000"] {
        let token = format!("sg1.standard.swarm.1.5.{digest}");
        for command in ["replay", "shrink"] {
            let output = run(&[command, &token, "--scenario", "cancel-after-reservation"]);
            let page = text(&output.stdout);
            assert_eq!(output.status.code(), Some(3), "{command} {token}: {page}");
            assert!(page.contains("STALE") && page.contains("nothing breaks"), "{command} {token}: {page}");
        }
    }
}
