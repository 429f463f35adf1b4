//! The order that TM Forum prints as its example, and payloads that are wrong in one way each.

use iso_currency::Currency;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const SAMPLE: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tmf622-v4-illustration-order.json"));

fn sample() -> ImportedOrder {
    ImportedOrder::read(SAMPLE, "order.json").expect("the sample order is read")
}

fn eur(minor: i64) -> Money {
    Money { minor, currency: Currency::EUR }
}

#[test]
fn the_sample_order_is_read_exactly() {
    let order = sample();
    assert_eq!(order.external_id.as_deref(), Some("PO-456"));
    let ids: Vec<&str> = order.items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["100", "110", "120", "130"]);
    let [bundle, telephony, tariff, coverage] = order.items.as_slice() else { panic!("four items") };
    assert_eq!((bundle.bundles.as_slice(), bundle.completes_with_children()), ([1, 2, 3].as_slice(), true));
    assert_eq!((tariff.relies_on.as_slice(), coverage.relies_on.as_slice()), ([1].as_slice(), [1].as_slice()));
    assert_eq!(telephony.traits, [("TEL_MSISDN".to_string(), "415 279 7439".to_string())]);
    assert_eq!(tariff.offering_id.as_deref(), Some("14344"));
    assert_eq!(tariff.offering_name.as_deref(), Some("TMF Tariff Plan"));
    assert_eq!((tariff.action, tariff.quantity), (ItemAction::Add, 1));

    let [fee] = telephony.prices.as_slice() else { panic!("one price") };
    assert_eq!((fee.name.as_str(), fee.kind, fee.period), ("Access Fee", ChargeKind::OneTime, None));
    assert_eq!((fee.amount, fee.tax_included), (eur(99), Some(eur(99))));
    let [monthly] = tariff.prices.as_slice() else { panic!("one price") };
    assert_eq!((monthly.kind, monthly.period), (ChargeKind::Recurring, Some(Period::Months(1))));
    assert_eq!((monthly.amount, monthly.tax_included), (eur(2_000), Some(eur(2_000))));
    let [discount] = monthly.alterations.as_slice() else { panic!("one alteration") };
    assert_eq!(discount.effect, AlterationEffect::PercentHundredths(2_000));
    assert_eq!((discount.periods, discount.priority), (Some(3), Some(1)));
}

#[test]
fn the_quirks_of_the_sample_order_are_said() {
    let warnings: Vec<String> = sample().warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "requestedCompletionDate: the requested completion 2019-05-02T08:13:59.506Z is before the requested start \
             2019-05-03T08:13:59.506Z",
            "productOrderItem[1].itemPrice[0].price.taxIncludedAmount.unit: \"EUT\" is no ISO 4217 currency; the item \
             runs in EUR, the currency of the other amount",
            "productOrderItem[2].itemPrice[0].priceAlteration: alterations are read and not applied: the charge is the \
             price before them",
            "not simulated: category, channel, note, priority, productOrderItem[].billingAccount, \
             productOrderItem[].itemTerm, productOrderItem[].payment, productOrderItem[].product.isBundle, \
             productOrderItem[].product.productSpecification, relatedParty",
        ]
    );
}

/// The offerings of a definition for the sample order, without its bundle.
const ITEMS: [(&str, &str); 3] = [("telephony", "14305"), ("tariff", "TMF Tariff Plan"), ("coverage", "14354")];

#[test]
fn the_sample_order_is_mapped_by_id_and_then_by_name() {
    let mapped = map_to(&sample(), &ITEMS).expect("all items are mapped");
    let pairs: Vec<(usize, usize)> = mapped.items.iter().map(|item| (item.order_item, item.definition_item)).collect();
    assert_eq!(pairs, [(1, 0), (2, 1), (3, 2)]);
    assert_eq!(mapped.bundles, [MappedBundle { order_item: 0, children: vec![1, 2, 3] }]);
    assert_eq!(mapped.absent, [0_usize; 0]);

    let with_bundle = [ITEMS.as_slice(), &[("bundle", "14277"), ("extra", "999")]].concat();
    let mapped = map_to(&sample(), &with_bundle).expect("all items are mapped");
    assert_eq!((mapped.items.len(), mapped.bundles.len(), mapped.absent.as_slice()), (4, 0, [4].as_slice()));
}

