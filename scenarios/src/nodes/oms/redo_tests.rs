//! Steps that are done again: what the last revision did is undone, and what comes after it waits.

use super::end_tests::{CLEAN, Case};
use crate::definition::{OrderState, StepState};

const KEYS: [&str; 5] = [
    "saga.items.connectivity.completeAfter=[create-asset-connectivity, bill-connectivity]",
    "saga.steps[provision-connectivity].key=${item.id}:PROVISION:${plan.version}:${step.revision}",
    "saga.compensations.disconnect-connectivity.key=${item.id}:DISCONNECT:${plan.version}:${step.revision}",
    "saga.compensations.disconnect-connectivity.preconditions=[]",
    "saga.steps[create-asset-connectivity].compensation=reverse-asset-connectivity",
];
const UNDONE: &str = "saga.compensations.disconnect-connectivity.trigger=[ITEM_CANCELLED, ITEM_FAILED, SAGA_FAILED, LATE_SUCCESS, STEP_REDONE]";
const AWAITED: &str = "RESOLVE_THEN_DECIDE";
const AT_ONCE: &str = "DECIDE_AT_ONCE";

/// A line that is provisioned anew when a step comes into a state.
fn redone(
    (undone, in_flight): (bool, &str),
    at: (&'static str, StepState),
    faults: &'static [&'static str],
) -> (Option<&'static str>, Vec<OrderState>) {
    let command = format!(
        "saga.commands={{ move: {{ scope: step, step: provision-connectivity, role: [customer], key: \"${{order.id}}:${{move.requestId}}\", \
         expectedVersion: required, reasonCode: required, states: [acknowledged, pending, held, inProgress], ifInFlight: {in_flight}, \
         then: REDO_STEP, otherwise: REJECT }} }}"
    );
    let mut set = KEYS.to_vec();
    set.push(&command);
    if undone {
        set.push(UNDONE);
    }
    Case { set: &set, cancel: Some((0, at.0, at.1)), faults, ..CLEAN }.run()
}

const PROVISION: &str = "provision-connectivity";
const ASSET: &str = "create-asset-connectivity";
const BILL: &str = "bill-connectivity";
const NOT_BILLED: &str = "response order-1/connectivity/bill-connectivity attempt 1 = http-503-before-effect";
const NOT_ANSWERED: &str = "send.reply order-1/connectivity/provision-connectivity attempt 1 = lost";
const UNDO_DELAYED: &str =
    "send.reply order-1/connectivity/disconnect-connectivity (undoes provision-connectivity) attempt 1 = delay";

#[test]
fn what_is_done_again_is_undone_first() {
    use StepState::{Completed, Sent};
    for (at, faults) in [
        ((PROVISION, Completed), &[][..]),
        ((PROVISION, Sent), &[]),
        ((PROVISION, Sent), &[NOT_ANSWERED]),
        ((PROVISION, Completed), &[UNDO_DELAYED]),
        ((BILL, Sent), &[NOT_BILLED]),
        ((BILL, Sent), &[NOT_BILLED, UNDO_DELAYED]),
        ((ASSET, Completed), &[NOT_BILLED, UNDO_DELAYED]),
    ] {
        assert_eq!(redone((true, AWAITED), at, faults), (None, vec![OrderState::Completed]), "{at:?} {faults:?}");
        assert_eq!(redone((false, AWAITED), at, faults).0, Some("single-effect"), "{at:?} {faults:?}");
    }
}

#[test]
fn a_step_in_flight_is_undone_at_once_where_nobody_waits_for_it() {
    let at = (PROVISION, StepState::Sent);
    assert_eq!(redone((true, AT_ONCE), at, &[]), (None, vec![OrderState::Completed]));
    assert_eq!(redone((false, AT_ONCE), at, &[]).0, Some("single-effect"));
}
