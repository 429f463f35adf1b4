//! A run as a story that a business designer can read: at most twelve lines in domain words.
//!
//! ```text
//! trace -> scene (moments) -> beats (what could be told) -> chosen by what they have to do with the failure -> lines
//! ```
//!
//! The faults of the run and what is wrong in the end are always told; of the rest the least relevant is dropped first.

mod beat;
mod choose;
mod divergence;
mod faults;
mod full;
mod liveness;
#[cfg(test)]
mod liveness_tests;
mod place;
mod scene;
#[cfg(test)]
mod sentence_tests;
pub mod words;

use sim_core::{Choice, Time, Violation};

use crate::change::{Change, RowPhase};
use crate::invariants::{INVARIANTS, deadline, late_by, subject};
use crate::ledger::Ledger;
use crate::model::{ItemIx, Names};
use crate::scenario::Scenario;
use crate::trace::Trace;

pub use divergence::divergence;
pub use full::{TraceRow, full};
pub use liveness::{Class, Liveness, liveness};
use scene::Scene;
use words::Words;

/// How many lines a story has at most.
pub const LINES_MAX: usize = 12;

/// What a line stands out for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// The normal course of things.
    #[default]
    None,
    /// A fault; its number from 1 in the order in which the faults were given.
    Fault(u32),
    /// Here the property breaks.
    Violation,
}

/// One line of a story: when, who, what, and what changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub time: Time,
    /// Who: a system, a person, `network`, `clock`, `database`; of the last line the broken invariant.
    pub who: String,
    /// What it did, in domain words.
    pub text: String,
    /// What changed, a phrase each.
    pub changed: Vec<String>,
    /// What it stands out for.
    pub mark: Mark,
}

/// Tells a run that broke an invariant, in 2 to [`LINES_MAX`] lines. `ledger` is the one of the world after the run, with
/// its workload; `faults` are the injected ones, numbered from 1 in this order.
#[must_use]
pub fn tell(
    scenario: &Scenario,
    trace: &Trace,
    ledger: &Ledger,
    faults: &[Choice],
    violation: &Violation,
) -> Vec<Line> {
    let words = Words::new(scenario, ledger);
    let scene = Scene::new(trace);
    choose::lines(&words, &scene, faults, Some(violation))
}

/// Tells a run that broke nothing, in at most [`LINES_MAX`] lines: what happened to its first order.
#[must_use]
pub fn tell_passing(scenario: &Scenario, trace: &Trace, ledger: &Ledger, faults: &[Choice]) -> Vec<Line> {
    let words = Words::new(scenario, ledger);
    let scene = Scene::new(trace);
    choose::lines(&words, &scene, faults, None)
}

/// The faults of a run as one sentence each, in the order given.
#[must_use]
pub fn fault_texts(scenario: &Scenario, trace: &Trace, ledger: &Ledger, faults: &[Choice]) -> Vec<String> {
    let words = Words::new(scenario, ledger);
    let scene = Scene::new(trace);
    let names = Names::new(&scenario.model);
    let text = |choice: &Choice| match faults::place(&words, &scene, choice) {
        Some(placed) => placed.told.sentence(),
        None => words::fault(scenario, &names, choice),
    };
    faults.iter().map(text).collect()
}

/// Which event never arrived, or too late, by its name: the violation has its emitter and its number there only.
fn lost_event(words: &Words<'_>, scene: &Scene, violation: &Violation) -> Option<String> {
    let entry = INVARIANTS.get(usize::from(violation.invariant))?;
    let place = subject::unpack(violation.subject);
    let named = (place.order, place.item.unwrap_or(ItemIx::ORDER), place.emitter, place.extra.1);
    let mut changes = scene.moments.iter().flat_map(|moment| &moment.changes);
    let event = changes.find_map(|(_, change)| match *change {
        Change::Row { event, phase: RowPhase::Written, .. }
            if (event.order, ItemIx(event.item), event.source, event.number) == named =>
        {
            Some(event)
        }
        _ => None,
    })?;
    let consumer = words.consumer(place.extra.0);
    let learns = if late_by(violation).is_some() { "learns too late of" } else { "never learns of" };
    choose::INVARIANTS_OF_EVENTS.contains(&entry.id).then(|| format!("{consumer} {learns} {}", words.event(event)))
}

/// What one event of a run did, in one line: the fault that it met, or what is most worth telling of it.
#[must_use]
pub fn told_at(scenario: &Scenario, trace: &Trace, ledger: &Ledger, faults: &[Choice], event: u32) -> Option<Line> {
    let words = Words::new(scenario, ledger);
    let scene = Scene::new(trace);
    let moment = scene.find(event)?;
    let line =
        |time, who: &str, text: &str| Line { time, who: who.to_owned(), text: text.to_owned(), ..Line::default() };
    let placed = faults.iter().filter_map(|choice| faults::place(&words, &scene, choice));
    if let Some(fault) = placed.into_iter().find(|placed| placed.moment == moment) {
        return Some(line(fault.time, &fault.told.who, &fault.told.text));
    }
    let beats = beat::all(&words, &scene).into_iter().filter(|beat| beat.moment == moment);
    if let Some(beat) = beats.max_by_key(|beat| (beat.worth, std::cmp::Reverse(beat.at))) {
        return Some(line(beat.time, &beat.who, &beat.text));
    }
    let event = &scene.moments[moment].event;
    Some(line(event.time, words.who(event.to), &format!("handles {}", words.message(&event.message))))
}

/// When something was due; of a promise, by which deadline, and how late it came.
fn due(words: &Words<'_>, violation: &Violation) -> Vec<String> {
    let Some(due) = violation.due else { return Vec::new() };
    let Some(promise) = violation.broken else { return vec![format!("due {due}")] };
    let within = promise.within;
    let by = match deadline(words.scenario, violation) {
        Some(deadline) => format!("due {due}: {within} by {}", deadline.of.trim_end_matches(',')),
        None => format!("due {due}: {within}"),
    };
    let late = late_by(violation).map(|late| format!("{late} late"));
    std::iter::once(by).chain(late).collect()
}

/// The last line: what is wrong, and of something that had to happen, since when it was due.
fn verdict(words: &Words<'_>, scene: &Scene, violation: &Violation) -> Line {
    let entry = INVARIANTS.get(usize::from(violation.invariant));
    let told =
        || entry.map_or_else(|| "a property is broken".to_owned(), |entry| (entry.story)(words.scenario, violation));
    let text = lost_event(words, scene, violation).unwrap_or_else(told);
    Line {
        time: violation.time,
        who: entry.map_or("property", |entry| entry.id).to_owned(),
        text: text.trim_end_matches('.').to_owned(),
        changed: due(words, violation),
        mark: Mark::Violation,
    }
}
