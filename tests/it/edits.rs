//! One line of the exercise is edited, as a designer would: the verdict turns to FAIL, with a story that is true and
//! names what it does to the customer, the line to change, and a replay line that reproduces it.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// An edit of the exercise, and what a designer is told about it.
struct Edit {
    name: &'static str,
    file: &'static str,
    /// The text that is replaced, in the first place where it stands after `within`.
    within: &'static str,
    from: &'static str,
    to: &'static str,
    /// The invariant that breaks first or most.
    invariant: &'static str,
    /// A part of the line to change.
    line: &'static str,
    /// Words that one of the stories has to have: what it does to the customer.
    told: &'static str,
    /// Whether a fault brings it about.
    by_fault: bool,
}

const SAGA: &str = "order-fulfilment.saga.yaml";
const PARTICIPANTS: &str = "participants.yaml";
const PLATFORM: &str = "platform.yaml";

const EDITS: [Edit; 11] = [
    Edit {
        name: "a key is dropped",
        file: SAGA,
        within: "- id: bill-router",
        from: "    key: \"${item.id}:${charge.id}:${billing.requestId}\"\n",
        to: "",
        invariant: "single-effect",
        line: "- id: bill-router",
        told: "charged 89.90 EUR of hardware twice",
        by_fault: true,
    },
    Edit {
        name: "billing does not deduplicate",
        file: PARTICIPANTS,
        within: "    charge:",
        from: "dedup: { by: key, constraint: unique, window: 30d, onKeyConflict: reject }",
        to: "dedup: { by: none }",
        invariant: "single-effect",
        line: "dedup: { by: none }",
        told: "on the second copy of the message",
        by_fault: true,
    },
    Edit {
        name: "the outbox is marked before it is published",
        file: PLATFORM,
        within: "outbox:",
        from: "mark: after-publish",
        to: "mark: before-publish",
        invariant: "event-delivered",
        line: "mark: before-publish",
        told: "never learns of",
        by_fault: true,
    },
    Edit {
        name: "the inbox is committed before the effect",
        file: PLATFORM,
        within: "inbox:",
        from: "commit: same-transaction",
        to: "commit: before-effect",
        invariant: "event-delivered",
        line: "commit: before-effect",
        told: "for known and does nothing",
        by_fault: true,
    },
    Edit {
        name: "a compensation is removed",
        file: SAGA,
        within: "- id: reserve-router",
        from: "    compensation: release-router\n",
        to: "",
        invariant: "cancelled-item-has-no-effects",
        line: "- id: reserve-router",
        told: "its reservation is still held",
        by_fault: false,
    },
    Edit {
        name: "the attempt number is in a key",
        file: SAGA,
        within: "- id: bill-router",
        from: "${billing.requestId}",
        to: "${step.attempt}",
        invariant: "single-effect",
        line: "key: \"${item.id}:${charge.id}:${step.attempt}\"",
        told: "under another key, which differs with each attempt",
        by_fault: true,
    },
    Edit {
        name: "a key that says nothing of what it is about",
        file: SAGA,
        within: "- id: check-feasibility",
        from: "${item.id}:FEASIBILITY",
        to: "FEASIBILITY",
        invariant: "same-key-same-answer",
        line: "key: \"FEASIBILITY:${plan.version}\"",
        told: "under a key that stands for another request",
        by_fault: false,
    },
    Edit {
        name: "the router is billed before it is shipped",
        file: SAGA,
        within: "- id: bill-router",
        from: "after: [ship-router]",
        to: "after: [reserve-router]",
        invariant: "bill-on-trigger",
        line: "after: [reserve-router]",
        told: "the customer pays for what is not there",
        by_fault: false,
    },
    Edit {
        name: "the release does not apply to unknown outcomes",
        file: SAGA,
        within: "  release-router:",
        from: "appliesTo: [COMPLETED, UNKNOWN]",
        to: "appliesTo: [COMPLETED]",
        invariant: "",
        line: "appliesTo: [COMPLETED]",
        told: "gives reserve-router up without knowing whether it happened",
        by_fault: true,
    },
    Edit {
        name: "an absence counts at once",
        file: SAGA,
        within: "unknownOutcome:",
        from: "absentCounts: after-late-window",
        to: "absentCounts: at-once",
        invariant: "cancelled-item-has-no-effects",
        line: "absentCounts: at-once",
        told: "it was shipped all the same",
        by_fault: true,
    },
    Edit {
        name: "nothing is locked",
        file: PLATFORM,
        within: "saga:",
        from: "locking: optimistic",
        to: "locking: none",
        invariant: "saga-transition-locked",
        line: "locking: none",
        told: "what came between is lost",
        by_fault: true,
    },
];

