//! Runs of correct definitions in which the saga engine itself once went wrong: it breaks nothing in them.

use sim_core::{Domain, Duration};

use crate::campaign::testing::{choices, simulation};
use crate::definition::{OrderState, StepState};
use crate::model::{CommandIx, ItemIx};
use crate::nodes::SimNode;
use crate::replay::Recording;
use crate::workload::{CommandPlan, OrderPlan, Place, Workload};

pub(super) struct Case<'a> {
    pub(super) what: &'static str,
    pub(super) saga: &'static str,
    pub(super) set: &'a [&'a str],
    /// The items of each order, as a mask, and when it arrives, in milliseconds.
    pub(super) orders: &'static [(u64, u64)],
    /// The item that is cancelled in the first order, and the step and its state at which it is.
    pub(super) cancel: Option<(u8, &'static str, StepState)>,
    pub(super) faults: &'static [&'static str],
}

/// A command about the whole order.
const WHOLE: &[&str] = &["saga.commands.cancelItem.scope=order", "saga.commands.cancelItem.then=COMPENSATE"];
/// A line is activated by somebody who reports back how it went.
const TASK: &[&str] = &[
    "saga.steps[provision-connectivity].kind=task",
    "saga.steps[provision-connectivity].outcomes={done: COMPLETE, nobody-there: OPEN_FALLOUT_CASE}",
];
/// An order is rejected for a question that nothing waits for.
const REJECTED: &[&str] = &[
    "saga.steps[check-feasibility].item=null",
    "saga.steps[check-feasibility].onReject={NOT_FEASIBLE: REJECT_ORDER, other: REJECT_ORDER}",
];
const LOST: &str = "send.reply order-1/router/reserve-router attempt 1 = lost";

pub(super) const CLEAN: Case<'static> =
    Case { what: "", saga: "order-fulfilment", set: &[], orders: &[(0b1, 0)], cancel: None, faults: &[] };

impl Case<'_> {
    /// What breaks, and the states of the first order's items at the end.
    pub(super) fn run(&self) -> (Option<&'static str>, Vec<OrderState>) {
        let simulation = simulation(self.saga, self.set);
        let model = &simulation.scenario.model;
        let order = |&(items, arrival): &(u64, u64)| OrderPlan {
            items,
            arrival: Duration::millis(arrival),
            ..OrderPlan::default()
        };
        let command = |(item, step, state): (u8, &str, StepState)| CommandPlan {
            command: CommandIx(0),
            order: 0,
            item: ItemIx(item),
            place: Place::Boundary { step: model.find_step(step).expect("a step"), state: state as u8 },
            twice: false,
        };
        let workload = Workload {
            orders: self.orders.iter().map(order).collect(),
            commands: self.cancel.map(command).into_iter().collect(),
            shared_account: true,
        };
        let choices = choices(&simulation, self.faults);
        let recording = Recording { workload, choices, heal_after: None, dead_stay: false };
        let mut worker = simulation.replayer();
        let outcome = simulation.replay(&mut worker, &recording, &mut ());
        let oms = worker.world.nodes.iter().find_map(SimNode::as_oms).expect("an OMS");
        let items = (0..model.items.len() as u8).map(|item| oms.item(0, ItemIx(item))).filter(|item| item.present);
        let broken = outcome.violation.map(|v| simulation.scenario.invariants()[usize::from(v.invariant)].id());
        (broken, items.map(|item| item.state).collect())
    }
}

