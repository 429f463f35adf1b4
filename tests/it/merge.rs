//! Shards add up to the campaign in one piece, byte by byte but for the wall clock; what does not belong together is refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use sagasim::MergeOptions;
use serde_json::Value;

use crate::determinism::timeless;

fn sagasim(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sagasim"));
    command.args(arguments).current_dir(folder).output().expect("sagasim runs")
}

fn stdout(output: &Output) -> String {
    timeless(&String::from_utf8(output.stdout.clone()).expect("output is UTF-8"))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs shard `index` of `of`, and gives the name of its result.
fn shard(folder: &Path, call: &[&str], index: usize, of: usize) -> String {
    let (shard, file) = (format!("{index}/{of}"), format!("{index}-of-{of}.json"));
    let out = format!("json={file}");
    let output = sagasim(folder, &[&["check", "-q", "--shard", &shard, "--out", &out], call].concat());
    assert!(matches!(output.status.code(), Some(0 | 1)), "{shard}: {}: {}", output.status, stderr(&output));
    file
}

/// The stored failures of a folder, without those in the folders of shards.
fn failures(folder: &Path) -> Vec<(String, String)> {
    let stored = sagasim::files::stored_failures(&folder.join("sagasim-failures")).expect("a folder");
    stored
        .iter()
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// The same call in one piece and in so many shards, in folders that `prepare` makes alike; it ends with this code.
fn check(prepare: &dyn Fn(&Path), call: &[&str], counts: &[usize], code: i32) {
    let new = || {
        let folder = tempfile::tempdir().expect("a folder");
        prepare(folder.path());
        folder
    };
    let whole = new();
    let expected = sagasim(whole.path(), &[&["check", "--format", "json"], call].concat());
    assert_eq!(expected.status.code(), Some(code), "{call:?}: {}", stderr(&expected));
    for &of in counts {
        let folder = new();
        let mut results: Vec<String> = (1..=of).map(|index| shard(folder.path(), call, index, of)).collect();
        results.reverse();
        let names: Vec<&str> = results.iter().map(String::as_str).collect();
        let merged = sagasim(folder.path(), &[&["merge", "--format", "json"], &names[..]].concat());
        assert_eq!(merged.status.code(), Some(code), "{call:?} in {of}: {}", stderr(&merged));
        let (merged, expected) = (stdout(&merged), stdout(&expected));
        let different = merged.lines().zip(expected.lines()).find(|(a, b)| a != b);
        assert_eq!(different, None, "{call:?} in {of} shards");
        assert_eq!(merged, expected, "{call:?} in {of} shards");
        assert_eq!(failures(folder.path()), failures(whole.path()), "{call:?} in {of} shards");
    }
}

const NOTHING: &dyn Fn(&Path) = &|_| ();

#[test]
fn shards_that_pass_add_up_to_the_whole() {
    check(NOTHING, &["--runs", "200", "--scenario", "quote-to-order"], &[1, 2, 3], 0);
    check(NOTHING, &["--runs", "200", "--seed", "7"], &[3], 0);
    check(NOTHING, &["--runs", "90", "--faults", "none", "--scenario", "quote-to-order"], &[2], 0);
}

#[test]
fn more_shards_than_runs_or_workloads_add_up_to_the_whole() {
    check(NOTHING, &["--runs", "2", "--first", "40", "--driver", "uniform", "--exhaustive", "0"], &[3], 3);
    check(NOTHING, &["--runs", "20", "--scenario", "cancel-after-reservation", "--faults", "light"], &[3], 0);
}

#[test]
fn shards_that_fail_add_up_to_the_whole() {
    let broken = |name| ["--scenario", name, "--set", "platform.outbox.mark=before-publish", "--runs", "200"];
    check(NOTHING, &broken("quote-to-order"), &[1, 2, 3], 1);
    let random = &["--seed", "11", "--exhaustive", "0"];
    check(NOTHING, &[&broken("order-fulfilment")[..], random].concat(), &[2], 1);
    check(NOTHING, &[&broken("order-fulfilment")[..], random, &["--fail-fast"]].concat(), &[3], 1);
    check(NOTHING, &[&broken("quote-to-order")[..], &["--fail-fast"]].concat(), &[1, 3], 1);
}

/// A definition and a profile of one's own: with one kind of fault, pairs of them are few.
/// Plans break the first rule, random runs the second one, too, and the third has nothing to judge.
#[test]
fn the_designers_own_rules_add_up() {
    let rules = r#"saga.invariants=[
        { id: never-held, class: always, for: 'item.name == "connectivity"', rule: 'item.state != "held"' },
        { id: never-cancelled, class: always, rule: 'item.state != "cancelled"' },
        { id: idle, class: always, for: 'item.charge.amount > money("999.00", "EUR")', rule: 'true' }]"#;
    let call = ["--scenario", "cancel-after-reservation", "--set", rules, "--runs", "40"];
    check(&|_| {}, &call, &[2, 3], 1);
}

fn own_files(folder: &Path) {
    let made = sagasim(folder, &["new", "mine"]);
    assert!(made.status.success(), "{}", stderr(&made));
    let profile = "profile: mine\nfaults: { relay-crash: { weight: 30, max: 2 } }\n";
    std::fs::write(folder.join("my.yaml"), profile).expect("it can be written");
}

#[test]
fn shards_of_files_add_up_to_the_whole() {
    let saga = "mine/order-fulfilment.saga.yaml";
    let deep = [saga, "--faults", "my.yaml", "--exhaustive", "2", "--runs", "60"];
    check(&own_files, &[&deep[..], &["--set", "platform.outbox.mark=before-publish"]].concat(), &[2], 1);
}

/// The same with a scenario that has goals: one that shards meet only together, and one that nobody meets.
fn own_goals(folder: &Path) {
    own_files(folder);
    let goals =
        "goals: { faults: { duplicate: 60 }, boundaries: all, cells: [{ step: notify, fault: slow, runs: 9000 }] }";
    let scenario = format!("scenario: tight\nsaga: ./order-fulfilment.saga.yaml\n{goals}\n");
    std::fs::write(folder.join("mine/tight.scenario.yaml"), scenario).expect("it can be written");
}

#[test]
fn goals_are_judged_of_the_sum() {
    check(&own_goals, &["mine/tight.scenario.yaml", "--runs", "600", "--exhaustive", "0"], &[3], 3);
}

#[test]
fn an_order_of_its_own_is_read_again() {
    let order = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tmf622-v4-illustration-order.json");
    check(NOTHING, &["--scenario", "tmf622-order", "--order", order, "--runs", "40", "--exhaustive", "0"], &[2], 3);
}

#[test]
fn stored_failures_are_run_once() {
    let call = ["--scenario", "quote-to-order", "--runs", "60", "--set", "platform.inbox.commit=before-effect"];
    let stored = |folder: &Path| {
        let found = sagasim(folder, &[&["check", "-q", "--exhaustive", "0", "--seed", "5"], &call[..]].concat());
        assert_eq!(found.status.code(), Some(1), "{}", stderr(&found));
    };
    check(&stored, &call, &[2], 1);
}

#[test]
fn a_shard_is_found_in_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let call = ["check", "--shard", "auto", "--runs", "9", "--exhaustive", "0", "--format", "json"];
    let [index, count] = ["SAGASIM_SHARD_INDEX", "SAGASIM_SHARD_COUNT"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_sagasim"));
    let found =
        command.args(call).env(index, "2").env(count, "3").current_dir(folder.path()).output().expect("it runs");
    let report: Value = serde_json::from_slice(&found.stdout).expect("JSON");
    assert_eq!((&report["shard"]["index"], &report["shard"]["of"]), (&2.into(), &3.into()));
    assert!(report["repeat"].as_str().is_some_and(|line| line.ends_with(" --shard 2/3")), "{}", report["repeat"]);
    assert_eq!(report["scenarios"][0]["runs"], 3);
}

#[test]
fn what_cannot_be_cut_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for (call, expected) in [
        (&["--driver", "guided"][..], "a guided campaign cannot be cut"),
        (&["--time", "1s"], "cannot be used with"),
        (&["--corpus", "c"], "cannot be used with"),
    ] {
        let output = sagasim(folder.path(), &[&["check", "--shard", "1/2"], call].concat());
        assert_eq!(output.status.code(), Some(64), "{call:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{call:?}: {}", stderr(&output));
    }
}