fn sagasim(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sagasim"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("SAGASIM_LOG")
        .stdin(Stdio::null())
        .output()
        .expect("sagasim runs");
    let code = output.status.code().expect("it ends by itself");
    (code, String::from_utf8(output.stdout).expect("output is UTF-8"))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// The exercise in a folder, with the edit.
fn edited(folder: &Path, edit: &Edit) {
    let (code, _) = sagasim(folder, &["new", "mine"]);
    assert_eq!(code, 0);
    let path = folder.join("mine").join(edit.file);
    let text = std::fs::read_to_string(&path).expect("it was written");
    let within = text.find(edit.within).expect("the part is there");
    let at = within + text[within..].find(edit.from).unwrap_or_else(|| panic!("{}: {}", edit.name, edit.from));
    let text = format!("{}{}{}", &text[..at], edit.to, &text[at + edit.from.len()..]);
    std::fs::write(&path, text).expect("it can be written");
}

fn check(edit: &Edit) -> Vec<String> {
    let name = edit.name;
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    edited(folder, edit);
    let file = format!("mine/{SAGA}");
    let (code, text) = sagasim(folder, &["check", &file, "--format", "json"]);
    let report = json(&text);
    assert_eq!((code, word(&report, "verdict")), (1, "fail"), "{name}");
    let failures = report["failures"].as_array().expect("a list");
    let fitting = |failure: &&Value| edit.invariant.is_empty() || word(failure, "invariant") == edit.invariant;
    let mut stories = Vec::new();
    let mut told = false;
    let mut needed = Vec::new();
    for failure in failures.iter().filter(fitting) {
        let lines = failure["story"].as_array().expect("a list");
        assert!(lines.len() <= 12, "{name}: {} lines", lines.len());
        let story: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
        let story = story.join("\n");
        told |= story.contains(edit.told);
        let line = &failure["definition"];
        let text = std::fs::read_to_string(folder.join(word(line, "file"))).expect("the file is there");
        let number = line["line"].as_u64().expect("a line") as usize;
        let written = text.lines().nth(number - 1).unwrap_or_default();
        assert!(word(line, "file").ends_with(edit.file), "{name}: {line}");
        assert!(written.contains(edit.line), "{name}: {line}: {written}");
        needed.push(failure["needed"].as_array().map_or(0, Vec::len));
        replays(folder, name, failure);
        stories.push(story);
    }
    assert!(!stories.is_empty(), "{name}: {} is not broken", edit.invariant);
    assert!(!edit.by_fault || needed.iter().all(|needed| *needed > 0), "{name}: {needed:?}");
    assert!(told, "{name}: no story says \"{}\": {stories:#?}", edit.told);
    if edit.by_fault {
        let (code, text) = sagasim(folder, &["check", &file, "--faults", "none", "--runs", "300", "--format", "json"]);
        assert!(matches!(code, 0 | 2 | 3), "{name}: {code}");
        assert_eq!(json(&text)["failures"], Value::Array(Vec::new()), "{name}");
    }
    stories
}

/// The line to paste fails again; without any of the needed faults nothing breaks.
fn replays(folder: &Path, name: &str, failure: &Value) {
    let line: Vec<&str> = word(failure, "replay").split_whitespace().skip(1).collect();
    let (code, _) = sagasim(folder, &line);
    assert_eq!(code, 1, "{name}: {line:?}");
    // The reduced run names the same line to change as the check did.
    let (code, text) = sagasim(folder, &["replay", word(failure, "repro"), "--format", "json"]);
    assert_eq!((code, &json(&text)["definition"]), (1, &failure["definition"]), "{name}");
    for needed in failure["needed"].as_array().expect("a list") {
        let n = needed["n"].to_string();
        let (code, text) =
            sagasim(folder, &["replay", word(failure, "repro"), "--without-fault", &n, "--format", "json"]);
        assert_eq!((code, word(&json(&text), "status")), (0, "fixed"), "{name}: without fault {n}: {needed}");
    }
}

#[test]
fn each_edit_of_one_line_is_found_and_told() {
    let mut all: Vec<(&str, String)> = Vec::new();
    for edit in &EDITS {
        for story in check(edit) {
            let same = all.iter().find(|(other, told)| *other != edit.name && *told == story);
            assert!(same.is_none(), "{} and {} have the same story: {story}", edit.name, same.expect("it is").0);
            all.push((edit.name, story));
        }
    }
}

/// A page for people names what breaks a search as its stories do; scripts get the choices themselves.
#[test]
fn what_breaks_the_search_is_told_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let call = ["check", "--scenario", "quote-to-order", "--runs", "1", "--set", "platform.outbox.mark=before-publish"];
    let (code, page) = sagasim(folder.path(), &call);
    assert_eq!(code, 1);
    let told: Vec<&str> = page.lines().filter_map(|line| line.trim().strip_prefix("broken by ")).collect();
    assert!(told.iter().any(|told| told.starts_with("the relay crashes")), "{told:?}");
    assert!(told.iter().all(|told| !told.contains(" = ")), "{told:?}");
}

