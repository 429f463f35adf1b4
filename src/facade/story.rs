//! A failing run, told.

use reports::{Mark, StoryLine};
use scenarios::campaign::Simulation;
use scenarios::change::{Change, Why};
use scenarios::definition::{Keyword, OrderState, StepState};
use scenarios::invariants::INVARIANTS;
use scenarios::message::{CallRef, Message};
use scenarios::model::Names;
use scenarios::replay::{Recording, choice_text};
use scenarios::scenario::Scenario;
use sim_core::{Choice, EventRecord, Observer, Outcome, PartId, Time, Violation};

/// A story has at most so many lines.
const LINES: usize = 12;

/// Keeps what can be told.
#[derive(Default)]
pub struct Scribe {
    now: Time,
    event: u32,
    entries: Vec<(Time, u32, Entry)>,
}

#[derive(Clone, Copy)]
enum Entry {
    Change(Change),
    Event(Message, PartId),
    Healed,
}

impl Observer<Scenario> for Scribe {
    fn event(&mut self, event: &EventRecord<Message>) {
        self.now = event.time;
        self.event = event.id;
        self.entries.push((event.time, event.id, Entry::Event(event.message, event.to)));
    }

    fn change(&mut self, event: u32, change: &Change) {
        self.entries.push((self.now, event, Entry::Change(*change)));
    }

    fn healed(&mut self, time: Time) {
        self.entries.push((time, self.event, Entry::Healed));
    }
}

/// Runs a recording and tells it.
#[must_use]
pub fn tell(simulation: &Simulation, recording: &Recording) -> (Vec<StoryLine>, Outcome, u64, Vec<String>) {
    let mut worker = simulation.replayer();
    let mut scribe = Scribe::default();
    let outcome = simulation.replay(&mut worker, recording, &mut scribe);
    let unused = worker.choices.unused().count() as u64;
    let made = worker.choices.made().to_vec();
    let faults: Vec<Choice> = recording.faults().copied().collect();
    let lines = scribe.lines(&simulation.scenario, (&faults, &made), outcome.violation.as_ref());
    let trace = scribe.trace(&simulation.scenario);
    (lines, outcome, unused, trace)
}

impl Scribe {
    fn lines(
        &self,
        scenario: &Scenario,
        (faults, made): (&[Choice], &[Choice]),
        violation: Option<&Violation>,
    ) -> Vec<StoryLine> {
        let names = Names::new(&scenario.model);
        let place = violation.map(|violation| scenarios::invariants::subject::unpack(violation.subject));
        let mut ranked: Vec<(u8, StoryLine)> = Vec::new();
        for (n, fault) in faults.iter().enumerate() {
            let happened = made.iter().find(|m| (m.site, m.subject) == (fault.site, fault.subject));
            let Some(happened) = happened else { continue };
            let at = self.time_of(happened.event);
            let text = fault_text(scenario, &names, fault);
            let line = StoryLine {
                at_ms: at.0 / 1_000,
                who: "fault".to_owned(),
                text,
                changed: vec![],
                mark: Mark::Fault(n as u32 + 1),
            };
            ranked.push((0, line));
        }
        for (time, _, entry) in &self.entries {
            let Entry::Change(change) = entry else {
                if let Entry::Healed = entry
                    && violation.is_some_and(|violation| violation.due.is_some())
                {
                    let text = "from here on nothing goes wrong any more".to_owned();
                    ranked.push((1, line_at(*time, "world", text)));
                }
                continue;
            };
            if let Some((rank, who, text)) =
                words(scenario, change, place.map(|place| (place.order, place.item, place.step)))
            {
                ranked.push((rank, line_at(*time, &who, text)));
            }
        }
        ranked.sort_by_key(|(_, line)| line.at_ms);
        for rank in (1..=5).rev() {
            while ranked.len() > LINES - 1 {
                let Some(at) = ranked.iter().position(|(r, _)| *r == rank) else { break };
                ranked.remove(at);
            }
        }
        ranked.truncate(LINES - 1);
        let mut lines: Vec<StoryLine> = ranked.into_iter().map(|(_, line)| line).collect();
        if let Some(violation) = violation {
            let entry = &INVARIANTS[usize::from(violation.invariant)];
            let text = (entry.story)(scenario, violation);
            lines.push(StoryLine {
                at_ms: violation.time.0 / 1_000,
                who: entry.id.to_owned(),
                text,
                changed: vec![],
                mark: Mark::Violation,
            });
        }
        lines
    }

    fn time_of(&self, event: u32) -> Time {
        self.entries.iter().find(|(_, id, _)| *id >= event).map_or(self.now, |(time, ..)| *time)
    }

