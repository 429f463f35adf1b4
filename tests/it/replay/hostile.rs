//! Files that a careless or hostile hand wrote: read or refused in plain words, never a panic or a hang.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use fault_models::{Driver, Profile};
use proptest::prelude::*;
use scenarios::campaign::Simulation;
use scenarios::definition::Definition;
use scenarios::model::Model;
use scenarios::replay::{Repro, SCHEMA};
use scenarios::scenario::Scenario;
use scenarios::workload::WorkloadShape;
use serde_json::{Value, json};

use super::{CHARGED_TWICE, CRASH_AND_LOSS, Edit, definition, edited, kept};
use crate::cli::{run, text};

#[test]
fn what_is_no_file_of_ours_ends_with_2() {
    let good = kept(CHARGED_TWICE);
    let with = |field: &str, value: Value| {
        let mut repro: Value = serde_json::from_str(&good).expect("JSON");
        repro[field] = value;
        repro.to_string()
    };
    let cases = [
        ("empty", String::new(), "line 1, column 1: the text ends too early"),
        ("truncated", good[..good.len() / 2].to_owned(), "the text ends too early"),
        ("no JSON", "PK\u{3}\u{4}".to_owned(), "line 1, column 1: no JSON: a value is expected"),
        ("nested", "[".repeat(100_000), "expected a repro file of sagasim, found a list"),
        ("nested in a field", format!("{{\"schema\":1,\"x\":{}", "{\"x\":".repeat(100_000)), "line 1"),
        ("another thing", "{\"schema\": 1}".to_owned(), "the field sagasim is missing"),
        ("another file", "{\"name\": \"x\"}".to_owned(), "no repro file of sagasim: the field schema is missing"),
        ("nothing", "null".to_owned(), "line 1, column 4: expected a repro file of sagasim, found null"),
        ("unknown field", with("extra", json!(1)), "there is no field extra here; there are schema, sagasim, "),
        ("newer", with("schema", json!(SCHEMA + 1)), "this sagasim reads repro files of schema"),
        ("far newer", with("schema", json!(u64::MAX)), "18446744073709551615"),
        ("no schema at all", with("schema", json!("one")), "a whole number from 0 up, found the text \"one\""),
        ("huge number", good.replacen("\"arrival_us\": 0", "\"arrival_us\": 1e999", 1), "the number is too large"),
        (
            "too large a number",
            good.replacen("\"arrival_us\": 0", "\"arrival_us\": 99999999999999999999", 1),
            "expected a whole number from 0 up, found ",
        ),
        (
            "negative number",
            good.replacen("\"arrival_us\": 0", "\"arrival_us\": -1", 1),
            "expected a whole number from 0 up, found ",
        ),
        ("too many choices", with("choices", json!(vec!["x = y"; 100_001])), "larger than"),
        (
            "too many orders",
            with("orders", json!(vec![json!({ "arrival_us": 0, "items": [] }); 10_000])),
            "larger than",
        ),
        ("no list", with("commands", json!({})), "expected a list, found an object"),
        ("no object", with("found", json!(true)), "expected an object, found true"),
        ("no text", with("profile", json!(7)), "expected a text, found 7"),
        (
            "unknown scenario",
            with("scenario", json!("nowhere")),
            "scenario: there is no scenario nowhere in the definition of this file; expected one of order-fulfilment",
        ),
        (
            "another scenario",
            with("scenario", json!("quote-to-order")),
            "there is no scenario quote-to-order in the definition of this file",
        ),
        (
            "unknown profile",
            with("profile", json!("nope")),
            "profile: there is no fault profile nope; did you mean none?",
        ),
        (
            "misspelt profile",
            with("profile", json!("standart")),
            "there is no fault profile standart; did you mean standard?",
        ),
        (
            "unknown invariant",
            with("expected", json!({ "invariant": "nope" })),
            "expected.invariant: there is no invariant nope; expected one of ",
        ),
        (
            "misspelt invariant",
            with("expected", json!({ "invariant": "single-efect" })),
            "there is no invariant single-efect; did you mean single-effect?",
        ),
        (
            "unknown step",
            with("expected", json!({ "invariant": "single-effect", "step": "bill-ruter" })),
            "there is no step or item bill-ruter in the definition of this file; did you mean bill-router?",
        ),
        (
            "unknown flaw",
            with("orders", json!([{ "arrival_us": 0, "items": [], "quote": "expire" }])),
            "orders[0].quote: there is no flaw of a quote expire; did you mean expired?",
        ),
        (
            "unknown state",
            with("commands", json!([{ "command": "x", "order": 1, "item": "x", "state": "SEND" }])),
            "commands[0].state: there is no state of a step SEND; did you mean SENT?",
        ),
        ("no patch", with("set", json!(["x"])), "its patch"),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hostile.json");
    for (what, content, expected) in cases {
        fs::write(&path, content).expect("it can be written");
        let output = run(&["replay", path.to_str().expect("UTF-8")]);
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""), "{what}: {said}");
        assert!(said.contains(expected) && said.contains("hostile.json"), "{what}: {said}");
        assert!(!said.contains('\u{1b}') && !said.contains("panicked"), "{what}: {said}");
        let foreign = ["struct", "u64", "at line", "invalid type", "sequence", "EOF", "`"];
        assert!(!foreign.iter().any(|word| said.contains(word)), "{what}: {said}");
    }
    for failure in ["nowhere.json", "sg9.a.b.1.2.3fa9c2d1b07e", "sg1.nowhere.swarm.1.2.3fa9c2d1b07e", "x"] {
        assert_eq!(run(&["replay", failure]).status.code(), Some(2), "{failure}");
    }
}

