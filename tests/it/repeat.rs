//! The line that a report gives to call it again asks for what was asked for.

use crate::cli::{run, text};

/// Checks the exercise; gives the line that repeats it, and what is owed.
fn repeat(arguments: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let failures = folder.path().display().to_string();
    let call = ["check", "--scenario", "order-fulfilment", "--format", "json", "--failures", &failures];
    let output = run(&[&call[..], arguments].concat());
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    let line = report["repeat"].as_str().expect("a line").replace(&format!(" --failures {failures}"), "");
    (line, report["owed"].to_string())
}

#[test]
fn a_search_that_the_time_cut_off_is_repeated_with_that_time() {
    for (given, again) in
        [("--runs 1 --time 1ms", "--runs 1 --time 1ms"), ("--time 1ms --exhaustive 0", "--runs 500 --exhaustive 0")]
    {
        let (line, owed) = repeat(&given.split(' ').collect::<Vec<_>>());
        assert_eq!(line, format!("sagasim check --scenario order-fulfilment --seed 1 {again}"));
        let cut =
            "the search of every plan of 1 fault was cut off; with more --time, or --runs instead, it comes to its end";
        assert_eq!(owed.contains(cut), again.contains("--time"), "{owed}");
    }
}
