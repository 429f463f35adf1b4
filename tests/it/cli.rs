//! What a shell sees: exit codes, streams, and what is left on them.

use std::io::Read as _;
use std::process::{Command, Output, Stdio};

fn sagasim(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sagasim"));
    command.args(arguments).env_remove("SAGASIM_LOG").env_remove("CLICOLOR_FORCE").stdin(Stdio::null());
    command
}

pub fn run(arguments: &[&str]) -> Output {
    sagasim(arguments).output().expect("sagasim runs")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

/// Checks the exit code, and that a text is on the stream that belongs to it.
fn check(arguments: &[&str], code: i32, expected: &str) {
    let output = run(arguments);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    let (right, wrong) = if code == 0 { (stdout, stderr) } else { (stderr, stdout) };
    assert!(right.contains(expected), "{arguments:?}: {right}");
    assert_eq!(wrong, "", "{arguments:?}");
}

#[test]
fn help_and_version_are_no_errors() {
    check(&["--help"], 0, "Usage: sagasim");
    check(&["--version"], 0, env!("CARGO_PKG_VERSION"));
    check(&["list", "--help"], 0, "faults");
}

#[test]
fn a_call_that_cannot_be_understood_ends_with_64() {
    for arguments in [
        &[][..],
        &["--no-such-flag"],
        &["no-such-command"],
        &["list"],
        &["list", "no-such-kind"],
        &["man", "no-such-command"],
        &["check", "--corpus", "c"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        assert_ne!(text(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn mistakes_in_profiles_and_planted_bugs_are_lines_with_help() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name).display().to_string();
        std::fs::write(&path, content).expect("it can be written");
        path
    };
    let wrong = |content: &str| {
        let profile = write("p.profile.yaml", content);
        let output = run(&["check", "--scenario", "order-fulfilment", "--faults", &profile]);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
        text(&output.stderr).replace(&profile, "p")
    };
    let unknown = "p:3:1: error SG0002 unknown field \"clean\"; did you mean \"cleanRuns\"?\n";
    let told = wrong("profile: p\nfaults: { delay: { weight: 3 } }\nclean: 3\n");
    assert_eq!(told, format!("{unknown}  help: profile may have: profile, faults, cleanRuns\n"));
    let told = wrong("profile: p\nfaults: { delai: { weight: 3 } }\n");
    assert!(told.ends_with("has the slug \"delai\"\n  help: did you mean delay?\n"), "{told}");
    let saga = write("a.saga.yaml", "saga: s\nversion: \"1\"\nsteps: []\n");
    let output = run(&["mutants", &saga]);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("this is a saga file\n  help: `sagasim list files` says"), "{told}");
}

#[test]
fn a_planted_bug_can_patch_a_file_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["quote-to-order.saga.yaml", "participants.yaml", "platform.yaml"] {
        let content = scenarios::catalog::get(name).expect("it is bundled");
        std::fs::write(folder.path().join(name), content).expect("it can be written");
    }
    let defect = folder.path().join("twice.yaml");
    let content = "defect: twice\nmodels: each conversion makes an order\nfamily: ONE\nscenario: quote-to-order.saga.yaml\n\
                   set: { \"saga.steps[create-order].onDuplicate\": CREATE_ANOTHER }\n";
    std::fs::write(&defect, content).expect("it can be written");
    let output = run(&["mutants", &defect.display().to_string(), "--runs", "300", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!((&report["caught"], &report["reference_clean"]), (&1.into(), &true.into()), "{report}");
}

#[test]
fn catalogues_are_listed() {
    check(&["list", "faults"], 0, "request-lost");
    check(&["list", "metrics"], 0, "saga-stuck");
    check(&["list", "invariants"], 0, "timeout-signalled");
    check(&["list", "rules"], 0, "SG0004");
    check(&["list", "defects"], 0, "outbox-marked-before-publish");
    check(&["list", "machines"], 0, "assessingCancellation");
    check(&["list", "scenarios"], 0, "order-fulfilment");
}

#[test]
fn new_writes_the_exercise_and_never_over_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("mine");
    let dir = dir.to_str().expect("it is UTF-8");
    check(&["new", dir], 0, "order-fulfilment.saga.yaml");
    check(&["new", dir], 64, "is there already");
    let found = scenarios::definition::Definition::load(&[format!("{dir}/order-fulfilment.saga.yaml").into()], &[]);
    assert!(found.is_ok(), "{}", found.unwrap_err());
}

#[test]
fn companions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        check(&["completions", shell], 0, "sagasim");
    }
    check(&["man"], 0, ".TH sagasim 1");
    check(&["man", "list"], 0, ".TH sagasim-list 1");
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let forced = |arguments: &[&str]| {
        let output =
            sagasim(arguments).env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR").output().expect("sagasim runs");
        text(&output.stdout).contains('\u{1b}')
    };
    assert!(!text(&run(&["list", "metrics"]).stdout).contains('\u{1b}'));
    assert!(forced(&["list", "metrics"]));
    assert!(!forced(&["list", "metrics", "--plain"]));
}

#[test]
fn a_log_filter_that_makes_no_sense_is_said() {
    let output = sagasim(&["list", "metrics"]).env("SAGASIM_LOG", "sim_core=loud").output().expect("sagasim runs");
    assert_eq!(output.status.code(), Some(64));
    assert!(text(&output.stderr).contains("SAGASIM_LOG"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child =
        sagasim(&["completions", "zsh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sagasim runs");
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut stderr).expect("it is UTF-8");
    assert_eq!((child.wait().expect("it ends").code(), stderr.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = sagasim(&["list", "metrics"]).stdout(full).output().expect("sagasim runs");
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("no space left"), "{}", text(&output.stderr));
}

/// The first workload in which a plan breaks something is the last that is searched, and no run is drawn.
#[test]
fn fail_fast_ends_with_what_breaks_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let failures = folder.path().display().to_string();
    let call =
        ["check", "--scenario", "quote-to-order", "--set", "platform.outbox.mark=before-publish", "--runs", "200"];
    let page = |more: &[&str]| {
        let output = run(&[&call[..], &["--failures", &failures], more].concat());
        assert_eq!(output.status.code(), Some(1), "{more:?}");
        text(&output.stdout)
    };
    let [whole, fast] = [page(&[]), page(&["--fail-fast"])];
    assert!(whole.contains("Random          200 runs") && whole.contains(" in 200 runs\n"), "{whole}");
    assert!(fast.contains("Random          0 runs") && !fast.contains(" in 0 runs"), "{fast}");
    assert!(fast.contains("workloads and its random runs were not tried (--fail-fast)"), "{fast}");
}
