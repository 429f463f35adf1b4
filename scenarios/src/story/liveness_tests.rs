use sim_core::{Limits, Outcome, Violation};

use super::{Class, Liveness, liveness};
use crate::campaign::Simulation;
use crate::campaign::testing::{choices, simulation};
use crate::invariants::INVARIANTS;
use crate::replay::Recording;
use crate::trace::Trace;
use crate::workload::{OrderPlan, Workload};

/// Runs one order with these faults, within so many events at most.
fn run(simulation: &Simulation, faults: &[&str], events: u32) -> (Outcome, Violation, Liveness) {
    let choices = choices(simulation, faults);
    let order = OrderPlan { items: 0b111, ..OrderPlan::default() };
    let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
    let recording = Recording { workload, choices, heal_after: None, dead_stay: false };
    let (mut worker, mut trace) = (simulation.replayer(), Trace::default());
    let full = simulation.limits(0, false);
    let limits = Limits { events: events.min(full.events), ..full };
    let outcome = simulation.replay_within(&mut worker, &recording, &limits, &mut trace);
    let violation = outcome.violation.expect("something breaks");
    let found = liveness(&simulation.scenario, &trace, &worker.world, &violation);
    (outcome, violation, found.expect("it is owed, not forbidden"))
}

#[test]
fn a_row_that_is_never_marked_is_a_livelock_with_its_cycle() {
    let simulation = simulation("order-fulfilment", &["platform.outbox.mark=never"]);
    let (outcome, violation, found) = run(&simulation, &[], u32::MAX);
    assert_eq!(INVARIANTS[usize::from(violation.invariant)].id, "comes-to-rest");
    assert!(outcome.events < 100_000, "an endless run is cut short: {} events", outcome.events);
    assert_eq!(found.class, Class::Livelock, "{found:?}");
    assert!(!found.cycle.is_empty() && found.turns >= 3, "{found:?}");
    assert!(found.cycle.iter().any(|event| event.contains("relay") || event.contains("oms")), "{found:?}");
}

#[test]
fn a_failure_that_leads_nowhere_leaves_the_run_stuck() {
    let simulation = simulation("order-fulfilment", &["saga.retry.standard.fallback=null"]);
    let (_, violation, found) =
        run(&simulation, &["response order-1/router/bill-router attempt 1 = validation-error"], u32::MAX);
    assert_eq!(found.class, Class::Stuck, "{}: {found:?}", INVARIANTS[usize::from(violation.invariant)].id);
    assert!(found.reason.starts_with("nothing is left to happen"), "{found:?}");
    for part in ["bill-router is FAILED since", "the case about bill-router", "was taken by a person"] {
        assert!(found.reason.contains(part), "{part}: {found:?}");
    }
    assert!(found.cycle.is_empty());
}

#[test]
fn what_was_met_once_and_is_owed_again_did_not_come_late() {
    let simulation = simulation("order-fulfilment", &["saga.retry.standard.fallback=null"]);
    let (_, violation, found) =
        run(&simulation, &["response order-1/router/reserve-router attempt 1 = validation-error"], u32::MAX);
    assert_eq!(INVARIANTS[usize::from(violation.invariant)].id, "saga-terminates");
    assert_eq!(found.class, Class::Stuck, "the saga was handed to a person and came back: {found:?}");
}

#[test]
fn a_run_that_is_still_at_work_when_its_budget_ends_is_slow_and_never_ignored() {
    let simulation = simulation("order-fulfilment", &[]);
    let (outcome, _, found) = run(&simulation, &[], 120);
    assert_eq!(outcome.events, 120);
    assert_eq!(found.class, Class::Slow, "{found:?}");
    assert!(found.reason.contains("still at work"), "{found:?}");
}
