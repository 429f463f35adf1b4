use sim_core::{Duration, Violation};

use super::{Explanation, Inevitable, Recording, Removal, Result, SAMPLES, Signature, choice_text};
use crate::campaign::Simulation;
use crate::campaign::testing::{self, choices};
use crate::model::Names;
use crate::workload::{OrderPlan, Workload};

fn simulation(set: &str) -> Simulation {
    testing::simulation("order-fulfilment", &[set])
}

/// The router alone, in so many orders, with these faults: what breaks.
fn failing(simulation: &Simulation, orders: usize, faults: &[&str]) -> (Recording, Violation) {
    let order = OrderPlan { items: 0b010, ..OrderPlan::default() };
    let workload = Workload { orders: vec![order; orders], commands: Vec::new(), shared_account: true };
    let choices = choices(simulation, faults);
    let mut recording = Recording { workload, choices, heal_after: None, dead_stay: false };
    let mut worker = simulation.replayer();
    let outcome = simulation.replay(&mut worker, &recording, &mut ());
    recording.choices = worker.choices.made().to_vec();
    assert_eq!(recording.choices.len(), faults.len(), "all of {faults:?} happen");
    (recording, outcome.violation.unwrap_or_else(|| panic!("{faults:?} break something")))
}

fn explain(simulation: &Simulation, orders: usize, faults: &[&str]) -> Explanation {
    let (recording, violation) = failing(simulation, orders, faults);
    simulation.explain(&recording, Signature::of(&violation))
}

const CHARGE_TWICE: &str = "send.request order-1/router/bill-router attempt 1 = duplicate";

#[test]
fn each_sentence_is_a_run() {
    let simulation = simulation("participants.billing.operations.charge.dedup.by=none");
    let names = Names::new(&simulation.scenario.model);
    let slow = "response order-1/router/reserve-router attempt 1 = slow";
    let found = explain(&simulation, 2, &[slow, CHARGE_TWICE]);
    let result = |removal| found.without.iter().find(|row| row.removal == removal).map(|row| row.result);
    assert_eq!(result(Removal::Fault(1)), Some(Result::Fails), "billing does not care about a slow reservation");
    assert_eq!(result(Removal::Fault(2)), Some(Result::Passes), "without the second copy nothing is charged twice");
    assert_eq!(result(Removal::Order(1)), Some(Result::Fails));
    assert_eq!(result(Removal::Order(0)), Some(Result::Passes));
    assert!(found.any_items && found.any_orders && found.any_latencies, "{found:?}");
    let texts: Vec<(u32, String)> =
        found.alternatives.iter().map(|(n, fault)| (*n, choice_text(&simulation.scenario, &names, fault))).collect();
    let late = CHARGE_TWICE.replace("duplicate", "late-duplicate");
    assert!(texts.contains(&(2, late)), "{texts:?}");
    let lost = CHARGE_TWICE.replace("duplicate", "not-sent");
    assert!(!texts.iter().any(|(_, text)| *text == lost), "what is not sent is charged once: {texts:?}");
}

/// Two orders that share a key: the second is taken for the first.
#[test]
fn other_orders_matter_where_one_is_needed() {
    let simulation = simulation("saga.steps[ship-router].key=\"static\"");
    let order = |arrival| OrderPlan { arrival: Duration(arrival), items: 0b010, ..OrderPlan::default() };
    let workload = Workload { orders: vec![order(1), order(0)], commands: Vec::new(), shared_account: true };
    let choices = choices(&simulation, &["response order-1/router/ship-router attempt 1 = slow"]);
    let recording = Recording { workload, choices, heal_after: None, dead_stay: false };
    let outcome = simulation.replay(&mut simulation.replayer(), &recording, &mut ());
    let violation = outcome.violation.expect("the first order is taken for done");
    let found = simulation.explain(&recording, Signature::of(&violation));
    let of_orders = found.without.iter().filter(|row| matches!(row.removal, Removal::Order(_)));
    assert_eq!(of_orders.map(|row| row.result).collect::<Vec<_>>(), [Result::Passes; 2]);
    assert!(!found.any_orders, "{found:?}");
}