#[test]
fn an_unmapped_item_names_the_nearest_offering() {
    let items = [("telephony", "14305"), ("tariff", "TMF Tarif Plan"), ("coverage", "14354")];
    let error = map_to(&sample(), &items).expect_err("the tariff is not mapped");
    assert_eq!(
        error.to_string(),
        "order.json: productOrderItem[2].productOffering: no item of the definition has the offering `14344` \
         (`TMF Tariff Plan`); the nearest is `TMF Tarif Plan` of item tariff"
    );
    assert!(map_to(&sample(), &[]).is_err_and(|error| error.to_string().contains("14305")));
}

/// An order of two items, `1` with a price and `2` relying on it.
fn order() -> Value {
    json!({
        "externalId": "PO-1",
        "productOrderItem": [
            {
                "id": "1", "action": "add", "quantity": 1,
                "productOffering": { "id": "o1", "name": "One" },
                "itemPrice": [{
                    "name": "fee", "priceType": "recurring", "recurringChargePeriod": "month",
                    "price": {
                        "dutyFreeAmount": { "unit": "EUR", "value": 10 },
                        "taxIncludedAmount": { "unit": "EUR", "value": 12 }
                    }
                }]
            },
            {
                "id": "2", "action": "add", "productOffering": { "id": "o2" },
                "productOrderItemRelationship": [{ "id": "1", "relationshipType": "reliesOn" }]
            }
        ]
    })
}

/// The order with the value at a JSON pointer replaced by the JSON text.
fn with(pointer: &str, text: &str) -> Vec<u8> {
    let mut order = order();
    let value = order.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}"));
    *value = serde_json::from_str(text).expect("JSON");
    order.to_string().into_bytes()
}

fn check_refused(bytes: &[u8], words: &[&str]) {
    let error = ImportedOrder::read(bytes, "o.json").expect_err("refused").to_string();
    for word in words {
        assert!(error.contains(word), "{error}, expected {word}");
    }
    assert!(error.len() < 400, "{error}");
}

const NET: &str = "/productOrderItem/0/itemPrice/0/price/dutyFreeAmount";
const PRICE: &str = "/productOrderItem/0/itemPrice/0";

