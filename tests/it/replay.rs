//! Failures kept in files, run again: across versions of the format, of the definition and of sagasim, and with questions
//! of what would be if. The files are run against the definition that they hold, or that with a change, so that the bundled
//! one may change.

mod hostile;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use reports::{ReplayReport, ReplayStatus};
use sagasim::options::Subject;
use sagasim::{CheckOptions, Error, ReplayOptions, Session, ShrinkOptions};
use scenarios::definition::Set;
use scenarios::replay::Repro;
use serde_json::{Value, json};

use crate::cli::{run, text};

/// A charge is carried out twice, for billing recognises no repetition; one fault.
const CHARGED_TWICE: &str = "schema-1-charged-twice.json";
/// A saga that nobody locks is saved over; two faults.
const CRASH_AND_LOSS: &str = "schema-1-crash-and-loss.json";
/// What mends the first.
const MENDED: &str = "participants.billing.operations.charge.dedup.by=key";

fn kept(name: &str) -> String {
    fs::read_to_string(kept_path(name)).expect("the file is in the repository")
}

fn kept_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions").join(name)
}

fn session<T>(call: impl FnOnce(&Session<'_>) -> T) -> T {
    call(&Session { stop: &AtomicBool::new(false), progress: &() })
}

fn replay(options: &ReplayOptions) -> Result<ReplayReport, Error> {
    session(|session| sagasim::replay(options, session))
}

/// Options that run a file against the definition it holds.
fn as_recorded(path: &Path) -> ReplayOptions {
    ReplayOptions { failure: path.display().to_string(), as_recorded: true, ..ReplayOptions::default() }
}

fn set(text: &str) -> Set {
    Set::parse(text).expect("a patch")
}

/// Writes a kept file with changes to its fields into a folder.
fn edited(folder: &Path, name: &str, edit: impl FnOnce(&mut Value)) -> PathBuf {
    let mut value: Value = serde_json::from_str(&kept(name)).expect("JSON");
    edit(&mut value);
    let path = folder.join("edited.json");
    fs::write(&path, value.to_string()).expect("it can be written");
    path
}

/// Writes the definition that a kept file holds into a folder, with a change; gives its files.
fn definition(folder: &Path, name: &str, change: impl Fn(&str) -> String) -> Vec<PathBuf> {
    let repro = Repro::read(&kept(name)).expect("a repro file");
    for (file, text) in &repro.definition.texts {
        fs::write(folder.join(file), change(text)).expect("it can be written");
    }
    repro.definition.given.iter().map(|file| folder.join(file)).collect()
}

/// A change of a definition's text.
type Rewrite<'a> = &'a dyn Fn(&str) -> String;
/// A change of a repro file.
type Edit<'a> = &'a dyn Fn(&mut Value);

#[test]
fn files_of_every_schema_still_fail() {
    for (name, invariant, step, faults) in
        [(CHARGED_TWICE, "single-effect", Some("bill-router"), 1), (CRASH_AND_LOSS, "timeout-signalled", None, 2)]
    {
        let report = replay(&as_recorded(&kept_path(name))).expect(name);
        assert_eq!(report.status, ReplayStatus::StillFails, "{name}");
        assert_eq!((report.invariant.as_deref(), report.step.as_deref()), (Some(invariant), step), "{name}");
        assert_eq!((report.unused_choices, report.recorded_choices), (0, faults), "{name}");
        assert_eq!(report.faults.len() as u64, faults, "{name}");
        assert!(report.notices.is_empty(), "{name}: {:?}", report.notices);
    }
}

/// Runs of a correct definition in which the simulated systems were wrong, and not what they were told to do.
#[test]
fn false_alarms_stay_fixed() {
    for name in ["false-alarm-order-closed.json", "false-alarm-two-charges.json"] {
        let report = replay(&as_recorded(&kept_path(name))).expect(name);
        assert_eq!(report.status, ReplayStatus::Fixed, "{name}: {:?}", report.invariant);
    }
}

#[test]
fn a_file_of_another_sagasim_and_another_digest_still_fails_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = edited(folder.path(), CHARGED_TWICE, |repro| {
        repro["sagasim"] = json!("0.0.1");
        repro["digest"] = json!("0".repeat(64));
        repro["found"] = json!({ "seed": 99, "run": 123_456 });
    });
    let report = replay(&as_recorded(&path)).expect("it runs");
    assert_eq!(report.status, ReplayStatus::StillFails);
    assert!(report.notices.iter().any(|notice| notice.contains("has changed since")), "{:?}", report.notices);
}