/// Two items of an order that share a key: what else is in it does not save them, and neither alone breaks anything.
#[test]
fn other_items_matter_where_two_are_needed() {
    let key = |step| format!("saga.steps[{step}].key=${{order.id}}:CHARGE");
    let keys = ["bill-connectivity", "bill-router"].map(key);
    let simulation = testing::simulation("order-fulfilment", &keys.each_ref().map(String::as_str));
    let order = OrderPlan { items: 0b011, ..OrderPlan::default() };
    let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
    let recording = Recording { workload, choices: Vec::new(), heal_after: None, dead_stay: false };
    let outcome = simulation.replay(&mut simulation.replayer(), &recording, &mut ());
    let violation = outcome.violation.expect("one is taken for the other");
    let found = simulation.explain(&recording, Signature::of(&violation));
    let of_items = found.without.iter().filter(|row| matches!(row.removal, Removal::Item(..)));
    assert_eq!(of_items.map(|row| row.result).collect::<Vec<_>>(), [Result::Passes; 2]);
    assert!(!found.any_items && found.any_orders, "{found:?}");
}

#[test]
fn what_breaks_instead_is_told() {
    let simulation = simulation("participants.billing.operations.charge.dedup.by=none");
    let other = "send.request order-1/router/bill-router attempt 1 = late-duplicate";
    let found = explain(&simulation, 1, &[other]);
    assert_eq!(found.without.len(), 1, "one fault, one order, one item: {found:?}");
    assert_eq!(found.without[0].result, Result::Passes);
}

fn inevitable(simulation: &Simulation, faults: &[&str]) -> (Recording, Violation, Inevitable) {
    let (recording, violation) = failing(simulation, 1, faults);
    let found = simulation.inevitable(&recording, &violation).expect("small runs are within the budget");
    assert_eq!(simulation.inevitable(&recording, &violation), Some(found), "equal calls give equal answers");
    assert_eq!(found.samples, SAMPLES);
    assert!(found.event <= violation.event && found.time <= violation.time, "{found:?} {violation:?}");
    (recording, violation, found)
}

#[test]
fn a_copy_that_is_on_its_way_cannot_be_called_back() {
    let simulation = simulation("participants.billing.operations.charge.dedup.by=none");
    let (recording, violation, found) = inevitable(&simulation, &[CHARGE_TWICE]);
    let fault = recording.choices[0].event;
    assert!(fault <= found.event && found.event <= violation.event, "{fault} {found:?} {violation:?}");
}

#[test]
fn what_is_lost_for_good_is_lost_long_before_it_is_missed() {
    let simulation = simulation("platform.outbox.mark=before-publish");
    let names = Names::new(&simulation.scenario.model);
    let mut scout = simulation.replayer();
    scout.choices.record_points();
    let order = OrderPlan { items: 0b010, ..OrderPlan::default() };
    let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
    let calm = Recording { workload, choices: Vec::new(), heal_after: None, dead_stay: false };
    simulation.replay(&mut scout, &calm, &mut ());
    let site = simulation.scenario.sites.sites.find("handle.publish-ack").expect("publications are acknowledged");
    let texts = scout.choices.points().iter().filter(|point| point.site == site).map(|point| {
        let crash = "crash-before-commit";
        format!("handle.publish-ack {} = {crash}", names.text(point.subject))
    });
    let breaks = |text: &String| {
        let crashed = Recording { choices: choices(&simulation, &[text]), ..calm.clone() };
        simulation.replay(&mut simulation.replayer(), &crashed, &mut ()).violation.is_some()
    };
    let text = texts.into_iter().find(breaks).expect("a relay that crashes loses a row that is marked too soon");
    let (recording, violation, found) = inevitable(&simulation, &[&text]);
    let fault = recording.choices[0].event;
    assert!(fault <= found.event && found.event <= fault + 2, "{text} at {fault}: {found:?}");
    assert!(violation.event > found.event + 10, "it is missed at the end: {violation:?}");
}
