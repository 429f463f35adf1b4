//! Every event of a run as a row, for engineers.

use sim_core::{Choice, Domain, Time};

use super::faults::place;
use super::scene::{Moment, Scene};
use super::words::{Words, told};
use crate::ledger::Ledger;
use crate::scenario::Scenario;
use crate::trace::Trace;

/// One event of a run, or what happened between two of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceRow {
    /// The number of the event, from 1; 0 for what is no event: healing, and messages that reach a part that is down.
    pub event: u32,
    /// The number of the event that caused it; 0 for what comes from outside.
    pub cause: u32,
    /// When.
    pub time: Time,
    /// The part that handled it: `oms/relay`.
    pub node: String,
    /// What it handled.
    pub what: String,
    /// What changed, a phrase each.
    pub changed: Vec<String>,
    /// What each of these is a change of.
    pub things: Vec<String>,
    /// The faults that acted here, in words.
    pub fault: Option<String>,
}

/// Every event of a run, in order. `ledger` is the one of the world after the run; `faults` are the injected ones: what met a
/// message or a handler shows in the trace itself, the others at the event at which they acted.
#[must_use]
pub fn full(scenario: &Scenario, trace: &Trace, ledger: &Ledger, faults: &[Choice]) -> Vec<TraceRow> {
    let words = Words::new(scenario, ledger);
    let scene = Scene::new(trace);
    let mut rows: Vec<(usize, TraceRow)> = scene.moments.iter().map(|m| (m.at, row(&words, m))).collect();
    for placed in faults.iter().filter(|choice| !shows(scenario, choice)).filter_map(|c| place(&words, &scene, c)) {
        let fault = &mut rows[placed.moment].1.fault;
        let sentence = placed.told.sentence();
        *fault = Some(fault.take().map_or_else(|| sentence.clone(), |earlier| format!("{earlier}; {sentence}")));
    }
    for (at, time, message, part) in &scene.missed {
        let (time, node) = (*time, words.node(*part));
        let what = format!("is down when {} comes", words.message(message));
        rows.push((*at, TraceRow { time, node, what, ..TraceRow::default() }));
    }
    if let Some((at, time)) = scene.healed {
        let (node, what) = ("simulation".to_owned(), "from here on nothing goes wrong any more".to_owned());
        rows.push((at, TraceRow { time, node, what, ..TraceRow::default() }));
    }
    rows.sort_by_key(|(at, _)| *at);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Whether a trace holds the fate that a fault gives to a message or a handler.
fn shows(scenario: &Scenario, fault: &Choice) -> bool {
    let site = scenario.sites().get(fault.site).name;
    matches!(site.split_once('.').map_or(site, |(kind, _)| kind), "send" | "handle")
}

fn row(words: &Words<'_>, moment: &Moment) -> TraceRow {
    let event = &moment.event;
    let mut what = if event.restart { "is up again".to_owned() } else { words.message(&event.message) };
    if event.which.copy() > 0 {
        what.push_str(&format!(", copy {}", event.which.copy()));
    }
    TraceRow {
        event: event.id,
        cause: event.cause,
        time: event.time,
        node: words.node(event.to),
        what,
        changed: moment.changes.iter().map(|(_, change)| words.change(change)).collect(),
        things: moment.changes.iter().map(|(_, change)| words.thing(change)).collect(),
        fault: faults(words, moment),
    }
}

/// The faults that met the handler of an event and the messages that it sent.
fn faults(words: &Words<'_>, moment: &Moment) -> Option<String> {
    let choice = |site, value: u8| sim_core::Choice {
        site,
        subject: sim_core::Subject::default(),
        value: value.into(),
        span: false,
        event: moment.event.id,
    };
    let handler =
        words.scenario.class(&moment.event.message).handle.filter(|_| moment.fate != 0).and_then(|site| {
            told(words, &choice(site, moment.fate), &moment.event.message, words.who(moment.event.to))
        });
    let sent = moment.sent.iter().filter(|sent| sent.fate != 0).filter_map(|sent| {
        let site = words.scenario.class(&sent.message).send?;
        told(words, &choice(site, sent.fate), &sent.message, words.who(sent.to))
    });
    let texts: Vec<String> = handler.into_iter().chain(sent).map(|told| told.sentence()).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}
