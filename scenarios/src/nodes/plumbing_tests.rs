//! Outbox, relay, broker and consumers together, under each value of their contract: the weak value loses, doubles or
//! reorders under the fault that exposes it, the correct one does not under the same faults.

use fault_models::Point;
use sim_core::{Choices, Duration, EventRecord, KINDS_MAX, KindId, Observer, PartId, Settings, Time, World};

use super::broker::BrokerMessage;
use super::stub::{Stub, Tell};
use super::{BROKER, CPQ, OMS, OUTSIDE, RECONCILER, SYSTEMS, SimNode};
use crate::change::{Change, DeliveryPhase, RowPhase};
use crate::definition::{Aggregate, Definition, Mark, OrderState, Set};
use crate::message::{BusinessEvent, Flaw, Message};
use crate::model::{ItemIx, Model, StepIx};
use crate::scenario::Scenario;
use crate::sites::SiteTable;
use crate::workload::{OrderPlan, Workload};

const ORDERS: u16 = 3;
const RUNS: u64 = 150;
/// What the emitter tells of each order.
const STATES: [OrderState; 5] = [
    OrderState::Acknowledged,
    OrderState::InProgress,
    OrderState::Pending,
    OrderState::InProgress,
    OrderState::Completed,
];

type Patches<'a> = &'a [(&'a str, &'a str)];
type Faults<'a> = &'a [(&'static str, &'static str)];

/// What the world around the plumbing is like.
#[derive(Clone, Copy)]
struct Around {
    tell: Tell,
    /// Whether the system that sends mail knows keys.
    dedups: bool,
    fails_until: Duration,
    /// How long after one change of an order the next one is told.
    every: Duration,
    /// Whether changes are told by two parts in turn: their clocks differ, and the first one may be slow.
    two_parts: bool,
    /// Whether another system tells of charges.
    two_sources: bool,
}

const AROUND: Around = Around {
    tell: Tell::Now,
    dedups: true,
    fails_until: Duration::ZERO,
    every: Duration::millis(300),
    two_parts: false,
    two_sources: false,
};
const NAIVE: Around = Around { dedups: false, ..AROUND };

/// What can be wrong in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symptom {
    /// The last state of an order does not stand in the read model, or its mail was not sent.
    Lost,
    /// A mail was sent twice.
    Doubled,
    /// A consumer handled an older event after a newer one.
    Reordered,
    /// The broker took an older event in after a newer one.
    Overtaken,
    /// The broker took one event in twice.
    Repeated,
    /// An event was published whose change is not committed.
    Uncommitted,
    /// The dashboard does not show a charge.
    ChargeLost,
}

#[derive(Default)]
struct Log {
    changes: Vec<Change>,
}

impl Observer<Scenario> for Log {
    fn event(&mut self, _event: &EventRecord<Message>) {}

    fn change(&mut self, _event: u32, change: &Change) {
        self.changes.push(*change);
    }
}

fn scenario(patches: Patches<'_>, faults: Faults<'_>) -> Scenario {
    let set = |&(path, value): &(&str, &str)| Set { path: path.to_string(), value: value.to_string() };
    let sets: Vec<Set> = patches.iter().map(set).collect();
    let definition = Definition::bundled("order-fulfilment", &sets);
    let definition = definition.unwrap_or_else(|error| panic!("{patches:?}: {:?}", error.diagnostics));
    let model = Model::new(&definition).unwrap_or_else(|error| panic!("{patches:?}: {error:?}"));
    let points = faults.iter().enumerate();
    let points: Vec<_> = points.map(|(i, &(site, value))| (Point { site, value }, KindId(i as u8), "test")).collect();
    let mut scenario = Scenario::unjudged(model);
    scenario.sites = SiteTable::of(&points);
    scenario
}

fn choices(scenario: &Scenario, seed: u64, faults: usize) -> Choices {
    let mut settings = Settings::none(&scenario.sites.sites);
    let mut rates = [0; KINDS_MAX];
    rates[..faults].fill(1 << 28);
    settings.set_rates(&scenario.sites.sites, &rates);
    settings.caps.fill(4);
    settings.latencies = true;
    Choices::random(sim_core::hash::spread(seed, 77), settings)
}

fn consumer(model: &Model, id: &str) -> usize {
    model.consumers.iter().position(|consumer| consumer.id == id).expect("a consumer of the exercise")
}

