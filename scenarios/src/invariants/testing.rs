//! Scripts of changes and real effects for the tests of invariants, over one small model.
//!
//! The model: a router (reserve, ship, record, bill on shipping), a connectivity (provision, bill), a support that relies on the
//! connectivity; a read model `crm`, a consumer `notify` that sends the notice of cancelled items, one reconcile rule.

use sim_core::{Duration, Time, Violation, World};

use super::INVARIANTS;
use crate::change::Change;
use crate::definition::{Definition, Embedded};
use crate::ledger::Effect;
use crate::message::CallRef;
use crate::model::{ChargeIx, EffectIx, ItemIx, Model, StepIx};
use crate::scenario::Scenario;
use crate::workload::OrderPlan;

pub const ROUTER: ItemIx = ItemIx(0);
pub const CONNECTIVITY: ItemIx = ItemIx(1);
pub const SUPPORT: ItemIx = ItemIx(2);

pub const RESERVE: StepIx = StepIx(0);
pub const SHIP: StepIx = StepIx(1);
pub const RECORD: StepIx = StepIx(2);
pub const BILL: StepIx = StepIx(3);
pub const PROVISION: StepIx = StepIx(4);
pub const BILL_ACCESS: StepIx = StepIx(5);
pub const ACTIVATE: StepIx = StepIx(6);
pub const RELEASE: StepIx = StepIx(7);
pub const CREDIT: StepIx = StepIx(8);
pub const DISCONNECT: StepIx = StepIx(9);
pub const NOTIFY: StepIx = StepIx(10);

pub const HARDWARE: ChargeIx = ChargeIx(0);
pub const CRM: u8 = 0;
pub const STATE_CHANGED: u8 = 0;
pub const NOTICE: u8 = 1;

/// One line of a script.
#[derive(Clone, Copy, Debug)]
pub enum Do {
    /// Time goes on until so long after the start.
    At(Duration),
    /// A change is reported.
    Tell(Change),
    /// A row is added to the ledger, and reported.
    Effect(Effect),
    /// An undo of the row of this number is added, by this step.
    Undo(StepIx, u32),
    /// Faults end; without it, there was none.
    Heal,
    /// The run ends.
    Finish,
}

/// A script must break the invariant, and its near miss must not, though the invariant has something to judge in it.
pub fn check(id: &str, breaks: &[Do], holds: &[Do]) {
    let (scenario, violations, _) = run(id, breaks);
    let violation = violations.first().unwrap_or_else(|| panic!("{id}: the breach was not seen"));
    let entry = &INVARIANTS[usize::from(violation.invariant)];
    let story = (entry.story)(&scenario, violation);
    assert!(story.contains("order-1"), "{id}: the story does not say which order: {story}");
    let _ = (entry.definition)(&scenario, violation);
    holds_for(id, holds);
}

/// A script that gives the invariant something to judge and does not break it.
pub fn holds_for(id: &str, holds: &[Do]) {
    let (_, violations, judged) = run(id, holds);
    assert_eq!(violations, [], "{id}: a false alarm");
    assert!(judged > 0, "{id}: nothing was judged");
}

/// A script in which the invariant finds nothing that it would have to judge.
pub fn is_silent(id: &str, script: &[Do]) {
    let (_, violations, judged) = run(id, script);
    assert_eq!((violations, judged), (vec![], 0), "{id}");
}

