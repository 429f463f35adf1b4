//! What became of the orders: each is told once, as the page says and as the JSON does, and truly where something broke.

use serde_json::Value;

use crate::cli::{run, text};

/// The rows of the table and the fields of the JSON.
const ROWS: &[(&str, &str)] = &[
    ("completed", "completed"),
    ("partly cancelled", "partly_cancelled"),
    ("cancelled", "cancelled"),
    ("rejected", "rejected"),
    ("failed and undone", "failed"),
    ("fallout: a person has to act", "fallout"),
    ("stuck", "stuck"),
    ("not followed: the run broke", "not_followed"),
];

/// Runs a check of a bundled scenario; gives its outcomes, how many sagas were stuck, and the page's table with what is said
/// under it.
fn check(scenario: &str, arguments: &[&str]) -> (Value, u64, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let here = |name: &str| folder.path().join(name).display().to_string();
    let (out, failures) = (format!("json={}", here("out.json")), here("failures"));
    let call = ["check", "--scenario", scenario, "--exhaustive", "0", "--out", &out, "--failures", &failures];
    let output = run(&[&call[..], arguments].concat());
    let said = text(&output.stdout);
    let report =
        std::fs::read_to_string(here("out.json")).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    let report: Value = serde_json::from_str(&report).expect("a report");
    let table = said.lines().skip_while(|line| !line.starts_with("Outcomes of ")).take_while(|line| !line.is_empty());
    let stuck = report["metrics"]["saga-stuck"].as_u64().expect("a count");
    (report["outcomes"].clone(), stuck, table.map(str::to_owned).collect())
}

fn count(outcomes: &Value, field: &str) -> u64 {
    outcomes[field].as_u64().unwrap_or_else(|| panic!("{field}: {outcomes}"))
}

/// That each order counts once, and that page and JSON say the same.
fn adds_up(name: &str, (outcomes, stuck, table): &(Value, u64, Vec<String>)) {
    let orders = count(outcomes, "orders");
    assert!(orders > 0, "{name}");
    assert_eq!(ROWS.iter().map(|(_, field)| count(outcomes, field)).sum::<u64>(), orders, "{name}: {outcomes}");
    assert_eq!(count(outcomes, "stuck"), *stuck, "{name}");
    // Each count is in a row of the page, but for the orders in all and those that needed a person, and no other is.
    let counts = outcomes.as_object().expect("fields").values().filter(|value| value.is_u64()).count();
    assert_eq!(counts, ROWS.len() + 2, "{name}: {outcomes}");
    let attended = count(outcomes, "attended");
    assert!((count(outcomes, "fallout")..=orders).contains(&attended), "{name}: {outcomes}");
    let said = table.iter().find_map(|line| line.trim().strip_prefix("a person was needed for "));
    let told = said.and_then(|rest| rest.split_whitespace().next()?.replace(',', "").parse::<u64>().ok());
    assert_eq!(told.unwrap_or(0), attended, "{name}: {table:?}");
    let number = |text: &str| text.replace(',', "").parse::<u64>().ok();
    let told = table[0].split_whitespace().find_map(number);
    assert_eq!(told, Some(orders), "{name}: {}", table[0]);
    for ((row, field), line) in ROWS.iter().zip(&table[1..]) {
        let told = line.trim().strip_prefix(row).and_then(|rest| number(rest.split_whitespace().next()?));
        assert_eq!(told, Some(count(outcomes, field)), "{name}: {row}: {line}");
    }
}

#[test]
fn each_order_of_each_bundled_scenario_is_told_once() {
    for scenario in scenarios::catalog::names() {
        let found = check(scenario, &["--runs", "300"]);
        adds_up(scenario, &found);
        let (outcomes, _, table) = found;
        assert_eq!(count(&outcomes, "not_followed"), 0, "{scenario}");
        let said = table.last().expect("a sentence");
        assert!(
            said.contains("at the end of each run what was delivered is charged as accepted"),
            "{scenario}: {said}"
        );
    }
}

#[test]
fn an_order_that_could_not_be_delivered_is_told_of() {
    let (outcomes, ..) = check("order-fulfilment", &["--runs", "400"]);
    assert!(count(&outcomes, "failed") > 0, "{outcomes}");
}

#[test]
fn an_order_that_is_completed_without_one_of_its_items_is_partly_cancelled() {
    let (outcomes, ..) = check("cancel-after-reservation", &["--faults", "none", "--runs", "60"]);
    assert!(count(&outcomes, "partly_cancelled") > 0, "{outcomes}");
    assert!(count(&outcomes, "completed") > 0, "others are not cancelled: {outcomes}");
}

