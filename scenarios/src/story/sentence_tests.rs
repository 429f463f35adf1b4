//! Sentences of stories and rows of traces say what happened, and no more.

use sim_core::{Choice, Domain as _};

use super::scene::Scene;
use super::words::Words;
use super::{beat, faults, full};
use crate::campaign::testing::{choices, simulation};
use crate::replay::Recording;
use crate::trace::Trace;
use crate::workload::{OrderPlan, Workload};

/// All that can be told of a run of one order under these patches and faults, a line each.
fn told(sets: &[&str], faults: &[&str]) -> String {
    let simulation = simulation("order-fulfilment", sets);
    let choices = choices(&simulation, faults);
    let order = OrderPlan { items: 0b111, ..OrderPlan::default() };
    let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
    let recording = Recording { workload, choices, heal_after: None, dead_stay: false };
    let (mut worker, mut trace) = (simulation.replayer(), Trace::default());
    simulation.replay(&mut worker, &recording, &mut trace);
    let words = Words::new(&simulation.scenario, &worker.world.ledger);
    let beats = beat::all(&words, &Scene::new(&trace));
    beats.into_iter().map(|beat| format!("{} {} | {}\n", beat.who, beat.text, beat.changed.join(", "))).collect()
}

/// Patches, faults, what is told, and what is not.
type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str], &'a [&'a str]);

#[test]
fn sentences_are_true() {
    let human = "saga.steps[check-feasibility]={ id: check-feasibility, after: [create-order], kind: human, role: desk, due: 2d, overdue: OPEN_FALLOUT_CASE }";
    let taken_for_done = "saga.steps[reserve-router].onReject={ OUT_OF_STOCK: COMPLETE, other: FAIL_ITEM }";
    let notified = "saga.consumers[notify].where=null";
    let unanswered = "response order-1/router/reserve-router attempt 1 = timeout-before-effect";
    let early = "timer.saga-timer order-1/router/reserve-router timer for the answer attempt 1 = early";
    let cases: [Case; 7] = [
        (
            &[human],
            &[],
            &["opens a case for a person: check-feasibility, a person is to decide", "as a person says"],
            &["overdue"],
        ),
        (
            &[taken_for_done],
            &["response order-1/router/reserve-router attempt 1 = reason-1"],
            &["counts reserve-router as done, as the definition says"],
            &["as a person says"],
        ),
        (
            &[],
            &["response order-1/connectivity/provision-connectivity attempt 1 = callback-late"],
            &["is not called back within 3d; whether provision-connectivity happened is unknown"],
            &["has no answer after"],
        ),
        (
            &[],
            &["response order-1/router/ship-router attempt 1 = timeout-before-effect"],
            &["has no answer after 2m; whether ship-router happened is unknown"],
            &["called back within"],
        ),
        (
            &[],
            &[unanswered, early],
            &[
                "waits no longer for the answer after ",
                ", for its timer came too early; whether reserve-router happened is unknown",
            ],
            &["has no answer after"],
        ),
        (
            &[],
            &[],
            &["notify has nothing to do about OrderItemStateChanged of order-1/router (inProgress)"],
            &["for known and does nothing"],
        ),
        (
            &[notified],
            &[],
            &["sends mail.send for order-1"],
            &["again (attempt 1)", "sends the message for order-1/router again"],
        ),
    ];
    for (sets, faults, said, unsaid) in cases {
        let text = told(sets, faults);
        for part in said {
            assert!(text.contains(part), "{sets:?} {faults:?} does not say {part:?}:\n{text}");
        }
        for part in unsaid {
            assert!(!text.contains(part), "{sets:?} {faults:?} says {part:?}:\n{text}");
        }
    }
}

