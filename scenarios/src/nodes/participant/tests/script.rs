//! Scripts: what is asked of a system and when, and what there is to see of it.

use sim_core::hash::name;
use sim_core::{Choice, Choices, Duration, Latency, Limits, Observer, PartId, Time, World};

use crate::change::Change;
use crate::definition::{Definition, Set};
use crate::ledger::Ledger;
use crate::message::{CallRef, Message};
use crate::model::Model;
use crate::nodes::reconciler::ReconcilerMessage;
use crate::scenario::Scenario;
use crate::workload::{OrderPlan, Workload};

pub(super) const CHARGE: &str = "participants.billing.operations.charge";

/// What there is to see of a system.
pub(super) struct Seen<'m> {
    model: &'m Model,
    answers: Vec<String>,
    changes: Vec<String>,
}

impl Seen<'_> {
    fn call(&self, call: CallRef) -> String {
        format!("{}/{}", self.model.step(call.step).id, call.attempt)
    }
}

impl Observer<Scenario> for Seen<'_> {
    fn sent(&mut self, _event: u32, (message, _): (&Message, &impl Fn() -> sim_core::Subject), _to: PartId, _fate: u8) {
        let line = match *message {
            Message::Reply { call, answer, record, .. } => format!("{} {answer:?} {record}", self.call(call)),
            Message::Callback { call, answer, record, id, copy, .. } => {
                format!("callback {} {answer:?} {record} id {id} copy {copy}", self.call(call))
            }
            Message::QueryReply { call, finding, record, .. } => format!("? {} {finding:?} {record}", self.call(call)),
            Message::Reconciler(ReconcilerMessage::RecordChanged { .. }) => {
                self.changes.push("the reconciler is told".to_owned());
                return;
            }
            _ => return,
        };
        self.answers.push(line);
    }

    fn change(&mut self, _event: u32, change: &Change) {
        match *change {
            Change::Charge { before, after, .. } => self.changes.push(format!("charge {before:?} {after:?}")),
            Change::Product { before, after, .. } => self.changes.push(format!("product {before} {after}")),
            Change::Answered { record, repeated, refused, .. } => {
                self.changes.push(format!("answered {record} repeated {repeated} refused {refused}"));
            }
            _ => {}
        }
    }
}

/// A line of a script: when, what, under which key; then in any order `>TARGET`, `=RESPONSE`, `!crash` (after the
/// commit), `~TIME` (the system stands still that long before it takes the request in), `#ORDER`, `rREVISION`. A question begins with `?`, that of a person with `??`. When a price list is published
/// is a line of its own: `TIME prices`.
pub(super) struct Line {
    at: Time,
    call: CallRef,
    key: u64,
    target: u64,
    question: Option<bool>,
    response: Option<u64>,
    crash: bool,
    pause: Option<Duration>,
}

pub(super) fn span(text: &str) -> Duration {
    let digits = text.find(|c: char| !c.is_ascii_digit()).expect("a unit");
    let number: u64 = text[..digits].parse().expect("a number");
    match &text[digits..] {
        "ms" => Duration::millis(number),
        "s" => Duration::secs(number),
        "m" => Duration::mins(number),
        "h" => Duration::hours(number),
        "d" => Duration::days(number),
        unit => panic!("no unit {unit}"),
    }
}

pub(super) fn line(model: &Model, text: &str) -> Line {
    let mut words = text.split_whitespace();
    let at = Time::START + span(words.next().expect("a time"));
    let what = words.next().expect("a call");
    let question = what.starts_with('?').then(|| what.starts_with("??"));
    let (step, attempt) = what.trim_start_matches('?').split_once('/').expect("an attempt");
    let step = model.find_step(step).unwrap_or_else(|| panic!("no step {step}"));
    let key = words.next().expect("a key");
    let key = if key == "-" { 0 } else { name(key) };
    let mut call = CallRef { order: 0, step, revision: 0, attempt: attempt.parse().expect("an attempt") };
    let (mut target, mut response, mut crash, mut pause) = (0, None, false, None);
    for word in words {
        match word.split_at(1) {
            (">", key) => target = name(key),
            ("=", named) => {
                response = crate::sites::RESPONSES.iter().position(|r| *r == named).map(|value| value as u64);
                assert!(response.is_some(), "no response {named}");
            }
            ("!", "crash") => crash = true,
            ("~", time) => pause = Some(span(time)),
            ("#", order) => call.order = order.parse().expect("an order"),
            ("r", revision) => call.revision = revision.parse().expect("a revision"),
            _ => panic!("what is {word}?"),
        }
    }
    Line { at, call, key, target, question, response, crash, pause }
}

