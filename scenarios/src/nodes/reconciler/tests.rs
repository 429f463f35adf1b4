//! What somebody makes at a system by hand is found and undone, and nothing but that.

use crate::campaign::testing::{choices, simulation};
use crate::invariants::INVARIANTS;
use crate::replay::Recording;
use crate::trace::Trace;
use crate::workload::{OrderPlan, Workload};

/// Runs one order of everything under these faults, and tells what broke, and of a step's records which attempts made
/// them (0: a person) and whether they stand.
fn run(sets: &[&str], step: &str, faults: &[&str]) -> (Option<&'static str>, Vec<(u8, bool)>) {
    let simulation = simulation("order-fulfilment", sets);
    let model = &simulation.scenario.model;
    let choices = choices(&simulation, faults);
    let order = OrderPlan { items: 0b111, ..OrderPlan::default() };
    let workload = Workload { orders: vec![order], commands: Vec::new(), shared_account: true };
    let recording = Recording { workload, choices, heal_after: None, dead_stay: false };
    let (mut worker, mut trace) = (simulation.replayer(), Trace::default());
    let outcome = simulation.replay_within(&mut worker, &recording, &simulation.limits(0, false), &mut trace);
    let made = worker.world.ledger.effects.iter().filter(|row| model.step(row.call.step).id == step);
    let made = made.map(|row| (row.call.attempt, row.is_live())).collect();
    (outcome.violation.map(|violation| INVARIANTS[usize::from(violation.invariant)].id), made)
}

const BY_HAND: &str = "correction order-1/connectivity/bill-connectivity correction by hand = extra-record";
const STOP: &str = "order-1/connectivity/stop-access (undoes bill-connectivity) attempt 200";
const CREDIT: &str = "order-1/connectivity/credit-access (undoes bill-connectivity) attempt 200";
const ONE_UNDONE: [(u8, bool); 2] = [(1, true), (0, false)];

#[test]
fn what_is_made_by_hand_is_undone_and_nothing_else() {
    let check = |faults: &[&str]| {
        let faults: Vec<&str> = [BY_HAND].iter().chain(faults).copied().collect();
        assert_eq!(run(&[], "bill-connectivity", &faults), (None, ONE_UNDONE.to_vec()), "{faults:?}");
    };
    check(&[]);
    check(&[
        &format!("response {STOP} = timeout-before-effect"),
        &format!("response {CREDIT} = http-503-before-effect"),
    ]);
    // An undo that was begun is carried through: what is stopped and not credited matches no rule any more.
    check(&[&format!("response {CREDIT} = business-rejection")]);
    check(&[&format!("handle.request {STOP} = crash-after-commit")]);
    check(&[&format!("handle.reply {CREDIT} = crash-before-commit")]);
    let by_hand = "correction order-1/router/create-asset-router correction by hand = extra-record";
    assert_eq!(run(&[], "create-asset-router", &[by_hand]), (None, ONE_UNDONE.to_vec()));
}

#[test]
fn each_rule_keeps_its_own_pace() {
    let by_hand = "correction order-1/router/create-asset-router correction by hand = extra-record";
    // The rule about charges comes first in the file, and asks for the same moment.
    let set = "saga.reconcile[oms-billing].every=90d";
    assert_eq!(run(&[set], "create-asset-router", &[by_hand]), (None, ONE_UNDONE.to_vec()));
}

/// Records are matched with what the item was ordered as.
#[test]
fn what_never_changes_of_an_item_is_known_where_records_are() {
    let by_hand = "correction order-1/router/create-asset-router correction by hand = extra-record";
    for (asked, expected) in [
        (r#"item.action == "add" && item.offering == "managed-router""#, ONE_UNDONE.to_vec()),
        (r#"item.action == "delete""#, vec![(1, true), (0, true)]),
    ] {
        let set =
            format!("saga.reconcile[oms-asset].where='it.orderItemId == item.id && it.state == \"active\" && {asked}'");
        assert_eq!(run(&[&set], "create-asset-router", &[by_hand]).1, expected, "{asked}");
    }
}

#[test]
fn a_system_that_is_gone_for_weeks_leaves_an_approved_exception() {
    let dies = format!("handle.request {STOP} = dead");
    let (broken, made) = run(&[], "bill-connectivity", &[BY_HAND, &dies]);
    assert_eq!((broken, made), (None, vec![(1, true), (0, true)]));
    // Where nobody may approve it, it is undone once the system is back after all.
    let set = "saga.fallout.actions=[retryStep,resolveUnknown]";
    assert_eq!(run(&[set], "bill-connectivity", &[BY_HAND, &dies]), (None, ONE_UNDONE.to_vec()));
    // Where there is nobody, the repair goes on by itself once the system is back.
    let (_, made) = run(&["saga.fallout.owner=null"], "bill-connectivity", &[BY_HAND, &dies]);
    assert_eq!(made, ONE_UNDONE);
}

#[test]
fn a_record_by_hand_in_the_place_of_the_systems_own_is_no_difference() {
    // The OMS never gets through, and a person who looks for the outcome finds what somebody made meanwhile.
    let lost = |attempt: u8| {
        format!("handle.request order-1/connectivity/bill-connectivity attempt {attempt} = crash-before-commit")
    };
    let faults = [1, 2, 3, 4].map(lost);
    let faults: Vec<&str> = [BY_HAND].into_iter().chain(faults.iter().map(String::as_str)).collect();
    let (broken, made) = run(&[], "bill-connectivity", &faults);
    assert_eq!(broken, None);
    assert_eq!(made.iter().filter(|(_, stands)| *stands).count(), 1, "{made:?}");
}

#[test]
fn each_weakness_leaves_what_was_made_by_hand() {
    for (set, invariant) in [
        ("platform.reconciler.finds=missing-only", "money-conserved"),
        ("platform.reconciler.looks=until-it-agreed", "money-conserved"),
        ("platform.reconciler.acts=report-only", "drift-detected"),
    ] {
        assert_eq!(run(&[set], "bill-connectivity", &[]), (None, vec![(1, true)]), "{set}");
        let (broken, made) = run(&[set], "bill-connectivity", &[BY_HAND]);
        assert_eq!((broken, &made[1..]), (Some(invariant), &[(0, true)][..]), "{set}");
    }
}

#[test]
fn a_request_that_was_put_off_again_and_again_is_as_late_as_all_of_that() {
    // Its effect would come after the question about it was answered, and long after the contract's late window.
    let request = "handle.request order-1/support/activate-support attempt 1";
    let faults = [
        format!("{request} = pause"),
        format!("{request} try 1 = pause"),
        format!("{request} try 2 = pause"),
        format!("{request} try 3 = pause"),
        format!("{request} try 1 takes 49497059us"),
        format!("{request} try 2 takes 290897385us"),
    ];
    let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
    let (broken, made) = run(&[], "activate-support", &faults);
    assert_eq!((broken, made), (None, vec![(2, true)]));
}