#[test]
fn nothing_breaks_where_the_definition_is_right() {
    let cases = [
        Case {
            what: "the timer of the saga's timeout, armed once more after a crash, comes early",
            set: &["saga.timeout.within=20m"],
            faults: &[
                "handle.saga-save order-1/create-order save after the conversion attempt 1 = crash-after-commit",
                "timer.saga-timer order-1/saga timeout recovery 1 = early",
                "response order-1/connectivity/provision-connectivity attempt 1 = callback-late",
            ],
            ..CLEAN
        },
        Case {
            what: "one item fails, and what was delivered of the other is billed later",
            set: &["saga.steps[bill-router].after=[ship-router, create-asset-router]"],
            orders: &[(0b11, 0)],
            faults: &[
                "response order-1/connectivity/check-feasibility attempt 1 = business-rejection",
                "send.reply order-1/router/ship-router attempt 1 takes 769390us",
            ],
            ..CLEAN
        },
        Case {
            what: "a person closes a case about a step of a finished item, and another step comes after it",
            set: &["saga.steps[bill-router].after=[ship-router, create-asset-router]"],
            orders: &[(0b10, 0)],
            faults: &["handle.request order-1/router/create-asset-router attempt 1 = dead"],
            ..CLEAN
        },
        Case {
            what: "a step of a finished item fails, and the whole saga is to be undone for it",
            set: &["saga.steps[bill-router].onReject={ACCOUNT_BLOCKED: COMPENSATE, other: COMPENSATE}"],
            orders: &[(0b10, 0)],
            faults: &["response order-1/router/bill-router attempt 1 = business-rejection"],
            ..CLEAN
        },
        Case {
            what: "an order is rejected while its goods are on their way",
            set: REJECTED,
            orders: &[(0b10, 0)],
            faults: &[
                "response order-1/check-feasibility attempt 1 = business-rejection",
                "send.reply order-1/router/ship-router attempt 1 takes 1769390us",
            ],
            ..CLEAN
        },
        Case {
            what: "an order is rejected, and a step of what was delivered follows one of an item that was not ordered",
            set: &[REJECTED[0], REJECTED[1], "saga.steps[bill-router].after=[ship-router, activate-support]"],
            orders: &[(0b10, 0)],
            faults: &["response order-1/check-feasibility attempt 1 = business-rejection"],
            ..CLEAN
        },
        Case {
            what: "a task that was accepted comes to a bad end, and a person has it done once more",
            set: TASK,
            faults: &["response order-1/connectivity/provision-connectivity attempt 1 = business-rejection"],
            ..CLEAN
        },
        Case {
            what: "a task that was accepted comes to a bad end, and the next request for it is refused at once",
            set: TASK,
            faults: &[
                "response order-1/connectivity/provision-connectivity attempt 1 = business-rejection",
                "response order-1/connectivity/provision-connectivity attempt 2 = validation-error",
            ],
            ..CLEAN
        },
        Case {
            what: "an order is cancelled while a person is asked about it, refuses, and is asked once more",
            set: &[
                "saga.steps[check-feasibility]={ id: check-feasibility, kind: human, role: planner, due: 2d, after: [create-order], \
                 overdue: OPEN_FALLOUT_CASE, outcomes: { go: COMPLETE, no: OPEN_FALLOUT_CASE, again: REDO_STEP } }",
                "saga.steps[reserve-router].after=[check-feasibility]",
            ],
            orders: &[(0b10, 0)],
            cancel: Some((1, "check-feasibility", StepState::Sent)),
            faults: &["decision order-1/check-feasibility decision = outcome-2"],
            ..CLEAN
        },
        Case {
            what: "an item fails, and nobody knows whether a step happened that nothing undoes and that another one stands under",
            set: &["saga.steps[create-asset-router]={ id: create-asset-router, item: router, kind: notification, \
                   after: [reserve-router], call: mail.send, attemptTimeout: 30s, retry: standard, \
                   key: '${item.id}:TELL:${plan.version}' }"],
            orders: &[(0b10, 0)],
            faults: &[
                "response order-1/router/ship-router attempt 1 = business-rejection",
                "send.reply order-1/router/create-asset-router attempt 1 = lost",
            ],
            ..CLEAN
        },
        Case {
            what: "a callback comes late, and the product of another item is recorded after it",
            set: &["saga.steps[create-asset-router].after=[ship-router, create-asset-connectivity]"],
            orders: &[(0b11, 0)],
            faults: &["response order-1/connectivity/provision-connectivity attempt 1 = callback-late"],
            ..CLEAN
        },
        Case {
            what: "a step of a finished item fails, and the policy gives the saga up",
            set: &["saga.retry.standard.fallback=COMPENSATE"],
            orders: &[(0b10, 0)],
            faults: &["response order-1/router/bill-router attempt 1 = validation-error"],
            ..CLEAN
        },
        Case {
            what: "a person has a case about a success that came after its item had failed",
            set: &[
                "saga.unknownOutcome.QUERY_THEN_RECONCILE.lateSuccess=OPEN_FALLOUT_CASE",
                "saga.retry.standard.fallback=FAIL_ITEM",
                "saga.retry.standard.maxAttempts=1",
            ],
            orders: &[(0b100, 0)],
            faults: &[
                "send.request order-1/support/activate-support attempt 1 = duplicate",
                "response order-1/support/activate-support attempt 1 = rate-limit",
            ],
            ..CLEAN
        },
        Case {
            what: "a step is to be undone while one of another item that follows it is on its way out",
            set: &[
                "saga.commands.cancelItem.scope=order",
                "saga.items.support.reliesOn=null",
                "saga.steps[activate-support].after=[reserve-router]",
            ],
            orders: &[(0b110, 0)],
            cancel: Some((1, "ship-router", StepState::Sent)),
            faults: &[
                "response order-1/router/ship-router attempt 1 = business-rejection",
                "send.reply order-1/support/deactivate-support (undoes activate-support) attempt 1 takes 5000000us",
            ],
            ..CLEAN
        },
        Case {
            what: "a person closes a case about a step of a finished item, and a chain of steps comes after it",
            set: &[
                "saga.items.router.completeAfter=[reserve-router]",
                "saga.steps[bill-router].after=[create-asset-router]",
            ],
            orders: &[(0b10, 0)],
            faults: &["handle.request order-1/router/ship-router attempt 1 = dead"],
            ..CLEAN
        },
        Case {
            what: "an order is rejected while one of its steps waits for its system to be called again",
            saga: "quote-to-order",
            set: &[
                "saga.steps[validate-account].onReject={ACCOUNT_BLOCKED: REJECT_ORDER, other: REJECT_ORDER}",
                "saga.retry.question.circuitBreaker={failures: 2, open: 5m}",
            ],
            orders: &[(0b100, 0), (0, 0), (0b100, 1_268)],
            faults: &[
                "send.reply order-1/check-feasibility attempt 1 = duplicate",
                "response order-1/check-feasibility attempt 1 = rate-limit",
                "response order-3/validate-account attempt 1 = business-rejection",
            ],
            ..CLEAN
        },
        Case {
            what: "a step follows one of an item that was not ordered, which follows others",
            set: &["saga.steps[reserve-router].after=[activate-support]"],
            orders: &[(0b11, 0)],
            ..CLEAN
        },
        Case {
            what: "a step is undone, and a person has a case about it because the saga takes long",
            orders: &[(0b10, 0)],
            cancel: Some((1, "reserve-router", StepState::Sent)),
            faults: &[
                "handle.request order-1/router/release-router (undoes reserve-router) attempt 1 = dead",
                "desk order-1/router/release-router (undoes reserve-router) look by a person case 9 attempt 1 = \
                 unattended",
                "desk order-1/router/reserve-router look by a person case 10 attempt 1 = unattended",
            ],
            ..CLEAN
        },
        Case {
            what: "an item is cancelled while a step is in flight on which another item only follows",
            set: &["saga.items.support.reliesOn=null"],
            orders: &[(0b101, 0)],
            cancel: Some((0, "provision-connectivity", StepState::Sent)),
            faults: &["handle.request order-1/connectivity/provision-connectivity attempt 1 = crash-before-commit"],
            ..CLEAN
        },
        Case {
            what: "a step fails its item while the goods are on their way, and they arrive",
            set: &["saga.steps[create-asset-router].after=[reserve-router]", "saga.retry.standard.fallback=FAIL_ITEM"],
            orders: &[(0b10, 0)],
            faults: &["response order-1/router/create-asset-router attempt 1 = validation-error"],
            ..CLEAN
        },
        Case {
            what: "a person gives up one undo, and what stood under it is undone",
            set: &["saga.items.connectivity.completeAfter=[create-asset-connectivity]"],
            cancel: Some((0, "create-asset-connectivity", StepState::Sent)),
            faults: &[
                "handle.request order-1/connectivity/reverse-asset-connectivity (undoes create-asset-connectivity) \
                 attempt 1 = dead",
            ],
            ..CLEAN
        },
        Case {
            what: "a charge that is made by hand is taken for that of the saga, which comes later",
            set: &["saga.retry.standard.circuitBreaker={ failures: 1, open: 1h }"],
            orders: &[(0b101, 0), (0b10, 0)],
            faults: &[
                "send.request order-2/router/bill-router attempt 1 = not-sent",
                "correction order-1/support/bill-support correction by hand = extra-record",
                "send.person order-1/support/bill-support correction by hand takes 5376343137us",
            ],
            ..CLEAN
        },
        Case {
            what: "an order is cancelled while a step of no item runs, which another one follows",
            set: &[
                "saga.steps[check-feasibility].item=null",
                "saga.steps[create-asset-router].item=null",
                "saga.steps[create-asset-router].after=[check-feasibility]",
            ],
            orders: &[(0b10, 0)],
            cancel: Some((1, "reserve-router", StepState::Sent)),
            ..CLEAN
        },
        Case {
            what: "the last that happens completes the last item of a bundle",
            saga: "tmf622-order",
            set: &["saga.items.tariff.completeAfter=[activate-tariff, create-asset-tariff, bill-tariff]"],
            orders: &[(0b101, 0)],
            ..CLEAN
        },
        Case {
            what: "a whole order is cancelled",
            set: WHOLE,
            orders: &[(0b111, 0)],
            cancel: Some((0, "provision-connectivity", StepState::Sent)),
            ..CLEAN
        },
    ];
    let broken = cases.iter().filter_map(|case| Some((case.what, case.run().0?)));
    assert_eq!(broken.collect::<Vec<_>>(), []);
}

