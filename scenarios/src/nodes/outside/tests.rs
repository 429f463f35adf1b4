//! People at work, over the bundled sagas and their systems.

use sim_core::{Choice, Choices, Duration, End, EventRecord, Limits, Observer, PartId, Subject, Time, World, run};

use crate::change::{CasePhase, Change};
use crate::definition::{Definition, Set, StepState};
use crate::invariants::INVARIANTS;
use crate::message::{CallRef, Decision, Message, Operation};
use crate::model::{CommandIx, ItemIx, Model, StepIx};
use crate::nodes::broker::BrokerMessage;
use crate::nodes::outside::OutsideMessage;
use crate::nodes::participant::ParticipantMessage;
use crate::scenario::Scenario;
use crate::workload::{CommandPlan, OrderPlan, Place, QuoteDefect};

/// The first number of the reconciler's cases.
const RECONCILER: u16 = 0x8000;

/// What there is to see of people. Of cases, those of the OMS.
#[derive(Debug, Default)]
struct Seen {
    /// Commands by attempt, in the order in which they arrive.
    commands: Vec<u8>,
    /// What was decided about them: the OMS's answers as they arrive.
    decisions: Vec<Decision>,
    /// What people did about cases.
    operations: Vec<Operation>,
    /// How often somebody looked at a case.
    looks: usize,
    /// Of each case that was taken up: whether it was audited and authorised.
    taken: Vec<(bool, bool)>,
    /// When it was taken up.
    times: Vec<Time>,
    /// Cases that ended with an exception, and orders that were made.
    exceptions: usize,
    orders: usize,
    /// When the last event was, and when somebody last acted of his own accord: gave a command, or corrected something.
    now: Time,
    acted: Time,
    /// Since when the run is calm.
    calm: Time,
    /// What broke.
    broken: Option<&'static str>,
}

impl Observer<Scenario> for Seen {
    fn event(&mut self, event: &EventRecord<Message>) {
        self.now = event.time;
        match event.message {
            Message::Command { attempt, .. } => self.commands.push(attempt),
            Message::CommandAnswer { decision, .. } => self.decisions.push(decision),
            Message::Operate { case: ..RECONCILER, action, .. } => self.operations.push(action),
            Message::Outside(OutsideMessage::Look { case: ..RECONCILER, .. }) => {
                self.looks += 1;
                self.times.push(event.time);
            }
            _ => {}
        }
    }

    fn sent(&mut self, _event: u32, (message, _): (&Message, &impl Fn() -> Subject), _to: PartId, _fate: u8) {
        let by_hand = matches!(message, Message::Participant(ParticipantMessage::ByHand { .. }));
        let replay = matches!(message, Message::Broker(BrokerMessage::Replay { .. }));
        if by_hand || replay || matches!(message, Message::Command { attempt: 1, .. }) {
            self.acted = self.now;
        }
    }

    fn change(&mut self, _event: u32, change: &Change) {
        match *change {
            Change::Case { case: ..RECONCILER, phase: CasePhase::Taken, audited, authorised, .. } => {
                self.taken.push((audited, authorised));
            }
            Change::Case { case: ..RECONCILER, phase: CasePhase::Excepted, .. } => self.exceptions += 1,
            Change::Created { .. } => self.orders += 1,
            _ => {}
        }
    }
}

/// A fault: site, value, and what meets it.
type Fault = (&'static str, &'static str, fn(&Model) -> Message);

/// A run to be made.
struct Script {
    saga: &'static str,
    set: &'static str,
    order: OrderPlan,
    command: Option<CommandPlan>,
    faults: Vec<Fault>,
    chaos_events: u32,
    dead_stay: bool,
    from_calm: bool,
}

impl Default for Script {
    fn default() -> Self {
        let order = OrderPlan { items: u64::MAX, ..OrderPlan::default() };
        Self {
            saga: "order-fulfilment",
            set: "",
            order,
            command: None,
            faults: Vec::new(),
            chaos_events: u32::MAX,
            dead_stay: true,
            from_calm: false,
        }
    }
}

/// Plays a script to its end, which must come by itself.
fn play(script: &Script) -> Seen {
    let sets: Vec<Set> = script.set.split_whitespace().map(|set| Set::parse(set).expect("a patch")).collect();
    let definition = Definition::bundled(script.saga, &sets).expect("the bundled saga loads");
    let scenario = Scenario::new(Model::new(&definition).expect("the bundled saga compiles"));
    let sites = &scenario.sites.sites;
    let overrides: Vec<Choice> = script
        .faults
        .iter()
        .map(|(name, value, message)| {
            let site = sites.find(name).expect("a site");
            let value = sites.get(site).values.iter().position(|known| known.name == *value).expect("a value");
            let subject = message(&scenario.model).subject(&scenario.model);
            Choice { site, subject, value: value as u64, span: false, event: 0 }
        })
        .collect();
    let mut choices = Choices::simplest(sites);
    choices.set_overrides(&overrides);
    let mut world: World<Scenario> = World::default();
    let items = script.order.items & ((1 << scenario.model.items.len()) - 1);
    world.ledger.workload.orders.push(OrderPlan { items, ..script.order });
    world.ledger.workload.commands.extend(script.command);
    let limits = Limits {
        chaos_events: script.chaos_events,
        dead_stay: script.dead_stay,
        from_calm: script.from_calm,
        stop_at_violation: false,
        ..Limits::default()
    };
    let mut seen = Seen::default();
    let outcome = run(&scenario, &mut world, &mut choices, &limits, &mut seen);
    assert!(matches!(outcome.end, End::Quiet | End::Violation) && world.is_quiet(), "{outcome:?}");
    assert_eq!(choices.unused().count(), 0, "every fault strikes: {:?}", choices.unused().collect::<Vec<_>>());
    seen.calm = world.calm();
    seen.broken = outcome.violation.map(|violation| INVARIANTS[usize::from(violation.invariant)].id);
    seen
}