/// Runs a script and gives the violations of one invariant, and how often it judged.
pub fn run(id: &str, script: &[Do]) -> (Scenario, Vec<Violation>, u32) {
    let index = INVARIANTS.iter().position(|entry| entry.id == id).unwrap_or_else(|| panic!("no invariant {id}"));
    let scenario = Scenario::new(model());
    let mut world = World::<Scenario>::default();
    let order = OrderPlan { items: 0b111, ..OrderPlan::default() };
    world.ledger.workload.orders = vec![order, OrderPlan { items: 0b001, ..order }];
    world.reset(&scenario);
    let mut now = Time::START;
    let mut finished = false;
    for line in script {
        match *line {
            Do::At(span) => now = Time::START + span,
            Do::Tell(change) => world.judge_at(&scenario, now, &[change]),
            Do::Effect(effect) => add(&scenario, &mut world, now, effect),
            Do::Undo(step, undone) => {
                let mut effect = undo(&scenario.model, step, *world.ledger.effect(EffectIx(undone)));
                effect.undoes = Some(EffectIx(undone));
                add(&scenario, &mut world, now, effect);
            }
            Do::Heal => world.faulted_until(now),
            Do::Finish => {
                world.now = now;
                world.finish(&scenario, false);
                finished = true;
            }
        }
    }
    // The twins judge the ledger; what is not in it they cannot see.
    // Neither can they see what nodes would hold in a whole run.
    let always = INVARIANTS[index].strictness == sim_core::Strictness::Always;
    let has_rows = always && !world.ledger.effects.is_empty();
    if let Some(agrees) = scenario_invariant(&scenario, index).check_all(&world, &scenario).filter(|_| has_rows) {
        let broken = world.verdicts.violations.iter().any(|v| usize::from(v.invariant) == index && v.due.is_none());
        assert!(agrees != broken || finished, "{id}: the slow twin says {agrees}, the violations say {broken}");
    }
    let violations = world.verdicts.violations.iter().filter(|v| usize::from(v.invariant) == index).copied().collect();
    let judged = world.verdicts.judged().nth(index).expect("it is one of the invariants");
    (scenario, violations, judged)
}

fn scenario_invariant(scenario: &Scenario, index: usize) -> &dyn sim_core::Invariant<Scenario> {
    use sim_core::Domain;
    &*scenario.invariants()[index]
}

fn add(scenario: &Scenario, world: &mut World<Scenario>, now: Time, effect: Effect) {
    let effect = world.ledger.add(Effect { time: now, ..effect });
    world.judge_at(scenario, now, &[Change::Effect { effect }]);
}

/// The first attempt of a step of the first order.
pub fn call(step: StepIx) -> CallRef {
    CallRef { order: 0, step, revision: 0, attempt: 1 }
}

/// What the step does in the first order, as asked for.
pub fn effect(step: StepIx) -> Effect {
    let model = model();
    let found = model.step(step);
    let operation = found.call.expect("the step calls an operation");
    Effect {
        time: Time::START,
        event: sim_core::hash::Unhashed(1),
        call: call(step),
        key: u64::from(step.0) + 1,
        operation,
        kind: model.operation(operation).effect,
        record: u32::from(step.0) + 100,
        amount: found.charge.map_or(0, |charge| model.charges[charge.ix()].amount),
        undoes: None,
        undone_by: None,
        partial: false,
        wrong: false,
    }
}

/// A line that lets the step have its effect.
pub fn does(step: StepIx) -> Do {
    Do::Effect(effect(step))
}

fn undo(model: &Model, step: StepIx, undone: Effect) -> Effect {
    let operation = model.step(step).call.expect("the step calls an operation");
    let call = CallRef { step, ..undone.call };
    Effect { call, operation, amount: -undone.amount, undone_by: None, key: undone.key + 1000, ..undone }
}

/// A model of three items.
pub fn model() -> Model {
    let texts = [
        ("testing.saga.yaml", include_str!("testing.yaml")),
        ("participants.yaml", include_str!("testing.participants.yaml")),
    ];
    let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    let embedded = Embedded { given: vec!["testing.saga.yaml".into()], texts };
    let definition = Definition::from_sources(&embedded, &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
    let model = Model::new(&definition).unwrap_or_else(|errors| panic!("{errors:?}"));
    let named = [
        (RESERVE, "reserve-router"),
        (ACTIVATE, "activate-support"),
        (RELEASE, "release-router"),
        (CREDIT, "credit-router"),
        (DISCONNECT, "disconnect"),
    ];
    for (step, id) in named {
        assert_eq!(model.step(step).id, id);
    }
    assert_eq!(model.undo_end, NOTIFY.0);
    model
}
