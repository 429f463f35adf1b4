//! Equal calls give equal output, whatever the number of workers; and the proof of it that users can run.

use std::path::Path;
use std::process::Command;

/// The codes of a check in which nothing breaks: few runs may not be enough evidence.
const PASSING: [i32; 2] = [0, 3];

/// What the command prints as JSON, without what may differ between equal calls. It ends with one of these codes.
fn output(folder: &Path, arguments: &[&str], codes: &[i32]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_sagasim")).args(arguments).current_dir(folder).output().expect("sagasim runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(codes.iter().any(|code| output.status.code() == Some(*code)), "{arguments:?}: {}: {stderr}", output.status);
    timeless(&String::from_utf8(output.stdout).expect("output is UTF-8"))
}

/// JSON without the lines of wall-clock figures.
pub fn timeless(json: &str) -> String {
    let of_the_clock = ["\"wall_ms\":", "\"events_per_second\":", "\"millis\":"];
    let lines = json.lines().filter(|line| !of_the_clock.iter().any(|figure| line.trim_start().starts_with(figure)));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The same check by 1, 2 and 4 workers, each in a folder of its own.
fn check(arguments: &[&str], codes: &[i32]) {
    let mut first: Option<String> = None;
    for jobs in ["1", "2", "4"] {
        let folder = tempfile::tempdir().expect("a folder");
        let call = [&["check", "--format", "json", "--jobs", jobs], arguments].concat();
        let found = output(folder.path(), &call, codes);
        assert_eq!(*first.get_or_insert(found.clone()), found, "{arguments:?} with {jobs} workers");
    }
    assert!(first.is_some_and(|found| found.contains("\"fingerprint\"")));
}

#[test]
fn the_number_of_workers_shows_nowhere() {
    check(&["--runs", "600", "--seed", "7"], &PASSING);
    check(&["--runs", "600", "--driver", "uniform", "--first", "1000"], &PASSING);
}

#[test]
fn the_number_of_workers_shows_nowhere_when_something_breaks() {
    let broken = ["--scenario", "order-fulfilment", "--set", "platform.outbox.mark=before-publish", "--runs", "600"];
    check(&broken, &[1]);
    check(&[&broken[..], &["--fail-fast"]].concat(), &[1]);
}

#[test]
fn the_proof_of_determinism_can_be_run_by_users() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = output(folder.path(), &["selfcheck", "--runs", "70", "--format", "json"], &[0]);
    let proof: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&proof["deterministic"], &proof["exit_code"]), (&true.into(), &0.into()));
    let rows = proof["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 8, "three sagas and a scenario under two drivers");
    for row in rows {
        assert_eq!((&row["runs"], &row["reordered"], &row["alone"]), (&70.into(), &70.into(), &2.into()), "{row}");
    }
}