/// A change of a result, by the path of the value in it.
fn change(folder: &Path, from: &str, to: &str, path: &str, value: Value) {
    let text = std::fs::read_to_string(folder.join(from)).expect("it was written");
    let mut result: Value = serde_json::from_str(&text).expect("JSON");
    *result.pointer_mut(path).unwrap_or_else(|| panic!("{path} of {from}")) = value;
    std::fs::write(folder.join(to), result.to_string()).expect("it can be written");
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    own_files(folder.path());
    let base = ["mine/order-fulfilment.saga.yaml", "--runs", "20", "--exhaustive", "1", "--faults", "my.yaml"];
    let [first, second] = [1, 2].map(|index| shard(folder.path(), &base, index, 2));
    let third = shard(folder.path(), &base, 3, 3);
    let path = |name: &str| folder.path().join(name);
    std::fs::copy(path(&first), path("again.json")).expect("a copy");
    let text = std::fs::read_to_string(path("mine/order-fulfilment.saga.yaml")).expect("a saga");
    for (to, place, value) in [
        ("version.json", "/version", "0.0.9".into()),
        ("seed.json", "/shard/call/seed", 2.into()),
        ("texts.json", "/shard/definitions/texts/0/1", format!("{text}# another\n").into()),
        ("schema.json", "/shard/schema", 9.into()),
        ("index.json", "/shard/index", 3.into()),
        ("field.json", "/shard/call", "x".into()),
        ("digest.json", "/shard/scenarios/0/digest", "00".into()),
        ("runs.json", "/shard/scenarios/0/tally/runs", 9.into()),
        ("much.json", "/shard/scenarios/0/tally/events", u64::MAX.into()),
        ("table.json", "/shard/scenarios/0/tally/judged", serde_json::json!([[4_000, 1]])),
        ("search.json", "/shard/scenarios/0/search", Value::Null),
        ("levels.json", "/shard/scenarios/0/search/levels", serde_json::json!([])),
        ("scenarios.json", "/shard/scenarios", serde_json::json!([])),
    ] {
        change(folder.path(), &second, to, place, value);
    }
    std::fs::write(path("none.json"), "[]").expect("it can be written");
    std::fs::write(path("half.json"), &std::fs::read(path(&second)).expect("a result")[..900]).expect("half of it");
    let whole = sagasim(folder.path(), &[&["check", "--format", "json"], &base[..]].concat());
    std::fs::write(path("whole.json"), whole.stdout).expect("it can be written");
    let foreign = "is not of the definition and the call";
    for (results, expected) in [
        (&[first.as_str()][..], "of 2 shards these are missing: 2"),
        (&[&first, "again.json", &second], "both shard 1 of 2"),
        (&[&first, &third], "is shard 3 of 3"),
        (&[&first, "version.json"], "version.json: written by sagasim 0.0.9"),
        (&[&first, "seed.json"], "seed.json: not of the same call"),
        (&[&first, "texts.json"], "texts.json: not of the same definition"),
        (&[&first, "schema.json"], "another format"),
        (&[&first, "index.json"], "no shard 3 of 2"),
        (
            &[&first, "field.json"],
            "field.json: not as this sagasim writes it: expected an object, found the text \"x\"",
        ),
        (&[&first, "digest.json"], foreign),
        (&[&first, "runs.json"], foreign),
        (&[&first, "much.json"], foreign),
        (&[&first, "table.json"], foreign),
        (&[&first, "search.json"], foreign),
        (&[&first, "levels.json"], foreign),
        (&[&first, "scenarios.json"], "does not hold all scenarios"),
        (
            &[&first, "none.json"],
            "none.json: not the JSON of a check with --shard: line 1, column 2: expected the report of a check, found a list of 0",
        ),
        (&[&first, "half.json"], "the text ends too early"),
        (&[&first, "whole.json"], "not the result of a shard"),
        (&[&first, "gone.json"], "gone.json: no such file"),
        (&[&first, "mine"], "mine: it is a folder"),
        #[cfg(unix)]
        (&[&first, "/dev/zero"], "/dev/zero: not a plain file"),
    ] {
        let output = sagasim(folder.path(), &[&["merge"], results].concat());
        assert_eq!(output.status.code(), Some(2), "{results:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{results:?}: {}", stderr(&output));
    }
    let merged = sagasim(folder.path(), &["merge", "-q", &second, &first]);
    assert!(matches!(merged.status.code(), Some(0 | 3)), "{}", stderr(&merged));
    std::fs::write(path("my.yaml"), "profile: mine\nfaults: { duplicate: { weight: 20 } }\n")
        .expect("it can be written");
    let merged = sagasim(folder.path(), &["merge", "-q", &second, &first]);
    assert!(stderr(&merged).contains("my.yaml is not what it was"), "{}", stderr(&merged));
}