#[test]
fn a_command_about_an_order_is_about_each_of_its_items() {
    use OrderState::{Cancelled, Completed};
    let ends =
        |step| Case { set: WHOLE, orders: &[(0b111, 0)], cancel: Some((0, step, StepState::Sent)), ..CLEAN }.run();
    assert_eq!(ends("check-feasibility"), (None, vec![Cancelled; 3]));
    // The goods have left by then.
    assert_eq!(ends("provision-connectivity"), (None, vec![Cancelled, Completed, Cancelled]));
}

/// A timeout that a policy takes for a failure, or for a reason to send again, is not asked about.
#[test]
fn a_timeout_is_what_its_policy_takes_it_for() {
    let lost = |set: &[&str]| Case { set, orders: &[(0b10, 0)], faults: &[LOST], ..CLEAN }.run().0;
    assert_eq!(lost(&[]), None, "asked about");
    let failed = ["saga.retry.standard.unknownOn=[]", "saga.retry.standard.noRetryOn=[TIMEOUT]"];
    assert_eq!(lost(&failed), Some("unknown-not-failed"), "taken for failed");
    let again = ["saga.retry.standard.unknownOn=[]", "saga.retry.standard.retryOn=[TIMEOUT]"];
    assert_eq!(lost(&again), None, "sent again");
}