#[test]
fn a_failure_survives_changes_of_its_definition_that_do_not_touch_it() {
    let added = r#"{
      "id": "greet-router",
      "item": "router",
      "kind": "asset",
      "after": ["bill-router"],
      "call": "asset.create",
      "attemptTimeout": "30s",
      "deadline": "1d",
      "retry": "standard",
      "onReject": { "other": "OPEN_FALLOUT_CASE" },
      "key": "${item.id}:GREET:${plan.version}",
      "compensation": "reverse-asset-router"
    },
    {
      "id": "bill-router","#;
    let changes: [(&str, Rewrite<'_>); 2] = [
        ("a step is added", &|text| text.replacen("{\n      \"id\": \"bill-router\",", added, 1)),
        ("latencies change", &|text| text.replace("\"p50\": \"100ms\"", "\"p50\": \"170ms\"")),
    ];
    for (what, change) in changes {
        let folder = tempfile::tempdir().expect("a folder");
        let files = definition(folder.path(), CHARGED_TWICE, change);
        let options = ReplayOptions {
            failure: kept_path(CHARGED_TWICE).display().to_string(),
            subject: Subject { files, ..Subject::default() },
            ..ReplayOptions::default()
        };
        let report = replay(&options).expect(what);
        assert_eq!(report.status, ReplayStatus::StillFails, "{what}");
        assert!(report.notices.iter().any(|notice| notice.contains("has changed since")), "{what}: it did change");
    }
}

#[test]
fn choices_about_a_renamed_step_are_not_reached_and_that_is_stale() {
    for (name, old, unused, of) in [(CHARGED_TWICE, "bill-router", 1, 1), (CRASH_AND_LOSS, "create-order", 1, 2)] {
        let folder = tempfile::tempdir().expect("a folder");
        let files = definition(folder.path(), name, |text| text.replace(old, "renamed"));
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let failure = kept_path(name).display().to_string();
        let line = ["replay", &failure, &files[0], "--plain"];
        let output = run(&line);
        let page = text(&output.stdout);
        assert_eq!(output.status.code(), Some(3), "{name}: {page}{}", text(&output.stderr));
        assert!(page.contains(&format!("{unused} of {of} recorded choices no longer reached")), "{page}");
        assert!(page.contains("not there any more: "), "{page}");
        let output = run(&[&line[..], &["--format", "json"]].concat());
        let parsed: Value = serde_json::from_slice(&output.stdout).expect("one document");
        assert_eq!(parsed["status"], "stale");
        assert_eq!((&parsed["unused_choices"], &parsed["recorded_choices"]), (&json!(unused), &json!(of)));
    }
}

/// What never happened is not told as if it had.
#[test]
fn a_fault_that_is_not_reached_is_told_as_that() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = edited(folder.path(), CHARGED_TWICE, |repro| {
        let choice = repro["choices"][0].as_str().expect("a text").replace("order-1/", "order-9/");
        repro["choices"][0] = json!(choice);
    });
    let report = replay(&as_recorded(&path)).expect("it runs");
    assert_eq!(report.status, ReplayStatus::Stale);
    let told = report.story.iter().filter(|line| matches!(line.mark, reports::Mark::Fault(_)));
    let texts: Vec<&str> =
        told.map(|line| line.text.as_str()).chain(report.faults.iter().map(|fault| fault.text.as_str())).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts.iter().all(|text| text.starts_with("not reached in this run: ")), "{texts:?}");
}

#[test]
fn what_if_a_fault_had_not_been() {
    let without = |without: &[u32]| {
        replay(&ReplayOptions { without: without.to_vec(), ..as_recorded(&kept_path(CRASH_AND_LOSS)) })
    };
    for left_out in [&[1][..], &[2], &[1, 2], &[2, 1]] {
        let report = without(left_out).expect("it runs");
        assert_eq!(report.status, ReplayStatus::Fixed, "{left_out:?}");
        let numbers = |faults: &[reports::NeededFault]| faults.iter().map(|fault| fault.n).collect::<Vec<_>>();
        assert_eq!(numbers(&report.without), left_out);
        let kept: Vec<u32> = (1..=2).filter(|n| !left_out.contains(n)).collect();
        assert_eq!(numbers(&report.faults), kept);
        for line in &report.story {
            if let reports::Mark::Fault(n) = line.mark {
                assert!(kept.contains(&n), "{left_out:?}: {line}");
            }
        }
    }
    let error = without(&[3]).unwrap_err();
    assert_eq!((error.exit_code(), error.to_string().as_str()), (64, "there is no fault 3: there are 1, 2"));
}

