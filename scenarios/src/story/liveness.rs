//! Why something that had to come never came.
//!
//! - *stuck*: nothing is left to happen, so it can never come any more;
//! - *livelock*: the same events bring each other about over and over, to the end of the budget;
//! - *slow*: it came after its deadline, or the budget ended before it could.
//!
//! A cycle is found by going from the last events back to what caused them. A chain of causes that passes the same
//! places in the same order three times and more is one; everything else that goes on beside it does not disturb it.
//! Attempts and serial numbers do not count: a retry that only counts its attempts makes no progress.

use sim_core::{Domain, HANDLE_FATES, PartId, SEND_FATES, Standing, Strictness, Time, Violation, World};

use super::choose::about;
use super::place::Place;
use super::scene::Scene;
use super::words::{Words, states};
use crate::change::{CasePhase, Change, SagaState};
use crate::definition::{Keyword, StepState};
use crate::invariants::{COMES_TO_REST, INVARIANTS, told_promise};
use crate::message::Message;
use crate::model::StepIx;
use crate::scenario::Scenario;
use crate::trace::Trace;

/// How an obligation came not to be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing is left to happen.
    Stuck,
    /// The same happens over and over.
    Livelock,
    /// It came late, or is still on its way when the budget ends.
    Slow,
}

impl Class {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::Livelock => "livelock",
            Self::Slow => "slow",
        }
    }
}

/// Why something that had to come never came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liveness {
    /// How.
    pub class: Class,
    /// What it waits for, in one sentence.
    pub reason: String,
    /// Of a livelock: the events that bring each other about, in their order.
    pub cycle: Vec<String>,
    /// How often they were seen to do so.
    pub turns: usize,
}

/// The longest cycle that is looked for, in events.
const CYCLE_MAX: usize = 64;
/// So often it has to be seen.
const TURNS_MIN: usize = 3;
/// So many of the last events may be part of it.
const LAST: usize = 64;

/// Says why an obligation was not met, given the world after the run. `None` for what must hold always.
#[must_use]
pub fn liveness(
    scenario: &Scenario,
    trace: &Trace,
    world: &World<Scenario>,
    violation: &Violation,
) -> Option<Liveness> {
    let entry = INVARIANTS.get(usize::from(violation.invariant))?;
    let endless = !world.is_quiet();
    // A run that was stopped where something broke is at work too, but not for ever.
    let stopped = violation.due.is_none() && endless && entry.id != COMES_TO_REST;
    if entry.strictness != Strictness::Eventually || stopped {
        return None;
    }
    let words = Words::new(scenario, &world.ledger);
    let scene = Scene::new(trace);
    let place = about(violation);
    let cycle = if endless { cycle(&words, &scene) } else { None };
    let is_this = |o: &&sim_core::Obligation| (o.invariant, o.subject) == (violation.invariant, violation.subject);
    // What was owed, met and owed again stands there twice; the one that was met in time is not the one that broke.
    let met = world.verdicts.obligations.iter().filter(is_this).find_map(|obligation| match obligation.standing {
        Standing::Met(at) => violation.due.is_some_and(|due| at > due).then_some(at),
        _ => None,
    });
    let class = match (&cycle, endless, met) {
        (Some(_), ..) => Class::Livelock,
        (None, true, _) | (None, false, Some(_)) => Class::Slow,
        (None, false, None) => Class::Stuck,
    };
    let promised = told_promise(scenario, violation);
    let mut parts = vec![match (class, met, violation.due) {
        (Class::Stuck, ..) => "nothing is left to happen".to_owned(),
        (Class::Livelock, ..) => "the same goes on for ever".to_owned(),
        (Class::Slow, Some(at), Some(due)) => match promised {
            Some(_) => "it came too late".to_owned(),
            None => format!("it came at {at}, and was due at {due}"),
        },
        (Class::Slow, ..) => format!("the run was still at work at {} when its budget ended", world.now),
    }];
    parts.extend(promised);
    parts.extend(waits(&words, &scene, &place));
    parts.extend(lost(&words, &scene, &place));
    parts.extend(down(&words, world));
    if class != Class::Slow {
        parts.extend(nobody(&words, &scene, &place));
    }
    let (cycle, turns) = cycle.unwrap_or_default();
    Some(Liveness { class, reason: parts.join("; "), cycle, turns })
}