fn prepare(scenario: &Scenario, around: Around) -> World<Scenario> {
    let model = &scenario.model;
    let mut world: World<Scenario> = World::default();
    world.ledger.workload = Workload { orders: vec![OrderPlan::default(); usize::from(ORDERS)], ..Workload::default() };
    world.reset(scenario);
    for node in [OUTSIDE, CPQ, RECONCILER].into_iter().chain(SYSTEMS..SYSTEMS + model.systems.len()) {
        world.nodes[node] = SimNode::Stub(Stub::Silent);
    }
    let relays = model.parts.oms_relays.len();
    world.nodes[OMS] = SimNode::Stub(Stub::emitter(0, relays, 2, 0, ORDERS.into()));
    let mail = model.systems.iter().position(|system| system.id == "mail").expect("the exercise sends mail");
    world.nodes[SYSTEMS + mail] =
        SimNode::Stub(Stub::Mail { dedups: around.dedups, fails_until: around.fails_until, keys: Vec::new() });
    let mut tell = |part: PartId, (order, at, state): (u16, usize, OrderState)| {
        let begin = Time::START + Duration::millis(100 + 130 * u64::from(order));
        let how = if around.two_parts && part != model.parts.oms_api { Tell::Now } else { around.tell };
        let case = Message::Case { order, step: StepIx(how as u16), case: state as u16 };
        world.input(begin + around.every.times(at as u64), part, case);
    };
    for order in 0..ORDERS {
        for (at, &state) in STATES.iter().enumerate() {
            let api = around.two_parts && at % 2 == 0;
            tell(if api { model.parts.oms_api } else { model.parts.oms_saga }, (order, at, state));
        }
        if around.two_sources {
            tell(model.parts.systems[0], (order, 0, OrderState::Rejected));
        }
    }
    if around.two_sources {
        let charge = model.emissions.iter().position(|e| e.of == Aggregate::Charge).expect("charges are told");
        world.nodes[SYSTEMS] = SimNode::Stub(Stub::emitter(1, 1, 0, charge as u8, ORDERS.into()));
    }
    world
}

/// Runs to the end: faults for the first part of the run, then healing, then quiet.
fn drive(scenario: &Scenario, world: &mut World<Scenario>, mut choices: Choices) -> Vec<Change> {
    let mut log = Log::default();
    loop {
        if choices.is_open() && world.events() >= 250 {
            world.heal(scenario, &mut choices, &mut log, false);
        }
        if !world.step(scenario, &mut choices, &mut log) {
            if !choices.is_open() {
                return log.changes;
            }
            world.heal(scenario, &mut choices, &mut log, false);
        }
        if world.events() >= 20_000 {
            assert!(scenario.model.plumbing.mark == Mark::Never, "the run does not end");
            return log.changes;
        }
    }
}

fn shows(scenario: &Scenario, world: &World<Scenario>, id: &str, of: Aggregate, order: u16) -> Option<u8> {
    let node = SYSTEMS + scenario.model.systems.len() + consumer(&scenario.model, id);
    let SimNode::Consumer(consumer) = &world.nodes[node] else { panic!("a consumer") };
    consumer.shows(of, order, ItemIx(0)).map(|(state, _)| state)
}

fn symptoms(scenario: &Scenario, world: &World<Scenario>, changes: &[Change]) -> Vec<Symptom> {
    let mut found = Vec::new();
    let notify = scenario.model.consumers[consumer(&scenario.model, "notify")].step.expect("it calls");
    for order in 0..ORDERS {
        let shown = shows(scenario, world, "crm", Aggregate::Item, order);
        let mails = world.ledger.live(order, notify).count();
        if shown != Some(OrderState::Completed as u8) || mails == 0 {
            found.push(Symptom::Lost);
        }
        if mails > 1 {
            found.push(Symptom::Doubled);
        }
        if shows(scenario, world, "dashboard", Aggregate::Charge, order).is_none() {
            found.push(Symptom::ChargeLost);
        }
    }
    let mut accepted: Vec<BusinessEvent> = Vec::new();
    for change in changes {
        match *change {
            Change::Row { phase: RowPhase::Written, committed: false, .. } => found.push(Symptom::Uncommitted),
            Change::Row { event, phase: RowPhase::Accepted, .. } => {
                if accepted.contains(&event) {
                    found.push(Symptom::Repeated);
                } else if accepted.iter().any(|a| a.order == event.order && a.version > event.version) {
                    found.push(Symptom::Overtaken);
                }
                accepted.push(event);
            }
            Change::ReadModel { version, before, .. } if version < before => found.push(Symptom::Reordered),
            Change::Delivery { event, phase: DeliveryPhase::Handled, before, .. } if event.version < before => {
                found.push(Symptom::Reordered);
            }
            _ => {}
        }
    }
    found
}

