//! Weaknesses of the saga engine, over the bundled order fulfilment: each shows where it should, and the correct value
//! does not show it in the same run.

use sim_core::{Choice, Choices, Limits, Observer, World, run};

use super::{OmsMessage, Wait};
use crate::change::{Change, RowPhase};
use crate::definition::{Definition, OrderState, Set, StepState};
use crate::ledger::Ledger;
use crate::message::{Answer, CallRef, Message};
use crate::model::{CommandIx, ItemIx, Model};
use crate::scenario::Scenario;
use crate::workload::{CommandPlan, OrderPlan, Place};

/// A fault: site, value, and what meets it.
type Fault = (&'static str, &'static str, fn(&Model) -> Message);

/// What is asked of a run beside its patches.
#[derive(Clone, Copy)]
struct Script<'a> {
    /// The items of the order, as a mask.
    items: u64,
    /// The step and its state at which the router is cancelled.
    cancel: Option<(&'static str, StepState)>,
    faults: &'a [Fault],
}

const PLAIN: Script<'static> = Script { items: 0b111, cancel: None, faults: &[] };

#[derive(Default)]
struct Log(Vec<Change>);

impl Observer<Scenario> for Log {
    fn change(&mut self, _event: u32, change: &Change) {
        self.0.push(*change);
    }
}

/// A run that came to its end.
struct Seen {
    scenario: Scenario,
    changes: Vec<Change>,
    ledger: Ledger,
}

impl Seen {
    fn model(&self) -> &Model {
        &self.scenario.model
    }

    /// When a step came into a state for the first time, as a place in the list of changes.
    fn reached(&self, step: &str, state: StepState) -> Option<usize> {
        let step = self.model().find_step(step);
        let comes = |change: &Change| matches!(*change, Change::Step { step: of, after, .. } if Some(of) == step && after == state);
        self.changes.iter().position(comes)
    }

    /// When the requests of a step left.
    fn sent(&self, step: &str) -> Vec<usize> {
        let step = self.model().find_step(step);
        let leaves = |change: &Change| matches!(*change, Change::Sent { call, .. } if Some(call.step) == step);
        (0..self.changes.len()).filter(|i| leaves(&self.changes[*i])).collect()
    }

    fn count(&self, is_it: impl Fn(&Change) -> bool) -> usize {
        self.changes.iter().filter(|change| is_it(change)).count()
    }
}

fn play(set: &str, script: Script<'_>) -> Seen {
    let sets: Vec<Set> = set.split_whitespace().map(|set| Set::parse(set).expect("a patch")).collect();
    let definition = Definition::bundled("order-fulfilment", &sets).expect("the bundled saga loads");
    let scenario = Scenario::new(Model::new(&definition).expect("the bundled saga compiles"));
    let (model, sites) = (&scenario.model, &scenario.sites.sites);
    let overrides: Vec<Choice> = script
        .faults
        .iter()
        .map(|(name, value, message)| {
            let site = sites.find(name).expect("a site");
            let value = sites.get(site).values.iter().position(|known| known.name == *value).expect("a value");
            Choice { site, subject: message(model).subject(model), value: value as u64, span: false, event: 0 }
        })
        .collect();
    let mut choices = Choices::simplest(sites);
    choices.set_overrides(&overrides);
    let mut world: World<Scenario> = World::default();
    world.ledger.workload.orders.push(OrderPlan { items: script.items, ..OrderPlan::default() });
    world.ledger.workload.commands.extend(script.cancel.map(|(step, state)| CommandPlan {
        command: CommandIx(0),
        order: 0,
        item: ItemIx(1),
        place: Place::Boundary { step: model.find_step(step).expect("a step"), state: state as u8 },
        twice: false,
    }));
    let mut log = Log::default();
    let limits = Limits { stop_at_violation: false, ..Limits::default() };
    run(&scenario, &mut world, &mut choices, &limits, &mut log);
    assert_eq!(choices.unused().count(), 0, "every fault strikes under {set}");
    let ledger = world.ledger.clone();
    Seen { scenario, changes: log.0, ledger }
}

/// The symptom shows as often as said under the weak value, and never without it.
#[track_caller]
fn check((base, weak): (&str, &str), script: Script<'_>, symptom: impl Fn(&Seen) -> usize, times: usize) {
    assert_eq!(symptom(&play(base, script)), 0, "without {weak}");
    assert_eq!(symptom(&play(&format!("{base} {weak}"), script)), times, "under {weak}");
}

fn first_call(model: &Model, step: &str) -> CallRef {
    CallRef { order: 0, step: model.find_step(step).expect("a step"), revision: 0, attempt: 1 }
}

fn first_request(model: &Model, step: &str) -> Message {
    Message::Request { call: first_call(model, step), key: 0, target: 0 }
}

/// The engine is gone once it has saved that provisioning is under way.
const CRASH: Fault = ("handle.saga-save", "crash-after-commit", |model| {
    let call = first_call(model, "provision-connectivity");
    Message::Oms(OmsMessage::Save { slot: 0, call, input: 1, tries: 0 })
});

