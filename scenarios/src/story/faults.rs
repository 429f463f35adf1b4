//! Where in a run its injected faults happened.

use sim_core::hash::mix;
use sim_core::{Choice, Domain, EventRecord, PartId, Subject, Time};

use super::place::Place;
use super::scene::{Scene, Sent};
use super::words::{Told, Words, told};
use crate::change::{Change, RowPhase};
use crate::message::{Message, Operation};
use crate::nodes::outbox;
use crate::nodes::outside::decision;

/// An injected fault at its place in a run.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its place in the trace.
    pub at: usize,
    /// When it happened.
    pub time: Time,
    /// The moment that it happened in.
    pub moment: usize,
    /// In words.
    pub told: Told,
    /// What it is about.
    pub place: Place,
    /// The part that went down.
    pub down: Option<PartId>,
}

/// Finds a fault in a run; `None` if nothing shows of it: a timer that was late and cancelled before, a gap into which nothing
/// came, or a place that the run never came to.
#[must_use]
pub fn place(words: &Words<'_>, scene: &Scene, choice: &Choice) -> Option<Placed> {
    let site = words.scenario.sites().get(choice.site).name;
    match site.split_once('.').map_or(site, |(kind, _)| kind) {
        "send" => on_its_way(words, scene, choice),
        "handle" => handled(words, scene, choice),
        "timer" => timed(words, scene, choice),
        "tie" => gave_way(words, scene, choice),
        "response" => responded(words, scene, choice),
        "interleave" => interleaved(words, scene, choice),
        "payload" => written(words, scene, choice),
        "correction" | "desk" | "replay" => by_people(words, scene, choice),
        "decision" => decided(words, scene, choice),
        _ => None,
    }
}

/// The subject without the number of tries, which a trace does not tell.
fn of_any_try(subject: Subject) -> Subject {
    Subject { counters: subject.counters & !(0x1F << 48), ..subject }
}

fn on_its_way(words: &Words<'_>, scene: &Scene, choice: &Choice) -> Option<Placed> {
    let is_it = |sent: &&Sent| {
        sent.fate != 0
            && words.scenario.class(&sent.message).send == Some(choice.site)
            && sent.subject == choice.subject
    };
    let (moment, sent) =
        scene.moments.iter().enumerate().find_map(|(i, moment)| Some((i, moment.sent.iter().find(is_it)?)))?;
    let mut told = told(words, choice, &sent.message, words.who(sent.to))?;
    let time = scene.moments[moment].event.time;
    if let Some(later) = arrival(words, scene, moment, sent) {
        told.text.push_str(&format!(": {} later", later.since(time)));
    }
    let place = Place::of_message(words, &sent.message);
    // What meets a message on its way comes after what sent it.
    let last = scene.moments[moment].changes.last().map_or(sent.at, |(at, _)| sent.at.max(*at));
    Some(Placed { at: last, time, moment, told, place, down: None })
}

/// When the message that was delayed arrives, or the second copy of one that was doubled.
fn arrival(words: &Words<'_>, scene: &Scene, moment: usize, sent: &Sent) -> Option<Time> {
    let doubled = matches!(sent.fate, 1 | 2);
    let cause = scene.moments[moment].event.id;
    let later = scene.moments.iter().skip(moment + 1).find(|m| {
        (m.event.cause, m.event.which.is_duplicate(), m.event.to) == (cause, doubled, sent.to)
            && !m.event.restart
            && words.scenario.subject(&m.event.message) == words.scenario.subject(&sent.message)
    });
    later.map(|m| m.event.time)
}

fn handled(words: &Words<'_>, scene: &Scene, choice: &Choice) -> Option<Placed> {
    let moment = scene.moments.iter().position(|m| {
        u64::from(m.fate) == choice.value
            && words.scenario.class(&m.event.message).handle == Some(choice.site)
            && m.event.subject(words.scenario) == of_any_try(choice.subject)
    })?;
    let event = &scene.moments[moment].event;
    let input = &scene.moments[scene.input(moment)].event.message;
    let mut told = told(words, choice, input, words.who(event.to))?;
    let down = matches!(choice.value, 1 | 2 | 6 | 7).then_some(event.to);
    if let Some(up) = down.and_then(|part| scene.restart_after(moment, part)) {
        told.text.push_str(&format!(", and is down for {}", scene.moments[up].event.time.since(event.time)));
    }
    let last = scene.moments[moment].changes.last().map_or(scene.moments[moment].at, |(at, _)| *at);
    Some(Placed { at: last, time: event.time, moment, told, place: Place::of_message(words, input), down })
}