/// In how many runs the symptom shows.
fn count(patches: Patches<'_>, faults: Faults<'_>, around: Around, symptom: Symptom) -> u64 {
    let scenario = scenario(patches, faults);
    let shows = |seed: &u64| {
        let mut world = prepare(&scenario, around);
        let changes = drive(&scenario, &mut world, choices(&scenario, *seed, faults.len()));
        symptoms(&scenario, &world, &changes).contains(&symptom)
    };
    (0..RUNS).filter(shows).count() as u64
}

/// The weak value, on top of `base`, shows the symptom under these faults and not without them; `base` alone does not
/// show it at all.
fn check(base: Patches<'_>, weak: Patches<'_>, faults: Faults<'_>, around: Around, symptom: Symptom) {
    let patches: Vec<_> = base.iter().chain(weak).copied().collect();
    let of = |patches, faults| count(patches, faults, around, symptom);
    assert!(of(&patches, faults) > 0, "{weak:?} under {faults:?}: no run is {symptom:?}");
    assert_eq!(of(base, faults), 0, "without {weak:?}, under {faults:?}: {symptom:?}");
    if !faults.is_empty() {
        assert_eq!(of(&patches, &[]), 0, "{weak:?} without faults: {symptom:?}");
    }
}

const RELAY_CRASH: (&str, &str) = ("handle.publish-ack", "crash-before-commit");

#[test]
fn the_write_of_a_row_belongs_to_its_change() {
    let crash = [("handle.saga-save", "crash-before-commit")];
    check(&[], &[("platform.outbox.write", "after-commit")], &crash, AROUND, Symptom::Lost);
    let slow = Around { tell: Tell::Slowly, ..AROUND };
    check(&[], &[("platform.outbox.write", "before-commit")], &[], slow, Symptom::Uncommitted);
}

#[test]
fn a_select_by_serial_passes_over_rows_that_commit_late() {
    let mixed = Around { tell: Tell::Slowly, two_parts: true, ..AROUND };
    for select in ["cursor", "high-water-mark"] {
        let weak = [("platform.outbox.select", select)];
        check(&[], &weak, &[], mixed, Symptom::Lost);
    }
}

#[test]
fn a_relay_loses_nothing_in_a_crash() {
    let crash = [RELAY_CRASH, ("handle.relay-timer", "crash-after-commit")];
    check(&[], &[("platform.outbox.mark", "before-publish")], &crash, AROUND, Symptom::Lost);
    check(&[], &[("platform.outbox.select", "by-status")], &crash, AROUND, Symptom::Lost);
}

#[test]
fn a_relay_publishes_in_order() {
    let any = ("platform.outbox.publishOrder", "any");
    let late = ("platform.outbox.visible", "late");
    check(&[], &[any], &[], AROUND, Symptom::Overtaken);
    check(&[], &[late], &[], AROUND, Symptom::Overtaken);
}

#[test]
fn a_relay_publishes_once() {
    check(&[], &[("platform.outbox.mark", "never")], &[], AROUND, Symptom::Repeated);
    let two = ("platform.outbox.relays", "2");
    check(&[two], &[("platform.outbox.lease", "none")], &[], AROUND, Symptom::Repeated);
}

#[test]
fn one_row_that_cannot_be_published_does_not_hold_up_others() {
    let poison = [("payload", "unpublishable")];
    check(&[], &[("platform.outbox.poison", "block")], &poison, AROUND, Symptom::Lost);
}

#[test]
fn the_broker_keeps_the_order_of_an_aggregate() {
    let last_wins = [("platform.consumer.order", "arrival"), ("platform.readModel.guard", "none")];
    let message_id = [("platform.broker.partitionBy", "message-id")];
    check(&last_wins, &message_id, &[], AROUND, Symptom::Reordered);
    let bad_key = [("saga.emits[OrderItemStateChanged].partitionKey", "${event.id}")];
    check(&last_wins, &bad_key, &[], AROUND, Symptom::Reordered);
    let at_end = [("platform.broker.deadLetter.resubmit", "at-end")];
    check(&last_wins, &at_end, &[("payload", "unhandleable")], AROUND, Symptom::Reordered);
}

