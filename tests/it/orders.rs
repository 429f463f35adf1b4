//! Orders of one's own, in place of generated ones: what of them is run, what is said of the rest, and what a repro file
//! keeps of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use reports::{CheckReport, ReplayReport, ReplayStatus, StoryLine};
use sagasim::options::Subject;
use sagasim::{CheckOptions, Error, ReplayOptions, Session, ShrinkOptions};
use scenarios::definition::Set;
use serde_json::{Value, json};

fn session<T>(call: impl FnOnce(&Session<'_>) -> T) -> T {
    call(&Session { stop: &AtomicBool::new(false), progress: &() })
}

/// A line of an order: a router at this price, once.
fn router(unit: &str, value: f64) -> Value {
    json!({
        "id": "1", "action": "add", "quantity": 1,
        "productOffering": { "id": "managed-router" },
        "itemPrice": [{ "name": "device", "priceType": "oneTime", "price": { "dutyFreeAmount": { "unit": unit, "value": value } } }]
    })
}

/// Writes an order of these lines.
fn order(folder: &Path, name: &str, lines: &Value) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, json!({ "productOrderItem": lines }).to_string()).expect("it can be written");
    path
}

fn check(folder: &Path, order: &Path, runs: u64, sets: &[&str]) -> CheckReport {
    let set = sets.iter().map(|set| Set::parse(set).expect("a patch")).collect();
    let subject = Subject {
        scenario: Some("order-fulfilment".to_owned()),
        order: Some(order.to_owned()),
        set,
        ..Subject::default()
    };
    let failures = folder.join("failures");
    let options = CheckOptions { subject, runs: Some(runs), exhaustive: 0, failures, ..CheckOptions::default() };
    session(|session| sagasim::check(&options, session)).expect("it runs")
}

fn replay(file: &Path, order: Option<&Path>) -> Result<ReplayReport, Error> {
    let subject = Subject { order: order.map(Path::to_owned), ..Subject::default() };
    let options = ReplayOptions { failure: file.display().to_string(), subject, ..ReplayOptions::default() };
    session(|session| sagasim::replay(&options, session))
}

/// The prices that a story tells of.
fn prices(story: &[StoryLine]) -> Vec<String> {
    let words = story.iter().flat_map(|line| line.text.split("charges ").skip(1));
    let mut prices: Vec<String> =
        words.map(|rest| rest.split([',', ' ']).take(2).collect::<Vec<_>>().join(" ")).collect();
    prices.dedup();
    prices
}

#[test]
fn a_failure_of_an_order_keeps_its_prices() {
    let folder = tempfile::tempdir().expect("a folder");
    let seven = order(folder.path(), "seven.json", &json!([router("USD", 7.0)]));
    let eight = order(folder.path(), "eight.json", &json!([router("USD", 8.0)]));
    let report = check(folder.path(), &seven, 200, &["platform.outbox.mark=before-publish"]);
    let failure = report.failures.first().expect("the outbox loses events");
    let file = PathBuf::from(&failure.repro);
    assert_eq!(prices(&failure.story), ["7.00 USD"], "{:?}", failure.story);

    let again = replay(&file, None).expect("it runs");
    assert_eq!((again.status, &again.story), (ReplayStatus::StillFails, &failure.story));
    assert!(again.notices.is_empty(), "{:?}", again.notices);
    let other = replay(&file, Some(&eight)).expect("it runs");
    assert_eq!((other.status, prices(&other.story)), (ReplayStatus::StillFails, vec!["8.00 USD".to_owned()]));

    // As recorded, and reduced once more: what is written again has the order, too.
    let out = folder.path().join("again.json");
    let again = ReplayOptions { failure: failure.repro.clone(), as_recorded: true, ..ReplayOptions::default() };
    let shrink = ShrinkOptions { replay: again, out: Some(out.clone()), failures: folder.path().to_owned() };
    session(|session| sagasim::shrink(&shrink, session)).expect("it runs");
    let read =
        |path: &Path| -> Value { serde_json::from_str(&fs::read_to_string(path).expect("it is there")).expect("JSON") };
    let mut kept = read(&file);
    assert_eq!(
        kept["ordered"],
        json!([{ "item": "router", "prices": [{ "charge": "hardware", "price": "7.00 USD" }] }])
    );
    assert_eq!(read(&out)["ordered"], kept["ordered"]);

    // A file of before keeps none: it is run at the prices of the definition.
    kept.as_object_mut().expect("an object").remove("ordered");
    fs::write(&file, kept.to_string()).expect("it can be written");
    assert_eq!(prices(&replay(&file, None).expect("it runs").story), ["89.90 EUR"]);

    // What the definition does not have any more is said; what is no price is refused.
    kept["ordered"] = json!([{ "item": "router", "prices": [{ "charge": "shipping", "price": "7.00 USD" }] }]);
    fs::write(&file, kept.to_string()).expect("it can be written");
    let gone = replay(&file, None).expect("it runs").notices;
    assert!(gone.iter().any(|notice| notice.contains("charge shipping of router")), "{gone:?}");
    kept["ordered"][0]["prices"][0]["price"] = json!("7.001 USD");
    fs::write(&file, kept.to_string()).expect("it can be written");
    let refused = replay(&file, None).expect_err("no price").to_string();
    assert!(refused.contains("a price is an amount with its currency"), "{refused}");
}