#[test]
fn what_broke_at_the_end_of_a_run_is_among_the_outcomes() {
    let unanswered = ["--set", "saga.retry.standard.fallback=null", "--runs", "600"];
    let found = check("order-fulfilment", &unanswered);
    adds_up("without a fallback", &found);
    let (outcomes, _, table) = found;
    assert!(count(&outcomes, "stuck") > 0, "{outcomes}");
    let missing = outcomes["not_charged"].as_array().expect("a list");
    assert!(missing.iter().any(|money| money["orders"].as_u64() > Some(0)), "{outcomes}");
    let said = table.last().expect("a line");
    // For how long: a saga times out after fourteen days at the latest, and what is delivered takes some of them.
    let longest = missing.iter().filter_map(|money| money["longest_ms"].as_u64()).max();
    assert!(longest.is_some_and(|ms| (3_600_000..40 * 86_400_000).contains(&ms)), "{outcomes}");
    assert!(said.trim_start().starts_with("not charged") && said.contains("still so when its run ended"), "{said}");
}

#[test]
fn a_saga_that_hangs_before_it_makes_its_order_is_stuck() {
    let once = ["--set", "saga.retry.question.fallback=null", "--set", "saga.retry.question.maxAttempts=2"];
    let found = check("quote-to-order", &[&once[..], &["--runs", "200"]].concat());
    adds_up("two attempts to verify", &found);
    assert!(count(&found.0, "stuck") > 0, "{}", found.0);
}

#[test]
fn orders_of_runs_that_were_stopped_where_they_broke_are_told_apart() {
    let early = ["--set", "saga.steps[bill-router].after=[reserve-router]", "--runs", "200"];
    let found = check("order-fulfilment", &early);
    adds_up("billed before it is shipped", &found);
    let (outcomes, _, table) = found;
    assert!(count(&outcomes, "not_followed") > 0, "{outcomes}");
    let said = table[ROWS.len() + 1..].iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    assert!(said.contains("at the end of each run that was followed to its end what was delivered"), "{said}");
}

/// What a check of the exercise with a patch says, in one line, and its exit code.
fn said_of(patch: &str) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().expect("a folder");
    let failures = folder.path().display().to_string();
    let call = ["check", "--scenario", "order-fulfilment", "--exhaustive", "0", "--runs", "200", "--plain"];
    let output = run(&[&call[..], &["--failures", &failures, "--set", patch]].concat());
    (text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" "), output.status.code())
}

#[test]
fn an_order_that_cannot_do_without_a_person_is_no_evidence() {
    let (said, code) = said_of("saga.timeout.within=10s");
    let owed =
        "no order was completed without a person who had to act, even where nothing disturbs it, in order-fulfilment";
    assert!(said.contains(owed) && said.contains("a person was needed for"), "{said}");
    assert_eq!(code, Some(3), "{said}");
}

/// Nothing else is owed in so many runs, so that this alone decides the row of the scenario, too.
#[test]
fn an_order_that_cannot_do_without_a_person_decides_its_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let failures = folder.path().display().to_string();
    let call = ["check", "--scenario", "order-fulfilment", "--exhaustive", "0", "--runs", "300", "--format", "json"];
    let output = run(&[&call[..], &["--failures", &failures, "--set", "saga.timeout.within=10s"]].concat());
    let report: Value = serde_json::from_str(&text(&output.stdout)).expect("a report");
    assert_eq!(report["owed"].as_array().map(Vec::len), Some(1), "{}", report["owed"]);
    assert_eq!(report["scenarios"][0]["verdict"], "not-enough-evidence");
}

#[test]
fn orders_that_all_lose_something_are_no_evidence() {
    let (said, _) = said_of("saga.timeout={ within: 10s, signal: LATE, then: COMPENSATE }");
    let owed = "no order was completed, even where nothing disturbs it (each loses an item), in order-fulfilment";
    assert!(said.contains(owed), "{said}");
}

/// Provisioning may take longer than that on a good day. In time is what is so on most days, and nothing is noted.
#[test]
fn orders_that_are_lost_on_a_good_day_are_noted() {
    let timeout = |within| format!("saga.timeout={{ within: {within}, signal: LATE, then: COMPENSATE }}");
    let (said, code) = said_of(&timeout("10m"));
    let note = "note: of 254 orders of order-fulfilment without a fault, a command or a flaw, 19 lose an item";
    assert!(said.contains(note), "{said}");
    assert_ne!(code, Some(1), "{said}");
    let (said, _) = said_of(&timeout("1d"));
    assert!(!said.contains("note: of"), "{said}");
}

/// The failure says it.
#[test]
fn a_good_day_that_breaks_something_is_not_told_twice() {
    let (said, code) = said_of("saga.steps[bill-router].after=[reserve-router]");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("this breaks on a good day") && !said.contains("even where nothing disturbs it"), "{said}");
    assert!(!said.contains("note: of"), "{said}");
}

#[test]
fn undo_that_no_run_can_come_to_is_named() {
    let (said, _) = said_of("saga.version=two");
    assert!(said.contains("undo that cannot run reverse-asset-connectivity, stop-access, credit-access,"), "{said}");
}