/// The state that a step is waiting in and the request that has no answer.
fn waits(words: &Words<'_>, scene: &Scene, place: &Place) -> Vec<String> {
    let Some(order) = place.order else { return Vec::new() };
    let mut states: Vec<(StepIx, StepState, Time)> = Vec::new();
    let mut saga = None;
    let mut asked: Vec<(StepIx, u8, Time)> = Vec::new();
    for moment in &scene.moments {
        let at = moment.event.time;
        for (_, change) in &moment.changes {
            match *change {
                Change::Step { order: of, step, after, .. } if of == order => {
                    states.retain(|(known, ..)| *known != step);
                    states.push((step, after, at));
                }
                Change::Saga { order: of, after, .. } if of == order => saga = Some((after, at)),
                Change::Sent { call, .. } if call.order == order => {
                    asked.retain(|(known, ..)| *known != call.step);
                    asked.push((call.step, call.attempt, at));
                }
                _ => {}
            }
        }
    }
    let waiting = |state| matches!(state, StepState::Sent | StepState::Unknown | StepState::Compensating);
    let is_near = |step: StepIx| match (place.step, place.item) {
        (Some(own), _) => own == step,
        (None, Some(item)) => words.model().steps.get(step.ix()).is_some_and(|step| step.item == item),
        (None, None) => true,
    };
    let mut parts = Vec::new();
    let own = states.iter().find(|(step, state, _)| is_near(*step) && waiting(*state));
    // What something waits for may be a step before it.
    let found = own.or_else(|| states.iter().find(|(_, state, _)| waiting(*state)));
    if let Some((step, state, since)) = found {
        parts.push(format!("{} is {} since {since}", words.step_of(order, *step), state.word()));
        if let Some((_, attempt, at)) = asked.iter().find(|(known, ..)| known == step) {
            parts.push(format!("its last request, attempt {attempt}, left at {at}"));
        }
    } else if let Some(step) = place.step {
        let state = states.iter().find(|(known, ..)| *known == step);
        parts.extend(
            state.map(|(_, state, at)| format!("{} is {} since {at}", words.step_of(order, step), state.word())),
        );
    }
    match saga {
        Some((SagaState::Completed | SagaState::Compensated | SagaState::ManuallyClosed, _)) | None => {}
        Some((state, since)) => {
            parts.push(format!("the saga of {} is {} since {since}", words.order(order), states::saga(state)));
        }
    }
    parts
}

/// Messages about it that were lost, or that reached a part that was down.
fn lost(words: &Words<'_>, scene: &Scene, place: &Place) -> Vec<String> {
    let is_about = |message: &Message| {
        let other = Place::of_message(words, message);
        other.order.is_some()
            && other.order == place.order
            && (place.item.is_none() || other.item == place.item)
            && (place.step.is_none() || other.step.is_none() || other.step == place.step)
            && (place.event.is_none() || other.event.is_none() || other.event == place.event)
    };
    let mut parts = Vec::new();
    let last_lost = scene
        .moments
        .iter()
        .flat_map(|moment| moment.sent.iter().map(move |sent| (moment, sent)))
        .rfind(|(_, sent)| SEND_FATES[usize::from(sent.fate)] == "lost" && is_about(&sent.message));
    if let Some((moment, sent)) = last_lost {
        parts.push(format!("{} was lost at {}", words.message(&sent.message), moment.event.time));
    }
    if let Some((_, time, message, part)) = scene.missed.iter().rfind(|(_, _, message, _)| is_about(message)) {
        parts.push(format!("{} was down when {} came at {time}", words.who(*part), words.message(message)));
    }
    let crashed = |fate: u8| matches!(HANDLE_FATES[usize::from(fate)], "crash-after-commit" | "lost-commit-response");
    let cut = scene.moments.iter().rfind(|moment| crashed(moment.fate) && is_about(&moment.event.message));
    if let Some(moment) = cut.filter(|_| parts.is_empty()) {
        let (who, at) = (words.who(moment.event.to), moment.event.time);
        parts.push(format!("what {who} was to send after {} got lost at {at}", words.message(&moment.event.message)));
    }
    parts
}