#[test]
fn what_waits_for_its_next_attempt_is_not_overtaken() {
    let slowed: Fault = ("response", "rate-limit", |model| first_request(model, "reserve-router"));
    let script = Script { faults: &[slowed], ..PLAIN };
    let overtaken = |seen: &Seen| {
        let done = seen.reached("reserve-router", StepState::Completed).expect("it is done in the end");
        seen.sent("ship-router").iter().filter(|sent| **sent < done).count()
    };
    check(("", "platform.saga.dispatch=past-retries"), script, overtaken, 1);
}

#[test]
fn a_step_that_runs_is_not_started_by_its_reminder() {
    let slowed: Fault = ("response", "rate-limit", |model| first_request(model, "provision-connectivity"));
    let twice: Fault = ("timer.saga-timer", "twice", |model| {
        Message::Oms(OmsMessage::Due { call: first_call(model, "provision-connectivity"), wait: Wait::Retry, poll: 0 })
    });
    let script = Script { faults: &[slowed, twice], ..PLAIN };
    let again = |seen: &Seen| seen.sent("provision-connectivity").len() - 2;
    check(("", "platform.saga.inFlightGuard=false"), script, again, 1);
    check(("", "platform.saga.inFlightGuard=false"), Script { faults: &[slowed], ..PLAIN }, again, 0);
}