#[test]
fn a_value_that_is_wrong_is_named_by_its_path() {
    let price = "productOrderItem[0].itemPrice[0]";
    for (pointer, text, words) in [
        ("/productOrderItem", "{}", ["productOrderItem:", "a list of objects, found an object"]),
        ("/productOrderItem", "[]", ["productOrderItem:", "at least one order item"]),
        ("/productOrderItem", "[7]", ["productOrderItem[0]:", "an object, found 7"]),
        ("/productOrderItem/0/id", "100", ["productOrderItem[0].id:", "a text"]),
        ("/productOrderItem/0/id", "\"\"", ["productOrderItem[0].id:", "not empty"]),
        ("/productOrderItem/1/id", "\"1\"", ["productOrderItem[1].id:", "the id of productOrderItem[0] too"]),
        ("/productOrderItem/0/action", "\"ad\"", ["productOrderItem[0].action:", "did you mean `add`?"]),
        ("/productOrderItem/0/action", "null", ["productOrderItem[0].action:", "found nothing"]),
        ("/productOrderItem/0/quantity", "0", ["productOrderItem[0].quantity:", "from 1 up, found 0"]),
        ("/productOrderItem/0/quantity", "1.5", ["productOrderItem[0].quantity:", "found 1.5"]),
        ("/productOrderItem/0/quantity", "1e99", ["productOrderItem[0].quantity:", "found 1e"]),
        ("/productOrderItem/0/quantity", "\"two\"", ["productOrderItem[0].quantity:", "found \"two\""]),
        ("/productOrderItem/0/productOffering", "\"o1\"", ["productOffering:", "an object, found \"o1\""]),
        ("/productOrderItem/1/productOrderItemRelationship/0/id", "\"3\"", ["Relationship[0].id:", "another item"]),
        ("/productOrderItem/1/productOrderItemRelationship/0/id", "\"2\"", ["wait for each other", "2 -> 2"]),
        (PRICE, "{\"priceType\": \"weird\"}", [price, "found \"weird\""]),
        (PRICE, "{\"priceType\": \"oneTime\"}", [price, "the amount, found nothing"]),
        (PRICE, "{\"priceType\": \"oneTime\", \"price\": {}}", [price, "`taxIncludedAmount`, found neither"]),
        (PRICE, "{\"priceType\": \"recurring\"}", ["recurringChargePeriod:", "the period of a recurring price"]),
        (NET, "{\"unit\": \"EUR\"}", ["dutyFreeAmount.value:", "a number, found nothing"]),
        (NET, "{\"unit\": \"EUR\", \"value\": \"10\"}", ["dutyFreeAmount.value:", "a number, found \"10\""]),
        (NET, "{\"unit\": \"EUR\", \"value\": 0.999}", ["dutyFreeAmount.value:", "2 digits"]),
        (NET, "{\"unit\": \"EUR\", \"value\": 1e30}", ["dutyFreeAmount.value:", "too large"]),
        (NET, "{\"unit\": \"EUR\", \"value\": -1}", ["dutyFreeAmount.value:", "zero or more, found -1"]),
        (NET, "{\"unit\": \"USD\", \"value\": 1}", ["taxIncludedAmount.unit:", "expected USD"]),
    ] {
        check_refused(&with(pointer, text), &words);
    }
    for period in ["fortnight", "0 months", "99999999999 months", "month month", ""] {
        let price = json!({ "priceType": "recurring", "recurringChargePeriod": period }).to_string();
        check_refused(&with(PRICE, &price), &["recurringChargePeriod:", "a period such as"]);
    }
}