/// What a check says about an order of these lines.
fn notes(lines: &Value) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = order(folder.path(), "o.json", lines);
    let said = check(folder.path(), &path, 1, &[]).notices;
    let own = said.iter().filter_map(|note| note.strip_prefix(&format!("{}: ", path.display())));
    own.map(str::to_owned).collect()
}

#[test]
fn what_an_order_has_and_no_run_simulates_is_said() {
    let with = |field: &str, value: Value| {
        let mut line = router("EUR", 7.0);
        line[field] = value;
        line
    };
    let price = |name: &str, kind: &str| {
        json!({
            "name": name, "priceType": kind, "recurringChargePeriod": "month",
            "price": { "dutyFreeAmount": { "unit": "EUR", "value": 3 } }
        })
    };
    let at = |n: usize, said: &str| format!("productOrderItem[{n}]{said}");
    let cases = [
        (json!([router("EUR", 7.0)]), vec![]),
        (json!([with("quantity", json!(3))]), vec![at(0, ": the order has 3 of router; one is simulated")]),
        (
            json!([with("quantity", json!(2)), with("id", json!("2"))]),
            vec![at(0, ": the order has 3 of router; one is simulated, as this line has it")],
        ),
        (
            json!([router("USD", 7.0)]),
            vec![at(
                0,
                ".itemPrice[0]: the charge hardware is in EUR in the definition; the run charges 7.00 USD, with no \
                 conversion",
            )],
        ),
        (
            json!([with("itemPrice", json!([]))]),
            vec![at(0, ": the order has no price for the charge hardware; it costs what the definition says")],
        ),
        (
            json!([with("itemPrice", json!([price("rent", "recurring"), price("hardware", "oneTime")]))]),
            vec![at(0, ".itemPrice[0]: no charge of the definition has this price; it is not simulated")],
        ),
        (
            json!([with("product", json!({ "productCharacteristic": [{ "name": "colour", "value": "red" }] }))]),
            vec![
                "productOrderItem[].product.productCharacteristic: characteristics are not applied: runs take the \
                 traits that the definition has"
                    .to_owned(),
            ],
        ),
    ];
    for (lines, expected) in cases {
        assert_eq!(notes(&lines), expected, "{lines}");
    }
}

#[test]
fn of_two_lines_with_one_item_the_first_has_the_price() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut second = router("EUR", 9.0);
    second["id"] = json!("2");
    let path = order(folder.path(), "o.json", &json!([router("EUR", 7.0), second]));
    let report = check(folder.path(), &path, 200, &["platform.outbox.mark=before-publish"]);
    assert_eq!(prices(&report.failures.first().expect("the outbox loses events").story), ["7.00 EUR"]);
}
