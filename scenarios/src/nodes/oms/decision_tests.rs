//! People decide human steps: what is written for the outcome is what follows.

use super::end_tests::{CLEAN, Case};
use crate::definition::OrderState;

/// The item of the exercise with a question to a planner in the place of its first step.
fn decided(more: &str, faults: &'static [&'static str]) -> (Option<&'static str>, Vec<OrderState>) {
    let step = format!(
        "saga.steps[check-feasibility]={{ id: check-feasibility, item: connectivity, kind: human, role: planner, due: 2d, {more} }}"
    );
    Case { set: &[&step], faults, ..CLEAN }.run()
}

const SECOND: &[&str] = &["decision order-1/connectivity/check-feasibility decision = outcome-2"];

#[test]
fn what_is_written_for_an_outcome_follows() {
    use OrderState::{Completed, Failed};
    for (outcomes, faults, expected) in [
        ("overdue: OPEN_FALLOUT_CASE", &[][..], Completed),
        ("outcomes: { go: COMPLETE, no: FAIL_ITEM }", &[], Completed),
        ("outcomes: { no: FAIL_ITEM, go: COMPLETE }", &[], Completed),
        ("outcomes: { go: COMPLETE, no: FAIL_ITEM }", SECOND, Failed),
        ("outcomes: { go: COMPLETE, no: REJECT }", SECOND, Failed),
        ("outcomes: { go: COMPLETE, no: COMPENSATE }", SECOND, Failed),
        ("outcomes: { go: COMPLETE, no: REJECT_ORDER }", SECOND, Failed),
        ("outcomes: { go: FAIL_ITEM, no: FAIL_ITEM }", &[], Failed),
        // Put off, asked anew, and handed over: the second answer is the usual one.
        ("outcomes: { go: COMPLETE, wait: PROGRESS }", SECOND, Completed),
        ("outcomes: { go: COMPLETE, again: REDO_STEP }", SECOND, Completed),
        ("outcomes: { go: COMPLETE, ask: OPEN_FALLOUT_CASE }", SECOND, Completed),
    ] {
        assert_eq!(decided(outcomes, faults), (None, vec![expected]), "{outcomes} {faults:?}");
    }
}

#[test]
fn what_is_written_for_a_decision_that_comes_too_late_follows() {
    use OrderState::{Completed, Failed};
    let late: &[&str] = &["desk order-1/connectivity/check-feasibility look by a person case 1 attempt 1 = unattended"];
    for (overdue, expected) in [
        ("FAIL_ITEM", Failed),
        ("REJECT_ORDER", Failed),
        ("COMPLETE", Completed),
        ("OPEN_FALLOUT_CASE", Completed),
        ("REDO_STEP", Completed),
        ("HOLD_ITEM", Completed),
    ] {
        let more = format!("overdue: {overdue}, outcomes: {{ go: COMPLETE, no: FAIL_ITEM }}");
        assert_eq!(decided(&more, late), (None, vec![expected]), "{overdue}");
    }
}