#[test]
fn the_broker_keeps_what_nobody_takes_now() {
    let outage = [("handle.delivery", "outage")];
    let rare = Around { every: Duration::mins(1), ..AROUND };
    check(&[], &[("platform.broker.onNoSubscriber", "drop")], &outage, rare, Symptom::Lost);
    check(&[], &[("platform.broker.retention", "1m")], &outage, AROUND, Symptom::Lost);
}

#[test]
fn the_duplicate_window_counts_from_the_first_or_from_the_last() {
    let taken = |window: &str| {
        let scenario = scenario(&[("platform.broker.duplicateWindow", window)], &[]);
        let mut world = prepare(&scenario, AROUND);
        world.nodes[OMS] = SimNode::Stub(Stub::Silent);
        let event = BusinessEvent { item: 0, version: 1, ..BusinessEvent::default() };
        for (attempt, at) in [0, 90, 180].into_iter().enumerate() {
            let publish = Message::Publish { event, attempt: attempt as u8, told: Time::START, flaw: Flaw::None };
            world.input(Time::START + Duration::secs(at), scenario.model.parts.broker, publish);
        }
        let changes = drive(&scenario, &mut world, Choices::simplest(&scenario.sites.sites));
        let is_taken = |change: &&Change| matches!(change, Change::Row { phase: RowPhase::Accepted, .. });
        changes.iter().filter(is_taken).count()
    };
    assert_eq!((taken("none"), taken("fixed"), taken("sliding")), (3, 2, 1));
}

#[test]
fn the_inbox_row_belongs_to_the_effect() {
    let before = [("platform.inbox.commit", "before-effect")];
    check(&[], &before, &[("handle.consumer-timer", "crash-before-commit")], AROUND, Symptom::Lost);
    check(&[], &before, &[("handle.delivery", "crash-after-commit")], AROUND, Symptom::Lost);
    let after = [("platform.inbox.commit", "after-effect")];
    check(&[], &after, &[("send.delivery", "duplicate")], NAIVE, Symptom::Doubled);
}

#[test]
fn the_inbox_knows_events_by_source_and_id_and_long_enough() {
    let two_sources = Around { two_sources: true, ..AROUND };
    check(&[], &[("platform.inbox.key", "id")], &[], two_sources, Symptom::ChargeLost);
    let late = [("send.delivery", "late-duplicate")];
    check(&[], &[("platform.inbox.window", "1h")], &late, NAIVE, Symptom::Doubled);
    let none = [("saga.consumers[notify].inbox", "none")];
    check(&[], &none, &[("send.delivery", "duplicate")], NAIVE, Symptom::Doubled);
}

#[test]
fn a_message_is_acknowledged_when_its_work_is_committed() {
    let early = [("platform.consumer.ack", "before-commit")];
    check(&[], &early, &[("handle.consumer-timer", "crash-before-commit")], AROUND, Symptom::Lost);
    check(&[], &early, &[("handle.delivery", "crash-after-commit")], AROUND, Symptom::Lost);
}

#[test]
fn versions_tell_old_from_new() {
    let any = ("platform.outbox.publishOrder", "any");
    let no_guard = ("platform.readModel.guard", "none");
    let arrival = ("platform.consumer.order", "arrival");
    check(&[any, no_guard], &[arrival], &[], AROUND, Symptom::Reordered);
    check(&[any, no_guard], &[("platform.consumer.onGap", "APPLY")], &[], AROUND, Symptom::Reordered);
    // The mail is not guarded by a read model; only what stands in one is.
    let unordered = [any, arrival, ("saga.consumers[notify].events", "[ITEM_CANCELLED_NOTICE]")];
    check(&unordered, &[no_guard], &[], AROUND, Symptom::Reordered);
    let skewed = Around { two_parts: true, ..AROUND };
    let skew = ("platform.clocks.maxSkew", "10m");
    check(&[skew], &[("platform.consumer.order", "timestamp")], &[], skewed, Symptom::Lost);
}

#[test]
fn a_partition_has_one_owner() {
    let crash = [("handle.delivery", "crash-before-commit")];
    let no_guard = ("platform.readModel.guard", "none");
    check(&[no_guard], &[("platform.consumer.claim", "none")], &crash, AROUND, Symptom::Reordered);
}

