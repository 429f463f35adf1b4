//! Deadlines of the definition: as they are written where nothing goes wrong, with room for a recovery where something did.

use serde_json::Value;

use crate::cli::{run, text};

/// Checks the exercise under patches; gives the report and the page.
fn check(faults: &str, runs: &str, sets: &[&str]) -> (Value, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let here = |name: &str| folder.path().join(name).display().to_string();
    let (out, failures) = (format!("json={}", here("out.json")), here("failures"));
    let mut call = vec!["check", "--scenario", "order-fulfilment", "--faults", faults, "--runs", runs];
    call.extend(["--exhaustive", "0", "--out", &out, "--failures", &failures]);
    call.extend(sets.iter().flat_map(|set| ["--set", set]));
    let output = run(&call);
    let report =
        std::fs::read_to_string(here("out.json")).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    (serde_json::from_str(&report).expect("a report"), text(&output.stdout))
}

fn row<'a>(report: &'a Value, id: &str) -> &'a Value {
    let rows = report["invariants"].as_array().expect("rows");
    rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no {id}"))
}

const MINUTE: u64 = 60_000;

#[test]
fn what_a_recovery_takes_is_no_breach_and_the_same_on_a_good_day_is() {
    let two_minutes = ["saga.items.router.charges.hardware.latest=2m"];
    let (calm, _) = check("none", "200", &two_minutes);
    assert_eq!(calm["verdict"], "pass", "{}", calm["failures"]);
    let (stormy, _) = check("storm", "400", &two_minutes);
    let billed = row(&stormy, "item-billed");
    assert_eq!(stormy["failures"], serde_json::json!([]), "a recovery took its time");
    assert!(billed["max_ms"].as_u64() > Some(2 * MINUTE), "nothing was late: {billed}");
    assert_eq!((billed["shortest_ms"].as_u64(), billed["bound_ms"].as_u64()), (Some(2 * MINUTE), Some(1_440 * MINUTE)));
    for set in [
        "saga.items.router.charges.hardware.latest=10ms",
        "saga.consumers[crm].within=10ms",
        r#"saga.invariants=[{ id: soon, class: eventually, within: 1ms, rule: 'item.state == "completed"' }]"#,
    ] {
        let (late, page) = check("none", "60", &[set]);
        assert_eq!(late["verdict"], "fail", "{set}: {page}");
        let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!words.contains("never learns of"), "it learns of it, and too late: {page}");
    }
}

#[test]
fn a_failure_names_the_deadline_and_how_late_it_was() {
    // With faults in the profile too: what was promised is told of a run without them.
    let (report, page) = check(
        "standard",
        "60",
        &[
            "saga.steps[bill-router].after=[ship-router, provision-connectivity]",
            "saga.steps[provision-connectivity].attemptTimeout=4d",
            "saga.steps[provision-connectivity].deadline=9d",
            "participants.provisioning.operations.activate.latency={ p50: 2d, p99: 3d }",
        ],
    );
    let failure = &report["failures"][0];
    assert_eq!((&failure["invariant"], &failure["step"]), (&"item-billed".into(), &"bill-router".into()), "{page}");
    assert_eq!((failure["faults"].as_u64(), failure["orders"].as_u64()), (Some(0), Some(1)));
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        ": 1d by latest of the charge hardware;",
        "means the bill is late: ",
        "inevitable from +00:00:00.000 on (the start of the run)",
        "slow it came too late; latest of the charge hardware gives it 1d, until +1d ",
        "let bill-router wait for nothing but what it is billed on: after: [ship-router]; with it, this run breaks nothing; latest of the charge hardware gives it 1d, until +1d ",
    ] {
        assert!(words.contains(told), "{told:?} is not in\n{page}");
    }
}