/// A command about the whole order is given at some item and told of the order; one about an item, of the item.
#[test]
fn a_command_about_an_order_is_told_of_the_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = [
        "--set",
        "saga.commands.cancelItem.scope=order",
        "--set",
        "participants.inventory.operations.release.dedup.by=none",
    ];
    let check = ["check", "--scenario", "cancel-after-reservation", "--runs", "1"];
    for (sets, about) in [(&whole[..], "cancelItem for order-1\n"), (&whole[2..], "cancelItem for order-1/router\n")] {
        let (code, page) = sagasim(folder.path(), &[&check[..], sets].concat());
        assert_eq!(code, 1, "{page}");
        assert!(page.contains(&format!("gives the command {about}")), "{about}: {page}");
    }
}

/// A refusal that is as good as done: nothing is to have an effect there, or it is there already.
#[test]
fn a_refusal_may_complete_a_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let set = "saga.steps[check-feasibility].onReject={NOT_FEASIBLE: COMPLETE, other: FAIL_ITEM}";
    let check = ["check", "--scenario", "order-fulfilment", "--faults", "downstream", "--exhaustive", "0"];
    let (code, page) = sagasim(folder.path(), &[&check[..], &["--runs", "300", "--set", set]].concat());
    assert_eq!(code, 0, "{page}");
}

/// A long chain of steps that are not sent, each after the two before it: there are more ways through it than could ever be gone.
#[test]
fn steps_of_an_item_that_was_not_ordered_are_gone_through_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let step = |n: usize| {
        let after = if n == 1 { "ship-router".to_string() } else { format!("check-{}, check-{}", n - 1, n.max(3) - 2) };
        format!(
            "  - {{ id: check-{n}, item: router, kind: validation, after: [{after}], call: provisioning.checkFeasibility, \
             attemptTimeout: 30s, deadline: 1d, retry: question, onReject: {{ other: OPEN_FALLOUT_CASE }}, \
             key: \"${{item.id}}:CHECK-{n}:${{plan.version}}\" }}\n"
        )
    };
    let steps: String = (1..=60).map(step).collect();
    assert_eq!(sagasim(folder, &["new", "mine"]).0, 0);
    let file = format!("mine/{SAGA}");
    let text = std::fs::read_to_string(folder.join(&file)).expect("it was written");
    let text = text.replacen("  # support\n", &format!("{steps}  # support\n"), 1);
    std::fs::write(folder.join(&file), text).expect("it can be written");
    let wait = "saga.steps[create-asset-support].after=[activate-support, check-60]";
    let (code, text) =
        sagasim(folder, &["check", &file, "--runs", "20", "--exhaustive", "0", "--set", wait, "--format", "json"]);
    let report = json(&text);
    assert!(matches!(code, 0 | 3), "{code}: {text}");
    let judged = report["invariants"].as_array().expect("a list");
    let judged = judged.iter().find(|row| row["id"] == "dependents-in-order").expect("it is judged");
    assert!(judged["judged"].as_u64().expect("a number") > 0, "{judged}");
}