/// Each emitter numbers its events for itself.
#[test]
fn the_lost_event_is_told_by_its_emitter_too() {
    for (set, fault, lost) in [
        ("asset", "handle.relay-timer asset relay 1 poll number 1", "support-desk never learns of ProductStateChanged"),
        ("oms", "handle.relay-timer oms relay 1 poll number 1", "crm never learns of OrderItemStateChanged"),
        ("billing", "handle.relay-timer billing relay 1 poll number 1", "dashboard never learns of ChargeStateChanged"),
    ] {
        let simulation = simulation("order-fulfilment", &["platform.outbox.mark=before-publish"]);
        let crash = format!("{fault} = crash-after-commit");
        let choices = choices(&simulation, &[&crash]);
        let order = OrderPlan { items: 0b100, ..OrderPlan::default() };
        let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
        let recording = Recording { workload, choices, heal_after: None, dead_stay: true };
        let (mut worker, mut trace) = (simulation.replayer(), Trace::default());
        let outcome = simulation.replay(&mut worker, &recording, &mut trace);
        let violation = outcome.violation.unwrap_or_else(|| panic!("{set}: an event is lost"));
        let faults: Vec<Choice> = recording.faults().copied().collect();
        let lines = super::tell(&simulation.scenario, &trace, &worker.world.ledger, &faults, &violation);
        let verdict = &lines.last().expect("a verdict").text;
        assert!(verdict.starts_with(lost), "{set}: {verdict}");
    }
}

#[test]
fn what_a_person_asks_for_is_not_told_as_done() {
    let text = told(&[], &["response order-1/router/bill-router attempt 1 = validation-error"]);
    assert!(text.contains("person asks to go on with it: bill-router"), "{text}");
    assert!(!text.contains("has it sent again"), "{text}");
}

/// Who reads of a correction by hand learns who does what, and at which system.
#[test]
fn a_correction_by_hand_is_told_as_what_a_person_does() {
    let simulation = simulation("order-fulfilment", &[]);
    let order = OrderPlan { items: 0b010, ..OrderPlan::default() };
    let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
    let calm = Recording { workload, choices: Vec::new(), heal_after: None, dead_stay: false };
    let (mut worker, mut trace) = (simulation.replayer(), Trace::default());
    worker.choices.record_points();
    simulation.replay(&mut worker, &calm, &mut ());
    let site = simulation.scenario.sites.sites.find("correction").expect("records are made by hand");
    let point = *worker.choices.points().iter().find(|point| point.site == site).expect("it was possible");
    let fault = Choice { site, subject: point.subject, value: 1, span: false, event: point.event };
    let recording = Recording { choices: vec![fault], ..calm };
    let mut worker = simulation.replayer();
    simulation.replay(&mut worker, &recording, &mut trace);
    let texts = super::fault_texts(&simulation.scenario, &trace, &worker.world.ledger, &[fault]);
    let (what, by) = texts[0].split_once(" by hand for order-1/router/").expect("what is corrected, and about what");
    assert!(what.starts_with("person corrects ") && by.ends_with(", which nobody asked for"), "{texts:?}");
}

#[test]
fn every_fault_that_shows_in_a_run_stands_at_its_event_in_the_trace() {
    let simulation = simulation("order-fulfilment", &[]);
    let mut kinds = std::collections::BTreeSet::new();
    for index in 0..120 {
        let (recording, _) = simulation.record(7, index);
        let (mut worker, mut trace) = (simulation.replayer(), Trace::default());
        simulation.replay(&mut worker, &recording, &mut trace);
        let (scenario, ledger) = (&simulation.scenario, &worker.world.ledger);
        let injected: Vec<Choice> = recording.faults().copied().collect();
        let rows = full::full(scenario, &trace, ledger, &injected);
        let (words, scene) = (Words::new(scenario, ledger), Scene::new(&trace));
        for fault in &injected {
            let Some(placed) = faults::place(&words, &scene, fault) else { continue };
            let event = scene.moments[placed.moment].event.id;
            let row = rows.iter().find(|row| row.event == event).expect("each event has a row");
            assert!(row.fault.is_some(), "run {index}, event {event}: {}", placed.told.sentence());
            let site = scenario.sites().get(fault.site).name;
            kinds.insert(site.split_once('.').map_or(site, |(kind, _)| kind));
        }
    }
    for kind in ["response", "send", "handle", "timer", "interleave"] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
}