pub(super) fn scenario(sets: &[(&str, &str)]) -> Scenario {
    let sets: Vec<Set> = sets.iter().map(|(path, value)| Set::new(path, value).expect("a path")).collect();
    let definition = Definition::bundled("order-fulfilment", &sets).expect("it loads");
    let mut scenario = Scenario::new(Model::new(&definition).expect("it compiles"));
    // A script says how long a system stands still, which may be longer than one pause lasts elsewhere.
    scenario.extents.pause = Latency::Uniform(Duration::ZERO, Duration::days(1));
    scenario
}

/// Plays a script; gives the answers, the ledger in words, and the changes of books and keys.
pub(super) fn play(sets: &[(&str, &str)], script: &[&str]) -> (Vec<String>, Vec<String>, Vec<String>) {
    let scenario = scenario(sets);
    let model = &scenario.model;
    let (published, calls): (Vec<&str>, Vec<&str>) = script.iter().partition(|text| text.ends_with(" prices"));
    let lines: Vec<Line> = calls.iter().map(|text| line(model, text)).collect();
    let mut published = published.iter().map(|text| Time::START + span(text.trim_end_matches(" prices"))).peekable();
    let handle = scenario.sites.sites.find("handle.request").expect("a site");
    let mut overrides = Vec::new();
    for line in &lines {
        let subject = line.call.subject(model);
        let mut choose = |site, value| {
            overrides.push(Choice { site, subject, value, span: false, event: 0 });
        };
        if let Some(value) = line.response {
            choose(scenario.sites.response, value);
        }
        if line.crash {
            choose(handle, 2);
        }
        if let Some(pause) = line.pause {
            choose(handle, 5);
            overrides.push(Choice { site: handle, subject, value: pause.0, span: true, event: 0 });
        }
    }
    let mut choices = Choices::simplest(&scenario.sites.sites);
    choices.set_overrides(&overrides);
    let mut world = World::default();
    // The orders are known, and their own sagas begin when all of this is over.
    let order = OrderPlan { arrival: Duration::days(3_000), items: u64::MAX, ..OrderPlan::default() };
    world.ledger = Ledger { workload: Workload { orders: vec![order; 4], ..Workload::default() }, ..Ledger::default() };
    world.reset(&scenario);
    for Line { at, call, key, target, question, .. } in &lines {
        let (call, key, target) = (*call, *key, *target);
        let op = model.step(call.step).call.expect("a step with a call");
        let part = model.systems[model.operation(op).system.ix()].part;
        let message = match question {
            None => Message::Request { call, key, target },
            Some(person) => Message::Query { call, key, poll: call.attempt, person: *person },
        };
        world.input(*at, part, message);
    }
    let mut seen = Seen { model, answers: Vec::new(), changes: Vec::new() };
    let limits = Limits { time: Duration::days(2_000), ..Limits::default() };
    while let Some(next) = world.pending().map(|(time, _)| time).min().filter(|time| *time < Time::START + limits.time)
    {
        while published.next_if(|at| *at <= next).is_some() {
            world.ledger.catalogue.publish();
        }
        world.step(&scenario, &mut choices, &mut seen);
    }
    assert_eq!(choices.unused().count(), 0, "a response was not asked for");
    let effects = world.ledger.effects.iter().map(|effect| {
        let mut text = format!("{} {}", model.step(effect.call.step).id, effect.amount);
        if let Some(undone) = effect.undoes {
            text += &format!(" undoes {}", undone.0);
        }
        for (is, word) in [(effect.partial, " partial"), (effect.wrong, " wrong")] {
            text += if is { word } else { "" };
        }
        text
    });
    (seen.answers, effects.collect(), seen.changes)
}

#[track_caller]
pub(super) fn check(sets: &[(&str, &str)], script: &[&str], answers: &[&str], effects: &[&str]) {
    let (found, ledger, _) = play(sets, script);
    assert_eq!(found, answers, "answers to {script:?} under {sets:?}");
    assert_eq!(ledger, effects, "effects of {script:?} under {sets:?}");
}