/// The attempt of a step, as its request.
fn request(model: &Model, step: &str, attempt: u8) -> Message {
    let step = model.find_step(step).expect("a step");
    Message::Request { call: CallRef { order: 0, step, revision: 0, attempt }, key: 0, target: 0 }
}

fn command(place: Place) -> Option<CommandPlan> {
    Some(CommandPlan { command: CommandIx(0), order: 0, item: ItemIx(1), place, twice: false })
}

/// The place where a step comes into a state.
fn place(step: &str, state: StepState) -> Place {
    let definition = Definition::bundled("order-fulfilment", &[]).expect("the bundled saga loads");
    let model = Model::new(&definition).expect("the bundled saga compiles");
    Place::Boundary { step: model.find_step(step).expect("a step"), state: state as u8 }
}

#[test]
fn a_command_is_given_until_it_is_decided() {
    use Decision::{Accepted, AlreadyDone, Deferred, Refused};
    let check = |script: Script, commands: &[u8], decisions: &[Decision]| {
        let seen = play(&script);
        assert_eq!(seen.commands, commands, "{:?} {:?}", script.command, script.faults);
        assert_eq!(seen.decisions, decisions, "{:?} {:?}", script.command, script.faults);
    };
    let early = place("reserve-router", StepState::Sent);
    let at = |place| Script { command: command(place), ..Script::default() };
    let faulty = |faults: &[Fault]| Script { faults: faults.to_vec(), ..at(early) };
    check(at(early), &[1], &[Accepted]);
    check(at(place("reserve-router", StepState::Completed)), &[1], &[Deferred]);
    check(at(Place::After(Duration::days(3))), &[1], &[Refused]);
    let twice = command(early).map(|plan| CommandPlan { twice: true, ..plan });
    check(Script { command: twice, ..Script::default() }, &[1, 2], &[Accepted, AlreadyDone]);
    let lost: Fault = ("send.command", "lost", |_| Message::Command { placement: 0, expected: 0, attempt: 1 });
    check(faulty(&[lost]), &[2], &[Refused]);
    let unheard: Fault = ("send.command-answer", "lost", |_| Message::CommandAnswer {
        placement: 0,
        decision: Decision::Accepted,
        version: 0,
        attempt: 1,
    });
    check(faulty(&[unheard]), &[1, 2], &[AlreadyDone]);
    // After faults have ended nobody changes his mind any more.
    check(Script { chaos_events: 1, ..at(early) }, &[], &[]);
}

#[test]
fn a_case_is_taken_up_within_its_time_and_by_the_rules() {
    let fails: Fault = ("response", "validation-error", |model| request(model, "bill-router", 1));
    let check = |set, looks, taken| {
        let seen = play(&Script { set, faults: vec![fails], ..Script::default() });
        assert_eq!(seen.operations, [Operation::RetryStep], "{set}");
        assert_eq!((seen.looks, seen.taken[0]), (looks, taken), "{set}");
        assert!(seen.times.iter().all(|time| *time < Time::START + Duration::hours(8)), "{:?}", seen.times);
        assert_eq!(seen.exceptions, 0);
    };
    // The second look is the second person's.
    check("", 2, (true, true));
    check("platform.people.financialCorrections=one-person", 1, (true, false));
    check("platform.people.reasonCode=optional", 2, (false, true));
}