#[test]
fn what_a_file_asks_for_in_plenty_is_run_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let edits: [(&str, Edit<'_>); 5] = [
        ("100,000 choices", &|repro| {
            let choice = |n: u64| json!(format!("send.request order-{n}/router/bill-router attempt 1 = lost"));
            repro["choices"] = (1..=100_000).map(choice).collect();
        }),
        ("the same choice again", &|repro| {
            repro["choices"] = json!(vec![repro["choices"][0].clone(); 1_000]);
        }),
        ("late orders", &|repro| repro["orders"][0]["arrival_us"] = json!(u64::MAX)),
        ("a long span", &|repro| {
            repro["choices"] =
                json!([format!("send.request order-1/router/bill-router attempt 1 takes {}us", u64::MAX)]);
        }),
        ("large values", &|repro| {
            repro["orders"][0]["traits"] = json!(u32::MAX);
            repro["heal_after"] = json!(u32::MAX);
            repro["found"]["seed"] = json!(u64::MAX);
        }),
    ];
    for (what, edit) in edits {
        let path = edited(folder.path(), CHARGED_TWICE, edit);
        let output = run(&["replay", path.to_str().expect("UTF-8"), "--as-recorded", "-q"]);
        let code = output.status.code().expect("it ends by itself");
        assert!([0, 1, 2, 3].contains(&code), "{what}: {code} {}", text(&output.stderr));
    }
}

/// The name of a saga stands in the names of its repro files.
#[test]
fn a_name_leads_no_file_out_of_its_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = "../../out\u{1b}[31m\n<b>";
    let files = definition(folder.path(), CHARGED_TWICE, |text| {
        let mut value: Value = serde_json::from_str(text).expect("canonical texts are JSON");
        if value["saga"] == "order-fulfilment" {
            value["saga"] = json!(name);
        }
        value.to_string()
    });
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let kept = folder.path().join("a/b/kept").display().to_string();
    let fixed = ["check", "--failures", &kept, "--exhaustive", "0", "--runs", "500"];
    let call: Vec<&str> = fixed.into_iter().chain(files.iter().map(String::as_str)).collect();
    let output = run(&call);
    assert_eq!(output.status.code(), Some(1), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(!text(&output.stdout).contains('\u{1b}'));
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        entries.map(|name| name.to_string_lossy().into_owned()).collect()
    };
    let written = names(Path::new(&kept));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    assert!(!written.is_empty() && written.iter().all(|name| name.chars().all(plain)), "{written:?}");
    assert_eq!(
        (names(&folder.path().join("a")), names(&folder.path().join("a/b"))),
        (vec!["b".into()], vec!["kept".into()])
    );
}

static SIMULATION: LazyLock<Simulation> = LazyLock::new(|| {
    let definition = Definition::bundled("order-fulfilment", &[]).expect("the bundled files are valid");
    let model = Model::of(&definition.sagas[0], definition.scenario.as_ref()).expect("a model");
    let shape = WorkloadShape::new(&model, definition.scenario.as_ref());
    Simulation::new(Scenario::new(model), shape, Profile::bundled("standard").expect("bundled"), Driver::Swarm)
});

/// A small file: what is embedded is left out, for it is long and mutated elsewhere.
static SMALL: LazyLock<String> = LazyLock::new(|| {
    let mut value: Value = serde_json::from_str(&kept(CRASH_AND_LOSS)).expect("JSON");
    value["definition"] = json!({ "given": [], "texts": [] });
    value["commands"] =
        json!([{ "command": "cancelItem", "order": 2, "item": "router", "step": "ship-router", "state": "SENT" }]);
    value.to_string()
});

/// Texts that a mutation puts in: what a careless or hostile hand would write.
static PIECES: [&str; 14] = [
    "18446744073709551615",
    "-1",
    "1e9",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "\"",
    ",",
    "order-65536",
    "attempt 256",
    " = ",
    " takes 18446744073709551615us",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_are_read_or_refused(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40, prop::sample::select(&PIECES[..])), 1..4),
        bytes in any::<bool>(),
    ) {
        let mut content = SMALL.clone().into_bytes();
        for (place, taken, piece) in edits {
            let from = place.index(content.len());
            let to = (from + taken).min(content.len());
            let piece = if bytes { &piece.as_bytes()[..1] } else { piece.as_bytes() };
            content.splice(from..to, piece.iter().copied());
        }
        let content = String::from_utf8_lossy(&content);
        if let Ok(repro) = Repro::read(&content) {
            let (recording, choices, gone) = repro.recording(&SIMULATION.scenario);
            prop_assert!(recording.choices.len() <= choices.len() && gone.len() <= content.len());
            let mut worker = SIMULATION.replayer();
            let first = SIMULATION.replay(&mut worker, &recording, &mut ()).fingerprint;
            let again = SIMULATION.replay(&mut worker, &recording, &mut ()).fingerprint;
            prop_assert_eq!(first, again);
        }
    }
}

#[test]
fn what_never_ends_is_not_read() {
    let output = run(&["replay", "/dev/zero"]);
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("/dev/zero: not a plain file"), "{said}");
}