/// The three items cost 234.90 EUR together.
#[test]
fn the_oms_knows_what_was_ordered_and_for_how_much() {
    for (when, sent) in [
        (r#"quote.total>money("234.89","EUR")"#, 1),
        (r#"quote.total>money("234.90","EUR")"#, 0),
        (r#"quote.total<money("234.90","GBP")"#, 0),
        (r#"item.offering=="managed-router""#, 1),
        (r#"item.offering=="premium-support""#, 0),
        (r#"item.action=="add"&&quote.state=="accepted""#, 1),
        (r#"item.action=="delete""#, 0),
    ] {
        let seen = play(&format!("saga.steps[ship-router].when='{when}'"), PLAIN);
        assert_eq!(seen.sent("ship-router").len(), sent, "{when}");
    }
}

/// What was refused for good has nothing to undo: its item is gone when that is known.
#[test]
fn a_cancelled_item_ends_with_its_last_step() {
    let refused: Fault = ("response", "validation-error", |model| first_request(model, "reserve-router"));
    let cancel = Some(("reserve-router", StepState::Sent));
    let script = Script { items: 0b10, cancel, faults: &[refused] };
    let ends = |change: &Change| matches!(change, Change::Item { after: OrderState::Cancelled, .. });
    assert_eq!(play("", script).count(ends), 1);
}

/// The saga takes too long while what it undoes is not yet undone, and a person gets a case: the item ends all the same.
#[test]
fn an_item_that_was_held_ends_as_any_other() {
    const REFUSED: Fault = ("response", "validation-error", |model| first_request(model, "ship-router"));
    const LOST: Fault = ("send.request", "lost", |model| first_request(model, "release-router"));
    let set = "saga.timeout.within=2m saga.retry.standard.fallback=FAIL_ITEM";
    let seen = play(set, Script { items: 0b10, cancel: None, faults: &[REFUSED, LOST] });
    let states = seen.changes.iter().filter_map(|change| match *change {
        Change::Item { before, after, .. } => Some((before, after)),
        _ => None,
    });
    let (running, held) = (OrderState::InProgress, OrderState::Held);
    let through =
        [(OrderState::Acknowledged, running), (running, held), (held, running), (running, OrderState::Failed)];
    assert_eq!(states.collect::<Vec<_>>(), through);
}

/// Nobody knows whether the goods have left when the rest of the order fails: if they have, their item goes on.
#[test]
fn an_item_past_its_point_of_no_return_does_not_fail_with_its_saga() {
    const LOST: Fault = ("send.reply", "lost", |model| Message::Reply {
        call: first_call(model, "ship-router"),
        answer: Answer::Succeeded,
        record: 1,
        key: 0,
    });
    const NOT_SHIPPED: Fault = ("response", "timeout-before-effect", |model| first_request(model, "ship-router"));
    let refused: Fault = ("response", "validation-error", |model| first_request(model, "provision-connectivity"));
    // Provisioning is asked for when the goods are on their way, and its answer comes before theirs would be overdue.
    let set = "saga.retry.standard.fallback=null saga.steps[provision-connectivity].retry=question \
               saga.retry.question.fallback=COMPENSATE saga.unknownOutcome.QUERY_THEN_RECONCILE.absent=null";
    let ends = |faults: &[Fault]| {
        let seen = play(set, Script { items: 0b11, cancel: None, faults });
        let end = |item| {
            seen.changes.iter().rev().find_map(|change| match *change {
                Change::Item { item: of, after, .. } if of == ItemIx(item) => Some(after),
                _ => None,
            })
        };
        (end(0), end(1), seen.reached("reserve-router", StepState::Compensated).is_some())
    };
    let (failed, completed) = (Some(OrderState::Failed), Some(OrderState::Completed));
    assert_eq!(ends(&[refused]), (failed, completed, false), "shipped");
    assert_eq!(ends(&[refused, LOST]), (failed, completed, false), "shipped, and nobody knew at first");
    assert_eq!(ends(&[refused, NOT_SHIPPED]), (failed, failed, true), "not shipped");
}

#[test]
fn two_conversions_at_once_start_one_saga() {
    let twice: Fault = ("send.command", "duplicate", |_| Message::Convert { order: 0, version: 1, attempt: 1 });
    let between: Fault = ("interleave", "others", |_| {
        let call = CallRef { order: 0, attempt: 1, ..CallRef::default() };
        Message::Oms(OmsMessage::Save { slot: 0, call, input: 8, tries: 0 })
    });
    let script = Script { faults: &[twice, between], ..PLAIN };
    let another = |seen: &Seen| seen.count(|change| matches!(change, Change::Created { instances: 2.., .. }));
    check(("", "platform.saga.start=check-then-create"), script, another, 1);
    check(("platform.saga.locking=none", "platform.saga.start=check-then-create"), script, another, 1);
}

#[test]
fn the_repair_service_leaves_alone_what_is_done() {
    let rerun = |seen: &Seen| {
        let done = seen.reached("provision-connectivity", StepState::Completed).expect("it is done");
        seen.sent("provision-connectivity").iter().filter(|sent| **sent > done).count()
    };
    let crashed = Script { faults: &[CRASH], ..PLAIN };
    check(("", "platform.saga.sweeper=requeues-running"), crashed, rerun, 1);
    check(("", "platform.saga.sweeper=requeues-running"), PLAIN, rerun, 0);
}

#[test]
fn a_timeout_outlives_the_engine() {
    // Less than provisioning takes.
    let base = "saga.timeout.within=1m";
    let silent = |seen: &Seen| 1 - seen.count(|change| matches!(change, Change::Timeout { .. }));
    let crashed = Script { faults: &[CRASH], ..PLAIN };
    check((base, "platform.saga.timers.stored=false"), crashed, silent, 1);
    check((base, "platform.saga.timers.stored=false"), PLAIN, silent, 0);
}

#[test]
fn a_plan_is_made_of_what_was_ordered() {
    let unordered = |seen: &Seen| {
        let model = seen.model();
        let of_item = |item| move |effect: &&crate::ledger::Effect| model.step(effect.call.step).item == item;
        seen.ledger.effects.iter().filter(of_item(ItemIx(1))).count()
    };
    let without_router = Script { items: 0b101, ..PLAIN };
    // Reserved, shipped, on record, charged.
    check(("", "platform.saga.plan=whole-offer"), without_router, unordered, 4);
}

#[test]
fn an_answer_that_comes_again_does_not_complete_what_is_undone() {
    let again: Fault = ("send.reply", "duplicate", |model| Message::Reply {
        call: first_call(model, "reserve-router"),
        answer: Answer::Succeeded,
        record: 1,
        key: 0,
    });
    let script = Script { cancel: Some(("reserve-router", StepState::Sent)), faults: &[again], ..PLAIN };
    let revived = |seen: &Seen| {
        seen.count(|change| {
            let undone = [StepState::Compensating, StepState::Compensated];
            matches!(*change, Change::Step { before, after: StepState::Completed, .. } if undone.contains(&before))
        })
    };
    check(("", "platform.saga.lateReply=completes"), script, revived, 1);
}

#[test]
fn a_customer_is_told_of_what_was_decided() {
    let notices = |seen: &Seen| {
        let notice =
            seen.model().emissions.iter().position(|emission| emission.when == crate::definition::EmitWhen::OnNotify);
        seen.count(|change| {
            matches!(*change, Change::Row { event, phase: RowPhase::Written, .. } if Some(usize::from(event.emission)) == notice)
        })
    };
    // The goods are on their way, so the cancellation is denied.
    let denied = Script { cancel: Some(("ship-router", StepState::Sent)), ..PLAIN };
    check(("", "platform.saga.notice=when-asked"), denied, notices, 1);
    // What is granted is told once, whenever it is told.
    let granted = Script { cancel: Some(("reserve-router", StepState::Sent)), ..PLAIN };
    for set in ["", "platform.saga.notice=when-asked"] {
        assert_eq!(notices(&play(set, granted)), 1, "{set}");
    }
}

#[test]
fn a_pivot_that_belongs_to_no_item_is_asked_about_and_refused_as_any_other_step() {
    let request = |model: &Model| Message::Request { call: first_call(model, "ship-router"), key: 0, target: 0 };
    for (response, state) in
        [("timeout-before-effect", StepState::Completed), ("business-rejection", StepState::Rejected)]
    {
        let script = Script { faults: &[("response", response, request)], ..PLAIN };
        let seen = play("saga.steps[ship-router].item=null", script);
        assert!(seen.reached("ship-router", state).is_some(), "{response}");
    }
}