/// Systems that are down when the run ends.
fn down(words: &Words<'_>, world: &World<Scenario>) -> Vec<String> {
    let parts = (0..words.scenario.parts().len()).map(|part| PartId(part as u8));
    parts.filter(|part| !world.is_up(*part)).map(|part| format!("{} is down for good", words.who(part))).collect()
}

/// The person who did not act, or who was never asked. A case that was taken and opened anew under another number goes on
/// under that.
fn nobody(words: &Words<'_>, scene: &Scene, place: &Place) -> Option<String> {
    let mut open: Vec<(u16, StepIx, Time)> = Vec::new();
    let mut ended: Option<(StepIx, Time, &str)> = None;
    for moment in &scene.moments {
        for (_, change) in &moment.changes {
            let Change::Case { order, step, case, phase, .. } = *change else { continue };
            if place.order != Some(order) {
                continue;
            }
            match phase {
                CasePhase::Opened => open.push((case, step, moment.event.time)),
                CasePhase::Taken | CasePhase::Closed | CasePhase::Excepted => {
                    open.retain(|(known, ..)| *known != case);
                    let how = match phase {
                        CasePhase::Taken => "was taken by a person",
                        CasePhase::Excepted => "was closed with an exception",
                        _ => "was closed",
                    };
                    ended = Some((step, moment.event.time, how));
                }
            }
        }
    }
    let order = place.order?;
    Some(match (open.last(), ended) {
        (Some((_, step, since)), _) => {
            format!("the case about {}, opened at {since}, was closed by nobody", words.step_of(order, *step))
        }
        (None, Some((step, at, how))) => {
            format!("the case about {} {how} at {at}, and no other is open", words.step_of(order, step))
        }
        (None, None) => "no case is open, so no person knows".to_owned(),
    })
}

/// What an event is, without what counts how often it came.
type Step = (PartId, crate::message::Channel, u64, Option<u16>, bool);

/// The events that bring each other about over and over, and how often they did.
fn cycle(words: &Words<'_>, scene: &Scene) -> Option<(Vec<String>, usize)> {
    let first = scene.moments.len().saturating_sub(LAST);
    let best = (first..scene.moments.len()).rev().filter_map(|last| {
        let path = causes(scene, last);
        let steps: Vec<Step> = path.iter().map(|at| step_of(words, scene, *at)).collect();
        let (length, turns) = turns(&steps)?;
        Some((turns, path[..length].to_vec()))
    });
    let (turns, mut path) = best.max_by_key(|(turns, path)| (turns * path.len(), std::cmp::Reverse(path.len())))?;
    path.reverse();
    let text = |at: &usize| {
        let moment = &scene.moments[*at];
        let what = if moment.event.restart { "a restart".to_owned() } else { words.message(&moment.event.message) };
        format!("{}: {what}", words.who(moment.event.to))
    };
    Some((path.iter().map(text).collect(), turns))
}

/// An event and what led to it, backwards.
fn causes(scene: &Scene, last: usize) -> Vec<usize> {
    let mut path = vec![last];
    let mut at = last;
    while let Some(before) = scene.find(scene.moments[at].event.cause).filter(|before| *before < at) {
        path.push(before);
        at = before;
    }
    path
}

fn step_of(words: &Words<'_>, scene: &Scene, at: usize) -> Step {
    let event = &scene.moments[at].event;
    let names = words.scenario.subject(&event.message).names;
    let order = Place::of_message(words, &event.message).order;
    (event.to, event.message.channel(words.model()), names, order, event.restart)
}

/// The shortest beginning that is repeated, and how often it is there.
fn turns<T: PartialEq>(path: &[T]) -> Option<(usize, usize)> {
    (1..=CYCLE_MAX.min(path.len() / TURNS_MIN)).find_map(|length| {
        let same = path.iter().zip(&path[length..]).take_while(|(one, other)| one == other).count();
        let turns = 1 + same / length;
        (turns >= TURNS_MIN).then_some((length, turns))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_seen_three_times() {
        for (path, expected) in [
            ("abcabcabcxyz", Some((3, 3))),
            ("aaaa", Some((1, 4))),
            ("abab", None),
            ("abcabcabxabc", None),
            ("abacabacabac", Some((4, 3))),
            ("", None),
        ] {
            assert_eq!(turns(path.as_bytes()), expected, "{path}");
        }
    }
}