#[test]
fn numbers_of_faults_stay_when_one_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = edited(folder.path(), CHARGED_TWICE, |repro| {
        let choices = repro["choices"].as_array_mut().expect("a list");
        choices.insert(0, json!("send.request order-1/router/no-such-step attempt 1 = lost"));
    });
    let report = replay(&as_recorded(&path)).expect("it runs");
    assert_eq!(report.status, ReplayStatus::StillFails);
    assert_eq!((report.unused_choices, report.recorded_choices), (1, 2));
    assert_eq!(report.faults.iter().map(|fault| fault.n).collect::<Vec<_>>(), [2]);
    let without = |n| replay(&ReplayOptions { without: vec![n], ..as_recorded(&path) });
    assert_eq!(without(2).expect("it runs").status, ReplayStatus::Fixed);
    assert_eq!(without(1).unwrap_err().exit_code(), 64);
}

#[test]
fn what_if_the_definition_were_another() {
    let with = |patches: &[&str]| {
        let subject = Subject { set: patches.iter().map(|patch| set(patch)).collect(), ..Subject::default() };
        replay(&ReplayOptions { subject, ..as_recorded(&kept_path(CHARGED_TWICE)) }).expect("it runs")
    };
    let other = "participants.asset.operations.create.dedup.window=40d";
    assert_eq!(with(&[]).status, ReplayStatus::StillFails);
    assert_eq!(with(&[other]).status, ReplayStatus::StillFails);
    for patches in [&[MENDED][..], &[MENDED, other], &[other, MENDED]] {
        let report = with(patches);
        assert_eq!((report.status, report.unused_choices), (ReplayStatus::Fixed, 0), "{patches:?}");
    }
    let options = ReplayOptions {
        subject: Subject { set: vec![set("platform.nothing.there=1")], ..Subject::default() },
        ..as_recorded(&kept_path(CHARGED_TWICE))
    };
    assert_eq!(replay(&options).unwrap_err().exit_code(), 2);
}

#[test]
fn another_failure_than_the_recorded_one_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    for (field, value) in [("invariant", "undo-once"), ("step", "ship-router")] {
        let path = edited(folder.path(), CHARGED_TWICE, |repro| repro["expected"][field] = json!(value));
        let output = run(&["replay", path.to_str().expect("UTF-8"), "--as-recorded", "-q"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stdout).starts_with("DIFFERENT FAILURE"), "{}", text(&output.stdout));
    }
}

#[test]
fn a_token_of_other_files_says_so_and_a_run_that_then_passes_is_stale() {
    let token = "sg1.none.swarm.1.5.000000000000";
    let output = run(&["replay", token, "--scenario", "order-fulfilment", "--plain"]);
    let (page, log) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{page}{log}");
    assert!(page.contains("STALE") && page.contains("under these files nothing ever did"), "{page}");
    assert!(page.contains("is not the one this token was made of"), "{page}");
    assert!(log.contains("is not the one this token was made of"), "it is said before it runs: {log}");
}

#[test]
fn a_trace_ends_where_it_is_asked_to() {
    let until = |until| replay(&ReplayOptions { until: Some(until), ..as_recorded(&kept_path(CHARGED_TWICE)) });
    let whole = replay(&ReplayOptions { trace: true, ..as_recorded(&kept_path(CHARGED_TWICE)) }).expect("it runs");
    let report = until(12).expect("it runs");
    assert_eq!(report.trace.last().map(|line| line.event), Some(12));
    assert_eq!(report.trace, whole.trace[..report.trace.len()]);
    assert_eq!(report.fingerprint, whole.fingerprint);
    for line in &whole.trace {
        assert!(line.event == 0 || line.cause < line.event, "{line:?}");
        assert_eq!(line.changed.len(), line.things.len(), "{line:?}");
    }
    assert!(until(1_000_000).unwrap_err().to_string().contains("there is no event 1000000: the last one is"));
}

#[test]
fn steps_are_walked_in_a_terminal_only() {
    let path = kept_path(CHARGED_TWICE);
    let output = run(&["replay", path.to_str().expect("UTF-8"), "--as-recorded", "--step"]);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(64), ""));
    assert!(text(&output.stderr).contains("--trace"), "{}", text(&output.stderr));
}