#[test]
fn what_a_consumer_cannot_handle_is_kept() {
    let newer = [("payload", "newer-version")];
    for weak in ["DROP", "null"] {
        check(&[], &[("saga.consumers[notify].onNewerVersion", weak)], &newer, AROUND, Symptom::Lost);
    }
    let down = Around { fails_until: Duration::hours(2), ..AROUND };
    check(&[], &[("saga.consumers[notify].onFailure", "DROP")], &[], down, Symptom::Lost);
}

#[test]
fn the_correct_plumbing_survives_all_of_it() {
    let storm = [
        RELAY_CRASH,
        ("handle.relay-timer", "crash-after-commit"),
        ("handle.publish-ack", "lost-commit-response"),
        ("handle.publish", "outage"),
        ("handle.delivery", "crash-before-commit"),
        ("handle.delivery", "crash-after-commit"),
        ("handle.delivery", "deadlock"),
        ("handle.delivery", "pause"),
        ("handle.delivery-ack", "crash-before-commit"),
        ("handle.consumer-reply", "crash-before-commit"),
        ("handle.consumer-reply", "crash-after-commit"),
        ("send.publish", "lost"),
        ("send.publish", "hold"),
        ("send.publish-ack", "lost"),
        ("send.delivery", "duplicate"),
        ("send.delivery", "late-duplicate"),
        ("send.delivery", "reorder"),
        ("send.delivery-ack", "lost"),
        ("send.request", "lost"),
        ("send.consumer-reply", "lost"),
        ("timer.relay-timer", "early"),
        ("timer.broker-timer", "twice"),
        ("timer.consumer-timer", "early"),
        ("payload", "unpublishable"),
        ("payload", "unhandleable"),
        ("payload", "newer-version"),
    ];
    for relays in ["1", "3"] {
        let scenario = scenario(&[("platform.outbox.relays", relays)], &storm);
        for seed in 0..RUNS {
            let mut world = prepare(&scenario, AROUND);
            let changes = drive(&scenario, &mut world, choices(&scenario, seed, storm.len()));
            let mut found = symptoms(&scenario, &world, &changes);
            found.retain(|symptom| !matches!(symptom, Symptom::Repeated | Symptom::ChargeLost));
            assert_eq!(found, [], "{relays} relays, seed {seed}");
        }
    }
}

#[test]
fn a_replay_of_events_triggers_nothing() {
    let mails = |inbox: &str, replay: &str| {
        let sets = [("saga.consumers[notify].inbox", inbox), ("platform.broker.replay", replay)];
        let scenario = scenario(&sets, &[]);
        let mut world = prepare(&scenario, NAIVE);
        let replay = Message::Broker(BrokerMessage::Replay { order: 0, number: 1 });
        world.input(Time::START + Duration::hours(1), scenario.model.parts.broker, replay);
        let changes = drive(&scenario, &mut world, Choices::simplest(&scenario.sites.sites));
        assert!(changes.iter().filter(|change| matches!(change, Change::Replayed { .. })).count() == STATES.len());
        world.ledger.effects.iter().filter(|effect| effect.call.order == 0).count()
    };
    assert_eq!((mails("default", "same-id"), mails("none", "same-id")), (1, 2));
    // The version of the aggregate tells a copy in a new message from news; of a new event nothing does.
    assert_eq!((mails("default", "new-id"), mails("default", "new-event")), (1, 2));
    assert_eq!(BROKER, 3);
}

#[test]
fn a_read_model_shows_every_state() {
    let shown = |patches| {
        let scenario = scenario(patches, &[]);
        let mut world = prepare(&scenario, AROUND);
        let partial = Message::Case { order: 0, step: StepIx(AROUND.tell as u16), case: OrderState::Partial as u16 };
        world.input(Time::START + Duration::mins(1), scenario.model.parts.oms_saga, partial);
        drive(&scenario, &mut world, choices(&scenario, 1, 0));
        [0, 1].map(|order| shows(&scenario, &world, "crm", Aggregate::Item, order))
    };
    let [partial, completed] = [OrderState::Partial, OrderState::Completed].map(|state| Some(state as u8));
    assert_eq!(shown(&[]), [partial, completed]);
    // What it does not know leaves the row as it was.
    assert_eq!(shown(&[("platform.readModel.states", "first-release")]), [completed, completed]);
}