/// Where the values of a result are: of those that differ in the number of a row only, the first.
fn places(value: &Value, path: &str, kind: &str, found: &mut BTreeMap<String, String>) {
    found.entry(kind.to_owned()).or_insert_with(|| path.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            places(value, &format!("{path}/{key}"), &format!("{kind}/{key}"), found);
        }),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, value)| {
            places(value, &format!("{path}/{i}"), &format!("{kind}/*"), found);
        }),
        _ => {}
    }
}

#[test]
fn whatever_stands_in_a_result_is_merged_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = ["--scenario", "quote-to-order", "--set", "platform.outbox.mark=before-publish", "--runs", "60"];
    let name = shard(folder.path(), &base, 1, 1);
    let text = std::fs::read_to_string(folder.path().join(&name)).expect("a result");
    let result: Value = serde_json::from_str(&text).expect("JSON");
    // A failing run is one of the shard's own.
    for place in ["index", "simplest/2"] {
        change(folder.path(), &name, "run.json", &format!("/shard/scenarios/0/tally/causes/0/{place}"), 60.into());
        let merged = sagasim(folder.path(), &["merge", "run.json"]);
        assert!(stderr(&merged).contains("is not of the definition and the call"), "{place}: {}", stderr(&merged));
    }
    let mut found = BTreeMap::new();
    places(&result["shard"], "/shard", "/shard", &mut found);
    assert!(
        found.keys().any(|kind| kind.contains("/causes/*/")) && found.keys().any(|kind| kind.contains("/breaking/*/"))
    );
    let changed = folder.path().join("changed.json");
    let options = MergeOptions { results: vec![changed.clone()], failures: folder.path().join("failures") };
    let (mut merged, mut refused) = (0, 0);
    for path in found.values() {
        for value in [Value::Null, u64::MAX.into(), (-1).into(), "".into(), "\u{0}\u{fffd} = x takes 9us".into()] {
            let mut hostile = result.clone();
            *hostile.pointer_mut(path).expect("a place") = value;
            std::fs::write(&changed, hostile.to_string()).expect("it can be written");
            match sagasim::merge(&options) {
                Ok(_) => merged += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(merged > 0 && refused > 300, "{merged} merged, {refused} refused");
}
