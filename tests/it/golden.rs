//! Golden fingerprints: equal inputs give equal runs, in every build. They change only on purpose:
//! `SAGASIM_GOLDEN=renew cargo test -p sagasim --test it golden` writes them anew. `.ci/run` holds the release binary against
//! the same file through `SAGASIM_BIN`.

use std::process::Command;

/// Scenario, profile, driver, seed, runs.
const CAMPAIGNS: [(&str, &str, &str, &str, &str); 6] = [
    ("order-fulfilment", "standard", "swarm", "7", "2000"),
    ("order-fulfilment", "storm", "uniform", "8", "300"),
    ("quote-to-order", "standard", "swarm", "7", "2000"),
    ("tmf622-order", "standard", "swarm", "7", "300"),
    ("cancel-after-reservation", "standard", "swarm", "7", "300"),
    ("order-fulfilment", "none", "swarm", "7", "100"),
];

fn fingerprint(more: &[&str]) -> String {
    let binary = std::env::var("SAGASIM_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_sagasim").to_owned());
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(binary);
    command.current_dir(folder.path()).args(["check", "--exhaustive", "0", "--format", "json"]).args(more);
    let output = command.output().expect("the binary runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["failures"], serde_json::json!([]), "{more:?}");
    report["random"]["fingerprint"].as_str().expect("a fingerprint").to_owned()
}

fn of((scenario, profile, driver, seed, runs): (&str, &str, &str, &str, &str), more: &[&str]) -> String {
    let campaign = ["--scenario", scenario, "--faults", profile, "--driver", driver, "--seed", seed, "--runs", runs];
    fingerprint(&[&campaign[..], more].concat())
}

#[test]
fn golden_fingerprints_are_kept() {
    let line = |campaign: (&str, &str, &str, &str, &str)| {
        let (scenario, profile, driver, seed, runs) = campaign;
        format!("{scenario} {profile} {driver} seed {seed} runs {runs}: {}\n", of(campaign, &[]))
    };
    let text: String = CAMPAIGNS.map(line).concat();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/fingerprints.txt");
    if std::env::var_os("SAGASIM_GOLDEN").is_some_and(|word| word == "renew") {
        std::fs::write(&path, &text).expect("it can be written");
    }
    assert_eq!(text, std::fs::read_to_string(&path).expect("it is there"));
}

#[test]
fn golden_runs_depend_on_seed_and_contracts_and_on_nothing_else() {
    let campaign = ("order-fulfilment", "standard", "swarm", "7", "300");
    let base = of(campaign, &[]);
    assert_eq!(base, of(campaign, &["--jobs", "1"]));
    assert_eq!(base, of(campaign, &["--jobs", "3"]));
    assert_ne!(base, of(("order-fulfilment", "standard", "swarm", "8", "300"), &[]));
    assert_ne!(base, of(campaign, &["--set", "participants.billing.operations.charge.latency.p99=9s"]));
}

#[test]
fn golden_run_17_alone_is_run_17_of_many() {
    let of = |first: &str, runs: &str| {
        let text = fingerprint(&["--scenario", "quote-to-order", "--seed", "7", "--first", first, "--runs", runs]);
        u64::from_str_radix(&text, 16).expect("a number")
    };
    // A campaign's fingerprint is the sum of its runs' shares.
    assert_eq!(of("0", "18"), of("0", "17").wrapping_add(of("17", "1")));
}

#[test]
fn golden_runs_know_no_comments() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("mine");
    let made = Command::new(env!("CARGO_BIN_EXE_sagasim")).arg("new").arg(&dir).output().expect("the binary runs");
    assert!(made.status.success());
    let file = dir.join("order-fulfilment.saga.yaml");
    let path = file.to_str().expect("UTF-8");
    let base = fingerprint(&[path, "--seed", "7", "--runs", "60"]);
    let text = std::fs::read_to_string(&file).expect("it is there");
    std::fs::write(&file, format!("# A comment changes nothing.\n\n{text}\n# Nor at the end.\n"))
        .expect("it can be written");
    assert_eq!(base, fingerprint(&[path, "--seed", "7", "--runs", "60"]));
}