#[test]
fn dates_units_and_older_versions_are_named() {
    let mut wrong_date = order();
    wrong_date["requestedStartDate"] = json!("tomorrow");
    check_refused(wrong_date.to_string().as_bytes(), &["requestedStartDate:", "found \"tomorrow\""]);
    let single = "{\"priceType\": \"oneTime\", \"price\": {\"taxIncludedAmount\": {\"unit\": \"EUT\", \"value\": 1}}}";
    check_refused(&with(PRICE, single), &["taxIncludedAmount.unit:", "ISO 4217 currency, found \"EUT\""]);
    check_refused(br#"{"orderItem": []}"#, &["the top level", "TMF622 v3"]);
    check_refused(b"[]", &["the top level: expected an object, found a list"]);
}

#[test]
fn what_is_not_proper_json_is_named_by_line_and_column() {
    let deep = "[".repeat(1_000_000);
    let twice = b"{\"id\": \"1\",\n \"note\": [{\"a\": 1, \"a\": 2}]}";
    check_refused(twice, &["o.json:2:", "twice", "(at note[0].a)"]);
    check_refused(b"", &["o.json:1:0: EOF", "the top level"]);
    check_refused(b"{\"id\": ", &["o.json:1:", "EOF", "(at id)"]);
    check_refused(b"{} {}", &["o.json:1:4", "trailing"]);
    check_refused(b"{\"id\": 01}", &["o.json:1:", "invalid number"]);
    check_refused(b"{\"id\": NaN}", &["o.json:1:"]);
    check_refused(b"{\"id\": \"\xff\"}", &["o.json:1:"]);
    check_refused(b"{\"id\": \"\\ud800\"}", &["o.json:1:"]);
    check_refused("\u{feff}{\"id\": 1}".as_bytes(), &["id: expected a text, found 1"]);
    check_refused(deep.as_bytes(), &["recursion limit"]);
    check_refused(br#"{"$serde_json::private::Number": "x"}"#, &["an object"]);
    let wide = format!("[{}0]", "0,".repeat(1_000_000));
    check_refused(wide.as_bytes(), &["more than 1000000 values"]);
    check_refused(&vec![b' '; ORDER_BYTES_MAX + 1], &["expected at most 67108864"]);
}

#[test]
fn foreign_text_is_shortened_and_escaped() {
    let name = format!("{{\"action\": \"\\u001b[31m{}\", \"id\": \"1\"}}", "x".repeat(100_000));
    let error = ImportedOrder::read(&with("/productOrderItem/0", &name), "o.json").expect_err("refused").to_string();
    assert!(error.contains("\\u{1b}[31mxxx") && error.contains("...") && error.len() < 200, "{error}");
}

#[test]
fn cycles_are_shown_however_long() {
    let item = |id: usize, to: usize, kind: &str| {
        json!({
            "id": id.to_string(), "action": "add", "productOffering": { "id": "o" },
            "productOrderItemRelationship": [{ "id": to.to_string(), "relationshipType": kind }]
        })
    };
    let order = json!({ "productOrderItem": [item(0, 1, "bundles"), item(1, 0, "reliesOn")] });
    check_refused(order.to_string().as_bytes(), &["productOrderItem[0]:", "0 -> 1 -> 0"]);
    let chain: Vec<Value> = (0..ORDER_ITEMS_MAX).map(|id| item(id, (id + 1) % ORDER_ITEMS_MAX, "reliesOn")).collect();
    let order = json!({ "productOrderItem": chain });
    check_refused(order.to_string().as_bytes(), &["do not wait for each other", "0 -> 1 -> 2 -> 3 -> 4 -> 5 -> ..."]);
}

#[test]
fn nested_items_are_bundled_by_the_outer_one() {
    let nested = r#"[{"id": "11", "action": "add", "productOffering": {"id": "o11"}}]"#;
    let mut order = order();
    order["productOrderItem"][1]["productOrderItem"] = serde_json::from_str(nested).expect("JSON");
    let order = ImportedOrder::read(order.to_string().as_bytes(), "o.json").expect("an order");
    assert_eq!(order.items[1].bundles, [2]);
    assert_eq!(order.items[2].path, "productOrderItem[1].productOrderItem[0]");
}

#[test]
fn warnings_are_grouped() {
    let items: Vec<Value> = (0..100)
        .map(|id| {
            json!({
                "id": id.to_string(), "action": "modify", "state": "inProgress", "productOffering": { "id": "o" },
                "itemPrice": [{ "priceType": "usage" }], "appointment": { "id": "a" }
            })
        })
        .collect();
    let order = json!({ "productOrderItem": items });
    let order = ImportedOrder::read(order.to_string().as_bytes(), "o.json").expect("an order");
    let warnings: Vec<String> = order.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 10, "{warnings:#?}");
    let counted = warnings.iter().filter(|warning| warning.ends_with("(and so at 97 more places)")).count();
    assert_eq!(counted, 3, "{warnings:#?}");
    assert_eq!(warnings[9], "not simulated: productOrderItem[].appointment");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// A sample order with some bytes replaced, cut or inserted is read or refused, never more.
    #[test]
    fn no_payload_panics(edits in prop::collection::vec((0..SAMPLE.len(), 0..12_usize, "[ -~]{0,6}"), 1..5)) {
        let mut bytes = SAMPLE.to_vec();
        for (at, length, text) in edits {
            let at = at.min(bytes.len());
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, text.bytes());
        }
        match ImportedOrder::read(&bytes, "o.json") {
            Ok(order) => {
                prop_assert!(!order.items.is_empty());
                if let Ok(mapped) = map_to(&order, &ITEMS) {
                    prop_assert!(mapped.items.len() + mapped.bundles.len() == order.items.len());
                }
            }
            Err(error) => prop_assert!(error.to_string().starts_with("o.json"), "{error}"),
        }
    }
}