#[test]
fn what_does_not_help_ends_with_an_approved_exception() {
    let flawed = |quote| OrderPlan { items: u64::MAX, quote, ..OrderPlan::default() };
    let saga = "quote-to-order";
    let seen = play(&Script { saga, order: flawed(QuoteDefect::MissingEvidence), ..Script::default() });
    assert_eq!(seen.operations, [Operation::Close]);
    assert_eq!((seen.exceptions, seen.orders), (1, 0));
    let seen = play(&Script { saga, order: flawed(QuoteDefect::Expired), ..Script::default() });
    assert_eq!((seen.operations.len(), seen.orders), (0, 0), "an expired quote is no case");
    let first: Fault = ("response", "validation-error", |model| request(model, "bill-router", 1));
    let second: Fault = ("response", "validation-error", |model| request(model, "bill-router", 2));
    let seen = play(&Script { faults: vec![first, second], ..Script::default() });
    assert_eq!(seen.operations, [Operation::RetryStep; 2], "another try helps");
    let gone: Fault = ("handle.request", "dead", |model| request(model, "bill-router", 1));
    let router = OrderPlan { items: 2, ..OrderPlan::default() };
    let seen = play(&Script { order: router, faults: vec![gone], ..Script::default() });
    let (last, questions) = seen.operations.split_last().expect("people acted");
    assert_eq!((*last, seen.exceptions), (Operation::Close, 1), "a system that is gone for good");
    assert!(questions.iter().all(|action| *action == Operation::ResolveUnknown), "{questions:?}");
    // Who may not close it goes on asking for longer.
    let set = "saga.fallout.actions=[retryStep,resolveUnknown]";
    let longer = play(&Script { set, order: router, faults: vec![gone], ..Script::default() });
    assert!(longer.operations.iter().all(|action| *action == Operation::ResolveUnknown), "{:?}", longer.operations);
    assert!(longer.operations.len() > 2 * questions.len(), "{} and {}", longer.operations.len(), questions.len());
    // And once more where the system is back after all.
    let again = play(&Script { set, order: router, faults: vec![gone], dead_stay: false, ..Script::default() });
    assert_eq!((again.broken, again.operations.len()), (None, longer.operations.len() + 1));
}

/// The saga is given up after two weeks, and what its system did is taken for done.
#[test]
fn an_outcome_that_nobody_can_find_out_stays_unknown_until_the_saga_is_given_up() {
    let gone: Fault = ("handle.request", "dead", |model| request(model, "provision-connectivity", 1));
    let order = OrderPlan { items: 1, ..OrderPlan::default() };
    let dead = |set| play(&Script { set, order, faults: vec![gone], from_calm: true, ..Script::default() }).broken;
    assert_eq!(dead("saga.timeout.then=COMPENSATE saga.fallout.actions=[retryStep,resolveUnknown]"), None);
    let nowhere = "saga.timeout.then=COMPENSATE saga.unknownOutcome.QUERY_THEN_RECONCILE.unresolved=null";
    assert_eq!(dead(nowhere), Some("unknown-resolved"), "somebody could have closed it");
}

#[test]
fn nobody_is_told_that_something_is_undone_by_a_system_that_is_dead() {
    let set = "saga.fallout.actions=[retryStep,resolveUnknown]";
    let dies: Fault = ("handle.request", "dead", |model| request(model, "reserve-router", 1));
    let command = command(place("reserve-router", StepState::Sent));
    let dead = Script { set, command, faults: vec![dies], ..Script::default() };
    let told = Script { set, command, ..Script::default() };
    assert_eq!([play(&dead).broken, play(&told).broken], [None, None]);
}

#[test]
fn a_case_that_nobody_knows_is_given_up() {
    let definition = Definition::bundled("order-fulfilment", &[]).expect("the bundled saga loads");
    let scenario = Scenario::new(Model::new(&definition).expect("the bundled saga compiles"));
    let mut world: World<Scenario> = World::default();
    world.ledger.workload.orders.push(OrderPlan { items: 1, ..OrderPlan::default() });
    world.reset(&scenario);
    let outside = scenario.model.parts.outside;
    world.input(Time::START, outside, Message::Case { order: 0, step: StepIx(0), case: 99 });
    let mut seen = Seen::default();
    let mut choices = Choices::simplest(&scenario.sites.sites);
    let outcome = sim_core::resume(&scenario, &mut world, &mut choices, &Limits::default(), &mut seen);
    assert_eq!(outcome.end, End::Quiet, "{outcome:?}");
    assert!((2..200).contains(&seen.operations.len()), "repeated, and given up: {}", seen.operations.len());
}

/// What somebody does of his own accord brings about more: that is owed from then on, not from the last fault.
#[test]
fn what_people_do_of_their_own_accord_disturbs_a_run() {
    let undisturbed = play(&Script::default());
    assert_eq!((undisturbed.acted, undisturbed.calm), (Time::START, Time::START));
    let corrects: Fault = ("correction", "extra-record", |model| {
        Message::Outside(OutsideMessage::Correct { order: 0, step: model.find_step("bill-router").expect("a step") })
    });
    let replays: Fault = ("replay", "events", |model| {
        let item = ItemIx((model.items.len() - 1) as u8);
        Message::Outside(OutsideMessage::Replay { order: 0, item })
    });
    let commands = Script { command: command(place("reserve-router", StepState::Sent)), ..Script::default() };
    let faulty = |fault| Script { faults: vec![fault], ..Script::default() };
    for script in [commands, faulty(corrects), faulty(replays)] {
        let seen = play(&script);
        assert!(seen.acted > Time::START, "{:?} {:?}", script.command, script.faults);
        assert_eq!(seen.calm, seen.acted, "{:?} {:?}", script.command, script.faults);
    }
}