fn timed(words: &Words<'_>, scene: &Scene, choice: &Choice) -> Option<Placed> {
    let twice = choice.value == 3;
    let moment = scene.moments.iter().position(|m| {
        words.scenario.class(&m.event.message).timer == Some(choice.site)
            && m.event.which.is_duplicate() == twice
            && words.scenario.subject(&m.event.message).of(m.event.which.original()) == choice.subject
    })?;
    let event = &scene.moments[moment].event;
    let told = told(words, choice, &event.message, words.who(event.to))?;
    let place = Place::of_message(words, &event.message);
    // The timer comes before what follows from it.
    Some(Placed { at: scene.moments[moment].at, time: event.time, moment, told, place, down: None })
}

fn gave_way(words: &Words<'_>, scene: &Scene, choice: &Choice) -> Option<Placed> {
    let moment = scene.moments.iter().position(|m| {
        !m.event.restart
            && words.scenario.class(&m.event.message).tie == Some(choice.site)
            && m.event.subject(words.scenario) == of_any_try(choice.subject)
    })?;
    let event = &scene.moments[moment].event;
    let told = told(words, choice, &event.message, words.who(event.to))?;
    let place = Place::of_message(words, &event.message);
    Some(Placed { at: scene.moments[moment].at, time: event.time, moment, told, place, down: None })
}

fn responded(words: &Words<'_>, scene: &Scene, choice: &Choice) -> Option<Placed> {
    let moment = scene.moments.iter().position(|m| match m.event.message {
        Message::Request { call, .. } => {
            m.fate != 1 && call.subject(words.model()).of(m.event.which) == of_any_try(choice.subject)
        }
        _ => false,
    })?;
    let event = &scene.moments[moment].event;
    let told = told(words, choice, &event.message, words.who(event.to))?;
    let last = scene.moments[moment].changes.last().map_or(scene.moments[moment].at, |(at, _)| *at);
    let place = Place::of_message(words, &event.message);
    Some(Placed { at: last, time: event.time, moment, told, place, down: None })
}

fn interleaved(words: &Words<'_>, scene: &Scene, choice: &Choice) -> Option<Placed> {
    let is_it = |event: &EventRecord<Message>| event.subject(words.scenario) == of_any_try(choice.subject);
    let moment = scene.moments.iter().position(|m| is_it(&m.event))?;
    let load = scene.input(moment);
    let event = &scene.moments[load].event;
    let told = told(words, choice, &event.message, words.who(event.to))?;
    let place = Place::of_message(words, &event.message);
    Some(Placed { at: scene.moments[load].at, time: event.time, moment: load, told, place, down: None })
}

fn by_people(words: &Words<'_>, scene: &Scene, choice: &Choice) -> Option<Placed> {
    let moment = scene.moments.iter().position(|m| {
        matches!(m.event.message, Message::Outside(_)) && words.scenario.subject(&m.event.message) == choice.subject
    })?;
    let event = &scene.moments[moment].event;
    let told = told(words, choice, &event.message, words.who(event.to))?;
    let place = Place::of_message(words, &event.message);
    Some(Placed { at: scene.moments[moment].at, time: event.time, moment, told, place, down: None })
}

/// A decision shows in what the person says about the case.
fn decided(words: &Words<'_>, scene: &Scene, choice: &Choice) -> Option<Placed> {
    let model = words.model();
    let before = choice.subject.counters >> 16 & 0xFFFF;
    let mut cases = Vec::new();
    scene.moments.iter().enumerate().find_map(|(moment, m)| {
        m.sent.iter().find_map(|sent| {
            let Message::Operate { order, step, case, action: Operation::Decide, .. } = sent.message else {
                return None;
            };
            if decision(model, order, step, 0)
                != (Subject { counters: choice.subject.counters & 0xFFFF, ..choice.subject })
            {
                return None;
            }
            if !cases.contains(&case) {
                cases.push(case);
            }
            if cases.len() as u64 != before + 1 {
                return None;
            }
            let told = told(words, choice, &sent.message, words.who(m.event.to))?;
            let place = Place::of_message(words, &sent.message);
            Some(Placed { at: m.at, time: m.event.time, moment, told, place, down: None })
        })
    })
}

fn written(words: &Words<'_>, scene: &Scene, choice: &Choice) -> Option<Placed> {
    let names = mix(words.model().names, outbox::FLAW);
    scene.moments.iter().enumerate().find_map(|(moment, m)| {
        m.changes.iter().find_map(|(at, change)| {
            let Change::Row { event, phase: RowPhase::Written, .. } = *change else { return None };
            if event.subject(names, 0) != choice.subject {
                return None;
            }
            let flaw = match choice.value {
                1 => "cannot be published",
                2 => "cannot be handled by any consumer",
                _ => "is of a version that consumers do not know yet",
            };
            let text = format!("writes {}, whose content {flaw}", words.event(event));
            let told = Told { who: words.source(event.source).to_owned(), text, whole: false };
            let place = Place::of_event(event);
            Some(Placed { at: *at, time: m.event.time, moment, told, place, down: None })
        })
    })
}