#[test]
fn a_stored_failure_is_run_first_and_decides_while_it_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = definition(folder.path(), CHARGED_TWICE, str::to_owned);
    let failures = folder.path().join("kept");
    fs::create_dir(&failures).expect("a folder");
    let path = edited(&failures, CHARGED_TWICE, |repro| {
        repro["set"] = json!([]);
        repro["files"] = files.iter().map(|file| json!(file)).collect();
    });
    let options = CheckOptions {
        subject: Subject { files, ..Subject::default() },
        runs: Some(1),
        exhaustive: 0,
        failures,
        ..CheckOptions::default()
    };
    let check = || session(|session| sagasim::check(&options, session)).expect("it runs");
    let report = check();
    assert!(report.failures.is_empty(), "the run of the check itself breaks nothing");
    let row = |report: &reports::CheckReport| {
        report.regressions.iter().map(|row| (row.repro.clone(), row.status)).collect::<Vec<_>>()
    };
    assert_eq!(row(&report), [(path.display().to_string(), ReplayStatus::StillFails)]);
    assert_eq!(report.exit_code, 1);

    let participants = folder.path().join("participants.yaml");
    let broken = fs::read_to_string(&participants).expect("it is there");
    fs::write(&participants, mended(&broken)).expect("it can be written");
    let report = check();
    assert_eq!(row(&report), [(path.display().to_string(), ReplayStatus::Fixed)]);
    assert_ne!(report.exit_code, 1, "what is fixed breaks nothing");

    // A merge that went wrong must not let the bug come back unnoticed.
    let whole = fs::read_to_string(&path).expect("it is there");
    for damaged in [&whole[..whole.len() / 2], "<<<<<<< HEAD\n", ""] {
        fs::write(&path, damaged).expect("it can be written");
        let report = check();
        let name = path.display().to_string();
        assert!(report.owed.iter().any(|owed| owed.contains(&name)), "{:?}", report.owed);
        assert_eq!((report.regressions.len(), report.exit_code), (0, 3));
    }
}

/// The participants with a billing that recognises a repeated charge.
fn mended(participants: &str) -> String {
    let mut value: Value = serde_json::from_str(participants).expect("canonical texts are JSON");
    let dedup = &mut value["billing"]["operations"]["charge"]["dedup"];
    assert_eq!(dedup["by"], "none");
    dedup["by"] = json!("key");
    value.to_string()
}

/// A failure with more in it than it needs is reduced, explained and written down; one that is mended is told to be stale.
#[test]
fn a_kept_failure_is_reduced_and_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let more = "response order-1/router/reserve-router attempt 1 = slow";
    let padded = edited(folder.path(), CHARGED_TWICE, |value| {
        value["choices"].as_array_mut().expect("a list").push(json!(more));
    });
    let out = folder.path().join("smaller.json");
    let options = |set: Vec<Set>, failure: &Path| ShrinkOptions {
        replay: ReplayOptions { subject: Subject { set, ..Subject::default() }, ..as_recorded(failure) },
        out: Some(out.clone()),
        failures: folder.path().to_owned(),
    };
    let shrink = |options: &ShrinkOptions| session(|session| sagasim::shrink(options, session)).expect("it is ours");

    let report = shrink(&options(Vec::new(), &padded));
    assert_eq!(report.exit_code(), 1);
    assert_eq!((report.before.faults, report.after.faults, report.after.orders), (2, 1, 1), "{report:?}");
    assert!(report.removed.contains(&"1 of 2 faults".to_owned()) && report.complete, "{report:?}");
    let failure = report.failure.expect("it still fails");
    let needed: Vec<bool> = failure.explained.without.iter().map(|row| row.passes).collect();
    assert_eq!(needed, [true], "without its fault it passes: {failure:?}");
    let inevitable = failure.explained.inevitable.expect("a small run");
    assert!(inevitable.event > 0 && inevitable.event <= failure.events, "{inevitable:?}");
    assert!(failure.explained.liveness.is_none(), "a second charge is no matter of time");

    let again = replay(&as_recorded(&out)).expect("it was written");
    assert_eq!((again.status, again.faults.len()), (ReplayStatus::StillFails, 1));
    let twice = shrink(&options(Vec::new(), &out));
    assert!(twice.removed.is_empty() && twice.after == report.after, "{twice:?}");

    let mended = shrink(&options(vec![set(MENDED)], &padded));
    assert!(mended.failure.is_none() && mended.file.is_none());
    assert_eq!(mended.exit_code(), 3);
    let name = out.display().to_string();
    let printed = run(&["shrink", &name, "--as-recorded", "--out", &name]);
    assert_eq!(printed.status.code(), Some(1));
    assert!(text(&printed.stdout).contains("REDUCED"), "{}", text(&printed.stdout));
    assert_eq!(run(&["shrink", "nonsense"]).status.code(), Some(2));
}