    /// Every event, a line each.
    fn trace(&self, scenario: &Scenario) -> Vec<String> {
        let entries = self.entries.iter().map(|(time, id, entry)| match entry {
            Entry::Event(message, to) => {
                let names = format!("{:?}", message.channel(&scenario.model));
                format!("{time} #{id} part {} {names} {message:?}", to.0)
            }
            Entry::Change(change) => format!("{time} #{id}   {change:?}"),
            Entry::Healed => format!("{time} #{id} from here on nothing goes wrong any more"),
        });
        entries.collect()
    }
}

fn line_at(time: Time, who: &str, text: String) -> StoryLine {
    StoryLine { at_ms: time.0 / 1_000, who: who.to_owned(), text, changed: vec![], mark: Mark::None }
}

/// What a fault is, in words.
#[must_use]
pub fn fault_text(scenario: &Scenario, names: &Names, choice: &Choice) -> String {
    let kind = scenario.sites.sites.kind(choice.site, choice.value as u8);
    let title = kind.map_or("something goes wrong", |kind| fault_models::fault(kind).title);
    format!("{title} ({})", choice_text(scenario, names, choice))
}

fn words(
    scenario: &Scenario,
    change: &Change,
    place: Option<(u16, Option<scenarios::model::ItemIx>, Option<scenarios::model::StepIx>)>,
) -> Option<(u8, String, String)> {
    let model = &scenario.model;
    let (order, item, step) = place?;
    let step_name = |order: u16, step| model.describe_call(CallRef { order, step, ..CallRef::default() });
    match *change {
        Change::Effect { effect: _ } => None,
        Change::Sent { call, .. } if call.order == order => {
            let op = model.step(call.step).call.map_or("", |op| model.operation(op).id.as_str());
            let near = step == Some(call.step) || item == Some(model.step(call.step).item);
            let text = format!("sends {op} for {} (attempt {})", step_name(call.order, call.step), call.attempt);
            Some((
                if step == Some(call.step) {
                    1
                } else if near {
                    3
                } else {
                    5
                },
                "oms".to_owned(),
                text,
            ))
        }
        Change::Answered { call, repeated, refused, .. } if call.order == order => {
            let op = model.step(call.step).call?;
            let who = model.systems[model.operation(op).system.ix()].id.clone();
            let did = if refused {
                "refuses"
            } else if repeated {
                "recognises and answers again"
            } else {
                "carries out"
            };
            let near = step == Some(call.step) || item == Some(model.step(call.step).item);
            let text = format!("{did} {} for {}", model.operation(op).id, step_name(call.order, call.step));
            Some((
                if step == Some(call.step) {
                    1
                } else if near {
                    2
                } else {
                    5
                },
                who,
                text,
            ))
        }
        Change::Step { order: of, step: changed, after, why, .. } if of == order => {
            let near = step == Some(changed) || item == Some(model.step(changed).item);
            let rank = match after {
                StepState::Unknown | StepState::Compensating | StepState::CompensationFailed | StepState::Failed
                    if near =>
                {
                    1
                }
                StepState::Completed | StepState::Compensated if near => 3,
                StepState::Unknown | StepState::Failed | StepState::Rejected => 4,
                _ => return None,
            };
            let because = because(why);
            Some((rank, "oms".to_owned(), format!("{} is {}{because}", step_name(order, changed), after.word())))
        }
        Change::Item { order: of, item: changed, after, .. } if of == order => {
            let near = item == Some(changed);
            let said =
                matches!(after, OrderState::Cancelled | OrderState::Completed | OrderState::Failed | OrderState::Held);
            let name = &model.items[changed.ix()].id;
            said.then(|| {
                (
                    if near { 2 } else { 5 },
                    "oms".to_owned(),
                    format!("item {name} of order-{} is {}", order + 1, after.word()),
                )
            })
        }
        Change::Command { order: of, item: about, decision, .. } if of == order => {
            let text = format!(
                "asks for item {} of order-{} to be cancelled: {decision:?}",
                model.items[about.ix()].id,
                order + 1
            );
            Some((1, "customer".to_owned(), text.to_lowercase()))
        }
        Change::Created { order: of, instances, .. } if of == order => Some((
            2,
            "oms".to_owned(),
            format!("creates order-{}{}", order + 1, if instances > 1 { " a second time" } else { "" }),
        )),
        _ => None,
    }
}

fn because(why: Why) -> &'static str {
    match why {
        Why::TimedOut => ": nobody answered in time",
        Why::Confirmed => ": the participant says it is done",
        Why::FoundAbsent => ": the participant knows nothing of it",
        Why::Cancelled | Why::Undone => ": the item goes",
        Why::LateSuccess => ": its success came late",
        Why::Refused => ": the participant refused",
        Why::Failed => ": the attempts are used up",
        Why::GivenUp => ": given up without an answer",
        Why::Person => ": a person decided",
        _ => "",
    }
}
